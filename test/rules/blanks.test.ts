/** Texts that must be given say something: a name of blanks names nothing, in any portfolio. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type StoredField, resolveModel } from "../../subgraphs/kernel/model.js";
import { portfolios } from "../../subgraphs/list.js";
import { databaseKinds } from "../support/graph.js";
import { expectRefusal, expectSuccess } from "./cases.js";
import { World } from "./world.js";

const isNeeded = ({ column: { kind, options } }: StoredField): boolean =>
  (kind === "text" || kind === "longText") && !options.nullable && options.initial === undefined && ["client", "creation"].includes(options.setter);
const entities = portfolios.map((portfolio) => resolveModel(portfolio, portfolios)).flatMap(({ entities: own }) => [...own.values()]);
const places = entities.flatMap(({ type, stored }) =>
  [...stored.values()].filter(isNeeded).map(({ key, column }): [string, string, boolean] => [type, key, column.options.setter === "client"]),
);

test("they are many: a main entity of each portfolio has a name or a title", () => {
  expect(places.length).toBeGreaterThan(30);
  const named = ["Person.name", "Team.name", "Supplier.name", "Customer.name", "Agreement.title", "Service.name", "Project.name", "Application.name"];
  expect(places.map(([type, key]) => `${type}.${key}`)).toEqual(expect.arrayContaining(named));
});

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  });
  afterAll(() => world.close());

  test.each(places)("%s refuses a %s of blanks, and no other", async (type, key, mayChange) => {
    const expected = { code: "INVALID_INPUT", rule: null, path: [key], message: `${key} cannot be blank.` };
    for (const blank of ["", " \t\n"]) {
      await expectRefusal(world, type, "create", { input: { [key]: blank } }, expected);
      if (mayChange) await expectRefusal(world, type, "update", { on: {}, input: { [key]: blank } }, expected);
    }
    if (mayChange) await expectSuccess(world, type, "update", { on: {}, input: { [key]: " x " } });
  });

  test("a text of an item of a list is held to the same, at its place", async () => {
    const input = { actions: [{ text: "Call back" }, { text: " " }] };
    const expected = { code: "INVALID_INPUT", rule: null, path: ["actions", "1", "text"], message: "text cannot be blank." };
    await expectRefusal(world, "Interaction", "create", { input }, expected);
  });

  test("a text that need not be given may be empty", async () => {
    await expectSuccess(world, "Team", "update", { on: { description: "All of them" }, input: { description: "" } });
  });
});
