/** What writes need: inputs, payloads and the derived mutations. */
import { print } from "graphql";
import type { EntityModel, Model, StoredField } from "../model.js";
import { camelCase } from "../names.js";
import { type Written, namedTypeOf, nullable } from "./written.js";

/** The create and update inputs of an entity. */
export function inputsSdl(entity: EntityModel, written: Written): string[] {
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
const listTypeOf = (field: string, type: string, written: Written): string =>
  field === "externalIds" ? "ExternalId" : namedTypeOf(written.field(type, field).type);
/** The input that mirrors a value object. */
const inputNameOf = (valueType: string): string => `${valueType}Input`;

function descriptionOf(field: StoredField, entity: EntityModel, written: Written): string {
  if (field.field === "code") return `"Human key, unique among the records of the type."`;
  if (field.field === "verifiedOn") return `"The day on which somebody last checked that the record is up to date."`;
  if (field.field === "verifiedBy") return `"Who checked it."`;
  const text = written.field(entity.type, field.field).description?.value ?? field.field;
  return JSON.stringify(field.targets ? `${text} By id.` : text);
}

/** The derived mutations of an entity, and the payload of all that change it. */
export function mutationsSdl(entity: EntityModel): string {
  const { type } = entity;
  const remove = entity.deletable
    ? `"Deletes a ${type} record, unless a record of its portfolio points to it, or one it points to would break a rule without it." delete${type}("The record and its version." input: DeleteInput!): DeletePayload!`
    : "";
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

/** Inputs that mirror the value objects of lists. */
export function deriveValueInputs(model: Model, written: Written): string[] {
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
