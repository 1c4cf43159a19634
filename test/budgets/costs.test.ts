/** What operations are charged before they are executed, and what they turn out to have cost. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Federation, ask, startFederation } from "../gateway/federations.js";
import { warehouse } from "./warehouse.js";

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([warehouse], { COST_EXTENSION: "on" });
});
afterAll(() => federation.stop());

const shortcuts = async (): Promise<number> =>
  Number(/^graph_shortcuts_total (\d+)$/m.exec(await (await fetch(federation.url.replace("graphql", "metrics"))).text())![1]);

// Objects cost 1, values nothing, a mutation 10; what was asked for by pages is counted beforehand, what was answered afterwards.
test.each<[string, object, number, number]>([
  ["{ __typename }", {}, 1, 1],
  ["{ __schema { types { name } } }", {}, 1, 1],
  ["{ thing { name } }", {}, 1, 1],
  ["{ thing(stock: 0) { name } }", {}, 1, 1],
  ["{ a: thing { name } b: thing { name } }", {}, 2, 2],
  // 40, of which there are 3
  ["{ things(first: 40, stock: 3) { name } }", {}, 40, 3],
  ["query ($n: Int) { things(first: $n, stock: 3) { name } }", { n: 40 }, 40, 3],
  ["query ($n: Int = 30) { things(first: $n, stock: 3) { name } }", {}, 30, 3],
  ["query ($n: Int) { things(first: $n, stock: 3) { name } }", {}, 10, 3],
  // 20 * (1 + 5): there are 2, with 4 and 4
  ["{ things(first: 20, stock: 2) { name things(first: 5, stock: 4) { name } } }", {}, 120, 10],
  ["query ($all: Boolean!) { things(first: 20, stock: 2) { things(first: 5, stock: 4) @include(if: $all) { name } name } }", { all: false }, 120, 2],
  ["{ things(first: 2, stock: 2) { ...T } } fragment T on Thing { things(first: 5, stock: 1) { name } }", {}, 12, 4],
  // Nobody can say how long it is: 10, but there are 13
  ["{ plain(stock: 13) { name } }", {}, 10, 13],
  // A field's weight counts whenever it is asked for: 100, and 7 + 1, but nothing is there
  ["{ count }", {}, 100, 100],
  ["{ nothing { name } }", {}, 8, 7],
  // 20 * (1 + 2), of which there are 2
  ["{ things(first: 20, stock: 2) { price } }", {}, 60, 6],
  // A list of what the connection sizes, and one it does not: 1 + 30 * 1 + 10 * 1
  ["{ shelf(limit: 30, stock: 4) { things { name } others { name } } }", {}, 41, 5],
  ["query ($n: Int) { shelf(last: $n, stock: 4) { things { name } } }", { n: 30 }, 31, 5],
  ["{ assumed(stock: 2) { name } }", {}, 50, 2],
  // 5 * 6 and 8 * 6; there are 2
  ["{ free { name } }", {}, 30, 12],
  ["{ free(last: 8) { name } }", {}, 48, 12],
  // 20 codes of 5; there are 3
  ["{ codes }", {}, 100, 15],
  // The dearest of a union's types: 9; it was a crate
  ["{ packing { ... on Crate { name } ... on Box { name } } }", {}, 9, 6],
  // What arguments hold: 10, 1 + 10 + 10, 10, 4
  ['{ find(where: { name: "a" }) }', {}, 10, 10],
  ['{ find(where: { any: [{ name: "a" }, { name: "b" }, { any: [] }], not: { name: "c" } }, tag: "x") }', {}, 36, 36],
  ["query ($w: Where, $t: String) { find(where: $w, tag: $t) }", { w: { any: [{ name: "a" }, { name: null }], not: {} } }, 11, 11],
  ['query ($t: String = "x") { find(tag: $t) }', {}, 4, 4],
  ['query ($t: String = "x") { find(tag: $t) }', { t: null }, 1, 1],
  // A mutation is 10, or what it says
  ['mutation { put(name: "a") { name } }', {}, 11, 11],
  ["mutation { take { name } }", {}, 4, 3],
])("%s with %j costs", async (query, variables, requested, actual) => {
  const cost = { requested, actual, remaining: 1_000_000_000 - actual };
  for (const times of [1, 2]) {
    const { body } = await ask(federation.url, query, {}, variables as never);
    expect([times, body.errors, body.extensions]).toEqual([times, undefined, { cost }]);
  }
});

test("both ways count the same", async () => {
  const before = await shortcuts();
  const query = "{ things(first: 20, stock: 7) { name things(first: 5, stock: 1) { name } } }";
  for (let times = 0; times < 3; times++)
    expect((await ask(federation.url, query)).body.extensions.cost).toEqual({ requested: 120, actual: 14, remaining: 999_999_986 });
  expect(await shortcuts()).toBe(before + 2);
});

test.each([
  ["{ shelf { things { name } } }", {}],
  ["{ shelf(limit: 1, last: 1) { things { name } } }", {}],
  ["query ($n: Int) { shelf(limit: $n) { things { name } } }", {}],
  ["query ($n: Int) { shelf(limit: $n, last: 3) { things { name } } }", { n: 2 }],
])("%s with %j does not say how long the list may be, and is refused", async (query, variables) => {
  const { calls } = federation.subgraphs["warehouse"]!;
  const before = calls.length;
  const { status, body } = await ask(federation.url, query, {}, variables);
  expect([status, body.errors[0].extensions.code, body.errors[0].message]).toEqual([
    400,
    "BAD_USER_INPUT",
    "shelf takes exactly one of limit, last; say by it how many items are wanted.",
  ]);
  expect(calls.length).toBe(before);
});

const deep = (first: string) => `{ things(first: ${first}) { things(first: ${first}) { things(first: ${first}) { things(first: ${first}) { name } } } } }`;
test.each<[string, string, string | null]>([
  ["huge", JSON.stringify({ query: deep("2147483647") }), "COST_TOO_HIGH"],
  ["huge by a variable", JSON.stringify({ query: `query ($n: Int) ${deep("$n")}`, variables: { n: 2147483647 } }), "COST_TOO_HIGH"],
  ["more than a 32-bit number", JSON.stringify({ query: deep("99999999999") }), "GRAPHQL_VALIDATION_FAILED"],
  ["no finite number", `{"query":"query ($n: Int) { things(first: $n, stock: 1) { name } }","variables":{"n":1e400}}`, "BAD_USER_INPUT"],
  ["a text", `{"query":"query ($n: Int) { things(first: $n, stock: 1) { name } }","variables":{"n":"100000000"}}`, "BAD_USER_INPUT"],
  ["negative", JSON.stringify({ query: "{ a: things(first: -1000000, stock: 1) { name } things(first: 60000000, stock: 1) { name } }" }), "COST_TOO_HIGH"],
  ["negative by a variable", JSON.stringify({ query: "query ($n: Int!) { things(first: $n) { name } }", variables: { n: -5 } }), null],
  ["missing though required", JSON.stringify({ query: "query ($n: Int!) { things(first: $n) { name } }" }), "BAD_USER_INPUT"],
])("a size that is %s", async (_name, text, code) => {
  const { calls } = federation.subgraphs["warehouse"]!;
  const before = calls.length;
  const response = await fetch(federation.url, { method: "POST", headers: { "content-type": "application/json" }, body: text });
  const { errors } = (await response.json()) as any;
  expect(errors?.[0].extensions.code ?? null).toBe(code);
  if (code) expect(calls.length).toBe(before);
  expect(response.headers.get("ratelimit") ?? '"points";r=999999999;t=1').toBe('"points";r=999999999;t=1');
});

test("what fails is charged: by what it might have cost where nobody can count it, 1 where it was not executed", async () => {
  const cost = async (query: string) => (await ask(federation.url, query)).body.extensions?.cost;
  // The null is counted as the nothing it is.
  expect(await cost("{ broken { name } things(first: 5, stock: 2) { name } }")).toEqual({ requested: 6, actual: 2, remaining: 999_999_998 });
  expect(await cost("{ required { name } things(first: 50, stock: 2) { name } }")).toEqual({ requested: 51, actual: 51, remaining: 999_999_949 });
  expect((await ask(federation.url, "{ things(first: 50) { name } }", { "x-as-of": "never" })).body).toMatchObject({
    errors: [{ extensions: { code: "BAD_USER_INPUT" } }],
    extensions: { cost: { requested: 50, actual: 1, remaining: 999_999_999 } },
  });
  // Before there is an operation there is nothing to charge.
  expect(await cost("{ nowhere }")).toBeUndefined();
});
