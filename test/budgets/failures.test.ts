/** What answers cost that are not as they were asked for: by what came of them, however they were executed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { GraphQLError } from "graphql";
import { type Federation, type Foreign, ask, startFederation } from "../gateway/federations.js";
import { leftIn } from "./clients.js";

const BUDGET = 1_000_000;
const range = (first: number, stock: number) => Array.from({ length: Math.min(first, stock) }, (_, i) => ({ id: `c${i}` }));

/** Has as many crates as it is asked for. */
const stock: Foreign = {
  name: "stock",
  sdl: `
    type Query {
      crates(first: Int = 10, stock: Int = 0): [Crate!]!
      maybe(first: Int = 10, stock: Int = 0): [Crate!]
      slow(ms: Int!, first: Int = 10): [Crate!]
      long(first: Int = 10): [Crate!]
      refused: Crate!
      count: Int @cost(weight: 100)
      secrets(first: Int = 10): [Crate!]!
    }
    type Crate @key(fields: "id") { id: ID! secret: Int @cost(weight: 50) broken: Int size: Int! crates(first: Int = 10, stock: Int = 0): [Crate!]! }`,
  resolvers: {
    Query: {
      crates: (_: unknown, { first, stock }: any) => range(first, stock),
      maybe: (_: unknown, { first, stock }: any) => range(first, stock),
      slow: async (_: unknown, { ms }: any) => (await wait(ms), []),
      long: () => [{ id: "l".repeat(33 * 1024 * 1024) }],
      refused() {
        throw new GraphQLError("No.", { extensions: { code: "BAD_USER_INPUT" } });
      },
      count: () => 3,
    },
    Crate: {
      broken() {
        throw new GraphQLError("It is broken.", { extensions: { code: "BROKEN" } });
      },
      size({ id }: any) {
        if (id === "c1") throw new GraphQLError("It has none.", { extensions: { code: "NO_SIZE" } });
        return 1;
      },
      crates: (_: unknown, { first, stock }: any) => range(first, stock),
    },
  },
};

/** Knows every crate but the second. */
const makers: Foreign = {
  name: "makers",
  sdl: `
    type Crate @key(fields: "id") { id: ID! maker: Maker! label: Label }
    type Maker { name: String! }
    type Label @cost(weight: 4) { text: String! }`,
  resolvers: {
    Crate: {
      __resolveReference: ({ id }: any) => (id === "c1" ? null : { id }),
      maker: () => ({ name: "A" }),
      label: ({ id }: any) => (id === "c0" ? null : { text: id }),
    },
  },
};

/** Developers, as whom everybody asks, may not read these. */
const POLICY = `roles: { developer: { reads: ["*"], hides: [Crate.secret, Query.secrets] } }`;

let federation: Federation;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "failures-"));
  const policy = path.join(folder, "policy.yaml");
  await writeFile(policy, POLICY);
  const settings = { COST_EXTENSION: "on", POINTS: String(BUDGET), POINTS_PER_SECOND: "1000000", DEADLINE: "2", POLICY: policy };
  federation = await startFederation([stock, makers], settings);
  // Apollo's executor is loaded by the first who needs it, and that takes its time.
  for (let status = 0, tries = 0; status !== 200 && tries < 5; tries++) ({ status } = await ask(federation.url, "{ valueOf: __typename }"));
});
afterAll(async () => {
  await federation.stop();
  await rm(folder, { recursive: true });
});

/** What an operation was charged, by its answer's extension and by its head. */
async function charge(query: string, variables: object = {}): Promise<{ requested: number; actual: number; codes: string[] }> {
  const { body, headers } = await ask(federation.url, query, {}, variables as never);
  const { requested, actual, remaining } = body.extensions.cost;
  expect([remaining, leftIn({ headers })]).toEqual([BUDGET - actual, BUDGET - actual]);
  // All is there again before the next is asked.
  await wait(actual / 1_000 + 2);
  return { requested, actual, codes: (body.errors ?? []).map(({ extensions }: any) => extensions.code) };
}
const counted = (requested: number, actual: number, ...codes: string[]) => ({ requested, actual, codes });
/** As it is, and under a name that objects inherit: then Apollo's executor executes it. */
const alsoNamed = (query: string) => [query, query.replace("{ ", "{ valueOf: ")] as const;

