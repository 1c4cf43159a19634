/** What holds for every type, field and link of the graph, computed over all of them. */
import { expect, test } from "@jest/globals";
import {
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { type Link, ListLink, ManyLink, OneLink, ReverseLink } from "../../subgraphs/kernel/declare.js";
import type { EntityModel } from "../../subgraphs/kernel/model.js";
import { camelCase, pluralOf } from "../../subgraphs/kernel/names.js";
import { namedTypeOf } from "../../subgraphs/kernel/sdl/written.js";
import { portfolios } from "../../subgraphs/list.js";
import { api, directory, entityTypes, subgraphs, targetsOf } from "./graph.js";

const objectType = (name: string): GraphQLObjectType => {
  const type = api.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is not an object type of the API`);
  return type;
};
const fieldsOf = (name: string): Record<string, GraphQLField<unknown, unknown>> => objectType(name).getFields();
const queries = api.getQueryType()!.getFields();
const mutations = api.getMutationType()!.getFields();
const models = subgraphs.flatMap(({ model }) => [...model.entities.values()].map((entity): [string, EntityModel] => [entity.type, entity]));

// --- descriptions ---

test("Every type, field, argument, enum value and input field of the API is described", () => {
  let described = 0;
  const bare: string[] = [];
  const check = (coordinate: string, { description }: { readonly description?: string | null | undefined }) => {
    if (description?.trim()) described++;
    else bare.push(coordinate);
  };
  for (const type of Object.values(api.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    if (!["Query", "Mutation"].includes(type.name)) check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument);
      }
  }
  expect(bare).toEqual([]);
  expect(described).toBeGreaterThan(5_000);
});

// --- entities ---

test("Prefixes are three letters, one for each type", () => {
  const prefixes = portfolios.flatMap(({ entities }) => Object.values(entities).map(({ prefix }) => prefix));
  expect(prefixes.filter((prefix) => !/^[a-z]{3}$/.test(prefix))).toEqual([]);
  expect(new Set(prefixes).size).toBe(prefixes.length);
  expect(prefixes.length).toBe(46);
});

test.each(entityTypes.map(({ type, main }) => [type, main] as const))("%s is a Node with what every record has", (type, main) => {
  expect(objectType(type).getInterfaces().map(({ name }) => name)).toContain("Node");
  const shown = Object.fromEntries(Object.values(fieldsOf(type)).map((field) => [field.name, String(field.type)]));
  expect(shown).toMatchObject({
    id: "ID!",
    version: "Int!",
    createdAt: "DateTime!",
    updatedAt: "DateTime!",
    externalIds: "[ExternalId!]!",
    findings: "[Finding!]!",
    history: "ChangeConnection!",
    ...(main ? { code: "String!", verifiedOn: "Date", verifiedBy: "Person", interactions: expect.stringMatching(/^InteractionConnection!?$/) } : {}),
  });
  if (!main) for (const field of ["code", "verifiedOn", "verifiedBy"]) expect(shown).not.toHaveProperty(field);
});

test("The main entities are the nine of the domain", () => {
  expect(entityTypes.filter(({ main }) => main).map(({ type }) => type).sort()).toEqual(["Agreement", "Application", "Customer", "Opportunity", "Person", "Project", "Service", "Supplier", "Team"]);
});

test.each(entityTypes.map(({ type, main }) => [type, main] as const))("%s is read by id, and by code where it has one, and listed", (type, main) => {
  const one = queries[camelCase(type)]!;
  expect(String(one.type)).toBe(type);
  expect(Object.fromEntries(one.args.map(({ name, type: given }) => [name, String(given)]))).toEqual(main ? { id: "ID", code: "String" } : { id: "ID!" });
  const all = queries[pluralOf(type)]!;
  expect(String(all.type)).toBe(`${type}Connection!`);
  expect(Object.fromEntries(all.args.map(({ name, type: given }) => [name, String(given)]))).toEqual({ first: "Int", after: "String", filter: `${type}Filter`, orderBy: `[${type}Order!]` });
});

const FILTERS: Readonly<Record<string, string>> = {
  Boolean: "BooleanFilter", Date: "DateFilter", DateTime: "DateTimeFilter", Decimal: "DecimalFilter", ID: "IDFilter", Int: "IntFilter", Money: "MoneyFilter", String: "StringFilter",
};
test.each(models)("%s: every stored value can be filtered by", (_, entity) => {
  const filter = api.getType(`${entity.type}Filter`);
  if (!isInputObjectType(filter)) throw new Error(`no ${entity.type}Filter`);
  const offered = Object.fromEntries(Object.values(filter.getFields()).map(({ name, type }) => [name, String(type)]));
  expect(offered).toMatchObject({ and: `[${entity.type}Filter!]`, or: `[${entity.type}Filter!]`, not: `${entity.type}Filter` });
  for (const { field, column, targets } of entity.stored.values()) {
    if (column.kind === "values") continue;
    const type = String(fieldsOf(entity.type)[field]!.type).replace("!", "");
    const expected = targets ? "IDFilter" : column.kind === "choice" ? `${type}Filter` : FILTERS[type];
    expect([field, offered[field]]).toEqual([field, expected]);
  }
});

/** The types that stored links of other portfolios name, by the type's portfolio. */
const namedByOthers = new Set(
  portfolios.flatMap(({ name, links }) =>
    Object.values(links).flatMap((own) => Object.values(own).flatMap((link) => storedTargets(link).filter((type) => type !== "*" && directory.entry(type).portfolio !== name))),
  ),
);
test.each(entityTypes.map(({ type, main }) => [type, main] as const))("%s is created and updated, and deleted where no other portfolio points to it", (type, main) => {
  const shown = (name: string) => mutations[name] && { args: mutations[name].args.map((argument) => `${argument.name}: ${String(argument.type)}`), type: String(mutations[name].type) };
  expect(shown(`create${type}`)).toEqual({ args: [`input: Create${type}Input!`], type: `${type}Payload!` });
  expect(shown(`update${type}`)).toEqual({ args: [`input: Update${type}Input!`], type: `${type}Payload!` });
  expect(shown(`delete${type}`)).toEqual(main || namedByOthers.has(type) ? undefined : { args: ["input: DeleteInput!"], type: "DeletePayload!" });
  const payload = Object.fromEntries(Object.values(fieldsOf(`${type}Payload`)).map((field) => [field.name, String(field.type)]));
  expect(payload).toEqual({ [camelCase(type)]: type, problems: "[Problem!]!" });
  const update = api.getType(`Update${type}Input`);
  if (!isInputObjectType(update)) throw new Error(`no Update${type}Input`);
  expect(Object.fromEntries(["id", "version"].map((name) => [name, String(update.getFields()[name]!.type)]))).toEqual({ id: "ID!", version: "Int!" });
});

test("Every mutation takes one input and answers a payload with problems; every verb names record and version", () => {
  const verbs = Object.values(mutations).filter(({ name }) => !/^(create|update|delete)/.test(name));
  expect(verbs.length).toBeGreaterThan(40);
  for (const { name, args, type } of Object.values(mutations)) {
    expect([name, args.map((argument) => argument.name)]).toEqual([name, ["input"]]);
    const payload = targetsOf(type)[0]!;
    expect(isNonNullType(type) && isObjectType(payload) && String(payload.getFields()["problems"]?.type)).toBe("[Problem!]!");
  }
  const creations = portfolios.flatMap((portfolio) => Object.entries(portfolio.mutations).flatMap(([name, verb]) => ("creates" in verb ? [name] : [])));
  for (const { name, args } of verbs) {
    const input = args[0]!.type;
    const fields = isNonNullType(input) && isInputObjectType(input.ofType) ? input.ofType.getFields() : {};
    if (!creations.includes(name)) expect([name, String(fields["id"]?.type), String(fields["version"]?.type)]).toEqual([name, "ID!", "Int!"]);
  }
});

// --- links ---

function storedTargets(link: Link): readonly string[] {
  if (link instanceof OneLink || link instanceof ManyLink) return link.targets;
  if (link instanceof ListLink) return Object.values(link.members as Record<string, unknown>).flatMap((member) => (member instanceof OneLink ? member.targets : []));
  return [];
}

interface StoredLink {
  readonly portfolio: string;
  /** "Type.field" or "Type.list.member". */
  readonly path: string;
  readonly targets: readonly string[];
}
const storedLinks: StoredLink[] = portfolios.flatMap(({ name: portfolio, links }) =>
  Object.entries(links).flatMap(([type, own]) =>
    Object.entries(own).flatMap(([field, link]): StoredLink[] => {
      if (link instanceof OneLink || link instanceof ManyLink) return [{ portfolio, path: `${type}.${field}`, targets: link.targets }];
      if (!(link instanceof ListLink)) return [];
      return Object.entries(link.members as Record<string, unknown>).flatMap(([member, to]) => (to instanceof OneLink ? [{ portfolio, path: `${type}.${field}.${member}`, targets: to.targets }] : []));
    }),
  ),
);

test("Every stored link can be followed back from every type it names, in the portfolio that stores it and in the API", () => {
  expect(storedLinks.length).toBeGreaterThan(80);
  const oneWay = storedLinks
    .filter(({ path }) => path !== "Interaction.about") // every main entity has `interactions`
    .flatMap(({ portfolio, path, targets }) =>
      targets.filter((target) => {
        const back = Object.entries(portfolios.find(({ name }) => name === portfolio)!.links[target] ?? {}).find(([, link]) => link instanceof ReverseLink && link.of === path);
        return !back || !targetsOf(fieldsOf(target)[back[0]]!.type).some(({ name }) => name === path.split(".")[0]);
      }).map((target) => `${path} has no way back from ${target}`),
    );
  expect(oneWay).toEqual([]);
});

test("Every link leads to the types it declares", () => {
  for (const { path, targets } of storedLinks) {
    const [type = "", field = "", member] = path.split(".");
    const direct = fieldsOf(type)[field]!;
    const found = targetsOf(member ? fieldsOf(targetsOf(direct.type)[0]!.name)[member]!.type : direct.type);
    expect([path, found.map(({ name }) => name).sort()]).toEqual([path, (targets[0] === "*" ? ["Node"] : [...targets]).sort()]);
  }
});

// --- what crosses portfolios ---

interface SubgraphField {
  readonly coordinate: string;
  readonly owner: ObjectTypeDefinitionNode;
  readonly field: FieldDefinitionNode;
}
/** Whether a type, or a member of the union it is, is a record of another portfolio; `Node` may be. */
const isForeign = (portfolio: string, unions: ReadonlyMap<string, readonly string[]>, name: string): boolean =>
  name === "Node" || (unions.get(name) ?? [name]).some((type) => directory.has(type) && directory.entry(type).portfolio !== portfolio);
const crossing = subgraphs.flatMap(({ name, document }): SubgraphField[] => {
  const unions = new Map(document.definitions.flatMap((each): [string, string[]][] => (each.kind === Kind.UNION_TYPE_DEFINITION ? [[each.name.value, (each.types ?? []).map((type) => type.name.value)]] : [])));
  return document.definitions.flatMap((owner) =>
    owner.kind !== Kind.OBJECT_TYPE_DEFINITION ? [] : (owner.fields ?? []).filter((field) => isForeign(name, unions, namedTypeOf(field.type))).map((field) => ({ coordinate: `${name}: ${owner.name.value}.${field.name.value}`, owner, field })),
  );
});
const isRequired = (type: TypeNode): boolean => type.kind === Kind.NON_NULL_TYPE;
const itemOf = (type: TypeNode): TypeNode | null => (type.kind === Kind.NON_NULL_TYPE ? itemOf(type.type) : type.kind === Kind.LIST_TYPE ? type.type : null);

test("A record of another portfolio is nullable wherever it is answered", () => {
  expect(crossing.length).toBeGreaterThan(80);
  expect(crossing.filter(({ field }) => isRequired(itemOf(field.type) ?? field.type)).map(({ coordinate }) => coordinate)).toEqual([]);
});

test("A list of records of other portfolios is a connection", () => {
  const plain = crossing.filter(({ owner, field }) => itemOf(field.type) && !/(Connection|Edge)$/.test(owner.name.value)).map(({ coordinate }) => coordinate);
  // Bounded by their record, and of any type or computed, so that there is nothing to filter or sort by.
  expect(plain).toEqual(["customer: UnitConflict.services", "customer: Interaction.about"]);
});

test("What a portfolio adds to another's records is nullable: out of reach, it takes nothing else with it", () => {
  const contributed = subgraphs.flatMap(({ name, document }) =>
    document.definitions.flatMap((owner) =>
      owner.kind === Kind.OBJECT_TYPE_DEFINITION && directory.has(owner.name.value) && directory.entry(owner.name.value).portfolio !== name ? (owner.fields ?? []).filter((field) => field.name.value !== "id").map((field) => ({ owner: owner.name.value, field })) : [],
    ),
  );
  expect(contributed.length).toBeGreaterThan(50);
  expect(contributed.filter(({ field }) => isRequired(field.type)).map(({ owner, field }) => `${owner}.${field.name.value}`)).toEqual([]);
  for (const { owner, field } of contributed) expect(fieldsOf(owner)).toHaveProperty(field.name.value);
});

test("What a role may be denied is nullable: a missing right takes nothing else with it", () => {
  const deniedTypes = ["Anticipation", "ServiceCost", "ServiceEvaluation", "Supplier", "Application", "ApplicationFunction", "ApplicationInterface", "ApplicationRole"];
  const deniedFields: Readonly<Record<string, readonly string[]>> = {
    Customer: ["revenue"],
    Stakeholder: ["stance", "influence", "interest"],
    EngagementAssessment: ["expectedValue", "effortCost", "decision"],
    MaturityAssessment: ["level"],
  };
  const reading = Object.values(api.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !isIntrospectionType(type) && !/(Connection|Edge|Payload)$|^(Query|Mutation)$/.test(type.name));
  const leading = reading.filter(({ name }) => !deniedTypes.includes(name)).flatMap((type) => Object.values(type.getFields()).filter((field) => targetsOf(field.type).some(({ name }) => deniedTypes.includes(name))).map((field) => ({ type, field })));
  const secret = Object.entries(deniedFields).flatMap(([type, names]) => names.map((name) => ({ type: objectType(type), field: fieldsOf(type)[name]! })));
  expect(leading.length).toBeGreaterThan(10);
  expect([...leading, ...secret].filter(({ field }) => isNonNullType(field.type)).map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});

// --- nothing declared in vain ---

test.each(portfolios.map((portfolio) => [portfolio.name, portfolio] as const))("Whatever the %s portfolio declares is in the API", (_, portfolio) => {
  const { entities, links, fields, mutations: verbs, rules, derivations } = portfolio;
  const declared = [
    ...Object.entries(entities).flatMap(([type, { columns }]) => Object.keys(columns).map((field) => `${type}.${field}`)),
    ...[links, fields].flatMap((byType) => Object.entries(byType).flatMap(([type, own]) => Object.keys(own).map((field) => `${type}.${field}`))),
    ...Object.keys(verbs).map((name) => `Mutation.${name}`),
  ];
  expect(declared.filter((coordinate) => !(coordinate.split(".")[1]! in fieldsOf(coordinate.split(".")[0]!)))).toEqual([]);
  expect([...Object.keys(rules), ...Object.keys(derivations)].filter((type) => !(type in entities))).toEqual([]);
  const { model } = subgraphs.find(({ name }) => name === portfolio.name)!;
  const unknown = Object.entries(fields).flatMap(([type, own]) => Object.entries(own).flatMap(([field, { needs }]) => needs.filter((key) => !model.entities.get(type)?.stored.has(key)).map((key) => `${type}.${field} needs ${key}`)));
  expect(unknown).toEqual([]);
});

test("A value object of a list shows what is stored of it, no more and no less", () => {
  const lists = models.flatMap(([, entity]) => [...entity.lists.values()].filter(({ bare }) => !bare));
  expect(lists.length).toBeGreaterThan(46);
  for (const { owner, field, members } of lists) {
    const value = targetsOf(fieldsOf(owner)[field]!.type)[0]!.name;
    expect([`${owner}.${field}`, Object.keys(fieldsOf(value)).sort()]).toEqual([`${owner}.${field}`, members.map((member) => member.field).sort()]);
  }
});
