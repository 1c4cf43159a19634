/** What lists need: connections, filters and orders. */
import type { ColumnKind } from "../declare.js";
import { type EntityModel, type Model, type StoredField, connectionNameOf } from "../model.js";
import { type Written, namedTypeOf } from "./written.js";

/** A connection and its edge. */
export const connectionSdl = (name: string, node: string, local: boolean, because?: string): string => `
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
export function deriveForeignConnections(model: Model, handwritten: string): string[] {
  return [...model.followed.values()]
    .filter((link) => (link.because || !link.local) && handwritten.includes(connectionNameOf(link)))
    .map((link) => connectionSdl(connectionNameOf(link).slice(0, -"Connection".length), link.target ?? "Node", link.local, link.because));
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
export function filterTypeOf(field: StoredField, type: string, written: Written): string | null {
  if (field.column.kind === "choice") return `${namedTypeOf(written.field(type, field.field).type)}Filter`;
  return FILTER_TYPES[field.column.kind] ?? null;
}

/** The filter input of an entity: a condition on every stored scalar, enum and link. */
export function filterSdl(entity: EntityModel, written: Written): string {
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
const sortableFields = (entity: EntityModel): StoredField[] =>
  [...entity.stored.values()].filter(({ column, targets }) => column.kind !== "longText" && column.kind !== "values" && !targets);

/** The order input of an entity. */
export function orderSdl(entity: EntityModel): string {
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
  ${sortableFields(entity)
    .map(({ field }) => `"By ${field}." ${field}`)
    .join("\n  ")}
}`;
}

/** A filter input for each enum that is filtered by. */
export function deriveEnumFilters(model: Model, written: Written): string[] {
  const filtered = new Set<string>();
  for (const entity of model.entities.values())
    for (const field of entity.stored.values()) if (field.column.kind === "choice") filtered.add(namedTypeOf(written.field(entity.type, field.field).type));
  return [...filtered].map(enumFilterSdl);
}

/** The filter input of an enum. */
export const enumFilterSdl = (name: string): string => `
"Condition on a ${name}."
input ${name}Filter { "Equal to." eq: ${name} "Not equal to; missing values match." not: ${name} "One of." in: [${name}!] "None of; missing values match." notIn: [${name}!] "Whether it is missing." isNull: Boolean }`;
