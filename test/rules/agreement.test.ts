import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectSuccess, testRules, testTransitions, testVerbs } from "./cases.js";
import { TODAY, type Values, World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
const worldOf = () => world;

const customerParty = async (w: World) => ({ partyId: await w.the("Customer"), side: "CUSTOMER" });
/** What an agreement in force needs, and no more. */
const inForce = async (w: World) => ({ kind: "MOU", startOn: "2026-01-01", parties: [await customerParty(w)], serviceIds: [await w.the("Service")] });
const without =
  (...keys: string[]) =>
  async (w: World) =>
    Object.fromEntries(Object.entries(await inForce(w)).filter(([key]) => !keys.includes(key)));
const withTarget = (w: World, agreementId: string) => w.new("ServiceLevelTarget", { agreementId });

describe("agreements", () => {
  testRules(worldOf, [
    {
      rule: "AGREEMENT_ENDS_AFTER_IT_STARTS",
      type: "Agreement",
      path: ["endOn"],
      refused: { input: { startOn: "2026-03-02", endOn: "2026-03-01" } },
      accepted: { input: { startOn: "2026-03-02", endOn: "2026-03-02" }, then: { endOn: "2026-03-02", daysLeft: -105 } },
    },
    {
      rule: "AGREEMENT_ENDS_AFTER_IT_STARTS",
      type: "Agreement",
      path: ["endOn"],
      of: "by activating it",
      act: "activateAgreement",
      on: async (w) => ({ ...(await inForce(w)), state: "AGREED", endOn: "2026-12-31" }),
      refused: { input: { startOn: "2027-01-01" } },
      accepted: { input: { startOn: "2026-12-31" }, then: { state: "ACTIVE", startOn: "2026-12-31" } },
    },
    // What an agreement in force needs: when it is created in force, when it is put in force, and while it is.
    ...[
      { rule: "AGREEMENT_ACTIVE_NEEDS_START", key: "startOn", empty: null },
      { rule: "AGREEMENT_ACTIVE_NEEDS_CUSTOMER", key: "parties", empty: async (w: World) => [{ partyId: await w.the("Customer"), side: "PROVIDER" }] },
      { rule: "AGREEMENT_ACTIVE_NEEDS_SERVICE", key: "serviceIds", empty: [] },
    ].flatMap(({ rule, key, empty }) => {
      const lacking = async (w: World) => ({ [key]: typeof empty === "function" ? await empty(w) : empty });
      const shown = async (w: World) => ({
        state: "ACTIVE",
        startOn: "2026-01-01",
        services: { nodes: [{ id: await w.the("Service") }] },
        parties: [{ party: { id: await w.the("Customer") }, side: "CUSTOMER", signatory: null }],
      });
      return [
        {
          rule,
          type: "Agreement",
          path: [key],
          of: "created in force",
          refused: { input: async (w: World) => ({ ...(await inForce(w)), ...(await lacking(w)), state: "ACTIVE" }) },
          accepted: { input: async (w: World) => ({ ...(await inForce(w)), state: "ACTIVE" }), then: shown },
        },
        {
          rule,
          type: "Agreement",
          path: [key],
          of: "put in force",
          act: "activateAgreement",
          refused: { on: async (w: World) => ({ ...(await inForce(w)), ...(await lacking(w)), state: "AGREED" }) },
          accepted: { on: async (w: World) => ({ ...(await inForce(w)), state: "AGREED" }), then: { state: "ACTIVE" } },
        },
        {
          rule,
          type: "Agreement",
          path: [key],
          of: "resumed",
          act: "resumeAgreement",
          refused: { on: async (w: World) => ({ ...(await inForce(w)), ...(await lacking(w)), state: "UNDER_REVIEW" }) },
          accepted: { on: async (w: World) => ({ ...(await inForce(w)), state: "UNDER_REVIEW" }), then: { state: "ACTIVE" } },
        },
        {
          rule,
          type: "Agreement",
          path: [key],
          of: "while in force",
          refused: { on: async (w: World) => ({ ...(await inForce(w)), state: "ACTIVE" }), input: lacking },
          accepted: {
            on: async (w: World) => ({ ...(await inForce(w)), state: "AGREED" }),
            input: lacking,
            then: async (w: World) =>
              key === "parties"
                ? { parties: [{ party: { id: await w.the("Customer") }, side: "PROVIDER", signatory: null }] }
                : { [key === "serviceIds" ? "services" : key]: key === "serviceIds" ? { nodes: [] } : null },
          },
        },
      ];
    }),
    {
      rule: "AGREEMENT_ACTIVE_SLA_NEEDS_TARGET",
      type: "Agreement",
      path: ["id"],
      of: "put in force",
      act: "activateAgreement",
      on: async (w) => ({ ...(await inForce(w)), kind: "SLA", state: "AGREED" }),
      refused: { with: (w) => w.the("ServiceLevelTarget") },
      accepted: { with: withTarget, then: { state: "ACTIVE" } },
    },
    {
      rule: "AGREEMENT_ACTIVE_SLA_NEEDS_TARGET",
      type: "Agreement",
      path: ["id"],
      of: "resumed",
      act: "resumeAgreement",
      on: async (w) => ({ ...(await inForce(w)), kind: "SLA", state: "UNDER_REVIEW" }),
      refused: {},
      accepted: { with: withTarget, then: { state: "ACTIVE" } },
    },
    {
      rule: "AGREEMENT_ACTIVE_SLA_NEEDS_TARGET",
      type: "Agreement",
      path: ["kind"],
      of: "made an SLA while in force",
      on: async (w) => ({ ...(await inForce(w)), state: "ACTIVE" }),
      refused: { input: { kind: "SLA" } },
      accepted: { with: withTarget, input: { kind: "SLA" } },
    },
    {
      rule: "AGREEMENT_ACTIVE_SLA_NEEDS_TARGET",
      type: "Agreement",
      path: ["kind"],
      of: "only an SLA, and only one in force",
      refused: { on: async (w) => ({ ...(await inForce(w)), state: "ACTIVE", kind: "OLA" }), input: { kind: "SLA" } },
      accepted: { on: async (w) => ({ ...(await inForce(w)), state: "AGREED", kind: "OLA" }), input: { kind: "SLA" } },
    },
  ]);

  test("an SLA comes into the graph in force before its targets do, and may be changed meanwhile", async () => {
    await expectSuccess(world, "Agreement", "create", {
      input: async (w) => ({ ...(await inForce(w)), kind: "SLA", state: "ACTIVE" }),
      then: { kind: "SLA", state: "ACTIVE", targets: [] },
    });
    await expectSuccess(world, "Agreement", "update", {
      on: async (w) => ({ ...(await inForce(w)), kind: "SLA", state: "ACTIVE" }),
      input: { title: "Renamed" },
    });
  });

  test("activating needs a start: the one it names or the one on record, never today by itself", async () => {
    const on = async (w: World) => ({ ...(await without("startOn")(w)), state: "AGREED" });
    await expectSuccess(world, "Agreement", "activateAgreement", { on, input: { startOn: "2026-07-01" }, then: { state: "ACTIVE", startOn: "2026-07-01" } });
    await expectSuccess(world, "Agreement", "activateAgreement", { on: async (w) => ({ ...(await on(w)), startOn: "2026-01-01" }), then: { state: "ACTIVE" } });
  });

  testTransitions(worldOf, {
    type: "Agreement",
    column: "state",
    rule: "AGREEMENT_STATE",
    states: Object.fromEntries(
      ["DRAFT", "NEGOTIATION", "AGREED", "ACTIVE", "UNDER_REVIEW", "EXPIRED", "TERMINATED"].map((state) => [
        state,
        async (w: World) => ({ ...(await inForce(w)), endOn: "2026-06-14" }),
      ]),
    ),
    verbs: {
      startNegotiation: { leads: { DRAFT: "NEGOTIATION" } },
      agreeAgreement: { leads: { NEGOTIATION: "AGREED" } },
      activateAgreement: { leads: { AGREED: "ACTIVE" } },
      reviewAgreement: { leads: { ACTIVE: "UNDER_REVIEW" } },
      resumeAgreement: { leads: { UNDER_REVIEW: "ACTIVE" } },
      expireAgreement: { leads: { ACTIVE: "EXPIRED", UNDER_REVIEW: "EXPIRED" }, then: () => ({ daysLeft: null }) },
      terminateAgreement: {
        input: { reason: "The customer moved to a competitor" },
        leads: { DRAFT: "TERMINATED", NEGOTIATION: "TERMINATED", AGREED: "TERMINATED", ACTIVE: "TERMINATED", UNDER_REVIEW: "TERMINATED" },
        then: () => ({ terminatedOn: TODAY, terminationReason: "The customer moved to a competitor", daysLeft: null }),
      },
    },
  });
  testRules(worldOf, [
    {
      rule: "AGREEMENT_EXPIRES_AFTER_ITS_END",
      type: "Agreement",
      act: "expireAgreement",
      path: ["id"],
      of: "today is still its day",
      refused: { on: async (w) => ({ ...(await inForce(w)), state: "ACTIVE", endOn: TODAY }) },
      accepted: { on: async (w) => ({ ...(await inForce(w)), state: "ACTIVE", endOn: "2026-06-14" }), then: { state: "EXPIRED", daysLeft: null } },
    },
    {
      rule: "AGREEMENT_EXPIRES_AFTER_ITS_END",
      type: "Agreement",
      act: "expireAgreement",
      path: ["id"],
      of: "without an end",
      refused: { on: async (w) => ({ ...(await inForce(w)), state: "UNDER_REVIEW" }) },
      accepted: { on: async (w) => ({ ...(await inForce(w)), state: "UNDER_REVIEW", endOn: "2026-01-01" }), then: { state: "EXPIRED", daysLeft: null } },
    },
  ]);
  testVerbs(worldOf, [
    {
      verb: "terminateAgreement",
      type: "Agreement",
      of: "on a day",
      on: { state: "DRAFT" },
      input: { reason: "Given up", terminatedOn: "2026-06-30" },
      then: { state: "TERMINATED", terminatedOn: "2026-06-30", terminationReason: "Given up" },
    },
  ]);

  test.each([
    [{ endOn: "2026-06-15" }, 0, null],
    [{ endOn: "2026-07-15", noticeDays: 30 }, 30, "2026-06-15"],
    [{ endOn: "2027-03-01", noticeDays: 1 }, 259, "2027-02-28"],
    [{ endOn: "2026-06-01", noticeDays: 0 }, -14, "2026-06-01"],
    [{ endOn: null, noticeDays: 90 }, null, null],
    [{ endOn: "2026-07-15", state: "TERMINATED" }, null, null],
  ])("an agreement with %p has %s days left and takes notice until %s", async (values, daysLeft, noticeBy) => {
    expect(await world.create("Agreement", values)).toMatchObject({ daysLeft, noticeBy });
  });

  test("the parties are customers, suppliers and teams, each on its side; only customers are its customers", async () => {
    const [customer, supplier, team, signatory] = [
      await world.the("Customer"),
      await world.the("Supplier"),
      await world.the("Team"),
      await world.the("Person"),
    ];
    const { id, parties } = await world.create("Agreement", {
      parties: [
        { partyId: team, side: "CUSTOMER" },
        { partyId: supplier, side: "SUPPLIER", signatoryId: signatory },
        { partyId: customer, side: "PROVIDER" },
      ],
    });
    expect(parties).toEqual([
      { party: { id: team }, side: "CUSTOMER", signatory: null },
      { party: { id: supplier }, side: "SUPPLIER", signatory: { id: signatory } },
      { party: { id: customer }, side: "PROVIDER", signatory: null },
    ]);
    expect(await world.pick("Agreement", id, "customers { nodes { id } }")).toEqual({ customers: { nodes: [{ id: customer }] } });
  });

  test("a service is agreed with the customers of agreements in force, and the edge says which", async () => {
    const [customerId, serviceId] = [await world.new("Customer"), await world.new("Service")];
    const of = (state: string) =>
      world.new("Agreement", { state, startOn: "2026-01-01", parties: [{ partyId: customerId, side: "CUSTOMER" }], serviceIds: [serviceId] });
    const [active] = [await of("ACTIVE"), await of("AGREED"), await of("EXPIRED")];
    const selection = "edges { node { id } because { id } }";
    expect(await world.contributed("agreement", "Customer", customerId, `servicesAgreed { ${selection} } agreements { totalCount }`)).toEqual({
      servicesAgreed: { edges: [{ node: { id: serviceId }, because: [{ id: active }] }] },
      agreements: { totalCount: 3 },
    });
    expect(await world.contributed("agreement", "Service", serviceId, `customersAgreed { ${selection} } agreements { totalCount }`)).toEqual({
      customersAgreed: { edges: [{ node: { id: customerId }, because: [{ id: active }] }] },
      agreements: { totalCount: 3 },
    });
  });
});

describe("achievements and underpinning", () => {
  testRules(worldOf, [
    {
      rule: "SERVICE_LEVEL_ACHIEVEMENT_PERIOD_ENDS_AFTER_IT_STARTS",
      type: "ServiceLevelAchievement",
      path: ["periodTo"],
      refused: { input: { periodFrom: "2026-05-02", periodTo: "2026-05-01" } },
      accepted: { input: { periodFrom: "2026-05-01", periodTo: "2026-05-01" } },
    },
    {
      rule: "UNDERPINNING_JOINS_TWO_AGREEMENTS",
      type: "Underpinning",
      path: ["lowerId"],
      refused: { input: async (w) => ({ upperId: await w.the("Agreement"), lowerId: await w.the("Agreement") }) },
      accepted: { input: async (w) => ({ upperId: await w.the("Agreement"), lowerId: await w.new("Agreement") }) },
    },
    {
      rule: "UNDERPINNING_TARGET_IS_OF_UPPER",
      type: "Underpinning",
      path: ["targetId"],
      refused: { input: async (w) => ({ upperId: await w.the("Agreement"), targetId: await withTarget(w, await w.new("Agreement")) }) },
      accepted: { input: async (w) => ({ upperId: await w.the("Agreement"), targetId: await w.the("ServiceLevelTarget") }) },
    },
  ]);

  const gapOf = async (upper: Values, lower: Values, needed: Values | null = null, promised: readonly Values[] = []) => {
    const [upperId, lowerId] = [await world.new("Agreement", upper), await world.new("Agreement", lower)];
    for (const target of promised) await world.new("ServiceLevelTarget", { agreementId: lowerId, ...target });
    const targetId = needed && (await world.new("ServiceLevelTarget", { agreementId: upperId, ...needed }));
    const { id, endsEarlier, weaker, gap } = await world.create("Underpinning", { upperId, lowerId, targetId });
    expect(await world.pick("Agreement", upperId, "underpinningGaps { id }")).toEqual({ underpinningGaps: gap === null ? [] : [{ id }] });
    return { endsEarlier, weaker, gap };
  };

  test.each([
    [
      "a day earlier",
      { endOn: "2026-12-31" },
      { endOn: "2026-12-30" },
      true,
      "The lower agreement holds until 2026-12-30, the upper one holds until 2026-12-31.",
    ],
    ["the same day", { endOn: "2026-12-31" }, { endOn: "2026-12-31" }, false, null],
    ["never", { endOn: "2026-12-31" }, {}, false, null],
    ["on a day, the upper never", {}, { endOn: "2026-12-31" }, true, "The lower agreement holds until 2026-12-31, the upper one has no end."],
    [
      "by termination",
      { endOn: "2026-12-31" },
      { endOn: "2027-12-31", state: "TERMINATED", terminatedOn: "2026-06-01" },
      true,
      "The lower agreement holds until 2026-06-01, the upper one holds until 2026-12-31.",
    ],
    ["by termination nobody dated", { endOn: "2026-12-31" }, { endOn: "2027-12-31", state: "TERMINATED" }, null, null],
    ["never, but has expired", { endOn: "2026-12-31" }, { state: "EXPIRED" }, null, null],
  ])("a lower agreement that ends %s is a gap, not an error", async (_, upper, lower, endsEarlier, gap) => {
    expect(await gapOf(upper, lower)).toEqual({ endsEarlier, weaker: null, gap });
  });

  const availability = (value: string, more: Values = {}) => ({ metric: "AVAILABILITY", comparator: "AT_LEAST", value, unit: "percent", ...more });
  const resolution = (value: string) => ({ metric: "RESOLUTION", comparator: "AT_MOST", value, unit: "hours" });
  test.each([
    [
      "less availability",
      availability("99.5"),
      [availability("99.499999")],
      true,
      "The lower agreement promises at least 99.499999 percent; the target needs at least 99.5 percent.",
    ],
    ["as much availability", availability("99.5"), [availability("99.50")], false, null],
    ["slower resolution", resolution("4"), [resolution("8")], true, "The lower agreement promises at most 8 hours; the target needs at most 4 hours."],
    ["faster resolution", resolution("4"), [resolution("2")], false, null],
    [
      "another figure where it must be equal",
      availability("5", { comparator: "EQUAL" }),
      [availability("6", { comparator: "EQUAL" })],
      true,
      "The lower agreement promises exactly 6 percent; the target needs exactly 5 percent.",
    ],
    ["nothing that can be compared: another unit", availability("99.5"), [availability("99", { unit: "hours" })], null, null],
    ["nothing that can be compared: another window", availability("99.5", { window: "month" }), [availability("99", { window: "year" })], null, null],
    ["nothing at all", availability("99.5"), [], null, null],
    ["twice, and not the same", availability("99.5"), [availability("99"), availability("99.9")], null, null],
  ])("of %s that is promised below, weaker and gap tell", async (_, needed, promised, weaker, gap) => {
    expect(await gapOf({ endOn: "2026-12-31" }, { endOn: "2026-12-31" }, needed, promised)).toEqual({ endsEarlier: false, weaker, gap });
  });

  test("both gaps are told in one sentence each", async () => {
    const { gap } = await gapOf({ endOn: "2026-12-31" }, { endOn: "2026-06-30" }, availability("99.5"), [availability("98")]);
    expect(gap).toBe(
      "The lower agreement holds until 2026-06-30, the upper one holds until 2026-12-31. The lower agreement promises at least 98 percent; the target needs at least 99.5 percent.",
    );
  });
});

describe("obligations", () => {
  testTransitions(worldOf, {
    type: "Obligation",
    column: "state",
    rule: "OBLIGATION_STATE",
    states: { PENDING: {}, BREACHED: {}, MET: { metOn: "2026-06-01" }, WAIVED: { waivedReason: "No longer of use" } },
    verbs: {
      meetObligation: { leads: { PENDING: "MET", BREACHED: "MET" }, then: () => ({ metOn: TODAY, overdue: false }) },
      waiveObligation: {
        input: { reason: "The office has closed" },
        leads: { PENDING: "WAIVED", BREACHED: "WAIVED" },
        then: () => ({ waivedReason: "The office has closed", overdue: false }),
      },
    },
  });
  testVerbs(worldOf, [
    {
      verb: "meetObligation",
      type: "Obligation",
      of: "on a day",
      on: { dueOn: "2026-06-10" },
      input: { metOn: "2026-06-14" },
      then: { state: "MET", metOn: "2026-06-14", overdue: false },
    },
    {
      verb: "breachObligation",
      type: "Obligation",
      of: "which records the breach",
      on: { dueOn: "2026-06-10" },
      then: { state: "BREACHED", overdue: false },
      entries: 2,
    },
  ]);
  testRules(worldOf, [
    {
      rule: "OBLIGATION_STATE",
      type: "Obligation",
      act: "breachObligation",
      path: ["id"],
      of: "broken already",
      refused: { on: { state: "BREACHED" } },
      accepted: { on: {}, then: { state: "BREACHED", overdue: false }, entries: 2 },
    },
    {
      rule: "OBLIGATION_STATE",
      type: "Obligation",
      act: "breachObligation",
      path: ["id"],
      of: "done already",
      refused: { on: { state: "MET" } },
      accepted: { on: {}, then: { state: "BREACHED", overdue: false }, entries: 2 },
    },
    {
      rule: "OBLIGATION_STATE",
      type: "Obligation",
      act: "breachObligation",
      path: ["id"],
      of: "waived",
      refused: { on: { state: "WAIVED" } },
      accepted: { on: {}, then: { state: "BREACHED", overdue: false }, entries: 2 },
    },
    {
      rule: "OBLIGATION_BREACH_DISCLOSED_AFTER_DETECTED",
      type: "ObligationBreach",
      path: ["disclosedToCustomerOn"],
      refused: { input: { detectedOn: "2026-06-02", disclosedToCustomerOn: "2026-06-01" } },
      accepted: { input: { detectedOn: "2026-06-02", disclosedToCustomerOn: "2026-06-02" } },
    },
    {
      rule: "OBLIGATION_BREACH_DISCLOSED_ONCE",
      type: "ObligationBreach",
      act: "discloseObligationBreach",
      path: ["id"],
      refused: { on: { disclosedToCustomerOn: "2026-06-05" } },
      accepted: { on: {}, then: { disclosedToCustomerOn: TODAY } },
    },
  ]);
  testVerbs(worldOf, [
    {
      verb: "discloseObligationBreach",
      type: "ObligationBreach",
      of: "on a day",
      on: { detectedOn: "2026-06-01" },
      input: { disclosedOn: "2026-06-01" },
      then: { disclosedToCustomerOn: "2026-06-01" },
    },
  ]);

  test("breaking an obligation records what is known of the breach, under the verb's name", async () => {
    const [id, target] = [await world.new("Obligation"), await world.the("ServiceLevelTarget")];
    const { problems } = await world.change("breachObligation", "Obligation", id, {
      detectedOn: "2026-06-12",
      effect: "No test data",
      remedy: "Data by Friday",
      affectedTargetIds: [target],
    });
    expect(problems).toEqual([]);
    const { breaches } = await world.pick(
      "Obligation",
      id,
      "breaches { nodes { id detectedOn effect remedy disclosedToCustomerOn affectedTargets { id } version history { nodes { operation } } } }",
    );
    expect(breaches.nodes).toEqual([
      {
        id: expect.stringMatching(/^obr_/),
        detectedOn: "2026-06-12",
        effect: "No test data",
        remedy: "Data by Friday",
        disclosedToCustomerOn: null,
        affectedTargets: [{ id: target }],
        version: 1,
        history: { nodes: [{ operation: "breachObligation" }] },
      },
    ]);
    expect(await world.pick("ServiceLevelTarget", target, "affectedBy { nodes { id } }")).toEqual({ affectedBy: { nodes: [{ id: breaches.nodes[0].id }] } });
  });

  test("a breach on no particular day was found out today", async () => {
    const id = await world.new("Obligation");
    await world.change("breachObligation", "Obligation", id);
    expect(await world.pick("Obligation", id, "breaches { nodes { detectedOn effect affectedTargets { id } } }")).toEqual({
      breaches: { nodes: [{ detectedOn: TODAY, effect: null, affectedTargets: [] }] },
    });
  });

  test.each([
    [{ dueOn: "2026-06-14" }, true],
    [{ dueOn: TODAY }, false],
    [{ recurrence: "each quarter" }, null],
    [{ dueOn: "2026-06-14", state: "MET" }, false],
    [{ dueOn: "2026-06-14", state: "BREACHED" }, false],
    [{ state: "WAIVED" }, false],
  ])("an obligation with %p: overdue is %s", async (values, overdue) => {
    expect((await world.create("Obligation", values))["overdue"]).toBe(overdue);
  });

  test("what is overdue follows from the clock", async () => {
    const id = await world.new("Obligation", { dueOn: "2026-06-20" });
    expect((await world.read("Obligation", id))!["overdue"]).toBe(false);
    world.turnTo("2026-06-21");
    expect((await world.read("Obligation", id))!["overdue"]).toBe(true);
    world.turnTo(TODAY);
  });
});
