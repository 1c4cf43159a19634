/** Buckets that several gateways share, in Redis. As long as it is out of reach each gateway counts for itself. */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import type { Log } from "../../transport/logs.js";
import { SharedRedis } from "../../transport/redis.js";
import { type Allowance, type Buckets, LocalBuckets, type Taking } from "./buckets.js";

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
  private readonly local: LocalBuckets;

  private constructor(
    private readonly redis: SharedRedis,
    private readonly allowance: Allowance,
  ) {
    this.local = new LocalBuckets(allowance);
  }

  /** Opens them, whether Redis is there or not. */
  static async open(url: string, allowance: Allowance, log: Log): Promise<SharedBuckets> {
    const redis = await SharedRedis.open(url, { without: "counts points for itself", again: "budgets are shared again", log });
    return new SharedBuckets(redis, allowance);
  }

  /** Whether Redis is taken to be there. */
  get isShared(): boolean {
    return this.redis.isThere;
  }

  async take(who: string, points: number): Promise<Taking> {
    // What it takes when nobody waits any longer is given back.
    const giveBack = ({ granted }: Taking) => (granted ? this.giveBack(who, points) : undefined);
    const taking = await this.redis.ask((redis) => this.run(redis, who, points, "if there"), giveBack);
    return taking ?? this.local.take(who, points);
  }

  giveBack(who: string, points: number): void {
    // Where Redis has gone meanwhile, time gives them back.
    this.redis.send((redis) => this.run(redis, who, -points, "at all"));
  }

  /** Lets go of Redis, once what was given back is there. */
  close(): Promise<void> {
    return this.redis.close();
  }

  private async run(redis: Redis, who: string, points: number, how: "if there" | "at all"): Promise<Taking> {
    const { capacity, perSecond } = this.allowance;
    // Subjects may be names of people.
    const key = `points:${createHash("sha256").update(who).digest("base64url")}`;
    const [granted, left] = (await redis.eval(SCRIPT, 1, key, capacity, perSecond, points, how)) as [number, string];
    return { granted: granted === 1, left: Number(left), from: this };
  }
}
