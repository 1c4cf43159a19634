import { expect } from "@jest/globals";
import { type TestPortfolios, call } from "./graph.js";

/** Creates records of one type without GraphQL, as imports do; none may have a problem. Answers them as stored. */
export async function createAll(
  graph: TestPortfolios,
  portfolio: string,
  type: string,
  inputs: readonly Record<string, unknown>[],
): Promise<(Record<string, any> & { id: string })[]> {
  const outcomes = await graph.subgraph(portfolio).writer(call).createMany(type, inputs, { act: "create", tolerate: new Set() });
  return outcomes.map(({ record, problems }) => {
    expect(problems).toEqual([]);
    return record!;
  });
}
