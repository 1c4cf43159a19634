import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type RuleCase, expectRefusal, expectSuccess, testRules, testTransitions, testVerbs } from "./cases.js";
import { TODAY, type Values, World, unknownId } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
const worldOf = () => world;

const STATUSES = ["REQUIREMENTS", "DEFINED", "ANALYSED", "APPROVED", "CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RELEASED", "OPERATIONAL"];
const ALL = [...STATUSES, "RETIRED"];
const sectionOf = (status: string) => ({ OPERATIONAL: "CATALOGUE", RETIRED: "RETIRED" })[status] ?? "PIPELINE";
const since = (status: string, day: string, until: string | null = null, reason: string | null = null) => ({ status, since: day, until, reason });

describe("the life of a service", () => {
  /** What every status needs, and since the first of June in its status. */
  const ready = (status: string) => async (w: World) => ({ ownerId: await w.the("Person"), statusHistory: [since(status, "2026-06-01")] });
  const moved =
    (reason: string | null = null) =>
    (from: string, to: string) => ({
      section: sectionOf(to),
      statusHistory: [since(from, "2026-06-01", TODAY), since(to, TODAY, null, reason)],
      daysInStatus: 0,
      daysByStatus: [
        { status: from, days: 14 },
        { status: to, days: 0 },
      ],
    });
  const next = (step: number) => Object.fromEntries(STATUSES.flatMap((status, i) => (STATUSES[i + step] ? [[status, STATUSES[i + step]!]] : [])));
  testTransitions(worldOf, {
    type: "Service",
    column: "status",
    rule: "SERVICE_STATUS",
    with: async (w, serviceId) => [await w.new("ServiceOffering", { serviceId }), await w.new("BusinessCase", { serviceId, state: "APPROVED" })],
    states: Object.fromEntries(ALL.map((status) => [status, ready(status)])),
    verbs: {
      advanceService: { leads: next(1), then: moved() },
      revertService: { input: { reason: "The design does not hold" }, leads: next(-1), then: moved("The design does not hold") },
      retireService: {
        input: { reason: "Nobody asks for it" },
        leads: Object.fromEntries(STATUSES.map((status) => [status, "RETIRED"])),
        then: (from, to) => ({ ...moved("Nobody asks for it")(from, to), retiredReason: "Nobody asks for it" }),
      },
      reopenService: {
        input: { reason: "They ask again" },
        leads: { RETIRED: "REQUIREMENTS" },
        then: (from, to) => ({ ...moved("They ask again")(from, to), retiredReason: null }),
      },
    },
  });
  testVerbs(worldOf, [
    {
      verb: "retireService",
      type: "Service",
      of: "without a reason where no agreement names it",
      on: {},
      then: {
        status: "RETIRED",
        section: "RETIRED",
        statusHistory: [since("REQUIREMENTS", TODAY, TODAY), since("RETIRED", TODAY)],
        daysByStatus: [
          { status: "REQUIREMENTS", days: 0 },
          { status: "RETIRED", days: 0 },
        ],
      },
    },
    {
      verb: "reopenService",
      type: "Service",
      of: "without a reason",
      on: { status: "RETIRED", retiredReason: "Nobody asks for it" },
      then: {
        status: "REQUIREMENTS",
        section: "PIPELINE",
        retiredReason: null,
        statusHistory: [since("RETIRED", TODAY, TODAY), since("REQUIREMENTS", TODAY)],
        daysByStatus: [
          { status: "RETIRED", days: 0 },
          { status: "REQUIREMENTS", days: 0 },
        ],
      },
    },
  ]);

  const entering = (status: string) => ({ status, statusHistory: [since("APPROVED", TODAY, TODAY), since(status, TODAY)] });
  const approvedCase = (w: World, serviceId: string) => w.new("BusinessCase", { serviceId, state: "APPROVED" });
  const chartered: RuleCase = {
    rule: "SERVICE_CHARTERED_NEEDS_BUSINESS_CASE",
    type: "Service",
    act: "advanceService",
    path: ["id"],
    on: { status: "APPROVED" },
    refused: { with: (w, serviceId) => w.new("BusinessCase", { serviceId, state: "SUBMITTED" }) },
    accepted: {
      with: approvedCase,
      then: {
        ...entering("CHARTERED"),
        daysByStatus: [
          { status: "APPROVED", days: 0 },
          { status: "CHARTERED", days: 0 },
        ],
      },
    },
  };
  const released = async (w: World) => ({ status: "RELEASED", ownerId: await w.the("Person") });
  const operational = {
    status: "OPERATIONAL",
    section: "CATALOGUE",
    statusHistory: [since("RELEASED", TODAY, TODAY), since("OPERATIONAL", TODAY)],
    daysByStatus: [
      { status: "RELEASED", days: 0 },
      { status: "OPERATIONAL", days: 0 },
    ],
  };
  const offering = (w: World, serviceId: string) => w.new("ServiceOffering", { serviceId });
  testRules(worldOf, [
    { ...chartered, of: "a submitted one" },
    { ...chartered, of: "another service's", refused: { with: approvedCaseOfAnother } },
    {
      ...chartered,
      of: "going back to it",
      act: "revertService",
      on: { status: "DESIGNED" },
      refused: { input: { reason: "Too dear" } },
      accepted: {
        with: approvedCase,
        input: { reason: "Too dear" },
        then: {
          status: "CHARTERED",
          statusHistory: [since("DESIGNED", TODAY, TODAY), since("CHARTERED", TODAY, null, "Too dear")],
          daysByStatus: [
            { status: "DESIGNED", days: 0 },
            { status: "CHARTERED", days: 0 },
          ],
        },
      },
    },
    {
      rule: "SERVICE_OPERATIONAL_NEEDS_OWNER",
      type: "Service",
      act: "advanceService",
      path: ["id"],
      with: offering,
      refused: { on: { status: "RELEASED" } },
      accepted: { on: released, then: operational },
    },
    {
      rule: "SERVICE_OPERATIONAL_NEEDS_OWNER",
      type: "Service",
      path: ["ownerId"],
      of: "taken away",
      refused: { on: async (w) => ({ ...(await released(w)), status: "OPERATIONAL" }), input: { ownerId: null } },
      accepted: { on: released, input: { ownerId: null } },
    },
    {
      rule: "SERVICE_OPERATIONAL_NEEDS_OFFERING",
      type: "Service",
      act: "advanceService",
      path: ["id"],
      on: released,
      refused: { with: (w) => w.the("ServiceOffering") },
      accepted: { with: offering, then: operational },
    },
    {
      rule: "SERVICE_DEPENDS_ON_OTHERS",
      type: "Service",
      path: ["dependsOnIds"],
      on: {},
      refused: { input: async (w, id) => ({ dependsOnIds: [await w.the("Service"), id] }) },
      accepted: { input: async (w) => ({ dependsOnIds: [await w.the("Service")] }) },
    },
  ]);
  async function approvedCaseOfAnother(w: World) {
    return approvedCase(w, await w.the("Service"));
  }

  test("a service without owner that came in operational may be changed, and given an owner", async () => {
    await expectSuccess(world, "Service", "update", { on: { status: "OPERATIONAL" }, input: { name: "Renamed" } });
    await expectSuccess(world, "Service", "update", { on: { status: "OPERATIONAL" }, input: async (w) => ({ ownerId: await w.the("Person") }) });
  });

  test.each(ALL)("a service may come in %s, without what a change to it needs", async (status) => {
    await expectSuccess(world, "Service", "create", {
      input: { status },
      then: { status, section: sectionOf(status), owner: null, statusHistory: [since(status, TODAY)], daysInStatus: 0, daysByStatus: [{ status, days: 0 }] },
    });
  });

  test("a history that comes with a service is continued, not repeated", async () => {
    const before = [since("DEFINED", "2026-01-01", "2026-02-01", "The board said so"), since("ANALYSED", "2026-02-01")];
    expect(await world.create("Service", { status: "ANALYSED", statusHistory: before })).toMatchObject({
      statusHistory: before,
      daysInStatus: 134,
      daysByStatus: [
        { status: "DEFINED", days: 31 },
        { status: "ANALYSED", days: 134 },
      ],
    });
    expect(await world.create("Service", { status: "APPROVED", statusHistory: before })).toMatchObject({
      statusHistory: [before[0], { ...before[1], until: TODAY }, since("APPROVED", TODAY)],
      daysInStatus: 0,
    });
  });

  test("times it came back to a status are counted together, and days go by", async () => {
    const id = await world.new("Service", { status: "DEFINED", statusHistory: [since("DEFINED", "2026-06-05")] });
    await world.change("advanceService", "Service", id);
    world.turnTo("2026-06-18");
    await world.change("revertService", "Service", id, { reason: "Not clear yet" });
    world.turnTo("2026-06-20");
    const read = await world.read("Service", id);
    world.turnTo(TODAY);
    expect(read).toMatchObject({
      statusHistory: [
        since("DEFINED", "2026-06-05", "2026-06-15"),
        since("ANALYSED", "2026-06-15", "2026-06-18"),
        since("DEFINED", "2026-06-18", null, "Not clear yet"),
      ],
      daysInStatus: 2,
      daysByStatus: [
        { status: "DEFINED", days: 12 },
        { status: "ANALYSED", days: 3 },
      ],
    });
  });

  test("what a service depends on it supports in return", async () => {
    const below = await world.new("Service", { kind: "SUPPORTING" });
    const above = await world.new("Service", { dependsOnIds: [below] });
    expect(await world.pick("Service", below, "supports { nodes { id } }")).toEqual({ supports: { nodes: [{ id: above }] } });
  });
});

