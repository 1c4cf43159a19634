/** JSON Web Tokens of an identity provider: its keys by URL or file, issuer and audience checked, algorithms pinned. */
import { readFile, stat } from "node:fs/promises";
import { type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import type { Log } from "../../../transport/logs.js";
import { SettingError } from "../../../transport/settings.js";
import type { JwtSettings } from "./jwtSettings.js";
import { SERVICE, type TokenReader, Unauthenticated, principalOf } from "./principals.js";

/** How long keys of a file are taken as they are, and those of a URL where a token names another, before they are looked for again, in milliseconds. */
const KEYS_AGE_MS = 2_000;
/** From which age on keys of a URL are asked for again behind the requests that they are used for, in milliseconds. */
const STALE_MS = 10_000;
/** From which age on that is waited for, where nobody has asked for so long, in milliseconds: nothing was refreshed behind anything. */
const IDLE_MS = 60_000;
/** For how long keys are taken while their URL cannot be reached, in milliseconds. */
const LAST_MS = 300_000;
/** How long a URL may take to answer its keys, in milliseconds. */
const PATIENCE_MS = 3_000;
/** Largest key set taken, in bytes: some hundred keys with their certificates. */
const LARGEST_SET = 256 * 1024;
/** How often operators are told that keys cannot be had, in milliseconds: as long as they cannot, whoever sends a token asks for them. */
const TELL_MS = 60_000;
/** Clocks may differ by so many seconds. */
const TOLERANCE_S = 5;

/**
 * Reads tokens of that issuer. Claims: `sub`, `roles` (a list), and `customers` (a list of ids; left out, the caller is not limited). While keys cannot be had
 * nobody is let in, but by those a URL answered within the last five minutes. A file is read at once, so that one that holds no keys is a SettingError.
 */
export async function readJwts({ keys, issuer, audience, algorithms }: JwtSettings, log: Log): Promise<TokenReader> {
  let told = -Infinity;
  const tell = ({ message }: Error, consequence = "no token is taken until they can"): void => {
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    log(`JWKS names ${keys}, whose keys cannot be had (${message}): ${consequence}.`);
  };
  const keySet = /^https?:\/\//.test(keys)
    ? keysOfUrl(new URL(keys), (error) => tell(error, "those it answered before are taken for five minutes, then none is"))
    : await keysOfFile(keys);
  return {
    async read(token) {
      if (token.split(".").length !== 3) return null;
      try {
        const options = { issuer, audience, algorithms: [...algorithms], clockTolerance: TOLERANCE_S, requiredClaims: ["sub", "exp"] };
        return principalOf(claimsOf((await jwtVerify(token, keySet, options)).payload));
      } catch (error) {
        if (error instanceof Unauthenticated) throw error;
        if (isOfToken(error)) throw new Unauthenticated("The token is not valid; get a new one.");
        tell(error as Error);
        throw new Unauthenticated("Tokens cannot be verified at present; try again.");
      }
    },
  };
}

/** Whom a token names, which is none of the service tokens: budgets, idempotency keys and ledgers go by the subject. Customers that are null are not left out: an identity provider that knows none of somebody's must not make them see all. */
const claimsOf = ({ sub: subject, roles, customers }: JWTPayload): object => ({
  subject: subject?.startsWith(SERVICE) ? undefined : subject,
  roles: roles ?? [],
  customers: customers === undefined ? null : (customers ?? undefined),
});

/** Whether a token is not good by keys that are. */
const isOfToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid || error instanceof errors.JWKSTimeout || error.code === errors.JOSEError.code);

/** The keys behind a URL. They are asked for behind requests, so that none waits for a provider that is slow; the first one does, and one after a minute without any. */
function keysOfUrl(url: URL, tell: (error: Error) => void): JWTVerifyGetKey {
  const keySet = createRemoteJWKSet(url, {
    cooldownDuration: KEYS_AGE_MS,
    timeoutDuration: PATIENCE_MS,
    cacheMaxAge: LAST_MS,
    [customFetch]: fetchBounded,
  });
  let asked = -Infinity;
  const refresh = (): Promise<void> => {
    asked = Date.now();
    return keySet.reload().catch(tell);
  };
  return async (header, token) => {
    const age = Date.now() - asked;
    // Keys that are not there, or too old, it waits for by itself.
    if (!keySet.fresh) asked = Date.now();
    else if (age >= IDLE_MS) await refresh();
    else if (age >= STALE_MS) void refresh();
    return keySet(header, token);
  };
}

/** As fetch, but an answer that is too large is an error. */
async function fetchBounded(...asked: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...asked);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length;
    if (bytes > LARGEST_SET) throw new Error(TOO_LARGE);
    pieces.push(piece as Uint8Array);
  }
  return new Response(Buffer.concat(pieces), { status: response.status });
}
const TOO_LARGE = `they are more than ${LARGEST_SET} bytes`;

/** What a file held, and when. */
interface Held {
  readonly changed: number;
  readonly checked: number;
  readonly keys: JWTVerifyGetKey;
}

/** The keys of a file, read again when it has changed. */
async function keysOfFile(file: string): Promise<JWTVerifyGetKey> {
  const read = async (before?: Held): Promise<Held> => {
    const { mtimeMs: changed, size } = await stat(file);
    if (size > LARGEST_SET) throw new Error(TOO_LARGE);
    const keys = before?.changed === changed ? before.keys : createLocalJWKSet(JSON.parse(await readFile(file, "utf8")) as JSONWebKeySet);
    return { changed, checked: Date.now(), keys };
  };
  let held = await read().catch((cause: Error) => {
    throw new SettingError("JWKS", `names ${file}, which holds no keys (${cause.message}); name a JSON Web Key Set`, { cause });
  });
  return async (header, token) => {
    if (Date.now() - held.checked >= KEYS_AGE_MS) held = await read(held);
    return held.keys(header, token);
  };
}
