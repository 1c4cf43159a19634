/** What a mapping may set on a record of a type: its fields as the model and the derived inputs have them. */
import { type DefinitionNode, Kind, parse } from "graphql";
import { ReverseLink, type Setter, ThroughLink } from "../subgraphs/kernel/declare.js";
import { type EntityModel, type Model, type StoredField, type StoredList, resolveModel } from "../subgraphs/kernel/model.js";
import { namedTypeOf } from "../subgraphs/kernel/sdl/written.js";
import { typeDefsOf } from "../subgraphs/kernel/subgraph.js";
import { portfolios } from "../subgraphs/list.js";

/** What a single value is; a choice lists its enum's values. */
export type ScalarKind =
  | { readonly kind: "text" | "integer" | "decimal" | "boolean" | "date" | "dateTime" | "money" }
  | { readonly kind: "choice"; readonly values: readonly string[] };

interface Common {
  /** As the schema names it: `owner`. */
  readonly name: string;
  /** As inputs and rows name it: `ownerId`. */
  readonly key: string;
  /** Whether a record cannot do without. */
  readonly required: boolean;
  readonly setter: Setter;
}
export type FieldShape =
  | (Common & { readonly kind: "scalar"; readonly scalar: ScalarKind })
  /** A record; `targets` are the types it may be of, "*" for any. */
  | (Common & { readonly kind: "link"; readonly targets: readonly string[] })
  /** Several records. */
  | (Common & { readonly kind: "links"; readonly targets: readonly string[] })
  /** A list of objects. */
  | (Common & { readonly kind: "items"; readonly members: ReadonlyMap<string, MemberShape> });
export type MemberShape = Extract<FieldShape, { kind: "scalar" | "link" }>;

export interface TypeShape {
  readonly type: string;
  readonly portfolio: string;
  readonly fields: ReadonlyMap<string, FieldShape>;
  /** Names of the rules its records are held to. */
  readonly rules: readonly string[];
  /** Why a field of that name cannot be set though the schema has it; null where it has none either. */
  whyNot(field: string): string | null;
}

/** The types of every portfolio that can be imported. */
export function readShapes(): ReadonlyMap<string, TypeShape> {
  const shapes = new Map<string, TypeShape>();
  for (const portfolio of portfolios) {
    const model = resolveModel(portfolio, portfolios);
    const inputs = new Inputs(typeDefsOf(model));
    for (const entity of model.entities.values()) shapes.set(entity.type, shapeOf(model, entity, inputs));
  }
  return shapes;
}

function shapeOf(model: Model, entity: EntityModel, inputs: Inputs): TypeShape {
  const fields = new Map<string, FieldShape>();
  for (const [key, { type, required }] of inputs.fieldsOf(`Create${entity.type}Input`)) {
    const stored = entity.stored.get(key);
    const list = [...entity.lists.values()].find((each) => each.key === key);
    if (key === "externalIds" || !(stored ?? list)) continue;
    const shape = stored ? storedShape(stored, type, required, inputs) : listShape(list!, inputs);
    fields.set(shape.name, shape);
  }
  return {
    type: entity.type,
    portfolio: model.portfolio.name,
    fields,
    rules: (model.portfolio.rules[entity.type] ?? []).map(({ name }) => name),
    whyNot: (field) => whyNot(model, entity, field),
  };
}

function storedShape(stored: StoredField, type: string, required: boolean, inputs: Inputs): FieldShape {
  const common = { name: stored.field, key: stored.key, required, setter: stored.setter };
  if (stored.targets) return { ...common, kind: "link", targets: stored.targets };
  if (stored.column.kind === "values") return { ...common, kind: "items", members: valueMembers(type, inputs) };
  return { ...common, kind: "scalar", scalar: scalarOf(type, inputs) };
}

function listShape(list: StoredList, inputs: Inputs): FieldShape {
  const common = { name: list.field, key: list.key, required: false, setter: "client" as const };
  if (list.bare) return { ...common, kind: "links", targets: list.members[0]!.targets! };
  const members = list.members.map((member): [string, MemberShape] => {
    const own = {
      name: member.field,
      key: member.key,
      required: !member.column.options.nullable && member.column.options.initial === undefined,
      setter: "client" as const,
    };
    if (member.targets) return [member.field, { ...own, kind: "link", targets: member.targets }];
    return [member.field, { ...own, kind: "scalar", scalar: scalarOf(inputs.typeOfMember(list, member.key), inputs) }];
  });
  return { ...common, kind: "items", members: new Map(members) };
}

const valueMembers = (input: string, inputs: Inputs): Map<string, MemberShape> =>
  new Map(
    [...inputs.fieldsOf(input)].map(([key, { type, required }]) => [
      key,
      { name: key, key, required, setter: "client", kind: "scalar", scalar: scalarOf(type, inputs) },
    ]),
  );

const SCALARS: Readonly<Record<string, ScalarKind["kind"]>> = {
  String: "text",
  ID: "text",
  Int: "integer",
  Decimal: "decimal",
  Boolean: "boolean",
  Date: "date",
  DateTime: "dateTime",
  MoneyInput: "money",
};
function scalarOf(type: string, inputs: Inputs): ScalarKind {
  const values = inputs.valuesOf(type);
  return values ? { kind: "choice", values } : ({ kind: SCALARS[type] ?? "text" } as ScalarKind);
}

/** The input types and enums of a portfolio's SDL. */
class Inputs {
  private readonly definitions: ReadonlyMap<string, DefinitionNode>;

  constructor(typeDefs: string) {
    this.definitions = new Map(
      parse(typeDefs, { noLocation: true }).definitions.flatMap((each): [string, DefinitionNode][] =>
        "name" in each && each.name && !each.kind.endsWith("Extension") ? [[each.name.value, each]] : [],
      ),
    );
  }
  fieldsOf(input: string): Map<string, { readonly type: string; readonly required: boolean }> {
    const definition = this.definitions.get(input);
    const fields = definition?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ? (definition.fields ?? []) : [];
    return new Map(fields.map((field) => [field.name.value, { type: namedTypeOf(field.type), required: field.type.kind === Kind.NON_NULL_TYPE }]));
  }
  /** The type of a member of a list, by way of the input of its owner. */
  typeOfMember(list: StoredList, member: string): string {
    const items = this.fieldsOf(`Create${list.owner}Input`).get(list.key)!.type;
    return this.fieldsOf(items).get(member)!.type;
  }
  valuesOf(type: string): string[] | null {
    const definition = this.definitions.get(type);
    return definition?.kind === Kind.ENUM_TYPE_DEFINITION ? (definition.values ?? []).map(({ name }) => name.value) : null;
  }
}

function whyNot(model: Model, entity: EntityModel, field: string): string | null {
  if (field === "externalIds") return "is set by the import itself: it holds the key of the record in your files.";
  const stored = [...entity.stored.values()].find((each) => each.field === field || each.key === field);
  if (stored && stored.field !== field) return `is called ${stored.field} here, as in the schema.`;
  const list = [...entity.lists.values()].find((each) => each.key === field);
  if (list && list.field !== field) return `is called ${list.field} here, as in the schema.`;
  if (stored) return "is worked out by the graph and cannot be set.";
  const link = model.portfolio.links[entity.type]?.[field];
  if (link instanceof ReverseLink) return `is the other side of ${link.of}; set that on the other record.`;
  if (link instanceof ThroughLink) return `follows from records of ${link.via}; make those.`;
  return field in (model.portfolio.fields[entity.type] ?? {}) ? "is worked out by the graph and cannot be set." : null;
}