describe("retiring a service that agreements name", () => {
  const named = (state: string) => async (w: World, id: string) =>
    w.new("Agreement", { state, startOn: "2026-01-01", parties: [{ partyId: await w.the("Customer"), side: "CUSTOMER" }], serviceIds: [id] });
  const retired = (reason: string | null) => ({
    status: "RETIRED",
    section: "RETIRED",
    retiredReason: reason,
    statusHistory: [since("OPERATIONAL", TODAY, TODAY), since("RETIRED", TODAY, null, reason)],
    daysByStatus: [
      { status: "OPERATIONAL", days: 0 },
      { status: "RETIRED", days: 0 },
    ],
  });
  const retiring = { type: "Service", act: "retireService", on: { status: "OPERATIONAL" }, with: named("ACTIVE") };
  testRules(worldOf, [
    {
      ...retiring,
      rule: "SERVICE_RETIREMENT_ACKNOWLEDGES_AGREEMENTS",
      path: ["acknowledgeAgreements"],
      of: "not said",
      refused: { input: { reason: "Too dear" } },
      accepted: { input: { reason: "Too dear", acknowledgeAgreements: true }, then: retired("Too dear") },
    },
    {
      ...retiring,
      rule: "SERVICE_RETIREMENT_ACKNOWLEDGES_AGREEMENTS",
      path: ["acknowledgeAgreements"],
      of: "only those in force count",
      refused: {},
      accepted: {
        with: async (w, id) => [await named("UNDER_REVIEW")(w, id), await named("EXPIRED")(w, id), await named("AGREED")(w, id)],
        then: retired(null),
      },
    },
    {
      ...retiring,
      rule: "SERVICE_RETIREMENT_NEEDS_REASON",
      path: ["reason"],
      refused: { input: { acknowledgeAgreements: true } },
      accepted: { with: undefined, input: { acknowledgeAgreements: true }, then: retired(null) },
    },
  ]);

  test("the refusal says how many there are", () =>
    expectRefusal(
      world,
      "Service",
      "retireService",
      { on: {}, with: async (w, id) => [await named("ACTIVE")(w, id), await named("ACTIVE")(w, id)] },
      {
        rule: "SERVICE_RETIREMENT_ACKNOWLEDGES_AGREEMENTS",
        path: ["acknowledgeAgreements"],
        message: "Agreements in force that name the service: 2. End or change them first, or set acknowledgeAgreements to true and give a reason.",
      },
    ));

  test("nothing is retired while the agreements are out of reach", () =>
    world.whileOut(["agreement"], "Service", (send) =>
      expectRefusal(
        world,
        "Service",
        "retireService",
        { on: {}, input: { acknowledgeAgreements: true, reason: "Too dear" } },
        {
          code: "PORTFOLIO_UNREACHABLE",
          rule: null,
          path: [],
          retryable: true,
          message: "Nothing was written: The agreement portfolio is out of reach; try again.",
        },
        send,
      ),
    ));
});

