import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { runToEnd } from "../support/processes.js";

let graph: TestPortfolios;
const hashes: Record<string, string> = {};
beforeAll(async () => {
  graph = await openTestPortfolios();
  const writer = graph.subgraph("people").writer(call);
  for (const code of ["A", "B", "C"]) await writer.create("Team", { code, name: code });
  for (const { name, database } of graph.local.values()) hashes[name] = (await database.read("SELECT `hash` FROM `ledger_head`", []))[0]![0] as string;
});
afterAll(() => graph.close());

const verify = (...args: string[]) => runToEnd("start/verify.ts", args, { DATA_DIR: graph.settings.directory, DATABASE_URL: "" });
const tamper = (sql: string) => graph.subgraph("people").database.transaction(async (transaction) => void (await transaction.execute(sql, [])));

test("one command verifies every ledger, beside a running graph too", async () => {
  const empty = ["customer", "agreement", "service", "project", "application"].map((name) => `${name}: 0 entries fit; hash ${"0".repeat(64)}.`);
  expect(await verify()).toEqual({ code: 0, output: [...empty, `people: 3 entries fit; hash ${hashes["people"]}.`].join("\n") });
});

test("with names only those, with --records their records as well, and it says which one was changed past the ledger", async () => {
  expect(await verify("people", "--records")).toEqual({ code: 0, output: `people: 3 entries fit, and 3 records; hash ${hashes["people"]}.` });
  await tamper("UPDATE `team` SET `name` = 'X' WHERE `code` = 'B'");
  const [[id]] = (await graph.subgraph("people").database.read("SELECT `id` FROM `team` WHERE `code` = 'B'", [])) as [[string]];
  expect(await verify("people", "--records")).toEqual({
    code: 1,
    output: `people: Team ${id} is not what the ledger says (edited): name is not as entry 2 left it.`,
  });
  await tamper("UPDATE `team` SET `name` = 'B' WHERE `code` = 'B'");
});

test("the first entry that was tampered with is named, and what was done", async () => {
  await tamper("DELETE FROM `change` WHERE `seq` = 2");
  expect(await verify("people", "application")).toEqual({
    code: 1,
    output: [`application: 0 entries fit; hash ${"0".repeat(64)}.`, "people: entry 2 is the first that does not fit (missing): 2 is not there."].join("\n"),
  });
});

test("what is no portfolio is refused", async () => {
  expect(await verify("insight")).toEqual({
    code: 2,
    output: "The command line takes names of portfolios (customer, agreement, service, project, application, people) and --records, nothing else.",
  });
});
