import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectRefusal, expectSuccess, testRules, testTransitions, testVerbs } from "./cases.js";
import { TODAY, type Values, World, unknownId } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
const worldOf = () => world;

const began = (lifecycle: string, startedOn: string) => ({ lifecycle, startedOn });

describe("the life of an application", () => {
  const phases = [began("PLAN", "2024-01-01"), began("END_OF_LIFE", "2030-01-01")];
  const entered = (lifecycle: string) => ({
    phases: [phases[0]!, ...(lifecycle === "END_OF_LIFE" ? [] : [began(lifecycle, TODAY)]), lifecycle === "END_OF_LIFE" ? began(lifecycle, TODAY) : phases[1]!],
  });
  testTransitions(worldOf, {
    type: "Application",
    column: "lifecycle",
    rule: "APPLICATION_LIFECYCLE",
    states: { PLAN: { phases }, PHASE_IN: { phases }, ACTIVE: { phases }, PHASE_OUT: { phases }, END_OF_LIFE: { phases, endReason: "Nobody used it" } },
    verbs: {
      phaseInApplication: { leads: { PLAN: "PHASE_IN" }, then: () => entered("PHASE_IN") },
      activateApplication: { leads: { PLAN: "ACTIVE", PHASE_IN: "ACTIVE" }, then: () => entered("ACTIVE") },
      phaseOutApplication: { leads: { PHASE_IN: "PHASE_OUT", ACTIVE: "PHASE_OUT" }, then: () => entered("PHASE_OUT") },
      endApplication: {
        input: { reason: "The law forbids it" },
        leads: { PLAN: "END_OF_LIFE", PHASE_IN: "END_OF_LIFE", ACTIVE: "END_OF_LIFE", PHASE_OUT: "END_OF_LIFE" },
        then: () => ({ ...entered("END_OF_LIFE"), endReason: "The law forbids it" }),
      },
    },
  });
  testVerbs(worldOf, [
    {
      verb: "activateApplication",
      type: "Application",
      of: "earlier than expected",
      on: { phases: [began("PLAN", "2025-01-01"), began("ACTIVE", "2027-01-01")] },
      input: { startedOn: "2026-06-01" },
      then: { lifecycle: "ACTIVE", phases: [began("PLAN", "2025-01-01"), began("ACTIVE", "2026-06-01")] },
    },
    {
      verb: "phaseInApplication",
      type: "Application",
      of: "on a day",
      on: {},
      input: { startedOn: "2026-06-01" },
      then: { lifecycle: "PHASE_IN", phases: [began("PHASE_IN", "2026-06-01")] },
    },
    {
      verb: "phaseOutApplication",
      type: "Application",
      of: "on a day",
      on: { lifecycle: "ACTIVE" },
      input: { startedOn: "2026-06-01" },
      then: { lifecycle: "PHASE_OUT", phases: [began("PHASE_OUT", "2026-06-01")] },
    },
    {
      verb: "endApplication",
      type: "Application",
      of: "with a successor",
      on: {},
      input: async (w) => ({ successorId: await w.the("Application") }),
      then: async (w) => ({ lifecycle: "END_OF_LIFE", phases: [began("END_OF_LIFE", TODAY)], successor: { id: await w.the("Application") } }),
    },
    {
      verb: "endApplication",
      type: "Application",
      of: "with the successor on record",
      on: async (w) => ({ successorId: await w.the("Application") }),
      then: { lifecycle: "END_OF_LIFE", phases: [began("END_OF_LIFE", TODAY)] },
    },
    {
      verb: "endApplication",
      type: "Application",
      of: "for the reason on record",
      on: { endReason: "Nobody used it" },
      input: { startedOn: "2026-06-01" },
      then: { lifecycle: "END_OF_LIFE", phases: [began("END_OF_LIFE", "2026-06-01")] },
    },
  ]);

  testRules(worldOf, [
    {
      rule: "APPLICATION_END_NEEDS_SUCCESSOR_OR_REASON",
      type: "Application",
      path: ["successorId"],
      of: "by ending it",
      act: "endApplication",
      on: {},
      refused: {},
      accepted: { input: { reason: "Nobody used it" }, then: { lifecycle: "END_OF_LIFE", endReason: "Nobody used it", phases: [began("END_OF_LIFE", TODAY)] } },
    },
    {
      rule: "APPLICATION_END_NEEDS_SUCCESSOR_OR_REASON",
      type: "Application",
      path: ["successorId"],
      of: "a reason of blanks",
      refused: { input: { lifecycle: "END_OF_LIFE", endReason: " \n" } },
      accepted: { input: { lifecycle: "END_OF_LIFE", endReason: "Nobody used it" } },
    },
    {
      rule: "APPLICATION_END_NEEDS_SUCCESSOR_OR_REASON",
      type: "Application",
      path: ["successorId"],
      of: "the reason taken away",
      on: { lifecycle: "END_OF_LIFE", endReason: "Nobody used it" },
      refused: { input: { endReason: null } },
      accepted: { input: async (w) => ({ endReason: null, successorId: await w.the("Application") }) },
    },
    {
      rule: "APPLICATION_DISPOSITION_NEEDS_REASON",
      type: "Application",
      path: ["dispositionReason"],
      refused: { input: { dispositionOverride: "TOLERATE" } },
      accepted: { input: { dispositionOverride: "TOLERATE", dispositionReason: "The vendor is being sold" } },
    },
    {
      rule: "APPLICATION_DISPOSITION_NEEDS_REASON",
      type: "Application",
      path: ["dispositionReason"],
      of: "a reason of blanks",
      on: {},
      refused: { input: { dispositionOverride: "INVEST", dispositionReason: " " } },
      accepted: { input: { dispositionReason: " " } },
    },
    {
      rule: "APPLICATION_PHASE_ONCE",
      type: "Application",
      path: ["phases"],
      refused: { input: { phases: [began("PLAN", "2024-01-01"), began("PLAN", "2025-01-01")] } },
      accepted: { input: { phases: [began("PLAN", "2024-01-01"), began("PHASE_IN", "2024-01-01")] } },
    },
    {
      rule: "APPLICATION_PHASES_IN_ORDER",
      type: "Application",
      path: ["phases"],
      refused: { input: { phases: [began("ACTIVE", "2024-01-01"), began("PLAN", "2024-01-02")] } },
      accepted: { input: { phases: [began("ACTIVE", "2024-01-02"), began("PLAN", "2024-01-02")] } },
    },
    {
      rule: "APPLICATION_PHASES_IN_ORDER",
      type: "Application",
      path: ["phases"],
      of: "by a verb",
      act: "activateApplication",
      on: { phases: [began("PLAN", "2026-03-02")] },
      refused: { input: { startedOn: "2026-03-01" } },
      accepted: { input: { startedOn: "2026-03-02" }, then: { lifecycle: "ACTIVE", phases: [began("PLAN", "2026-03-02"), began("ACTIVE", "2026-03-02")] } },
    },
    {
      rule: "APPLICATION_SUCCESSOR_NO_CYCLE",
      type: "Application",
      path: ["successorId"],
      of: "itself",
      on: {},
      refused: { input: (_, id) => ({ successorId: id }) },
      accepted: { input: async (w) => ({ successorId: await w.the("Application") }) },
    },
    {
      rule: "APPLICATION_SUCCESSOR_NO_CYCLE",
      type: "Application",
      act: "endApplication",
      path: ["successorId"],
      of: "one that it replaced",
      on: {},
      refused: { input: async (w, id) => ({ successorId: await w.new("Application", { successorId: await w.new("Application", { successorId: id }) }) }) },
      accepted: {
        with: (w, successorId) => w.new("Application", { successorId }),
        input: async (w) => ({ successorId: await w.the("Application") }),
        then: async (w) => ({ lifecycle: "END_OF_LIFE", phases: [began("END_OF_LIFE", TODAY)], successor: { id: await w.the("Application") } }),
      },
    },
    {
      rule: "APPLICATION_INTERFACE_JOINS_TWO",
      type: "ApplicationInterface",
      path: ["targetId"],
      refused: { input: async (w) => ({ sourceId: await w.the("Application"), targetId: await w.the("Application") }) },
      accepted: { input: async (w) => ({ sourceId: await w.the("Application"), targetId: await w.new("Application") }) },
    },
  ]);

  test("a successor that does not exist is refused by name", () =>
    expectRefusal(
      world,
      "Application",
      "endApplication",
      { on: {}, input: { successorId: unknownId("Application") } },
      { code: "UNKNOWN_REFERENCE", rule: null, path: ["successorId"], message: `successorId names ${unknownId("Application")}, which does not exist.` },
    ));

  test("an application shows whose place it takes", async () => {
    const [successorId] = [await world.new("Application")];
    const id = await world.new("Application", { successorId });
    expect(await world.pick("Application", successorId, "predecessors { nodes { id } }")).toEqual({ predecessors: { nodes: [{ id }] } });
  });
});

