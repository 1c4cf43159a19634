import { type Cancellation, type TimeLimits, TemporaryFailure, answerInTime, checkTime } from "../../../transport/deadlines.js";

/** How many wait at a gate, and how long each does, in milliseconds. */
const MOST_WAITING = 500;
const PATIENCE_MS = 2_000;

/**
 * Lets so many in at a time. Others wait, those with a deadline in a queue that is bounded in length and in time, and are turned away as
 * OVERLOADED beyond. Imports have none, and wait for each other.
 */
export class Gate {
  private inside = 0;
  private readonly queue = new Set<() => void>();

  constructor(private readonly most: number) {}

  /** Runs `work` inside. Past the time limits a TemporaryFailure is thrown at once; the place is free again when the work has ended. */
  async pass<T>(limits: TimeLimits, work: (cancellation: Cancellation) => Promise<T>): Promise<T> {
    checkTime(limits);
    if (this.inside < this.most) this.inside++;
    else await this.wait(limits);
    let hasBegun = false;
    const begin = (cancellation: Cancellation) => {
      hasBegun = true;
      return work(cancellation).finally(() => this.leave());
    };
    try {
      return await answerInTime(limits, begin);
    } finally {
      if (!hasBegun) this.leave();
    }
  }

  private leave(): void {
    const [next] = this.queue;
    // Whoever is first in the queue takes the place over.
    if (next) next();
    else this.inside--;
  }

  private wait({ deadline, signal }: TimeLimits): Promise<void> {
    const patience = deadline === undefined ? null : Math.min(PATIENCE_MS, deadline - Date.now());
    if (patience !== null && this.queue.size >= MOST_WAITING) throw overloaded();
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        this.queue.delete(enter);
        signal?.off("abort", giveUp);
      };
      const enter = () => (leave(), resolve());
      const giveUp = () => (leave(), reject(overloaded()));
      const timer = patience === null ? undefined : setTimeout(giveUp, Math.max(0, patience));
      signal?.on("abort", giveUp);
      this.queue.add(enter);
    });
  }
}

const overloaded = () => new TemporaryFailure("OVERLOADED", "The portfolio has more to do than it can; try again in a second.");
