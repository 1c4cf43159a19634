/** Small federations, one for each thing that plans may have to do, and operations that make them do it. */
import { GraphQLError, GraphQLScalarType } from "graphql";
import type { Foreign } from "./federations.js";

export interface Feature {
  readonly name: string;
  readonly portfolios: readonly Foreign[];
  readonly operations: readonly { readonly query: string; readonly variables?: Record<string, unknown> }[];
  /** How many of the operations end without any data: none, unless it is said. */
  readonly refused?: number;
}

const byId =
  (items: readonly any[]) =>
  ({ id }: any) =>
    items.find((item) => item.id === id) ?? null;
const fail = (code: string) => () => {
  throw new GraphQLError(`It is ${code}.`, { extensions: { code } });
};

// --- entities that several portfolios complete, one from what another says ---

const goods = [
  { __typename: "Good", id: "g1", name: "Batik", weight: 2, size: { w: 3, h: 4 }, price: 10 },
  { __typename: "Good", id: "g2", name: 'Wayang "Arjuna" \u2028', weight: 5, size: { w: 1, h: 9 }, price: 40 },
  { __typename: "Good", id: "g3", name: "\ud800 half", weight: null, size: null, price: -0 },
];
const catalogue: Foreign = {
  name: "catalogue",
  sdl: `
    type Query { goods: [Good!]! good(id: ID!): Good racks: [[Good!]!]! gone: [Good] }
    type Good @key(fields: "id") { id: ID! name: String @shareable weight: Int size: Size price(currency: Currency! = IDR): Float }
    type Size @shareable { w: Int! h: Int! }
    enum Currency { IDR EUR }`,
  resolvers: {
    Query: {
      goods: () => goods,
      good: (_: unknown, args: any) => byId(goods)(args),
      racks: () => [[goods[0], goods[1]], [], [goods[1]]],
      gone: () => [goods[0], null, { id: "g9", name: "Nothing" }],
    },
    Good: { __resolveReference: byId(goods), price: ({ price }: any, { currency }: any) => (currency === "EUR" ? price / 20 : price) },
  },
};
const shipping: Foreign = {
  name: "shipping",
  sdl: `
    type Query { heaviest: Good }
    type Good @key(fields: "id") {
      id: ID!
      weight: Int @external
      size: Size @external
      price(currency: Currency! = IDR): Float @external
      cost: Float @requires(fields: "weight size { w h }")
      duty: Float @requires(fields: "price(currency: EUR)")
      parcel: Size
    }
    type Size @shareable { w: Int! h: Int! }
    enum Currency { IDR EUR }`,
  resolvers: {
    Query: { heaviest: () => ({ id: "g2" }) },
    Good: {
      __resolveReference: (reference: any) => (reference.id === "g9" ? null : reference),
      cost: ({ weight, size }: any) => (weight === null || !size ? null : weight * size.w * size.h),
      duty: ({ price }: any) => price * 0.1,
      parcel: ({ id }: any) => (id === "g2" ? { w: 1, h: 2 } : null),
    },
  },
};
const opinions: Foreign = {
  name: "opinions",
  sdl: `
    type Query { opinions: [Opinion!]! }
    type Opinion @key(fields: "id") { id: ID! stars: Int! good: Good @provides(fields: "name") author: Author! }
    type Good @key(fields: "id") { id: ID! name: String @external opinions(least: Int = 0): [Opinion!]! best: Opinion }
    type Author { name: String! trusted: Boolean! }`,
  resolvers: {
    Query: { opinions: () => stars },
    Opinion: {
      __resolveReference: byId([]),
      good: ({ goodId }: any) => ({ id: goodId, name: "as provided" }),
      author({ id }: any) {
        if (id === "o2") return fail("AUTHOR_HIDDEN")();
        return { name: "Sari", trusted: true };
      },
    },
    Good: {
      __resolveReference: ({ id }: any) => ({ id }),
      opinions: ({ id }: any, { least }: any) => stars.filter((each) => each.goodId === id && each.stars >= least),
      best: ({ id }: any) => stars.find((each) => each.goodId === id) ?? null,
    },
  },
};
const stars = [
  { id: "o1", stars: 5, goodId: "g1" },
  { id: "o2", stars: 2, goodId: "g1" },
  { id: "o3", stars: 4, goodId: "g2" },
];

