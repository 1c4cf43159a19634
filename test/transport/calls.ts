/** Calls of subgraphs as docs/access.md says they are signed; nothing of the product is in here but what a principal is. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import http from "node:http";
import type { Principal } from "../../transport/subgraph.js";

export const newKey = (): string => randomBytes(32).toString("base64url");
/** Whose keys tests sign with. */
export const keys = { gateway: newKey(), insight: newKey(), customer: newKey() };
/** A line of a file of keys. */
export const entry = (name: string, calls: string, ...secrets: string[]) => `- { name: ${name}, keys: [${secrets.join(", ")}], calls: [${calls}] }\n`;
export const insightAndCustomer =
  entry("insight", "references, ledger, existence", keys.insight) + entry("customer", "references, existence, concern", keys.customer);
export const usual = entry("gateway", "operations", keys.gateway) + insightAndCustomer;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export interface Signing {
  readonly name?: keyof typeof keys | "nobody";
  readonly key?: string;
  readonly time?: number;
  readonly nonce?: string;
  readonly subgraph?: string;
}
export const developer: Principal = { subject: "eva", roles: ["developer"], customers: null };
export const asHeader = (principal: Principal) => Buffer.from(JSON.stringify(principal)).toString("base64url");
export function operation(query: string, principal = developer, more: Record<string, string> = {}): Call {
  const headers = { "content-type": "application/json", accept: "application/json", "x-request-id": "r1", "x-principal": asHeader(principal), ...more };
  return { method: "POST", path: "/graphql", headers, body: JSON.stringify({ query }) };
}
export function sign(
  { method, path, headers, body }: Call,
  { name = "gateway", key = keys[name as "gateway"] ?? newKey(), time = Date.now(), nonce = newKey(), subgraph = "people" }: Signing = {},
): Call {
  const words = [name, time, nonce, createHash("sha256").update(body).digest("base64url")].join(" ");
  const carried = ["x-request-id", "x-principal", "x-deadline", "x-as-of", "x-idempotency"].map((each) => (each in headers ? `=${headers[each]}` : ""));
  const mac = createHmac("sha256", key)
    .update([method, path, subgraph, words, ...carried].join("\n"))
    .digest("base64url");
  return { method, path, headers: { ...headers, "x-signature": `${words} ${mac}` }, body };
}
export function send({ method, path, headers, body }: Call, service: { readonly url: string }): Promise<{ status: number; body: any }> {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, service.url), { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** What is answered to whom is not let in. */
export const REFUSAL = { status: 401, body: { errors: [{ message: "This call is not let in.", extensions: { code: "UNAUTHENTICATED" } }] } };
