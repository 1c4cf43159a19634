/** The generator makes the same world of the same seed, wherever it is kept, and every type of record in it. */
import { describe, expect, test } from "@jest/globals";
import { generate } from "../../sample/generate.js";
import { databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { ledgersOf, withoutMoments } from "./ledgers.js";

async function worldOf(kind: string, seed: number, scale = 0.01) {
  const portfolios = await openTestPortfolios(newDatabase(kind));
  try {
    const made = await generate(portfolios, { scale, seed });
    const types = [...portfolios.local.values()].flatMap(({ model }) => [...model.entities.keys()]);
    return { made, types, filed: withoutMoments(await ledgersOf(portfolios)) as { type: string; after: Record<string, any> }[] };
  } finally {
    await portfolios.close();
  }
}

describe("A small world", () => {
  test("is the same for a seed on every database, and another for another seed", async () => {
    const world = await worldOf("SQLite", 7);
    expect(world.made).toBe(world.filed.length);
    expect(world.made).toBeGreaterThan(900);
    for (const kind of databaseKinds) expect((await worldOf(kind, 7)).filed).toEqual(world.filed);
    expect((await worldOf("SQLite", 8)).filed).not.toEqual(world.filed);
  });

  test("has every type of record, and hubs among them", async () => {
    const { types, filed } = await worldOf("SQLite", 1);
    expect(types.filter((type) => !filed.some((row) => row.type === type))).toEqual([]);
    const parties = filed
      .filter(({ type }) => type === "Agreement")
      .flatMap(({ after }) => after["parties"].map(({ partyId }: { partyId: string }) => partyId));
    const counts = new Map<string, number>();
    for (const party of parties.filter((id: string) => id.startsWith("cus#"))) counts.set(party, (counts.get(party) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const mean = [...counts.values()].reduce((sum, count) => sum + count, 0) / 20;
    expect(most).toBeGreaterThan(3 * mean);
  });

  test("can be a thousandth", async () => {
    for (const seed of [1, 2, 3]) expect((await worldOf("SQLite", seed, 0.001)).made).toBeGreaterThan(100);
  });
});
