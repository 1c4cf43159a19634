/** Follows the ledgers of all portfolios into the store, and says how far it has come. */
import { setTimeout as wait } from "node:timers/promises";
import type { CallContext } from "../../transport/subgraph.js";
import type { Reach } from "../kernel/siblings.js";
import type { Store } from "./store.js";

/** How far an answer knows a portfolio. */
export interface Knowledge {
  readonly portfolio: string;
  readonly seq: number;
  readonly at: string;
  /** Whether the portfolio could not be asked, or has changes that were not read in time. */
  readonly stale: boolean;
}

/** How long an answer waits for its portfolios to be read, in milliseconds. */
const PATIENCE_MS = 250;
const PAGE = 1000;

export class Follower {
  /** The reading under way and the one that follows it, by portfolio: one at a time, shared by all who came before it began. */
  private readonly readings = new Map<string, { running: Promise<boolean>; next: Promise<boolean> | null }>();

  constructor(
    private readonly store: Store,
    private readonly portfolios: readonly string[],
    private readonly reach: Reach,
  ) {}

  /** Reads on in every portfolio, waiting 250 ms at most, and answers what is then known. */
  async catchUp(call: CallContext, patience = PATIENCE_MS): Promise<Knowledge[]> {
    const late = new AbortController();
    const timeout = wait(patience, false, { signal: late.signal, ref: false }).catch(() => false);
    const current = await Promise.all(this.portfolios.map((name) => Promise.race([this.read(name, call), timeout])));
    late.abort();
    const positions = await this.store.positions();
    return this.portfolios.map((portfolio, i) => ({ portfolio, ...positions.get(portfolio)!, stale: !current[i] }));
  }

  /** Reads a portfolio's ledger to its end as it is now or later; false when it is out of reach. */
  private read(name: string, call: CallContext): Promise<boolean> {
    const current = this.readings.get(name);
    if (current) return (current.next ??= current.running.then(() => this.start(name, call)));
    return this.start(name, call);
  }
  private start(name: string, call: CallContext): Promise<boolean> {
    const running = this.readToEnd(name, call).catch(() => false);
    const reading = { running, next: null };
    this.readings.set(name, reading);
    void running.then(() => this.readings.get(name) === reading && reading.next === null && this.readings.delete(name));
    return running;
  }

  private async readToEnd(name: string, call: CallContext): Promise<boolean> {
    for (;;) {
      const { seq } = (await this.store.positions()).get(name)!;
      const head = await this.reach(name).head(call);
      if (head === seq) return true;
      if (head < seq) {
        // The portfolio was restored or begun anew: what is known of it is of another life.
        await this.store.forget(name, seq);
        continue;
      }
      const entries = await this.reach(name).ledger(seq, PAGE, call);
      if (entries.length === 0) return true;
      await this.store.apply(name, seq, entries);
    }
  }
}
