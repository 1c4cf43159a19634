/** Who a caller is, by the Authorization header: a bearer token (JWT or service token) or HTTP Basic with a service token. */
import type { IncomingMessage } from "node:http";
import { PORTFOLIO_ROLE } from "../../../transport/access/policy.js";
import { parsePrincipal } from "../../../transport/headers.js";
import type { Principal } from "../../../transport/subgraph.js";

/** What the subjects of service tokens begin with, and nobody else's. */
export const SERVICE = "service ";

/** The caller did not show who they are. The message is fit for them and tells nothing of what there is. */
export class Unauthenticated extends Error {}

/** Finds who is asking. Throws Unauthenticated. */
export type Identify = (request: Pick<IncomingMessage, "headers" | "rawHeaders">) => Promise<Principal>;

/** Finds whose a token is; null where it is none of its kind. Throws Unauthenticated for one that is not valid. */
export interface TokenReader {
  /** `name` is the user's name of HTTP Basic. */
  read(token: string, name?: string): Promise<Principal | null>;
}

/** Asks each reader in turn for whom the header's token is. */
export function identifyBy(readers: readonly TokenReader[]): Identify {
  return async ({ headers: { authorization = "" }, rawHeaders }) => {
    // Node takes the first, what stands before us may look at the last.
    if (saysTwice(rawHeaders)) throw new Unauthenticated("Say who you are once: the request has several Authorization headers.");
    const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/.exec(authorization.trim()) ?? [];
    const credentials = scheme.toLowerCase() === "bearer" ? { token: value, name: undefined } : scheme.toLowerCase() === "basic" ? readBasic(value) : null;
    if (!credentials) throw new Unauthenticated("Say who you are: send Authorization with a bearer token, or with a service token by HTTP Basic.");
    for (const reader of readers) {
      const principal = await reader.read(credentials.token, credentials.name);
      if (principal) return principal;
    }
    throw new Unauthenticated("The token is not valid; get a new one.");
  };
}

const AUTHORIZATION = "authorization";

/** Whether there are several Authorization headers among names and values in turn. */
function saysTwice(rawHeaders: readonly string[]): boolean {
  let found = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) found++;
  }
  return found > 1;
}

function readBasic(value: string): { token: string; name: string } | null {
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { name: text.slice(0, colon), token: text.slice(colon + 1) };
}

/** A principal from outside: what is no principal is Unauthenticated, and the role of portfolios is taken away. */
export function principalOf(value: unknown): Principal {
  const principal = parsePrincipal(value);
  if (!principal) throw new Unauthenticated("The token names no subject, roles or customers that can be used.");
  return { ...principal, roles: principal.roles.filter((role) => role !== PORTFOLIO_ROLE) };
}
