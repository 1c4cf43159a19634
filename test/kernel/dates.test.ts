/** Which texts are days, by the scalar that every argument and every input of a mutation goes through. */
import { expect, test } from "@jest/globals";
import { explainDay } from "../../subgraphs/kernel/dates.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";

const NO_DAY = "is not a day of the calendar; write YYYY-MM-DD.";
const TOO_EARLY = "lies before the year 1000; leave it out where no day is meant.";

test.each<[string, string | null]>([
  ["2026-03-01", null],
  ["2024-02-29", null],
  ["2000-02-29", null],
  ["1000-01-01", null],
  ["9999-12-31", null],
  ["2026-02-29", NO_DAY],
  ["1900-02-29", NO_DAY],
  ["2026-13-01", NO_DAY],
  ["2026-3-1", NO_DAY],
  ["20260301", NO_DAY],
  ["2026-03-01T00:00:00Z", NO_DAY],
  [" 2026-03-01", NO_DAY],
  ["+002026-03-01", NO_DAY],
  ["", NO_DAY],
  // Days of ISO 8601, but what programs write for none, and a year mistyped.
  ["0001-01-01", TOO_EARLY],
  ["0206-03-01", TOO_EARLY],
  ["0999-12-31", TOO_EARLY],
  ["0001-02-29", NO_DAY],
])("%j", (text, problem) => expect(explainDay(text)).toBe(problem));

test("a filter and a mutation say so, and nothing is written", async () => {
  const graph: TestGraph = await openTestGraph();
  try {
    const query = "query ($on: Date) { agreements(filter: { endOn: { gte: $on } }) { totalCount } }";
    expect((await graph.ask(query, { on: "0001-01-01" })).errors).toMatchObject([
      { message: expect.stringContaining(`"0001-01-01" ${TOO_EARLY}`), extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect((await graph.ask(query, { on: "1000-01-01" })).errors).toBeUndefined();
    const create = `mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { plannedStart } problems { code } } }`;
    const input = { code: "P-1", name: "Old", plannedStart: "0001-01-01" };
    const { errors } = await graph.ask(create, { input });
    expect(errors).toMatchObject([{ message: expect.stringContaining(TOO_EARLY), extensions: { code: "BAD_USER_INPUT" } }]);
    expect((await graph.ask("{ projects { totalCount } }")).data["projects"]).toEqual({ totalCount: 0 });
  } finally {
    await graph.close();
  }
});
