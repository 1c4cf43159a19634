import { randomUUID } from "node:crypto";
import { parseMoment } from "./moments.js";
import type { CallContext, IdempotencyKey, Principal } from "./subgraph.js";

/** Largest x-principal taken: some 1,500 customer ids. A server that reads it must allow headers of this size. */
const longestPrincipal = 56 * 1024;

/** The headers that carry a call's context. All of them are signed: what is not in this list is neither written nor read. */
export const contextHeaders = ["x-request-id", "x-principal", "x-deadline", "x-as-of", "x-idempotency"] as const;
/** A call's context as headers, written or received. */
export type ContextHeaders = { readonly [name in (typeof contextHeaders)[number]]?: string | string[] | undefined };

/** A header of a call is not what it must be. Its message is fit for a client. */
export class HeaderError extends Error {}

/** Writes what travels with a call as HTTP headers: x-request-id, x-principal and, where there are such, x-deadline, x-as-of and x-idempotency. */
export function writeContext({ requestId, principal, deadline, asOf, idempotency }: CallContext): ContextHeaders & Record<string, string> {
  return {
    "x-request-id": requestId,
    "x-principal": writePrincipal(principal),
    ...(deadline === undefined ? {} : { "x-deadline": String(Math.ceil(deadline)) }),
    ...(asOf === undefined ? {} : { "x-as-of": asOf }),
    ...(idempotency === undefined ? {} : { "x-idempotency": `${idempotency.digest} ${idempotency.key}` }),
  };
}

/** The calls of one request name the same principal. */
const written = new WeakMap<Principal, string>();
function writePrincipal(principal: Principal): string {
  let text = written.get(principal);
  if (!text) written.set(principal, (text = Buffer.from(JSON.stringify(principal)).toString("base64url")));
  return text;
}

/** Reads the headers `writeContext` wrote. A call that names no principal is `anonymous`'s; a malformed header throws a HeaderError. */
export function readContext(received: Readonly<Record<string, string | string[] | undefined>>, anonymous: Principal): CallContext {
  const headers = received as ContextHeaders;
  const deadline = readDeadline(headers["x-deadline"]);
  const asOf = readMoment(headers["x-as-of"]);
  const idempotency = readIdempotency(headers["x-idempotency"]);
  return {
    requestId: readRequestId(headers["x-request-id"]),
    principal: readPrincipal(headers["x-principal"]) ?? anonymous,
    ...(deadline === undefined ? {} : { deadline }),
    ...(asOf === undefined ? {} : { asOf }),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
}

/** The request id a caller sent, when it is 1 to 64 letters, digits, `_` or `-`; a fresh one otherwise. */
export function readRequestId(header: string | readonly string[] | undefined): string {
  return typeof header === "string" && /^[\w-]{1,64}$/.test(header) ? header : randomUUID();
}

/** The value as a principal holding nothing but what a principal holds, or undefined when it is not one. */
export function parsePrincipal(value: unknown): Principal | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { subject, roles, customers } = value as Record<string, unknown>;
  if (!isName(subject) || !isNames(roles)) return undefined;
  if (customers !== null && !isNames(customers)) return undefined;
  return { subject, roles, customers };
}

function readPrincipal(header: string | string[] | undefined): Principal | undefined {
  if (header === undefined) return undefined;
  const principal = typeof header === "string" ? parsePrincipal(decode(header)) : undefined;
  if (!principal) throw new HeaderError("x-principal must be the base64url of {subject, roles, customers} as JSON.");
  return principal;
}

function readDeadline(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== "string" || !/^\d{1,15}$/.test(header)) {
    throw new HeaderError("x-deadline must be a whole number of milliseconds since 1970.");
  }
  return Number(header);
}

function readMoment(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const moment = typeof header === "string" ? parseMoment(header) : null;
  if (moment === null) throw new HeaderError("x-as-of must be a moment such as 2026-03-01T09:30:00Z.");
  return moment;
}

/** Whether a client's idempotency key is one: 1 to 100 printable letters of ASCII. */
export const isIdempotencyKey = (key: string): boolean => /^[!-~]{1,100}$/.test(key);

function readIdempotency(header: string | string[] | undefined): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  const [, digest, key] = typeof header === "string" ? (/^([0-9a-f]{64}) (.+)$/.exec(header) ?? []) : [];
  if (digest === undefined || key === undefined || !isIdempotencyKey(key)) throw new HeaderError("x-idempotency must be a SHA-256 in hexadecimal and a key.");
  return { key, digest };
}

function decode(header: string): unknown {
  if (header.length > longestPrincipal || !/^[\w-]+$/.test(header)) return undefined;
  try {
    return JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isName);
}

/** Names end in logs and in the ledger: printable, and no longer than its columns. */
function isName(value: unknown): value is string {
  return typeof value === "string" && /^[^\p{Cc}]{1,200}$/u.test(value);
}
