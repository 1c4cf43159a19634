/** JSON Web Tokens of an identity provider: its keys by URL or file, issuer and audience checked, algorithms pinned. */
import { readFile, stat } from "node:fs/promises";
import { type JSONWebKeySet, type JWTVerifyGetKey, createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from "jose";
import { SettingError } from "../../../transport/settings.js";
import { type TokenReader, Unauthenticated, principalOf } from "./principals.js";

export interface JwtSettings {
  /** URL or path of the key set: JWKS. */
  readonly keys: string;
  /** JWT_ISSUER. */
  readonly issuer: string;
  /** JWT_AUDIENCE. */
  readonly audience: string;
  /** JWT_ALGORITHMS. */
  readonly algorithms: readonly string[];
}

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

const ASYMMETRIC = /^(RS|PS|ES)(256|384|512)$|^EdDSA$/;

/** The settings of JWKS, JWT_ISSUER, JWT_AUDIENCE and JWT_ALGORITHMS (RS256 where none are named); undefined where there is no JWKS. */
export function readJwtSettings(environment: Readonly<Record<string, string | undefined>>): JwtSettings | undefined {
  const keys = environment["JWKS"];
  if (!keys) return undefined;
  const required = (name: string, what: string): string => {
    const value = environment[name];
    if (!value) throw new SettingError(name, `must say ${what} of the tokens that JWKS verifies`);
    return value;
  };
  const algorithms = (environment["JWT_ALGORITHMS"] || "RS256").split(",").map((each) => each.trim());
  const wrong = algorithms.find((each) => !ASYMMETRIC.test(each));
  if (wrong !== undefined) throw new SettingError("JWT_ALGORITHMS", `holds "${wrong}"; write names such as RS256 or ES256, separated by commas`);
  return { keys, issuer: required("JWT_ISSUER", "the issuer"), audience: required("JWT_AUDIENCE", "the audience"), algorithms };
}
