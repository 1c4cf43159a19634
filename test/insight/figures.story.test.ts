/** The key figures of the sample story, as they are worked out from its text and as sample/README.md works them out by hand. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import { keyFiguresOf } from "../questions/figures.js";
import { Story } from "../questions/story.js";
import { databaseKinds } from "../support/graph.js";
import { TODAY, World } from "./world.js";

const QUERY = `query ($period: PeriodInput!, $segments: [CustomerSegment!], $names: [KeyFigureName!]) {
  keyFigures(period: $period, segments: $segments, names: $names) {
    figures {
      name unit value numerator denominator unknown definition missing before
      bySegment { segment value numerator denominator unknown }
      records(first: 1000) { totalCount nodes { numerator denominator record { __typename } } }
    }
  }
}`;
const story = new Story();
const periods = {
  "quarter 3": { from: "2026-07-01", to: "2026-09-30" },
  "quarter 2": { from: "2026-04-01", to: "2026-06-30" },
  "quarter 1": { from: "2026-01-01", to: "2026-03-31" },
  "all of it": { from: "2025-05-01", to: "2027-12-31" },
  "a time before": { from: "2001-01-01", to: "2001-12-31" },
};

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
    await loadStory(world.portfolios);
  }, 240_000);
  afterAll(() => world.close());

  async function figures(variables: Record<string, unknown>): Promise<Record<string, any>> {
    const { data, errors } = await world.ask(QUERY, variables);
    expect(errors).toBeUndefined();
    return Object.fromEntries(data.keyFigures.figures.map((figure: any) => [figure.name, figure]));
  }

  test.each(Object.entries(periods))("of %s", async (_, period) => {
    const found = await figures({ period });
    const shown = ({ value, numerator, denominator, unknown, bySegment, records }: any) => ({
      ...{ value, numerator, denominator, unknown, bySegment, records: records.totalCount },
    });
    expect(Object.fromEntries(Object.entries(found).map(([name, figure]) => [name, shown(figure)]))).toEqual(keyFiguresOf(story, period, TODAY));
    for (const { value, missing, definition } of Object.values(found)) {
      expect(missing === null).toBe(value !== null);
      expect(definition).toMatch(/\.$/);
    }
  });

  test("of a segment, and of the period before", async () => {
    const ofKey = keyFiguresOf(story, periods["quarter 3"], TODAY);
    const before = keyFiguresOf(story, periods["quarter 2"], TODAY);
    // Quarter 3 has 92 days, the 92 days before begin on 31 March: nothing ends on that day but quarter 1.
    const found = await figures({
      period: periods["quarter 3"],
      segments: ["KEY"],
      names: ["TARGETS_MET", "OBLIGATIONS_MET_BY_CUSTOMERS", "RECORDS_VERIFIED"],
    });
    for (const name of ["TARGETS_MET", "OBLIGATIONS_MET_BY_CUSTOMERS"]) {
      const [key] = ofKey[name]!.bySegment!;
      expect(found[name]).toMatchObject({ value: key!.value, numerator: key!.numerator, denominator: key!.denominator });
      expect(found[name].bySegment).toEqual([key]);
    }
    expect(found["RECORDS_VERIFIED"]).toMatchObject({ value: null, bySegment: null, missing: expect.stringContaining("segment"), records: { totalCount: 0 } });
    const april = await figures({ period: { from: "2026-07-01", to: "2026-09-29" }, names: ["TARGETS_MET"] });
    expect(april["TARGETS_MET"].before).toBe(before["TARGETS_MET"]!.value);
  });

  // sample/README.md, "Key figures"
  test.each([
    ["quarter 3", "OBJECTIVES_AGREED", "5", "9"],
    ["quarter 3", "REQUIREMENTS_SIGNED_OFF", "2", "9"],
    ["quarter 3", "PROJECTS_WITH_APPROVED_CASE", "6", "14"],
    ["all of it", "CHANGED_NEEDS_ANSWERED_IN_TIME", "2", "5"],
    ["quarter 3", "TARGETS_MET", "50", "57"],
    ["quarter 2", "TARGETS_MET", "54", "57"],
    ["quarter 3", "COMPLAINTS_RECEIVED", "5", null],
    ["quarter 3", "COMPLAINTS_ACCEPTED", "4", "5"],
    ["quarter 3", "COMPLAINTS_ESCALATED", "2", null],
    ["quarter 3", "COMPLAINTS_CLOSED", "4", null],
    ["quarter 1", "NEW_CUSTOMERS", "1", null],
    ["quarter 1", "LOST_CUSTOMERS", "1", null],
    ["all of it", "NEW_SERVICES_WITH_OBJECTIVE", "1", "2"],
    ["quarter 3", "SERVICES_USED_UNDER_AGREEMENT", "21", "23"],
  ] as const)("by hand: %s, %s is %s of %s", async (period, name, numerator, denominator) => {
    expect((await figures({ period: periods[period], names: [name] }))[name]).toMatchObject({ numerator, denominator });
  });
});
