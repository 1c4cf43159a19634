/** What supergraphs say their parts cost, however they call the directives. */
import { expect, test } from "@jest/globals";
import { parse } from "graphql";
import { readWeights } from "../../gateway/security/weights.js";

const body = (cost: string, listSize: string) => `
  type Query { shelves(first: Int @${cost}(weight: 2)): [Shelf!]! @${cost}(weight: 5) @${listSize}(slicingArguments: ["first"], requireOneSlicingArgument: false) }
  type Shelf @${cost}(weight: 3) { books: [Int!]! @${listSize}(assumedSize: 4, sizedFields: ["a", "b"]) }
  scalar Code @${cost}(weight: 1)
  enum Kind @${cost}(weight: 7) { A }
  input Where { name: String @${cost}(weight: 9) }`;

test.each([
  ['@link(url: "https://specs.apollo.dev/cost/v0.1")', "cost", "cost__listSize"],
  ['@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])', "cost", "listSize"],
  ['@link(url: "https://specs.apollo.dev/cost/v0.1", import: [{ name: "@cost", as: "@weight" }, { name: "@listSize" }])', "weight", "listSize"],
  ['@link(url: "https://specs.apollo.dev/cost/v0.1", as: "price")', "price", "price__listSize"],
])("%s", (link, cost, listSize) => {
  const { costs, sizes } = readWeights(parse(`schema ${link} { query: Query }\n${body(cost, listSize)}`));
  expect(Object.fromEntries(costs)).toEqual({ "Query.shelves": 5, "Query.shelves.first": 2, Shelf: 3, Code: 1, Kind: 7, "Where.name": 9 });
  expect(Object.fromEntries(sizes)).toEqual({
    "Query.shelves": { assumedSize: null, slicingArguments: ["first"], sizedFields: [], requiresOne: false },
    "Shelf.books": { assumedSize: 4, slicingArguments: [], sizedFields: ["a", "b"], requiresOne: true },
  });
});

test("directives of the same names that are none of the specification say nothing", () => {
  const links = ["", '@link(url: "https://example.com/cost/v0.1", import: ["@cost", "@listSize"]) # not specs.apollo.dev/cost\n'];
  for (const link of links) {
    const { costs, sizes } = readWeights(parse(`schema ${link} { query: Query }\n${body("cost", "listSize")}`));
    expect([costs.size, sizes.size]).toEqual([0, 0]);
  }
});
