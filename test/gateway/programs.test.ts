/** What compiled programs are kept for, how operators see them, and what hostile operations and answers cannot do to them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { GraphQLError, parse } from "graphql";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { type Supergraph, followFile } from "../../gateway/supergraph.js";
import { type GraphQLAnswer, SubgraphUnreachable } from "../../transport/subgraph.js";
import { loadGateway } from "../differential/gateways.js";
import { call } from "../support/graph.js";
import { type Foreign, ask, compose, federate } from "./federations.js";
import { authors, binding, books } from "./library.js";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), "programs-"))));
afterAll(() => rm(folder, { recursive: true }));

const library = [books, authors, binding];
const TITLES = "{ books { title } }";
const SPINES = "query Spines { books { spine } }";

/** A gateway over the library whose supergraph is a file. */
async function serve(name: string, operations: Readonly<Record<string, string>> = {}) {
  const home = path.join(folder, name);
  const file = path.join(home, "supergraph.graphql");
  await mkdir(path.join(home, "operations"), { recursive: true });
  await writeFile(file, compose(library.map((portfolio) => ({ ...portfolio, url: "http://127.0.0.1/" }))));
  for (const [operation, text] of Object.entries(operations)) await writeFile(path.join(home, "operations", operation), text);
  const log: string[] = [];
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile(file),
    reach: federate(library).reach,
    log: (line) => void log.push(line),
  });
  const read = async (pattern: RegExp) => {
    const response = await fetch(`${gateway.url}/metrics`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    return [...(await response.text()).matchAll(pattern)];
  };
  const counts = async () =>
    Object.fromEntries((await read(/^graph_operations_total\{execution="(\w+)"\} (\d+)$/gm)).map(([, execution, count]) => [execution, Number(count)]));
  const kept = async () => Number((await read(/^graph_operations_kept (\d+)$/gm))[0]![1]);
  return { ...gateway, log, counts, kept };
}

test("/metrics says how operations were executed", async () => {
  const gateway = await serve("metrics");
  expect(await gateway.kept()).toBe(0);
  expect(await gateway.counts()).toEqual({ compiled: 0, shaped: 0, general: 0 });
  await ask(`${gateway.url}/graphql`, TITLES);
  await ask(`${gateway.url}/graphql`, SPINES);
  await ask(`${gateway.url}/graphql`, "{ oldest { penName } }");
  await ask(`${gateway.url}/graphql`, "{ __schema { queryType { name } } }");
  await ask(`${gateway.url}/graphql`, "{ nothing }");
  expect(await gateway.counts()).toEqual({ compiled: 3, shaped: 1, general: 0 });
  await gateway.stop();
});

