import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type RuleCase, expectSuccess, testRules, testTransitions, testVerbs } from "./cases.js";
import { TODAY, type Values, World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
const worldOf = () => world;

/** That an end does not lie before its start: at creation and by a change. */
const ordered = (rule: string, start: string, end: string): RuleCase[] => [
  {
    rule,
    type: "Project",
    path: [end],
    of: "at creation",
    refused: { input: { [start]: "2026-03-02", [end]: "2026-03-01" } },
    accepted: { input: { [start]: "2026-03-02", [end]: "2026-03-02" } },
  },
  {
    rule,
    type: "Project",
    path: [end],
    of: "by a change",
    on: { [start]: "2026-03-02", [end]: "2026-03-31" },
    refused: { input: { [start]: "2026-04-01" } },
    accepted: { input: { [start]: "2026-03-31" } },
  },
];

describe("projects", () => {
  testRules(worldOf, [
    ...ordered("PROJECT_PLANNED_END_AFTER_START", "plannedStart", "plannedEnd"),
    ...ordered("PROJECT_APPROVED_END_AFTER_START", "approvedStart", "approvedEnd"),
    ...ordered("PROJECT_ACTUAL_END_AFTER_START", "actualStart", "actualEnd"),
    {
      rule: "PROJECT_PLANNED_END_AFTER_START",
      type: "Project",
      act: "planProject",
      path: ["plannedEnd"],
      of: "by planning",
      on: { plannedStart: "2026-07-01" },
      refused: { input: { plannedEnd: "2026-06-30" } },
      accepted: { input: { plannedEnd: "2026-07-01" }, then: { status: "PLANNED", plannedEnd: "2026-07-01" } },
    },
    {
      rule: "PROJECT_ACTUAL_END_AFTER_START",
      type: "Project",
      act: "completeProject",
      path: ["actualEnd"],
      of: "by completing",
      on: { status: "UNDERWAY", actualStart: "2026-02-01" },
      refused: { input: { actualEnd: "2026-01-31" } },
      accepted: { input: { actualEnd: "2026-02-01" }, then: { status: "COMPLETED", actualEnd: "2026-02-01" } },
    },
    {
      rule: "PROJECT_PARENT_NO_CYCLE",
      type: "Project",
      path: ["parentId"],
      of: "itself",
      on: {},
      refused: { input: (_, id) => ({ parentId: id }) },
      accepted: { input: async (w) => ({ parentId: await w.the("Project") }) },
    },
    {
      rule: "PROJECT_PARENT_NO_CYCLE",
      type: "Project",
      path: ["parentId"],
      of: "a project of a project of it",
      on: { kind: "PROGRAMME" },
      refused: { input: async (w, id) => ({ parentId: await w.new("Project", { parentId: await w.new("Project", { parentId: id }) }) }) },
      accepted: { with: (w, parentId) => w.new("Project", { parentId }), input: async (w) => ({ parentId: await w.new("Project") }) },
    },
    {
      rule: "PROJECT_DELIVERABLES_RESOLVED",
      type: "Project",
      act: "completeProject",
      path: ["id"],
      on: { status: "UNDERWAY" },
      refused: { with: async (w, projectId) => [await w.new("Deliverable", { projectId, state: "DONE" }), await w.new("Deliverable", { projectId })] },
      accepted: {
        with: async (w, projectId) => [await w.new("Deliverable", { projectId, state: "DONE" }), await w.new("Deliverable", { projectId, state: "DROPPED" })],
        then: { status: "COMPLETED", actualEnd: TODAY },
      },
    },
  ]);

  testTransitions(worldOf, {
    type: "Project",
    column: "status",
    rule: "PROJECT_STATUS",
    states: {
      PROPOSED: {},
      PLANNED: {},
      UNDERWAY: { actualStart: "2026-02-01" },
      ON_HOLD: { actualStart: "2026-02-01" },
      COMPLETED: { actualEnd: "2026-06-01" },
      CANCELLED: { cancelReason: "No money" },
    },
    verbs: {
      planProject: { leads: { PROPOSED: "PLANNED" } },
      startProject: { leads: { PLANNED: "UNDERWAY" }, then: () => ({ actualStart: TODAY }) },
      holdProject: { leads: { PLANNED: "ON_HOLD", UNDERWAY: "ON_HOLD" } },
      resumeProject: { leads: { ON_HOLD: "UNDERWAY" } },
      completeProject: { leads: { UNDERWAY: "COMPLETED" }, then: () => ({ actualEnd: TODAY }) },
      cancelProject: {
        input: { reason: "The law was withdrawn" },
        leads: { PROPOSED: "CANCELLED", PLANNED: "CANCELLED", UNDERWAY: "CANCELLED", ON_HOLD: "CANCELLED" },
        then: () => ({ cancelReason: "The law was withdrawn" }),
      },
    },
  });
  testVerbs(worldOf, [
    {
      verb: "planProject",
      type: "Project",
      of: "with its plan",
      on: { plannedStart: "2026-01-01", approvedEnd: "2026-12-31" },
      input: { plannedStart: "2026-07-01", plannedEnd: "2027-01-30" },
      then: { status: "PLANNED", plannedStart: "2026-07-01", plannedEnd: "2027-01-30", slipDays: 30 },
    },
    {
      verb: "startProject",
      type: "Project",
      of: "on a day",
      on: { status: "PLANNED", actualStart: "2026-06-01" },
      input: { actualStart: "2026-06-08" },
      then: { status: "UNDERWAY", actualStart: "2026-06-08" },
    },
    { verb: "startProject", type: "Project", of: "on the day on record", on: { status: "PLANNED", actualStart: "2026-06-01" }, then: { status: "UNDERWAY" } },
    { verb: "resumeProject", type: "Project", of: "whose work had not begun", on: { status: "ON_HOLD" }, then: { status: "PLANNED" } },
    {
      verb: "completeProject",
      type: "Project",
      of: "on the day on record",
      on: { status: "UNDERWAY", actualEnd: "2026-06-01", approvedEnd: "2026-06-11" },
      then: { status: "COMPLETED" },
    },
  ]);

  test.each<[Values, number | null]>([
    [{ approvedEnd: "2026-06-30", plannedEnd: "2026-07-15" }, 15],
    [{ approvedEnd: "2026-06-30", plannedEnd: "2026-07-15", actualEnd: "2026-06-20" }, -10],
    [{ approvedEnd: "2026-02-28", plannedEnd: "2026-03-01" }, 1],
    [{ approvedEnd: "2028-02-28", plannedEnd: "2028-03-01" }, 2],
    [{ approvedEnd: "2026-06-30", plannedEnd: "2026-06-30" }, 0],
    [{ approvedEnd: "2026-06-30" }, null],
    [{ plannedEnd: "2026-06-30" }, null],
  ])("a project with %p slips %s days", async (values, slipDays) => {
    expect((await world.create("Project", values))["slipDays"]).toBe(slipDays);
  });

  test("the slip follows when the plan moves and when the project ends", async () => {
    await expectSuccess(world, "Project", "update", {
      on: { approvedEnd: "2026-06-30", plannedEnd: "2026-06-30" },
      input: { plannedEnd: "2026-07-10" },
      then: { plannedEnd: "2026-07-10", slipDays: 10 },
    });
    await expectSuccess(world, "Project", "completeProject", {
      on: { status: "UNDERWAY", approvedEnd: "2026-06-30", plannedEnd: "2026-07-10" },
      then: { status: "COMPLETED", actualEnd: TODAY, slipDays: -15 },
    });
  });

  test("planned, approved and actual dates are kept apart", () =>
    expectSuccess(world, "Project", "update", {
      on: { plannedStart: "2026-01-01", approvedStart: "2026-02-01", actualStart: "2026-03-01" },
      input: { approvedStart: "2026-04-01" },
    }));
});

describe("dependencies", () => {
  const dependency = (w: World, projectId: string, dependsOnId: string) => w.new("ProjectDependency", { projectId, dependsOnId });
  testRules(worldOf, [
    {
      rule: "PROJECT_DEPENDENCY_NO_CYCLE",
      type: "ProjectDependency",
      path: ["dependsOnId"],
      of: "itself",
      refused: { input: async (w) => ({ projectId: await w.the("Project"), dependsOnId: await w.the("Project") }) },
      accepted: { input: async (w) => ({ projectId: await w.the("Project"), dependsOnId: await w.new("Project") }) },
    },
    {
      rule: "PROJECT_DEPENDENCY_NO_CYCLE",
      type: "ProjectDependency",
      path: ["dependsOnId"],
      of: "through two others",
      refused: {
        input: async (w) => {
          const [a, b, c] = [await w.new("Project"), await w.new("Project"), await w.new("Project")];
          await dependency(w, a, b);
          await dependency(w, b, c);
          return { projectId: c, dependsOnId: a };
        },
      },
      accepted: {
        input: async (w) => {
          const [a, b, c] = [await w.new("Project"), await w.new("Project"), await w.new("Project")];
          await dependency(w, a, b);
          await dependency(w, b, c);
          return { projectId: a, dependsOnId: c };
        },
      },
    },
  ]);

  test("a dependency can be changed and taken away again, and then the other way round is no cycle", async () => {
    await expectSuccess(world, "ProjectDependency", "update", { on: {}, input: { kind: "START_TO_START", note: "The pilot" } });
    const [a, b] = [await world.new("Project"), await world.new("Project")];
    const id = await dependency(world, a, b);
    expect(await world.remove("ProjectDependency", id)).toEqual({ deletedId: id, problems: [] });
    expect(await world.pick("ProjectDependency", await dependency(world, b, a), "project { id } dependsOn { id }")).toEqual({
      project: { id: b },
      dependsOn: { id: a },
    });
    expect(await world.pick("Project", a, "dependencies { totalCount } dependents { nodes { project { id } } }")).toEqual({
      dependencies: { totalCount: 0 },
      dependents: { nodes: [{ project: { id: b } }] },
    });
  });
});

describe("deliverables, milestones and risks", () => {
  testTransitions(worldOf, {
    type: "Deliverable",
    column: "state",
    rule: "DELIVERABLE_STATE",
    states: { OPEN: {}, DONE: { doneOn: "2026-06-01" }, DROPPED: { dropReason: "Not needed" } },
    verbs: {
      completeDeliverable: { leads: { OPEN: "DONE" }, then: () => ({ doneOn: TODAY }) },
      dropDeliverable: { input: { reason: "Nobody wants it" }, leads: { OPEN: "DROPPED" }, then: () => ({ dropReason: "Nobody wants it" }) },
    },
  });
  testTransitions(worldOf, {
    type: "Milestone",
    column: "status",
    rule: "MILESTONE_STATUS",
    states: { PENDING: {}, REACHED: { reachedOn: "2026-06-01" }, DROPPED: {} },
    verbs: { reachMilestone: { leads: { PENDING: "REACHED" }, then: () => ({ reachedOn: TODAY }) }, dropMilestone: { leads: { PENDING: "DROPPED" } } },
  });
  testVerbs(worldOf, [
    {
      verb: "completeDeliverable",
      type: "Deliverable",
      of: "on a day",
      on: { dueOn: "2026-06-01" },
      input: { doneOn: "2026-06-03" },
      then: { state: "DONE", doneOn: "2026-06-03" },
    },
    { verb: "completeDeliverable", type: "Deliverable", of: "on the day on record", on: { doneOn: "2026-06-02" }, then: { state: "DONE" } },
    {
      verb: "reachMilestone",
      type: "Milestone",
      of: "on a day",
      on: { plannedOn: "2026-06-01" },
      input: { reachedOn: "2026-06-03" },
      then: { status: "REACHED", reachedOn: "2026-06-03" },
    },
  ]);

  test("a risk's exposure is probability times impact, at creation and by a change", async () => {
    await expectSuccess(world, "ProjectRisk", "create", { input: { probability: 5, impact: 5 }, then: { exposure: 25 } });
    await expectSuccess(world, "ProjectRisk", "update", { on: {}, input: { probability: 4 }, then: { probability: 4, exposure: 12 } });
  });

  test("a project works for what its deliverables name, dropped ones left out, and the edge says why", async () => {
    const [projectId, serviceId, dropped, customerId, applicationId] = [
      await world.new("Project"),
      await world.new("Service"),
      await world.new("Service"),
      await world.new("Customer"),
      await world.new("Application"),
    ];
    const id = await world.new("Deliverable", {
      projectId,
      serviceId,
      change: "NEW",
      customerIds: [customerId],
      applications: [{ applicationId, effect: "CREATES" }],
    });
    await world.new("Deliverable", {
      projectId,
      serviceId: dropped,
      state: "DROPPED",
      customerIds: [customerId],
      applications: [{ applicationId, effect: "RETIRES" }],
    });
    const edges = "edges { node { id } because { id } }";
    const link = (to: string) => ({ edges: [{ node: { id: to }, because: [{ id }] }] });
    expect(await world.pick("Project", projectId, `services { ${edges} } customers { ${edges} } applications { ${edges} }`)).toEqual({
      services: link(serviceId),
      customers: link(customerId),
      applications: link(applicationId),
    });
    expect(await world.contributed("project", "Service", serviceId, `projects { ${edges} }`)).toEqual({ projects: link(projectId) });
    expect(await world.contributed("project", "Service", dropped, `projects { ${edges} } deliverables { totalCount }`)).toEqual({
      projects: { edges: [] },
      deliverables: { totalCount: 1 },
    });
    expect(await world.contributed("project", "Customer", customerId, `projects { ${edges} } deliverables { totalCount }`)).toEqual({
      projects: link(projectId),
      deliverables: { totalCount: 2 },
    });
    expect(await world.contributed("project", "Application", applicationId, `projects { ${edges} } deliverables { totalCount }`)).toEqual({
      projects: link(projectId),
      deliverables: { totalCount: 2 },
    });
    expect((await world.read("Deliverable", id))!["applications"]).toEqual([{ application: { id: applicationId }, effect: "CREATES" }]);
  });

  test("customers wait for what is still to be delivered", async () => {
    const [serviceId, customerId] = [await world.new("Service"), await world.new("Customer")];
    const id = await world.new("Deliverable", { serviceId, customerIds: [customerId] });
    const waiting = () => world.contributed("project", "Service", serviceId, "customersWaiting { edges { node { id } because { id } } }");
    expect(await waiting()).toEqual({ customersWaiting: { edges: [{ node: { id: customerId }, because: [{ id }] }] } });
    await world.change("completeDeliverable", "Deliverable", id);
    expect(await waiting()).toEqual({ customersWaiting: { edges: [] } });
  });

  test("projects clash where they touch one application in one month", async () => {
    const [applicationId, elsewhere] = [await world.new("Application"), await world.new("Application")];
    const touching = async (values: Values, project: Values = {}) => {
      const projectId = await world.new("Project", project);
      return { projectId, id: await world.new("Deliverable", { projectId, applications: [{ applicationId, effect: "CHANGES" }], ...values }) };
    };
    const one = await touching({ dueOn: "2026-09-01" });
    const other = await touching({ dueOn: "2026-07-31", doneOn: "2026-09-30", state: "DONE" });
    await touching({ dueOn: "2026-10-01" });
    await touching({ dueOn: "2026-09-15", state: "DROPPED" });
    await touching({ dueOn: "2026-09-15" }, { status: "CANCELLED" });
    await touching({ dueOn: "2026-09-15", applications: [{ applicationId: elsewhere, effect: "CHANGES" }] });
    await touching({});
    const clashes = async (id: string) =>
      (await world.pick("Project", id, "clashes { application { id } month deliverables { id } others { id } }"))["clashes"];
    expect(await clashes(one.projectId)).toEqual([
      { application: { id: applicationId }, month: "2026-09-01", deliverables: [{ id: one.id }], others: [{ id: other.id }] },
    ]);
    expect(await clashes(other.projectId)).toEqual([
      { application: { id: applicationId }, month: "2026-09-01", deliverables: [{ id: other.id }], others: [{ id: one.id }] },
    ]);
  });
});
