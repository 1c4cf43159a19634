/** Budgets that gateways share in a real Redis: exact while it is there, each its own while it is away. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { reachGuarded } from "../../transport/guards.js";
import { type Federation, ask, send, startFederation } from "../gateway/federations.js";
import { type Part, startPart } from "../support/processes.js";
import { type RedisServer, hasRedis, startRedis } from "../support/redis.js";
import { as, leftIn, writeTokens } from "./clients.js";
import { warehouse } from "./warehouse.js";

const CAPACITY = 1_000_000;
/** A name for each test: what one has used up is not there for the next. */
const NAMES = ["ann", "ben", "cat", "dan", "eve", "fay"];
const AWAY = /^Redis \(REDIS_URL\) is out of reach \(.+\): until it is back this process counts points for itself\.$/;
const BACK = "Redis (REDIS_URL) is back: budgets are shared again.";

(hasRedis ? describe : describe.skip)("budgets in Redis", () => {
  let redis: RedisServer;
  let tokens: Awaited<ReturnType<typeof writeTokens>>;
  let federation: Federation;
  let environment: Record<string, string>;
  const log: string[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    tokens = await writeTokens(NAMES);
    environment = { SERVICE_TOKENS: tokens.file, POINTS: String(CAPACITY), POINTS_PER_SECOND: "1", REDIS_URL: redis.url, PORT: "0" };
    federation = await startFederation([warehouse], environment);
  });
  afterAll(async () => {
    await federation?.stop();
    await redis?.stop();
    await tokens?.remove();
  });
  beforeEach(() => {
    log.length = 0;
    federation.log.length = 0;
  });

  /** One more gateway before the same subgraphs, for as long as `use` takes. */
  async function withAnother(use: (url: string) => Promise<void>, more: Record<string, string> = {}): Promise<void> {
    const gateway = await startGateway({
      settings: readSettings({ ...environment, ...more }),
      supergraph: followFile(federation.file),
      reach: reachGuarded,
      log: (line) => void log.push(line),
    });
    try {
      await use(`${gateway.url}/graphql`);
    } finally {
      await gateway.stop();
    }
  }
  const things = (first: number, stock = 0) => `{ things(first: ${first}, stock: ${stock}) { name } }`;
  const shared = async (url: string) => Number(/^graph_budgets_shared (\d)$/m.exec((await send(url.replace("/graphql", "/metrics"))).text)![1]);
  /** Asks until Redis is taken for what it is. */
  async function until(url: string, isShared: boolean, name: string): Promise<void> {
    const began = performance.now();
    while ((await shared(url)) !== Number(isShared)) {
      await ask(url, "{ thing { name } }", as(name));
      await wait(20);
      expect(performance.now() - began).toBeLessThan(15_000);
    }
  }

  test("two processes take from one budget, together no more than there is, and give back to it what was not used", async () => {
    const parts: Part[] = [];
    try {
      for (let i = 0; i < 2; i++) parts.push(await startPart("gateway/main.ts", ["--supergraph", federation.file], environment));
      const urls = parts.map(({ url }) => (url.endsWith("/graphql") ? url : `${url}/graphql`));
      const slow = (url: string, name: string, ms: number) => ask(url, "query ($ms: Int!) { slow(ms: $ms, first: 30000) { name } }", as(name), { ms });
      for (const url of urls) expect((await slow(url, "eve", 0)).status).toBe(200);
      const began = performance.now();
      const { calls } = federation.subgraphs["warehouse"]!;
      const before = calls.length;
      // Each may cost 30,000: 33 of them are there, wherever they are asked.
      const seen = await Promise.all(Array.from({ length: 100 }, (_, i) => slow(urls[i % 2]!, "ann", 4_000)));
      const answered = seen.filter(({ status }) => status === 200);
      expect(answered.length).toBe(33);
      expect(calls.length).toBe(before + 33);
      for (const { status, body, headers } of seen.filter((each) => each.status !== 200)) {
        expect([status, body.errors[0].extensions.code]).toEqual([429, "BUDGET_EXCEEDED"]);
        expect(Number(headers.get("retry-after"))).toBeGreaterThan(15_000);
      }
      // Each answer was empty, and costs 1 as any does.
      const left = leftIn(await ask(urls[0]!, "{ thing { name } }", as("ann")));
      const most = CAPACITY - 34 + Math.ceil((performance.now() - began) / 1000);
      expect(left).toBeGreaterThanOrEqual(CAPACITY - 34);
      expect(left).toBeLessThanOrEqual(Math.min(CAPACITY, most));
    } finally {
      await Promise.all(parts.map((part) => part.stop()));
    }
  }, 120_000);

  test("what one gateway has taken the other knows, to the point", async () => {
    await withAnother(async (other) => {
      const began = performance.now();
      for (let i = 0; i < 30; i++) await ask(i % 2 === 0 ? federation.url : other, things(1_000, 10 * i), as("ben"));
      // 10 + 20 + … + 290, and 1 for the empty one; 1 for what asks.
      const left = leftIn(await ask(other, "{ thing { name } }", as("ben")));
      const expected = CAPACITY - 4_350 - 2;
      expect(left).toBeGreaterThanOrEqual(expected);
      expect(left).toBeLessThanOrEqual(expected + Math.ceil((performance.now() - began) / 1000));
    });
    const client = new Redis(redis.url);
    const [key, ...others] = (await client.keys("*")).filter((each) => !/^points:[\w-]{43}$/.test(each));
    client.disconnect();
    expect([key, others]).toEqual([undefined, []]);
  });

  test("killed under load and started again: no request fails or waits long, operators are told once each, and budgets are shared again", async () => {
    await withAnother(async (other) => {
      const urls = [federation.url, other];
      const statuses = new Set<number>();
      let longest = 0;
      let isOver = false;
      const clients = Array.from({ length: 8 }, async (_, i) => {
        while (!isOver) {
          const began = performance.now();
          statuses.add((await ask(urls[i % 2]!, things(50, 5), as("cat"))).status);
          longest = Math.max(longest, performance.now() - began);
          await wait(5);
        }
      });
      await wait(300);
      await redis.kill();
      await Promise.all(urls.map((url) => until(url, false, "cat")));
      await wait(300);
      await redis.restart();
      await Promise.all(urls.map((url) => until(url, true, "cat")));
      isOver = true;
      await Promise.all(clients);
      expect([...statuses]).toEqual([200]);
      // Asking Redis waits 250 ms at most, and three in a row do.
      expect(longest).toBeLessThan(2_000);
      for (const lines of [federation.log, log]) expect(lines).toEqual([expect.stringMatching(AWAY), BACK]);
      // What one takes is missing at the other again.
      const before = leftIn(await ask(urls[0]!, "{ thing { name } }", as("cat")));
      const after = leftIn(await ask(urls[1]!, "{ plain(stock: 700) { name } }", as("cat")));
      expect(before - after).toBeGreaterThanOrEqual(690);
      expect(before - after).toBeLessThanOrEqual(700);
    });
  }, 60_000);

  test("frozen: requests go on with the process's own budgets, and what is taken late is given back", async () => {
    expect(leftIn(await ask(federation.url, "{ thing { name } }", as("dan")))).toBe(CAPACITY - 1);
    redis.signal("SIGSTOP");
    try {
      const seen = await Promise.all(Array.from({ length: 3 }, () => ask(federation.url, things(200_000, 1), as("dan"))));
      expect(seen.map(({ status }) => status)).toEqual([200, 200, 200]);
      await until(federation.url, false, "eve");
      // Nobody waits for it any more.
      const began = performance.now();
      for (let i = 0; i < 5; i++) await ask(federation.url, things(10, 1), as("dan"));
      expect(performance.now() - began).toBeLessThan(1_000);
    } finally {
      redis.signal("SIGCONT");
    }
    await until(federation.url, true, "eve");
    // The three of 200,000 were taken when it woke, and given back; but for them only two of 1 have been paid here.
    for (let tries = 0; ; tries++) {
      const left = leftIn(await ask(federation.url, "{ thing { name } }", as("dan")));
      if (left > CAPACITY - 100) break;
      expect(tries).toBeLessThan(100);
      await wait(20);
    }
    expect(federation.log).toEqual([expect.stringMatching(AWAY), BACK]);
  }, 60_000);

  test("away from the start: it serves, each for itself, and says so", async () => {
    const elsewhere = await startRedis();
    await elsewhere.kill();
    try {
      await withAnother(
        async (url) => {
          for (let i = 0; i < 4; i++) expect((await ask(url, things(100, 1), as("fay"))).status).toBe(200);
          expect(leftIn(await ask(url, "{ thing { name } }", as("fay")))).toBeGreaterThanOrEqual(995);
          // Its own is kept as exactly.
          expect((await ask(url, "{ plain(stock: 990) { name } }", as("fay"))).status).toBe(200);
          expect((await ask(url, things(100), as("fay"))).status).toBe(429);
          expect(log).toEqual([expect.stringMatching(AWAY)]);
          await elsewhere.restart();
          await until(url, true, "eve");
          expect(log).toEqual([expect.stringMatching(AWAY), BACK]);
        },
        { REDIS_URL: elsewhere.url, POINTS: "1000" },
      );
    } finally {
      await elsewhere.stop();
    }
  }, 60_000);
});