describe("opportunities", () => {
  testTransitions(worldOf, {
    type: "Opportunity",
    column: "state",
    rule: "OPPORTUNITY_STATE",
    states: {
      IDENTIFIED: {},
      QUALIFIED: {},
      ASSESSED_WITH_CUSTOMER: {},
      APPROVED: {},
      DEFERRED: { decisionReason: "No money" },
      DECLINED: {},
      CONVERTED: async (w) => ({ convertedToId: await w.the("Service") }),
    },
    verbs: {
      qualifyOpportunity: { leads: { IDENTIFIED: "QUALIFIED", DEFERRED: "QUALIFIED" } },
      assessOpportunity: { leads: { QUALIFIED: "ASSESSED_WITH_CUSTOMER" } },
      approveOpportunity: { leads: { ASSESSED_WITH_CUSTOMER: "APPROVED" } },
      deferOpportunity: {
        input: { reason: "Not this year" },
        leads: { IDENTIFIED: "DEFERRED", QUALIFIED: "DEFERRED", ASSESSED_WITH_CUSTOMER: "DEFERRED", APPROVED: "DEFERRED" },
        then: () => ({ decisionReason: "Not this year" }),
      },
      declineOpportunity: {
        input: { reason: "Not worth it" },
        leads: { IDENTIFIED: "DECLINED", QUALIFIED: "DECLINED", ASSESSED_WITH_CUSTOMER: "DECLINED", APPROVED: "DECLINED", DEFERRED: "DECLINED" },
        then: () => ({ decisionReason: "Not worth it" }),
      },
      convertOpportunity: {
        input: async (w) => ({ convertedToId: await w.the("Project") }),
        leads: { APPROVED: "CONVERTED" },
        then: () => async (w) => ({ convertedTo: { id: await w.the("Project") } }),
      },
    },
  });
  testVerbs(worldOf, [
    {
      verb: "convertOpportunity",
      type: "Opportunity",
      of: "to a service",
      on: { state: "APPROVED" },
      input: async (w) => ({ convertedToId: await w.the("Service") }),
      then: async (w) => ({ state: "CONVERTED", convertedTo: { id: await w.the("Service") } }),
    },
  ]);
  testRules(worldOf, [
    {
      rule: "OPPORTUNITY_CONVERTED_NEEDS_OUTCOME",
      type: "Opportunity",
      path: ["convertedToId"],
      refused: { input: { state: "CONVERTED" } },
      accepted: { input: async (w) => ({ state: "CONVERTED", convertedToId: await w.the("Service") }) },
    },
  ]);

  test("recordOpportunity creates one under that name, in any state", async () => {
    await expectSuccess(world, "Opportunity", "recordOpportunity", {
      input: { title: "Night payments" },
      then: { title: "Night payments", state: "IDENTIFIED", convertedTo: null },
    });
    await expectSuccess(world, "Opportunity", "recordOpportunity", { input: { state: "DEFERRED", decisionReason: "No money" } });
    await expectRefusal(
      world,
      "Opportunity",
      "recordOpportunity",
      { input: { state: "CONVERTED" } },
      { rule: "OPPORTUNITY_CONVERTED_NEEDS_OUTCOME", path: ["convertedToId"] },
    );
  });

  test("what an opportunity became must exist, and be a service or a project", async () => {
    const on = { state: "APPROVED" };
    await expectRefusal(
      world,
      "Opportunity",
      "convertOpportunity",
      { on, input: { convertedToId: unknownId("Project") } },
      { code: "UNKNOWN_REFERENCE", rule: null, path: ["convertedToId"] },
    );
    await expectRefusal(
      world,
      "Opportunity",
      "convertOpportunity",
      { on, input: { convertedToId: unknownId("Service") } },
      { code: "UNKNOWN_REFERENCE", rule: null, path: ["convertedToId"] },
    );
    await expectRefusal(
      world,
      "Opportunity",
      "convertOpportunity",
      { on, input: async (w) => ({ convertedToId: await w.the("Application") }) },
      { code: "INVALID_INPUT", rule: null, path: ["convertedToId"] },
    );
    await world.whileOut(["project"], "Opportunity", async (send) => {
      await expectRefusal(
        world,
        "Opportunity",
        "convertOpportunity",
        { on, input: async (w) => ({ convertedToId: await w.the("Project") }) },
        { code: "PORTFOLIO_UNREACHABLE", rule: null, path: ["convertedToId"], retryable: true },
        send,
      );
      const id = await world.new("Opportunity", on);
      expect((await send("convertOpportunity", "Opportunity", { id, version: 1, convertedToId: await world.the("Service") })).problems).toEqual([]);
    });
  });
});

