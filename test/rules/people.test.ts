import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testRules, testTransitions } from "./cases.js";
import { TODAY, World } from "./world.js";

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
  for (const [type, rule, off, on] of [
    ["Person", "PERSON_ACTIVE", "deactivatePerson", "reactivatePerson"],
    ["Team", "TEAM_ACTIVE", "deactivateTeam", "reactivateTeam"],
    ["Supplier", "SUPPLIER_ACTIVE", "deactivateSupplier", "reactivateSupplier"],
  ] as const)
    testTransitions(worldOf, {
      type,
      column: "active",
      valueIn: (state) => state === "true",
      rule,
      states: { true: {}, false: {} },
      verbs: { [off]: { leads: { true: "false" }, then: () => (type === "Person" ? { inactiveSince: TODAY } : {}) }, [on]: { leads: { false: "true" } } },
    });
});

describe("people, teams and suppliers", () => {
  test("are active until somebody says otherwise", async () => {
    for (const type of ["Person", "Team", "Supplier"]) expect((await world.create(type))["active"]).toBe(true);
  });

  test("inactiveSince is the day of the deactivation, kept until the person is active again; of one recorded as inactive nobody has said since when", async () => {
    expect(await world.create("Person", { active: false })).toMatchObject({ active: false, inactiveSince: null });
    const id = await world.new("Person");
    await world.change("deactivatePerson", "Person", id);
    const name = "Dewi Anggraini";
    expect((await world.change("update", "Person", id, { name })).record).toMatchObject({ name, inactiveSince: TODAY });
    expect((await world.change("reactivatePerson", "Person", id)).record).toMatchObject({ active: true, inactiveSince: null });
  });

  test("a person works for a customer, a supplier or, with neither, the provider", async () => {
    expect((await world.create("Person"))["employer"]).toBeNull();
    for (const type of ["Customer", "Supplier"]) {
      const employerId = await world.new(type);
      const { id, employer } = await world.create("Person", { employerId });
      expect(employer).toEqual({ id: employerId });
      expect(await world.linked("people", type, employerId, "people")).toEqual([id]);
    }
  });

  test("a person in teams is a member of each, and leads some", async () => {
    const [one, other] = [await world.new("Team"), await world.new("Team")];
    const person = await world.new("Person", { teamIds: [one, other] });
    await world.change("update", "Team", one, { leadId: person });
    expect((await world.linked("people", "Person", person, "teams")).sort()).toEqual([one, other].sort());
    expect(await world.linked("people", "Team", other, "members")).toEqual([person]);
    expect(await world.linked("people", "Person", person, "leadsTeams")).toEqual([one]);
    const boss = await world.new("Person");
    await world.change("update", "Person", person, { managerId: boss });
    expect(await world.linked("people", "Person", boss, "directReports")).toEqual([person]);
  });
});
