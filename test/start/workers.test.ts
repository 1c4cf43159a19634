/** `npm start -- --workers N`: several processes behind one port. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import mysql from "mysql2/promise";
import { openPortfolios } from "../../start/portfolios.js";
import { askOverConnection, call, databaseKinds, newDatabase, removeDatabase } from "../support/graph.js";
import { type Part, runToEnd, startPart } from "../support/processes.js";
import { type RedisServer, hasRedis, startRedis } from "../support/redis.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "brm-workers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("on SQLite they are refused with the reason, and nothing is begun", async () => {
  const data = path.join(folder, "data");
  expect(await runToEnd("start/embedded.ts", ["--workers", "2"], { DATA_DIR: data, DATABASE_URL: "" })).toEqual({
    code: 2,
    output:
      "--workers needs DATABASE_URL: an SQLite file has one writer, for which workers would only wait; name a MySQL or MariaDB server, or leave --workers out.",
  });
  expect(existsSync(data)).toBe(false);
});

/** The processes a process has started, by their ids. */
const childrenOf = (pid: number): number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

test("workers that die before they serve are started again, ever later, and given up with a clear message when none serves", async () => {
  const began = Date.now();
  const { code, output } = await runToEnd("test/start/dyingWorkers.ts", [path.join(folder, "served")], {});
  expect(code).toBe(1);
  expect(output.split("\n")).toEqual([
    expect.stringMatching(/^2 workers serve; SIGHUP to process \d+ restarts them one after the other\.$/),
    expect.stringMatching(/^Worker \d+ died \(exit code 3\) and is replaced\.$/),
    expect.stringMatching(/^Worker \d+ died \(SIGKILL\) and is replaced\.$/),
    "No worker serves any more, and 5 in a row ended as soon as they were started; mend what they said, and start again.",
  ]);
  // Two are missing: 100, 200, 400, 800 and 1600 ms between them.
  expect(Date.now() - began).toBeGreaterThan(1_500);
});

/** How long processes may take to start, in milliseconds, where much else runs. */
const PATIENCE_MS = 120_000;
const tokens = { eva: "e".repeat(40), gone: "g".repeat(40), sam: "s".repeat(40) };
/** Points of each caller: more than these tests take. */
const CAPACITY = 100_000_000;
const file = path.join(folder, "tokens.yaml");
const writeTokens = (...names: (keyof typeof tokens)[]) =>
  writeFileSync(
    file,
    JSON.stringify(
      names.map((name) => ({ name, sha256: createHash("sha256").update(tokens[name]).digest("hex"), roles: ["developer"], expires: "2999-01-01" })),
    ),
  );

