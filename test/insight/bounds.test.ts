/** What is asked of very many records is answered exactly, or refused with what to do: never with a wrong count. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { call, databaseKinds } from "../support/graph.js";
import { World } from "./world.js";

const MANY = 50_000;
const MOMENT = "2026-01-01T00:00:00.000Z";
const COMMON = ["id", "version", "createdAt", "updatedAt"];
const numbered = (prefix: string, i: number) => `${prefix}_${String(i).padStart(26, "0")}`;

describe.each(databaseKinds)("a hub with 50,000 links on %s", (kind) => {
  let world: World;
  let hub: string;
  beforeAll(async () => {
    world = await World.open(kind);
    hub = await world.service();
    await world.insight.follower.catchUp(call, 60_000);
    const some = Array.from({ length: MANY }, (_, i) => i);
    await insert(
      "customer",
      [...COMMON, "code", "name", "kind", "lifecycle", "segment", "revenue"],
      some.map((i) => [numbered("cus", i), 1, MOMENT, MOMENT, `H${i}`, "Hub", "EXTERNAL", "ACTIVE", i % 2 ? "KEY" : "STANDARD", "[]"]),
    );
    await insert(
      "service_dependency",
      [...COMMON, "customerId", "serviceId", "businessActivity", "criticality", "vitalBusinessFunction"],
      some.map((i) => [numbered("dep", i), 1, MOMENT, MOMENT, numbered("cus", i), hub, "Pay", "ADMINISTRATIVE", 0]),
    );
  }, 300_000);
  afterAll(() => world.close());

  /** Rows straight into the read model, which takes them in pages. */
  async function insert(table: string, columns: string[], rows: (string | number)[][]): Promise<void> {
    const { database } = world.insight.store;
    const names = columns.map((column) => `\`${column}\``).join();
    for (let at = 0; at < rows.length; at += 2_500) {
      const page = rows.slice(at, at + 2_500);
      const sql = `INSERT INTO \`${table}\` (${names}) VALUES ${page.map((row) => `(${row.map(() => "?").join()})`).join()}`;
      await database.transaction((transaction) => transaction.execute(sql, page.flat()));
    }
  }

  test("filters, groups and unions count all of them", async () => {
    const { data, errors } = await world.ask(
      `query ($hub: ID!, $many: Int!, $of: [_Any!]!) {
        all: findCustomers(where: { serviceDependencies: { some: { service: { id: { eq: $hub } } } } }, first: 1) { totalCount nodes { id } }
        hubs: findServices(where: { customerDependencies: { count: { eq: $many } } }) { totalCount nodes { id } }
        none: findServices(where: { customerDependencies: { count: { gt: $many } } }) { totalCount }
        groups: groupCustomers(by: [{ field: segment }]) { totalGroups groups { count keys { value } } }
        _entities(representations: $of) { ... on Service { customers(first: 2) { totalCount nodes { id } } } }
      }`,
      { hub, many: MANY, of: [{ __typename: "Service", id: hub }] },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      all: { totalCount: MANY, nodes: [{ id: numbered("cus", 0) }] },
      hubs: { totalCount: 1, nodes: [{ id: hub }] },
      none: { totalCount: 0 },
      groups: {
        totalGroups: 2,
        groups: [
          { count: MANY / 2, keys: [{ value: "KEY" }] },
          { count: MANY / 2, keys: [{ value: "STANDARD" }] },
        ],
      },
      _entities: [{ customers: { totalCount: MANY, nodes: [{ id: numbered("cus", 0) }, { id: numbered("cus", 1) }] } }],
    });
  }, 120_000);

  test("verdicts count all of them; more groups or rows than can be weighed are refused", async () => {
    const { data } = await world.ask("{ verdicts(kind: AGREEMENT_COVERAGE, first: 0) { counts { verdict count } } }");
    expect(data.verdicts.counts).toContainEqual({ verdict: "POOR", count: MANY });
    const groups = await world.ask("{ groupCustomers(by: [{ field: code }], first: 1) { totalGroups } }");
    expect(groups).toMatchObject({
      data: { groupCustomers: null },
      errors: [{ message: "There are more than 10000 groups; narrow the where or group by less.", extensions: { code: "BAD_USER_INPUT" } }],
    });
    const more = Array.from({ length: MANY + 1 }, (_, i) => [numbered("cus", MANY + i), 1, MOMENT, MOMENT, `I${i}`, "Hub", "EXTERNAL", "ACTIVE", "KEY", "[]"]);
    await insert("customer", [...COMMON, "code", "name", "kind", "lifecycle", "segment", "revenue"], more);
    const refused = await world.ask("{ verdicts(kind: AGREEMENT_COVERAGE, first: 0) { counts { count } } }");
    expect(refused).toMatchObject({
      data: { verdicts: null },
      errors: [
        {
          message: expect.stringMatching(/^There are more than 100000 records to look at; ask about less at a time, such as one customer\.$/),
          extensions: { code: "BAD_USER_INPUT" },
        },
      ],
    });
  }, 120_000);
});
