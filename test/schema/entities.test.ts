/** What every record of the graph has: its fields, how it is read, listed, filtered and written. */
import { expect, test } from "@jest/globals";
import { isInputObjectType, isNonNullType, isObjectType } from "graphql";
import { camelCase, pluralOf } from "../../subgraphs/kernel/names.js";
import { portfolios } from "../../subgraphs/list.js";
import { api, directory, entityTypes, fieldsOf, models, objectType, storedLinks, targetsOf } from "./graph.js";

const queries = api.getQueryType()!.getFields();
const mutations = api.getMutationType()!.getFields();
const types = entityTypes.map(({ type, main }) => [type, main] as const);

test("Prefixes are three letters, one for each type", () => {
  const prefixes = portfolios.flatMap(({ entities }) => Object.values(entities).map(({ prefix }) => prefix));
  expect(prefixes.filter((prefix) => !/^[a-z]{3}$/.test(prefix))).toEqual([]);
  expect(new Set(prefixes).size).toBe(prefixes.length);
  expect(prefixes.length).toBe(47);
});

test.each(types)("%s is a Node with what every record has", (type, main) => {
  expect(objectType(type).getInterfaces().map(String)).toContain("Node");
  const shown = Object.fromEntries(Object.values(fieldsOf(type)).map((field) => [field.name, String(field.type)]));
  expect(shown).toMatchObject({
    id: "ID!",
    version: "Int!",
    createdAt: "DateTime!",
    updatedAt: "DateTime!",
    externalIds: "[ExternalId!]",
    findings: "[Finding!]",
    history: "ChangeConnection",
    ...(main ? { code: "String!", verifiedOn: "Date", verifiedBy: "Person", interactions: expect.stringMatching(/^InteractionConnection!?$/) } : {}),
  });
  if (!main) for (const field of ["code", "verifiedOn", "verifiedBy"]) expect(shown).not.toHaveProperty(field);
});

test("The main entities are the nine of the domain", () => {
  const main = types.filter(([, isMain]) => isMain).map(([type]) => type);
  expect(main.sort()).toEqual(["Agreement", "Application", "Customer", "Opportunity", "Person", "Project", "Service", "Supplier", "Team"]);
});

test.each(types)("%s is read by id, and by code where it has one, and listed", (type, main) => {
  const one = queries[camelCase(type)]!;
  expect(String(one.type)).toBe(type);
  expect(Object.fromEntries(one.args.map(({ name, type: given }) => [name, String(given)]))).toEqual(main ? { id: "ID", code: "String" } : { id: "ID!" });
  const all = queries[pluralOf(type)]!;
  expect(String(all.type)).toBe(`${type}Connection!`);
  expect(Object.fromEntries(all.args.map(({ name, type: given }) => [name, String(given)]))).toEqual({
    first: "Int",
    after: "String",
    filter: `${type}Filter`,
    orderBy: `[${type}Order!]`,
  });
});

const FILTERS: Readonly<Record<string, string>> = {
  Boolean: "BooleanFilter",
  Date: "DateFilter",
  DateTime: "DateTimeFilter",
  Decimal: "DecimalFilter",
  ID: "IDFilter",
  Int: "IntFilter",
  Money: "MoneyFilter",
  String: "StringFilter",
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

/** The types that other portfolios' stored links name. */
const namedByOthers = new Set(
  storedLinks.flatMap(({ portfolio, targets }) => targets.filter((type) => type !== "*" && directory.entry(type).portfolio !== portfolio)),
);

test.each(types)("%s is created and updated, and deleted where no other portfolio points to it", (type, main) => {
  const shown = (name: string) =>
    mutations[name] && { args: mutations[name].args.map((argument) => `${argument.name}: ${String(argument.type)}`), type: String(mutations[name].type) };
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
