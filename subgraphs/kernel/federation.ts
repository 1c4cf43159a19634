/** What makes a schema one of a subgraph. */
import { addResolversToSchema } from "@apollo/subgraph/dist/schema-helper/index.js";
import { entitiesResolver } from "@apollo/subgraph/dist/types.js";
import { type DefinitionNode, type GraphQLSchema, Kind, type ObjectTypeDefinitionNode, parse } from "graphql";
import { buildKnownSchema } from "../../transport/schemas.js";

/**
 * The schema of a subgraph, as Apollo's `buildSubgraphSchema` makes it, of SDL that was composed before. Apollo's builds a model of
 * its own to validate the SDL first, and is most of what opening a portfolio takes.
 */
export function buildSubgraph(typeDefs: string, resolvers: object): GraphQLSchema {
  const definitions = withRoots(parse(typeDefs, { noLocation: true }).definitions);
  const entities = definitions
    .filter(isEntity)
    .map(({ name }) => name.value)
    .sort();
  const machinery = parse(machinerySdl(entities), { noLocation: true }).definitions;
  const schema = buildKnownSchema({ kind: Kind.DOCUMENT, definitions: [...definitions, ...machinery] });
  const own = {
    Query: {
      _service: () => ({ sdl: typeDefs }),
      _entities: (_: unknown, { representations }: { representations: unknown }, context: unknown, info: unknown): unknown =>
        entitiesResolver({ representations, context, info } as never),
    },
    _Entity: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
  };
  addResolversToSchema(schema, own as never);
  addResolversToSchema(schema, resolvers as never);
  return schema;
}

/** The definitions; the first of a root type's extensions defines it. */
function withRoots(definitions: readonly DefinitionNode[]): readonly DefinitionNode[] {
  const defined = new Set(definitions.flatMap((each) => (each.kind === Kind.OBJECT_TYPE_DEFINITION ? [each.name.value] : [])));
  return definitions.map((each) => {
    if (each.kind !== Kind.OBJECT_TYPE_EXTENSION || defined.has(each.name.value)) return each;
    defined.add(each.name.value);
    return { ...each, kind: Kind.OBJECT_TYPE_DEFINITION };
  });
}

const isEntity = (definition: DefinitionNode): definition is ObjectTypeDefinitionNode =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION && (definition.directives ?? []).some(({ name }) => name.value === "key");

const machinerySdl = (entities: readonly string[]): string => `
  scalar _Any
  type _Service { sdl: String }
  extend type Query { _service: _Service! }
  ${entities.length > 0 ? `union _Entity = ${entities.join(" | ")} extend type Query { _entities(representations: [_Any!]!): [_Entity]! }` : ""}`;
