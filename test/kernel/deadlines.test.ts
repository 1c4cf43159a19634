import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Database } from "../../subgraphs/kernel/database/database.js";
import { Cancellation, TemporaryFailure } from "../../transport/deadlines.js";
import { databaseKinds, openBareDatabase } from "../support/graph.js";

const late = { name: "Error", code: "DEADLINE_EXCEEDED" };
/** How long something takes that fails, in milliseconds, and what it fails with. */
async function fail(work: Promise<unknown>): Promise<{ took: number; error: TemporaryFailure }> {
  const began = Date.now();
  const error = await work.then(
    () => new Error("it did not fail"),
    (caught: unknown) => caught,
  );
  return { took: Date.now() - began, error: error as TemporaryFailure };
}

describe.each(databaseKinds)("deadlines, on %s", (kind) => {
  let database: Database;
  let close: () => Promise<void>;
  beforeAll(async () => void ({ database, close } = await openBareDatabase(kind)));
  afterAll(() => close());

  test("nothing is read or written when it is too late or nobody waits", async () => {
    const statements: string[] = [];
    const gone = new Cancellation();
    gone.abort();
    for (const limits of [{ deadline: Date.now() - 1 }, { signal: gone }]) {
      expect((await fail(database.read("SELECT 1", [], limits))).error).toMatchObject(late);
      const write = database.transaction(() => Promise.resolve(statements.push("ran")), limits);
      expect((await fail(write)).error).toMatchObject(late);
    }
    expect(statements).toEqual([]);
    expect(await database.read("SELECT 1", [], { deadline: Date.now() + 5_000 })).toEqual([[1]]);
  });

  if (kind === "SQLite") return;

  const running = async (): Promise<number> =>
    Number((await database.read("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'", []))[0]![0]);
  async function isEndedWithin(ms: number): Promise<boolean> {
    for (const end = Date.now() + ms; Date.now() < end; await wait(20)) if ((await running()) === 0) return true;
    return false;
  }

  test("a read ends at its deadline, and its statement with it", async () => {
    const { took, error } = await fail(database.read("SELECT SLEEP(30)", [], { deadline: Date.now() + 300 }));
    expect(error).toMatchObject({ ...late, retryable: true });
    expect(took).toBeLessThan(1_500);
    expect(await isEndedWithin(1_000)).toBe(true);
  });

  test("reads end at the deadline that their caller's cancellation keeps for all of them", async () => {
    const deadline = Date.now() + 300;
    const caller = new Cancellation(deadline);
    const reads = [1, 2].map(() => fail(database.read("SELECT SLEEP(30)", [], { deadline, signal: caller })));
    for (const { took, error } of await Promise.all(reads)) {
      expect(error).toBe(caller.reason);
      expect(error).toMatchObject({ ...late, message: expect.stringMatching(/^No answer within \d+ ms\.$/) });
      expect(took).toBeLessThan(1_500);
    }
    expect(await isEndedWithin(1_000)).toBe(true);
    // Each listens until its connection is free again.
    for (const end = Date.now() + 2_000; caller.listenerCount("abort") > 0 && Date.now() < end; await wait(20));
    expect(caller.listenerCount("abort")).toBe(0);
  });

  test("a deadline that is nearer than the caller's is kept", async () => {
    const caller = new Cancellation(Date.now() + 60_000);
    const { took, error } = await fail(database.read("SELECT SLEEP(30)", [], { deadline: Date.now() + 300, signal: caller }));
    caller.release();
    expect(error).toMatchObject(late);
    expect(took).toBeLessThan(1_500);
    expect(caller.aborted).toBe(false);
  });

  test("a read ends when its caller goes, and its statement within a second", async () => {
    const caller = new Cancellation();
    const read = fail(database.read("SELECT SLEEP(30)", [], { signal: caller }));
    while ((await running()) === 0) await wait(20);
    caller.abort();
    expect((await read).error).toMatchObject({ ...late, message: "The caller has gone." });
    expect(await isEndedWithin(1_000)).toBe(true);
  });

  test("a write that comes to its deadline leaves nothing behind, and its connection serves on", async () => {
    await database.transaction(async (transaction) => void (await transaction.execute("CREATE TABLE IF NOT EXISTS mark (id INT)", [])));
    for (let i = 0; i < 12; i++) {
      const write = database.transaction(
        async (transaction) => {
          await transaction.execute("INSERT INTO mark VALUES (1)", []);
          await transaction.query("SELECT SLEEP(30)", []);
        },
        { deadline: Date.now() + 100 },
      );
      expect((await fail(write)).error).toMatchObject({ ...late, retryable: true });
    }
    expect(await isEndedWithin(1_000)).toBe(true);
    await database.transaction(async (transaction) => void (await transaction.execute("INSERT INTO mark VALUES (2)", [])));
    expect(await database.read("SELECT id FROM mark", [])).toEqual([[2]]);
  });

  test("when all connections are taken, others wait two seconds and are told to come again", async () => {
    const deadline = Date.now() + 4_000;
    const taken = Array.from({ length: 10 }, () => fail(database.read("SELECT SLEEP(30)", [], { deadline })));
    const { took, error } = await fail(database.read("SELECT 1", [], { deadline }));
    expect(error).toMatchObject({ code: "OVERLOADED", retryable: true, message: "The portfolio has more to do than it can; try again in a second." });
    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(3_500);
    for (const each of taken) expect((await each).error).toMatchObject(late);
    expect(await database.read("SELECT 1", [], { deadline: Date.now() + 5_000 })).toEqual([[1]]);
  });
});
