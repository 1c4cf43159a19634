/** The graph as its committed API and its subgraphs say it, for tests that look at all of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  buildSchema,
  getNamedType,
  isObjectType,
  isUnionType,
  parse,
} from "graphql";
import { ListLink, type ListMembers, ManyLink, OneLink } from "../../subgraphs/kernel/declare.js";
import { type Model, directoryOf, resolveModel } from "../../subgraphs/kernel/model.js";
import { projectFolder } from "../../transport/project.js";
import { typeDefsOf } from "../../subgraphs/kernel/subgraph.js";
import { portfolios } from "../../subgraphs/list.js";

/** What clients see. */
export const api = buildSchema(readFileSync(path.join(projectFolder, "schema/api.graphql"), "utf8"));

/** An object type of the API. */
export function objectType(name: string): GraphQLObjectType {
  const type = api.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is not an object type of the API`);
  return type;
}
export const fieldsOf = (type: string): Record<string, GraphQLField<unknown, unknown>> => objectType(type).getFields();

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

/** Each entity as its portfolio's model has it, by type. */
export const models = subgraphs.flatMap(({ model }) => [...model.entities.values()].map((entity) => [entity.type, entity] as const));

/** The types of records a field leads to: through lists, connections and unions. */
export function targetsOf(type: GraphQLOutputType): GraphQLNamedType[] {
  const named = getNamedType(type);
  if (isUnionType(named)) return [...named.getTypes()];
  const nodes = isObjectType(named) && named.name.endsWith("Connection") ? named.getFields()["nodes"] : undefined;
  return nodes ? targetsOf(nodes.type) : [named];
}

/** A link as a portfolio stores it. */
export interface StoredLink {
  readonly portfolio: string;
  /** "Type.field" or "Type.list.member". */
  readonly path: string;
  readonly targets: readonly string[];
}
export const storedLinks: readonly StoredLink[] = portfolios.flatMap(({ name: portfolio, links }) =>
  Object.entries(links).flatMap(([type, own]) =>
    Object.entries(own).flatMap(([field, link]): StoredLink[] => {
      if (link instanceof OneLink || link instanceof ManyLink) return [{ portfolio, path: `${type}.${field}`, targets: link.targets }];
      if (!(link instanceof ListLink)) return [];
      return Object.entries(link.members as ListMembers).flatMap(([member, to]) =>
        to instanceof OneLink ? [{ portfolio, path: `${type}.${field}.${member}`, targets: to.targets }] : [],
      );
    }),
  ),
);