describe("requirements", () => {
  testRules(worldOf, [
    {
      rule: "REQUIREMENT_NAMES_WHAT_IT_IS_FOR",
      type: "Requirement",
      path: ["serviceId"],
      refused: { input: { serviceId: null } },
      accepted: { input: async (w) => ({ serviceId: null, opportunityId: await w.the("Opportunity") }) },
    },
    {
      rule: "REQUIREMENT_NAMES_WHAT_IT_IS_FOR",
      type: "Requirement",
      path: ["serviceId"],
      of: "by a change",
      refused: { on: {}, input: { serviceId: null } },
      accepted: { on: async (w) => ({ opportunityId: await w.the("Opportunity") }), input: { serviceId: null } },
    },
    ...["PRIMARY_USER", "SPONSOR", "PURCHASER"].map((role, i): RuleCase => {
      const may = ["REAL_CUSTOMER", "DECISION_MAKER", "AUTHORISED_REPRESENTATIVE"][i]!;
      let signer = "";
      return {
        rule: "REQUIREMENT_SIGNED_OFF_BY_WHO_MAY_DECIDE",
        type: "Requirement",
        act: "signOffRequirement",
        path: ["stakeholderId"],
        of: `${role} against ${may}`,
        on: { state: "REJECTED", rejectedReason: "Too dear" },
        refused: { input: async (w) => ({ stakeholderId: await w.new("Stakeholder", { role }) }) },
        accepted: {
          input: async (w) => ({ stakeholderId: (signer = await w.new("Stakeholder", { role: may })) }),
          then: () => ({ state: "SIGNED_OFF", signedOffOn: TODAY, rejectedReason: null, signedOffBy: { id: signer } }),
        },
      };
    }),
    {
      rule: "REQUIREMENT_STATE",
      type: "Requirement",
      act: "signOffRequirement",
      path: ["id"],
      of: "signed off already",
      refused: { on: { state: "SIGNED_OFF" }, input: async (w) => ({ stakeholderId: await w.the("Stakeholder") }) },
      accepted: {
        on: {},
        input: async (w) => ({ stakeholderId: await w.the("Stakeholder") }),
        then: async (w) => ({ state: "SIGNED_OFF", signedOffOn: TODAY, signedOffBy: { id: await w.the("Stakeholder") } }),
      },
    },
  ]);
  testTransitions(worldOf, {
    type: "Requirement",
    column: "state",
    rule: "REQUIREMENT_STATE",
    states: { PENDING: {}, SIGNED_OFF: {}, REJECTED: {} },
    verbs: { rejectRequirement: { input: { reason: "Not to be had" }, leads: { PENDING: "REJECTED" }, then: () => ({ rejectedReason: "Not to be had" }) } },
  });

  test("who signs off must be a stakeholder that exists", async () => {
    await expectRefusal(
      world,
      "Requirement",
      "signOffRequirement",
      { on: {}, input: { stakeholderId: unknownId("Stakeholder") } },
      { code: "UNKNOWN_REFERENCE", rule: null, path: ["stakeholderId"] },
    );
    await expectRefusal(
      world,
      "Requirement",
      "signOffRequirement",
      { on: {}, input: async (w) => ({ stakeholderId: await w.the("Person") }) },
      { rule: "REQUIREMENT_SIGNED_OFF_BY_WHO_MAY_DECIDE", path: ["stakeholderId"] },
    );
  });

  test("nothing is signed off while the customer portfolio is out of reach", () =>
    world.whileOut(["customer"], "Requirement", (send) =>
      expectRefusal(
        world,
        "Requirement",
        "signOffRequirement",
        { on: {}, input: async (w) => ({ stakeholderId: await w.the("Stakeholder") }) },
        {
          code: "PORTFOLIO_UNREACHABLE",
          rule: null,
          path: ["stakeholderId"],
          retryable: true,
          message: "Nothing was written: The customer portfolio is out of reach; try again.",
        },
        send,
      ),
    ));

  test("a stakeholder reads what it signed off", async () => {
    const [stakeholderId, id] = [await world.new("Stakeholder"), await world.new("Requirement")];
    await world.change("signOffRequirement", "Requirement", id, { stakeholderId });
    expect(await world.contributed("service", "Stakeholder", stakeholderId, "signedOffRequirements { nodes { id } }")).toEqual({
      signedOffRequirements: { nodes: [{ id }] },
    });
  });
});

