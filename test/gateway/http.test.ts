import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Agent, request } from "node:http";
import { ask, send, startFederation, type Federation } from "./federations.js";
import { authors, binding, books } from "./library.js";

let federation: Federation;
let origin: string;
beforeAll(async () => {
  federation = await startFederation([books, authors, binding], { CORS_ORIGINS: "https://app.example, http://localhost:3000" });
  origin = federation.gateway.url;
});
afterAll(() => federation.stop());

const json = { "content-type": "application/json" };
const post = (body: string, headers: Record<string, string> = json) =>
  send(federation.url, { method: "POST", headers: { "x-request-id": "r1", ...headers }, body });
const codes = (body: any) => body.errors.map((error: any) => [error.extensions.code, error.extensions.requestId]);

test("answers GET", async () => {
  const search = new URLSearchParams({ query: "query ($isbn: ID!) { book(isbn: $isbn) { title } }", variables: '{"isbn":"1"}' });
  const { status, body } = await send(`${federation.url}?${search.toString()}`, { headers: { "apollo-require-preflight": "1" } });
  expect([status, body]).toEqual([200, { data: { book: { title: "Laskar Pelangi" } } }]);
});

test("changes nothing by GET", async () => {
  const query = encodeURIComponent('mutation { retitle(isbn: 1, title: "x") { title } }');
  const { status, headers, body } = await send(`${federation.url}?query=${query}`, { headers: json });
  expect([status, headers.get("allow")]).toEqual([405, "POST"]);
  expect(body.errors[0].message).toBe("GET requests only support query operations, not mutation operations");
});

test("refuses what a foreign page could send without being asked", async () => {
  const { status, body } = await post('{"query":"{ __typename }"}', { "content-type": "text/plain" });
  expect(status).toBe(400);
  expect(codes(body)).toEqual([["BAD_REQUEST", "r1"]]);
  expect(body.errors[0].message).toMatch(/Cross-Site Request Forgery/);
  expect((await send(`${federation.url}?query={__typename}`)).status).toBe(400);
});

