/** Writes at the same time of which each would do, and which together would break a rule: never do all of them succeed. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { type Payload, World } from "./world.js";

const ROUNDS = 20;

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  });
  afterAll(() => world.close());

  /** Each of `count` new records of `type` links to the next, the last to the first, all at the same time. */
  async function closeCircle(type: string, count: number, link: (id: string, next: string) => Promise<Payload>, rule: string) {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await world.new(type));
    const heads = await world.heads();
    const payloads = await Promise.all(ids.map((id, i) => link(id, ids[(i + 1) % count]!)));
    const written = payloads.filter(({ problems }) => problems.length === 0);
    expect(payloads.flatMap(({ problems }) => problems.map(({ code, rule: broken, retryable }) => ({ code, rule: broken, retryable })))).toEqual([
      { code: "RULE_BROKEN", rule, retryable: false },
    ]);
    expect(written).toHaveLength(count - 1);
    const portfolio = world.portfolioOf(type);
    expect(await world.heads()).toEqual({ ...heads, [portfolio]: heads[portfolio] + count - 1 });
    return { ids, payloads };
  }

  const trees = [
    ["Customer", "parentId", "CUSTOMER_TREE"],
    ["CustomerUnit", "parentId", "UNIT_TREE"],
    ["Project", "parentId", "PROJECT_PARENT_NO_CYCLE"],
    ["Person", "managerId", "PERSON_MANAGER_NO_CYCLE"],
    ["Application", "successorId", "APPLICATION_SUCCESSOR_NO_CYCLE"],
  ] as const;

  test.each(trees)(`two %s records: each the other's %s, ${ROUNDS} times`, async (type, key, rule) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { ids, payloads } = await closeCircle(type, 2, (id, next) => world.send("update", type, { id, version: 1, [key]: next }), rule);
      const field = key.slice(0, -2);
      for (const [i, id] of ids.entries()) {
        const refused = payloads[i]!.problems.length > 0;
        expect(await world.pick(type, id, `version ${field} { id }`)).toEqual(
          refused ? { version: 1, [field]: null } : { version: 2, [field]: { id: ids[1 - i]! } },
        );
      }
    }
  });

  test.each(trees)("four %s records: each the next one's %s", async (type, key, rule) => {
    for (let round = 0; round < 5; round++) await closeCircle(type, 4, (id, next) => world.send("update", type, { id, version: 1, [key]: next }), rule);
  });

  test.each(trees)("two %s records, each put below a record that is below the other by %s", async (type, key, rule) => {
    for (let round = 0; round < 5; round++) {
      const below = new Map<string, string>();
      const link = (id: string, next: string) => world.send("update", type, { id, version: 1, [key]: below.get(next)! });
      const ids = [await world.new(type), await world.new(type)];
      for (const id of ids) below.set(id, await world.new(type, { [key]: await world.new(type, { [key]: id }) }));
      const payloads = await Promise.all([link(ids[0]!, ids[1]!), link(ids[1]!, ids[0]!)]);
      expect(payloads.map(({ problems }) => problems[0]?.rule ?? "written").sort()).toEqual([rule, "written"]);
    }
  });

  test(`two projects that depend on each other, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++)
      await closeCircle(
        "Project",
        2,
        (projectId, dependsOnId) => world.send("create", "ProjectDependency", { projectId, dependsOnId }),
        "PROJECT_DEPENDENCY_NO_CYCLE",
      );
  });

  test(`two applications that end for each other, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++)
      await closeCircle(
        "Application",
        2,
        (id, successorId) => world.send("endApplication", "Application", { id, version: 1, successorId }),
        "APPLICATION_SUCCESSOR_NO_CYCLE",
      );
  });

  /** Of two writes at the same time one succeeds, and the other is refused by one of the `rules`; answers which. */
  async function oneOfTwo(
    writes: readonly [Promise<Pick<Payload, "problems">>, Promise<Pick<Payload, "problems">>],
    rules: readonly [string, string],
  ): Promise<0 | 1> {
    const [first, second] = await Promise.all(writes);
    const winner = first.problems.length === 0 ? 0 : 1;
    expect([first.problems[0]?.rule ?? "written", second.problems[0]?.rule ?? "written"]).toEqual(winner === 0 ? ["written", rules[1]] : [rules[0], "written"]);
    return winner;
  }

  test(`two relationships with one customer, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const customerId = await world.new("Customer");
      const create = () => world.send("create", "Relationship", { customerId });
      await oneOfTwo([create(), create()], ["RELATIONSHIP_ONE_PER_CUSTOMER", "RELATIONSHIP_ONE_PER_CUSTOMER"]);
      expect(await world.linked("customer", "Customer", customerId, "relationship")).toHaveLength(1);
    }
  });

  test(`an SLA is put in force while its last target is deleted, ${ROUNDS} times`, async () => {
    const needed = {
      kind: "SLA",
      state: "AGREED",
      startOn: "2026-01-01",
      parties: [{ partyId: await world.the("Customer"), side: "CUSTOMER" }],
      serviceIds: [await world.the("Service")],
    };
    for (let round = 0; round < ROUNDS; round++) {
      const id = await world.new("Agreement", needed);
      const target = await world.new("ServiceLevelTarget", { agreementId: id });
      const rule = "AGREEMENT_ACTIVE_SLA_NEEDS_TARGET";
      const winner = await oneOfTwo(
        [world.send("activateAgreement", "Agreement", { id, version: 1 }), world.remove("ServiceLevelTarget", target)],
        [rule, rule],
      );
      expect(await world.pick("Agreement", id, "state targets { id }")).toEqual(
        winner === 0 ? { state: "ACTIVE", targets: [{ id: target }] } : { state: "AGREED", targets: [] },
      );
    }
  });

  test(`a driver leaves out a customer while a need of that customer names it, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [customerId, other] = [await world.new("Customer"), await world.the("Customer")];
      const id = await world.new("BusinessDriver", { customerIds: [customerId, other] });
      const need = world.send("create", "BusinessNeed", await world.inputOf("BusinessNeed", { customerId, driverId: id }));
      await oneOfTwo(
        [world.send("update", "BusinessDriver", { id, version: 1, customerIds: [other] }), need],
        ["DRIVER_KEEPS_CUSTOMERS_IN_USE", "NEED_DRIVER_OF_SAME_CUSTOMER"],
      );
    }
  });
});