const isPossible = databaseKinds.includes("MariaDB") && process.platform === "linux";
(isPossible ? describe : describe.skip)("two workers on MariaDB", () => {
  const settings = newDatabase(isPossible ? "MariaDB" : "SQLite");
  let whole: Part | undefined;
  let redis: RedisServer | undefined;
  let written = 0;
  beforeAll(async () => {
    const portfolios = await openPortfolios(settings);
    // With one record no story is told.
    await portfolios.local
      .get("people")!
      .writer(call)
      .create("Team", { code: `T${written++}`, name: "First" });
    await portfolios.close();
    writeTokens("eva", "gone", "sam");
    if (hasRedis) redis = await startRedis();
    const environment = {
      ...{ DATA_DIR: settings.directory, DATABASE_URL: settings.url!, SERVICE_TOKENS: file, PORT: "0" },
      ...{ POINTS: String(CAPACITY), POINTS_PER_SECOND: "1", COST_EXTENSION: "on", REDIS_URL: redis?.url ?? "" },
    };
    whole = await startPart("start/embedded.ts", ["--workers", "2"], environment);
  }, 2 * PATIENCE_MS);
  afterAll(async () => {
    whole?.child.kill("SIGKILL");
    await redis?.stop();
    await removeDatabase(settings);
  });
  const workers = () => childrenOf(whole!.child.pid!);

  /** Asks over a connection of its own, which the worker that is free takes, or over one of an agent's. */
  const ask = (query: string, { agent, key, token = tokens.eva }: { agent?: http.Agent; key?: string; token?: string } = {}) =>
    askOverConnection(whole!.url, query, { agent, headers: { authorization: `Bearer ${token}`, ...(key ? { "idempotency-key": key } : {}) } });
  const create = (code: string) => `mutation { createTeam(input: { code: "${code}", name: "n" }) { team { id code version } problems { code } } }`;
  const COUNT = "{ teams { totalCount } }";

  /** Connections to each worker, which are kept: the others are stopped while one is connected to. */
  async function connectToEach(count: number): Promise<http.Agent[][]> {
    const agents: http.Agent[][] = [];
    for (const pid of workers()) {
      const others = workers().filter((other) => other !== pid);
      for (const other of others) process.kill(other, "SIGSTOP");
      const own = Array.from({ length: count }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
      await Promise.all(own.map((agent) => ask(COUNT, { agent })));
      for (const other of others) process.kill(other, "SIGCONT");
      agents.push(own);
    }
    return agents;
  }

  (hasRedis ? test : test.skip)(
    "a budget is one where they share a Redis, and one for each of them while it is away",
    async () => {
      const agents = (await connectToEach(1)).flat();
      const began = Date.now();
      /** Points that are missing in the budget after so many questions of 1,000 each, which the workers are asked in turn. */
      const spend = async (times: number) => {
        const missing: number[] = [];
        for (let i = 0; i < times; i++) {
          const { body } = await ask("{ changes(first: 0) { nodes { seq } } }", { agent: agents[i % 2]!, token: tokens.sam });
          expect(body).toMatchObject({ data: { changes: { nodes: [] } }, extensions: { cost: { actual: 1_001 } } });
          missing.push(CAPACITY - body.extensions!["cost"].remaining);
        }
        return missing;
      };
      const flowedBack = () => Math.ceil((Date.now() - began) / 1_000);
      for (const [i, missing] of (await spend(6)).entries()) {
        expect(missing).toBeLessThanOrEqual((i + 1) * 1_001);
        expect(missing).toBeGreaterThanOrEqual((i + 1) * 1_001 - flowedBack());
      }
      redis!.signal("SIGSTOP");
      try {
        // Three times each waits for it in vain, and has counted for itself from the first.
        for (const [i, missing] of (await spend(10)).entries()) {
          expect(missing).toBeLessThanOrEqual((Math.floor(i / 2) + 1) * 1_001);
          expect(missing).toBeGreaterThanOrEqual((Math.floor(i / 2) + 1) * 1_001 - flowedBack());
        }
      } finally {
        redis!.signal("SIGCONT");
      }
      for (const agent of agents) agent.destroy();
    },
    PATIENCE_MS,
  );

  test(
    "what one has written the other knows at once, keys and tokens too",
    async () => {
      const agents = await connectToEach(3);
      const [[one], [other]] = agents as [[http.Agent], [http.Agent]];
      const ways = [
        [one, other],
        [other, one],
        [one, other],
      ] as const;
      for (const [writer, reader] of ways) {
        const { body } = await ask(create(`T${written++}`), { agent: writer });
        expect(body.data["createTeam"].problems).toEqual([]);
        expect((await ask(COUNT, { agent: reader })).body.data["teams"]).toEqual({ totalCount: written });
        // Insight says where it was not read in time.
        const known = async () => {
          const { data } = (await ask("{ findPeople { asOf { portfolio seq stale } } }", { agent: reader })).body;
          return (data["findPeople"].asOf as { portfolio: string; stale: boolean }[]).find(({ portfolio }) => portfolio === "people")!;
        };
        for (const limit = Date.now() + 30_000; (await known()).stale && Date.now() < limit;) await wait(100);
        expect(await known()).toEqual({ portfolio: "people", seq: written, stale: false });
      }

      const code = `T${written++}`;
      const answers = await Promise.all(agents.flat().flatMap((agent) => [1, 2, 3].map(() => ask(create(code), { agent, key: "one" }))));
      expect(answers[0]!.body.data["createTeam"]).toEqual({ team: { id: expect.any(String), code, version: 1 }, problems: [] });
      for (const { body } of answers) expect(body.data).toEqual(answers[0]!.body.data);
      expect((await ask(COUNT)).body.data["teams"]).toEqual({ totalCount: written });

      // Many at once: the first to come after a while must not be let in by what was read before.
      const gone = () => Promise.all(agents.flat().map(async (agent) => (await ask(COUNT, { agent, token: tokens.gone })).status));
      expect(await gone()).toEqual(Array(6).fill(200));
      writeTokens("eva");
      await wait(5_000);
      expect(await gone()).toEqual(Array(6).fill(401));
      for (const agent of agents.flat()) agent.destroy();
    },
    PATIENCE_MS,
  );

  /** Questions counted, by the figures that are read over that connection. */
  async function counted(agent: http.Agent | false): Promise<number> {
    const text = await read("/metrics", agent);
    const counts = [...text.matchAll(/^graph_request_seconds_count\{[^}]*\} (\d+)$/gm)].map(([, count]) => Number(count));
    return counts.reduce((sum, count) => sum + count, 0);
  }
  const read = (place: string, agent: http.Agent | false) =>
    new Promise<string>((resolve, reject) => {
      const request = http.get(`${whole!.url}${place}`, { agent }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve(text));
      });
      request.on("error", reject);
    });
  /** Reads until so many are counted: a question is when its answer has been taken. */
  async function expectCounted(count: number, agents: readonly (http.Agent | false)[]): Promise<void> {
    for (const agent of agents) {
      for (const limit = Date.now() + 5_000; (await counted(agent)) < count && Date.now() < limit;) await wait(50);
      expect(await counted(agent)).toBe(count);
    }
  }

  test(
    "SIGHUP restarts one after the other; no client under way notices",
    async () => {
      const before = workers();
      const countBefore = await counted(false);
      let isOver = false;
      let answered = 0;
      const failures: unknown[] = [];
      const clients = Array.from({ length: 8 }, async (_, client) => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        for (let n = 0; !isOver; n++) {
          const writes = client % 2 === 0;
          const answer = await ask(writes ? create(`R${client}-${n}`) : COUNT, { agent }).catch((error: unknown) => error as Error);
          const isWell = !(answer instanceof Error) && answer.status === 200 && !answer.body.errors && !answer.body.data["createTeam"]?.problems.length;
          if (!isWell) failures.push(answer);
          if (writes) written++;
          answered++;
          await wait(5);
        }
        agent.destroy();
      });
      whole!.child.kill("SIGHUP");
      const isRestarted = () => workers().length === 2 && !workers().some((pid) => before.includes(pid));
      try {
        for (const limit = Date.now() + PATIENCE_MS; !isRestarted(); await wait(50)) if (Date.now() > limit) throw new Error(`still ${workers().join()}`);
        await wait(300);
      } finally {
        isOver = true;
      }
      await Promise.all(clients);
      expect(failures).toEqual([]);
      expect(answered).toBeGreaterThan(50);
      // What was counted by those that are gone is counted still.
      await expectCounted(countBefore + answered, [false]);
      expect((await ask(COUNT)).body.data["teams"]).toEqual({ totalCount: written });
    },
    2 * PATIENCE_MS,
  );

  test(
    "a worker that is killed is replaced, and the other serves meanwhile",
    async () => {
      const [victim, other] = workers() as [number, number];
      process.kill(victim, "SIGKILL");
      for (const limit = Date.now() + PATIENCE_MS; workers().length < 2 || workers().includes(victim); await wait(20)) {
        if (Date.now() > limit) throw new Error("it was not replaced");
        expect((await ask(COUNT)).status).toBe(200);
      }
      expect(workers()).toContain(other);
    },
    2 * PATIENCE_MS,
  );

  test(
    "SIGHUP restarts one that is only starting too",
    async () => {
      // The port is any free one: whoever has served longest keeps it.
      const [other, victim] = workers() as [number, number];
      process.kill(victim, "SIGKILL");
      const find = async (what: string, isThere: () => boolean) => {
        for (const limit = Date.now() + PATIENCE_MS; !isThere(); await wait(10)) if (Date.now() > limit) throw new Error(`${what}: ${workers().join()}`);
      };
      await find("not replaced", () => workers().length === 2 && !workers().includes(victim));
      const early = workers().find((pid) => pid !== other)!;
      whole!.child.kill("SIGHUP");
      await find("not restarted", () => workers().length === 2 && !workers().includes(other) && !workers().includes(early));
      expect((await ask(COUNT)).status).toBe(200);
    },
    2 * PATIENCE_MS,
  );

  test(
    "metrics count what all have been asked, whichever tells them, also one that was killed and one that hangs",
    async () => {
      const [[one], [other]] = (await connectToEach(1)) as [[http.Agent], [http.Agent]];
      await wait(500);
      let count = await counted(one);
      for (const [agent, questions] of [
        [one, 3],
        [other, 7],
        [one, 2],
      ] as const) {
        for (let i = 0; i < questions; i++) expect((await ask(COUNT, { agent })).status).toBe(200);
        await expectCounted((count += questions), [one, other]);
      }
      const text = await read("/metrics", one);
      // One line of each, for both: figures of each by itself would be two.
      expect(text.match(/^graph_request_seconds_count\{code="OK",left="false"\} /gm)).toHaveLength(1);
      expect(text.match(/^graph_budgets_shared [01]$/gm)).toEqual([`graph_budgets_shared ${Number(hasRedis)}`]);

      const [, hanging] = workers();
      process.kill(hanging!, "SIGSTOP");
      try {
        await expectCounted(count, [one]);
        expect((await ask(COUNT, { agent: one })).status).toBe(200);
        await expectCounted(++count, [one]);
      } finally {
        process.kill(hanging!, "SIGCONT");
      }
      await expectCounted(count, [other]);

      // What it was asked since it told the last time nobody can know.
      process.kill(hanging!, "SIGKILL");
      for (const limit = Date.now() + PATIENCE_MS; workers().length < 2 || workers().includes(hanging!); await wait(50))
        if (Date.now() > limit) throw new Error("it was not replaced");
      await expectCounted(count, [one]);
      for (const agent of [one, other, ...(await connectToEach(1)).flat()]) agent.destroy();
    },
    2 * PATIENCE_MS,
  );

  test(
    "SIGTERM lets both answer what is under way, and ends all",
    async () => {
      const pids = workers();
      const uri = settings.url!.replace("{portfolio}", "people");
      const blocker = await mysql.createConnection({ uri });
      await blocker.beginTransaction();
      await blocker.query("SELECT `seq` FROM `ledger_head` FOR UPDATE");
      const under = Array.from({ length: 4 }, (_, i) => ask(create(`S${i}`)));
      const waiting = async () => {
        const [rows] = await blocker.query("SELECT COUNT(*) AS n FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
        return Number((rows as { n: number }[])[0]!.n);
      };
      // However this ends, the lock must be let go: whoever removes the database waits for it, and all other tests for them.
      let ended: Promise<number | null>;
      try {
        // InnoDB shows the same list for as long as it is asked more often than every 100 ms.
        for (const limit = Date.now() + 4_000; (await waiting()) < 4; await wait(150)) if (Date.now() > limit) throw new Error("they do not wait");
        ended = whole!.stop();
        await wait(300);
      } finally {
        await blocker.commit();
      }
      for (const { status, body } of await Promise.all(under))
        expect({ status, problems: body.data["createTeam"].problems }).toEqual({ status: 200, problems: [] });
      expect(await ended).toBe(0);
      expect(readdirSync("/proc").filter((pid) => pids.includes(Number(pid)))).toEqual([]);
      const [[{ n }]] = (await blocker.query("SELECT COUNT(*) AS n FROM team")) as unknown as [[{ n: number }]];
      expect(Number(n)).toBe(written + 4);
      await blocker.end();
    },
    2 * PATIENCE_MS,
  );
});
