/** Which signed calls came before: to this process, and to any replica of a subgraph. */
import { SharedRedis } from "./redis.js";

/** How much older or newer than our clock a call may be, in milliseconds. */
export const TOLERANCE_MS = 30_000;
/** Calls that are forgotten together, by when they were signed, in milliseconds. */
const BUCKET_MS = 5_000;
/** Calls remembered at most: some 15,000 a second, in about 100 MB. */
const MOST_NONCES = 1_000_000;

/** Remembers which calls came, as long as they could come again. */
export class Nonces {
  /** By when the calls were signed: what comes again comes into the same bucket. */
  private readonly buckets = new Map<number, Set<string>>();
  private count = 0;

  constructor(private readonly most = MOST_NONCES) {}

  /** Whether the call came for the first time; `full` when so many came that this one could not be remembered. Both times are epoch milliseconds. */
  take(nonce: string, signedAt: number, now: number): boolean | "full" {
    this.forget(now);
    const key = Math.floor(signedAt / BUCKET_MS);
    let bucket = this.buckets.get(key);
    if (bucket?.has(nonce)) return false;
    if (this.count >= this.most) return "full";
    if (!bucket) this.buckets.set(key, (bucket = new Set()));
    bucket.add(nonce);
    this.count++;
    return true;
  }

  private forget(now: number): void {
    for (const [key, { size }] of this.buckets) {
      if ((key + 1) * BUCKET_MS + TOLERANCE_MS > now) continue;
      this.buckets.delete(key);
      this.count -= size;
    }
  }
}

/** How long replicas remember a call together, in milliseconds: twice as long as any of them could take it, since their clocks differ. */
const KEPT_MS = 4 * TOLERANCE_MS;

/** Remembers calls for all replicas of a subgraph, in Redis. */
export class SharedNonces {
  private constructor(
    private readonly redis: SharedRedis,
    private readonly subgraph: string,
  ) {}

  /** Opens them, whether Redis is there or not. */
  static async open(url: string, subgraph: string, log: (line: string) => void): Promise<SharedNonces> {
    const tidings = { without: "remembers by itself which calls came before", again: "calls are remembered together again", log };
    return new SharedNonces(await SharedRedis.open(url, tidings), subgraph);
  }

  /** Whether the call came to no replica before. While Redis cannot say, it is taken for new: what each remembers for itself is all there is. */
  async take(caller: string, nonce: string): Promise<boolean> {
    const key = `nonce:${this.subgraph}:${caller}:${nonce}`;
    const answer = await this.redis.ask(async (redis) => (await redis.set(key, "", "PX", KEPT_MS, "NX")) ?? "known");
    return answer !== "known";
  }

  close(): Promise<void> {
    return this.redis.close();
  }
}
