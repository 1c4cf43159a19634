import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { runToEnd } from "../support/processes.js";

let graph: TestPortfolios;
beforeAll(async () => {
  graph = await openTestPortfolios();
  await graph.ask("people", `mutation { createTeam(input: { code: "T", name: "Kept" }) { problems { code } } }`);
});
afterAll(() => graph.close());

const rebuild = (environment: Record<string, string> = {}, args: string[] = []) =>
  runToEnd("start/rebuild.ts", args, { DATA_DIR: graph.settings.directory, DATABASE_URL: "", SUBGRAPH_URL: "", ...environment });

test("one command reads all ledgers anew, beside a running insight too", async () => {
  await graph.insight.follower.catchUp(call, 5_000);
  await graph.insight.store.database.transaction(async (transaction) => void (await transaction.execute("DELETE FROM `team`", [])));
  const { code, output } = await rebuild();
  expect({ code, output: output.replace(/\d+\.\d s/, "N s") }).toEqual({ code: 0, output: "Insight has read 1 entries of 6 ledgers in N s." });
  expect(await graph.insight.store.database.read("SELECT `name` FROM `team`", [])).toEqual([["Kept"]]);
});

test("with a portfolio out of reach nothing is forgotten, and it is said", async () => {
  expect(await rebuild({ SUBGRAPH_URL: "http://127.0.0.1:1/{name}/graphql" })).toEqual({
    code: 1,
    output: "The customer portfolio is out of reach; try again.",
  });
  expect(await graph.insight.store.database.read("SELECT `name` FROM `team`", [])).toEqual([["Kept"]]);
});

test("arguments are refused", async () => {
  expect(await rebuild({}, ["now"])).toEqual({ code: 2, output: "The command line takes no arguments." });
});
