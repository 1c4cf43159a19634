/** Several operations in one request: each is answered, limited and charged as if it had come by itself, where they are allowed at all. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { readSettings } from "../../gateway/config.js";
import type { RequestRecord } from "../../gateway/records.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { reachGuarded } from "../../transport/guards.js";
import type { Service } from "../../transport/servers.js";
import { as, leftIn, writeTokens } from "../budgets/clients.js";
import { warehouse } from "../budgets/warehouse.js";
import { type Federation, type Seen, send, startFederation } from "./federations.js";

const MOST = 5;
const CAPACITY = 10_000;
const folder = mkdtempSync(path.join(os.tmpdir(), "brm-batches-"));
const documents = path.join(folder, "documents.json");
writeFileSync(documents, JSON.stringify({ one: "{ thing { name } }" }));

let tokens: Awaited<ReturnType<typeof writeTokens>>;
let federation: Federation;
let gateway: Service;
const records: RequestRecord[] = [];
beforeAll(async () => {
  tokens = await writeTokens(["ann", "ben", "cat", "dan"]);
  federation = await startFederation([warehouse]);
  const environment = {
    ...{ PORT: "0", BATCH_OPERATIONS: String(MOST), SERVICE_TOKENS: tokens.file, TRUSTED_DOCUMENTS_FILE: documents },
    ...{ POINTS: String(CAPACITY), POINTS_PER_SECOND: "1", COST_EXTENSION: "on", DEADLINE: "2", REQUEST_LOG: "all" },
  };
  gateway = await startGateway({
    settings: readSettings(environment),
    supergraph: followFile(federation.file),
    reach: reachGuarded,
    log: () => undefined,
    record: (record) => void records.push(record),
  });
});
afterAll(async () => {
  await gateway.stop();
  await federation.stop();
  await tokens.remove();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  records.length = 0;
  calls().length = 0;
});

const calls = () => federation.subgraphs["warehouse"]!.calls;
function ask(body: unknown, name = "ann", headers: Record<string, string> = {}): Promise<Seen> {
  return send(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "batch", ...as(name), ...headers },
    body: JSON.stringify(body),
  });
}
const refused = (code: string, message: unknown = expect.any(String)) => ({ errors: [{ message, extensions: { code, requestId: "batch" } }] });
const cost = (requested: number, actual: number) => ({ cost: expect.objectContaining({ requested, actual }) });

test("are answered in their order, each for itself, by text or by id", async () => {
  const { status, headers, body } = await ask([
    { query: "query A($n: Int!) { things(first: $n, stock: 9) { name } }", variables: { n: 2 } },
    { documentId: "one" },
    { query: "query A { count } query B { nothing { name } }", operationName: "B" },
  ]);
  expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([200, "application/json; charset=utf-8", "no-store"]);
  expect(body).toEqual([
    { data: { things: [{ name: "0" }, { name: "1" }] }, extensions: cost(2, 2) },
    { data: { thing: { name: "0" } }, extensions: cost(1, 1) },
    { data: { nothing: null }, extensions: cost(8, 7) },
  ]);
});

test("a mistake in one is its own: the others are answered", async () => {
  const nested = `{ thing { ${"things { ".repeat(20)} name ${"}".repeat(20)} } }`;
  const { status, body } = await ask([{ query: "{ nowhere }" }, { query: "{" }, { documentId: "two" }, { query: nested }, { query: "{ count }" }]);
  expect(status).toBe(200);
  expect(body.map(({ data, errors }: any) => errors?.[0].extensions.code ?? data)).toEqual([
    "GRAPHQL_VALIDATION_FAILED",
    "GRAPHQL_PARSE_FAILED",
    "DOCUMENT_NOT_FOUND",
    "OPERATION_TOO_LARGE",
    { count: 3 },
  ]);
  expect(calls()).toHaveLength(1);
});

test("what is no operation is refused in its place", async () => {
  const { body } = await ask([null, 1, "{ count }", [{ query: "{ count }" }], {}]);
  expect(body).toEqual(Array.from({ length: 5 }, () => refused("BAD_REQUEST")));
  expect(calls()).toEqual([]);
});

test("mutations are refused in a list, with a key for them and without; nothing is written", async () => {
  const put = { query: 'mutation { put(name: "a") { name } }' };
  const message = "What a request holds as a list is carried out in no order; send a mutation by itself.";
  const refusal = { ...refused("BAD_REQUEST", message), extensions: cost(11, 1) };
  for (const headers of [undefined, { "idempotency-key": "k1" }]) {
    const { body } = await ask([put, { query: "{ count }" }, put], "ann", headers);
    expect(body).toEqual([refusal, { data: { count: 3 }, extensions: cost(100, 100) }, refusal]);
  }
  expect(calls().map(({ call }) => call.query)).toEqual(["{count}", "{count}"]);
  expect((await ask(put)).body.data).toEqual({ put: { name: "a" } });
});

test("none, or more than are allowed, are refused as a whole, and nothing is executed", async () => {
  const message = "A list holds 1 to 5 operations; send them in several requests.";
  for (const count of [0, MOST + 1, 1_000]) {
    const { status, body } = await ask(Array.from({ length: count }, () => ({ query: "{ count }" })));
    expect([status, body]).toEqual([400, refused("BAD_REQUEST", message)]);
  }
  expect(calls()).toEqual([]);
});

describe("budgets", () => {
  test("each is charged, and those for which too little is left are refused", async () => {
    const dear = { query: "{ things(first: 4000) { name } }" };
    const { status, headers, body } = await ask([dear, dear, dear], "ben");
    expect(status).toBe(200);
    expect(body.map(({ data, errors }: any) => errors?.[0].extensions.code ?? data)).toEqual([{ things: [] }, { things: [] }, "BUDGET_EXCEEDED"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(1_000);
    expect(calls()).toHaveLength(2);
    // Each empty answer costs 1, and so does what asks.
    const left = leftIn(await ask({ query: "{ thing { name } }" }, "ben"));
    expect(left).toBeGreaterThanOrEqual(CAPACITY - 3);
    expect(left).toBeLessThanOrEqual(CAPACITY);
  });

  test("as much is left after a list as after the same operations one by one", async () => {
    const count = { query: "{ count }" };
    await ask([count, count, count, count], "cat");
    for (let i = 0; i < 4; i++) await ask(count, "dan");
    const [together, apart] = [leftIn(await ask(count, "cat")), leftIn(await ask(count, "dan"))];
    expect(together).toBeLessThanOrEqual(CAPACITY - 490);
    expect(Math.abs(together - apart)).toBeLessThanOrEqual(5);
  });
});

test("all are answered within one deadline", async () => {
  const slow = { query: "{ slow(ms: 8000) { name } }" };
  const began = performance.now();
  const { body } = await ask([slow, { query: "{ count }" }, slow]);
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(body.map(({ data, errors }: any) => errors?.[0].extensions.code ?? data)).toEqual(["SUBGRAPH_UNREACHABLE", { count: 3 }, "SUBGRAPH_UNREACHABLE"]);
});

test("a client that leaves takes all of them with it", async () => {
  const body = JSON.stringify(Array.from({ length: 3 }, () => ({ query: "{ slow(ms: 8000) { name } }" })));
  const request = http.request(`${gateway.url}/graphql`, { method: "POST", headers: { "content-type": "application/json", ...as("ann") } });
  request.on("error", () => undefined).end(body);
  while (calls().length < 3) await wait(5);
  const signals = calls().map(({ context }) => context.signal!);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  const left = performance.now();
  request.destroy();
  while (!signals.every(({ aborted }) => aborted)) await wait(5);
  expect(performance.now() - left).toBeLessThan(500);
});

test("are one record, with the codes of all", async () => {
  await ask([{ query: "{ nowhere }" }, { query: "{ count }" }, { documentId: "two" }, 1]);
  while (records.length === 0) await wait(5);
  expect(records).toEqual([
    {
      ...{ requestId: "batch", status: 200, ms: expect.any(Number), subject: "service ann", left: false },
      codes: expect.arrayContaining(["GRAPHQL_VALIDATION_FAILED", "DOCUMENT_NOT_FOUND", "BAD_REQUEST"]),
      fetches: { warehouse: { count: 1, ms: expect.any(Number), failed: 0 } },
    },
  ]);
});
