/** Service tokens: named, for reporting tools. Their file keeps no token, only what each hashes to; what leaves it is refused within 2 s. */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { SettingError } from "../../../transport/settings.js";
import { SERVICE, type TokenReader, Unauthenticated, principalOf } from "./principals.js";

interface ServiceToken {
  readonly name: string;
  /** SHA-256 of the token, in hexadecimal. Tokens are random and long, so that no slower hash is needed. */
  readonly sha256: string;
  readonly roles: readonly string[];
  /** Ids of the customers it is limited to; null is not limited. */
  readonly customers: readonly string[] | null;
  /** When it ends, as a moment. */
  readonly expires: number;
}

/** How long the file is taken as it was, in milliseconds. */
const AGE_MS = 2_000;

/** Reads the tokens that a file lists: YAML, `- { name, sha256, roles, customers, expires }`. The file is read at once, so that one that cannot be used is a SettingError. */
export async function readServiceTokens(file: string): Promise<TokenReader> {
  let tokens = Promise.resolve(await load(file));
  let checked = Date.now();
  return {
    async read(token, name) {
      if (Date.now() - checked >= AGE_MS) {
        checked = Date.now();
        // A file that cannot be used lets nobody in: tokens may have been taken out of it.
        tokens = load(file).catch(() => []);
      }
      const hash = createHash("sha256").update(token).digest();
      // Whoever comes while it is read waits for it too: after an idle night, what it said before is a night old.
      const found = (await tokens).find((each) => timingSafeEqual(Buffer.from(each.sha256, "hex"), hash));
      if (!found || (name !== undefined && name !== found.name)) return null;
      if (found.expires <= Date.now()) throw new Unauthenticated("The service token has expired; ask for a new one.");
      return principalOf({ subject: SERVICE + found.name, roles: found.roles, customers: found.customers });
    },
  };
}

async function load(file: string): Promise<readonly ServiceToken[]> {
  try {
    const list = parse(await readFile(file, "utf8")) as unknown;
    if (!Array.isArray(list)) throw new Error("it is no list");
    return list.map(readToken);
  } catch (cause) {
    throw new SettingError(
      "SERVICE_TOKENS",
      `names ${file}, which holds no service tokens (${(cause as Error).message.split("\n", 1)[0]}); see docs/access.md`,
      { cause },
    );
  }
}

function readToken(value: unknown): ServiceToken {
  const { name, sha256, roles, customers = null, expires, ...more } = value as Record<string, unknown>;
  const until = typeof expires === "string" || expires instanceof Date ? new Date(expires).getTime() : NaN;
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) throw new Error("a token has no name");
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`the sha256 of ${name} is not 64 digits from 0 to f`);
  if (Number.isNaN(until)) throw new Error(`${name} does not say when it expires`);
  if (Object.keys(more).length > 0) throw new Error(`${name} holds ${Object.keys(more)[0]}, which means nothing`);
  // Whoever wrote the word meant some: such a token must not see all.
  if (customers === null && "customers" in (value as object)) throw new Error(`${name} names no customers after the word; name some, or leave it out`);
  const principal = principalOf({ subject: SERVICE + name, roles, customers });
  return { name, sha256, roles: principal.roles, customers: principal.customers, expires: until };
}
