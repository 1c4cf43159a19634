/** Buckets of points, one for each who asks: full at first, emptied by what is asked, filled again by time. */

/** How many points somebody has. */
export interface Allowance {
  /** Points that a full bucket holds. */
  readonly capacity: number;
  /** Points that flow back into it each second. */
  readonly perSecond: number;
}

/** What came of asking for points. */
export interface Taking {
  /** Whether they were there. Otherwise none was taken. */
  readonly granted: boolean;
  /** Points that are left; below zero where answers have cost more than was foreseen. */
  readonly left: number;
  /** Where they were taken from, and are to be given back to. */
  readonly from: Buckets;
}

export interface Buckets {
  /** Takes so many points of somebody's, all or none. */
  take(who: string, points: number): Taking | Promise<Taking>;
  /** Puts points back, or takes more where they are below zero, however few there are. */
  giveBack(who: string, points: number): void;
}

interface Bucket {
  points: number;
  /** When so many were in it, in milliseconds of the process's own clock. */
  at: number;
}

/** Buckets that may be kept before those that are full again are let go of. */
const MANY = 10_000;

/** Buckets of this process alone. */
export class LocalBuckets implements Buckets {
  private readonly buckets = new Map<string, Bucket>();
  private most = MANY;

  constructor(private readonly allowance: Allowance) {}

  take(who: string, points: number): Taking {
    const bucket = this.refill(who);
    const granted = bucket.points >= points;
    if (granted) bucket.points -= points;
    return { granted, left: bucket.points, from: this };
  }

  giveBack(who: string, points: number): void {
    const bucket = this.refill(who);
    bucket.points = Math.min(this.allowance.capacity, bucket.points + points);
  }

  private refill(who: string): Bucket {
    const { capacity, perSecond } = this.allowance;
    const now = performance.now();
    const bucket = this.buckets.get(who);
    if (!bucket) return this.open(who, now);
    bucket.points = Math.min(capacity, bucket.points + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    return bucket;
  }

  private open(who: string, now: number): Bucket {
    const { capacity, perSecond } = this.allowance;
    if (this.buckets.size >= this.most) {
      // One that is full again is as good as none.
      for (const [key, { points, at }] of this.buckets) if (points + ((now - at) / 1000) * perSecond >= capacity) this.buckets.delete(key);
      this.most = Math.max(MANY, 2 * this.buckets.size);
    }
    const bucket = { points: capacity, at: now };
    this.buckets.set(who, bucket);
    return bucket;
  }
}
