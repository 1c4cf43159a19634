/** Insight's SDL: what is written by hand, and the where inputs derived from the declarations of all portfolios. */
import {
  type ASTNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type InputObjectTypeDefinitionNode,
  Kind,
  parse,
  print,
  visit,
} from "graphql";
import type { EntityModel, Model, StoredField, StoredList } from "../kernel/model.js";
import { pascalCase, pluralOf } from "../kernel/names.js";
import { FEDERATION_HEADER, stubSdl } from "../kernel/sdl/complete.js";
import { FILTERS } from "../kernel/sdl/filters.js";
import { enumFilterSdl, filterTypeOf, orderSdl } from "../kernel/sdl/lists.js";
import { Written, namedTypeOf } from "../kernel/sdl/written.js";
import { readSchemaFile } from "../kernel/sources.js";
import { COMPARE, dayFields, polymorphicName } from "./where.js";

/** The types that can be found and grouped by conditions across portfolios. */
export const FOUND_TYPES = [
  "Customer",
  "Agreement",
  "Service",
  "Project",
  "Application",
  "Person",
  "Opportunity",
  "ServiceLevelTarget",
  "ServiceLevelAchievement",
  "Obligation",
  "Anticipation",
] as const;

/** The whole SDL of insight. `model` is the merged one. */
export function insightTypeDefs(model: Model, portfolioNames: readonly string[]): string {
  const documents = portfolioNames.map((name) => parse(readSchemaFile(`${name}.graphql`), { noLocation: true }));
  const written = new Written({ kind: Kind.DOCUMENT, definitions: documents.flatMap(({ definitions }) => definitions) });
  const entities = [...model.entities.values()];
  const handwritten = readSchemaFile("insight.graphql");
  const { extended } = new Written(parse(handwritten, { noLocation: true }));
  const sdl = [
    FEDERATION_HEADER,
    readSchemaFile("common.graphql"),
    FILTERS,
    handwritten,
    ...enumsOf(documents),
    ...[...written.enums].map(enumFilterSdl),
    ...entities.flatMap((entity) => whereSdl(model, entity, written)),
    ...FOUND_TYPES.flatMap((type) => [orderSdl(model.entities.get(type)!), findSdl(type), groupSdl(model, model.entities.get(type)!)]),
    ...model.directory.entries().map((entry) => stubSdl(entry, "", extended.has(entry.type))),
  ].join("\n\n");
  return print(withoutUnused(parse(sdl, { noLocation: true })));
}

/** Leaves out inputs and enums that no query takes or answers. */
function withoutUnused(document: DocumentNode): DocumentNode {
  const named = new Map(
    document.definitions.flatMap((definition) => ("name" in definition && definition.name ? [[definition.name.value, definition] as const] : [])),
  );
  const used = new Set<string>();
  const use = (node: ASTNode) =>
    visit(node, {
      NamedType: ({ name }) => {
        const definition = used.has(name.value) ? undefined : named.get(name.value);
        used.add(name.value);
        if (definition) use(definition);
      },
    });
  for (const definition of document.definitions) if (!isOptional(definition)) use(definition);
  return { ...document, definitions: document.definitions.filter((definition) => !isOptional(definition) || used.has(definition.name.value)) };
}
const isOptional = (definition: DefinitionNode): definition is InputObjectTypeDefinitionNode | EnumTypeDefinitionNode =>
  definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || definition.kind === Kind.ENUM_TYPE_DEFINITION;

/** Enums are named in wheres; their definitions stay those of their owners. */
const enumsOf = (documents: readonly DocumentNode[]): string[] =>
  documents.flatMap(({ definitions }) => definitions.flatMap((definition) => (definition.kind === Kind.ENUM_TYPE_DEFINITION ? [print(definition)] : [])));