test.each([
  ["{", 400, "BAD_REQUEST", "The body is not JSON."],
  ["1", 400, "BAD_REQUEST", "The body is not JSON."],
  ["{}", 400, "BAD_REQUEST", "POST body missing, invalid Content-Type, or JSON object has no keys."],
  ['[{"query":"{ __typename }"}]', 400, "BAD_REQUEST", "Operation batching disabled."],
  ['{"query":""}', 400, "BAD_REQUEST", "GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension."],
  ['{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0"}}}', 200, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"],
  ['{"query":{}}', 400, "BAD_REQUEST", "GraphQL queries must be strings."],
  ['{"query":"{"}', 400, "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."],
  ['{"query":"{ boks { title } }"}', 400, "GRAPHQL_VALIDATION_FAILED", 'Cannot query field "boks" on type "Query". Did you mean "books" or "book"?'],
  [
    '{"query":"query A { __typename } query B { __typename }","operationName":"C"}',
    400,
    "OPERATION_RESOLUTION_FAILURE",
    'The document has no operation named "C".',
  ],
  [
    '{"query":"query A { __typename } query B { __typename }"}',
    400,
    "OPERATION_RESOLUTION_FAILURE",
    "The document has several operations; name one in operationName.",
  ],
  ['{"query":"fragment A on Query { __typename }"}', 400, "GRAPHQL_VALIDATION_FAILED", 'Fragment "A" is never used.'],
  ['{"query":"subscription { ticks }"}', 400, "BAD_REQUEST", "Subscriptions are not served; ask again by query."],
  [
    '{"query":"query ($ms: Int!) { slow(ms: $ms) }","variables":{"ms":"long"}}',
    400,
    "BAD_USER_INPUT",
    'Variable "$ms" got invalid value "long"; Int cannot represent non-integer value: "long"',
  ],
  [`{"query":"{ __typename } #${"x".repeat(2 ** 21)}"}`, 413, "BODY_TOO_LARGE", "The body is larger than 2097152 bytes."],
])("answers %# with a coded error", async (body, status, code, message) => {
  const answer = await post(body);
  expect([answer.status, answer.body.errors[0].message]).toEqual([status, message]);
  expect(codes(answer.body)).toEqual([[code, "r1"]]);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(answer.text).not.toMatch(/stack|node_modules|\.ts|\.js/);
});

test("refuses a body in an encoding it does not read", async () => {
  const { status, body } = await post("{}", { ...json, "content-encoding": "rot13" });
  expect([status, body.errors[0].message]).toEqual([415, "The body's content encoding must be gzip, deflate, br or none."]);
});

test("takes the client's request id, or gives one", async () => {
  expect((await ask(federation.url, "{ __typename }", { "x-request-id": "A-b_9" })).headers.get("x-request-id")).toBe("A-b_9");
  for (const bad of ["", "a b", "a/b", "é", "x".repeat(65)]) {
    const { headers, body } = await ask(federation.url, "{ nothing }", bad ? { "x-request-id": encodeURI(bad) } : {});
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(body.errors[0].extensions.requestId).toBe(headers.get("x-request-id"));
  }
});

test("lets the pages ask that CORS_ORIGINS names", async () => {
  const preflight = (from: string) =>
    send(federation.url, {
      method: "OPTIONS",
      headers: { origin: from, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
  const allowed = await preflight("https://app.example");
  expect([
    allowed.status,
    allowed.headers.get("access-control-allow-origin"),
    allowed.headers.get("access-control-allow-methods"),
    allowed.headers.get("access-control-allow-headers"),
  ]).toEqual([204, "https://app.example", "GET,POST", "content-type"]);
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  const { headers } = await ask(federation.url, "{ __typename }", { origin: "http://localhost:3000" });
  expect([headers.get("access-control-allow-origin"), headers.get("access-control-expose-headers")]).toEqual([
    "http://localhost:3000",
    "x-request-id,ratelimit-policy,ratelimit,retry-after",
  ]);
});

test("lets no page ask from elsewhere unless it is told to, and every one with *", async () => {
  const closed = await startFederation([books]);
  const open = await startFederation([books], { CORS_ORIGINS: "*" });
  try {
    const from = { origin: "https://app.example" };
    expect((await ask(closed.url, "{ __typename }", from)).headers.get("access-control-allow-origin")).toBeNull();
    expect((await ask(open.url, "{ __typename }", from)).headers.get("access-control-allow-origin")).toBe("*");
  } finally {
    await Promise.all([closed.stop(), open.stop()]);
  }
});

test("sends browsers a policy that loads nothing from elsewhere", async () => {
  const { headers } = await send(`${origin}/`);
  const policy = headers.get("content-security-policy")!.split("; ");
  expect(policy).toEqual(expect.arrayContaining(["default-src 'self'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "worker-src 'self' blob:"]));
  expect(policy).not.toContain("upgrade-insecure-requests");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect([headers.get("referrer-policy"), headers.get("cross-origin-opener-policy")]).toEqual(["no-referrer", "same-origin"]);
  expect(headers.get("x-powered-by")).toBeNull();
  const nothing = "default-src 'none'; frame-ancestors 'none'";
  for (const url of [`${origin}/graphql`, `${origin}/livez`, `${origin}/nowhere`]) {
    const answer = await send(url);
    expect([url, answer.headers.get("content-security-policy"), answer.headers.get("x-frame-options")]).toEqual([url, nothing, "DENY"]);
  }
});

test("answers probes, and says where the graph is elsewhere", async () => {
  expect(await send(`${origin}/livez`)).toMatchObject({ status: 200, text: "ok" });
  expect(await send(`${origin}/readyz`)).toMatchObject({ status: 200, text: "ok" });
  expect(await send(`${origin}/grafql`)).toMatchObject({ status: 404, text: "Nothing is served here; the graph is at /graphql.\n" });
  expect((await send(`${origin}/%E0%A4%A`)).text).not.toMatch(/at .*\(|node_modules/);
});

test("tells load balancers that it stops, answers what it was asked, and takes no more", async () => {
  const leaving = await startFederation([books], { STOP_DELAY: "1" });
  const agent = new Agent({ keepAlive: true });
  const under = ask(leaving.url, "{ slow(ms: 1300) }");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = leaving.gateway.stop();
  const readyz = await new Promise<[number | undefined, string | undefined]>((resolve) =>
    request(`${leaving.gateway.url}/readyz`, { agent }, (response) => resolve([response.resume().statusCode, response.headers.connection])).end(),
  );
  expect(readyz).toEqual([503, "close"]);
  expect((await under).body).toEqual({ data: { slow: 1300 } });
  await stopped;
  await expect(fetch(`${leaving.gateway.url}/livez`)).rejects.toThrow("fetch failed");
  await leaving.stop();
});