test("operations beside the supergraph are compiled before anybody asks; those it does not allow are left out", async () => {
  const gateway = await serve("expected", { "a.graphql": "{ nobody }", "b.graphql": "{ not graphql", "c.graphql": SPINES, "d.txt": "no operation" });
  // By its text alone, and by its name too.
  for (let tries = 0; tries < 3_000 && (await gateway.kept()) < 2; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  const { body } = await ask(`${gateway.url}/graphql`, SPINES);
  expect(await gateway.kept()).toBe(2);
  expect(body.data.books[0]).toEqual({ spine: 26.45 });
  expect([gateway.log, await gateway.counts()]).toEqual([[], { compiled: 1, shaped: 0, general: 0 }]);
  await gateway.stop();
});

/** A supergraph that changes when it is told to. */
function changing(first: readonly Foreign[]) {
  let [now, changed] = [composed(first), () => undefined as void];
  const supergraph: Supergraph = { name: "changing", read: async () => now, watch: (notice) => ((changed = notice), () => undefined) };
  return { supergraph, change: (next: readonly Foreign[]) => ((now = composed(next)), changed()) };
}
const composed = (portfolios: readonly Foreign[]) => compose(portfolios.map((portfolio) => ({ ...portfolio, url: "http://127.0.0.1/" })));

test("a program does not outlive its supergraph", async () => {
  const { supergraph, change } = changing(library);
  // The same field, from another portfolio.
  const moved: Foreign = { ...binding, name: "rebinding", resolvers: { Book: { spine: () => 1 } } };
  let current: readonly Foreign[] = library;
  const gateway = await loadGateway("compiled", { supergraph, reach: (name) => federate(current).reach(name), call });
  expect((await gateway.ask(parse(SPINES), SPINES, {})).data).toBe('{"books":[{"spine":26.45},{"spine":26.75},{"spine":9.75}]}');
  current = [books, authors, moved, { name: "extra", sdl: "type Query { extra: Int }", resolvers: { Query: { extra: () => 1 } } }];
  change(current);
  let data = "";
  for (let tries = 0; tries < 200 && !data.includes('"extra":1'); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    data = (await gateway.ask(parse("{ extra }"), "{ extra }", {}).catch(() => ({ data: "" }))).data;
  }
  expect((await gateway.ask(parse(SPINES), SPINES, {})).data).toBe('{"books":[{"spine":1},{"spine":1},{"spine":1}]}');
  await gateway.stop();
});

/** A gateway over the library, whose authors answer entities as `spoil` has it. */
async function withAuthors(spoil: (entities: any[]) => unknown) {
  const { supergraph, reach } = federate(library);
  const spoilt = (name: string) => {
    const subgraph = reach(name);
    if (name !== "authors") return subgraph;
    return {
      ...subgraph,
      execute: async (...args: Parameters<typeof subgraph.execute>): Promise<GraphQLAnswer> => {
        const { data } = await subgraph.execute(...args);
        return { data: { _entities: spoil(data!["_entities"] as any[]) } };
      },
    };
  };
  return {
    compiled: await loadGateway("compiled", { supergraph, reach: spoilt, call }),
    general: await loadGateway("general", { supergraph, reach: spoilt, call }),
  };
}

const AUTHORS = "{ books { title author { id name born } } }";

test.each([
  [
    "a key __proto__, as JSON may have",
    (author: any) => JSON.parse(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"name":${JSON.stringify(author?.name ?? null)}}`),
    "Andrea Hirata",
  ],
  ["half a surrogate pair and line separators", () => ({ name: '\ud83d \u2028\u2029\u0000 "\\' }), '\ud83d \u2028\u2029\u0000 "\\'],
  ["a long text with half a surrogate pair", () => ({ name: `${"x".repeat(60)}\udc00` }), `${"x".repeat(60)}\udc00`],
  ["a number for a text", () => ({ name: 12 }), null],
  ["NaN for a whole number", () => ({ name: "A", born: NaN }), "A"],
  ["a text for an object", () => "author", null],
  ["undefined", () => ({ name: undefined, born: undefined }), null],
])("an author that is %s", async (_, make, name) => {
  const { compiled, general } = await withAuthors((entities) => entities.map(make));
  const [own, apollo] = [await compiled.ask(parse(AUTHORS), AUTHORS, {}), await general.ask(parse(AUTHORS), AUTHORS, {})];
  expect(own.data).toBe(apollo.data);
  expect(JSON.parse(own.data).books[0].author.name).toBe(name);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  await compiled.stop();
  await general.stop();
});

test.each([
  [0.1, "26.45"],
  [-0, "0"],
  [1e21, "1e+21"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [Infinity, "null"],
  [NaN, "null"],
])("a Float that is %d", async (value, text) => {
  const { supergraph, reach } = federate(library);
  const spoilt = (name: string) => ({
    ...reach(name),
    execute: async (...args: Parameters<ReturnType<typeof reach>["execute"]>): Promise<GraphQLAnswer> => {
      const answer = await reach(name).execute(...args);
      return name === "binding"
        ? { data: { _entities: (answer.data!["_entities"] as any[]).map((book) => ({ ...book, spine: value === 0.1 ? book.spine : value })) } }
        : answer;
    },
  });
  const gateway = await loadGateway("compiled", { supergraph, reach: spoilt, call });
  const query = "{ book(isbn: 1) { spine } }";
  expect((await gateway.ask(parse(query), query, {})).data).toBe(`{"book":{"spine":${text}}}`);
  await gateway.stop();
});

/** Shops, who owns them, and what that person pays: three subgraphs, each of which says what it was asked. */
const market: readonly Foreign[] = [
  {
    name: "shops",
    sdl: 'type Query { shops(last: Boolean): [Shop!]! } type Shop @key(fields: "id") { id: ID! }',
    resolvers: { Query: { shops: (_: unknown, { last }: any) => ["s1", "s2", "s3"].slice(last ? 1 : 0).map((id) => ({ id })) } },
  },
  {
    name: "owners",
    sdl: 'type Shop @key(fields: "id") { id: ID! owner: Owner } type Owner @key(fields: "id", resolvable: false) { id: ID! }',
    resolvers: { Shop: { owner: ({ id }: any) => (id === "s2" ? null : { id: `owner of ${id}` }) } },
  },
  {
    name: "taxes",
    sdl: 'type Owner @key(fields: "id") { id: ID! tax(year: Int!): Int }',
    resolvers: {
      Owner: {
        tax({ id }: any, { year }: any) {
          if (id === "owner of s1" && year === 3) throw new GraphQLError("Not yet.", { extensions: { code: "NOT_YET" } });
          return year * 100 + Number(id.at(-1));
        },
      },
    },
  },
];

test("of several lists the same is asked once of each record, and what differs of each for itself", async () => {
  const { supergraph, reach } = federate(market);
  const asked: string[] = [];
  const counted = (name: string) => ({
    ...reach(name),
    execute: (...args: Parameters<ReturnType<typeof reach>["execute"]>) => {
      const { representations = [] } = (args[0].variables ?? {}) as { representations?: readonly unknown[] };
      asked.push(`${name} ${representations.length}`);
      return reach(name).execute(...args);
    },
  });
  const compiled = await loadGateway("compiled", { supergraph, reach: counted, call });
  const general = await loadGateway("general", { supergraph, reach, call });
  for (const [query, calls] of [
    ["{ a: shops { owner { id } } b: shops(last: true) { owner { id } } }", ["shops 0", "owners 3"]],
    ["{ a: shops { owner { tax(year: 1) } } b: shops(last: true) { owner { tax(year: 1) } } c: shops { id } }", ["shops 0", "owners 3", "taxes 2"]],
    // One owner is asked for twice over, under one name, and what is said of it in one place is not what is said in the other.
    ["{ a: shops { owner { tax(year: 1) } } b: shops(last: true) { owner { tax(year: 2) } } }", ["shops 0", "owners 3", "taxes 2", "taxes 1"]],
    ["{ a: shops { owner { tax(year: 3) } } b: shops { owner { tax(year: 3) } } }", ["shops 0", "owners 3", "taxes 2"]],
    ["query ($x: Boolean = true) { a: shops { owner { tax(year: 1) } } b: shops { owner @include(if: $x) { tax(year: 1) } } }", null],
  ] as const) {
    asked.length = 0;
    const [own, apollo] = [await compiled.ask(parse(query), query, {}), await general.ask(parse(query), query, {})];
    expect([query, own.data, own.spent, own.errors]).toEqual([query, apollo.data, apollo.spent, apollo.errors]);
    if (calls) expect([query, asked]).toEqual([query, calls]);
  }
  expect(compiled.gateway.counts).toEqual({ compiled: 5, shaped: 0, general: 0 });
  await compiled.stop();
  await general.stop();
});

test("where nothing is answered of several lists that are asked for in one call, each of them says so", async () => {
  const [many, most] = [250, 100];
  const [shops] = market;
  const list = (_: unknown, { last }: any) => Array.from({ length: many }, (_each, i) => ({ id: `${last ? "t" : "s"}${i}` }));
  const { supergraph, reach } = federate([{ ...shops!, resolvers: { Query: { shops: list } } }, ...market.slice(1)]);
  const calls: string[] = [];
  const away = (name: string) => ({
    ...reach(name),
    execute: async (...args: Parameters<ReturnType<typeof reach>["execute"]>) => {
      calls.push(name);
      if (name === "owners") throw new SubgraphUnreachable(name);
      return reach(name).execute(...args);
    },
  });
  const compiled = await loadGateway("compiled", { supergraph, reach: away, call });
  const query = "{ a: shops { owner { id } } b: shops(last: true) { owner { id } } c: shops { owner { id } } }";
  const { data, errors } = await compiled.ask(parse(query), query, {});
  expect(calls).toEqual(["shops", "owners"]);
  expect(JSON.parse(data)).toEqual(Object.fromEntries(["a", "b", "c"].map((name) => [name, Array.from({ length: many }, () => ({ owner: null }))])));
  const expected = ["a", "b", "c"].flatMap((name) => Array.from({ length: most }, (_, i) => JSON.stringify([name, i, "owner"])));
  expect(errors.map(({ path }) => JSON.stringify(path)).sort()).toEqual(expected.sort());
  expect(new Set(errors.map(({ extensions }) => extensions!["code"]))).toEqual(new Set(["SUBGRAPH_UNREACHABLE"]));
  await compiled.stop();
});

test("records are asked for in calls of 10,000, and answered as if it were one", async () => {
  const many = 25_000;
  const warehouses: Foreign = {
    name: "warehouses",
    sdl: 'type Query { shops: [Shop!]! } type Shop @key(fields: "id") { id: ID! }',
    resolvers: { Query: { shops: () => Array.from({ length: many }, (_, i) => ({ id: `s${i}` })) } },
  };
  const keepers: Foreign = {
    name: "keepers",
    sdl: 'type Shop @key(fields: "id") { id: ID! keeper: String }',
    resolvers: {
      Shop: {
        keeper({ id }: any) {
          if (["s1", "s9999", "s10000", "s24999"].includes(id)) throw new GraphQLError("Closed.", { extensions: { code: "CLOSED" } });
          return `keeper of ${id}`;
        },
      },
    },
  };
  const { supergraph, reach } = federate([warehouses, keepers]);
  const asked: number[] = [];
  const counted = (name: string) => ({
    ...reach(name),
    execute: (...args: Parameters<ReturnType<typeof reach>["execute"]>) => {
      if (name === "keepers") asked.push((args[0].variables as { representations: unknown[] }).representations.length);
      return reach(name).execute(...args);
    },
  });
  const compiled = await loadGateway("compiled", { supergraph, reach: counted, call });
  const general = await loadGateway("general", { supergraph, reach, call });
  const query = "{ shops { keeper } }";
  const [own, apollo] = [await compiled.ask(parse(query), query, {}), await general.ask(parse(query), query, {})];
  expect(asked).toEqual([10_000, 10_000, 5_000]);
  expect(own.errors.map(({ path }) => path)).toEqual([1, 9_999, 10_000, 24_999].map((i) => ["shops", i, "keeper"]));
  expect([own.errors, own.spent, own.data === apollo.data]).toEqual([apollo.errors, apollo.spent, true]);
  await compiled.stop();
  await general.stop();
}, 60_000);

/** Answers lists of any length, of which one item may be null. */
const shelves: Foreign = {
  name: "shelves",
  sdl: "type Query { full(n: Int!, hole: Int): [Shelf!] holed(n: Int!, hole: Int): [[Shelf]!]! } type Shelf { no: Int! label: String shelves(n: Int!): [Shelf!]! }",
  resolvers: {
    Query: {
      full: (_: unknown, args: any) => shelvesOf(args),
      holed: (_: unknown, args: any) => [shelvesOf(args), [], shelvesOf(args)],
    },
    Shelf: { shelves: (_: unknown, args: any) => shelvesOf(args) },
  },
};
const shelvesOf = ({ n, hole }: { n: number; hole?: number }) =>
  Array.from({ length: n }, (_, no) => (no === hole ? null : { no, label: no % 3 === 0 ? null : `shelf "${no}"` }));

test.each([0, 1, 64, 65, 127, 128, 129, 1000])("lists of %i objects are written as Apollo's executor answers them, whichever is null", async (n) => {
  const { supergraph, reach } = federate([shelves]);
  // What a subgraph may answer, and graphql-js would not.
  const unchecked = (name: string) => ({
    ...reach(name),
    execute: async (asked: Parameters<ReturnType<typeof reach>["execute"]>[0]): Promise<GraphQLAnswer> => ({
      data: asked.query.includes("full") ? { full: shelvesOf(asked.variables as never) } : { holed: [shelvesOf(asked.variables as never)] },
    }),
  });
  for (const reached of [reach, unchecked]) {
    const compiled = await loadGateway("compiled", { supergraph, reach: reached, call });
    const general = await loadGateway("general", { supergraph, reach: reached, call });
    for (const field of ["full", "holed"])
      for (const hole of [null, 0, 63, 64, n - 1]) {
        const query = `query ($n: Int!, $hole: Int) { ${field}(n: $n, hole: $hole) { no label } }`;
        const [own, apollo] = [await compiled.ask(parse(query), query, { n, hole }), await general.ask(parse(query), query, { n, hole })];
        expect([field, hole, own.data, own.spent]).toEqual([field, hole, apollo.data, apollo.spent]);
      }
    expect(compiled.gateway.counts.compiled).toBeGreaterThan(5);
    await compiled.stop();
    await general.stop();
  }
});

test("an operation of more conditions than programs are made for is answered all the same", async () => {
  const { supergraph, reach } = federate(library);
  const gateway = await loadGateway("compiled", { supergraph, reach, call });
  const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
  const query = `query (${names.map((name) => `$${name}: Boolean!`).join(" ")}) { book(isbn: 1) { ${names.map((name) => `${name}: title @include(if: $${name})`).join(" ")} } }`;
  const answered = async (bits: number) =>
    (await gateway.ask(parse(query), query, Object.fromEntries(names.map((name, i) => [name, Boolean(bits & (1 << i))])))).data;
  for (const bits of [0, 1, 170, 255])
    expect(JSON.parse(await answered(bits))).toEqual({
      book: Object.fromEntries(names.filter((_, i) => bits & (1 << i)).map((name) => [name, "Laskar Pelangi"])),
    });
  expect(gateway.gateway.counts).toEqual({ compiled: 0, shaped: 4, general: 0 });
  await gateway.stop();
});

test("an operation of more parts than a writer is generated for is answered all the same, and costs the same", async () => {
  const gateways = await withAuthors((entities) => entities);
  const query = `{ ${Array.from({ length: 600 }, (_, i) => `a${i}: book(isbn: 1) { author { name } }`).join(" ")} }`;
  const [own, apollo] = [await gateways.compiled.ask(parse(query), query, {}), await gateways.general.ask(parse(query), query, {})];
  expect(Object.keys(JSON.parse(own.data) as object)).toHaveLength(600);
  expect([own.data, own.spent]).toEqual([apollo.data, apollo.spent]);
  expect(gateways.compiled.gateway.counts).toEqual({ compiled: 0, shaped: 1, general: 0 });
  await gateways.compiled.stop();
  await gateways.general.stop();
});
