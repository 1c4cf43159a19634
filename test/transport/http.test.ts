import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { mkdtempSync } from "node:fs";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { Cancellation } from "../../transport/deadlines.js";
import { reachOverHttp } from "../../transport/http.js";
import { Keyring } from "../../transport/keys.js";
import { logger } from "../../transport/logs.js";
import type { Service } from "../../transport/servers.js";
import { SettingError } from "../../transport/settings.js";
import { SubgraphUnreachable, type CallContext, type GraphQLAnswer, type LedgerEntry, type Subgraph } from "../../transport/subgraph.js";
import { writeKeys } from "../support/keys.js";

const entry = (seq: number): LedgerEntry => ({
  seq,
  at: "2026-03-01T09:30:00.000Z",
  by: "eva",
  request: "r1",
  type: "Book",
  id: "bok_1",
  version: seq,
  operation: "update",
  before: null,
  after: { title: "Saman", pages: [1, null] },
});
const context: CallContext = { principal: { subject: "Éva Ömer", roles: ["reader"], customers: ["cus_1"] }, requestId: "r1", deadline: Date.now() + 60_000 };

/** A subgraph that answers with what it was asked, and remembers the contexts. */
const contexts: CallContext[] = [];
let answer: (query: string, context: CallContext) => Promise<GraphQLAnswer>;
const echo: Subgraph = {
  name: "echo",
  execute(call, callContext) {
    contexts.push(callContext);
    return answer(call.query, callContext);
  },
  async ledger(after, first, callContext) {
    contexts.push(callContext);
    return [entry(after + 1), entry(after + first)];
  },
  head: async () => 42,
  exists: async (ids) => ids.filter((id) => id !== "gone"),
};

let service: Service;
let reached: Subgraph;
beforeAll(async () => {
  service = await serveSubgraph(echo, { host: "127.0.0.1", port: 0 });
  reached = reachOverHttp("echo", service.url);
});
afterAll(() => service.stop());
const servers: Server[] = [];
async function listenWith(listener: RequestListener): Promise<{ server: Server; origin: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  contexts.length = 0;
  jest.restoreAllMocks();
});

