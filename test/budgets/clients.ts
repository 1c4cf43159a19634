/** Clients of a gateway that counts points: each with a service token of its own. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Seen } from "../gateway/federations.js";

/** Writes a file of service tokens, one for each name, whose token is the name. */
export async function writeTokens(names: readonly string[]): Promise<{ file: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "tokens-"));
  const file = path.join(folder, "tokens.yaml");
  const lines = names.map((name) => {
    const sha256 = createHash("sha256").update(name).digest("hex");
    return `- { name: ${name}, sha256: ${sha256}, roles: [developer], expires: "2999-01-01T00:00:00Z" }`;
  });
  await writeFile(file, lines.join("\n"));
  return { file, remove: () => rm(folder, { recursive: true }) };
}

export const as = (name: string): Record<string, string> => ({ authorization: `Bearer ${name}` });

/** The points that an answer says are left. */
export function leftIn({ headers }: Pick<Seen, "headers">): number {
  return Number(/r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1] ?? NaN);
}
