import { afterAll, beforeAll, describe } from "@jest/globals";
import { testRules, testTransitions } from "./cases.js";
import { World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
const worldOf = () => world;

describe("rules", () => {
  testRules(worldOf, [
    {
      rule: "PERSON_MANAGER_NO_CYCLE",
      type: "Person",
      path: ["managerId"],
      of: "oneself",
      on: {},
      refused: { input: (_, id) => ({ managerId: id }) },
      accepted: { input: async (w) => ({ managerId: await w.the("Person") }) },
    },
    {
      rule: "PERSON_MANAGER_NO_CYCLE",
      type: "Person",
      path: ["managerId"],
      of: "somebody two levels below",
      on: {},
      refused: { input: async (w, id) => ({ managerId: await w.new("Person", { managerId: await w.new("Person", { managerId: id }) }) }) },
      accepted: { input: async (w, id) => (await w.new("Person", { managerId: id }), { managerId: await w.new("Person") }) },
    },
  ]);
});

describe("deactivating and reactivating", () => {
  for (const [type, rule] of [["Person", "PERSON_ACTIVE"], ["Team", "TEAM_ACTIVE"], ["Supplier", "SUPPLIER_ACTIVE"]] as const)
    testTransitions(worldOf, {
      type,
      column: "active",
      valueIn: (state) => state === "true",
      rule,
      states: { true: {}, false: {} },
      verbs: { [`deactivate${type}`]: { leads: { true: "false" } }, [`reactivate${type}`]: { leads: { false: "true" } } },
    });
});
