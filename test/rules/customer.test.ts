import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type RuleCase, expectRefusal, expectSuccess, testRules, testTransitions, testVerbs } from "./cases.js";
import { TODAY, type Values, World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
const worldOf = () => world;

const money = (amount: string, currency = "IDR") => ({ amount, currency });
/** A unit, objective, … of a customer that no other record names. */
const foreign = async (w: World, type: string, values: Values = {}) => w.new(type, { customerId: await w.new("Customer"), ...values });
const own = (w: World, type: string, values: Values = {}) => w.new(type, values);
/** The cases of a rule that `key` names a record of the record's own customer: at creation and by a change. */
const ofSameCustomer = (rule: string, type: string, key: string, target: string): RuleCase[] => [
  {
    rule,
    type,
    path: [key],
    of: "at creation",
    refused: { input: async (w) => ({ [key]: await foreign(w, target) }) },
    accepted: { input: async (w) => ({ [key]: await own(w, target) }) },
  },
  {
    rule,
    type,
    path: [key],
    of: "by a change",
    on: {},
    refused: { input: async (w) => ({ [key]: await foreign(w, target) }) },
    accepted: { input: async (w) => ({ [key]: await own(w, target) }) },
  },
];
/** The cases of a rule that the day `last` does not lie before the day `first`. The same day will do. */
const inOrder = (rule: string, type: string, first: string, last: string, more: Values = {}): RuleCase[] => [
  {
    rule,
    type,
    path: [last],
    of: "at creation",
    refused: { input: { ...more, [first]: "2026-03-02", [last]: "2026-03-01" } },
    accepted: { input: { ...more, [first]: "2026-03-02", [last]: "2026-03-02" } },
  },
];

describe("customers", () => {
  testRules(worldOf, [
    {
      rule: "CUSTOMER_TREE",
      type: "Customer",
      path: ["parentId"],
      of: "oneself",
      on: {},
      refused: { input: (_, id) => ({ parentId: id }) },
      accepted: { input: async (w) => ({ parentId: await w.the("Customer") }) },
    },
    {
      rule: "CUSTOMER_TREE",
      type: "Customer",
      path: ["parentId"],
      of: "a grandchild",
      on: {},
      refused: { input: async (w, id) => ({ parentId: await w.new("Customer", { parentId: await w.new("Customer", { parentId: id }) }) }) },
      accepted: {
        with: (w, id) => w.new("Customer", { parentId: id }),
        input: async (w) => ({ parentId: await w.new("Customer", { parentId: await w.the("Customer") }) }),
      },
    },
    {
      rule: "CUSTOMER_SEGMENT_HAS_REASON",
      type: "Customer",
      path: ["segmentReason"],
      refused: { input: { segment: "KEY", segmentReason: " \t" } },
      accepted: { input: { segment: "KEY", segmentReason: "A tenth of our revenue" } },
    },
    {
      rule: "CUSTOMER_SEGMENT_HAS_REASON",
      type: "Customer",
      path: ["segmentReason"],
      of: "by a change",
      on: {},
      refused: { input: { segment: "STRATEGIC" } },
      accepted: { input: { segment: "STANDARD", name: "Renamed" } },
    },
    {
      rule: "CUSTOMER_SEGMENT_HAS_REASON",
      type: "Customer",
      path: ["segmentReason"],
      of: "its reason taken away",
      on: { segment: "KEY", segmentReason: "A tenth of our revenue" },
      refused: { input: { segmentReason: null } },
      accepted: { input: { segmentReason: null, segment: "STANDARD" } },
    },
    {
      rule: "CUSTOMER_REVENUE_ONCE_A_YEAR",
      type: "Customer",
      path: ["revenue"],
      refused: {
        input: {
          revenue: [
            { year: 2025, kind: "PAST", amount: money("1.00") },
            { year: 2025, kind: "PAST", amount: money("2.00") },
          ],
        },
      },
      accepted: {
        input: {
          revenue: [
            { year: 2025, kind: "PAST", amount: money("1.00") },
            { year: 2025, kind: "PREDICTED", amount: money("1.00") },
            { year: 2026, kind: "PAST", amount: money("1.00") },
            { year: 2025, kind: "PAST", amount: money("1.00", "EUR") },
          ],
        },
      },
    },
  ]);

  test("revenue is exact money: no more digits than its currency has, and all of them shown", async () => {
    const revenue = (amount: string, currency: string) => ({
      revenue: [
        { year: 2024, kind: "PAST", amount: money("1", "EUR") },
        { year: 2025, kind: "PAST", amount: { amount, currency } },
      ],
    });
    const invalid = { code: "INVALID_INPUT", rule: null, path: ["revenue", "1", "amount"] };
    await expectRefusal(world, "Customer", "create", { input: revenue("1.5", "JPY") }, { ...invalid, message: 'amount: "1.5" has more than 0 decimals.' });
    await expectRefusal(
      world,
      "Customer",
      "update",
      { on: {}, input: revenue("1.00", "Rp") },
      { ...invalid, message: '"Rp" is not an ISO 4217 currency like EUR or IDR.' },
    );
    await expectRefusal(world, "Customer", "create", { input: revenue("1.005", "EUR") }, { ...invalid, message: 'amount: "1.005" has more than 2 decimals.' });
    const shown = [
      { year: 2024, kind: "PAST", amount: money("1.00", "EUR") },
      { year: 2025, kind: "PAST", amount: money("2", "JPY") },
    ];
    await expectSuccess(world, "Customer", "create", { input: revenue("2.000", "JPY"), then: { revenue: shown } });
    await expectSuccess(world, "Customer", "update", { on: {}, input: revenue("2", "JPY"), then: { revenue: shown } });
  });

  test("a customer may be created in any lifecycle and moved to any", async () => {
    for (const lifecycle of ["PROSPECT", "ONBOARDING", "ACTIVE", "SUSPENDED", "FORMER"]) {
      const id = await world.new("Customer", { lifecycle });
      const { record } = await world.change("update", "Customer", id, { lifecycle: "PROSPECT" });
      expect((record ?? (await world.read("Customer", id)))!["lifecycle"]).toBe("PROSPECT");
    }
  });

  test("a new customer is a standard prospect", async () => {
    expect(await world.create("Customer")).toMatchObject({
      lifecycle: "PROSPECT",
      segment: "STANDARD",
      segmentReason: null,
      parent: null,
      revenue: [],
      relationship: null,
    });
  });

  test("a customer shows its one relationship", async () => {
    const id = await world.new("Relationship");
    const { customer } = (await world.read("Relationship", id))!;
    expect((await world.read("Customer", customer.id))!["relationship"]).toEqual({ id });
  });
});

describe("units and stakeholders", () => {
  testRules(worldOf, [
    {
      rule: "UNIT_TREE",
      type: "CustomerUnit",
      path: ["parentId"],
      of: "oneself",
      on: {},
      refused: { input: (_, id) => ({ parentId: id }) },
      accepted: { input: async (w) => ({ parentId: await w.the("CustomerUnit") }) },
    },
    {
      rule: "UNIT_TREE",
      type: "CustomerUnit",
      path: ["parentId"],
      of: "a child",
      on: {},
      refused: { input: async (w, id) => ({ parentId: await w.new("CustomerUnit", { parentId: id }) }) },
      accepted: { input: async (w) => ({ parentId: await w.new("CustomerUnit", { parentId: await w.the("CustomerUnit") }) }) },
    },
    ...ofSameCustomer("UNIT_PARENT_OF_SAME_CUSTOMER", "CustomerUnit", "parentId", "CustomerUnit"),
    ...ofSameCustomer("STAKEHOLDER_UNIT_OF_SAME_CUSTOMER", "Stakeholder", "unitId", "CustomerUnit"),
    ...inOrder("STAKEHOLDER_ENDS_AFTER_IT_STARTS", "Stakeholder", "validFrom", "validTo"),
  ]);

  test.each([
    ["no dates", {}, true],
    ["from today", { validFrom: TODAY }, true],
    ["from tomorrow", { validFrom: "2026-06-16" }, false],
    ["to today", { validTo: TODAY }, true],
    ["to yesterday", { validFrom: "2025-01-01", validTo: "2026-06-14" }, false],
  ])("a stakeholder's part and a dependency with %s: current is %s", async (_, validity, current) => {
    expect((await world.create("Stakeholder", validity))["current"]).toBe(current);
    expect((await world.create("ServiceDependency", validity))["current"]).toBe(current);
  });
});

describe("the relationship", () => {
  testRules(worldOf, [
    {
      rule: "RELATIONSHIP_ONE_PER_CUSTOMER",
      type: "Relationship",
      path: ["customerId"],
      refused: { input: async (w) => ({ customerId: (await w.create("Relationship"))["customer"].id }) },
      accepted: { input: async (w) => (await w.new("Relationship"), { customerId: await w.new("Customer") }) },
    },
  ]);

  test("of two relationships created at the same time for one customer one is", async () => {
    const customerId = await world.new("Customer");
    const payloads = await Promise.all([1, 2].map(() => world.send("create", "Relationship", { customerId })));
    expect(payloads.map(({ problems }) => problems[0]?.rule ?? "created").sort()).toEqual(["RELATIONSHIP_ONE_PER_CUSTOMER", "created"]);
  });

  test("a relationship can be changed after it was created", () =>
    expectSuccess(world, "Relationship", "update", {
      on: {},
      input: { reviewCadence: 90, providerCommitment: "CHAMPION", providerCommitmentNote: "Our chair visits" },
    }));

  test.each([
    [null, null],
    ["2026-06-14", true],
    [TODAY, false],
  ])("a review due on %s: overdue is %s", async (nextReviewDue, overdue) => {
    expect((await world.create("Relationship", { nextReviewDue }))["reviewOverdue"]).toBe(overdue);
  });
});

describe("drivers, objectives and needs", () => {
  const withCustomers = async (w: World) => ({ customerIds: [await w.the("Customer"), await w.new("Customer")] });
  testRules(worldOf, [
    {
      rule: "DRIVER_HAS_CUSTOMER",
      type: "BusinessDriver",
      path: ["customerIds"],
      refused: { input: { customerIds: [] } },
      accepted: { input: async (w) => ({ customerIds: [await w.new("Customer")] }) },
    },
    {
      rule: "DRIVER_HAS_CUSTOMER",
      type: "BusinessDriver",
      path: ["customerIds"],
      of: "by a change",
      on: {},
      refused: { input: { customerIds: [] } },
      accepted: { input: async (w) => ({ customerIds: [await w.new("Customer")] }) },
    },
    {
      rule: "DRIVER_KEEPS_CUSTOMERS_IN_USE",
      type: "BusinessDriver",
      path: ["customerIds"],
      of: "a need",
      on: withCustomers,
      with: async (w, driverId) => w.new("BusinessNeed", { driverId }),
      refused: { input: async (w) => ({ customerIds: [await w.new("Customer")] }) },
      accepted: { input: async (w) => ({ customerIds: [await w.the("Customer")] }) },
    },
    {
      rule: "DRIVER_KEEPS_CUSTOMERS_IN_USE",
      type: "BusinessDriver",
      path: ["customerIds"],
      of: "an anticipation",
      on: withCustomers,
      with: async (w, driverId) => w.new("Anticipation", { driverId }),
      refused: { input: async (w) => ({ customerIds: [await w.new("Customer")] }) },
      accepted: { input: async (w) => ({ customerIds: [await w.the("Customer")] }) },
    },
    {
      rule: "OBJECTIVE_AGREED_HAS_MEASURE",
      type: "BusinessObjective",
      path: ["measure"],
      refused: { input: { state: "MET", measure: " " } },
      accepted: { input: { state: "WITHDRAWN" } },
    },
    {
      rule: "OBJECTIVE_AGREED_HAS_MEASURE",
      type: "BusinessObjective",
      path: ["measure"],
      of: "by agreeing",
      act: "agreeObjective",
      on: {},
      refused: {},
      accepted: { on: { measure: "Minutes" }, then: { state: "AGREED" } },
    },
    {
      rule: "OBJECTIVE_AGREED_HAS_MEASURE",
      type: "BusinessObjective",
      path: ["measure"],
      of: "by taking it away",
      on: { state: "AGREED", measure: "Minutes" },
      refused: { input: { measure: null } },
      accepted: { input: { measure: "Hours" } },
    },
    ...ofSameCustomer("NEED_UNIT_OF_SAME_CUSTOMER", "BusinessNeed", "unitId", "CustomerUnit"),
    ...ofSameCustomer("NEED_OBJECTIVE_OF_SAME_CUSTOMER", "BusinessNeed", "objectiveId", "BusinessObjective"),
    {
      rule: "NEED_DRIVER_OF_SAME_CUSTOMER",
      type: "BusinessNeed",
      path: ["driverId"],
      refused: { input: async (w) => ({ driverId: await w.new("BusinessDriver", { customerIds: [await w.new("Customer")] }) }) },
      accepted: { input: async (w) => ({ driverId: await w.new("BusinessDriver", withCustomers) }) },
    },
    {
      rule: "ANTICIPATION_DRIVER_OF_SAME_CUSTOMER",
      type: "Anticipation",
      path: ["driverId"],
      on: {},
      refused: { input: async (w) => ({ driverId: await w.new("BusinessDriver", { customerIds: [await w.new("Customer")] }) }) },
      accepted: { input: async (w) => ({ driverId: await w.new("BusinessDriver", withCustomers) }) },
    },
    {
      rule: "CONFLICT_BETWEEN_UNITS",
      type: "UnitConflict",
      path: ["unitIds"],
      refused: { input: async (w) => ({ unitIds: [await w.the("CustomerUnit"), await w.the("CustomerUnit")] }) },
      accepted: { input: async (w) => ({ unitIds: [await w.the("CustomerUnit"), await w.new("CustomerUnit")] }) },
    },
    {
      rule: "CONFLICT_UNITS_OF_SAME_CUSTOMER",
      type: "UnitConflict",
      path: ["unitIds"],
      on: {},
      refused: { input: async (w) => ({ unitIds: [await w.the("CustomerUnit"), await foreign(w, "CustomerUnit")] }) },
      accepted: { input: async (w) => ({ unitIds: [await w.the("CustomerUnit"), await own(w, "CustomerUnit")] }) },
    },
    {
      rule: "CONFLICT_NEEDS_OF_SAME_CUSTOMER",
      type: "UnitConflict",
      path: ["needIds"],
      refused: { input: async (w) => ({ needIds: [await foreign(w, "BusinessNeed")] }) },
      accepted: { input: async (w) => ({ needIds: [await own(w, "BusinessNeed"), await own(w, "BusinessNeed")] }) },
    },
  ]);

  testTransitions(worldOf, {
    type: "BusinessObjective",
    column: "state",
    rule: "OBJECTIVE_STATE",
    states: {
      PROPOSED: { measure: "Minutes" },
      AGREED: { measure: "Minutes", actual: "12" },
      MET: { measure: "Minutes" },
      MISSED: { measure: "Minutes" },
      WITHDRAWN: {},
    },
    verbs: {
      agreeObjective: { leads: { PROPOSED: "AGREED" } },
      concludeObjective: { input: { met: true }, leads: { AGREED: "MET" } },
      withdrawObjective: { leads: { PROPOSED: "WITHDRAWN", AGREED: "WITHDRAWN" } },
    },
  });
  testVerbs(worldOf, [
    {
      verb: "concludeObjective",
      type: "BusinessObjective",
      of: "missed, with the figure at the end",
      on: { state: "AGREED", measure: "Minutes", actual: "12" },
      input: { met: false, actual: "7.250000" },
      then: { state: "MISSED", actual: "7.25" },
    },
    {
      verb: "concludeObjective",
      type: "BusinessObjective",
      of: "met, with the figure on record",
      on: { state: "AGREED", measure: "Minutes", actual: "12" },
      input: { met: true },
      then: { state: "MET" },
    },
  ]);
});

describe("services behind conflicts and objectives", () => {
  test("units conflict over the services that two of the opposing needs ask something of", async () => {
    const [disputed, wanted, other] = [await world.new("Service"), await world.new("Service"), await world.new("Service")];
    const needs = [
      await world.new("BusinessNeed", { serviceIds: [disputed, wanted] }),
      await world.new("BusinessNeed", { serviceIds: [disputed] }),
      await world.new("BusinessNeed", { serviceIds: [other] }),
    ];
    expect((await world.create("UnitConflict", { needIds: needs }))["services"]).toEqual([{ id: disputed }]);
    expect((await world.create("UnitConflict", { needIds: [needs[0], needs[2]] }))["services"]).toEqual([]);
    expect((await world.create("UnitConflict"))["services"]).toEqual([]);
  });

  test("a customer reads its conflicts over a service, those resolved left out", async () => {
    const [customerId, serviceId] = [await world.new("Customer"), await world.new("Service")];
    const units = { unitIds: [await world.new("CustomerUnit", { customerId }), await world.new("CustomerUnit", { customerId })] };
    const needIds = [
      await world.new("BusinessNeed", { customerId, serviceIds: [serviceId] }),
      await world.new("BusinessNeed", { customerId, serviceIds: [serviceId] }),
    ];
    const conflict = (values: Values) => world.new("UnitConflict", { customerId, ...units, ...values });
    const [open, mitigated] = [await conflict({ needIds }), await conflict({ needIds, state: "MITIGATED" })];
    await conflict({ needIds, state: "RESOLVED" });
    await conflict({ needIds: [needIds[0]] });
    expect((await world.linked("customer", "Customer", customerId, "serviceConflicts")).sort()).toEqual([open, mitigated].sort());
  });

  test("a customer reads the services behind the objectives it has not given up", async () => {
    const [customerId, serviceId] = [await world.new("Customer"), await world.new("Service")];
    const objective = (state: string) =>
      world.new("BusinessObjective", { customerId, measure: "Minutes", supportedBy: [{ serviceId, contribution: "Half of it" }], state });
    const objectives = [await objective("PROPOSED"), await objective("AGREED"), await objective("MET"), await objective("MISSED")];
    await objective("WITHDRAWN");
    const { servicesForObjectives } = await world.pick("Customer", customerId, "servicesForObjectives { edges { node { id } because { id } } }");
    expect(servicesForObjectives.edges).toHaveLength(1);
    expect(servicesForObjectives.edges[0].node).toEqual({ id: serviceId });
    expect(servicesForObjectives.edges[0].because.map(({ id }: Values) => id).sort()).toEqual(objectives.sort());
  });
});

describe("changed needs", () => {
  testRules(worldOf, [
    {
      rule: "NEED_CHANGE_RESPONSE_IS_WHOLE",
      type: "NeedChange",
      path: ["response"],
      of: "a day without a response",
      refused: { input: { respondedOn: "2026-06-02" } },
      accepted: { input: { respondedOn: "2026-06-02", response: "Yes" } },
    },
    {
      rule: "NEED_CHANGE_RESPONSE_IS_WHOLE",
      type: "NeedChange",
      path: ["respondedOn"],
      of: "a response without a day",
      refused: { input: { response: "Yes" } },
      accepted: { input: { response: null } },
    },
    ...inOrder("NEED_CHANGE_ANSWERED_AFTER_RAISED", "NeedChange", "raisedOn", "respondedOn", { response: "Yes" }),
    {
      rule: "NEED_CHANGE_ANSWERED_AFTER_RAISED",
      type: "NeedChange",
      act: "respondToNeedChange",
      path: ["respondedOn"],
      of: "by the answer",
      on: { raisedOn: "2026-06-01" },
      refused: { input: { response: "Yes", respondedOn: "2026-05-31" } },
      accepted: { input: { response: "Yes", respondedOn: "2026-06-01" } },
    },
    {
      rule: "NEED_CHANGE_ANSWERED_ONCE",
      type: "NeedChange",
      act: "respondToNeedChange",
      path: ["id"],
      refused: { on: { respondedOn: "2026-06-02", response: "Yes" }, input: { response: "No" } },
      accepted: { on: {}, input: { response: "No" }, then: { response: "No", respondedOn: TODAY } },
    },
  ]);

  test.each([
    ["the last day of the timeframe", { acceptedTimeframe: 14 }, "2026-06-15", "2026-06-15", true],
    ["the day after", { acceptedTimeframe: 14 }, "2026-06-16", "2026-06-15", false],
    ["the same day where no day is accepted", { acceptedTimeframe: 0 }, "2026-06-01", "2026-06-01", true],
    ["any day without a timeframe", {}, "2026-06-15", null, null],
  ])("an answer on %s", async (_, values, respondedOn, responseDueOn, respondedInTime) => {
    const id = await world.new("NeedChange", { raisedOn: "2026-06-01", ...values });
    expect(await world.read("NeedChange", id)).toMatchObject({ respondedOn: null, responseDueOn, respondedInTime: null });
    const { record } = await world.change("respondToNeedChange", "NeedChange", id, { response: "Done", respondedOn });
    expect(record).toMatchObject({ response: "Done", respondedOn, responseDueOn, respondedInTime });
  });

  test("a timeframe that becomes known later decides whether the answer was in time", () =>
    expectSuccess(world, "NeedChange", "update", {
      on: { respondedOn: "2026-06-05", response: "Yes" },
      input: { acceptedTimeframe: 3 },
      then: { acceptedTimeframe: 3, responseDueOn: "2026-06-04", respondedInTime: false },
    }));
});

describe("anticipations", () => {
  testTransitions(worldOf, {
    type: "Anticipation",
    column: "outcome",
    rule: "ANTICIPATION_STATE",
    states: { OPEN: { evidence: "A rumour" }, CONFIRMED: {}, REFUTED: {} },
    verbs: { confirmAnticipation: { leads: { OPEN: "CONFIRMED" } }, refuteAnticipation: { leads: { OPEN: "REFUTED" } } },
  });
  testVerbs(worldOf, [
    {
      verb: "confirmAnticipation",
      type: "Anticipation",
      of: "with what was made of it",
      on: {},
      input: async (w) => ({ leadsToId: await w.the("Opportunity") }),
      then: async (w) => ({ outcome: "CONFIRMED", leadsTo: { id: await w.the("Opportunity") } }),
    },
    {
      verb: "refuteAnticipation",
      type: "Anticipation",
      of: "with what refutes it",
      on: { evidence: "A rumour" },
      input: { evidence: "The law was withdrawn" },
      then: { outcome: "REFUTED", evidence: "The law was withdrawn" },
    },
  ]);
});

describe("interactions", () => {
  testRules(worldOf, [
    {
      rule: "INTERACTION_IS_ABOUT_SOMETHING",
      type: "Interaction",
      path: ["aboutIds"],
      refused: { input: { aboutIds: [] } },
      accepted: { input: async (w) => ({ aboutIds: [await w.the("Deliverable"), await w.the("Customer"), await w.the("ServiceLevelTarget")] }) },
    },
    {
      rule: "INTERACTION_IS_ABOUT_SOMETHING",
      type: "Interaction",
      path: ["aboutIds"],
      of: "by a change",
      on: {},
      refused: { input: { aboutIds: [] } },
      accepted: { input: async (w) => ({ aboutIds: [await w.the("Agreement")] }) },
    },
  ]);

  test.each([
    ["STRATEGIC", undefined, "BRM"],
    ["TACTICAL", undefined, "BRM"],
    ["OPERATIONAL", undefined, "SLM"],
    ["OPERATIONAL", "BRM", "BRM"],
    ["STRATEGIC", "SLM", "SLM"],
    ["OPERATIONAL", null, "SLM"],
  ])("a %s interaction that says handledBy %s is handled by %s", async (level, said, handledBy) => {
    expect((await world.create("Interaction", { level, ...(said === undefined ? {} : { handledBy: said }) }))["handledBy"]).toBe(handledBy);
  });

  test("who takes part and what is to be done is kept in order", async () => {
    const [personId, other] = [await world.the("Person"), await world.new("Person")];
    const { participants, actions } = await world.create("Interaction", {
      participantIds: [other, personId],
      actions: [{ text: "Send the figures", due: "2026-07-01", ownerId: other, done: true }, { text: "Call back" }],
    });
    expect(participants.nodes.map(({ id }: Values) => id).sort()).toEqual([other, personId].sort());
    expect(actions).toEqual([
      { text: "Send the figures", due: "2026-07-01", owner: { id: other }, done: true },
      { text: "Call back", due: null, owner: null, done: false },
    ]);
  });
});

describe("feedback", () => {
  const closed = { state: "CLOSED", closedOn: "2026-06-10", resolution: "Sent again" };
  testRules(worldOf, [
    {
      rule: "FEEDBACK_CLOSED_HAS_RESOLUTION",
      type: "Feedback",
      path: ["resolution"],
      refused: { input: { ...closed, resolution: " " } },
      accepted: { input: closed },
    },
    {
      rule: "FEEDBACK_CLOSED_HAS_RESOLUTION",
      type: "Feedback",
      path: ["resolution"],
      of: "taken away",
      on: closed,
      refused: { input: { resolution: null } },
      accepted: { input: { resolution: "Sent twice" } },
    },
    {
      rule: "FEEDBACK_CLOSED_HAS_RESOLUTION",
      type: "Feedback",
      act: "closeFeedback",
      path: ["resolution"],
      of: "by closing",
      on: { state: "ACCEPTED" },
      refused: {},
      accepted: { input: { resolution: "Sent again" }, then: { ...closed, closedOn: TODAY, daysOpen: 14 } },
    },
    {
      rule: "FEEDBACK_CLOSED_ON_A_DAY",
      type: "Feedback",
      path: ["closedOn"],
      of: "closed without a day",
      refused: { input: { ...closed, closedOn: null } },
      accepted: { input: closed },
    },
    {
      rule: "FEEDBACK_CLOSED_ON_A_DAY",
      type: "Feedback",
      path: ["closedOn"],
      of: "a day without being closed",
      refused: { input: { state: "ACCEPTED", closedOn: "2026-06-10" } },
      accepted: { input: { state: "ACCEPTED" } },
    },
    ...inOrder("FEEDBACK_CLOSED_AFTER_RECEIVED", "Feedback", "receivedOn", "closedOn", { state: "CLOSED", resolution: "Sent again" }),
    {
      rule: "FEEDBACK_CLOSED_AFTER_RECEIVED",
      type: "Feedback",
      act: "closeFeedback",
      path: ["closedOn"],
      of: "by closing",
      on: { state: "ACCEPTED", receivedOn: "2026-06-01" },
      refused: { input: { resolution: "Sent again", closedOn: "2026-05-31" } },
      accepted: { input: { resolution: "Sent again", closedOn: "2026-06-01" }, then: { ...closed, closedOn: "2026-06-01", daysOpen: 0 } },
    },
    {
      rule: "FEEDBACK_ACCEPTED_MATCHES_STATE",
      type: "Feedback",
      path: ["accepted"],
      of: "rejected",
      refused: { input: { state: "REJECTED", accepted: true } },
      accepted: { input: { state: "REJECTED", accepted: false } },
    },
    {
      rule: "FEEDBACK_ACCEPTED_MATCHES_STATE",
      type: "Feedback",
      path: ["accepted"],
      of: "received",
      refused: { input: { accepted: true } },
      accepted: { input: { state: "CLOSED", closedOn: TODAY, resolution: "Sent again", accepted: true } },
    },
    {
      rule: "FEEDBACK_ESCALATED_TO_SOMEBODY",
      type: "Feedback",
      path: ["escalatedToId"],
      refused: { input: { state: "ESCALATED" } },
      accepted: { input: async (w) => ({ state: "ESCALATED", escalatedToId: await w.the("Person") }) },
    },
  ]);

  const states = {
    RECEIVED: { resolution: "Noted" },
    ACCEPTED: {},
    REJECTED: { resolution: "Nothing was late" },
    IN_PROGRESS: {},
    ESCALATED: async (w: World) => ({ accepted: true, escalatedToId: await w.new("Person") }),
    CLOSED: { closedOn: "2026-06-10", resolution: "Sent again", accepted: true },
  };
  testTransitions(worldOf, {
    type: "Feedback",
    column: "state",
    rule: "FEEDBACK_STATE",
    states,
    verbs: {
      acceptFeedback: { leads: { RECEIVED: "ACCEPTED", ESCALATED: "ACCEPTED" }, then: () => ({ accepted: true }) },
      rejectFeedback: {
        input: { reason: "Nothing was late" },
        leads: { RECEIVED: "REJECTED", ESCALATED: "REJECTED" },
        then: () => ({ accepted: false, resolution: "Nothing was late" }),
      },
      startFeedback: { leads: { ACCEPTED: "IN_PROGRESS", ESCALATED: "IN_PROGRESS" } },
      escalateFeedback: {
        input: async (w) => ({ escalatedToId: await w.the("Person") }),
        leads: { RECEIVED: "ESCALATED", ACCEPTED: "ESCALATED", REJECTED: "ESCALATED", IN_PROGRESS: "ESCALATED", ESCALATED: "ESCALATED" },
        then: () => async (w) => ({ escalatedTo: { id: await w.the("Person") }, escalatedOn: TODAY }),
      },
      closeFeedback: {
        input: { resolution: "Sent again", improvement: "Statements are printed earlier" },
        leads: { ACCEPTED: "CLOSED", REJECTED: "CLOSED", IN_PROGRESS: "CLOSED", ESCALATED: "CLOSED" },
        then: () => ({ closedOn: TODAY, resolution: "Sent again", improvement: "Statements are printed earlier" }),
      },
    },
  });

  test("escalated feedback that nobody found justified can be neither worked on nor closed", async () => {
    const undecided = async (w: World) => ({ state: "ESCALATED", escalatedToId: await w.the("Person") });
    await expectRefusal(world, "Feedback", "startFeedback", { on: undecided }, { rule: "FEEDBACK_STATE", path: ["id"] });
    await expectRefusal(world, "Feedback", "closeFeedback", { on: undecided, input: { resolution: "Sent again" } }, { rule: "FEEDBACK_STATE", path: ["id"] });
    await expectRefusal(
      world,
      "Feedback",
      "startFeedback",
      { on: async (w) => ({ ...(await undecided(w)), accepted: false }) },
      { rule: "FEEDBACK_STATE", path: ["id"] },
    );
  });

  testVerbs(worldOf, [
    {
      verb: "acceptFeedback",
      type: "Feedback",
      of: "overturning a rejection, whose reason is no resolution",
      on: async (w) => ({ state: "ESCALATED", accepted: false, escalatedToId: await w.the("Person"), resolution: "Nothing was late" }),
      then: { state: "ACCEPTED", accepted: true, resolution: null },
    },
    {
      verb: "closeFeedback",
      type: "Feedback",
      of: "with what is on record",
      on: { state: "IN_PROGRESS", resolution: "Sent again", improvement: "Printed earlier" },
      input: { closedOn: "2026-06-12" },
      then: { state: "CLOSED", closedOn: "2026-06-12", daysOpen: 11 },
    },
  ]);

  test("a reason of blanks is none", () =>
    expectRefusal(
      world,
      "Feedback",
      "rejectFeedback",
      { on: {}, input: { reason: "  " } },
      { code: "INVALID_INPUT", rule: null, path: ["reason"], message: "reason cannot be blank." },
    ));

  test.each([
    ["RECEIVED", {}, null],
    ["ACCEPTED", {}, true],
    ["IN_PROGRESS", {}, true],
    ["REJECTED", {}, false],
    ["CLOSED", closed, null],
    ["CLOSED", { ...closed, accepted: true }, true],
  ])("%s feedback with %p: accepted is %s", async (state, values, accepted) => {
    expect((await world.create("Feedback", { state, ...values }))["accepted"]).toBe(accepted);
  });

  test("days open count until today, and until the day it was closed", async () => {
    const id = await world.new("Feedback", { receivedOn: "2026-06-01", state: "ACCEPTED" });
    expect((await world.read("Feedback", id))!["daysOpen"]).toBe(14);
    await world.change("closeFeedback", "Feedback", id, { resolution: "Sent again", closedOn: "2026-06-04" });
    expect((await world.read("Feedback", id))!["daysOpen"]).toBe(3);
  });

  test("only accepted complaints count as accepted", async () => {
    const customerId = await world.new("Customer");
    for (const values of [{ state: "ACCEPTED" }, { state: "REJECTED" }, {}, { state: "IN_PROGRESS", kind: "SUGGESTION" }])
      await world.new("Feedback", { customerId, ...values });
    const { feedback } = await world.pick("Customer", customerId, "feedback(filter: { kind: { eq: COMPLAINT }, accepted: { eq: true } }) { totalCount }");
    expect(feedback.totalCount).toBe(1);
  });
});

describe("expectations, usage, dependencies and value", () => {
  testRules(worldOf, [
    {
      rule: "EXPECTATION_ASSESSED_BEFORE_AGREED",
      type: "Expectation",
      path: ["agreedOn"],
      refused: { input: { agreedOn: "2026-06-01" } },
      accepted: { input: { agreedOn: "2026-06-01", realism: "UNREALISTIC" } },
    },
    {
      rule: "EXPECTATION_ASSESSED_BEFORE_AGREED",
      type: "Expectation",
      path: ["agreedOn"],
      of: "by a change",
      refused: { on: {}, input: { agreedOn: "2026-06-01" } },
      accepted: { on: { realism: "STRETCH" }, input: { agreedOn: "2026-06-01" } },
    },
    {
      rule: "EXPECTATION_ASSESSED",
      type: "Expectation",
      act: "assessExpectation",
      path: ["realism"],
      on: {},
      refused: { input: { realism: "UNASSESSED" } },
      accepted: { input: { realism: "STRETCH" } },
    },
    ...ofSameCustomer("USAGE_UNIT_OF_SAME_CUSTOMER", "ServiceUsage", "unitId", "CustomerUnit"),
    ...inOrder("USAGE_ENDS_AFTER_IT_STARTS", "ServiceUsage", "periodFrom", "periodTo"),
    ...ofSameCustomer("DEPENDENCY_UNIT_OF_SAME_CUSTOMER", "ServiceDependency", "unitId", "CustomerUnit"),
    ...inOrder("DEPENDENCY_ENDS_AFTER_IT_STARTS", "ServiceDependency", "validFrom", "validTo"),
    ...ofSameCustomer("VALUE_ASSESSOR_OF_SAME_CUSTOMER", "ValueAssessment", "assessorId", "Stakeholder"),
    ...inOrder("VALUE_PERIOD_ENDS_AFTER_IT_STARTS", "ValueAssessment", "periodFrom", "periodTo"),
    {
      rule: "VALUE_SAYS_SOMETHING",
      type: "ValueAssessment",
      path: ["perceivedValue"],
      refused: { input: { perceivedValue: null, understanding: 80 } },
      accepted: { input: { perceivedValue: null, realisedValue: money("1250000.50") } },
    },
    {
      rule: "VALUE_SAYS_SOMETHING",
      type: "ValueAssessment",
      path: ["perceivedValue"],
      of: "by a change",
      on: {},
      refused: { input: { perceivedValue: null } },
      accepted: { input: { perceivedValue: 0 } },
    },
    {
      rule: "VALUE_SAMPLE_WITHIN_FRAME",
      type: "ValueAssessment",
      path: ["sampleSize"],
      refused: { input: { sampleSize: 11, sampleFrame: 10 } },
      accepted: { input: { sampleSize: 10, sampleFrame: 10 } },
    },
  ]);
  testVerbs(worldOf, [
    {
      verb: "assessExpectation",
      type: "Expectation",
      of: "in place of an earlier finding",
      on: { realism: "REALISTIC", agreedOn: "2026-06-01" },
      input: { realism: "UNREALISTIC" },
    },
  ]);

  test("a service reads who uses it, who depends on it and why", async () => {
    const [customerId, serviceId] = [await world.new("Customer"), await world.new("Service")];
    const usage = await world.new("ServiceUsage", { customerId, serviceId });
    const dependency = await world.new("ServiceDependency", { customerId, serviceId, validTo: "2020-01-01" });
    const because = "edges { node { id } because { id } }";
    expect(await world.contributed("customer", "Service", serviceId, `customersUsing { ${because} } customersDepending { ${because} }`)).toEqual({
      customersUsing: { edges: [{ node: { id: customerId }, because: [{ id: usage }] }] },
      customersDepending: { edges: [{ node: { id: customerId }, because: [{ id: dependency }] }] },
    });
    expect(await world.pick("Customer", customerId, `servicesUsed { ${because} } servicesDependedOn { ${because} }`)).toEqual({
      servicesUsed: { edges: [{ node: { id: serviceId }, because: [{ id: usage }] }] },
      servicesDependedOn: { edges: [{ node: { id: serviceId }, because: [{ id: dependency }] }] },
    });
  });

  test.each([
    [3, 7, "42.9"],
    [1, 8, "12.5"],
    [0, 10, "0.0"],
    [10, 10, "100.0"],
    [0, 0, null],
    [null, 10, null],
    [4, null, null],
  ])("of %s who answered of %s asked the share is %s percent", async (sampleSize, sampleFrame, share) => {
    expect((await world.create("ValueAssessment", { sampleSize, sampleFrame }))["sampleShare"]).toBe(share);
  });
});

describe("acknowledgements of signals", () => {
  const agreement = "agr_01KB0000000000000000000000";
  const ofAgreement = { signal: `AGREEMENT_IN_NOTICE_PERIOD:${agreement}`, kind: "AGREEMENT_IN_NOTICE_PERIOD", customerId: null };
  testRules(worldOf, [
    {
      rule: "ACKNOWLEDGEMENT_NAMES_A_SIGNAL",
      type: "SignalAcknowledgement",
      path: ["signal"],
      of: "of another kind",
      refused: { input: { ...ofAgreement, kind: "REVIEW_OVERDUE" } },
      accepted: { input: ofAgreement },
    },
    {
      rule: "ACKNOWLEDGEMENT_NAMES_A_SIGNAL",
      type: "SignalAcknowledgement",
      path: ["signal"],
      of: "that is no key",
      refused: { input: { ...ofAgreement, signal: `AGREEMENT_IN_NOTICE_PERIOD ${agreement}` } },
      accepted: { input: { ...ofAgreement, signal: `AGREEMENT_IN_NOTICE_PERIOD:${agreement}:${agreement}` } },
    },
    {
      rule: "ACKNOWLEDGEMENT_OF_THE_SIGNALS_CUSTOMER",
      type: "SignalAcknowledgement",
      path: ["customerId"],
      of: "another than the key names",
      refused: { input: async () => ({ customerId: await world.new("Customer") }) },
      accepted: {
        input: async () => {
          const customerId = await world.new("Customer");
          return { signal: `REVENUE_CONCENTRATION:${customerId}:IDR`, kind: "REVENUE_CONCENTRATION", customerId };
        },
      },
    },
    {
      rule: "ACKNOWLEDGEMENT_OF_THE_SIGNALS_CUSTOMER",
      type: "SignalAcknowledgement",
      path: ["customerId"],
      of: "that the key does not name",
      refused: { input: async () => ({ ...ofAgreement, customerId: await world.the("Customer") }) },
      accepted: { input: ofAgreement },
    },
    {
      rule: "ACKNOWLEDGEMENT_OF_THE_SIGNALS_CUSTOMER",
      type: "SignalAcknowledgement",
      path: ["customerId"],
      of: "left out though the key names one",
      refused: { input: { customerId: null } },
      accepted: {},
    },
    ...inOrder("ACKNOWLEDGEMENT_LASTS_FROM_ITS_DAY", "SignalAcknowledgement", "acknowledgedOn", "until"),
  ]);
  testVerbs(worldOf, [{ verb: "withdrawAcknowledgement", type: "SignalAcknowledgement", then: () => ({ withdrawnOn: TODAY }) }]);

  test("acknowledgeSignal takes note of a signal, today where no day is named", async () => {
    const record = await expectSuccess(world, "SignalAcknowledgement", "acknowledgeSignal", { input: { note: "On the agenda", until: "2199-12-31" } });
    expect(record["acknowledgedOn"]).toBe(TODAY);
  });
  test("an acknowledgement is withdrawn once", async () => {
    const on = { withdrawnOn: "2026-06-02" };
    await expectRefusal(world, "SignalAcknowledgement", "withdrawAcknowledgement", { on }, { rule: "ACKNOWLEDGEMENT_WITHDRAWN_ONCE", path: ["id"] });
  });
});
