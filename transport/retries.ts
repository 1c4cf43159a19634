import { setTimeout as wait } from "node:timers/promises";
import type { TimeLimits } from "./deadlines.js";
import { SubgraphUnreachable } from "./subgraph.js";

/** How often one call is sent, all in all. */
const MOST_ATTEMPTS = 3;
/** Retries in hand at the start and at most; each call earns a part of one, so that retries add a tenth to the load at most. */
const BUDGET = 10;
const EARNED = 0.1;
/** Longest pause before the second attempt, in milliseconds; it doubles with each. */
const PAUSE_MS = 100;

/** Sends again what failed for reasons that pass, within one budget for all calls of a subgraph. */
export class Retries {
  private budget = BUDGET;

  /** `call` must be a read: it may be carried out several times. A `retryAfter` the subgraph asked for is waited for, or nothing is sent again. */
  async run<T>(limits: TimeLimits, call: () => Promise<T>): Promise<T> {
    this.budget = Math.min(BUDGET, this.budget + EARNED);
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const pause = attempt < MOST_ATTEMPTS ? this.pauseBefore(error, attempt, limits) : null;
        if (pause === null) throw error;
        this.budget--;
        await waitAtMost(pause, limits);
      }
    }
  }

  /** Milliseconds to wait before the call is sent again; null where it is not. Jittered, lest all come back at once. */
  private pauseBefore(error: unknown, attempt: number, { deadline = Infinity, signal }: TimeLimits): number | null {
    if (!(error instanceof SubgraphUnreachable) || !error.mayRetry || signal?.aborted || this.budget < 1) return null;
    const pause = error.retryAfter ?? PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    return Date.now() + pause < deadline ? pause : null;
  }
}

/** Waits so many milliseconds, or until the caller has gone. */
async function waitAtMost(milliseconds: number, { signal }: TimeLimits): Promise<void> {
  const waiting = new AbortController();
  const leave = () => waiting.abort();
  signal?.on("abort", leave);
  await wait(milliseconds, undefined, waiting).catch(() => undefined);
  signal?.off("abort", leave);
}
