import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { openInsight } from "../../subgraphs/insight/index.js";
import { portfolios } from "../../subgraphs/list.js";
import { type LedgerEntry, type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios, policy } from "../support/graph.js";
import { Random } from "../support/random.js";

const seed = Number(process.env["SEED"] ?? 20261123);
/** For tests that start processes, which on a busy machine take long to begin. */
const LONGEST_MS = 300_000;

describe.each(databaseKinds)("insight's read model on %s", (kind) => {
  let graph: TestPortfolios;
  afterEach(() => graph.close());

  const follow = (reach = graph.reach) => openInsight({ portfolios, settings: graph.settings, reach, policy, report: () => undefined });

  /** Writes people, teams and changes of them, round after round. */
  async function write(random: Random, name: string, rounds: number): Promise<void> {
    const writer = graph.subgraph("people").writer(call);
    const made: { id: string; version: number }[] = [];
    for (let i = 0; i < rounds; i++) {
      const { record } = await writer.create("Person", {
        code: `${name}-${i}`,
        name: "n",
        managerId: made.length > 0 && random.chance(0.5) ? random.pick(made).id : null,
      });
      made.push({ id: record!.id, version: 1 });
      const changed = random.pick(made);
      await writer.update("Person", changed.id, changed.version, { name: `n${i}`, externalIds: [{ system: name, id: `${changed.id}` }] });
      changed.version++;
    }
  }

  /** Every record and list item that insight keeps is that of its owner, and none is missing. */
  async function expectEqual(insight: { store: { database: { read(sql: string, cells: []): Promise<unknown[][]> } } }): Promise<void> {
    for (const [name, subgraph] of graph.local)
      for (const entity of subgraph.model.entities.values())
        for (const sql of [
          `SELECT \`id\`, \`version\` FROM \`${entity.table}\` ORDER BY \`id\``,
          ...[...entity.lists.values()]
            .filter(({ constants }) => Object.keys(constants).length === 0)
            .map(({ table }) => `SELECT \`recordId\`, \`position\` FROM \`${table}\` ORDER BY \`recordId\`, \`position\``),
        ])
          expect({ name, sql, rows: await insight.store.database.read(sql, []) }).toEqual({ name, sql, rows: await subgraph.database.read(sql, []) });
  }

  test("two processes' worth of insight share one database: one advances, both answer, nothing is counted twice", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const [one, two] = await Promise.all([follow(), follow()]);
    let writing = true;
    const reading = [one, two].map(async (insight) => {
      // A turn of the event loop between readings, as requests have it.
      for (; writing; await wait(1)) await insight.follower.catchUp(call, 60_000);
    });
    await Promise.all([1, 2, 3, 4].map((writer) => write(new Random(seed + writer), `w${writer}`, 15)));
    writing = false;
    await Promise.all(reading);
    for (const insight of [one, two]) {
      const knowledge = await insight.follower.catchUp(call, 60_000);
      expect(knowledge.find(({ portfolio }) => portfolio === "people")).toMatchObject({ seq: 120, stale: false });
      await expectEqual(insight);
      await insight.close();
    }
  });

  /** A process of its own on the same databases, once it has begun. */
  async function start(mode: "follow" | "rebuild" | "answer"): Promise<ChildProcess> {
    const child = spawn(process.execPath, ["--import", "tsx", path.resolve("test/insight/follower.ts"), mode], {
      env: { ...process.env, NODE_OPTIONS: "", DATA_DIR: graph.settings.directory, DATABASE_URL: graph.settings.url ?? "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    return child;
  }

  test(
    "two processes share one database: both answer while somebody writes, never more than there is, and in the end all of it",
    async () => {
      graph = await openTestPortfolios(newDatabase(kind));
      const children = await Promise.all([start("answer"), start("answer")]);
      const seen = children.map((child) => {
        const counts: number[] = [];
        createInterface({ input: child.stdout! }).on("line", (line) => {
          const { data, errors } = JSON.parse(line);
          expect(errors).toBeUndefined();
          counts.push(data.findPeople.totalCount);
        });
        return counts;
      });
      await write(new Random(seed), "w", 40);
      for (const end = Date.now() + LONGEST_MS / 2; seen.some((counts) => counts.at(-1) !== 40) && Date.now() < end;) await wait(10);
      for (const child of children) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      for (const counts of seen) {
        expect(counts.at(-1)).toBe(40);
        expect(counts).toEqual([...counts].sort((a, b) => a - b));
        expect(new Set(counts).size).toBeGreaterThan(2);
      }
      const insight = await follow();
      await insight.follower.catchUp(call, 60_000);
      await expectEqual(insight);
      await insight.close();
    },
    LONGEST_MS,
  );

  /** Kills a process that follows, or rebuilds, at random moments, several times. */
  async function killOverAndOver(mode: "follow" | "rebuild"): Promise<void> {
    const random = new Random(seed);
    for (let kill = 0; kill < 4; kill++) {
      const child = await start(mode);
      await wait(random.between(0, 150));
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }

  test(
    "killed at any moment while it follows, it loses nothing and counts nothing twice",
    async () => {
      graph = await openTestPortfolios(newDatabase(kind));
      const random = new Random(seed);
      let writing = true;
      const writers = (async () => {
        for (let round = 0; writing; round++) await write(random, `r${round}`, 5);
      })();
      await killOverAndOver("follow");
      writing = false;
      await writers;
      const insight = await follow();
      await insight.follower.catchUp(call, 60_000);
      await expectEqual(insight);
      await insight.close();
    },
    LONGEST_MS,
  );

  test(
    "killed at any moment while it rebuilds, it goes on from there; a rebuild mends whatever was wrong",
    async () => {
      graph = await openTestPortfolios(newDatabase(kind));
      await write(new Random(seed), "w", 40);
      await killOverAndOver("rebuild");
      const insight = await follow();
      await insight.follower.catchUp(call, 60_000);
      await expectEqual(insight);
      await insight.store.database.transaction(async (transaction) => {
        await transaction.execute("DELETE FROM `person` WHERE `code` < 'w-2'", []);
        await transaction.execute("UPDATE `person` SET `version` = 99 WHERE `code` > 'w-2'", []);
      });
      expect(await insight.follower.rebuild(call)).toEqual(expect.arrayContaining([expect.objectContaining({ portfolio: "people", seq: 80, stale: false })]));
      await expectEqual(insight);
      await insight.close();
    },
    LONGEST_MS,
  );

  test("a ledger with a gap, or of records that are not its own, is not read: the portfolio is stale and operators are told", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    await write(new Random(seed), "w", 3);
    const people = graph.subgraph("people");
    const told: string[] = [];
    let spoil = (entries: readonly LedgerEntry[]): unknown => entries;
    const faulty: Subgraph = { ...people, ledger: async (...args) => spoil(await people.ledger(...args)) as LedgerEntry[] };
    const reach = (name: string) => (name === "people" ? faulty : graph.reach(name));
    const insight = await openInsight({ portfolios, settings: graph.settings, reach, policy, report: (error) => told.push(String(error)) });
    for (const [spoiled, complaint] of [
      [(entries: readonly LedgerEntry[]) => entries.slice(1), /goes on from 0 with 2/],
      [(entries: readonly LedgerEntry[]) => entries.map((entry) => ({ ...entry, type: "Customer" })), /no record of it: Customer/],
      [(entries: readonly LedgerEntry[]) => entries.map((entry) => ({ ...entry, id: "nonsense" })), /no record of it: Person nonsense/],
      [(entries: readonly LedgerEntry[]) => entries.map((entry) => ({ ...entry, after: {} })), /no record of it/],
    ] as const) {
      spoil = spoiled;
      const knowledge = await insight.follower.catchUp(call, 60_000);
      expect(knowledge.find(({ portfolio }) => portfolio === "people")).toMatchObject({ seq: 0, stale: true });
      expect(told.pop()).toMatch(complaint);
    }
    spoil = (entries) => entries;
    await insight.follower.catchUp(call, 60_000);
    await expectEqual(insight);
    await insight.close();
  });

  test("a head that is none, or entries that are none, leave what is known as it is", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    await write(new Random(seed), "w", 3);
    const people = graph.subgraph("people");
    const told: string[] = [];
    let faults: Partial<Record<"head" | "ledger", unknown>> = {};
    const faulty: Subgraph = {
      ...people,
      head: async (context) => ("head" in faults ? (faults.head as number) : people.head(context)),
      ledger: async (...args) => ("ledger" in faults ? (faults.ledger as LedgerEntry[]) : people.ledger(...args)),
    };
    const reach = (name: string) => (name === "people" ? faulty : graph.reach(name));
    const insight = await openInsight({ portfolios, policy, settings: graph.settings, reach, report: (error) => told.push(String(error)) });
    await insight.follower.catchUp(call, 60_000);
    await expectEqual(insight);
    for (const fault of [{ head: -1 }, { head: 2.5 }, { head: NaN }, { head: "7" }, { head: null }, { head: 99, ledger: null }, { head: 99, ledger: [null] }]) {
      faults = fault;
      const knowledge = await insight.follower.catchUp(call, 60_000);
      expect({ fault, people: knowledge.find(({ portfolio }) => portfolio === "people") }).toEqual({
        fault,
        people: { portfolio: "people", seq: 6, at: expect.any(String), stale: true },
      });
      expect(told.splice(0)).toHaveLength(1);
      await expectEqual(insight);
    }
    faults = {};
    await insight.follower.catchUp(call, 60_000);
    await expectEqual(insight);
    await insight.close();
  });

  test("a portfolio that does not answer is waited for 250 ms, then the rest is answered and it is said to be stale", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    await write(new Random(seed), "w", 3);
    const people = graph.subgraph("people");
    let silent = false;
    let release: () => void = () => undefined;
    const faulty: Subgraph = {
      ...people,
      head: (context) => (silent ? new Promise((resolve) => (release = () => resolve(people.head(context)))) : people.head(context)),
    };
    const insight = await follow((name) => (name === "people" ? faulty : graph.reach(name)));
    await insight.follower.catchUp(call, 60_000);
    silent = true;
    await write(new Random(seed), "v", 1);
    const began = performance.now();
    const { data } = (await insight.execute({ query: "{ findPeople { totalCount asOf { portfolio seq stale } } }" }, call)) as any;
    expect(performance.now() - began).toBeGreaterThan(240);
    expect(data.findPeople.totalCount).toBe(3);
    expect(data.findPeople.asOf).toContainEqual({ portfolio: "people", seq: 6, stale: true });
    silent = false;
    release();
    await insight.follower.catchUp(call, 60_000);
    expect(((await insight.execute({ query: "{ findPeople { totalCount } }" }, call)) as any).data.findPeople.totalCount).toBe(4);
    await insight.close();
  });

  test("a portfolio out of reach is stale, the rest is answered; back, it is read on; begun anew, it is read anew", async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    await graph.ask("people", `mutation { createTeam(input: { code: "T", name: "Known" }) { problems { code } } }`);
    let state: "well" | "gone" | "emptied" = "well";
    const people = graph.subgraph("people");
    const faulty: Subgraph = {
      ...people,
      head: (context) =>
        state === "gone" ? Promise.reject(new SubgraphUnreachable("people")) : state === "emptied" ? Promise.resolve(0) : people.head(context),
      ledger: (after, first, context) => (state === "emptied" ? Promise.resolve([]) : people.ledger(after, first, context)),
    };
    const insight = await follow((name) => (name === "people" ? faulty : graph.reach(name)));
    const ask = async () =>
      (await insight.execute({ query: `{ findPeople { totalCount } groupPeople(by: [{ field: active }]) { totalGroups asOf { portfolio stale } } }` }, call))
        .data as any;
    const stale = ({ groupPeople }: any) => groupPeople.asOf.filter((each: any) => each.stale).map((each: any) => each.portfolio);
    await graph.ask("people", `mutation { createPerson(input: { code: "P", name: "P" }) { problems { code } } }`);
    let answer = await ask();
    expect([answer.findPeople.totalCount, stale(answer)]).toEqual([1, []]);
    state = "gone";
    await graph.ask("people", `mutation { createPerson(input: { code: "Q", name: "Q" }) { problems { code } } }`);
    answer = await ask();
    expect([answer.findPeople.totalCount, stale(answer)]).toEqual([1, ["people"]]);
    state = "well";
    answer = await ask();
    expect([answer.findPeople.totalCount, stale(answer)]).toEqual([2, []]);
    state = "emptied";
    answer = await ask();
    expect([answer.findPeople.totalCount, stale(answer)]).toEqual([0, []]);
    state = "well";
    expect((await ask()).findPeople.totalCount).toBe(2);
    await expectEqual(insight);
    await insight.close();
  });
});