describe("disposition", () => {
  test.each<[number | null, number | null, string | null]>([
    [50, 50, "INVEST"],
    [100, 49, "MIGRATE"],
    [49, 50, "TOLERATE"],
    [49, 49, "ELIMINATE"],
    [0, 0, "ELIMINATE"],
    [null, 90, null],
    [90, null, null],
  ])("of functional fit %s and technical fit %s follows %s", async (functionalFit, technicalFit, disposition) => {
    expect((await world.create("Application", { functionalFit, technicalFit }))["disposition"]).toBe(disposition);
  });

  test("it follows when a fit changes, is overridden with a reason, and comes back", async () => {
    const id = await world.new("Application", { functionalFit: 80, technicalFit: 80 });
    const after = async (input: Values) => (await world.change("update", "Application", id, input)).record!["disposition"];
    expect(await after({ technicalFit: 20 })).toBe("MIGRATE");
    expect(await after({ dispositionOverride: "ELIMINATE", dispositionReason: "The vendor is being sold" })).toBe("ELIMINATE");
    expect(await after({ functionalFit: 10, technicalFit: 90 })).toBe("ELIMINATE");
    expect(await after({ dispositionOverride: null, dispositionReason: null })).toBe("TOLERATE");
    expect(await after({ technicalFit: null })).toBeNull();
  });
});