describe("business cases and costs", () => {
  testRules(worldOf, [
    {
      rule: "BUSINESS_CASE_NAMES_WHAT_IT_IS_FOR",
      type: "BusinessCase",
      path: ["serviceId"],
      refused: { input: { serviceId: null } },
      accepted: { input: async (w) => ({ serviceId: null, opportunityId: await w.the("Opportunity") }) },
    },
    {
      rule: "BUSINESS_CASE_NAMES_WHAT_IT_IS_FOR",
      type: "BusinessCase",
      path: ["serviceId"],
      of: "by a change",
      refused: { on: {}, input: { serviceId: null } },
      accepted: { on: {}, input: async (w) => ({ serviceId: null, opportunityId: await w.the("Opportunity") }) },
    },
    {
      rule: "SERVICE_COST_PERIOD_ENDS_AFTER_IT_STARTS",
      type: "ServiceCost",
      path: ["periodTo"],
      refused: { input: { periodFrom: "2026-03-02", periodTo: "2026-03-01" } },
      accepted: { input: { periodFrom: "2026-03-01", periodTo: "2026-03-01" } },
    },
    {
      rule: "SERVICE_COST_PERIOD_ENDS_AFTER_IT_STARTS",
      type: "ServiceCost",
      path: ["periodTo"],
      of: "by a change",
      on: {},
      refused: { input: { periodFrom: "2027-01-01" } },
      accepted: { input: { periodFrom: "2026-12-31" } },
    },
  ]);
  testTransitions(worldOf, {
    type: "BusinessCase",
    column: "state",
    rule: "BUSINESS_CASE_STATE",
    states: { DRAFT: {}, SUBMITTED: {}, APPROVED: { decidedOn: "2026-01-01" }, REJECTED: { decidedOn: "2026-01-01", rejectedReason: "Too dear" } },
    verbs: {
      submitBusinessCase: { leads: { DRAFT: "SUBMITTED", REJECTED: "SUBMITTED" }, then: () => ({ decidedOn: null, rejectedReason: null }) },
      approveBusinessCase: { leads: { SUBMITTED: "APPROVED" }, then: () => ({ decidedOn: TODAY }) },
      rejectBusinessCase: { input: { reason: "Too dear" }, leads: { SUBMITTED: "REJECTED" }, then: () => ({ decidedOn: TODAY, rejectedReason: "Too dear" }) },
    },
  });

  const flow = (amounts: readonly string[], currency = "EUR", first = 2026) => amounts.map((amount, i) => ({ year: first + i, amount: { amount, currency } }));
  const eur = (amount: string) => ({ amount, currency: "EUR" });
  test.each<[string, Values[], string | null, Values | null, string | null, string | null]>([
    // 500/1.1 + 500/1.21 + 500/1.331 - 1000 = 454.545… + 413.223… + 375.657… - 1000
    ["three even years", flow(["-1000.00", "500.00", "500.00", "500.00"]), "10", eur("243.43"), "23.375193", "2.00"],
    ["one year at its own rate", flow(["-100", "110"]), "10", eur("0.00"), "10.000000", "0.91"],
    // 1.1² = 1.21; 1210/1.05² = 1097.5057
    ["a year without a flow", flow(["-1000", "0", "1210"]), "5", eur("97.51"), "10.000000", "1.83"],
    ["years not named, in any order", [...flow(["1210"], "EUR", 2028), ...flow(["-1000"])], "5", eur("97.51"), "10.000000", "1.83"],
    ["a year named twice", [...flow(["-600", "110"]), ...flow(["500"])], "10", eur("0.00"), "10.000000", "0.91"],
    // x = 1/(1+r) = (√17 - 1)/2
    ["less than was put in", flow(["-100", "25", "25"]), "8", eur("-55.42"), "-35.961180", null],
    ["half of it", flow(["-100", "50"]), "0", eur("-50.00"), "-50.000000", null],
    ["at a rate below zero", flow(["-100", "50"]), "-50", eur("0.00"), "-50.000000", null],
    ["money taken first", flow(["100", "-110"]), "10", eur("0.00"), "10.000000", null],
    // -100, 50, -30, 20: after the dip, 2 + 30/50
    ["a dip after it was paid back", flow(["-100", "150", "-80", "50"]), "0", eur("20.00"), null, "2.60"],
    ["nothing put in", flow(["10", "10"]), "0", eur("20.00"), null, "0.00"],
    ["half a cent, to the even one below", flow(["0", "0.01"]), "100", eur("0.00"), null, "0.00"],
    ["one and a half cents, to the even one above", flow(["0", "0.03"]), "100", eur("0.02"), null, "0.00"],
    [
      "yen have no cents",
      flow(["-250000000", "90000000", "90000000", "90000000", "90000000"], "JPY"),
      "8.5",
      { amount: "44803699", currency: "JPY" },
      "16.367489",
      "2.78",
    ],
    ["no rate", flow(["-100", "110"]), null, null, "10.000000", "0.91"],
    ["all is lost each year", flow(["-100", "110"]), "-100", null, "10.000000", "0.91"],
    ["no flow", [], "10", null, null, null],
    ["two currencies", [...flow(["-100"]), ...flow(["110"], "IDR", 2027)], "10", null, null, null],
    // 2^(1/99)
    ["a hundred years", [...flow(["-1"]), ...flow(["2"], "EUR", 2125)], "0", eur("1.00"), "0.702605", "98.50"],
    ["more than a hundred", [...flow(["-1"]), ...flow(["2"], "EUR", 2126)], "0", null, null, null],
  ])("cash flow, %s", async (_, cashFlow, discountRate, npv, irr, paybackYears) => {
    expect(await world.create("BusinessCase", { cashFlow, discountRate })).toMatchObject({ npv, irr, paybackYears });
  });

  test("a cash flow is exact money", async () => {
    await expectRefusal(
      world,
      "BusinessCase",
      "create",
      { input: { cashFlow: flow(["1.5"], "JPY") } },
      { code: "INVALID_INPUT", rule: null, path: ["cashFlow", "0", "amount"], message: 'amount: "1.5" has more than 0 decimals.' },
    );
    await expectSuccess(world, "BusinessCase", "create", { input: { cashFlow: flow(["1.5"]) }, then: { cashFlow: flow(["1.50"]) } });
  });
});
