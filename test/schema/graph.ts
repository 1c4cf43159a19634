/** The graph as its committed API and its subgraphs say it, for tests that look at all of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type DocumentNode, type GraphQLNamedType, type GraphQLOutputType, buildSchema, getNamedType, isObjectType, isUnionType, parse } from "graphql";
import { type Model, directoryOf, resolveModel } from "../../subgraphs/kernel/model.js";
import { projectFolder } from "../../subgraphs/kernel/sources.js";
import { typeDefsOf } from "../../subgraphs/kernel/subgraph.js";
import { portfolios } from "../../subgraphs/list.js";

/** What clients see. */
export const api = buildSchema(readFileSync(path.join(projectFolder, "schema/api.graphql"), "utf8"));

export const directory = directoryOf(portfolios);
export const entityTypes = directory.entries();

export interface DerivedSubgraph {
  readonly name: string;
  readonly model: Model;
  readonly document: DocumentNode;
}
/** Each portfolio with its whole SDL. */
export const subgraphs: readonly DerivedSubgraph[] = portfolios.map((portfolio) => {
  const model = resolveModel(portfolio, portfolios);
  return { name: portfolio.name, model, document: parse(typeDefsOf(model)) };
});

/** The types of records a field leads to: through lists, connections and unions. */
export function targetsOf(type: GraphQLOutputType): GraphQLNamedType[] {
  const named = getNamedType(type);
  if (isUnionType(named)) return [...named.getTypes()];
  const nodes = isObjectType(named) && named.name.endsWith("Connection") ? named.getFields()["nodes"] : undefined;
  return nodes ? targetsOf(nodes.type) : [named];
}