const completion: Feature = {
  name: "records completed by others: @requires, @provides, lists of lists, conditions, errors",
  portfolios: [catalogue, shipping, opinions],
  operations: [
    { query: "{ goods { id name cost duty parcel { w h } } }" },
    { query: "{ goods { price duty euros: price(currency: EUR) cost size { w } } heaviest { name duty price } }" },
    { query: '{ goods { price(currency: EUR) duty } good(id: "g1") { price(currency: IDR) duty } }' },
    { query: "{ racks { name cost opinions { stars } } }" },
    { query: "{ gone { id name cost opinions { id } } }" },
    { query: "{ heaviest { id name weight cost } }" },
    { query: "{ opinions { stars good { id name weight } } }" },
    { query: "{ opinions { stars author { name } } }" },
    { query: "{ goods { name best { stars author { name trusted } } opinions(least: 3) { id author { name } } } }" },
    { query: "{ goods { opinions { stars author { name } } } }" },
    { query: "{ goods { best { good { best { good { name cost } } } } } }" },
    {
      query: "query ($with: Boolean!, $without: Boolean!) { goods { name cost @include(if: $with) opinions @skip(if: $without) { stars } } }",
      variables: { with: true, without: true },
    },
    {
      query: "query ($with: Boolean!, $without: Boolean!) { goods { name cost @include(if: $with) opinions @skip(if: $without) { stars } } }",
      variables: { with: false, without: false },
    },
    { query: "query ($with: Boolean! = false) { goods { ... @include(if: $with) { cost parcel { w } } opinions { id } } heaviest @skip(if: $with) { name } }" },
    { query: "query ($with: Boolean = true) { goods { id ... @include(if: $with) { opinions { id } } } }", variables: { with: null } },
    { query: "query ($with: Boolean = true) { goods { id name @include(if: $with) } }", variables: { with: null } },
    { query: "query ($with: Boolean!) { goods @include(if: $with) { id } }", variables: { with: false } },
    {
      query: "query ($with: Boolean!) { goods @include(if: $with) @skip(if: $with) { id } heaviest @include(if: true) @skip(if: $with) { id } }",
      variables: { with: true },
    },
    { query: "query ($least: Int) { goods { opinions(least: $least) { id } } }", variables: { least: 3 } },
    { query: "query ($least: Int = 5) { goods { opinions(least: $least) { id } } }" },
    { query: "query ($least: Int) { goods { opinions(least: $least) { id } } }", variables: { least: "three" } },
    { query: "query ($id: ID!) { good(id: $id) { id cost } }", variables: {} },
    { query: "query ($id: ID!) { good(id: $id) { id cost } }", variables: { id: "nothing" } },
    { query: "{ goods { a: size { w } a: size { h } ...G ... on Good { id } } } fragment G on Good { cost ...H } fragment H on Good { name a: size { h } }" },
    { query: '{ __type(name: "Good") { kind: __typename name } goods { id cost } }' },
    { query: "{ goods { first: __typename __typename size { __typename } cost } top: __typename }" },
  ],
  // Two authors hidden where one must be, two conditions that are null, a number in words, an id left out.
  refused: 6,
};

// --- names that every object has ---

const names: Feature = {
  name: "response names that objects inherit",
  portfolios: [catalogue, shipping],
  operations: [
    { query: "{ constructor: goods { toString: name hasOwnProperty: weight valueOf: cost } }" },
    { query: "{ goods { __proto__: name cost } }" },
    { query: "{ goods { __proto__: size { w } isPrototypeOf: cost } }" },
    { query: "{ goods { __id: id length: name cost } }" },
    { query: "{ goods { then: name } then: heaviest { then: name cost } }" },
    { query: "{ goods { toString: price hasOwnProperty: weight constructor: cost } valueOf: heaviest { toLocaleString: size { constructor: w } } }" },
    {
      query:
        "{ valueOf: racks { toString: parcel { valueOf: w } __defineGetter__: cost } isPrototypeOf: __schema { toString: queryType { constructor: name } } }",
    },
    { query: '{ constructor: gone { toString: id hasOwnProperty: duty } toString: __typename __type(name: "Good") { valueOf: name } }' },
    { query: "query ($c: Boolean!) { goods { toString: name @include(if: $c) constructor: cost @skip(if: $c) } }", variables: { c: true } },
    { query: "{ goods { __typename: name cost } }" },
    { query: "{ goods { __schema: name __typename: cost } }" },
  ],
  // The text of a name is no type.
  refused: 1,
};

// --- abstract types ---