function whereSdl(model: Model, entity: EntityModel, written: Written): string[] {
  const { type } = entity;
  const lines: string[] = [];
  const lists: string[] = [];
  for (const field of entity.stored.values()) {
    if (field.targets) lines.push(`"Condition on the id of ${field.field}." ${field.key}: IDFilter`, ...linkedLines(field));
    else {
      const filter = filterTypeOf(field, type, written);
      if (filter) lines.push(`"Condition on ${field.field}." ${field.field}: ${filter}`);
    }
  }
  for (const list of entity.lists.values()) {
    if (list.bare || list.field === "externalIds") continue;
    const name = `${type}${pascalCase(list.field)}`;
    lines.push(`"Condition on the items of ${list.field}." ${list.field}: ${name}ManyWhere`);
    lists.push(itemWhereSdl(name, list, namedTypeOf(written.field(type, list.field).type), written), manySdl(name));
  }
  for (const link of model.followed.values())
    if (link.owner === type && link.target) lines.push(`"Condition on the records of ${link.field}." ${link.field}: ${link.target}ManyWhere`);
  return [
    inputSdl(`${type}Where`, `Which ${type} records, by themselves and by what they are linked to in any portfolio: all conditions given must hold.`, [
      `"Whether the record breaks rules it was let in with." hasFindings: Boolean`,
      ...(comparesDays(type)
        ? [`"How days of the record and of what it is linked to lie to each other: all of these must hold." ${COMPARE}: [${type}DateComparison!]`]
        : []),
      ...lines,
    ]),
    manySdl(type),
    ...lists,
    ...daysSdl(model, entity),
  ];
}

const comparesDays = (type: string): boolean => (FOUND_TYPES as readonly string[]).includes(type);

/** What compares days: of the record, and of the earliest or latest of those linked to it. */
function daysSdl(model: Model, entity: EntityModel): string[] {
  const { type } = entity;
  const fields = dayFields(entity).map(({ field }) => `"The day in ${field}." ${field}`);
  const links = [...model.followed.values()].filter(({ owner, target }) => owner === type && target && dayFields(model.entities.get(target)!).length > 0);
  const named = links.map(({ field, target }) => `"Of the records of ${field}." ${field}: ${target}Dates`);
  return [
    ...(fields.length > 0
      ? [
          `"Fields of ${type} records that hold a day."\nenum ${type}DateField { ${fields.join(" ")} }`,
          `"Days of linked ${type} records." input ${type}Dates { "Of these fields, the first that is filled." fields: [${type}DateField!]! "Of which of them; all, where it is left out." where: ${type}Where }`,
        ]
      : []),
    ...(comparesDays(type)
      ? [
          `"Two days of a ${type} record, or of what it is linked to, and how they must lie to each other. Where one is missing it does not hold."
          input ${type}DateComparison { "The day." date: ${type}Date! "The day it is compared with." with: ${type}Date! "How many days the first lies after the second; negative, where it lies before." daysAfter: DayCountCondition! }`,
          `"A day of a ${type} record, or of what it is linked to: one of these."
          input ${type}Date {
            ${fields.length > 0 ? `"Of these fields, the first that is filled." fields: [${type}DateField!]` : ""}
            ${named.length > 0 ? `"The earliest of linked records." earliest: ${type}LinkedDate "The latest of linked records." latest: ${type}LinkedDate` : ""}
          }`,
          ...(named.length > 0 ? [`"Records that a ${type} record is linked to, by one link." input ${type}LinkedDate { ${named.join(" ")} }`] : []),
        ]
      : []),
  ];
}

function itemWhereSdl(name: string, list: StoredList, valueType: string, written: Written): string {
  const lines = list.members.flatMap((member) => {
    if (member.targets) return [`"Condition on the id of ${member.field}." ${member.key}: IDFilter`, ...linkedLines(member)];
    const filter = filterTypeOf(member, valueType, written);
    return filter ? [`"Condition on ${member.field}." ${member.field}: ${filter}`] : [];
  });
  return inputSdl(`${name}Where`, `Which items of ${list.field}: all conditions given must hold.`, lines);
}

/** A one link is followed by its name, or, where it may name several types, by a name for each. */
const linkedLines = ({ field, targets }: StoredField): string[] =>
  targets!.length === 1
    ? targets![0] === "*"
      ? []
      : [`"The record of ${field} must exist and match." ${field}: ${targets![0]}Where`]
    : targets!.map((target) => `"The record of ${field} must be a ${target} and match." ${polymorphicName(field, target)}: ${target}Where`);

const inputSdl = (name: string, description: string, lines: readonly string[]): string => `
"${description}"
input ${name} {
  "All of these must hold."
  and: [${name}!]
  "At least one of these must hold."
  or: [${name}!]
  "This must not hold."
  not: ${name}
  ${lines.join("\n  ")}
}`;

