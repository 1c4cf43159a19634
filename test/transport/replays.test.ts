/** A call that was overheard is not carried out by another replica either, where replicas remember together, in a real Redis. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Redis } from "ioredis";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { Keyring } from "../../transport/keys.js";
import { logger } from "../../transport/logs.js";
import type { Service } from "../../transport/servers.js";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { startPart } from "../support/processes.js";
import { type RedisServer, hasRedis, startRedis } from "../support/redis.js";
import { type Call, REFUSAL, entry, newKey, operation, send, sign, usual } from "./calls.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "brm-replays-"));
const file = path.join(folder, "callers.yaml");
writeFileSync(file, usual + entry("people", "references, existence, concern", newKey()));

let teams = 0;
const create = (): Call => sign(operation(`mutation { createTeam(input: { code: "R${++teams}", name: "Replayed" }) { team { id } problems { code } } }`));
const CREATED = { status: 200, body: { data: { createTeam: { team: { id: expect.any(String) }, problems: [] } } } };
const AWAY = /^Redis \(REDIS_URL\) is out of reach \(.+\): until it is back this process remembers by itself which calls came before\.$/;
const BACK = "Redis (REDIS_URL) is back: calls are remembered together again.";

(hasRedis ? describe : describe.skip)("replicas of a subgraph", () => {
  let redis: RedisServer;
  let portfolios: TestPortfolios;
  let replicas: Service[];
  const told: string[] = [];
  const refused: string[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    portfolios = await openTestPortfolios();
  });
  afterAll(async () => {
    await redis.stop();
    await portfolios.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    told.length = refused.length = 0;
    jest.spyOn(logger, "error").mockImplementation((line: unknown) => void told.push(line as string));
    jest.spyOn(logger, "warn").mockImplementation((record: unknown) => void refused.push((record as { why: string }).why));
    const keyring = await Keyring.open(file);
    const serve = () => serveSubgraph(portfolios.subgraph("people"), { host: "127.0.0.1", port: 0, keyring, redis: redis.url });
    replicas = [await serve(), await serve(), await serve()];
  });
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    jest.restoreAllMocks();
  });
  const head = () => portfolios.subgraph("people").head(call);
  /** Sends a call to each replica, and lets the log tell of each refusal: it tells one a second. */
  async function sendToAll(signed: Call): Promise<Awaited<ReturnType<typeof send>>[]> {
    const answers = [];
    for (const replica of replicas) {
      await wait(1_000);
      answers.push(await send(signed, replica));
    }
    return answers;
  }

  test("carry out a write once, all together; the others refuse it, and their logs say why", async () => {
    const before = await head();
    expect(await sendToAll(create())).toEqual([CREATED, REFUSAL, REFUSAL]);
    const why = "it was at another replica before, signed by gateway";
    expect(refused).toEqual([why, why]);
    expect(await head()).toBe(before + 1);
  });

  test("carry it out once, too, when it comes to all of them at the same time, many times", async () => {
    const before = await head();
    const signed = create();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => send(signed, replicas[i % 3]!)));
    expect(answers.filter(({ status }) => status === 200)).toEqual([CREATED]);
    expect(answers.filter(({ status }) => status !== 200)).toEqual(Array.from({ length: 29 }, () => REFUSAL));
    expect(await head()).toBe(before + 1);
  });

  test("take for a write whatever may hold one", async () => {
    for (const text of ["# { teams }\nmutation A", "query B { teams { totalCount } } mutation A"]) {
      const query = `${text} { createTeam(input: { code: "R${++teams}", name: "Hidden" }) { team { id } problems { code } } }`;
      const asked = operation("");
      const signed = sign({ ...asked, body: JSON.stringify({ query, operationName: "A" }) });
      expect(await sendToAll(signed)).toEqual([CREATED, REFUSAL, REFUSAL]);
    }
  });

  test("forget it not before it is too old everywhere, and then do", async () => {
    await send(create(), replicas[0]!);
    const client = new Redis(redis.url);
    const keys = await client.keys("*");
    const left = await Promise.all(keys.map((key) => client.pttl(key)));
    client.disconnect();
    expect(keys.every((key) => /^nonce:people:gateway:[\w-]{43}$/.test(key))).toBe(true);
    expect(Math.max(...left)).toBeGreaterThan(110_000);
    expect(Math.max(...left)).toBeLessThanOrEqual(120_000);
  });

  test("without Redis: writes go on, each waiting a quarter of a second at most; each replica remembers its own, and operators are told", async () => {
    const [first, second] = replicas as [Service, Service];
    redis.signal("SIGSTOP");
    try {
      for (let i = 0; i < 6; i++) {
        const signed = create();
        const began = performance.now();
        expect(await send(signed, first)).toEqual(CREATED);
        expect(performance.now() - began).toBeLessThan(1_000);
        expect(await send(signed, first)).toEqual(REFUSAL);
      }
      expect(told).toEqual([expect.stringMatching(AWAY)]);
    } finally {
      redis.signal("SIGCONT");
    }
    // Those that waited in vain are there by now; the next look is half a second later.
    await wait(600);
    const signed = create();
    expect(await send(signed, first)).toEqual(CREATED);
    expect(await send(signed, second)).toEqual(REFUSAL);
    expect(told).toEqual([expect.stringMatching(AWAY), BACK]);
  });

  test("are processes that REDIS_URL is set for: one that was restarted knows what came before", async () => {
    const environment = { DATA_DIR: path.join(folder, "data"), PORT: "0", SUBGRAPH_KEYS: file, REDIS_URL: redis.url };
    const start = () => startPart("start/subgraph.ts", ["people"], environment);
    const [write, read] = [create(), sign(operation("{ teams { totalCount } }"))];
    const before = await start();
    const answers = [await send(write, before), await send(read, before)];
    await before.stop();
    const after = await start();
    try {
      expect(answers).toEqual([CREATED, { status: 200, body: { data: { teams: { totalCount: 1 } } } }]);
      expect(await send(write, after)).toEqual(REFUSAL);
      // What only reads is remembered by each process for itself.
      expect(await send(read, after)).toEqual(answers[1]);
    } finally {
      await after.stop();
    }
  }, 120_000);
});