test.each<readonly [query: string, actual: number, codes: readonly string[]]>([
  // 3 crates and 2 makers; that the third has none leaves nothing of the answer.
  ["{ crates(first: 20, stock: 3) { maker { name } } }", 5, ["INTERNAL_SERVER_ERROR"]],
  ["{ maybe(first: 20, stock: 3) { maker { name } } }", 5, []],
  // 3 crates, and a label of 4
  ["{ crates(first: 20, stock: 3) { label { text } } }", 7, []],
  ["{ crates(first: 20, stock: 3) { id broken } }", 3, ["BROKEN", "BROKEN", "BROKEN"]],
  // Beside what is asked of the schema.
  ['{ maybe(first: 20, stock: 3) { id } __type(name: "Crate") { name } }', 3, []],
  // 3 crates, and 2 in each
  ["{ maybe(first: 20, stock: 3) { id crates(first: 5, stock: 2) { id broken } } }", 9, Array.from({ length: 6 }, () => "BROKEN")],
])("%s costs what came: %d", async (query, actual, codes) => {
  for (const each of alsoNamed(query)) {
    const seen = await charge(each);
    expect({ each, actual: seen.actual, codes: seen.codes }).toEqual({ each, actual, codes });
  }
});

test("more conditions than writers are made for change nothing", async () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const fields = names.map((name) => `${name}: crates(first: 5, stock: 1) @include(if: $${name}) { id }`).join(" ");
  const query = `query (${names.map((name) => `$${name}: Boolean!`).join(", ")}) { crates(first: 20, stock: 3) { ${fields} } }`;
  // 20 of 1 + 7 * 5; 3 of 1 + 2
  const variables = Object.fromEntries(names.map((name, i) => [name, i < 2]));
  expect(await charge(query, variables)).toEqual(counted(720, 9));
});

test("what a null within a portfolio takes with it nobody sees: the whole price", async () => {
  for (const query of alsoNamed("{ crates(first: 20, stock: 3) { size crates(first: 5, stock: 5) { id } } }"))
    expect(await charge(query)).toEqual(counted(120, 120, "NO_SIZE"));
  expect(await charge("{ maybe(first: 20, stock: 3) { size crates(first: 5, stock: 5) { id } } }")).toEqual(counted(120, 120, "NO_SIZE"));
  expect(await charge("{ crates(first: 50, stock: 50) { id } refused { id } }")).toEqual(counted(51, 51, "BAD_USER_INPUT"));
});

test("what nobody waits for, or is too long to be taken, costs its whole price", async () => {
  for (const query of alsoNamed("{ slow(ms: 4000, first: 90) { id } }")) expect(await charge(query)).toEqual(counted(90, 90, "SUBGRAPH_UNREACHABLE"));
  for (const query of alsoNamed("{ long(first: 70) { id } }")) expect(await charge(query)).toEqual(counted(70, 70, "SUBGRAPH_UNREACHABLE"));
});

test("a condition that is null ends an operation half-way, which costs its whole price", async () => {
  const query = "query ($c: Boolean = true) { crates(first: 20, stock: 3) { id label @include(if: $c) { text } } }";
  const { requested, actual } = await charge(query, { c: null });
  expect([requested, actual]).toEqual([100, 100]);
});

test("what is refused before anything is asked of a portfolio costs 1, whoever would have executed it", async () => {
  const { calls } = federation.subgraphs["stock"]!;
  const before = calls.length;
  for (const query of alsoNamed("{ crates(first: $n, stock: 3) { id } }"))
    expect(await charge(`query ($n: Int) ${query}`, { n: "40" })).toEqual({ requested: 10, actual: 1, codes: ["BAD_USER_INPUT"] });
  expect(calls.length).toBe(before);
});

test("what may not be read is not paid for: a field of an answer, or the operation that is refused for it", async () => {
  // 20 of 1 + 50
  for (const query of alsoNamed("{ crates(first: 20, stock: 3) { id secret } }"))
    expect(await charge(query)).toEqual(counted(1020, 3, "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"));
  const { calls } = federation.subgraphs["stock"]!;
  const before = calls.length;
  expect(await charge("{ secrets(first: 40) { id } }")).toEqual(counted(40, 1, "FORBIDDEN"));
  expect(calls.length).toBe(before);
});

test("a portfolio that is away costs nothing but what the others answered", async () => {
  await federation.services["makers"]!.stop();
  for (const query of alsoNamed("{ crates(first: 20, stock: 3) { id label { text } } }"))
    expect(await charge(query)).toEqual(counted(100, 3, "SUBGRAPH_UNREACHABLE", "SUBGRAPH_UNREACHABLE", "SUBGRAPH_UNREACHABLE"));
  expect((await charge("{ crates(first: 20, stock: 3) { id maker { name } } count }")).actual).toBe(103);
  await federation.services["stock"]!.stop();
  for (const query of alsoNamed("{ crates(first: 20, stock: 3) { id } }")) expect((await charge(query)).actual).toBe(1);
});
