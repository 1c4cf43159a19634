/** Value as a verdict: each of them with its boundaries, what makes it unknown, and how it is asked for. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { World, day } from "./world.js";

type Values = Record<string, any>;
const VERDICT = `{
  customer { id } service { id } verdict value cost { amount currency } per market { amount currency } aboveMarket missing rule rulesVersion
  inputs { name value record { id } }
}`;
const idr = (minor: number) => ({ amount: (minor / 100).toFixed(2), currency: "IDR" });
const PERIOD = { from: day(-120), to: day(-30) };

describe.each(databaseKinds)("value on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  const valueOf = async (customer: string, service: string, period: unknown = null): Promise<Values> => {
    const query = `query ($of: [_Any!]!, $service: ID!, $period: PeriodInput) { _entities(representations: $of) { ... on Customer { value(service: $service, period: $period) ${VERDICT} } } }`;
    const { data, errors } = await world.ask(query, { of: [{ __typename: "Customer", id: customer }], service, period });
    expect(errors).toBeUndefined();
    return data._entities[0].value as Values;
  };
  const valuesOf = async (customers: readonly string[], variables: Values = {}): Promise<Values[][]> => {
    const query = `query ($of: [_Any!]!, $verdicts: [ValueVerdictKind!], $period: PeriodInput) { _entities(representations: $of) { ... on Customer { values(verdicts: $verdicts, period: $period) ${VERDICT} } } }`;
    const { data, errors } = await world.ask(query, { of: customers.map((id) => ({ __typename: "Customer", id })), ...variables });
    expect(errors).toBeUndefined();
    return data._entities.map(({ values }: { values: Values[] }) => values);
  };
  const list = async (variables: Values): Promise<Values> => {
    const query = `query ($customers: [ID!], $segments: [CustomerSegment!], $services: [ID!], $verdicts: [ValueVerdictKind!], $aboveMarket: Boolean, $period: PeriodInput, $first: Int, $after: String) {
      page: valueVerdicts(aboveMarket: $aboveMarket, customers: $customers, segments: $segments, services: $services, verdicts: $verdicts, period: $period, first: $first, after: $after) {
        totalCount counts { verdict count } bySegment { segment counts { verdict count } } nodes ${VERDICT} pageInfo { hasNextPage endCursor }
      }
    }`;
    const { data, errors } = await world.ask(query, { first: 1000, ...variables });
    expect(errors).toBeUndefined();
    return data.page as Values;
  };

  const assess = (customerId: string, serviceId: string, perceivedValue: number | null, values: Values = {}) =>
    world.make("ValueAssessment", {
      customerId,
      serviceId,
      perceivedValue,
      realisedValue: perceivedValue === null ? idr(5) : null,
      basis: "SURVEY",
      periodFrom: day(-90),
      periodTo: day(-30),
      ...values,
    });
  const offer = (serviceId: string, minor: number | null, values: Values = {}) =>
    world.make("ServiceOffering", { serviceId, package: "Gold", per: "USER_MONTH", price: minor === null ? null : idr(minor), ...values });
  const observe = (serviceId: string, minor: number, values: Values = {}) =>
    world.make("CompetitorBenchmark", {
      ...{ serviceId, competitor: "Rival", unitPrice: idr(minor), per: "USER_MONTH", observedOn: day(-60), ...values },
    });
  /** A customer that sees so much in a service, pays so much, and could pay so much elsewhere. */
  async function pair(seen: readonly number[], cost: number | null, market: readonly number[]) {
    const [customer, service] = [await world.customer(), await world.service()];
    for (const each of seen) await assess(customer, service, each);
    if (cost !== null) await offer(service, cost);
    for (const each of market) await observe(service, each);
    return { customer, service };
  }

  test.each([
    ["VALUE_AND_PRICE_GOOD", [60], 100_00, [100_00]],
    ["VALUE_AND_PRICE_GOOD", [59, 61], 100_00, [90_00, 100_00, 300_00]],
    ["VALUE_GOOD_PRICE_HIGH", [60], 100_01, [100_00]],
    ["VALUE_GOOD_PRICE_HIGH", [100], 185_01, [170_00, 200_00]],
    ["VALUE_AND_PRICE_GOOD", [100], 185_00, [170_00, 200_00]],
    ["CHEAP_BUT_LOW_VALUE", [59], 100_00, [100_00]],
    ["CHEAP_BUT_LOW_VALUE", [59, 60], 100_00, [100_00]],
    ["POOR", [59], 100_01, [100_00]],
    ["POOR", [0], 1, [0]],
  ])("%s: seen %j, pays %i, the market %j", async (verdict, seen, cost, market) => {
    const { customer, service } = await pair(seen, cost, market);
    expect(await valueOf(customer, service)).toMatchObject({ verdict, missing: [] });
    expect(await valueOf(customer, service, PERIOD)).toMatchObject({ verdict, missing: [] });
  });

  test("it shows the figures, the records behind them and the rule", async () => {
    const { customer, service } = await pair([], 100_00, []);
    const [a, b, c] = [await assess(customer, service, 70), await assess(customer, service, 71), await assess(customer, service, 71)];
    const [low, high] = [await observe(service, 99_99, { observedOn: day(-61) }), await observe(service, 100_02)];
    const shown = await valueOf(customer, service, PERIOD);
    expect(shown).toMatchObject({
      ...{ customer: { id: customer }, service: { id: service }, verdict: "VALUE_AND_PRICE_GOOD", value: "70.666667", per: "USER_MONTH" },
      ...{ cost: { amount: "100.00", currency: "IDR" }, market: { amount: "100.005", currency: "IDR" }, aboveMarket: false, missing: [] },
      rule: expect.stringContaining("Value is good from 60 on"),
      rulesVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(shown["inputs"]).toHaveLength(6);
    expect(shown["inputs"]).toEqual(
      expect.arrayContaining([
        ...[a, c].map((id, i) => ({ name: "perceived value", value: ["70", "71"][i], record: { id } })),
        { name: "perceived value", value: "71", record: { id: b } },
        { name: "price", value: "IDR 100.00 per USER_MONTH", record: { id: expect.stringMatching(/^off_/) } },
        { name: "competitor's price", value: "IDR 99.99 per USER_MONTH", record: { id: low } },
        { name: "competitor's price", value: "IDR 100.02 per USER_MONTH", record: { id: high } },
      ]),
    );
  });

  describe("is unknown, and says what is missing, when", () => {
    const nobody = `Perceived value: nobody was asked from ${PERIOD.from} to ${PERIOD.to}.`;
    test("nobody was asked, or nobody said", async () => {
      const { customer, service } = await pair([], 1_00, [1_00]);
      await assess(customer, service, null);
      expect(await valueOf(customer, service, PERIOD)).toMatchObject({ verdict: "UNKNOWN", value: null, missing: [nobody], aboveMarket: false });
      expect((await valueOf(customer, service))["missing"]).toEqual(["Perceived value: nobody was asked within the last 365 days."]);
    });
    test("what was said is of another period: it counts where its last day lies", async () => {
      const { customer, service } = await pair([], 1_00, [1_00]);
      await assess(customer, service, 90, { periodTo: day(-29) });
      await assess(customer, service, 90, { periodFrom: day(-200), periodTo: day(-121) });
      expect((await valueOf(customer, service, PERIOD))["missing"]).toEqual([nobody]);
      await assess(customer, service, 64, { periodFrom: day(-200), periodTo: day(-120) });
      await assess(customer, service, 60, { periodTo: day(-30) });
      expect(await valueOf(customer, service, PERIOD)).toMatchObject({ value: "62", missing: [] });
    });
    test("there is no offering, none has a price, or several have different ones", async () => {
      const { customer, service } = await pair([80], null, [1_00]);
      const unknown = { verdict: "UNKNOWN", cost: null, market: null, aboveMarket: null };
      expect(await valueOf(customer, service)).toMatchObject({ ...unknown, missing: ["Cost: the service has no offering."] });
      await offer(service, null);
      expect(await valueOf(customer, service)).toMatchObject({ ...unknown, missing: ["Cost: the offering Gold has no price."] });
      await offer(service, 1_00, { package: "Silver" });
      const which = "Cost: which of its 2 standard offerings the customer takes is not recorded.";
      expect(await valueOf(customer, service)).toMatchObject({ ...unknown, missing: [which] });
      await offer(service, 1_00, { tailoredForId: customer });
      expect(await valueOf(customer, service)).toMatchObject({ verdict: "VALUE_AND_PRICE_GOOD", missing: [] });
      await offer(service, 1_00, { tailoredForId: customer, package: "Also" });
      expect(await valueOf(customer, service)).toMatchObject({ verdict: "VALUE_AND_PRICE_GOOD", missing: [] });
      await offer(service, 1_00, { tailoredForId: customer, per: "MONTH" });
      expect((await valueOf(customer, service))["missing"]).toEqual(["Cost: which of its 3 tailored offerings the customer takes is not recorded."]);
    });
    test("the price of what was tailored for it is not set, though the standard one is", async () => {
      const { customer, service } = await pair([80], 1_00, [1_00]);
      await offer(service, null, { tailoredForId: customer });
      await offer(service, 9_00, { tailoredForId: await world.customer() });
      expect(await valueOf(customer, service)).toMatchObject({ verdict: "UNKNOWN", missing: ["Cost: the offering Gold has no price."] });
    });
    test("no competitor's price compares: other unit, other currency, too old, or too new", async () => {
      const { customer, service } = await pair([80], 1_00, []);
      await observe(service, 1_00, { per: "MONTH" });
      await observe(service, 1_00, { unitPrice: { amount: "1.00", currency: "USD" } });
      const period = { from: "2025-07-01", to: "2025-08-31" };
      await assess(customer, service, 80, { periodFrom: "2025-07-01", periodTo: "2025-08-31" });
      await observe(service, 5, { observedOn: "2024-02-28" });
      await observe(service, 5, { observedOn: "2025-09-01" });
      const missing = ["Market: no competitor's price per USER_MONTH in IDR was observed from 2024-02-29 to 2025-08-31."];
      expect(await valueOf(customer, service, period)).toMatchObject({ verdict: "UNKNOWN", market: null, aboveMarket: null, missing });
      const oldest = await observe(service, 70, { observedOn: "2024-02-29" });
      const newest = await observe(service, 90, { observedOn: "2025-08-31" });
      const shown = await valueOf(customer, service, period);
      expect(shown).toMatchObject({ verdict: "VALUE_GOOD_PRICE_HIGH", market: { amount: "0.80" }, aboveMarket: true, missing: [] });
      expect(shown["inputs"].slice(2).map(({ record }: Values) => record.id)).toEqual([oldest, newest]);
    });
    test("nothing at all is recorded", async () => {
      const { customer, service } = await pair([], null, []);
      expect((await valueOf(customer, service, PERIOD))["missing"]).toEqual([
        nobody,
        "Cost: the service has no offering.",
        expect.stringMatching(/^Market: no competitor's price was observed from /),
      ]);
    });
  });

  test("without a period, the newest that was assessed within a year counts", async () => {
    const { customer, service } = await pair([], 1_00, [1_00]);
    await assess(customer, service, 10, { periodFrom: day(-400), periodTo: day(-366) });
    expect(await valueOf(customer, service)).toMatchObject({ verdict: "UNKNOWN", value: null });
    await assess(customer, service, 20, { periodFrom: day(-400), periodTo: day(-365) });
    expect(await valueOf(customer, service)).toMatchObject({ verdict: "CHEAP_BUT_LOW_VALUE", value: "20" });
    for (const each of [80, 90]) await assess(customer, service, each, { periodTo: day(-2) });
    await assess(customer, service, null, { periodTo: day(-1) });
    expect(await valueOf(customer, service)).toMatchObject({ verdict: "VALUE_AND_PRICE_GOOD", value: "85" });
  });

  test("a customer has the services it agreed on, uses, stands on or has assessed, in the period or today", async () => {
    const customer = await world.customer();
    const past = { from: day(-300), to: day(-200) };
    const services = async (period: unknown = null) => (await valuesOf([customer], { period }))[0]!.map(({ service }) => service.id);
    const [agreed, left, used, stands, assessed] = [
      await world.service(),
      await world.service(),
      await world.service(),
      await world.service(),
      await world.service(),
    ];
    await world.service();
    await world.agreement([customer], { serviceIds: [agreed], startOn: day(-199), state: "UNDER_REVIEW" });
    await world.agreement([customer], { serviceIds: [left], state: "TERMINATED", terminatedOn: day(-300), terminationReason: "x", endOn: day(90) });
    await world.agreement([customer], { serviceIds: [await world.service()], state: "DRAFT", startOn: null });
    await world.agreement([await world.customer()], { serviceIds: [await world.service()] });
    await world.make("ServiceUsage", { customerId: customer, serviceId: used, periodFrom: day(-199), periodTo: day(-150) });
    await world.make("ServiceUsage", { customerId: customer, serviceId: left, periodFrom: day(-500), periodTo: day(-366) });
    const dependency = { customerId: customer, businessActivity: "Pay", criticality: "ADMINISTRATIVE" };
    await world.make("ServiceDependency", { ...dependency, serviceId: stands, validFrom: day(-200) });
    await world.make("ServiceDependency", { ...dependency, serviceId: left, validTo: day(-1) });
    await assess(customer, assessed, null, { periodTo: day(-90), periodFrom: day(-90) });
    expect((await services()).sort()).toEqual([agreed, used, stands, assessed].sort());
    expect((await services(past)).sort()).toEqual([left, stands].sort());
    expect(await services({ from: day(-900), to: day(-801) })).toEqual([left]);
  });

  test("they are selected by customer, segment, service and verdict, counted, and read page by page", async () => {
    const key = await world.customer({ segment: "KEY", segmentReason: "Large" });
    const other = await world.customer({ segment: "STRATEGIC", segmentReason: "Growing" });
    const [dear, cheap, dark] = [await world.service(), await world.service(), await world.service()];
    for (const service of [dear, cheap]) await observe(service, 1_00);
    await offer(dear, 2_00);
    await offer(cheap, 50);
    for (const customer of [key, other]) for (const service of [dear, cheap, dark]) await assess(customer, service, customer === key ? 90 : 30);
    const customers = [key, other];
    const counts = (...some: number[]) =>
      ["POOR", "CHEAP_BUT_LOW_VALUE", "VALUE_GOOD_PRICE_HIGH", "VALUE_AND_PRICE_GOOD", "UNKNOWN"].map((verdict, i) => ({ verdict, count: some[i] }));
    const shown = ({ nodes }: Values) => nodes.map(({ customer, service, verdict }: Values) => [customer.id, service.id, verdict]);

    const all = await list({ customers });
    expect(shown(all).slice(0, 4)).toEqual([
      [other, dear, "POOR"],
      [other, cheap, "CHEAP_BUT_LOW_VALUE"],
      [key, dear, "VALUE_GOOD_PRICE_HIGH"],
      [key, cheap, "VALUE_AND_PRICE_GOOD"],
    ]);
    expect(all).toMatchObject({ totalCount: 6, counts: counts(1, 1, 1, 1, 2), pageInfo: { hasNextPage: false } });
    expect(all["bySegment"]).toEqual([
      { segment: "KEY", counts: counts(0, 0, 1, 1, 1) },
      { segment: "STRATEGIC", counts: counts(1, 1, 0, 0, 1) },
    ]);
    expect(all["nodes"]).toEqual(expect.arrayContaining((await valuesOf(customers)).flat()));

    expect(await list({ customers, segments: ["KEY"], services: [dear] })).toMatchObject({ totalCount: 1, counts: counts(0, 0, 1, 0, 0) });
    expect(await list({ customers, verdicts: ["POOR"] })).toMatchObject({ totalCount: 1, counts: counts(1, 1, 1, 1, 2) });
    expect(shown(await list({ customers, aboveMarket: true }))).toEqual([
      [other, dear, "POOR"],
      [key, dear, "VALUE_GOOD_PRICE_HIGH"],
    ]);
    expect(await list({ customers, aboveMarket: false })).toMatchObject({ totalCount: 2, counts: counts(1, 1, 1, 1, 2) });
    expect(await list({ customers: [] })).toMatchObject({ totalCount: 0, counts: counts(0, 0, 0, 0, 0), bySegment: [] });
    expect(await list({ customers, segments: [] })).toMatchObject({ totalCount: 0 });
    expect((await valuesOf([other], { verdicts: ["POOR"] }))[0]).toHaveLength(1);

    const pages: unknown[] = [];
    let after: string | null = null;
    do {
      const page = await list({ customers, first: 4, after });
      pages.push(...shown(page));
      after = page["pageInfo"].hasNextPage ? page["pageInfo"].endCursor : null;
    } while (after);
    expect(pages).toEqual(shown(all));
  });

  test("a service shows what it cost in the period, and what it is worth to each segment", async () => {
    const [key, standard, silent] = [await world.customer({ segment: "KEY", segmentReason: "Large" }), await world.customer(), await world.customer()];
    const service = await world.service();
    await offer(service, 2_00);
    await offer(service, 1_00, { tailoredForId: key });
    await observe(service, 1_50);
    for (const each of [70, 71, 71]) await assess(key, service, each);
    await assess(standard, service, 40);
    await world.agreement([silent], { serviceIds: [service] });
    const cost = (amount: string, currency: string, values: Values = {}) =>
      world.make("ServiceCost", { serviceId: service, kind: "OPEX", amount: { amount, currency }, periodFrom: PERIOD.from, periodTo: PERIOD.to, ...values });
    await cost("10.50", "IDR");
    await cost("0.75", "IDR", { periodFrom: PERIOD.to });
    await cost("5.00", "USD");
    await cost("7.00", "IDR", { kind: "CAPEX" });
    await cost("99.00", "IDR", { periodFrom: day(-121) });
    await cost("99.00", "IDR", { periodTo: day(-29) });
    const query = `query ($of: [_Any!]!, $period: PeriodInput!) { _entities(representations: $of) { ... on Service {
      spend(period: $period) { kind amount { amount currency } costs }
      valueBySegment(period: $period) { segment customers value voices aboveMarket compared counts { verdict count } }
    } } }`;
    const of = [service, await world.service()].map((id) => ({ __typename: "Service", id }));
    const { data, errors } = await world.ask(query, { of, period: PERIOD });
    expect(errors).toBeUndefined();
    const counts = (...some: number[]) =>
      ["POOR", "CHEAP_BUT_LOW_VALUE", "VALUE_GOOD_PRICE_HIGH", "VALUE_AND_PRICE_GOOD", "UNKNOWN"].map((verdict, i) => ({ verdict, count: some[i] }));
    expect(data._entities).toEqual([
      {
        spend: [
          { kind: "CAPEX", amount: { amount: "7.00", currency: "IDR" }, costs: 1 },
          { kind: "OPEX", amount: { amount: "11.25", currency: "IDR" }, costs: 2 },
          { kind: "OPEX", amount: { amount: "5.00", currency: "USD" }, costs: 1 },
        ],
        valueBySegment: [
          { segment: "KEY", customers: 1, value: "70.666667", voices: 3, aboveMarket: 0, compared: 1, counts: counts(0, 0, 0, 1, 0) },
          { segment: "STANDARD", customers: 2, value: "40", voices: 1, aboveMarket: 2, compared: 2, counts: counts(1, 0, 0, 0, 1) },
        ],
      },
      { spend: [], valueBySegment: [] },
    ]);
  });

  test.each([
    [
      '{ valueVerdicts(period: { from: "2026-02-01", to: "2026-01-31" }) { totalCount } }',
      "period ends on 2026-01-31, before it begins on 2026-02-01; exchange the two.",
    ],
    ['{ valueVerdicts(services: ["cus_1"]) { totalCount } }', 'services holds "cus_1", which is no id of a Service.'],
    ['{ valueVerdicts(customers: ["nobody"]) { totalCount } }', 'customers holds "nobody", which is no id of a Customer.'],
    ["{ valueVerdicts(first: 1001) { totalCount } }", "first must be from 0 to 1000; it is 1001."],
    ['{ valueVerdicts(after: "x") { nodes { verdict } } }', "after is not a cursor of this list; pass an endCursor it answered."],
  ])("%s is refused", async (query, message) => {
    const { data, errors } = await world.ask(query);
    expect(data).toEqual({ valueVerdicts: null });
    expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
  });

  test("it takes as many statements for many customers and services as for one", async () => {
    const statements = (ask: () => Promise<unknown>) => countStatements(world.insight.store.database, ask);
    const { customer, service } = await pair([80], 1_00, [1_00]);
    const customers = [customer];
    const measure = async () => [
      await statements(() => list({ customers })),
      await statements(() => valuesOf(customers)),
      await statements(() => valueOf(customer, service)),
    ];
    await list({ customers });
    const few = await measure();
    for (let i = 0; i < 8; i++) customers.push((await pair([80], 1_00, [1_00])).customer);
    for (let i = 0; i < 3; i++) await assess(customer, await world.service(), 50);
    await list({ customers });
    expect(await measure()).toEqual(few);
    expect(Math.max(...few)).toBeLessThan(20);
  });
});
