/** Completes a portfolio's hand-written SDL with everything its declarations imply. */
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type TypeNode,
  parse,
  print,
} from "graphql";
import type { ColumnKind } from "./declare.js";
import type { DirectoryEntry } from "./ids.js";
import { type EntityModel, type Model, type StoredField, connectionNameOf } from "./model.js";
import { camelCase, pluralOf } from "./names.js";

/** What makes an SDL one of Federation 2. */
export const FEDERATION_HEADER = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])`;

/** The whole SDL of a subgraph: header, common types, the hand-written types completed, and what is derived from them. */
export function completeSdl(model: Model, common: string, handwritten: string): string {
  const document = parse(handwritten, { noLocation: true });
  const written = new Written(document);
  const parts = [FEDERATION_HEADER, common, FILTERS];
  for (const definition of document.definitions) parts.push(print(completeDefinition(definition, model)));
  for (const entity of model.entities.values()) parts.push(...deriveForEntity(entity, written, model));
  parts.push(...deriveForeignConnections(model, handwritten), ...deriveEnumFilters(model, written), ...deriveValueInputs(model, written), ...deriveStubs(model, written, parts.join("\n")));
  return parts.join("\n\n");
}

/** What the hand-written SDL says, by name. */
class Written {
  readonly types = new Map<string, ObjectTypeDefinitionNode>();
  readonly extended = new Set<string>();
  readonly enums = new Set<string>();
  readonly names = new Set<string>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) this.types.set(definition.name.value, definition);
      if (definition.kind === Kind.OBJECT_TYPE_EXTENSION) this.extended.add(definition.name.value);
      if (definition.kind === Kind.ENUM_TYPE_DEFINITION) this.enums.add(definition.name.value);
      if ("name" in definition && definition.name) this.names.add(definition.name.value);
    }
  }
  field(type: string, field: string): FieldDefinitionNode {
    const found = this.types.get(type)?.fields?.find(({ name }) => name.value === field);
    if (!found) throw new Error(`${type}.${field} is declared but not in the SDL`);
    return found;
  }
}

/** The name of the type a field answers, without lists and non-null marks. */
export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

// --- the hand-written types, completed ---

function completeDefinition(definition: DefinitionNode, model: Model): DefinitionNode {
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
    externalIds: [ExternalId!]!
    "Rules of the domain this record breaks and was let in with."
    findings: [Finding!]!
    ${HISTORY}
    ${entity.main && model.portfolio.name === "customer" ? `${INTERACTIONS}!` : ""}
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
  const { interfaces, directives, fields } = parseType(`type X implements Node @key(fields: "id") { id: ID! ${contributedInteractions(definition.name.value, model)} }`);
  return {
    ...definition,
    kind: Kind.OBJECT_TYPE_DEFINITION,
    interfaces,
    directives,
    fields: [...(fields ?? []), ...(definition.fields ?? []).map((field) => nullable(withPaging(field, model)))],
  };
}
/** A portfolio out of reach must not null another portfolio's record. */
const nullable = (field: FieldDefinitionNode): FieldDefinitionNode => (field.type.kind === Kind.NON_NULL_TYPE ? { ...field, type: field.type.type } : field);
const contributedInteractions = (type: string, model: Model): string =>
  model.portfolio.name === "customer" && model.directory.entry(type).main ? INTERACTIONS : "";

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
    ): ChangeConnection!`;
const INTERACTIONS = `
    "Conversations with customers that were about it."
    interactions: InteractionConnection`;

