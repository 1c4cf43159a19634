/** How an identity provider's tokens are verified. Apart from what verifies them, which is loaded only where there is one. */
import { SettingError } from "../../../transport/settings.js";

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

const ASYMMETRIC = /^(RS|PS|ES)(256|384|512)$|^EdDSA$/;

/** The settings of JWKS, JWT_ISSUER, JWT_AUDIENCE and JWT_ALGORITHMS (RS256 where none are named); undefined where there is no JWKS. */
export function readJwtSettings(environment: Readonly<Record<string, string | undefined>>): JwtSettings | undefined {
  const keys = environment["JWKS"];
  if (!keys) return undefined;
  if (/^https?:/.test(keys) && !URL.canParse(keys)) throw new SettingError("JWKS", `is "${keys}", which is no URL; write one, or name a file`);
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
