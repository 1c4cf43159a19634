/** What a request is charged: what it may cost before it is executed, and after it what it has cost. */
import type { Allowance, Taking } from "./buckets.js";

/** What became of points, since the start. */
export interface PointCounts {
  /** Before operations were executed, or after it where they have cost more. */
  taken: number;
  refunded: number;
  refused: number;
}

/** What an answer may tell of what it has cost, in points. */
export interface CostReport {
  readonly requested: number;
  readonly actual: number;
  /** What is left of the caller's budget; left out where there are none. */
  readonly remaining?: number;
}

/** What an operation costs that was not executed. */
const LEAST = 1;

/** Points taken for one operation. Without `taking` it is only counted. */
export class Charge {
  private actual: number | undefined;

  constructor(
    private readonly who: string,
    readonly requested: number,
    private readonly allowance: Allowance | null,
    private readonly taking: Taking | null,
    private readonly counts: PointCounts,
  ) {
    if (!taking) return;
    if (taking.granted) counts.taken += requested;
    else counts.refused += requested;
  }

  get granted(): boolean {
    return this.taking?.granted ?? true;
  }

  /**
   * Gives back what was taken beyond `spent`, or takes what more it has been. Undefined is an operation that was not executed, Infinity one that nobody
   * counted, which costs what it might have. Once it is settled nothing changes that.
   */
  settle(spent: number | undefined): void {
    if (this.actual !== undefined) return;
    this.actual = !this.granted ? 0 : spent === Infinity ? this.requested : Math.max(LEAST, spent ?? 0);
    if (!this.taking?.granted || this.actual === this.requested) return;
    const rest = this.requested - this.actual;
    this.taking.from.giveBack(this.who, rest);
    if (rest > 0) this.counts.refunded += rest;
    else this.counts.taken -= rest;
  }

  /** Points that are left, 0 at least. */
  private get left(): number {
    const left = this.taking!.left + (this.granted ? this.requested - (this.actual ?? this.requested) : 0);
    return Math.max(0, Math.floor(Math.min(this.allowance!.capacity, left)));
  }

  /** Seconds until as many points are there as were asked for. */
  get wait(): number {
    return Math.max(1, Math.ceil((this.requested - this.taking!.left) / this.allowance!.perSecond));
  }

  get report(): CostReport {
    const { requested, actual = requested } = this;
    return { requested, actual, ...(this.taking ? { remaining: this.left } : {}) };
  }

  /** Tells clients what is left, by the fields of draft-ietf-httpapi-ratelimit-headers-10: points, and seconds until all are there again. */
  tell(set: (name: string, value: string) => void): void {
    if (!this.taking) return;
    const { capacity, perSecond } = this.allowance!;
    const { left } = this;
    set("ratelimit-policy", policyOf(this.allowance!));
    set("ratelimit", `"points";r=${left};t=${Math.ceil((capacity - left) / perSecond)}`);
  }
}

/** The field of a policy, which is the same of every answer. */
function policyOf(allowance: Allowance): string {
  const { capacity, perSecond } = allowance;
  let policy = policies.get(allowance);
  if (policy === undefined) policies.set(allowance, (policy = `"points";q=${capacity};qu="points";w=${Math.ceil(capacity / perSecond)}`));
  return policy;
}
const policies = new WeakMap<Allowance, string>();
