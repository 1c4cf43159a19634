/** A batch reads what its records point to together, and judges each record as if it were alone. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";

const options = { act: "create", tolerate: new Set<string>() };

describe.each(databaseKinds)("on %s", (kind) => {
  let portfolios: TestPortfolios;
  let customers: string[];
  beforeAll(async () => {
    portfolios = await openTestPortfolios(newDatabase(kind));
    const made = await writer().createMany("Customer", ["A", "B", "C"].map((code) => ({ code, name: code, kind: "EXTERNAL" })), options); // prettier-ignore
    customers = made.map(({ record }) => record!.id);
  });
  afterAll(() => portfolios.close());

  const writer = () => portfolios.subgraph("customer").writer(call);
  const unitsOf = (customerId: string, count: number) => Array.from({ length: count }, (_, i) => ({ name: `Unit ${i}`, customerId }));

  async function statementsOf(work: () => Promise<unknown>): Promise<number> {
    const { database } = portfolios.subgraph("customer");
    let statements = 0;
    database.onStatement = () => void statements++;
    await work();
    database.onStatement = null;
    return statements;
  }

  test("As many statements for three hundred records as for three", async () => {
    const outcomes = await writer().createMany("CustomerUnit", unitsOf(customers[0]!, 300), options);
    const parents = outcomes.map(({ record }) => record!.id);
    const needs = (count: number) => parents.slice(0, count).map((unitId) => ({ statement: "More.", priority: "LOW", customerId: customers[0]!, unitId }));
    const few = await statementsOf(() => writer().createMany("BusinessNeed", needs(3), options));
    expect(await statementsOf(() => writer().createMany("BusinessNeed", needs(300), options))).toBe(few);
  });

  test("A record that points to nothing, or to another customer's unit, is refused alone", async () => {
    const [own, foreign] = (await Promise.all([0, 1].map((i) => writer().createMany("CustomerUnit", unitsOf(customers[i]!, 1), options)))).map(
      ([outcome]) => outcome!.record!.id,
    );
    const need = (unitId: string) => ({ statement: "More.", priority: "LOW", customerId: customers[0]!, unitId });
    const missing = `${own!.slice(0, -1)}${own!.endsWith("0") ? "1" : "0"}`;
    const outcomes = await writer().createMany("BusinessNeed", [need(own!), need(missing), need(foreign!), need(own!)], options);
    expect(outcomes.map(({ problems }) => problems.map(({ code, rule }) => rule ?? code))).toEqual([
      [],
      ["UNKNOWN_REFERENCE"],
      ["NEED_UNIT_OF_SAME_CUSTOMER"],
      [],
    ]);
  });

  test("A change of the batch counts for the rules of those after it", async () => {
    const [a, b, c] = customers as [string, string, string];
    const changes = [[a, b], [b, c], [c, a]].map(([id, parentId]) => ({ id: id!, version: 1, input: { parentId } })); // prettier-ignore
    const outcomes = await writer().updateMany("Customer", changes, { act: "update", tolerate: new Set() });
    expect(outcomes.map(({ problems }) => problems.map(({ rule }) => rule))).toEqual([[], [], ["CUSTOMER_TREE"]]);
  });
});