const works = [
  { __typename: "Novel", id: "w1", title: "Saman", pages: 195, label: "novel" },
  { __typename: "Film", id: "w2", title: "Ada Apa", minutes: 112, label: null },
  { __typename: "Poster", sheet: "A2", title: "No record" },
];
const library: Foreign = {
  name: "library",
  sdl: `
    type Query { works: [Work]! things: [Thing!]! pair: [Labelled!]! titled: [Titled!]! }
    interface Titled { title: String }
    interface Work implements Titled @key(fields: "id") { id: ID! title: String }
    type Novel implements Work & Titled @key(fields: "id") { id: ID! title: String pages: Int! label: String! @shareable }
    type Film implements Work & Titled @key(fields: "id") { id: ID! title: String minutes: Int label: String @shareable }
    type Poster implements Titled { title: String sheet: String! }
    union Thing = Novel | Film | Poster
    union Labelled = Novel | Film`,
  resolvers: {
    Query: { works: () => [works[0], null, works[1]], things: () => works, pair: () => works.slice(0, 2), titled: () => works },
    Work: { __resolveReference: byId(works) },
    Novel: { __resolveReference: byId(works) },
    Film: { __resolveReference: byId(works) },
  },
};
const shops: Foreign = {
  name: "shops",
  sdl: `
    type Query { stock: [Novel!]! }
    type Novel @key(fields: "id") { id: ID! label: String @shareable price: Int }
    type Film @key(fields: "id") { id: ID! price: String screenings: [Int!] }`,
  resolvers: {
    Query: { stock: () => [{ id: "w1" }] },
    Novel: { __resolveReference: ({ id }: any) => ({ id }), price: () => 90, label: () => "from the shop" },
    Film: { __resolveReference: ({ id }: any) => ({ id }), price: () => "from 50", screenings: () => [12, 18] },
  },
};
const critics: Foreign = {
  name: "critics",
  sdl: `
    type Query { bestWork: Work praised: [Work!]! }
    type Work @key(fields: "id") @interfaceObject { id: ID! praise: String rank: Int! critic: Critic }
    type Critic @key(fields: "name") { name: ID! age: Int }`,
  resolvers: {
    Query: { bestWork: () => ({ id: "w2" }), praised: () => [{ id: "w1" }, { id: "w2" }, { id: "w1" }] },
    Work: {
      __resolveReference: ({ id }: any) => ({ id }),
      praise: ({ id }: any) => `praise of ${id}`,
      rank({ id }: any) {
        if (id === "w2") return fail("UNRANKED")();
        return 1;
      },
      critic: ({ id }: any) => ({ name: `critic of ${id}` }),
    },
    Critic: { age: () => 44 },
  },
};

const abstractions: Feature = {
  name: "interfaces and unions: type explosion, @interfaceObject, names that conflict in a portfolio only",
  portfolios: [library, shops, critics],
  operations: [
    { query: "{ works { id title ... on Novel { pages price } ... on Film { minutes cost: price screenings } } }" },
    { query: "{ things { __typename ... on Work { id title } ... on Poster { sheet title } ... on Titled { name: title } } }" },
    { query: "{ titled { title ... on Work { id praise } ... on Poster { sheet } } }" },
    { query: "{ pair { ... on Novel { label } ... on Film { label } } }" },
    { query: "{ pair { __typename ... on Novel { label price } ... on Film { label screenings } } }" },
    { query: "{ things { ... on Novel { label id } ... on Film { label minutes } } stock { label title praise } }" },
    { query: "{ works { __typename praise } }" },
    { query: "{ works { title praise critic { name age } } }" },
    { query: "{ works { rank } }" },
    { query: "{ things { ... on Novel { rank } ... on Film { title praise } } }" },
    { query: "{ bestWork { id praise } }" },
    { query: "{ bestWork { __typename id title praise } }" },
    { query: "{ bestWork { ... on Film { minutes screenings } ... on Novel { pages } critic { age } } }" },
    { query: "{ praised { praise ... on Novel { pages price } ... on Work { title } } }" },
    { query: "{ praised { ...P } } fragment P on Work { kind: __typename ... on Film { cost: price } ... on Novel { price } rank }" },
  ],
  // The rank of a work that has none.
  refused: 1,
};

// --- who owns what ---

