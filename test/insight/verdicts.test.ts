/** Each kind of verdict with its levels, their boundaries, what makes it unknown, and how verdicts are asked for. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { TODAY, World, day } from "./world.js";
import { fieldsOf, verdictsOf } from "./verdicts.world.js";

type Values = Record<string, any>;
const idr = (amount: number) => ({ amount: String(amount), currency: "IDR" });
const eur = (amount: number) => ({ amount: String(amount), currency: "EUR" });

describe.each(databaseKinds)("verdicts on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  /** The one verdict of a kind on a record; the field of the record must say the same. */
  const FIELDS: Readonly<Record<string, readonly [type: string, selection: string, read: (record: Values) => unknown]>> = {
    RELATIONSHIP_HEALTH: ["Customer", "health VERDICT", ({ health }) => health],
    AGREEMENT_COVERAGE: ["Customer", "agreementCoverage VERDICT", ({ agreementCoverage }) => agreementCoverage],
    PROVIDER_OBLIGATIONS: ["Customer", "obligationBalance { provider VERDICT }", ({ obligationBalance }) => obligationBalance.provider],
    CUSTOMER_OBLIGATIONS: ["Customer", "obligationBalance { customer VERDICT }", ({ obligationBalance }) => obligationBalance.customer],
    NEED_RESPONSIVENESS: ["Customer", "needResponsiveness VERDICT", ({ needResponsiveness }) => needResponsiveness],
    EFFORT: ["Customer", "effort VERDICT", ({ effort }) => effort],
    CUSTOMER_KEY_PERSONS: ["Customer", "keyPersons VERDICT", ({ keyPersons }) => keyPersons],
    SERVICE_KEY_PERSONS: ["Service", "keyPersons VERDICT", ({ keyPersons }) => keyPersons],
    APPLICATION_KEY_PERSONS: ["Application", "keyPersons VERDICT", ({ keyPersons }) => keyPersons],
    SERVICE_SUPPLIERS: ["Service", "supplierConcentration VERDICT", ({ supplierConcentration }) => supplierConcentration],
    SUPPLIER_WEIGHT: ["Supplier", "concentration VERDICT", ({ concentration }) => concentration],
  };
  async function judge(of: string, id: string): Promise<Values> {
    const { nodes } = await verdictsOf(world, of, [id]);
    const [type, selection, read] = FIELDS[of]!;
    const [record] = await fieldsOf(world, type, [id], selection);
    expect(read(record!)).toEqual(nodes[0]);
    return nodes[0] as Values;
  }
  const inputsOf = ({ inputs }: Values, name: string): unknown[] =>
    inputs.filter((input: Values) => input.name === name).map(({ value, record }: Values) => [value, record?.id ?? null]);

  // --- agreement coverage ---

  const use = (customerId: string, serviceId: string, values: Values = {}) =>
    world.make("ServiceUsage", { customerId, serviceId, periodFrom: day(-60), periodTo: day(-30), ...values });
  const depend = (customerId: string, serviceId: string, values: Values = {}) =>
    world.make("ServiceDependency", { customerId, serviceId, businessActivity: "Pay", criticality: "MISSION_CRITICAL", ...values });

  describe("agreement coverage", () => {
    test.each([
      [5, 5, "GOOD", "100"],
      [4, 5, "FAIR", "80"],
      [7, 9, "POOR", "77.777778"],
      [0, 1, "POOR", "0"],
    ])("with %i of %i services covered it is %s", async (covered, all, verdict, value) => {
      const customer = await world.customer();
      const services: string[] = [];
      for (let i = 0; i < all; i++) {
        services.push(await world.service());
        await (i % 2 === 0 ? use : depend)(customer, services[i]!);
      }
      if (covered > 0) await world.agreement([customer], { serviceIds: services.slice(0, covered) });
      const shown = await judge("AGREEMENT_COVERAGE", customer);
      expect(shown).toMatchObject({ verdict, value, missing: [] });
      expect(inputsOf(shown, "service without an agreement")).toHaveLength(all - covered);
      expect(inputsOf(shown, "service with an agreement")).toEqual(expect.arrayContaining(services.slice(0, covered).map((id) => [null, id])));
    });
    test("only agreements in force with that customer cover", async () => {
      const [customer, service] = [await world.customer(), await world.service()];
      await use(customer, service);
      await world.agreement([await world.customer()], { serviceIds: [service] });
      await world.agreement([customer], { serviceIds: [service], endOn: day(-1) });
      await world.agreement([customer], { serviceIds: [service], state: "AGREED" });
      expect(await judge("AGREEMENT_COVERAGE", customer)).toMatchObject({ verdict: "POOR", value: "0" });
      await world.agreement([customer], { serviceIds: [service], endOn: TODAY, state: "UNDER_REVIEW" });
      expect(await judge("AGREEMENT_COVERAGE", customer)).toMatchObject({ verdict: "GOOD", value: "100" });
    });
    test("it is unknown where neither recent usage nor a dependency of today is recorded", async () => {
      const [customer, service] = [await world.customer(), await world.service()];
      await use(customer, service, { periodFrom: day(-400), periodTo: day(-366) });
      await depend(customer, service, { validTo: day(-1) });
      await world.agreement([customer], { serviceIds: [service] });
      const missing = ["Neither usage of a service within the last 365 days nor a dependency on one is recorded."];
      expect(await judge("AGREEMENT_COVERAGE", customer)).toMatchObject({ verdict: "UNKNOWN", value: null, inputs: [], missing });
      await use(customer, service, { periodFrom: day(-400), periodTo: day(-365) });
      expect(await judge("AGREEMENT_COVERAGE", customer)).toMatchObject({ verdict: "GOOD", missing: [] });
    });
  });

  // --- obligations ---

  describe("obligations", () => {
    async function owing(obligor: string, states: readonly Values[], agreement: Values = {}) {
      const customer = await world.customer();
      const agreementId = await world.agreement([customer], agreement);
      const ids: string[] = [];
      for (const values of states) ids.push(await world.make("Obligation", { agreementId, obligor, statement: "Pay.", state: "PENDING", ...values }));
      return { customer, ids };
    }
    const met = { state: "MET", metOn: day(-1), dueOn: day(-9) };
    const broken = { state: "BREACHED" };
    const overdue = { dueOn: day(-1) };
    const [good, bad] = [Array<Values>(9).fill(met), Array<Values>(3).fill(overdue)];
    test.each([
      ["PROVIDER", [...good, broken], "GOOD", "90"],
      ["PROVIDER", [...good.slice(1), broken], "FAIR", "88.888889"],
      ["CUSTOMER", [...good.slice(2), ...bad], "FAIR", "70"],
      ["CUSTOMER", [...good.slice(3), ...bad], "POOR", "66.666667"],
      ["CUSTOMER", [broken], "POOR", "0"],
    ])("of the %s: %j is %s", async (side, states, verdict, value) => {
      const { customer, ids } = await owing(side, states);
      const shown = await judge(`${side}_OBLIGATIONS`, customer);
      expect(shown).toMatchObject({ verdict, value, missing: [] });
      expect(shown["inputs"]).toHaveLength(states.length);
      const last = states.at(-1) === broken ? "broken" : "overdue";
      expect(inputsOf(shown, "obligation")).toEqual(expect.arrayContaining([[last, ids.at(-1)]]));
      const [other, Side] = side === "CUSTOMER" ? ["PROVIDER", "provider"] : ["CUSTOMER", "customer"];
      expect(await judge(`${other}_OBLIGATIONS`, customer)).toMatchObject({
        verdict: "UNKNOWN",
        value: null,
        missing: [`No obligation of the ${Side} under an agreement in force was met, broken or due.`],
      });
    });
    test("what is waived, due today, without a day, or under an agreement that ended says nothing", async () => {
      const { customer } = await owing("CUSTOMER", [{ state: "WAIVED", waivedReason: "x", dueOn: day(-5) }, { dueOn: TODAY }, {}]);
      expect(await judge("CUSTOMER_OBLIGATIONS", customer)).toMatchObject({ verdict: "UNKNOWN", inputs: [] });
      const ended = await owing("CUSTOMER", [broken], { endOn: day(-1) });
      expect(await judge("CUSTOMER_OBLIGATIONS", ended.customer)).toMatchObject({ verdict: "UNKNOWN", inputs: [] });
    });
  });

  // --- needs ---

  describe("need responsiveness", () => {
    const change = { raisedOn: day(-100), acceptedTimeframe: 30 };
    const inTime = { ...change, respondedOn: day(-70), response: "Yes" };
    const late = { ...change, respondedOn: day(-69), response: "Yes" };
    const silent = { raisedOn: day(-31), acceptedTimeframe: 30 };
    const open = { raisedOn: day(-30), acceptedTimeframe: 30 };
    const endless = { ...inTime, acceptedTimeframe: null };
    const times = (number: number, values: Values) => Array<Values>(number).fill(values);
    const [nothing, how] = [
      "No changed need of the last 730 days has been answered or should have been.",
      "How long the customer accepts to wait, of 1 changed need.",
    ];
    test.each([
      [[...times(9, inTime), late, open], "GOOD", "90", []],
      [[...times(8, inTime), silent], "FAIR", "88.888889", []],
      [[...times(7, inTime), ...times(3, late)], "FAIR", "70", []],
      [[...times(2, inTime), silent], "POOR", "66.666667", []],
      [[open], "UNKNOWN", null, [nothing]],
      [[{ ...inTime, raisedOn: day(-731), respondedOn: day(-720) }], "UNKNOWN", null, [nothing]],
      [[{ ...inTime, raisedOn: day(-730), respondedOn: day(-700) }], "GOOD", "100", []],
      [[endless], "UNKNOWN", null, [how]],
      [[inTime, endless], "UNKNOWN", null, [how]],
      [[...times(9, inTime), endless], "GOOD", null, [how]],
      [[...times(3, late), endless], "POOR", null, [how]],
    ])("%j is %s", async (changes, verdict, value, missing) => {
      const customer = await world.customer();
      const needId = await world.make("BusinessNeed", { customerId: customer, statement: "Faster", priority: "HIGH" });
      for (const values of changes) await world.make("NeedChange", { needId, statement: "Sooner", ...values });
      expect(await judge("NEED_RESPONSIVENESS", customer)).toMatchObject({ verdict, value, missing });
    });
  });

  // --- effort ---

  describe("effort", () => {
    const YEAR = Number(TODAY.slice(0, 4));
    const brought = (past: Values | null, predicted: Values | null) => [
      ...(past
        ? [
            { year: YEAR - 2, kind: "PAST", amount: idr(1) },
            { year: YEAR - 1, kind: "PAST", amount: past },
          ]
        : []),
      ...(predicted
        ? [
            { year: YEAR + 1, kind: "PREDICTED", amount: idr(1) },
            { year: YEAR, kind: "PREDICTED", amount: predicted },
          ]
        : []),
    ];
    async function costing(effortCost: Values | null, revenue: readonly Values[], values: Values = {}) {
      const customerId = await world.customer({ revenue });
      if (effortCost) await world.make("EngagementAssessment", { customerId, side: "PROVIDER", assessedOn: day(-30), effortCost, ...values });
      return customerId;
    }
    test.each([
      [idr(100), brought(idr(100), idr(200)), "GOOD", "50"],
      [idr(101), brought(idr(100), idr(200)), "FAIR", "50.5"],
      [idr(200), brought(idr(100), idr(200)), "FAIR", "100"],
      [idr(201), brought(idr(200), idr(100)), "POOR", "100.5"],
      [idr(1), brought(idr(0), idr(0)), "POOR", null],
    ])("of %j against %j is %s", async (cost, revenue, verdict, value) => {
      const shown = await judge("EFFORT", await costing(cost, revenue));
      expect(shown).toMatchObject({ verdict, value, missing: [] });
      expect(shown["inputs"].map(({ name }: Values) => name)).toEqual([
        "effort",
        `revenue for ${YEAR - 1}`,
        `revenue predicted for ${YEAR}`,
        "interactions within 365 days",
      ]);
    });
    test.each([
      ["nobody has said what it costs", null, brought(idr(1), idr(1)), {}, ["What the provider's effort costs."]],
      ["only the customer has", idr(1), brought(idr(1), idr(1)), { side: "CUSTOMER" }, ["What the provider's effort costs."]],
      ["no past revenue is recorded", idr(1), brought(null, idr(9)), {}, ["Revenue of a past year in IDR."]],
      ["none is predicted", idr(1), brought(idr(9), null), {}, [`Revenue predicted for ${YEAR} or later in IDR.`]],
      [
        "what was predicted is over",
        idr(1),
        [...brought(idr(9), null), { year: YEAR - 1, kind: "PREDICTED", amount: idr(9) }],
        {},
        [`Revenue predicted for ${YEAR} or later in IDR.`],
      ],
      ["it is in another currency", eur(1), brought(idr(9), idr(9)), {}, ["Revenue of a past year in EUR.", `Revenue predicted for ${YEAR} or later in EUR.`]],
    ])("is unknown where %s", async (_, cost, revenue, values, missing) => {
      expect(await judge("EFFORT", await costing(cost, revenue, values))).toMatchObject({ verdict: "UNKNOWN", value: null, missing });
    });
    test("the provider's newest counts, and interactions are shown", async () => {
      const customer = await costing(idr(900), brought(idr(100), idr(100)), { assessedOn: day(-400) });
      const newest = await world.make("EngagementAssessment", { customerId: customer, side: "PROVIDER", assessedOn: day(-2), effortCost: idr(50) });
      for (const heldAt of [day(0), day(-365), day(-366)])
        await world.make("Interaction", { level: "TACTICAL", kind: "CALL", heldAt: `${heldAt}T00:00:00.000Z`, aboutIds: [customer], participantIds: [] });
      const shown = await judge("EFFORT", customer);
      expect(shown).toMatchObject({ verdict: "GOOD", value: "50" });
      expect(inputsOf(shown, "effort")).toEqual([["IDR 50.00", newest]]);
      expect(inputsOf(shown, "interactions within 365 days")).toEqual([["2", null]]);
    });
  });

  // --- health ---

  describe("relationship health", () => {
    interface Told {
      readonly maturity?: readonly (string | null)[];
      readonly commitment?: readonly (string | null)[];
      readonly seen?: readonly number[];
      readonly complaints?: number | null;
      readonly review?: string | null;
    }
    async function relationship({ maturity = [], commitment = [], seen = [], complaints = null, review = null }: Told) {
      const customerId = await world.customer();
      const [providerCommitment, customerCommitment] = commitment;
      const relationshipId = await world.make("Relationship", { customerId, providerCommitment, customerCommitment, nextReviewDue: review });
      for (const [i, level] of maturity.entries())
        if (level) await world.make("MaturityAssessment", { relationshipId, side: ["PROVIDER", "CUSTOMER"][i], level, assessedOn: day(-40) });
      for (const perceivedValue of seen) {
        const serviceId = await world.service();
        const assessment = { customerId, serviceId, basis: "SURVEY" };
        await world.make("ValueAssessment", { ...assessment, perceivedValue, periodFrom: day(-60), periodTo: day(-30) });
        await world.make("ValueAssessment", { ...assessment, perceivedValue: 1, periodFrom: day(-160), periodTo: day(-130) });
      }
      if (complaints !== null) await world.make("Feedback", { customerId, kind: "COMPLIMENT", statement: "Good", receivedOn: day(-9) });
      for (let i = 0; i < (complaints ?? 0); i++) await world.make("Feedback", { customerId, kind: "COMPLAINT", statement: "Slow", receivedOn: day(-9) });
      return customerId;
    }
    const best: Told = {
      maturity: ["STRATEGIC_PARTNER", "STRATEGIC_PARTNER"],
      commitment: ["CHAMPION", "CHAMPION"],
      seen: [100],
      complaints: 0,
      review: TODAY,
    };
    test.each<[Told, string, string | null, string[]]>([
      [best, "GOOD", "100", []],
      // 15 + 15 + 10 + 10 + 0 + 10 + 10
      [{ ...best, seen: [0] }, "GOOD", "70", []],
      // 15 + 11.25 + 10 + 10 + 0 + 10 + 10
      [{ ...best, seen: [0], maturity: ["STRATEGIC_PARTNER", "TRUSTED_ADVISOR"] }, "FAIR", "66.25", []],
      // 7.5 + 7.5 + 7 + 7 + 15 (of 40 and 60) + 5 (two complaints) + 0 (overdue)
      [
        { maturity: ["SERVICE_PROVIDER", "SERVICE_PROVIDER"], commitment: ["ACTIVE", "ACTIVE"], seen: [40, 60], complaints: 2, review: day(-1) },
        "POOR",
        "49",
        [],
      ],
      // The same, and a point for five percent more of value each.
      [
        { maturity: ["SERVICE_PROVIDER", "SERVICE_PROVIDER"], commitment: ["ACTIVE", "ACTIVE"], seen: [43, 63], complaints: 2, review: day(-1) },
        "POOR",
        "49.9",
        [],
      ],
      [
        { maturity: ["SERVICE_PROVIDER", "SERVICE_PROVIDER"], commitment: ["ACTIVE", "ACTIVE"], seen: [44, 63], complaints: 2, review: day(-1) },
        "FAIR",
        "50.05",
        [],
      ],
      // 0 + 0 + 3 + 3 + 30 + 0 (five complaints) + 10
      [{ maturity: ["AD_HOC", "AD_HOC"], commitment: ["PASSIVE", "PASSIVE"], seen: [100], complaints: 5, review: TODAY }, "POOR", "46", []],
      // Without perceived value: from 70 to 100, good whatever it is.
      [{ ...best, seen: [] }, "GOOD", null, ["Perceived value."]],
      // Without it and an overdue review: from 60 to 90.
      [{ ...best, seen: [], review: day(-1) }, "UNKNOWN", null, ["Perceived value."]],
      [{ ...best, complaints: null, review: null }, "GOOD", null, ["Open complaints: no feedback was ever recorded.", "Next review."]],
      [
        { maturity: ["AD_HOC", null], commitment: ["NONE", "NONE"], seen: [10], complaints: 4, review: day(-1) },
        "POOR",
        null,
        ["Maturity, as the customer finds it."],
      ],
      [
        {},
        "UNKNOWN",
        null,
        [
          "Maturity, as the provider finds it.",
          "Maturity, as the customer finds it.",
          "Commitment of the provider.",
          "Commitment of the customer.",
          "Perceived value.",
          "Open complaints: no feedback was ever recorded.",
          "Next review.",
        ],
      ],
    ])("%j is %s", async (told, verdict, value, missing) => {
      expect(await judge("RELATIONSHIP_HEALTH", await relationship(told))).toMatchObject({ verdict, value, missing });
    });
    test("without a relationship it is unknown; the newest judgement of each side counts", async () => {
      expect((await judge("RELATIONSHIP_HEALTH", await world.customer()))["missing"]).toHaveLength(7);
      const customerId = await relationship({ ...best, maturity: [] });
      const relationshipId = (await fieldsOf(world, "Customer", [customerId], "health VERDICT"))[0]!["health"].inputs.find(
        ({ name }: Values) => name === "next review",
      ).record.id;
      const newest: string[] = [];
      for (const side of ["PROVIDER", "CUSTOMER"]) {
        newest.push(await world.make("MaturityAssessment", { relationshipId, side, level: "STRATEGIC_PARTNER", assessedOn: day(-1) }));
        await world.make("MaturityAssessment", { relationshipId, side, level: "AD_HOC", assessedOn: day(-2) });
      }
      const shown = await judge("RELATIONSHIP_HEALTH", customerId);
      expect(shown).toMatchObject({ verdict: "GOOD", value: "100" });
      expect(shown["inputs"].slice(0, 2)).toEqual([
        { name: "maturity, as the provider finds it", value: "STRATEGIC_PARTNER", record: { id: newest[0] } },
        { name: "maturity, as the customer finds it", value: "STRATEGIC_PARTNER", record: { id: newest[1] } },
      ]);
    });
  });

  // --- key persons ---

  const application = (values: Values = {}) => world.make("Application", { name: "Lama", kind: "COTS", ...values });
  const hold = (applicationId: string, holderId: string, values: Values = {}) =>
    world.make("ApplicationRole", { applicationId, holderId, role: "DEVELOPER", ...values });
  const support = (serviceId: string, applicationId: string) => world.make("ApplicationFunction", { applicationId, name: "Book", supportIds: [serviceId] });
  /** An application that so many people know. */
  async function knownBy(people: number, values: Values = {}) {
    const id = await application(values);
    for (let i = 0; i < people; i++) await hold(id, await world.person(), { role: i % 2 === 0 ? "DEVELOPER" : "SUPPORTER" });
    if (people === 0) await hold(id, await world.person(), { validTo: day(-1) });
    return id;
  }

  describe("key persons", () => {
    test.each([
      [3, "GOOD"],
      [2, "FAIR"],
      [1, "POOR"],
      [0, "POOR"],
    ])("an application that %i people know is %s", async (people, verdict) => {
      const id = await knownBy(people);
      const shown = await judge("APPLICATION_KEY_PERSONS", id);
      expect(shown).toMatchObject({ verdict, value: String(people), missing: [] });
      expect(inputsOf(shown, "people who know the application")).toEqual([[String(people), id]]);
    });
    test("those who have left, other roles, and roles that ended or have not begun do not count; the same person once", async () => {
      const id = await application();
      const person = await world.person();
      await hold(id, person, { validTo: TODAY });
      await hold(id, person, { role: "SUPPORTER" });
      await hold(id, await world.leaver(day(-3)));
      await hold(id, await world.person(), { role: "MANAGER" });
      await hold(id, await world.person(), { validTo: day(-1) });
      await hold(id, await world.person(), { validFrom: day(1) });
      expect(await judge("APPLICATION_KEY_PERSONS", id)).toMatchObject({ verdict: "POOR", value: "1" });
    });
    test("people of a team count; a team of nobody knows may be of any number", async () => {
      const [id, team] = [await application(), await world.make("Team", { name: "Payments" })];
      await hold(id, team, { role: "SUPPORTER" });
      const unknown = { verdict: "UNKNOWN", value: null, missing: ["Of an application, who is in a team that develops or supports it."] };
      expect(await judge("APPLICATION_KEY_PERSONS", id)).toMatchObject(unknown);
      for (let i = 0; i < 3; i++) await hold(id, await world.person());
      expect(await judge("APPLICATION_KEY_PERSONS", id)).toMatchObject({ ...unknown, verdict: "GOOD" });
      const other = await application();
      await hold(other, team);
      for (let i = 0; i < 2; i++) await world.person({ teamIds: [team] });
      expect(await judge("APPLICATION_KEY_PERSONS", other)).toMatchObject({ verdict: "FAIR", value: "2", missing: [] });
    });
    test("it is unknown where nobody was ever recorded", async () => {
      const id = await application();
      await hold(id, await world.person(), { role: "IT_OWNER" });
      const missing = ["Of an application, who develops and supports it."];
      expect(await judge("APPLICATION_KEY_PERSONS", id)).toMatchObject({ verdict: "UNKNOWN", value: null, missing });
    });

    test("a service is as its worst application, a customer as the worst of what it depends on", async () => {
      const [customer, service, other] = [await world.customer(), await world.service(), await world.service()];
      const delivers = "Of a service, the applications that deliver it.";
      expect(await judge("SERVICE_KEY_PERSONS", service)).toMatchObject({ verdict: "UNKNOWN", value: null, missing: [delivers] });
      expect(await judge("CUSTOMER_KEY_PERSONS", customer)).toMatchObject({ verdict: "UNKNOWN", missing: ["The services its business stands on."] });
      await depend(customer, service);
      await depend(customer, other, { validTo: day(-1) });
      expect(await judge("CUSTOMER_KEY_PERSONS", customer)).toMatchObject({ verdict: "UNKNOWN", missing: [delivers] });
      await support(service, await knownBy(3));
      for (const [of, id] of [
        ["SERVICE_KEY_PERSONS", service],
        ["CUSTOMER_KEY_PERSONS", customer],
      ] as const)
        expect(await judge(of, id)).toMatchObject({ verdict: "GOOD", value: "3", missing: [] });
      await support(service, await knownBy(2));
      for (const [of, id] of [
        ["SERVICE_KEY_PERSONS", service],
        ["CUSTOMER_KEY_PERSONS", customer],
      ] as const)
        expect(await judge(of, id)).toMatchObject({ verdict: "FAIR", value: "2", missing: [] });
      await support(service, await application());
      const who = "Of an application, who develops and supports it.";
      expect(await judge("SERVICE_KEY_PERSONS", service)).toMatchObject({ verdict: "UNKNOWN", value: null, missing: [who] });
      await depend(customer, await world.service());
      expect(await judge("CUSTOMER_KEY_PERSONS", customer)).toMatchObject({ verdict: "UNKNOWN", missing: [who, delivers] });
      await support(service, await knownBy(1));
      expect(await judge("SERVICE_KEY_PERSONS", service)).toMatchObject({ verdict: "POOR", value: null, missing: [who] });
      expect(await judge("CUSTOMER_KEY_PERSONS", customer)).toMatchObject({ verdict: "POOR", value: null, missing: [who, delivers] });
    });
  });

  // --- suppliers ---

  describe("suppliers", () => {
    async function contract(supplier: string, values: Values = {}) {
      const team = await world.make("Team", { name: "Operations" });
      const parties = [
        { partyId: team, side: "CUSTOMER", signatoryId: null },
        { partyId: supplier, side: "SUPPLIER", signatoryId: null },
      ];
      return world.agreement([], { kind: "UNDERPINNING_CONTRACT", parties, ...values });
    }
    const supplierOf = () => world.make("Supplier", { name: "Langit" });
    test("a service stands on the supplier that runs most of its applications", async () => {
      const [service, supplier, second] = [await world.service(), await supplierOf(), await supplierOf()];
      expect(await judge("SERVICE_SUPPLIERS", service)).toMatchObject({
        verdict: "UNKNOWN",
        value: null,
        missing: ["Of a service, the applications that deliver it."],
      });
      const contractId = await contract(supplier);
      await support(service, await application({ contractId }));
      const shown = await judge("SERVICE_SUPPLIERS", service);
      expect(shown).toMatchObject({ verdict: "POOR", value: "100", missing: [] });
      expect(inputsOf(shown, "applications of the supplier")).toEqual([["1 of 1", supplier]]);
      await support(service, await application({ contractId: await contract(second) }));
      expect(await judge("SERVICE_SUPPLIERS", service)).toMatchObject({ verdict: "FAIR", value: "50", missing: [] });
      await support(service, await application({ hosting: "ON_PREMISES" }));
      expect(await judge("SERVICE_SUPPLIERS", service)).toMatchObject({ verdict: "GOOD", value: "33.333333", missing: [] });
      await support(service, await application({ hosting: "PUBLIC_CLOUD" }));
      const missing = ["Of an application in a public cloud, the contract it runs under."];
      expect(await judge("SERVICE_SUPPLIERS", service)).toMatchObject({ verdict: "UNKNOWN", value: null, missing });
      await support(service, await application());
      expect(await judge("SERVICE_SUPPLIERS", service)).toMatchObject({ verdict: "GOOD", value: null, missing });
    });
    test("a contract that has ended carries nothing", async () => {
      const [service, supplier] = [await world.service(), await supplierOf()];
      await support(service, await application({ contractId: await contract(supplier, { endOn: day(-1) }) }));
      expect(await judge("SERVICE_SUPPLIERS", service)).toMatchObject({ verdict: "GOOD", value: "0", missing: [] });
    });
  });

  // --- how they are asked for ---

  test("they are selected by record, segment and level, counted, and read page by page", async () => {
    const [key, standard] = [await world.customer({ segment: "KEY", segmentReason: "Large" }), await world.customer()];
    const services = [await world.service(), await world.service()];
    for (const [i, customer] of [key, standard].entries()) {
      await use(customer, services[i]!);
      if (i === 0) await world.agreement([customer], { serviceIds: [services[0]] });
    }
    const of = [key, standard, await world.customer()];
    const counts = (...some: number[]) => ["POOR", "FAIR", "GOOD", "UNKNOWN"].map((verdict, i) => ({ verdict, count: some[i] }));
    const shown = ({ nodes }: Values) => nodes.map(({ record, verdict }: Values) => [record.id, verdict]);
    const all = await verdictsOf(world, "AGREEMENT_COVERAGE", of);
    expect(shown(all)).toEqual([
      [standard, "POOR"],
      [key, "GOOD"],
      [of[2], "UNKNOWN"],
    ]);
    expect(all).toMatchObject({ totalCount: 3, counts: counts(1, 0, 1, 1) });
    expect(await verdictsOf(world, "AGREEMENT_COVERAGE", of, { levels: ["POOR"] })).toMatchObject({ totalCount: 1, counts: counts(1, 0, 1, 1) });
    expect(await verdictsOf(world, "AGREEMENT_COVERAGE", of, { segments: ["KEY"] })).toMatchObject({ totalCount: 1, counts: counts(0, 0, 1, 0) });
    const first = await verdictsOf(world, "AGREEMENT_COVERAGE", of, { first: 2 });
    expect(first["pageInfo"].hasNextPage).toBe(true);
    const second = await verdictsOf(world, "AGREEMENT_COVERAGE", of, { first: 2, after: first["pageInfo"].endCursor });
    expect([...shown(first), ...shown(second)]).toEqual(shown(all));
  });

  test.each([
    [
      "{ verdicts(kind: SERVICE_SUPPLIERS, segments: [KEY]) { totalCount } }",
      "segments goes with verdicts on customers; SERVICE_SUPPLIERS is about a Service.",
    ],
    ['{ verdicts(kind: EFFORT, of: ["svc_1"]) { totalCount } }', 'of holds "svc_1", which is no id of a Customer.'],
    [
      '{ recordQuality(types: ["Deliverable"]) { totalCount } }',
      'types holds "Deliverable"; name some of Customer, Agreement, Service, Opportunity, Project, Application, Person, Team, Supplier.',
    ],
  ])("%s is refused", async (query, message) => {
    const { data, errors } = await world.ask(query);
    expect(Object.values(data)).toEqual([null]);
    expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
  });

  // --- how many statements ---

  test("each kind takes as many statements for many records as for one", async () => {
    const statements = (ask: () => Promise<unknown>) => countStatements(world.insight.store.database, ask);
    const some: Record<string, string[]> = { Customer: [], Service: [], Application: [], Supplier: [] };
    const fill = async () => {
      const [customer, service, made] = [await world.customer(), await world.service(), await knownBy(2)];
      await depend(customer, service);
      await support(service, made);
      const supplier = await world.make("Supplier", { name: "Langit" });
      for (const [type, id] of Object.entries({ Customer: customer, Service: service, Application: made, Supplier: supplier })) some[type]!.push(id);
    };
    const measure = async () => {
      const counted: number[] = [];
      for (const [name, [type, selection]] of Object.entries(FIELDS)) {
        counted.push(await statements(() => verdictsOf(world, name, some[type]!)));
        counted.push(await statements(() => fieldsOf(world, type, some[type]!, selection)));
      }
      return counted;
    };
    await fill();
    await verdictsOf(world, "EFFORT", []);
    const few = await measure();
    for (let i = 0; i < 6; i++) await fill();
    await verdictsOf(world, "EFFORT", []);
    expect(await measure()).toEqual(few);
    expect(Math.max(...few)).toBeLessThan(20);
  });
});