const manySdl = (name: string): string => `
"Condition on linked records: all conditions given must hold."
input ${name}ManyWhere {
  "At least one of them matches."
  some: ${name}Where @cost(weight: 10)
  "None of them matches."
  none: ${name}Where @cost(weight: 10)
  "All of them match, if there are any."
  every: ${name}Where @cost(weight: 10)
  "So many of them match."
  count: ${name}CountWhere @cost(weight: 10)
}
"Condition on how many linked records there are."
input ${name}CountWhere {
  "Those that are counted; all, where it is left out."
  of: ${name}Where
  "Exactly."
  eq: Int
  "More than."
  gt: Int
  "At least."
  gte: Int
  "Fewer than."
  lt: Int
  "At most."
  lte: Int
}`;

const findSdl = (type: string): string => {
  const plural = pascalCase(pluralOf(type));
  return `
extend type Query {
  "${type} records by conditions that may follow links into any portfolio."
  find${plural}(
    "Which records."
    where: ${type}Where
    "In which order; ties are broken by id."
    orderBy: [${type}Order!]
    "How many items, from 0 to 1,000."
    first: Int = 20
    "Cursor after which to read on: an endCursor of the same list in the same order."
    after: String
  ): ${type}MatchConnection @cost(weight: 50)
}
"A page of ${type} records that match conditions across portfolios."
type ${type}MatchConnection {
  "The records of this page with their cursors."
  edges: [${type}MatchEdge!]!
  "The records of this page."
  nodes: [${type}]!
  "Where this page lies."
  pageInfo: PageInfo!
  "How many records match."
  totalCount: Int!
  "How far each portfolio is known to this answer."
  asOf: [PortfolioKnowledge!]!
}
"A ${type} record that matches, and its place."
type ${type}MatchEdge {
  "The record; null where its portfolio is out of reach."
  node: ${type}
  "Its place: pass it as \`after\` to read on."
  cursor: String!
}`;
};

const MEASURED = new Set(["integer", "decimal", "money", "date", "dateTime"]);

function groupSdl(model: Model, entity: EntityModel): string {
  const { type } = entity;
  const plural = pascalCase(pluralOf(type));
  const fields = [...entity.stored.values()].filter(({ column, key }) => column.kind !== "values" && column.kind !== "money" && key !== "id");
  const measured = [...entity.stored.values()].filter(({ column, key, targets }) => (MEASURED.has(column.kind) && key !== "version") || targets);
  const links = [...model.followed.values()].filter((link) => link.owner === type && link.target);
  const enumSdl = (name: string, description: string, values: readonly string[]) =>
    `"${description}"\nenum ${name} {\n  ${values.map((value) => `"By ${value}." ${value}`).join("\n  ")}\n}`;
  return `
extend type Query {
  "${type} records by conditions that may follow links into any portfolio, grouped, counted and summed."
  group${plural}(
    "Which records."
    where: ${type}Where
    "What to group by, from one to three keys. A record stands in the group of each record that a link leads to."
    by: [${type}GroupKey!]!
    "What to say of each group beside the number of its records, at most six."
    measures: [${type}Measure!]
    "In which order; by count, largest first, where none is given."
    orderBy: GroupOrder
    "Which groups."
    having: GroupHaving
    "How many groups, from 0 to 1,000."
    first: Int = 100
  ): Grouping @cost(weight: 100)
}
"What to group ${type} records by: a field or a link."
input ${type}GroupKey {
  "A field of the record."
  field: ${type}GroupField
  ${links.length > 0 ? `"A link: one group for each record it leads to."\n  link: ${type}GroupLink` : ""}
  "For a date: how long a group's time is."
  bucket: DateBucket
}
"What to say of a group of ${type} records: of a field, or how many records a link leads to."
input ${type}Measure {
  "What to work out."
  function: MeasureFunction!
  "Of which field."
  field: ${type}MeasureField
  ${links.length > 0 ? `"Of which link; COUNT_DISTINCT only."\n  link: ${type}GroupLink` : ""}
}
${enumSdl(
  `${type}GroupField`,
  `Fields by which ${type} records can be grouped.`,
  fields.map(({ field }) => field),
)}
${
  links.length > 0
    ? enumSdl(
        `${type}GroupLink`,
        `Links by which ${type} records can be grouped.`,
        links.map(({ field }) => field),
      )
    : ""
}
${enumSdl(
  `${type}MeasureField`,
  `Fields of ${type} records that can be measured.`,
  measured.map(({ field }) => field),
)}`;
}
