/** A subgraph's schema is the one Apollo's package makes of the same SDL, its own machinery aside. */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { expect, test } from "@jest/globals";
import { type GraphQLSchema, parse, printType } from "graphql";
import { typeDefsOfInsight } from "../../subgraphs/insight/index.js";
import { buildSubgraph } from "../../subgraphs/kernel/federation.js";
import { resolveModel } from "../../subgraphs/kernel/model.js";
import { typeDefsOf } from "../../subgraphs/kernel/subgraph.js";
import { portfolios } from "../../subgraphs/list.js";

/** Types by which Apollo's describes its directives. */
const OF_DIRECTIVES = /^(link|federation)__/;

/** Every type as SDL; the root's fields sorted, since Apollo's puts its own before ours. */
const typesOf = (schema: GraphQLSchema) =>
  Object.fromEntries(
    Object.values(schema.getTypeMap())
      .filter(({ name }) => !OF_DIRECTIVES.test(name))
      .map((type) => [type.name, type.name === "Query" ? printType(type).split("\n").filter(Boolean).sort() : printType(type)]),
  );

test.each([
  ...portfolios.map((portfolio) => [portfolio.name, typeDefsOf(resolveModel(portfolio, portfolios))] as const),
  ["insight", typeDefsOfInsight(portfolios)] as const,
])("%s", (_, typeDefs) => {
  const own = typesOf(buildSubgraph(typeDefs, {}));
  expect(Object.keys(own).length).toBeGreaterThan(50);
  expect(own).toEqual(typesOf(buildSubgraphSchema(parse(typeDefs))));
});
