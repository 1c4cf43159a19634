/** JSON Web Tokens of an identity provider: its keys by URL or file, issuer and audience checked, algorithms pinned. */
import { readFile, stat } from "node:fs/promises";
import { type JSONWebKeySet, type JWTVerifyGetKey, createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { JwtSettings } from "./jwtSettings.js";
import { type TokenReader, Unauthenticated, principalOf } from "./principals.js";

/** How long keys are taken as they are before they are looked for again, in milliseconds. */
const KEYS_AGE_MS = 2_000;
/** Clocks may differ by so many seconds. */
const TOLERANCE_S = 5;

/** Reads tokens of that issuer. Claims: `sub`, `roles` (a list), and `customers` (a list of ids; left out, the caller is not limited). */
export function readJwts({ keys, issuer, audience, algorithms }: JwtSettings): TokenReader {
  const keySet = /^https?:\/\//.test(keys) ? createRemoteJWKSet(new URL(keys), { cooldownDuration: KEYS_AGE_MS }) : keysOfFile(keys);
  return {
    async read(token) {
      if (token.split(".").length !== 3) return null;
      try {
        const options = { issuer, audience, algorithms: [...algorithms], clockTolerance: TOLERANCE_S, requiredClaims: ["sub", "exp"] };
        const { payload } = await jwtVerify(token, keySet, options);
        return principalOf({ subject: payload.sub, roles: payload["roles"] ?? [], customers: payload["customers"] ?? null });
      } catch (error) {
        if (error instanceof errors.JOSEError) throw new Unauthenticated("The token is not valid; get a new one.");
        throw error;
      }
    },
  };
}

/** The keys of a file, read again when it has changed. */
function keysOfFile(file: string): JWTVerifyGetKey {
  let known: { readonly changed: number; readonly checked: number; readonly keys: JWTVerifyGetKey } | undefined;
  return async (header, token) => {
    if (!known || Date.now() - known.checked >= KEYS_AGE_MS) {
      const { mtimeMs } = await stat(file);
      const keys = known?.changed === mtimeMs ? known.keys : createLocalJWKSet(JSON.parse(await readFile(file, "utf8")) as JSONWebKeySet);
      known = { changed: mtimeMs, checked: Date.now(), keys };
    }
    return known.keys(header, token);
  };
}
