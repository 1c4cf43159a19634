/** A portfolio foreign to this repository that says what its parts cost, and has as many things as it is asked for. */
import { setTimeout as wait } from "node:timers/promises";
import type { Foreign } from "../gateway/federations.js";

const things = (_: unknown, { first, stock }: { first: number; stock: number }) =>
  Array.from({ length: Math.min(first, stock) }, (_each, i) => ({ name: `${i}` }));

export const warehouse: Foreign = {
  name: "warehouse",
  sdl: `
    type Query {
      thing(stock: Int = 1): Thing
      things(first: Int = 10, stock: Int = 0): [Thing!]!
      plain(stock: Int = 0): [Thing!]!
      slow(ms: Int!, first: Int = 10): [Thing!]!
      count: Int @cost(weight: 100)
      nothing: Thing @cost(weight: 7)
      shelf(limit: Int, last: Int, stock: Int = 0): Shelf! @listSize(slicingArguments: ["limit", "last"], sizedFields: ["things"])
      assumed(stock: Int = 0): [Thing!]! @listSize(assumedSize: 50)
      free(limit: Int = 5, last: Int): [Crate!]! @listSize(slicingArguments: ["limit", "last"], requireOneSlicingArgument: false)
      codes: [Code!]! @listSize(assumedSize: 20)
      find(where: Where, tag: String @cost(weight: 4)): Int
      packing: Packing
      broken: Thing
      required: Thing!
    }
    type Mutation { put(name: String): Thing  take: Thing @cost(weight: 3) }
    type Thing { name: String  things(first: Int = 10, stock: Int = 0): [Thing!]!  price: Int @cost(weight: 2) }
    type Shelf { things: [Thing!]! others: [Thing!]! }
    type Crate @cost(weight: 6) { name: String }
    type Box @cost(weight: 9) { name: String }
    union Packing = Crate | Box
    scalar Code @cost(weight: 5)
    input Where { name: String @cost(weight: 10) any: [Where!] @cost(weight: 1) not: Where }`,
  resolvers: {
    Query: {
      thing: (_: unknown, { stock }: any) => (stock > 0 ? { name: "0" } : null),
      things,
      plain: (_: unknown, { stock }: any) => things(_, { first: stock, stock }),
      slow: async (_: unknown, { ms }: any) => (await wait(ms), []),
      count: () => 3,
      nothing: () => null,
      shelf: (_: unknown, { stock }: any) => ({ things: things(_, { first: stock, stock }), others: [] }),
      assumed: (_: unknown, { stock }: any) => things(_, { first: stock, stock }),
      free: () => [{ name: "a" }, { name: "b" }],
      codes: () => ["a", "b", "c"],
      find: () => 0,
      packing: () => ({ __typename: "Crate", name: "a" }),
      broken() {
        throw new Error("a shelf fell over");
      },
      required() {
        throw new Error("a shelf fell over");
      },
    },
    Mutation: { put: (_: unknown, { name }: any) => ({ name }), take: () => null },
    Thing: { things, price: () => 1 },
  },
};
