/** A Redis that processes share, and that none of them depends on: while it is away, each does without. */
import { setTimeout as wait } from "node:timers/promises";
import type { Redis } from "ioredis";

/** How long a request waits for Redis, in milliseconds. */
const PATIENCE_MS = 250;
/** How long a process that starts or stops waits for it, in milliseconds. */
const LONGEST_WAIT_MS = 1_000;
/** Failures in a row after which it is taken to be away. */
const MOST_FAILURES = 3;
/** How often one request tries whether it is back, in milliseconds. */
const INTERVAL_MS = 500;

/** What operators are told of it, once each time. */
export interface Tidings {
  /** What this process does without it, after "until it is back this process". */
  readonly without: string;
  /** What holds again, after "is back:". */
  readonly again: string;
  readonly log: (line: string) => void;
}

export class SharedRedis {
  private failures = 0;
  private triedAt = 0;
  private isTrying = false;

  private constructor(
    private readonly redis: Redis,
    private readonly tidings: Tidings,
  ) {}

  /** Opens the connection of a URL such as `redis://127.0.0.1:6379`, whether it can be had or not. */
  static async open(url: string, tidings: Tidings): Promise<SharedRedis> {
    // Loaded only where there is one.
    const { Redis } = await import("ioredis");
    const redis = new Redis(url, {
      // What cannot be sent at once is not sent: nobody waits for it any more.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: LONGEST_WAIT_MS,
      retryStrategy: (attempt) => Math.min(50 * attempt, INTERVAL_MS),
    });
    // Whoever asks finds out.
    redis.on("error", () => undefined);
    const isReady = new Promise((resolve) => redis.once("ready", resolve));
    await Promise.race([isReady, wait(LONGEST_WAIT_MS, undefined, { ref: false })]);
    return new SharedRedis(redis, tidings);
  }

  /** Whether it is taken to be there. */
  get isThere(): boolean {
    return this.failures < MOST_FAILURES;
  }

  /**
   * What the commands of `work` answer; null where Redis is away, fails or does not answer within a quarter of a second. What comes of them
   * after all `late` is told.
   */
  async ask<T extends object | string>(work: (redis: Redis) => Promise<T>, late: (answer: T) => void = () => undefined): Promise<T | null> {
    if (!this.isThere) {
      if (this.isTrying || performance.now() < this.triedAt + INTERVAL_MS) return null;
      this.isTrying = true;
    }
    try {
      const answer = await inTime(work(this.redis), late);
      this.succeed();
      return answer;
    } catch (error) {
      this.fail(error as Error);
      return null;
    } finally {
      this.isTrying = false;
    }
  }

  /** Sends the commands of `work`; nobody waits for them, and where Redis has gone they are lost. */
  send(work: (redis: Redis) => Promise<unknown>): void {
    work(this.redis).catch(() => undefined);
  }

  /** Lets go of it, once what was sent is there. */
  async close(): Promise<void> {
    if (this.redis.status === "ready") await Promise.race([this.redis.quit().catch(() => undefined), wait(LONGEST_WAIT_MS, undefined, { ref: false })]);
    this.redis.disconnect();
  }

  private succeed(): void {
    if (!this.isThere) this.tidings.log(`Redis (REDIS_URL) is back: ${this.tidings.again}.`);
    this.failures = 0;
  }

  private fail({ message }: Error): void {
    this.triedAt = performance.now();
    if (++this.failures !== MOST_FAILURES) return;
    this.tidings.log(`Redis (REDIS_URL) is out of reach (${message}): until it is back this process ${this.tidings.without}.`);
  }
}

async function inTime<T>(answer: Promise<T>, late: (answer: T) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const giveUp = () => {
      if (isOver) return;
      answer.then(late).catch(() => undefined);
      reject(new Error(`no answer within ${PATIENCE_MS} ms`));
    };
    // Where it was this process that was busy, the answer is there and has only to be read: a turn later it is.
    timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}
