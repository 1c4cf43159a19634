/** What the schema says of itself is Apollo's, byte for byte, though no part of Apollo's gateway is asked. */
import { Supergraph } from "@apollo/federation-internals";
import { expect, test } from "@jest/globals";
import { getIntrospectionQuery, graphqlSync, parse } from "graphql";
import { readDirectives } from "../../gateway/security/directives.js";
import { followFile } from "../../gateway/supergraph.js";
import { loadGateway } from "../differential/gateways.js";
import { call } from "../support/graph.js";
import { federate } from "./federations.js";
import { authors, binding, books } from "./library.js";

const WHOLE = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
});
const nobody = (): never => {
  throw new Error("nobody is asked");
};

test.each([
  ["our graph", followFile("schema/supergraph.graphql")],
  ["a foreign one, with what clients may not see", federate([books, authors, binding]).supergraph],
])("the whole of %s", async (_, supergraph) => {
  const gateway = await loadGateway("compiled", {
    supergraph,
    reach: (name) => ({ name, execute: nobody, ledger: nobody, head: nobody, exists: nobody }),
    call,
  });
  const text = await supergraph.read();
  const schema = Supergraph.build(readDirectives(text, parse(text)).sdl)
    .apiSchema()
    .toGraphQLJSSchema();
  const { data, errors } = await gateway.ask(parse(WHOLE), WHOLE, {});
  expect([data.length > 10_000, errors, gateway.gateway.counts.general]).toEqual([true, [], 0]);
  expect(data === JSON.stringify(graphqlSync({ schema, source: WHOLE }).data)).toBe(true);
  await gateway.stop();
});

test("parts of it, under names and variables of the operation, beside what portfolios answer", async () => {
  const gateway = await loadGateway("compiled", { ...federate([books, authors, binding]), call });
  const query = `query ($name: String!, $kind: Boolean!) { author: __type(name: $name) { ...T } ...Q __typename }
    fragment T on __Type { kind @include(if: $kind) name } fragment Q on Query { oldest: __schema { queryType { is: __typename } } books { title } }`;
  const ask = async (name: string, kind: boolean) => (await gateway.ask(parse(query), query, { name, kind })).data;
  const rest = '"oldest":{"queryType":{"is":"__Type"}},"books":[{"title":"Laskar Pelangi"},{"title":"Bumi Manusia"},{"title":"Saman"}],"__typename":"Query"';
  expect(await ask("Author", true)).toBe(`{"author":{"kind":"OBJECT","name":"Author"},${rest}}`);
  expect(await ask("Author", false)).toBe(`{"author":{"name":"Author"},${rest}}`);
  expect(await ask("Nobody", true)).toBe(`{"author":null,${rest}}`);
  expect(gateway.gateway.counts).toEqual({ compiled: 3, shaped: 0, general: 0 });
  await gateway.stop();
});

test("what would be a very long answer is refused, and the schema goes on answering", async () => {
  const { gateway, ask, stop } = await loadGateway("compiled", {
    supergraph: followFile("schema/supergraph.graphql"),
    reach: (name) => ({ name, execute: nobody, ledger: nobody, head: nobody, exists: nobody }),
    call,
  });
  const types = "types { name description fields { ...F args { ...A } } inputFields { ...A } }";
  const twice = `{ first: __schema { ${types} } second: __schema { ${types} } }
    fragment F on __Field { name description type { ...T } } fragment A on __InputValue { name description type { ...T } }
    fragment T on __Type { kind name description ofType { kind name ofType { kind name ofType { kind name } } } }`;
  const answer = await ask(parse(twice), twice, {});
  expect([answer.data, answer.errors.map(({ extensions, message }) => [extensions?.["code"], message])]).toEqual([
    "null",
    [["OPERATION_TOO_LARGE", "The operation asks for too much of the schema; ask for less of it at a time."]],
  ]);
  const name = '{ __type(name: "Customer") { name } }';
  expect((await ask(parse(name), name, {})).data).toBe('{"__type":{"name":"Customer"}}');
  expect(gateway.counts).toEqual({ compiled: 1, shaped: 0, general: 0 });
  await stop();
});
