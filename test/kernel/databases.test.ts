import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { DataSource } from "typeorm";
import { portfolios as declared } from "../../subgraphs/list.js";
import { shapesOf } from "../../subgraphs/kernel/database/tables.js";
import { OPEN_SEQ } from "../../subgraphs/kernel/database/migration.js";
import type { LedgerEntry } from "../../transport/subgraph.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";

const create = `mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id } problems { code message } } }`;

describe.each(databaseKinds)("a portfolio's database on %s", (kind) => {
  let graph: TestPortfolios | undefined;
  afterEach(async () => {
    await graph?.close();
    graph = undefined;
  });

  test("entities and migrated schema do not differ, in any portfolio", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    for (const subgraph of graph.local.values()) {
      const writer = (subgraph.database as unknown as { writer: DataSource }).writer;
      const { upQueries } = await writer.driver.createSchemaBuilder().log();
      expect({ portfolio: subgraph.name, drift: upQueries.map(({ query }) => query) }).toEqual({ portfolio: subgraph.name, drift: [] });
      expect(writer.entityMetadatas).toHaveLength(shapesOf(subgraph.model).length);
    }
  });

  test("two starts at the same time do not clash, and a later one finds everything done", async () => {
    const settings = newDatabase(kind);
    const [one, two] = await Promise.all([openTestPortfolios(settings), openTestPortfolios(settings)]);
    await one.ask("people", create, { input: { code: "P", name: "P" } });
    expect(await two.ask("people", "{ people { totalCount } }")).toEqual({ people: { totalCount: 1 } });
    await two.close();
    await one.close();
  });

  test("concurrent transactions neither mix nor lose: what fails leaves nothing, what succeeds is all there", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const attempt = (i: number) => graph!.ask("people", create, { input: { code: i % 2 ? `P-${i}` : "SAME", name: `n${i}` } });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt(i)));
    const codes = answers.map(({ createPerson }) => createPerson.problems[0]?.code ?? "created");
    expect(codes.filter((code) => code === "created")).toHaveLength(51);
    expect(codes.filter((code) => code === "DUPLICATE")).toHaveLength(49);
    expect(await graph.ask("people", "{ people { totalCount } }")).toEqual({ people: { totalCount: 51 } });
    expect(await graph.subgraph("people").head(call)).toBe(51);
  });

  test("a follower that reads the ledger under 16 concurrent writers misses nothing and sees commit order", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const people = graph.subgraph("people");
    const rounds = 15;
    let writing = true;
    const seen: LedgerEntry[] = [];
    const follow = (async () => {
      for (let last = 0; ;) {
        const done = !writing;
        const entries = await people.ledger(last, 50, call);
        seen.push(...entries);
        last = entries.at(-1)?.seq ?? last;
        if (done && entries.length === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let i = 0; i < rounds; i++) await graph!.ask("people", create, { input: { code: `W${writer}-${i}`, name: "n" } });
      }),
    );
    writing = false;
    await follow;
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 16 * rounds }, (_, i) => i + 1));
    expect([...seen].map(({ at }) => at).sort()).toEqual(seen.map(({ at }) => at));
    for (let writer = 0; writer < 16; writer++)
      expect(seen.flatMap(({ after }) => (String(after!["code"]).startsWith(`W${writer}-`) ? [after!["code"]] : []))).toEqual(
        Array.from({ length: rounds }, (_, i) => `W${writer}-${i}`),
      );
  });

  test("the _version twins hold every version and link with the changes between which it stood", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const { createTeam } = await graph.ask("people", `mutation { createTeam(input: { code: "T", name: "T" }) { team { id } } }`);
    const { createPerson } = await graph.ask("people", create, { input: { code: "P", name: "one", teamIds: [createTeam.team.id] } });
    const { id } = createPerson.person;
    const update = `mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { problems { code } } }`;
    await graph.ask("people", update, { input: { id, version: 1, name: "two" } });
    await graph.ask("people", update, { input: { id, version: 2, teamIds: [] } });
    const read = (sql: string) => graph!.subgraph("people").database.read(sql, [id]);
    expect(await read("SELECT `version`, `name`, `from_seq`, `to_seq` FROM `person_version` WHERE `id` = ? ORDER BY `from_seq`")).toEqual([
      [1, "one", 2, 3],
      [2, "two", 3, 4],
      [3, "two", 4, OPEN_SEQ],
    ]);
    expect(await read("SELECT `toId`, `from_seq`, `to_seq` FROM `person_teams_version` WHERE `recordId` = ?")).toEqual([[createTeam.team.id, 2, 4]]);
    const [, created, , emptied] = await graph.subgraph("people").ledger(0, 10, call);
    expect(created).toMatchObject({ operation: "create", before: null, after: { name: "one", teamIds: [createTeam.team.id], version: 1 } });
    expect(emptied).toMatchObject({ operation: "update", before: { teamIds: [createTeam.team.id] }, after: { teamIds: [], version: 3 } });
  });

  test("processes that share a database lose nothing and keep one order", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const environment = { ...process.env, DATA_DIR: graph.settings.directory, DATABASE_URL: graph.settings.url ?? "" };
    const writers = [1, 2].map((name): ChildProcess =>
      spawn(process.execPath, ["--import", "tsx", path.resolve("test/kernel/writer.ts"), String(name), "60"], {
        env: { ...environment, NODE_OPTIONS: "" },
        stdio: ["ignore", "inherit", "inherit"],
      }),
    );
    const ends = writers.map((child) => once(child, "exit"));
    for (let i = 0; i < 60; i++) await graph.ask("people", create, { input: { code: `0-${i}`, name: "n" } });
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0]);
    const entries = await graph.subgraph("people").ledger(0, 1000, call);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 180 }, (_, i) => i + 1));
    expect(await graph.ask("people", "{ people { totalCount } }")).toEqual({ people: { totalCount: 180 } });
  });
});

const onMariaDB = databaseKinds.includes("MariaDB") ? test : test.skip;
onMariaDB("a transaction that the database chose as a deadlock's victim runs again as a whole", async () => {
  const graph = await openTestPortfolios(newDatabase("MariaDB"));
  const ids: string[] = [];
  for (const code of ["A", "B"]) ids.push((await graph.ask("people", create, { input: { code, name: "0" } }))["createPerson"].person.id);
  const { database } = graph.subgraph("people");
  let attempts = 0;
  const inOrder = (order: readonly string[]) =>
    database.transaction(async (transaction) => {
      attempts++;
      for (const id of order) {
        await transaction.execute("UPDATE `person` SET `name` = `name` + 1 WHERE `id` = ?", [id]);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
  await Promise.all([inOrder(ids), inOrder([...ids].reverse())]);
  expect(attempts).toBeGreaterThan(2);
  expect(await database.read("SELECT `name` FROM `person` ORDER BY `code`", [])).toEqual([["2"], ["2"]]);
  await graph.close();
});

test("each portfolio's migrations have names of their own that end in their time, oldest first", () => {
  for (const { migrations } of declared) {
    const times = migrations.map(({ name }) => Number(/\d{13}$/.exec(name)?.[0]));
    expect(times).toEqual([...times].sort());
    expect(times).not.toContain(NaN);
  }
});