const post = (body: string | Buffer, headers: Record<string, string> = {}, path = "/graphql") =>
  fetch(new URL(path, service.url), { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
/** As our own clients accept answers, whose calls go past express, and as others do. */
const ACCEPTS = ["application/json", "*/*"];
/** What is answered both ways; they must be the same but for the date. */
async function postBothWays(
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = "/graphql",
): Promise<{ status: number; headers: [string, string][]; body: any }> {
  const [ours, others] = await Promise.all(
    ACCEPTS.map(async (accept) => {
      const response = await post(body, { accept, ...headers }, path);
      return { status: response.status, headers: [...response.headers].filter(([name]) => name !== "date"), body: await response.json() };
    }),
  );
  expect(ours).toEqual(others);
  return ours!;
}
const refusal = (message: string, code = "BAD_REQUEST") => ({ errors: [{ message, extensions: { code } }] });
const principal = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

test("carries a call, its context and its answer", async () => {
  answer = async (query) => ({
    data: { query },
    errors: [{ message: "m", path: ["a", 0], extensions: { code: "C", stacktrace: ["at a.ts:1"] } }],
    extensions: { cost: 1 },
  });
  expect(await reached.execute({ query: "{ a }", variables: { a: [1, null, "é"] }, operationName: "A" }, context)).toEqual({
    data: { query: "{ a }" },
    errors: [{ message: "m", path: ["a", 0], extensions: { code: "C" } }],
    extensions: { cost: 1 },
  });
  const { signal, ...rest } = contexts[0]!;
  expect(rest).toEqual(context);
  expect(signal!.aborted).toBe(false);
});

test("answers our own clients and others alike", async () => {
  answer = async (query, { signal, ...rest }) => ({
    data: { query, rest, isWaitedFor: !signal!.aborted },
    errors: [{ message: "é", path: ["a", 0], extensions: { code: "C", stacktrace: ["at a.ts:1"] } }],
  });
  const headers = { "x-request-id": "r1", "x-principal": principal(context.principal), "x-deadline": "32503680000000", "x-as-of": "2026-03-01T09:30:00Z" };
  const { status, body } = await postBothWays('\ufeff{"query":"{ a }","variables":null}', headers);
  expect([status, body.data]).toEqual([
    200,
    {
      query: "{ a }",
      isWaitedFor: true,
      rest: { requestId: "r1", principal: context.principal, deadline: 32_503_680_000_000, asOf: "2026-03-01T09:30:00.000Z" },
    },
  ]);
});

test("carries the ledger, its head and what exists", async () => {
  expect(await reached.ledger(7, 1000, context)).toEqual([entry(8), entry(1007)]);
  expect(contexts[0]!.principal).toEqual(context.principal);
  expect(await reached.head(context)).toBe(42);
  expect(await reached.exists(["a", "gone", "b"], context)).toEqual(["a", "b"]);
});

test("carries principals limited to a thousand customers", async () => {
  answer = async () => ({ data: {} });
  const customers = Array.from({ length: 1000 }, (_, index) => `cus_01JQ${String(index).padStart(22, "0")}`);
  await reached.execute({ query: "{ a }" }, { ...context, principal: { ...context.principal, customers } });
  expect(contexts[0]!.principal.customers).toEqual(customers);
});

test("gives up at the deadline, and the subgraph hears of it", async () => {
  answer = (_, { signal }) => once(signal!, "abort").then(() => ({ data: {} }));
  const began = Date.now();
  const error = await reached.execute({ query: "{ a }" }, { ...context, deadline: began + 200 }).catch((caught: unknown) => caught);
  expect(Date.now() - began).toBeLessThan(1000);
  expect(error).toBeInstanceOf(SubgraphUnreachable);
  expect((error as SubgraphUnreachable).message).toBe("The echo portfolio is out of reach; try again.");
  expect((error as SubgraphUnreachable).cause).toMatchObject({ message: expect.stringMatching(/^No answer within \d+ ms\.$/) });
  const { signal } = contexts[0]!;
  if (!signal!.aborted) await once(signal!, "abort");
});

test("does not call when it is too late or nobody waits", async () => {
  const cause = (call: CallContext) => reached.head(call).catch((error: SubgraphUnreachable) => (error.cause as Error).message);
  expect(await cause({ ...context, deadline: Date.now() - 1 })).toBe("The deadline had passed before the call.");
  const gone = new Cancellation();
  gone.abort();
  expect(await cause({ ...context, signal: gone })).toBe("The caller has gone.");
});

test("stops waiting when its caller goes", async () => {
  answer = () => new Promise(() => {});
  const caller = new Cancellation();
  const call = reached.execute({ query: "{ a }" }, { ...context, signal: caller });
  setTimeout(() => caller.abort(), 50);
  await expect(call).rejects.toMatchObject({ cause: { message: "The caller has gone." } });
});

test("keeps its connections", async () => {
  const { server, origin } = await listenWith((_, response) => void response.end('{"head":1}'));
  let connections = 0;
  server.on("connection", () => connections++);
  const there = reachOverHttp("there", `${origin}/graphql`);
  for (let call = 0; call < 20; call++) expect(await there.head(context)).toBe(1);
  // A call may begin before the connection of the one before is free again.
  expect(connections).toBeLessThanOrEqual(2);
});

test("asks beside the endpoint", async () => {
  const asked: string[] = [];
  const { origin } = await listenWith((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("{}");
  });
  const there = reachOverHttp("there", `${origin}/some/graphql?a=b`);
  const calls = [there.execute({ query: "{ a }" }, context), there.ledger(1, 2, context), there.head(context), there.exists([], context)];
  for (const call of calls) await expect(call).rejects.toMatchObject({ cause: { message: "The answer has the wrong shape." } });
  expect(asked.sort()).toEqual(["GET /some/head", "GET /some/ledger?after=1&first=2", "POST /some/exists", "POST /some/graphql?a=b"]);
});

test.each(["", "ftp://a/graphql", "a:4001", "/graphql"])("refuses to reach %j", (url) => {
  expect(() => reachOverHttp("books", url)).toThrow(SettingError);
  expect(() => reachOverHttp("books", url)).toThrow(
    `SUPERGRAPH gives subgraph books the URL "${url}", which is not an http or https one; correct it or set SUBGRAPH_URL.`,
  );
});

test("takes whoever names nobody for anonymous, who sees no customer", async () => {
  answer = async () => ({ data: {} });
  await post('{"query":"{ a }"}');
  expect(contexts[0]!.principal).toEqual({ subject: "anonymous", roles: [], customers: [] });
  expect(contexts[0]!.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(contexts[0]!.deadline).toBeUndefined();
});

test.each([
  ["x-principal", principal("null")],
  ["x-principal", principal("{")],
  ["x-principal", principal({ subject: "eva", roles: [] })],
  ["x-principal", principal({ subject: "eva", roles: ["a", 1], customers: null })],
  ["x-principal", principal({ subject: "eva\n2026 root", roles: [], customers: null })],
  ["x-principal", principal({ subject: "", roles: [], customers: null })],
  ["x-principal", principal({ subject: "e".repeat(201), roles: [], customers: null })],
  ["x-principal", '{"subject":"eva","roles":[],"customers":null}'],
  ["x-principal", ""],
  ["x-deadline", "soon"],
  ["x-deadline", "-1"],
  ["x-deadline", "1e9"],
  ["x-deadline", "9".repeat(16)],
])("refuses the %s %s", async (name, value) => {
  answer = async () => ({ data: {} });
  const response = await postBothWays('{"query":"{ a }"}', { [name]: value });
  expect(response.status).toBe(400);
  expect(response.body).toEqual(
    refusal(
      name === "x-deadline"
        ? "x-deadline must be a whole number of milliseconds since 1970."
        : "x-principal must be the base64url of {subject, roles, customers} as JSON.",
    ),
  );
  expect(contexts).toEqual([]);
});

test("takes nothing from a principal but what a principal has", async () => {
  answer = async () => ({ data: {} });
  await post('{"query":"{ a }"}', {
    "x-principal": principal('{"subject":"eva","roles":[],"customers":null,"__proto__":{"roles":["admin"]},"admin":true}'),
    "x-request-id": "a b",
  });
  expect(contexts[0]!.principal).toEqual({ subject: "eva", roles: [], customers: null });
  expect(contexts[0]!.requestId).not.toBe("a b");
});

interface Refused {
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly status?: number;
  readonly message: string;
  readonly code?: string;
}
test.each<Refused>([
  { body: "{", message: "The body is not JSON." },
  { body: Buffer.from('{"query":"{ \u00fc }"}', "latin1"), message: "The body holds bytes that are not UTF-8; write it in UTF-8." },
  { body: "{}", headers: { "content-encoding": "gzip" }, message: "The body is not compressed as content-encoding says." },
  { body: "[]", message: "The body must be a JSON object." },
  { body: "{}", message: "query must be the text of a GraphQL operation." },
  { body: '{"query":1}', message: "query must be the text of a GraphQL operation." },
  { body: '{"query":"{ a }","variables":[]}', message: "variables must be an object." },
  { body: '{"query":"{ a }","variables":"{}"}', message: "variables must be an object." },
  { body: '{"query":"{ a }","operationName":1}', message: "operationName must be a string." },
  { body: '{"query":"{ a }"}', headers: { "content-type": "text/plain" }, status: 415, message: "The body must be application/json." },
  {
    body: '{"query":"{ a }"}',
    headers: { accept: "text/html" },
    status: 406,
    message: "The answer is application/json or application/graphql-response+json; accept one of them.",
  },
  { body: " ".repeat(2 ** 21 + 1), status: 413, message: "The body is larger than 2097152 bytes.", code: "BODY_TOO_LARGE" },
  { path: "/exists", body: '{"ids":"a"}', message: "ids must be a list of strings." },
  { path: "/exists", body: '{"ids":[1]}', message: "ids must be a list of strings." },
  { path: "/ledger", body: "{}", status: 404, message: "Nothing is served here; the graph is at /graphql.", code: "NOT_FOUND" },
])("refuses with $message", async ({ body, headers, path, status = 400, message, code }) => {
  const response = await postBothWays(body, headers, path);
  expect([response.status, response.body]).toEqual([status, refusal(message, code)]);
});

test.each(["after=-1", "after=x", "first=1001", "first=1.5", "after=1&after=2", "first=99999999999999999999"])("refuses a ledger of %s", async (search) => {
  const response = await fetch(new URL(`/ledger?${search}`, service.url));
  expect(response.status).toBe(400);
  expect(((await response.json()) as GraphQLAnswer).errors![0]!.message).toMatch(/^(after|first) must be a whole number from 0 to \d+\.$/);
});

test("speaks GraphQL over HTTP", async () => {
  answer = async (query) => (query === "{ data }" ? { data: null, errors: [{ message: "m" }] } : { errors: [{ message: "m" }] });
  const ask = async (query: string, accept: string) => {
    const response = await post(JSON.stringify({ query }), { accept });
    return [response.status, response.headers.get("content-type")];
  };
  expect(await ask("{ data }", "*/*")).toEqual([200, "application/json; charset=utf-8"]);
  expect(await ask("{ wrong }", "application/json")).toEqual([200, "application/json; charset=utf-8"]);
  expect(await ask("{ data }", "application/graphql-response+json, application/json;q=0.9")).toEqual([200, "application/graphql-response+json; charset=utf-8"]);
  expect(await ask("{ wrong }", "application/graphql-response+json")).toEqual([400, "application/graphql-response+json; charset=utf-8"]);
  const get = await fetch(`${service.url}?query={a}`);
  expect([get.status, get.headers.get("allow"), get.headers.get("x-powered-by")]).toEqual([405, "POST", null]);
});

test("says nothing of why it failed but to its own log", async () => {
  const log = jest.spyOn(logger, "error").mockImplementation(() => undefined);
  answer = () => Promise.reject(new Error("ER_ACCESS_DENIED for root@10.1.2.3"));
  const response = await postBothWays('{"query":"{ a }"}', { "x-request-id": "r9" });
  expect([response.status, response.body]).toEqual([
    500,
    { errors: [{ message: "The request failed; quote this request id.", extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "r9" } }] },
  ]);
  expect(log).toHaveBeenCalledWith({ requestId: "r9", err: expect.objectContaining({ message: "ER_ACCESS_DENIED for root@10.1.2.3" }) }, "A request failed.");
});

test("is ready while its ledger can be read and it does not stop", async () => {
  let head = async () => 1;
  const probed = await serveSubgraph({ ...echo, head: () => head() }, { host: "127.0.0.1", port: 0 });
  const probe = async (path: string) => (await fetch(new URL(path, probed.url))).status;
  expect([await probe("/livez"), await probe("/readyz")]).toEqual([200, 200]);
  head = () => Promise.reject(new Error("no database"));
  expect([await probe("/livez"), await probe("/readyz")]).toEqual([200, 503]);
  await Promise.all([probed.stop(), probed.stop()]);
  await expect(probe("/livez")).rejects.toThrow("fetch failed");
});

test("says what is wrong with its address", async () => {
  const { port } = new URL(service.url);
  await expect(serveSubgraph(echo, { host: "127.0.0.1", port: Number(port) })).rejects.toThrow(
    new SettingError("PORT", `${port} on 127.0.0.1 is taken; stop what listens there or set PORT to a free one`),
  );
  const keyring = await Keyring.open(writeKeys(mkdtempSync(path.join(os.tmpdir(), "brm-keys-"))));
  await expect(serveSubgraph(echo, { host: "203.0.113.1", port: 0, keyring })).rejects.toThrow(
    new SettingError("HOST", "203.0.113.1 is not an address of this machine; set HOST to one of its own, such as 127.0.0.1 or 0.0.0.0"),
  );
});

test("answers what it was asked before it stops", async () => {
  let respond = () => {};
  const leaving = await serveSubgraph(
    { ...echo, execute: () => new Promise((resolve) => (respond = () => resolve({ data: { a: 1 } }))) },
    { host: "127.0.0.1", port: 0 },
  );
  const call = reachOverHttp("leaving", leaving.url).execute({ query: "{ a }" }, context);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = leaving.stop();
  setTimeout(respond, 100);
  expect(await call).toEqual({ data: { a: 1 } });
  await stopped;
});