describe("roles", () => {
  testRules(worldOf, [
    {
      rule: "APPLICATION_ROLE_VALID_TO_AFTER_FROM",
      type: "ApplicationRole",
      path: ["validTo"],
      refused: { input: { validFrom: "2026-03-02", validTo: "2026-03-01" } },
      accepted: { input: { validFrom: "2026-03-02", validTo: "2026-03-02" } },
    },
    {
      rule: "APPLICATION_ROLE_VALID_TO_AFTER_FROM",
      type: "ApplicationRole",
      act: "endApplicationRole",
      path: ["validTo"],
      of: "by ending it",
      on: { validFrom: "2026-03-02" },
      refused: { input: { validTo: "2026-03-01" } },
      accepted: { input: { validTo: "2026-03-02" } },
    },
    {
      rule: "APPLICATION_ROLE_ENDED",
      type: "ApplicationRole",
      act: "endApplicationRole",
      path: ["id"],
      refused: { on: { validTo: "2026-06-14" }, input: { validTo: "2026-06-30" } },
      accepted: { on: { validTo: TODAY }, input: { validTo: "2026-06-30" } },
    },
  ]);
  testVerbs(worldOf, [
    {
      verb: "endApplicationRole",
      type: "ApplicationRole",
      of: "without an end on record",
      on: { validFrom: "2020-01-01" },
      input: { validTo: "2026-06-30" },
      then: { validTo: "2026-06-30" },
    },
  ]);

  /** The owner of an application on which these roles are held. */
  const ownerAmong = async (roles: readonly Values[]) => {
    const applicationId = await world.new("Application");
    for (const role of roles) await world.new("ApplicationRole", { applicationId, ...role });
    return (await world.read("Application", applicationId))!["owner"];
  };
  test("the owner is the person who is business owner today, the latest appointed", async () => {
    const [dewi, budi, team] = [await world.the("Person"), await world.new("Person"), await world.the("Team")];
    expect(await ownerAmong([])).toBeNull();
    expect(await ownerAmong([{ holderId: dewi }])).toEqual({ id: dewi });
    expect(await ownerAmong([{ holderId: dewi, validFrom: TODAY, validTo: TODAY }])).toEqual({ id: dewi });
    expect(await ownerAmong([{ holderId: dewi, validFrom: "2026-06-16" }])).toBeNull();
    expect(await ownerAmong([{ holderId: dewi, validTo: "2026-06-14" }])).toBeNull();
    expect(await ownerAmong([{ holderId: team }])).toBeNull();
    expect(await ownerAmong([{ holderId: dewi, role: "IT_OWNER" }])).toBeNull();
    expect(await ownerAmong([{ holderId: dewi }, { holderId: budi, validFrom: "2020-01-01" }])).toEqual({ id: budi });
    expect(
      await ownerAmong([
        { holderId: budi, validFrom: "2026-01-01" },
        { holderId: dewi, validFrom: "2025-01-01" },
        { holderId: team, validFrom: "2026-06-01" },
      ]),
    ).toEqual({ id: budi });
  });

  test("a person and a team read what they are to applications", async () => {
    for (const [type, holderId] of [
      ["Person", await world.new("Person")],
      ["Team", await world.new("Team")],
    ] as const) {
      const id = await world.new("ApplicationRole", { holderId, role: "SUPPORTER" });
      expect(await world.contributed("application", type, holderId, "applicationRoles { nodes { id role } }")).toEqual({
        applicationRoles: { nodes: [{ id, role: "SUPPORTER" }] },
      });
    }
  });
});

describe("functions", () => {
  test("an application supports services by its functions, and the edge says by which", async () => {
    const [applicationId, serviceId] = [await world.new("Application"), await world.new("Service")];
    const functions = [
      await world.new("ApplicationFunction", { applicationId, supportIds: [serviceId] }),
      await world.new("ApplicationFunction", { applicationId, supportIds: [serviceId] }),
    ];
    await world.new("ApplicationFunction", { applicationId });
    const because = async (reading: Promise<Values>) =>
      Object.values(await reading)[0].edges.map((edge: Values) => ({ ...edge, because: edge["because"].map(({ id }: Values) => id).sort() }));
    const edges = "edges { node { id } because { id } }";
    expect(await because(world.pick("Application", applicationId, `services { ${edges} }`))).toEqual([
      { node: { id: serviceId }, because: [...functions].sort() },
    ]);
    expect(await because(world.contributed("application", "Service", serviceId, `applications { ${edges} }`))).toEqual([
      { node: { id: applicationId }, because: [...functions].sort() },
    ]);
  });

  test("what a function supports can be changed", () =>
    expectSuccess(world, "ApplicationFunction", "update", { on: {}, input: async (w) => ({ supportIds: [await w.the("Service")] }) }));
});
