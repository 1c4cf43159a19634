/** Eras: as-of reads answer what the ledger says of any moment, however many eras there are and whatever becomes of their making. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { DatabaseSettings } from "../../subgraphs/kernel/settings.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { call, databaseKinds, newDatabase, openTestPortfolios, removeDatabase } from "../support/graph.js";
import { Random } from "../support/random.js";
import { countStatements } from "../support/statements.js";
import { checkMoments, erasOf, readEntries, readPeople } from "./ledgerTruth.js";
import { openPeople } from "./people.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const SOME = { act: "test", tolerate: new Set<string>() };
const COPY = /^INSERT INTO `person_version` .* SELECT /;
const LONG_AGO = "1970-01-01T00:00:00.000Z";

describe.each(databaseKinds)(`eras on %s (SEED=${seed})`, (kind) => {
  test("any moment answers what the ledger says of it, across many eras, while they are begun and afterwards", async () => {
    const random = new Random(seed);
    const settings = { ...newDatabase(kind), leastEnded: 10 };
    const failures: unknown[] = [];
    const people = await openPeople(settings, (error) => failures.push(error));
    try {
      let now = Date.UTC(2026, 0, 1);
      // With a deadline, writes do not wait for eras.
      const writer = people.writer({ ...call, deadline: Date.now() + 600_000 }, () => new Date((now += random.between(0, 2))).toISOString());
      const known = { Person: new Map<string, number>(), Team: new Map<string, number>() };
      const pick = (type: keyof typeof known) => random.pick([...known[type].keys()]);
      const some = (most: number, make: () => string) => [...new Set(Array.from({ length: random.between(0, most) }, make))];
      const input = (type: keyof typeof known, n: number) => ({
        name: `Name ${random.between(0, 99)}`,
        ...(type === "Person" && known.Team.size > 0 && random.chance(0.5) ? { teamIds: some(3, () => pick("Team")) } : {}),
        ...(type === "Person" && known.Person.size > 0 && random.chance(0.5) ? { managerId: random.chance(0.2) ? null : pick("Person") } : {}),
        ...(random.chance(0.2) ? { externalIds: some(2, () => `x${n}`).map((id) => ({ system: `s${n}`, id })) } : {}),
      });
      for (let n = 0; n < 320; n++) {
        const type = random.chance(0.8) ? "Person" : "Team";
        const act = known[type].size < 4 ? "create" : random.pick(["create", "update", "update", "update", "update", "update", "remove"]);
        if (act === "create") {
          const inputs = Array.from({ length: random.between(1, 2) }, (_, i) => ({ code: `${n}-${i}`, ...input(type, n + i / 10) }));
          for (const { record } of await writer.createMany(type, inputs, SOME)) if (record) known[type].set(record.id, 1);
        } else {
          const id = pick(type);
          const version = known[type].get(id)!;
          if (act === "update") {
            const { record } = await writer.update(type, id, version, input(type, n));
            if (record) known[type].set(id, record.version);
          } else if ((await writer.remove(type, id, version)).problems.length === 0) known[type].delete(id);
        }
        if (random.chance(0.3)) await people.eras.settle();
        if (n % 40 === 39) await checkMoments(people, random, 2);
      }
      await people.eras.settle();
      expect(failures).toEqual([]);
      expect((await erasOf(people)).begun).toBeGreaterThan(3);
      expect((await erasOf(people, "person_teams_version")).begun).toBeGreaterThan(1);
      await checkMoments(people, random, 60);

      const asOf = (await readEntries(people))[100]!.at;
      await readPeople(people, asOf);
      const statements = await countStatements(people.database, () => readPeople(people, asOf));
      expect(statements).toBe(await countStatements(people.database, () => readPeople(people)));
      const another = new Date(Date.parse(asOf) - 1).toISOString();
      expect(await countStatements(people.database, () => readPeople(people, another))).toBeLessThanOrEqual(statements + 1);
    } finally {
      await people.close();
      await removeDatabase(settings);
    }
  }, 300_000);

  describe("of 1,200 people", () => {
    const random = new Random(seed);
    const settings: DatabaseSettings = { ...newDatabase(kind), leastEnded: 100 };
    const failures: unknown[] = [];
    let people: LocalSubgraph;
    const open = () => openPeople(settings, (error) => failures.push(error));
    const count = async (condition: string, ...cells: number[]) =>
      Number((await people.database.read(`SELECT COUNT(*) FROM \`person_version\` WHERE ${condition}`, cells))[0]![0]);
    const all = async () =>
      (await people.database.read("SELECT `id`, `version` FROM `person` ORDER BY `id`", [])).map(([id, version]) => ({
        id: id as string,
        version: Number(version),
      }));
    /** Changes people until a new era is due, which begins it. */
    async function age(those = people): Promise<void> {
      const { begun } = await erasOf(people);
      // The first is due after a hundred, any other after a quarter of the people: a third is enough.
      await those.eras.settle();
      const records = (await all()).filter((_, i) => i % (begun === 0 ? 4 : 3) === 0);
      const changes = records.map(({ id, version }) => ({ id, version, input: { name: `Aged ${begun}` } }));
      await those.writer(call).updateMany("Person", changes, SOME);
    }
    /** Lets a further process find the era due. */
    async function begin(those = people): Promise<void> {
      those.eras.notice({ first: 1, last: 100 });
      await those.eras.settle();
    }
    /** Era n holds each person once as it is now, and nothing else that is open. */
    async function expectBegun(era: number): Promise<void> {
      expect(failures).toEqual([]);
      expect(await erasOf(people)).toEqual({ begun: era, drafts: [] });
      const right = "EXISTS (SELECT 1 FROM `person` p WHERE p.`id` = `person_version`.`id` AND p.`version` = `person_version`.`version`)";
      const open = `\`era\` = ? AND \`to_seq\` = ${Number.MAX_SAFE_INTEGER}`;
      const records = (await all()).length;
      expect([await count(open, era), await count(`${open} AND ${right}`, era)]).toEqual([records, records]);
      await checkMoments(people, random, 4);
    }

    beforeAll(async () => {
      people = await open();
      const writer = people.writer(call);
      const { record: team } = await writer.create("Team", { code: "T", name: "Team" });
      for (let n = 0; n < 4; n++) {
        const inputs = Array.from({ length: 300 }, (_, i) => ({ code: `${n}-${i}`, name: `Name ${i}`, ...(i % 10 === 0 ? { teamIds: [team!.id] } : {}) }));
        await writer.createMany("Person", inputs, SOME);
      }
    }, 120_000);
    afterEach(() => void (people.database.onStatement = null));
    afterAll(async () => {
      await people.close();
      await removeDatabase(settings);
    });

    test("what is written while one is made is in it: of records copied and not yet copied, new and deleted ones", async () => {
      await people.eras.settle();
      expect(await erasOf(people)).toEqual({ begun: 0, drafts: [] });
      const records = await all();
      const writer = people.writer(call);
      const writes: Promise<{ problems: readonly unknown[] }>[] = [];
      let copies = 0;
      people.database.onStatement = (sql) => {
        const isLast = sql.startsWith("UPDATE `era` SET `from_seq`");
        if (!COPY.test(sql) && !isLast) return;
        const n = copies++;
        for (const i of [1 + 4 * n, 601 + 4 * n, 1195 - 4 * n])
          writes.push(writer.update("Person", records[i]!.id, 1, { name: `Meanwhile ${n}`, teamIds: [] }));
        writes.push(writer.remove("Person", records[2 + 4 * n]!.id, 1), writer.create("Person", { code: `new ${n}`, name: "7" }));
      };
      await age();
      await people.eras.settle();
      for (const { problems } of await Promise.all(writes)) expect(problems).toEqual([]);
      expect(copies).toBeGreaterThan(4);
      await expectBegun(1);
    }, 120_000);

    test("a fault between two pages leaves the old one in force, and the next to begin removes what was made", async () => {
      let copies = 0;
      people.database.onStatement = (sql) => {
        if (COPY.test(sql) && ++copies === 2) throw new Error("no more pages");
      };
      await age();
      await people.eras.settle();
      people.database.onStatement = null;
      expect(failures.splice(0)).toEqual([new Error("no more pages")]);
      expect(await erasOf(people)).toEqual({ begun: 1, drafts: [{ era: 2, at: LONG_AGO }] });
      expect(await count("`era` = 2")).toBe(500);
      await checkMoments(people, random, 4);
      const [first] = await all();
      await people.writer(call).update("Person", first!.id, first!.version, { name: "After the fault" });
      await begin();
      await expectBegun(2);
    }, 120_000);

    test("two processes make one era between them, and write on in it", async () => {
      const other = await open();
      let drafts = 0;
      for (const { database } of [people, other])
        database.onStatement = (sql) => {
          if (sql.startsWith("UPDATE `era` SET `from_seq`")) drafts++;
        };
      const patient = await openPeople({ ...settings, leastEnded: 1_000_000 }, (error) => failures.push(error));
      await age(patient);
      await patient.close();
      await Promise.all([begin(people), begin(other)]);
      expect(drafts).toBe(1);
      const [first, second] = await all();
      await people.writer(call).update("Person", first!.id, first!.version, { name: "Of one" });
      await other.writer(call).update("Person", second!.id, second!.version, { name: "Of the other" });
      await expectBegun(3);
      await other.close();
    }, 120_000);

    test("who lost the lease stops at the next page; within a minute of its last page nobody takes it", async () => {
      let taken: Promise<unknown> | undefined;
      const takeLease = (at: string) =>
        people.database.transaction((transaction) => transaction.execute("UPDATE `era` SET `at` = ? WHERE `from_seq` IS NULL", [at]));
      people.database.onStatement = (sql) => {
        if (COPY.test(sql)) taken ??= takeLease(new Date(Date.now() + 1_000).toISOString());
      };
      await age();
      await people.eras.settle();
      await taken;
      people.database.onStatement = null;
      expect(await erasOf(people)).toMatchObject({ begun: 3, drafts: [{ era: 4 }] });
      await takeLease(new Date(Date.now() - 30_000).toISOString());
      await begin();
      expect(await erasOf(people)).toMatchObject({ begun: 3, drafts: [{ era: 4 }] });
      await takeLease(new Date(Date.now() - 61_000).toISOString());
      await begin();
      await expectBegun(4);
    }, 120_000);

    test("closing gives up what is being made, and the next start can begin anew at once", async () => {
      let closing: Promise<void> | undefined;
      people.database.onStatement = (sql) => {
        if (COPY.test(sql)) closing ??= people.eras.close();
      };
      await age();
      await people.eras.settle();
      await closing;
      expect(await erasOf(people)).toEqual({ begun: 4, drafts: [{ era: 5, at: LONG_AGO }] });
      await people.close();
      people = await open();
      await begin();
      await expectBegun(5);
    }, 120_000);

    test.each([
      ["at the second page", COPY.source, 2],
      ["before the last transaction ends", "^UPDATE `ledger_head` SET `eras`", 1],
    ])(
      "kill -9 %s leaves the old one in force, whole",
      async (_, statement, times) => {
        const { begun } = await erasOf(people);
        const environment = { ...process.env, DATA_DIR: settings.directory, DATABASE_URL: settings.url ?? "", NODE_OPTIONS: "" };
        const child = spawn(process.execPath, ["--import", "tsx", path.resolve("test/kernel/dyingEras.ts"), statement, String(times)], {
          env: environment,
          stdio: ["ignore", "inherit", "inherit"],
        });
        expect((await once(child, "exit"))[1]).toBe("SIGKILL");
        expect(await erasOf(people)).toMatchObject({ begun, drafts: [{ era: begun + 1 }] });
        await checkMoments(people, random, 4);
        // A minute goes by.
        await people.database.transaction((transaction) => transaction.execute("UPDATE `era` SET `at` = ? WHERE `from_seq` IS NULL", [LONG_AGO]));
        await begin();
        await expectBegun(begun + 1);
      },
      180_000,
    );
  });

  test("history and diff reach across eras", async () => {
    const graph = await openTestPortfolios({ ...newDatabase(kind), leastEnded: 5 });
    try {
      const { createCustomer } = await graph.ask(
        "customer",
        `mutation { createCustomer(input: { code: "C", name: "Koperasi", kind: EXTERNAL, segment: STANDARD }) { customer { id } problems { message } } }`,
      );
      const { id } = createCustomer.customer;
      const service = graph.subgraph("service");
      const { record } = await service.writer(call).create("Opportunity", { code: "O", title: "0", kind: "CHANGE", origin: "JOINT", customerId: id });
      const moments: string[] = [];
      for (let n = 1; n <= 21; n++) {
        await service.writer(call).update("Opportunity", record!.id, n, { title: String(n) });
        await service.eras.settle();
        await new Promise((resolve) => setTimeout(resolve, 3));
        moments.push(new Date().toISOString());
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      // Each fifth entry looks: the 10th and the 20th find more than five ended.
      expect((await erasOf(service, "opportunity_version")).begun).toBe(2);
      const query = `query ($id: ID!) { opportunity(id: $id) { title history(first: 1) { totalCount nodes { fields { field from to } } } } }`;
      for (const [i, asOf] of moments.entries()) {
        const answer = await service.execute({ query, variables: { id: record!.id } }, { ...call, asOf });
        const changed = { fields: [{ field: "title", from: String(i), to: String(i + 1) }] };
        expect(answer).toEqual({ data: { opportunity: { title: String(i + 1), history: { totalCount: i + 2, nodes: [changed] } } } });
      }
      const diff = `query ($id: ID!, $from: DateTime!, $to: DateTime) { diff(id: $id, from: $from, to: $to) { records { type change fields { field from to } } unchanged missing } }`;
      expect(await graph.ask("insight", diff, { id, from: moments[1], to: moments[18] })).toEqual({
        diff: { records: [{ type: "Opportunity", change: "CHANGED", fields: [{ field: "title", from: "2", to: "19" }] }], unchanged: 1, missing: [] },
      });
    } finally {
      await graph.close();
    }
  }, 180_000);
});
