/** Buckets that several gateways share, in Redis. As long as it is out of reach each gateway counts for itself. */
import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Log } from "../answers.js";
import { type Allowance, type Buckets, LocalBuckets, type Taking } from "./buckets.js";

/** How long a request waits for Redis, in milliseconds. */
const PATIENCE_MS = 250;
/** How long a gateway that starts or stops waits for it, in milliseconds. */
const LONGEST_WAIT_MS = 1_000;
/** Failures in a row after which Redis is taken to be away. */
const MOST_FAILURES = 3;
/** How often one request tries whether it is back, in milliseconds. */
const INTERVAL_MS = 500;

/**
 * Fills a bucket by the time that has passed, by the clock of Redis, and takes points out of it; whether they must be there says ARGV[4].
 * Nothing is kept of a bucket that is full again.
 */
const SCRIPT = `
local capacity, rate, points = tonumber(ARGV[1]), tonumber(ARGV[2]) / 1000, tonumber(ARGV[3])
local time = redis.call("TIME")
local now = time[1] * 1000 + time[2] / 1000
local kept = redis.call("HMGET", KEYS[1], "points", "at")
local left = tonumber(kept[1]) or capacity
left = math.min(capacity, left + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
if ARGV[4] == "if there" and left < points then return { 0, string.format("%.17g", left) } end
left = math.min(capacity, left - points)
redis.call("HSET", KEYS[1], "points", string.format("%.17g", left), "at", string.format("%.17g", now))
redis.call("PEXPIRE", KEYS[1], math.ceil((capacity - left) / rate) + 1000)
return { 1, string.format("%.17g", left) }`;

export class SharedBuckets implements Buckets {
  private readonly redis: Redis;
  private readonly local: LocalBuckets;
  private failures = 0;
  private triedAt = 0;
  private isTrying = false;

  private constructor(
    url: string,
    private readonly allowance: Allowance,
    private readonly log: Log,
  ) {
    this.local = new LocalBuckets(allowance);
    this.redis = new Redis(url, {
      // What cannot be sent at once is not sent: nobody waits for it any more.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: LONGEST_WAIT_MS,
      retryStrategy: (attempt) => Math.min(50 * attempt, INTERVAL_MS),
    });
    // Whoever asks finds out.
    this.redis.on("error", () => undefined);
  }

  /** Opens them, whether Redis is there or not. */
  static async open(url: string, allowance: Allowance, log: Log): Promise<SharedBuckets> {
    const buckets = new SharedBuckets(url, allowance, log);
    const isReady = new Promise((resolve) => buckets.redis.once("ready", resolve));
    await Promise.race([isReady, wait(LONGEST_WAIT_MS, undefined, { ref: false })]);
    return buckets;
  }

  /** Whether Redis is taken to be there. */
  get isShared(): boolean {
    return this.failures < MOST_FAILURES;
  }

  async take(who: string, points: number): Promise<Taking> {
    if (!this.isShared) {
      if (this.isTrying || performance.now() < this.triedAt + INTERVAL_MS) return this.local.take(who, points);
      this.isTrying = true;
    }
    try {
      const taking = await this.takeInTime(who, points);
      this.succeed();
      return taking;
    } catch (error) {
      this.fail(error as Error);
      return this.local.take(who, points);
    } finally {
      this.isTrying = false;
    }
  }

  giveBack(who: string, points: number): void {
    // Where Redis has gone meanwhile, time gives them back.
    this.run(who, -points, "at all").catch(() => undefined);
  }

  /** Lets go of Redis, once what was given back is there. */
  async close(): Promise<void> {
    if (this.redis.status === "ready") await Promise.race([this.redis.quit().catch(() => undefined), wait(LONGEST_WAIT_MS, undefined, { ref: false })]);
    this.redis.disconnect();
  }

  private async takeInTime(who: string, points: number): Promise<Taking> {
    const answer = this.run(who, points, "if there");
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const late = new Promise<never>((_resolve, reject) => {
      const giveUp = () => {
        if (isOver) return;
        // What it takes after all is given back.
        answer.then(({ granted }) => (granted ? this.giveBack(who, points) : undefined)).catch(() => undefined);
        reject(new Error(`no answer within ${PATIENCE_MS} ms`));
      };
      // Where it was this process that was busy, the answer is there and has only to be read: a turn later it is.
      timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), PATIENCE_MS);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      isOver = true;
      clearTimeout(timer);
    }
  }

  private async run(who: string, points: number, how: "if there" | "at all"): Promise<Taking> {
    const { capacity, perSecond } = this.allowance;
    // Subjects may be names of people.
    const key = `points:${createHash("sha256").update(who).digest("base64url")}`;
    const [granted, left] = (await this.redis.eval(SCRIPT, 1, key, capacity, perSecond, points, how)) as [number, string];
    return { granted: granted === 1, left: Number(left), from: this };
  }

  private succeed(): void {
    if (!this.isShared) this.log("Redis (REDIS_URL) is back: budgets are shared again.");
    this.failures = 0;
  }

  private fail({ message }: Error): void {
    this.triedAt = performance.now();
    if (++this.failures !== MOST_FAILURES) return;
    this.log(`Redis (REDIS_URL) is out of reach (${message}): until it is back this process counts points for itself.`);
  }
}
