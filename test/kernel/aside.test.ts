import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Database } from "../../subgraphs/kernel/database/database.js";
import type { Cell } from "../../subgraphs/kernel/database/values.js";
import { databaseKinds, openBareDatabase } from "../support/graph.js";
import { Random } from "../support/random.js";

const TEXTS = ["", "plain", "it's", "''", "?", "`?`", "'; DROP TABLE `answer`; --", "100%_\\", "émile 日本 😀", "a\0b", "\n", "\u{10ffff}", "x".repeat(5_000)];
const NUMBERS = [0, 1, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0.1, -2.5, 1e21, 1e-7];
/** Counts so far: a million takes 0.14 s of a machine that does nothing else. */
const COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT COUNT(*) FROM n";

describe.each(databaseKinds)("reading aside on %s", (kind) => {
  let database: Database;
  let close: () => Promise<void>;
  beforeAll(async () => void ({ database, close } = await openBareDatabase(kind)));
  afterAll(() => close());

  test("answers what reading answers, whatever the cells", async () => {
    const random = new Random(20261128);
    const pick = (): Cell => (random.chance(0.1) ? null : random.chance(0.5) ? random.pick(TEXTS) : random.pick(NUMBERS));
    for (let i = 0; i < 200; i++) {
      const cells = Array.from({ length: 6 }, pick);
      const sql = "SELECT ? AS `a?`, '?''?' AS b, ?, ? = ?, COALESCE(?, 'none?'), LENGTH(?), NULL UNION ALL SELECT 1, 2, 3, 4, 5, 6, 7 ORDER BY 2, 1";
      const read = await database.read(sql, cells);
      expect(read).toHaveLength(2);
      expect(await database.readAside(sql, cells)).toEqual(read);
    }
    for (const text of TEXTS.filter((each) => !each.includes("\0"))) expect(await database.readAside("SELECT ?", [text])).toEqual([[text]]);
  });

  test("rows come in their order, many at a time, and to each who asked", async () => {
    const numbers = (most: number) =>
      database.readAside("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, i * 2 FROM n ORDER BY i DESC", [most]);
    const sizes = Array.from({ length: 40 }, (_, i) => i * 20 + 1);
    const answers = await Promise.all(sizes.map(numbers));
    expect(answers).toEqual(sizes.map((size) => Array.from({ length: size }, (_, i) => [size - i, (size - i) * 2])));
  });

  test("a statement that fails says why, and the next is answered", async () => {
    await expect(database.readAside("SELECT missing FROM nothing", [])).rejects.toThrow(/nothing/);
    expect(await database.readAside("SELECT ?", [7])).toEqual([[7]]);
  });

  if (kind !== "SQLite") return;

  test("the process goes on beside a statement that takes long, who asked waits no longer than they may, and places are free again afterwards", async () => {
    let hasEnded = false;
    const long = database.readAside(COUNT, [20_000_000]).then(() => void (hasEnded = true));
    await expect(database.readAside(COUNT, [2_000_000], { deadline: Date.now() + 50 })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(await database.read("SELECT ?", ["at once"])).toEqual([["at once"]]);
    await wait(10);
    expect(hasEnded).toBe(false);
    await long;
    expect(await Promise.all([1, 2, 3, 4].map((i) => database.readAside("SELECT ?", [i])))).toEqual([[[1]], [[2]], [[3]], [[4]]]);
  }, 60_000);

  test("what earlier reads have left behind is collected beside a statement that takes long, and waits for nothing", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await Promise.all(Array.from({ length: 40 }, (_, i) => database.readAside("SELECT ?", [i])));
    let hasEnded = false;
    const long = database.readAside(COUNT, [40_000_000]).then(() => void (hasEnded = true));
    // What is collected is finalised in a later turn of the loop. Each collection takes a moment of its own on a busy machine, so they are few.
    for (let i = 0; i < 3; i++) {
      await wait(10);
      collect();
    }
    await wait(10);
    expect(hasEnded).toBe(false);
    await long;
  }, 60_000);

  test("it can write nothing, by another statement in the place of the first or after it", async () => {
    const made = "CREATE TABLE `made` (`a` INTEGER)";
    await expect(database.readAside(made, [])).rejects.toThrow(/syntax error/);
    await expect(database.readAside(`SELECT 1; ${made}`, [])).rejects.toThrow("A statement that is read is one, without a semicolon.");
    expect(await database.read("SELECT `name` FROM `sqlite_master` WHERE `name` = 'made'", [])).toEqual([]);
  });
});
