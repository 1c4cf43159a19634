/** How key figures are asked for: periods, pages of records, what is unknown, and how many statements they take. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { World, day } from "./world.js";

const PERIOD = { from: day(-89), to: day(0) };
const FIELDS = `name definition value numerator denominator unknown missing before byService { service { id } value before }
  bySegment { segment value numerator denominator unknown }`;
const QUERY = `query ($period: PeriodInput!, $segments: [CustomerSegment!], $names: [KeyFigureName!], $first: Int, $after: String) {
  keyFigures(period: $period, segments: $segments, names: $names) { asOf { portfolio stale } figures { ${FIELDS}
    records(first: $first, after: $after) { totalCount nodes { numerator denominator record { id } with { id } } pageInfo { hasNextPage endCursor } } } }
}`;

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  async function figure(name: string, variables: Record<string, unknown> = {}): Promise<any> {
    const { data, errors } = await world.ask(QUERY, { period: PERIOD, names: [name], first: 1000, ...variables });
    expect(errors).toBeUndefined();
    return data.keyFigures.figures[0];
  }
  const assess = (customerId: string, serviceId: string, perceivedValue: number, daysAgo: number, values = {}) =>
    world.make("ValueAssessment", {
      ...{ customerId, serviceId, perceivedValue, basis: "SURVEY", periodFrom: day(-daysAgo - 30), periodTo: day(-daysAgo), ...values },
    });

  test("without any record there is no value, and it is said why; counts are 0", async () => {
    const { data } = await world.ask(QUERY, { period: { from: "1999-01-01", to: "1999-12-31" } });
    expect(data.keyFigures.figures).toHaveLength(26);
    for (const { name, value, missing, denominator } of data.keyFigures.figures)
      expect([name, value, missing !== null]).toEqual([name, denominator === null ? "0" : null, denominator !== null]);
  });

  test("value by service, with that of the period before", async () => {
    const [customer, other] = [await world.customer({ segment: "KEY", segmentReason: "r" }), await world.customer()];
    const [rising, fresh] = [await world.service(), await world.service()];
    await assess(customer, rising, 50, 100);
    await assess(customer, rising, 60, 5);
    await assess(other, rising, 71, 0);
    await assess(other, fresh, 40, 89);
    await assess(other, fresh, 10, -1);
    const found = await figure("PERCEIVED_VALUE");
    expect(found).toMatchObject({ value: "57", numerator: "171", denominator: "3", before: "50" });
    expect(found.byService).toEqual([
      { service: { id: rising }, value: "65.5", before: "50" },
      { service: { id: fresh }, value: "40", before: null },
    ]);
    expect(found.bySegment.map(({ value }: any) => value)).toEqual(["60", null, "55.5"]);
  });

  test("what is asked of a survey's return without the number of those asked is unknown, and so are its records", async () => {
    const [customer, service] = [await world.customer({ segment: "STRATEGIC", segmentReason: "r" }), await world.service()];
    const full = await assess(customer, service, 50, 3, { sampleSize: 3, sampleFrame: 8 });
    const half = await assess(customer, service, 50, 3, { sampleSize: 5 });
    const found = await figure("SURVEY_RETURN", { segments: ["STRATEGIC"] });
    expect(found).toMatchObject({ value: "37.5", numerator: "3", denominator: "8", unknown: 1, records: { totalCount: 2 } });
    expect(found.records.nodes).toEqual([
      { numerator: "3", denominator: "8", record: { id: full }, with: { id: service } },
      { numerator: null, denominator: null, record: { id: half }, with: { id: service } },
    ]);
  });

  test("days are counted over ends of months and leap days alike", async () => {
    const needId = await world.make("BusinessNeed", { customerId: await world.customer(), statement: "n", priority: "MUST" });
    const cases = [
      ["2024-02-28", 2, "2024-03-01"],
      ["2023-12-31", 366, "2024-12-31"],
      ["2023-02-27", 2, "2023-03-01"],
      ["2000-02-28", 2, "2000-03-01"],
    ] as const;
    for (const [raisedOn, acceptedTimeframe] of cases) await world.make("NeedChange", { needId, statement: "c", raisedOn, acceptedTimeframe });
    // Unanswered changes are late on the day after their last: the days to today must come out exactly.
    const late = (Date.parse(day(0)) - Date.parse("2024-02-29")) / 86_400_000;
    const just = await world.make("NeedChange", { needId, statement: "c", raisedOn: "2024-02-29", acceptedTimeframe: late });
    const over = await world.make("NeedChange", { needId, statement: "c", raisedOn: "2024-02-29", acceptedTimeframe: late - 1 });
    const { records } = await figure("CHANGED_NEEDS_ANSWERED_IN_TIME", { period: { from: "2024-02-29", to: "2024-02-29" } });
    expect(records.nodes.map(({ numerator, record }: any) => [record.id, numerator])).toEqual([
      [just, null],
      [over, "0"],
    ]);
    expect(await figure("CHANGED_NEEDS_ANSWERED_IN_TIME", { period: { from: "2000-01-01", to: "2023-12-31" } })).toMatchObject({
      numerator: "0",
      denominator: "3",
    });
  });

  test("a record of customers of several segments is in each, and once in the whole", async () => {
    const period = { from: "2031-01-01", to: "2031-01-31" };
    const parties = [
      await world.customer({ segment: "KEY", segmentReason: "r" }),
      await world.customer({ segment: "KEY", segmentReason: "r" }),
      await world.customer({ segment: "STRATEGIC", segmentReason: "r" }),
    ];
    await world.obligation(parties, { dueOn: "2031-01-31", state: "MET", metOn: "2031-01-31" });
    await world.obligation(parties.slice(2), { dueOn: "2031-01-01" });
    await world.obligation(parties, { dueOn: "2031-02-01" });
    await world.obligation([], { dueOn: "2031-01-15" });
    const found = await figure("OBLIGATIONS_MET_BY_PROVIDER", { period });
    expect(found).toMatchObject({ value: "100", numerator: "1", denominator: "1", unknown: 1, records: { totalCount: 2 } });
    expect(found.bySegment).toEqual([
      { segment: "KEY", value: "100", numerator: "1", denominator: "1", unknown: 0 },
      { segment: "STRATEGIC", value: "100", numerator: "1", denominator: "1", unknown: 1 },
      { segment: "STANDARD", value: null, numerator: "0", denominator: "0", unknown: 0 },
    ]);
  });

  test("a record counts as verified within the limit of its type, by the last day of the period", async () => {
    const before = await figure("RECORDS_VERIFIED", { period: { from: day(-60), to: day(-30) } });
    // Limits of 180 and of 730 days, counted from the last day.
    for (const age of [30 + 180, 30 + 181]) await world.customer({ verifiedOn: day(-age) });
    for (const age of [30 + 730, 30 + 731]) await world.person({ verifiedOn: day(-age) });
    await world.person({ verifiedOn: day(-30) });
    // Verified after it: nobody can say whether it had been before. Left since: not of use.
    await world.person({ verifiedOn: day(-29) });
    await world.customer({ verifiedOn: day(-40), lifecycle: "FORMER" });
    const found = await figure("RECORDS_VERIFIED", { period: { from: day(-60), to: day(-30) } });
    const grown = (key: "numerator" | "denominator" | "unknown") => Number(found[key]) - Number(before[key]);
    expect([grown("numerator"), grown("denominator"), grown("unknown")]).toEqual([3, 5, 1]);
    expect(found.definition).toContain(
      "180 days (Customer, Opportunity, Project), 365 days (Agreement, Service, Application, Team, Supplier), 730 days (Person)",
    );
  });

  test("pages of records hold each record once", async () => {
    const all = (await figure("RECORDS_VERIFIED")).records;
    expect(all.totalCount).toBe(all.nodes.length);
    const seen: unknown[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { records }: any = await figure("RECORDS_VERIFIED", { first: 4, after });
      seen.push(...records.nodes);
      ({ endCursor: after, hasNextPage: more } = records.pageInfo);
    }
    expect(seen).toEqual(all.nodes);
    expect(seen.length).toBeGreaterThan(8);
  });

  test.each([
    [{ period: { from: "2026-02-01", to: "2026-01-31" } }, "period ends on 2026-01-31, before it begins on 2026-02-01"],
    [{ first: -1 }, "first must be from 0 to 1000"],
    [{ after: "nonsense" }, "after is not a cursor of these records"],
  ])("refuses %j", async (variables, message) => {
    const { errors } = await world.ask(QUERY, { period: PERIOD, names: ["TARGETS_MET"], ...variables });
    expect(errors![0]).toMatchObject({ message: expect.stringContaining(message), extensions: { code: "BAD_USER_INPUT" } });
  });

  test("takes as many statements for many records as for few", async () => {
    const statements = () =>
      countStatements(world.insight.store.database, async () => {
        expect((await world.ask(QUERY, { period: PERIOD, first: 5 })).errors).toBeUndefined();
      });
    await figure("TARGETS_MET");
    const few = await statements();
    for (let i = 0; i < 10; i++) {
      const [customer, service] = [await world.customer(), await world.service()];
      await assess(customer, service, 50, 3);
      await world.obligation([customer], { dueOn: day(-3) });
    }
    await figure("TARGETS_MET");
    expect(await statements()).toBe(few);
  });
});