/** A field whose type is a connection gets the arguments of one. */
function withPaging(field: FieldDefinitionNode, model: Model): FieldDefinitionNode {
  const type = namedTypeOf(field.type);
  if (!type.endsWith("Connection") || type === "ChangeConnection") return field;
  const node = nodeTypeOf(type, model);
  return { ...field, arguments: [...(field.arguments ?? []), ...(parseType(`type X { f(${pagingArguments(node, model)}): Int }`).fields?.[0]?.arguments ?? [])] };
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

const parseType = (sdl: string): ObjectTypeDefinitionNode => parse(sdl, { noLocation: true }).definitions[0] as ObjectTypeDefinitionNode;

// --- derived for each entity ---

function deriveForEntity(entity: EntityModel, written: Written, model: Model): string[] {
  const { type } = entity;
  if (!written.types.has(type)) throw new Error(`${type} is declared but not in schema/${model.portfolio.name}.graphql`);
  return [connectionSdl(type, type, true), filterSdl(entity, written), orderSdl(entity), ...inputsSdl(entity, written), rootReadsSdl(entity), mutationsSdl(entity)];
}

const connectionSdl = (name: string, node: string, local: boolean, because?: string): string => `
"A page of a list of ${node} records."
type ${name}Connection {
  "The records of this page with their cursors."
  edges: [${name}Edge!]!
  "The records of this page."
  nodes: [${node}${local ? "!" : ""}]!
  "Where this page lies."
  pageInfo: PageInfo!
  "How many records the whole list has, after the filter."
  totalCount: Int!
}
"A ${node} record and its place in a list."
type ${name}Edge {
  "The record${local ? "" : "; null where it is out of reach or may not be seen"}."
  node: ${node}${local ? "!" : ""}
  "Its place: pass it as \`after\` to read on."
  cursor: String!
  ${because ? `"Why the two are linked: the ${because} records that link them."\n  because: [${because}!]!` : ""}
}`;

/** Connections over links whose edges hold more than the record, or records of other portfolios. */
function deriveForeignConnections(model: Model, handwritten: string): string[] {
  return [...model.followed.values()]
    .filter((link) => (link.because || !link.local) && handwritten.includes(connectionNameOf(link)))
    .map((link) => connectionSdl(connectionNameOf(link).slice(0, -"Connection".length), link.target ?? "Node", link.local, link.because?.type));
}

const FILTER_TYPES: Partial<Record<ColumnKind, string>> = {
  id: "IDFilter",
  text: "StringFilter",
  longText: "StringFilter",
  integer: "IntFilter",
  decimal: "DecimalFilter",
  boolean: "BooleanFilter",
  date: "DateFilter",
  dateTime: "DateTimeFilter",
  money: "MoneyFilter",
};

/** The filter input of a stored field, or null where it has none. */
function filterTypeOf(field: StoredField, type: string, written: Written): string | null {
  if (field.column.kind === "choice") return `${namedTypeOf(written.field(type, field.field).type)}Filter`;
  return FILTER_TYPES[field.column.kind] ?? null;
}

function filterSdl(entity: EntityModel, written: Written): string {
  const conditions = [...entity.stored.values()].flatMap((field) => {
    const filter = filterTypeOf(field, entity.type, written);
    return filter ? [`"Condition on ${field.field}${field.targets ? ", by id" : ""}." ${field.field}: ${filter}`] : [];
  });
  return `
"Which ${entity.type} records: all conditions given must hold."
input ${entity.type}Filter {
  "All of these must hold."
  and: [${entity.type}Filter!]
  "At least one of these must hold."
  or: [${entity.type}Filter!]
  "This must not hold."
  not: ${entity.type}Filter
  "Whether the record breaks rules it was let in with."
  hasFindings: Boolean
  ${conditions.join("\n  ")}
}`;
}

/** The fields a list may be sorted by. */
export const sortableFields = (entity: EntityModel): StoredField[] =>
  [...entity.stored.values()].filter(({ column, targets }) => column.kind !== "longText" && column.kind !== "values" && !targets);

function orderSdl(entity: EntityModel): string {
  const { type } = entity;
  return `
"How to sort ${type} records."
input ${type}Order {
  "The field to sort by."
  field: ${type}OrderField!
  "Which way."
  direction: OrderDirection! = ASC
}
"Fields by which ${type} records can be sorted."
enum ${type}OrderField {
  ${sortableFields(entity).map(({ field }) => `"By ${field}." ${field}`).join("\n  ")}
}`;
}

function inputsSdl(entity: EntityModel, written: Written): string[] {
  const create: string[] = [];
  const update: string[] = [];
  for (const field of entity.stored.values()) {
    if (field.setter === "kernel") continue;
    const type = inputTypeOf(field, entity.type, written);
    const description = descriptionOf(field, entity, written);
    create.push(`${description} ${field.key}: ${type}${isRequired(field) ? "!" : ""}`);
    if (field.setter === "client") update.push(`${description} ${field.key}: ${type}`);
  }
  for (const list of entity.lists.values()) {
    const input = list.bare ? "[ID!]" : `[${inputNameOf(listTypeOf(list.field, entity.type, written))}!]`;
    const line = `"${list.bare ? `The records of ${list.field}, by id; replaced whole` : `All of ${list.field}; replaced whole`}." ${list.key}: ${input}`;
    create.push(line);
    update.push(line);
  }
  return [
    `"A new ${entity.type} record."\ninput Create${entity.type}Input {\n  ${create.join("\n  ")}\n}`,
    `"Changes of a ${entity.type} record: what is not named stays, null empties."\ninput Update${entity.type}Input {
  "The record to change."
  id: ID!
  "The version the change is based on."
  version: Int!
  ${update.join("\n  ")}\n}`,
  ];
}
const isRequired = ({ column, key }: StoredField): boolean => !column.options.nullable && column.options.initial === undefined && key !== "id";

function inputTypeOf(field: StoredField, type: string, written: Written): string {
  const sdl = (name: string) => namedTypeOf(written.field(type, name).type);
  switch (field.column.kind) {
    case "id":
      return "ID";
    case "text":
    case "longText":
      return "String";
    case "choice":
      return sdl(field.field);
    case "integer":
      return "Int";
    case "decimal":
      return "Decimal";
    case "boolean":
      return "Boolean";
    case "date":
      return "Date";
    case "dateTime":
      return "DateTime";
    case "money":
      return "MoneyInput";
    case "values":
      return `[${inputNameOf(sdl(field.field))}!]`;
  }
}
const listTypeOf = (field: string, type: string, written: Written): string => (field === "externalIds" ? "ExternalId" : namedTypeOf(written.field(type, field).type));
/** The input that mirrors a value object. */
export const inputNameOf = (valueType: string): string => `${valueType}Input`;

function descriptionOf(field: StoredField, entity: EntityModel, written: Written): string {
  if (field.field === "code") return `"Human key, unique among the records of the type."`;
  if (field.field === "verifiedOn") return `"The day on which somebody last checked that the record is up to date."`;
  if (field.field === "verifiedBy") return `"Who checked it."`;
  const text = written.field(entity.type, field.field).description?.value ?? field.field;
  return JSON.stringify(field.targets ? `${text} By id.` : text);
}

const idArguments = (entity: EntityModel): string =>
  entity.main ? `"Its id." id: ID\n    "Its code, where no id is given." code: String` : `"Its id." id: ID!`;

function rootReadsSdl(entity: EntityModel): string {
  const { type } = entity;
  return `
extend type Query {
  "One ${type} record; null where there is none."
  ${camelCase(type)}(${idArguments(entity)}): ${type}
  "All ${type} records, page by page."
  ${pluralOf(type)}(
    "How many items, from 0 to 1,000."
    first: Int = 20
    "Cursor after which to read on: an endCursor of the same list in the same order."
    after: String
    "Which items."
    filter: ${type}Filter
    "In which order; ties are broken by id."
    orderBy: [${type}Order!]
  ): ${type}Connection!
}`;
}

function mutationsSdl(entity: EntityModel): string {
  const { type } = entity;
  const remove = entity.deletable ? `"Deletes a ${type} record, unless a record of its portfolio points to it." delete${type}("The record and its version." input: DeleteInput!): DeletePayload!` : "";
  return `
extend type Mutation {
  "Creates a ${type} record, in any state." 
  create${type}("What it holds." input: Create${type}Input!): ${type}Payload!
  "Changes a ${type} record; what has verbs of its own changes by them." 
  update${type}("What changes." input: Update${type}Input!): ${type}Payload!
  ${remove}
}
"What a mutation of a ${type} record answers."
type ${type}Payload {
  "The record as it now is; null where there is none. On CONFLICT the current one."
  ${camelCase(type)}: ${type}
  "Why nothing was written; empty when it was."
  problems: [Problem!]!
}`;
}

// --- derived once per portfolio ---

function deriveEnumFilters(model: Model, written: Written): string[] {
  const filtered = new Set<string>();
  for (const entity of model.entities.values())
    for (const field of entity.stored.values()) if (field.column.kind === "choice") filtered.add(namedTypeOf(written.field(entity.type, field.field).type));
  return [...filtered].map(
    (name) => `
"Condition on a ${name}."
input ${name}Filter { "Equal to." eq: ${name} "Not equal to; missing values match." not: ${name} "One of." in: [${name}!] "None of; missing values match." notIn: [${name}!] "Whether it is missing." isNull: Boolean }`,
  );
}

/** Inputs that mirror the value objects of lists. */
function deriveValueInputs(model: Model, written: Written): string[] {
  const inputs: string[] = [];
  const done = new Set<string>();
  for (const entity of model.entities.values()) {
    for (const field of entity.stored.values()) {
      if (field.column.kind !== "values" || field.key === "findings" || field.setter === "kernel") continue;
      mirror(namedTypeOf(written.field(entity.type, field.field).type), new Map());
    }
    for (const list of entity.lists.values())
      if (!list.bare && list.field !== "externalIds")
        mirror(listTypeOf(list.field, entity.type, written), new Map(list.members.map((member) => [member.field, member])));
  }
  return inputs;

  function mirror(type: string, members: ReadonlyMap<string, StoredField>): void {
    if (done.has(type) || written.names.has(inputNameOf(type))) return;
    done.add(type);
    const definition = written.types.get(type);
    if (!definition) throw new Error(`value object ${type} is not in the SDL`);
    const fields = (definition.fields ?? []).map((field) => {
      const member = members.get(field.name.value);
      const description = JSON.stringify(field.description?.value ?? field.name.value);
      if (member?.targets) return `${description} ${member.key}: ID${isRequired(member) ? "!" : ""}`;
      const optional = member?.column.options.initial !== undefined;
      const printed = print(optional ? nullable(field).type : field.type).replace(/\bMoney\b/, "MoneyInput");
      return `${description} ${field.name.value}: ${printed}`;
    });
    inputs.push(`${JSON.stringify(definition.description?.value ?? type)}\ninput ${inputNameOf(type)} {\n  ${fields.join("\n  ")}\n}`);
  }
}

/** Two-line stubs of the other portfolios' types that are named here. */
function deriveStubs(model: Model, written: Written, sdl: string): string[] {
  const everything = [...model.followed.values()].some((link) => link.target === null);
  return model.directory
    .entries()
    .filter(({ type }) => !model.entities.has(type) && !written.extended.has(type))
    .filter(({ type, main }) => everything || new RegExp(`[:\\[|=] ?${type}\\b`).test(sdl) || (main && model.portfolio.name === "customer"))
    .map((entry) => stubSdl(entry, contributedInteractions(entry.type, model)));
}
/** A type of another portfolio that is only named, or to which only derived fields are contributed. */
export const stubSdl = ({ type }: Pick<DirectoryEntry, "type">, contributed = ""): string =>
  `type ${type} implements Node @key(fields: "id"${contributed ? "" : ", resolvable: false"}) { id: ID! ${contributed} }`;

const comparisons = (name: string, type: string, words: string): string => `
"Condition on ${words}."
input ${name}Filter {
  "Equal to."
  eq: ${type}
  "Not equal to; missing values match."
  not: ${type}
  "One of."
  in: [${type}!]
  "None of; missing values match."
  notIn: [${type}!]
  "Whether it is missing."
  isNull: Boolean
  ${name === "Boolean" || name === "ID" ? "" : `"Greater or later than." gt: ${type}\n  "At least, or not before." gte: ${type}\n  "Less or earlier than." lt: ${type}\n  "At most, or not after." lte: ${type}`}
  ${name === "String" ? `"Contains this text; upper and lower case differ." contains: String\n  "Starts with this text; upper and lower case differ." startsWith: String` : ""}
}`;

const FILTERS = [
  comparisons("ID", "ID", "an id"),
  comparisons("String", "String", "a text, compared character by character"),
  comparisons("Int", "Int", "a whole number"),
  comparisons("Decimal", "Decimal", "a decimal number"),
  comparisons("Boolean", "Boolean", "a yes or no"),
  comparisons("Date", "Date", "a day"),
  comparisons("DateTime", "DateTime", "a moment"),
  `
"Condition on an amount of money; amounts are compared within one currency, so conditions on the amount need one."
input MoneyFilter {
  "The currency."
  currency: String
  "Equal to."
  eq: Decimal
  "Greater than."
  gt: Decimal
  "At least."
  gte: Decimal
  "Less than."
  lt: Decimal
  "At most."
  lte: Decimal
  "Whether it is missing."
  isNull: Boolean
}
"Condition on records of another portfolio that a list links to."
input LinkedFilter {
  "Condition on the id."
  id: IDFilter
}
"The record to delete."
input DeleteInput {
  "The record."
  id: ID!
  "The version the decision is based on."
  version: Int!
}
"What a deletion answers."
type DeletePayload @shareable {
  "Id of the record that is no more; null where nothing was deleted."
  deletedId: ID
  "Why nothing was deleted; empty when it was."
  problems: [Problem!]!
}`,
].join("\n");

