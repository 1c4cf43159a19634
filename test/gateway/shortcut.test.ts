/** The short way and the long one give the same answer to the same request: status, headers and body, byte for byte. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { loadStory } from "../../sample/replay.js";
import type { Service } from "../../transport/servers.js";
import { operationFiles, readQuestion } from "../questions/operations.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";
import { type Federation, startFederation } from "./federations.js";
import { authors, binding, books } from "./library.js";

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

interface Seen {
  readonly status: number | undefined;
  /** Without the date. */
  readonly headers: readonly string[];
  readonly body: string;
}
type Headers = Readonly<Record<string, string>>;
const usual: Headers = { "content-type": "application/json", accept: "application/json", "x-request-id": "r1" };

/** Posts a body to exactly that path. */
function post(url: string, path: string, body: string | Buffer, headers: Headers): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      { agent, method: "POST", headers: { "content-length": Buffer.byteLength(body), ...usual, ...headers } },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.once("end", () => {
          const all = response.rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name.toLowerCase()}: ${response.rawHeaders[i + 1]}`] : []));
          resolve({
            status: response.statusCode,
            headers: all.filter((header) => !header.startsWith("date:")).sort(),
            body: Buffer.concat(parts).toString("latin1"),
          });
        });
      },
    );
    sent.once("error", reject).end(body);
  });
}

const shortcuts = async (url: string): Promise<number> => Number(/^graph_shortcuts_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())![1]);

/** A path that leads the long way: express does not look at what is behind the question mark, and Apollo not where the method is POST. */
const LONG = "/graphql?long";

/** Asks both ways, after the operation has become known; what both answer, and whether the short way was gone. */
async function askBothWays(url: string, body: string | Buffer, headers: Headers = {}): Promise<Seen & { isShort: boolean }> {
  await post(url, LONG, body, headers);
  const before = await shortcuts(url);
  const long = await post(url, LONG, body, headers);
  expect(await shortcuts(url)).toBe(before);
  const short = await post(url, "/graphql", body, headers);
  expect(short).toEqual(long);
  return { ...short, isShort: (await shortcuts(url)) === before + 1 };
}
const askJson = (url: string, query: string, variables?: object, headers?: Headers) => askBothWays(url, JSON.stringify({ query, variables }), headers);

describe("the whole graph", () => {
  let graph: TestGraph;
  let refusing: Service;
  beforeAll(async () => {
    graph = await openTestGraph();
    await loadStory(graph.portfolios);
    refusing = await startGateway({
      settings: readSettings({ PORT: "0", HIDDEN_FIELDS: "refuse", CORS_ORIGINS: "https://app.example" }),
      supergraph: followFile("schema/supergraph.graphql"),
      reach: graph.portfolios.reach,
      log: () => undefined,
    });
  }, 180_000);
  afterAll(async () => {
    await refusing.stop();
    await graph.close();
  });

  test.each(operationFiles.map(readQuestion))("question $number, by everybody who may ask it", async ({ query, variables }) => {
    for (const headers of [{} as Headers, { "x-persona": "analyst" }, { "x-persona": "customer executive", "x-customers": "cus_1" }]) {
      const { status, isShort } = await askJson(graph.url, query, variables, headers);
      expect([200, 400]).toContain(status);
      if (!("x-persona" in headers)) expect(isShort).toBe(true);
    }
  });

  const CUSTOMER = `query Customer($code: String!, $first: Int) { customer(code: $code) { name agreements(first: $first) { nodes { code } } } }`;
  const PADI = { code: "C-PADI" };

  test.each<[string, boolean, number, string | Buffer, Headers]>([
    ["variables and a name", true, 200, JSON.stringify({ query: CUSTOMER, variables: PADI, operationName: "Customer" }), {}],
    [
      "null for what is left out",
      true,
      200,
      JSON.stringify({ query: "{ __typename customers(first: 1) { totalCount } }", variables: null, operationName: null }),
      {},
    ],
    ["a byte order mark", true, 200, Buffer.from(`\ufeff${JSON.stringify({ query: CUSTOMER, variables: PADI })}`), {}],
    ["bytes that are no UTF-8", false, 400, Buffer.from(JSON.stringify({ query: CUSTOMER, variables: { code: "\u00ff" } }), "latin1"), {}],
    ["a charset", true, 200, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "content-type": "application/json; charset=utf-8" }],
    ["another charset", false, 415, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "content-type": "application/json; charset=latin1" }],
    ["no request id of the client's that could be used, and none", true, 200, JSON.stringify({ query: CUSTOMER, variables: PADI }), { accept: "*/*" }],
    ["another content type of the answer", false, 200, JSON.stringify({ query: CUSTOMER, variables: PADI }), { accept: "application/graphql-response+json" }],
    ["a content type nobody has", false, 406, JSON.stringify({ query: CUSTOMER, variables: PADI }), { accept: "text/html" }],
    ["the query plan", false, 200, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "x-query-plan": "1" }],
    ["a page that could be foreign", false, 400, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "content-type": "text/plain" }],
    ["extensions", false, 200, JSON.stringify({ query: CUSTOMER, variables: PADI, extensions: {} }), {}],
    ["a moment of the past", true, 200, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "x-as-of": "2026-04-01T00:00:00Z" }],
    ["a moment to come", false, 400, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "x-as-of": "2999-04-01T00:00:00Z" }],
    ["no moment", false, 400, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "x-as-of": "soon" }],
    ["the present of what has no past", false, 200, JSON.stringify({ query: "{ findPeople { totalCount } }" }), { "x-as-of": "2026-04-01T00:00:00Z" }],
    ["invalid JSON", false, 400, '{"query":', {}],
    ["a list", false, 400, JSON.stringify([{ query: "{ __typename }" }]), {}],
    ["a number", false, 400, "1", {}],
    ["nothing", false, 400, "", {}],
    ["no query", false, 400, "{}", {}],
    ["a query that is no text", false, 400, '{"query":{}}', {}],
    ["variables as text", false, 400, JSON.stringify({ query: CUSTOMER, variables: "{}" }), {}],
    ["variables as a list", false, 400, JSON.stringify({ query: CUSTOMER, variables: [] }), {}],
    ["a name that is no text", false, 400, JSON.stringify({ query: CUSTOMER, variables: PADI, operationName: 1 }), {}],
    ["a name that is not there", false, 400, JSON.stringify({ query: CUSTOMER, variables: PADI, operationName: "Other" }), {}],
    ["one of two operations", false, 400, JSON.stringify({ query: "query A { __typename } query B { __typename }" }), {}],
    ["text that is no operation", false, 400, JSON.stringify({ query: "{" }), {}],
    ["an operation that is not valid", false, 400, JSON.stringify({ query: "{ nothing }" }), {}],
    ["a variable of the wrong type", false, 400, JSON.stringify({ query: CUSTOMER, variables: { code: 1 } }), {}],
    ["a variable that is missing", false, 400, JSON.stringify({ query: CUSTOMER, variables: {} }), {}],
    ["a page size that is refused", false, 200, JSON.stringify({ query: CUSTOMER, variables: { ...PADI, first: -1 } }), {}],
    ["a variable __proto__", true, 200, `{"query":${JSON.stringify(CUSTOMER)},"variables":{"code":"C-PADI","__proto__":{"first":1}}}`, {}],
    ["a member __proto__", false, 200, `{"query":${JSON.stringify(CUSTOMER)},"variables":{"code":"C-PADI"},"__proto__":{"first":1}}`, {}],
    ["a field called __proto__", false, 400, JSON.stringify({ query: "{ __proto__: __typename }" }), {}],
    ["introspection", true, 200, JSON.stringify({ query: "{ __schema { queryType { name } } }" }), {}],
    [
      "variables in each other",
      false,
      400,
      JSON.stringify({ query: CUSTOMER, variables: { code: "C-PADI", deep: JSON.parse("[".repeat(60) + "]".repeat(60)) } }),
      {},
    ],
    ["an operation too large", false, 400, JSON.stringify({ query: `{ ${"a:__typename ".repeat(5_000)} }` }), {}],
    [
      "too many objects",
      false,
      400,
      JSON.stringify({ query: "{ customers(first: 1000) { nodes { agreements(first: 1000) { nodes { services(first: 1000) { nodes { id } } } } } } }" }),
      {},
    ],
    ["a body too large", false, 413, JSON.stringify({ query: CUSTOMER, variables: PADI, padding: "x".repeat(2 ** 21) }), {}],
    ["a persona that is none", false, 401, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "x-persona": "emperor" }],
    ["a name of another machine", false, 401, JSON.stringify({ query: CUSTOMER, variables: PADI }), { host: "example.org" }],
    ["a persona that sees all of it", true, 200, JSON.stringify({ query: CUSTOMER, variables: PADI }), { "x-persona": "CIO" }],
    ["an unknown subscription", false, 400, JSON.stringify({ query: "subscription { x }" }), {}],
  ])("%s", async (_, isShort, status, body, headers) => {
    expect(await askBothWays(graph.url, body, headers)).toMatchObject({ isShort, status });
  });

  test("what is hidden stays hidden, as null or by refusal, and what is refused to variables too", async () => {
    const { id } = (await graph.ask(`{ customer(code: "C-PADI") { id } }`)).data["customer"];
    const hidden = `query Hidden($filter: CustomerFilter) { customers(filter: $filter, first: 1) { nodes { name health { __typename } } } }`;
    for (const url of [graph.url, refusing.url])
      for (const persona of ["developer", "customer executive"]) {
        const variables = { filter: { code: { eq: "C-PADI" } } };
        const { isShort, body } = await askJson(url, hidden, variables, { "x-persona": persona, "x-customers": id });
        expect(isShort).toBe(persona === "developer");
        expect(body.includes("FORBIDDEN")).toBe(persona === "customer executive");
      }
  });

  test("an operation that one may ask is not thereby another's", async () => {
    const query = `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { code } problems { code message } } }`;
    // The code is taken: nothing is written, whoever asks.
    const variables = { input: { code: "C-PADI", name: "Second", kind: "EXTERNAL" } };
    const developer = await askJson(graph.url, query, variables);
    const executive = await askJson(graph.url, query, variables, { "x-persona": "customer executive", "x-customers": "cus_1" });
    expect([developer.isShort, executive.isShort]).toEqual([true, false]);
    expect(executive.body).toContain("FORBIDDEN");
  });

  test("a mutation is carried out once under its key, whichever way it comes", async () => {
    const query = `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id code version } problems { code } } }`;
    const create = (code: string, headers: Headers) =>
      askJson(graph.url, query, { input: { code, name: "Twice", kind: "EXTERNAL", segment: "STANDARD" } }, headers);
    const { isShort, body } = await create("C-TWICE", { "idempotency-key": "once" });
    expect([isShort, JSON.parse(body).data.createCustomer.customer.version]).toEqual([true, 1]);
    expect((await create("C-OTHER", { "idempotency-key": "once" })).body).toContain('"IDEMPOTENCY_KEY_REUSED"');
    expect(await create("C-OTHER", { "idempotency-key": "no key" })).toMatchObject({ status: 400, isShort: false });
    expect(await askJson(graph.url, query, { input: {} }, { "x-as-of": "2026-04-01T00:00:00Z" })).toMatchObject({ status: 400, isShort: false });
    expect((await graph.ask(`{ customers(filter: { name: { eq: "Twice" } }) { totalCount } }`)).data["customers"].totalCount).toBe(1);
  });

  test("documents are asked by id, and nothing else where that is enforced", async () => {
    const enforcing = await startGateway({
      settings: readSettings({ PORT: "0", TRUSTED_DOCUMENTS: "enforce" }),
      supergraph: followFile("schema/supergraph.graphql"),
      reach: graph.portfolios.reach,
      log: () => undefined,
    });
    try {
      const { query, variables } = readQuestion("29-the-pipeline.graphql");
      const documentId = `sha256:${createHash("sha256").update(query).digest("hex")}`;
      const bodies = [{ query }, { documentId }, { documentId, query }, { documentId: "none" }, { documentId: 1 }, { query: "{ __typename }" }];
      const askAll = async (url: string) => {
        const seen: [number | undefined, boolean][] = [];
        for (const body of bodies) {
          const { status, isShort } = await askBothWays(url, JSON.stringify({ ...body, variables }));
          seen.push([status, isShort]);
        }
        return seen;
      };
      const known = [
        [200, true],
        [200, true],
        [400, false],
        [404, false],
        [404, false],
      ];
      expect(await askAll(graph.url)).toEqual([...known, [200, true]]);
      expect(await askAll(enforcing.url)).toEqual([...known, [403, false]]);
    } finally {
      await enforcing.stop();
    }
  });

  test("pages of other origins are let in or kept out alike", async () => {
    for (const origin of ["https://app.example", "https://evil.example"]) {
      const { headers, isShort } = await askJson(refusing.url, CUSTOMER, PADI, { origin });
      expect(isShort).toBe(true);
      expect(headers.includes("access-control-allow-origin: https://app.example")).toBe(origin === "https://app.example");
    }
  });

  test("each request is given an id of its own", async () => {
    const body = JSON.stringify({ query: CUSTOMER, variables: PADI });
    await post(graph.url, LONG, body, {});
    const idOf = async () =>
      (await post(graph.url, "/graphql", body, { "x-request-id": "not one" })).headers.find((header) => header.startsWith("x-request-id: "));
    const [first, second] = [await idOf(), await idOf()];
    expect(first).toMatch(/^x-request-id: [0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(second).not.toBe(first);
  });
});

describe("a graph that fails", () => {
  let federation: Federation;
  beforeAll(async () => void (federation = await startFederation([books, authors, binding], { DEADLINE: "2" })));
  afterAll(() => federation.stop());

  test.each([
    ["all there is", true, "{ books { title spine author { id name } } }"],
    ["an error that a subgraph sent", false, "{ coded }"],
    ["an error nobody gave a code", false, "{ books { title } uncoded }"],
    ["data with errors in it", false, "{ books { title author { name born } } }"],
    ["a null where none may be", false, "{ oldest { penName } }"],
    ["the end of the time there is", false, "{ slow(ms: 2500) }"],
  ])("%s", async (_, isShort, query) => {
    federation.log.length = 0;
    expect(await askJson(federation.url.replace("/graphql", ""), query)).toMatchObject({ isShort });
    // Asked three times, and logged so often, but for the milliseconds there were.
    const lines = federation.log.filter((line) => line.startsWith("Request r1")).map((line) => line.replace(/\d+ ms/, "ms"));
    expect(lines.length % 3).toBe(0);
    expect(new Set(lines).size).toBe(lines.length / 3);
  });

  test("a subgraph is asked once for what then goes the long way", async () => {
    const query = "{ coded one: __typename }";
    await askJson(federation.url.replace("/graphql", ""), query);
    const { calls } = federation.subgraphs["books"]!;
    const before = calls.length;
    await post(federation.url.replace("/graphql", ""), "/graphql", JSON.stringify({ query }), {});
    expect(calls.length).toBe(before + 1);
  });
});
