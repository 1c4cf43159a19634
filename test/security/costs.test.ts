import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ask, type Federation, type Foreign, startFederation } from "../gateway/federations.js";

/** Shelves within shelves, page by page. */
const shelves: Foreign = {
  name: "shelves",
  sdl: `
    type Query { shelves(first: Int = 20): ShelfConnection! racks: [Shelf!]! }
    type ShelfConnection { nodes: [Shelf!]! edges: [ShelfEdge!]! totalCount: Int! }
    type ShelfEdge { node: Shelf }
    type Shelf { name: String shelves(first: Int = 20): ShelfConnection! parts(first: Int): [Shelf!]! }`,
  resolvers: {
    Query: { shelves: () => ({ nodes: [], edges: [], totalCount: 0 }), racks: () => [] },
  },
};

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([shelves]);
});
afterAll(() => federation.stop());

// The limit is 50,000,000 points. A connection is one object, and so is each of its nodes or edges.
test.each([
  // 1 + 1000 * (1 + 1 + 1000 * (1 + 1 + 48 * 1))
  ["{ shelves(first: 1000) { nodes { shelves(first: 1000) { nodes { shelves(first: 48) { nodes { name } } } } } } }", {}, 50_002_001],
  ["query ($n: Int!) { shelves(first: 1000) { nodes { shelves(first: 1000) { nodes { shelves(first: $n) { nodes { name } } } } } } }", { n: 48 }, 50_002_001],
  ["query ($n: Int = 48) { shelves(first: 1000) { nodes { shelves(first: 1000) { nodes { shelves(first: $n) { nodes { name } } } } } } }", {}, 50_002_001],
  // An edge and its node are two: 1 + 1000 * (1 + 1 + 1 + 1000 * (1 + 1 + 1 + 20 * (1 + 1)))
  ["{ shelves(first: 1000) { edges { node { shelves(first: 1000) { edges { node { shelves { edges { node { name } } } } } } } } } }", {}, 43_003_001],
  [
    "{ shelves(first: 1000) { edges { node { shelves(first: 1000) { edges { node { shelves(first: 24) { edges { node { name } } } } } } } } } }",
    {},
    51_003_001,
  ],
  // Lists nobody can size count ten: 10 * (1 + 1000 * (1 + 5000))
  ["{ racks { parts(first: 1000) { parts(first: 5000) { name } } } }", {}, 50_010_010],
  ["{ ...A } fragment A on Query { racks { parts(first: 1000) { ... on Shelf { parts(first: 5000) { name } } } } }", {}, 50_010_010],
  // 10 * (1 + 1000 * (1 + 4998))
  ["{ racks { parts(first: 1000) { parts(first: 4998) { name } } } }", {}, 49_990_010],
])("counts what %# may answer", async (query, variables, cost) => {
  const before = federation.subgraphs["shelves"]!.calls.length;
  const { status, body } = await ask(federation.url, query, {}, variables);
  if (cost <= 50_000_000) return expect([status, body.errors]).toEqual([200, undefined]);
  expect([status, body.errors[0].extensions.code, body.errors[0].message]).toEqual([
    400,
    "COST_TOO_HIGH",
    `The operation may cost ${cost} points; at most 50000000 may be asked for. Ask for smaller pages by first, or for fewer lists within lists.`,
  ]);
  expect(federation.subgraphs["shelves"]!.calls.length).toBe(before);
});
