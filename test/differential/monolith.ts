/** The graph without federation: one schema over the resolvers of all subgraphs, which graphql-js executes. What a federated answer is compared with. */
import { readFileSync } from "node:fs";
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  buildSchema,
  defaultFieldResolver,
  execute,
  isAbstractType,
  isObjectType,
  isScalarType,
} from "graphql";
import type { Portfolios } from "../../start/portfolios.js";
import type { RequestContext } from "../../subgraphs/kernel/resolvers.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import type { CallContext } from "../../transport/subgraph.js";

/** A subgraph whose resolvers the monolith takes. */
interface Part {
  readonly schema: GraphQLSchema;
  contextOf(call: CallContext): unknown;
}
/** The contexts of one request, by part. */
type Contexts = ReadonlyMap<Part, unknown>;
type Resolver = GraphQLFieldResolver<any, Contexts>;

export interface Monolith {
  readonly schema: GraphQLSchema;
  execute(document: DocumentNode, variables: Readonly<Record<string, unknown>>, call: CallContext, operationName?: string): Promise<ExecutionResult>;
}

/** Whether a field may not be read by whom the monolith is for. */
export type Hides = (type: string, field: string) => boolean;

/**
 * The API's schema with the resolvers of all subgraphs; each entity is read whole, by id, in the portfolio that owns the field asked for.
 * A field that is hidden fails with FORBIDDEN.
 */
export function createMonolith({ local, insight }: Portfolios, hides: Hides = () => false): Monolith {
  const schema = buildSchema(readFileSync("schema/api.graphql", "utf8"), { assumeValidSDL: true });
  const parts: readonly Part[] = [...local.values(), insight];
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith("__")) resolveFields(type, parts, [...local.values()], hides);
    if (isAbstractType(type)) type.resolveType = ({ __typename }: { __typename: string }) => __typename;
    if (isScalarType(type)) {
      const scalar = parts.map((part) => part.schema.getType(type.name)).find(isScalarType);
      if (scalar) Object.assign(type, { serialize: scalar.serialize, parseValue: scalar.parseValue, parseLiteral: scalar.parseLiteral });
    }
  }
  return {
    schema,
    execute: async (document, variableValues, call, operationName) => {
      const contextValue: Contexts = new Map(parts.map((part) => [part, part.contextOf(call)]));
      return execute({ schema, document, variableValues, operationName, contextValue });
    },
  };
}

function resolveFields(type: GraphQLObjectType, parts: readonly Part[], portfolios: readonly LocalSubgraph[], hides: Hides): void {
  const owner = portfolios.find(({ model }) => model.entities.has(type.name));
  for (const field of Object.values(type.getFields())) {
    if (hides(type.name, field.name)) {
      field.resolve = refuse;
      continue;
    }
    const definitions = parts.flatMap((part) => {
      const definition = (part.schema.getType(type.name) as GraphQLObjectType | undefined)?.getFields()[field.name];
      return definition ? [{ part, resolve: (definition.resolve ?? defaultFieldResolver) as GraphQLFieldResolver<any, unknown> }] : [];
    });
    // An entity's own portfolio answers what others name of it too.
    const { part, resolve } = definitions.find((each) => each.part === owner) ?? definitions[0]!;
    const plain: Resolver = (source, args, contexts, info) => resolve(source, args, contexts.get(part), info);
    field.resolve = owner && field.name !== "id" && part === owner ? ofWholeRecord(owner, type.name, plain) : plain;
  }
}

const refuse: Resolver = () => {
  throw new GraphQLError("It may not be read.", { extensions: { code: "FORBIDDEN" } });
};

function ofWholeRecord(owner: LocalSubgraph, type: string, resolve: Resolver): Resolver {
  const keys = [...owner.model.entities.get(type)!.stored.keys()];
  return async (source, args, contexts, info) => {
    const { loaders } = contexts.get(owner) as RequestContext;
    const record = await loaders.record(type, (source as { id: string }).id, keys);
    return record && resolve(record, args, contexts, info);
  };
}
