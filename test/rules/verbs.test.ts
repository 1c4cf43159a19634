/** What holds for every verb of every portfolio, whatever it does. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type GraphQLInputField, getNamedType, isInputObjectType, isListType, isRequiredInputField } from "graphql";
import { pascalCase } from "../../subgraphs/kernel/names.js";
import { portfolios } from "../../subgraphs/list.js";
import { type Values, World, unknownId } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const verbs = portfolios.flatMap(({ name, mutations }) =>
  Object.entries(mutations).flatMap(([verb, declared]): [string, string, string][] => ("creates" in declared ? [] : [[verb, declared.type, name]])),
);
/** What the ids in the inputs of verbs name. */
const NAMED: Readonly<Record<string, string>> = {
  escalatedToId: "Person",
  leadsToId: "Opportunity",
  convertedToId: "Project",
  stakeholderId: "Stakeholder",
  successorId: "Application",
  affectedTargetIds: "ServiceLevelTarget",
};
const SAID: Readonly<Record<string, unknown>> = { reason: "It is so", response: "Done", realism: "STRETCH", met: true, validTo: "2026-12-31" };

function inputsOf(verb: string, portfolio: string): GraphQLInputField[] {
  const type = world.schemaOf(portfolio).getType(`${pascalCase(verb)}Input`);
  if (!isInputObjectType(type)) throw new Error(`${verb} has no input`);
  return Object.values(type.getFields()).filter(({ name }) => name !== "id" && name !== "version");
}
/** What the verb needs beside id and version. */
async function needed(verb: string, portfolio: string): Promise<Values> {
  const required = inputsOf(verb, portfolio)
    .filter(isRequiredInputField)
    .map(({ name }) => name);
  return Object.fromEntries(
    await Promise.all(required.map(async (name): Promise<[string, unknown]> => [name, name in NAMED ? await world.the(NAMED[name]!) : SAID[name]])),
  );
}
/** Expects that the verb writes nothing and answers this. */
async function refusing(type: string, id: string, send: () => Promise<unknown>, answer: unknown): Promise<void> {
  const look = async () => ({ heads: await world.heads(), record: await world.read(type, id) });
  const before = await look();
  expect(await send()).toEqual(answer);
  expect(await look()).toEqual(before);
}
const because = (code: string, path: readonly string[]) => ({ code, rule: null, path, retryable: false, message: expect.stringMatching(/^\S.+\.$/) });

test("there are verbs in every portfolio", () => {
  expect(new Set(verbs.map(([, , portfolio]) => portfolio))).toEqual(new Set(portfolios.map(({ name }) => name)));
  expect(verbs.length).toBeGreaterThan(50);
});

test.each(portfolios.flatMap(({ name, entities }) => Object.keys(entities).map((type) => [type, name])))(
  "of a %s, what verbs govern, what is fixed and what is derived is no input of an update",
  (type, portfolio) => {
    const keysOf = (input: string) => {
      const found = world.schemaOf(portfolio).getType(input);
      return isInputObjectType(found) ? Object.keys(found.getFields()) : [];
    };
    const fields = [...world.modelOf(type).entities.get(type)!.stored.values()];
    const keys = (...setters: string[]) => fields.filter(({ setter }) => setters.includes(setter)).map(({ key }) => key);
    const [create, update] = [keysOf(`Create${type}Input`), keysOf(`Update${type}Input`)];
    expect(create).toEqual(expect.arrayContaining(keys("client", "creation", "verb")));
    expect(update).toEqual(expect.arrayContaining(keys("client")));
    expect(create.filter((key) => keys("kernel").includes(key))).toEqual([]);
    expect(update.filter((key) => keys("creation", "verb", "kernel").includes(key))).toEqual(["id", "version"]);
  },
);

describe.each(verbs)("%s", (verb, type, portfolio) => {
  test("refuses another version than the record's, and answers the record", async () => {
    const id = await world.new(type);
    const input = await needed(verb, portfolio);
    for (const version of [0, 2])
      await refusing(type, id, () => world.send(verb, type, { id, version, ...input }), {
        record: await world.read(type, id),
        problems: [because("CONFLICT", ["version"])],
      });
  });

  test("refuses a record that does not exist, and an id of another type", async () => {
    const id = await world.new(type);
    const input = await needed(verb, portfolio);
    for (const wrong of [unknownId(type), await world.the(type === "Team" ? "Person" : "Team"), "C-001"])
      await refusing(type, id, () => world.send(verb, type, { id: wrong, version: 1, ...input }), { record: null, problems: [because("NOT_FOUND", ["id"])] });
  });

  test("refuses texts of blanks and records that do not exist, and names the input", async () => {
    const id = await world.new(type);
    const input = await needed(verb, portfolio);
    for (const { name, type: of } of inputsOf(verb, portfolio)) {
      const kind = getNamedType(of).name;
      if (kind === "String")
        await refusing(type, id, () => world.send(verb, type, { id, version: 1, ...input, [name]: " \t" }), {
          record: null,
          problems: [{ ...because("INVALID_INPUT", [name]), message: `${name} cannot be blank.` }],
        });
      if (kind === "ID") {
        const nobody = unknownId(NAMED[name]!);
        const path = isListType(of) ? [name, "0"] : [name];
        await refusing(type, id, () => world.send(verb, type, { id, version: 1, ...input, [name]: isListType(of) ? [nobody] : nobody }), {
          record: null,
          problems: [{ ...because("UNKNOWN_REFERENCE", path), message: `${name} names ${nobody}, which does not exist.` }],
        });
      }
    }
  });
});