const accounts: Foreign = {
  name: "accounts",
  sdl: `
    type Query { me: User users: [User!]! everyone: [User] }
    type User @key(fields: "id") @key(fields: "region number") {
      id: ID! @inaccessible region: String! number: Int! name: String! nickname: String secret: String @inaccessible tags: Tags friend: User
    }
    scalar Tags`,
  resolvers: {
    Query: { me: () => users[0], users: () => users, everyone: () => [...users, null, users[0]] },
    User: {
      __resolveReference: ({ id, region, number }: any) => users.find((user) => user.id === id || (user.region === region && user.number === number)) ?? null,
      friend: ({ id }: any) => users.find((user) => user.id !== id),
    },
    Tags: new GraphQLScalarType({ name: "Tags" }) as never,
  },
};
const users = [
  { id: "u1", region: "jkt", number: 1, name: "Rani", nickname: "old", tags: { a: [1, { b: null }], __proto__x: 2 } },
  { id: "u2", region: "sby", number: 1, name: "Budi", nickname: "older", tags: ["x", 0.1, -0, 1e21, 2 ** 60] },
];
const profiles: Foreign = {
  name: "profiles",
  sdl: `
    type Query { newest: User }
    type User @key(fields: "region number") { region: String! number: Int! nickname: String @override(from: "accounts") badge: Badge posts: [Post!]! }
    type Badge { colour: Colour! level: Int! }
    enum Colour { GOLD SILVER GREY @inaccessible }
    type Post @key(fields: "author { region number } slug") { author: User! slug: String! }`,
  resolvers: {
    Query: { newest: () => ({ region: "sby", number: 1 }) },
    User: {
      __resolveReference: (reference: any) => reference,
      nickname: ({ region }: any) => `new in ${region}`,
      badge: ({ region }: any) => ({ colour: region === "jkt" ? "GOLD" : "GREY", level: 3 }),
      posts: ({ region, number }: any) => [{ slug: `${region}-post`, author: { region, number } }],
    },
  },
};
const likes: Foreign = {
  name: "likes",
  sdl: `
    type Post @key(fields: "author { region number } slug") { author: User! @external slug: String! likes: Int! }
    type User @key(fields: "region number", resolvable: false) { region: String! number: Int! }`,
  resolvers: { Post: { __resolveReference: (reference: any) => reference, likes: ({ slug, author }: any) => slug.length + author.number } },
};
const ownership: Feature = {
  name: "keys: several, compound, nested and inaccessible; @override, value types, custom scalars, enum values kept back",
  portfolios: [accounts, profiles, likes],
  operations: [
    { query: "{ me { name nickname tags } }" },
    { query: "{ newest { name nickname region friend { nickname } } }" },
    { query: "{ users { nickname badge { level colour } } }" },
    { query: "{ me { badge { colour } } }" },
    { query: "{ everyone { name friend { name posts { slug likes author { name } } } } }" },
    { query: "{ users { tags also: tags friend { tags } } }" },
  ],
};

// --- writes ---

let total = 0;
const left: Foreign = {
  name: "left",
  sdl: `
    type Query { total: Int }
    type Mutation { add(n: Int!): Sum! refuse: Sum reset: Int! }
    type Sum @key(fields: "id") { id: ID! total: Int! }`,
  resolvers: {
    Query: { total: () => total },
    Mutation: {
      add: (_: unknown, { n }: any) => ({ id: "s", total: (total += n) }),
      refuse: fail("REFUSED") as never,
      reset: () => (total = 0),
    },
    Sum: { __resolveReference: ({ id }: any) => ({ id, total }) },
  },
};
const right: Foreign = {
  name: "right",
  sdl: `
    type Mutation { double: Sum break: Int! }
    type Sum @key(fields: "id") { id: ID! half: Float }`,
  resolvers: {
    Mutation: { double: () => ((total *= 2), { id: "s" }), break: fail("BROKEN") as never },
    Sum: { __resolveReference: ({ id }: any) => ({ id }), half: () => total / 2 },
  },
};
const writes: Feature = {
  name: "mutations in their order across portfolios",
  portfolios: [left, right],
  operations: [
    { query: "mutation { reset add(n: 3) { total half } double { total } again: add(n: 1) { total half } }" },
    { query: "mutation { reset refuse { total } add(n: 2) { total } double { half } }" },
    { query: "mutation M($n: Int!, $also: Boolean!) { reset add(n: $n) { half } double @include(if: $also) { total } }", variables: { n: 5, also: false } },
    { query: "mutation { reset add(n: 1) { total } break after: add(n: 1) { total } }" },
    { query: "{ total __typename }" },
  ],
  // What is broken must not be null.
  refused: 1,
};

export const features: readonly Feature[] = [completion, names, abstractions, ownership, writes];
