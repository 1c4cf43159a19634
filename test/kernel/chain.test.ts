/** The ledger's chain: what is done behind its back by plain SQL is found and named; what the product does itself never is. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Cell } from "../../subgraphs/kernel/database/values.js";
import { verifyRecords } from "../../subgraphs/kernel/writes/recordVerification.js";
import { verifyLedger } from "../../subgraphs/kernel/writes/verification.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";

const ROW = ["seq", "at", "by", "request", "type", "entityId", "version", "operation", "before", "after"];
const COLUMNS = [...ROW, "hash"].map((column) => `\`${column}\``).join(", ");
const zeros = "0".repeat(64);
/** A row's hash as docs/ledger.md describes it. */
const hashAfter = (previous: string, cells: readonly unknown[]): string =>
  createHash("sha256")
    .update(JSON.stringify([previous, ...cells]))
    .digest("hex");

const inputOf = (code: string, more: object = {}) => ({ code, name: `Name of ${code}`, ...more });

describe.each(databaseKinds)("a ledger on %s", (kind) => {
  let graph: TestPortfolios;
  const database = () => graph.subgraph("people").database;
  const sql = (...statements: readonly (string | readonly [string, readonly Cell[]])[]) =>
    database().transaction(async (transaction) => {
      for (const statement of statements)
        await (typeof statement === "string" ? transaction.execute(statement, []) : transaction.execute(...(statement as [string, Cell[]])));
    });
  const rows = async () => (await database().read(`SELECT ${COLUMNS} FROM \`change\` ORDER BY \`seq\``, [])) as Cell[][];
  const insert = (row: readonly Cell[]) => [`INSERT INTO \`change\` (${COLUMNS}) VALUES (${row.map(() => "?").join(", ")})`, row] as const;
  const shift = (from: number, by: number) => [
    `UPDATE \`change\` SET \`seq\` = -(\`seq\` + ${by}) WHERE \`seq\` >= ${from}`,
    "UPDATE `change` SET `seq` = -`seq` WHERE `seq` < 0",
  ];
  const firstFault = async () => (await verifyLedger(database())).fault;

  describe("of ten entries", () => {
    /** Entry 1 a team, 2 to 8 people, 9 a change of the first person, 10 the deletion of the last. */
    let filed: Cell[][];
    let ids: Record<string, string>;
    let head: unknown[];
    beforeAll(async () => {
      graph = await openTestPortfolios(newDatabase(kind));
      const writer = graph.subgraph("people").writer(call);
      const { record: team } = await writer.create("Team", { code: "T", name: "Team" });
      ids = { T: team!.id };
      for (let i = 2; i <= 8; i++) ids[`P${i}`] = (await writer.create("Person", inputOf(`P${i}`, { teamIds: [team!.id] }))).record!.id;
      await writer.update("Person", ids["P2"]!, 1, { name: "Changed" });
      await writer.remove("Person", ids["P8"]!, 1);
      filed = await rows();
      head = (await database().read("SELECT `seq`, `hash` FROM `ledger_head`", []))[0]!;
    });
    afterAll(() => graph.close());
    afterEach(async () => {
      await sql("DELETE FROM `change`", ...filed.map(insert), ["UPDATE `ledger_head` SET `seq` = ?, `hash` = ?", head as Cell[]]);
      expect(await firstFault()).toBeNull();
    });

    test("each entry's hash covers what it says and the hash before it, and the head keeps the last", async () => {
      let previous = zeros;
      const hashes = filed.map((row) => (previous = hashAfter(previous, row.slice(0, -1))));
      expect(filed.map((row) => row.at(-1))).toEqual(hashes);
      expect(head).toEqual([10, hashes[9]]);
      expect(await verifyLedger(database())).toEqual({ entries: 10, hash: hashes[9], fault: null });
    });

    test.each(["at", "by", "request", "type", "entityId", "operation", "before", "after", "hash"])("an edit of %s is named", async (column) => {
      await sql(`UPDATE \`change\` SET \`${column}\` = 'edited' WHERE \`seq\` IN (3, 7)`);
      expect(await firstFault()).toEqual({ seq: 3, what: "edited", message: "what it says does not fit its hash" });
    });
    test("an edit of the version, of the last entry, and of a hash taken away", async () => {
      await sql("UPDATE `change` SET `version` = 7 WHERE `seq` = 10");
      expect(await firstFault()).toMatchObject({ seq: 10, what: "edited" });
      await sql("UPDATE `change` SET `hash` = NULL WHERE `seq` = 9");
      expect(await firstFault()).toEqual({ seq: 9, what: "edited", message: "it has no hash" });
    });

    test.each([
      [1, "`seq` = 1", "1 is not there"],
      [4, "`seq` = 4", "4 is not there"],
      [4, "`seq` IN (4, 5, 8)", "4 to 5 are not there"],
    ])("the deletion of %i is named", async (seq, condition, message) => {
      await sql(`DELETE FROM \`change\` WHERE ${condition}`);
      expect(await firstFault()).toEqual({ seq, what: "missing", message });
    });
    test.each([
      [4, 4, 1, "an entry was taken out and the rest renumbered"],
      [9, 9, 1, "an entry was taken out and the rest renumbered"],
      [1, 3, 3, "3 entries were taken out and the rest renumbered"],
    ])("the deletion of %i to %i is named though the rest was renumbered", async (from, to, count, message) => {
      await sql(`DELETE FROM \`change\` WHERE \`seq\` BETWEEN ${from} AND ${to}`, ...shift(to + 1, -count));
      expect(await firstFault()).toEqual({ seq: from, what: "missing", message });
    });

    test("two entries that changed places are named, whether their hashes went with them or not", async () => {
      const fault = { seq: 3, what: "reordered", message: "the entry that belongs here stands at 6" };
      await sql("UPDATE `change` SET `seq` = `seq` - 9 WHERE `seq` IN (3, 6)", "UPDATE `change` SET `seq` = -`seq` WHERE `seq` < 0");
      expect(await firstFault()).toEqual(fault);
      const [third, sixth] = [filed[2]!, filed[5]!];
      await sql(
        "DELETE FROM `change` WHERE `seq` IN (3, 6)",
        insert([3, ...sixth.slice(1, -1), third.at(-1)!]),
        insert([6, ...third.slice(1, -1), sixth.at(-1)!]),
      );
      expect(await firstFault()).toEqual(fault);
    });

    const forged = (seq: number, previous: string): Cell[] => {
      const cells = [seq, ...filed[6]!.slice(1, -1)];
      return [...cells, hashAfter(previous, cells)];
    };
    test("an entry put between others is named, even with a hash that fits", async () => {
      const fault = { seq: 5, what: "inserted", message: "the entry that belongs here stands at 6" };
      await sql(...shift(5, 1), insert(forged(5, zeros)));
      expect(await firstFault()).toEqual(fault);
      await sql("DELETE FROM `change` WHERE `seq` = 5", insert(forged(5, filed[3]!.at(-1) as string)));
      expect(await firstFault()).toEqual(fault);
    });
    test("an entry put at the end or before the first is named", async () => {
      await sql(insert(forged(11, filed[9]!.at(-1) as string)));
      expect(await firstFault()).toEqual({ seq: 11, what: "inserted", message: "the head counts 10 entries, this one is beyond" });
      await sql(insert(forged(0, zeros)));
      expect(await firstFault()).toEqual({ seq: 0, what: "inserted", message: "entries begin with 1" });
    });

    test("a ledger cut at its end is named, even when the head was told to count less", async () => {
      await sql("DELETE FROM `change` WHERE `seq` > 8");
      expect(await firstFault()).toEqual({ seq: 9, what: "cut", message: "the head counts 10 entries, 9 to 10 are not there" });
      await sql("UPDATE `ledger_head` SET `seq` = 8");
      expect(await firstFault()).toMatchObject({ seq: 8, what: "cut" });
      await sql("DELETE FROM `change`", "UPDATE `ledger_head` SET `seq` = 0");
      expect(await firstFault()).toMatchObject({ seq: 0, what: "cut" });
    });

    test("records that are not what the ledger says are named", async () => {
      const people = graph.subgraph("people");
      const tamper = async (change: string, repair: string) => {
        await sql(change);
        const { fault } = await verifyRecords(database(), people.model);
        await sql(repair);
        expect(await verifyRecords(database(), people.model)).toEqual({ records: 7, fault: null });
        return fault;
      };
      const { T, P2, P3, P8 } = ids as Record<"T" | "P2" | "P3" | "P8", string>;
      expect(
        await tamper(`UPDATE person SET name = 'X', active = 0 WHERE id = '${P2}'`, `UPDATE person SET name = 'Changed', active = 1 WHERE id = '${P2}'`),
      ).toEqual({
        type: "Person",
        id: P2,
        what: "edited",
        message: "name, active are not as entry 9 left it",
      });
      expect(await tamper(`UPDATE person SET version = 4 WHERE id = '${P3}'`, `UPDATE person SET version = 1 WHERE id = '${P3}'`)).toMatchObject({
        what: "edited",
        message: "version is not as entry 3 left it",
      });
      expect(
        await tamper(`DELETE FROM person_teams WHERE recordId = '${P3}'`, `INSERT INTO person_teams (recordId, position, toId) VALUES ('${P3}', 0, '${T}')`),
      ).toEqual({ type: "Person", id: P3, what: "edited", message: "teamIds is not as entry 3 left it" });
      const copy = (from: string, to: string) =>
        `INSERT INTO team (id, version, createdAt, updatedAt, code, name, active) SELECT '${to}', version, createdAt, updatedAt, '${to}', name, active FROM team WHERE id = '${from}'`;
      const unknown = `tea_${"0".repeat(26)}`;
      expect(await tamper(copy(T, unknown), `DELETE FROM team WHERE id = '${unknown}'`)).toEqual({
        type: "Team",
        id: unknown,
        what: "inserted",
        message: "the ledger has no entry of it",
      });
      const put = (code: string) =>
        `INSERT INTO person (id, version, createdAt, updatedAt, code, name, active) SELECT '${P8}', 1, createdAt, updatedAt, '${code}', name, active FROM person WHERE id = '${P2}'`;
      expect(await tamper(put("P8"), `DELETE FROM person WHERE id = '${P8}'`)).toEqual({
        type: "Person",
        id: P8,
        what: "inserted",
        message: "entry 10 deleted it",
      });
      await sql(`DELETE FROM person WHERE id = '${P3}'`);
      expect((await verifyRecords(database(), people.model)).fault).toEqual({ type: "Person", id: P3, what: "missing", message: "entry 3 left it there" });
    });
  });

  test("it can be verified at any time while others write", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const people = graph.subgraph("people");
    let writing = true;
    const verified: number[] = [];
    const verifying = (async () => {
      while (writing) {
        const { entries, fault } = await verifyLedger(people.database);
        expect(fault).toBeNull();
        verified.push(entries);
        expect((await verifyRecords(people.database, people.model)).fault).toBeNull();
      }
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, name) => {
        const writer = people.writer({ ...call, principal: { ...call.principal, subject: `writer ${name} \ud800` } });
        for (let i = 0; i < 5; i++) {
          const created = await writer.createMany("Person", [inputOf(`${name}-${i}a`), inputOf(`${name}-${i}b`)], { act: "create", tolerate: new Set() });
          await writer.update("Person", created[0]!.record!.id, 1, { name: `é\u{1f642} "${i}"\n` });
        }
      }),
    );
    writing = false;
    await verifying;
    expect(verified.length).toBeGreaterThan(1);
    expect(await verifyLedger(people.database)).toMatchObject({ entries: 120, fault: null });
    expect(await verifyRecords(people.database, people.model)).toEqual({ records: 80, fault: null });
    await graph.close();
  });

  test("one that came about without hashes is chained by the next start, by one of two at the same time", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const { settings } = graph;
    const writer = graph.subgraph("people").writer(call);
    const people = Array.from({ length: 1_100 }, (_, i) => inputOf(`P${i}`));
    for (let from = 0; from < people.length; from += 300)
      await writer.createMany("Person", people.slice(from, from + 300), { act: "create", tolerate: new Set() });
    const hashes = (await rows()).map((row) => row.at(-1));
    await sql(
      "ALTER TABLE `change` DROP COLUMN `hash`",
      "ALTER TABLE `ledger_head` DROP COLUMN `hash`",
      "DELETE FROM `migration` WHERE `name` IN ('addHashOfEntries1764115200000', 'addHashOfHead1764115200001', 'chainEntries1764115200002')",
    );
    for (const subgraph of graph.local.values()) await subgraph.close();
    await graph.insight.close();
    const both = await Promise.all([openTestPortfolios(settings), openTestPortfolios(settings)]);
    graph = both[0];
    expect((await rows()).map((row) => row.at(-1))).toEqual(hashes);
    expect(await verifyLedger(database())).toEqual({ entries: 1_100, hash: hashes.at(-1), fault: null });
    await both[1].subgraph("people").writer(call).create("Person", inputOf("New"));
    expect(await verifyLedger(database())).toMatchObject({ entries: 1_101, fault: null });
    await both[1].close();
    await both[0].close();
  });
});
