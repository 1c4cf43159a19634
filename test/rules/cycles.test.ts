/** Writes at the same time that each would do, and together would close a circle: never do all of them succeed. */
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
    expect(payloads.flatMap(({ problems }) => problems.map(({ code, rule: broken, retryable }) => ({ code, rule: broken, retryable })))).toEqual([{ code: "RULE_BROKEN", rule, retryable: false }]);
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
        expect(await world.pick(type, id, `version ${field} { id }`)).toEqual(refused ? { version: 1, [field]: null } : { version: 2, [field]: { id: ids[1 - i]! } });
      }
    }
  });

  test.each(trees)("four %s records: each the next one's %s", async (type, key, rule) => {
    for (let round = 0; round < 5; round++) await closeCircle(type, 4, (id, next) => world.send("update", type, { id, version: 1, [key]: next }), rule);
  });

  test(`two projects that depend on each other, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) await closeCircle("Project", 2, (projectId, dependsOnId) => world.send("create", "ProjectDependency", { projectId, dependsOnId }), "PROJECT_DEPENDENCY_NO_CYCLE");
  });

  test(`two applications that end for each other, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) await closeCircle("Application", 2, (id, successorId) => world.send("endApplication", "Application", { id, version: 1, successorId }), "APPLICATION_SUCCESSOR_NO_CYCLE");
  });
});
