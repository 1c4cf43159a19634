/** Completes the types written by hand: common fields, keys, and the arguments of connections. */
import { type DefinitionNode, type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, type ObjectTypeExtensionNode } from "graphql";
import { type EntityModel, type Model, connectionNameOf } from "../model.js";
import { namedTypeOf, nullable, parseType } from "./written.js";

/** A hand-written definition with what is derived for it. */
export function completeDefinition(definition: DefinitionNode, model: Model): DefinitionNode {
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
    const entity = model.entities.get(definition.name.value);
    return entity ? completeEntity(definition, entity, model) : definition;
  }
  if (definition.kind === Kind.OBJECT_TYPE_EXTENSION && model.directory.has(definition.name.value)) return completeContribution(definition, model);
  return definition;
}

function completeEntity(definition: ObjectTypeDefinitionNode, entity: EntityModel, model: Model): ObjectTypeDefinitionNode {
  const { fields, interfaces, directives } = parseType(`type X implements Node @key(fields: "id") {
    "Identifier of the record in the whole graph."
    id: ID!
    "How often the record has been written; an update names the one it is based on."
    version: Int!
    "When the record was created."
    createdAt: DateTime!
    "When the record was last written."
    updatedAt: DateTime!
    ${entity.main ? MAIN_FIELDS : ""}
  }`);
  const last = parseType(`type X {
    "What other systems call this record."
    externalIds: [ExternalId!]
    "Rules of the domain this record breaks and was let in with."
    findings: [Finding!]
    ${HISTORY}
    ${entity.main && model.portfolio.name === "customer" ? `${interactionsSdl(model)}!` : ""}
  }`);
  return {
    ...definition,
    interfaces: [...(interfaces ?? []), ...(definition.interfaces ?? [])],
    directives: [...(directives ?? []), ...(definition.directives ?? [])],
    fields: [...(fields ?? []), ...(definition.fields ?? []).map((field) => withPaging(field, model)), ...(last.fields ?? [])],
  };
}

/** `extend type Service` in another portfolio's file: its key and the fields contributed. */
function completeContribution(definition: ObjectTypeExtensionNode, model: Model): ObjectTypeDefinitionNode {
  const { interfaces, directives, fields } = parseType(
    `type X implements Node @key(fields: "id") { id: ID! ${contributedInteractions(definition.name.value, model)} }`,
  );
  return {
    ...definition,
    kind: Kind.OBJECT_TYPE_DEFINITION,
    interfaces,
    directives,
    fields: [...(fields ?? []), ...(definition.fields ?? []).map((field) => nullable(withPaging(field, model)))],
  };
}
/** The `interactions` field, where the customer portfolio contributes it to `type`. */
export const contributedInteractions = (type: string, model: Model): string =>
  model.portfolio.name === "customer" && model.directory.entry(type).main ? interactionsSdl(model) : "";

const MAIN_FIELDS = `
    "Human key, unique among the records of the type."
    code: String!
    "The day on which somebody last checked that the record is up to date."
    verifiedOn: Date
    "Who checked it."
    verifiedBy: Person`;
const HISTORY = `
    "Who changed what, when, from what to what; newest first."
    history(
      "How many changes, at most 1,000."
      first: Int = 20
      "Cursor after which to read on."
      after: String
    ): ChangeConnection @cost(weight: 5)`;
const interactionsSdl = (model: Model): string => `
    "Conversations with customers that were about it."
    interactions(${pagingArguments("Interaction", model)}): InteractionConnection`;

/** A field whose type is a connection gets the arguments of one. */
function withPaging(field: FieldDefinitionNode, model: Model): FieldDefinitionNode {
  const type = namedTypeOf(field.type);
  if (!type.endsWith("Connection") || type === "ChangeConnection") return field;
  const node = nodeTypeOf(type, model);
  return {
    ...field,
    arguments: [...(field.arguments ?? []), ...(parseType(`type X { f(${pagingArguments(node, model)}): Int }`).fields?.[0]?.arguments ?? [])],
  };
}
function nodeTypeOf(connection: string, model: Model): string | null {
  for (const link of model.followed.values()) if (connectionNameOf(link) === connection) return link.local ? link.target : null;
  const type = connection.slice(0, -"Connection".length);
  if (model.entities.has(type)) return type;
  throw new Error(`${model.portfolio.name}: nothing answers a ${connection}`);
}
const pagingArguments = (node: string | null, model: Model): string => `
  "How many items, from 0 to 1,000."
  first: Int = 20
  "Cursor after which to read on: an endCursor of the same list in the same order."
  after: String
  "Which items."
  filter: ${node ?? "Linked"}Filter
  ${node && model.entities.has(node) ? `"In which order; ties are broken by id."\n  orderBy: [${node}Order!]` : ""}`;
