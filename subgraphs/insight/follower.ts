/** Follows the ledgers of all portfolios into the store, and says how far it has come. */
import { setTimeout as wait } from "node:timers/promises";
import { type CallContext, type LedgerEntry, type Principal, SubgraphUnreachable } from "../../transport/subgraph.js";
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
/** Who reads the ledgers, whoever is answered. */
const INSIGHT: Principal = { subject: "insight", roles: [], customers: null };

export class Follower {
  /** The reading under way and the one that follows it, by portfolio: one at a time, shared by all who came before it began. */
  private readonly readings = new Map<string, { running: Promise<boolean>; next: Promise<boolean> | null }>();

  constructor(
    private readonly store: Store,
    private readonly portfolios: readonly string[],
    private readonly reach: Reach,
    /** Told of what goes wrong other than a portfolio out of reach. */
    private readonly report: (error: unknown, requestId: string) => void,
  ) {}

  /** Reads on in every portfolio, waiting 250 ms at most, and answers what is then known. */
  async catchUp(call: CallContext, patience = PATIENCE_MS): Promise<Knowledge[]> {
    const late = new AbortController();
    const timeout = wait(patience, false, { signal: late.signal, ref: false }).catch(() => false);
    const current = await Promise.all(this.portfolios.map((name) => Promise.race([this.read(name, call), timeout])));
    late.abort();
    return this.known((_, i) => !current[i]);
  }

  /** Forgets what is known of every portfolio and reads it anew, however long that takes. Throws when one is out of reach. Answers meanwhile say that they are stale. */
  async rebuild(call: CallContext): Promise<Knowledge[]> {
    for (const name of this.portfolios) {
      // Asked before anything is forgotten: what cannot be read anew stays.
      await this.reach(name).head(call);
    }
    for (const name of this.portfolios) {
      // Somebody else may be reading on: then again from where that has come.
      while (!(await this.store.forget(name, (await this.store.positions()).get(name)!.seq)));
    }
    await Promise.all(this.portfolios.map((name) => this.readToEnd(name, call)));
    return this.known(() => false);
  }

  private async known(isStale: (portfolio: string, index: number) => boolean): Promise<Knowledge[]> {
    const positions = await this.store.positions();
    return this.portfolios.map((portfolio, i) => ({ portfolio, ...positions.get(portfolio)!, stale: isStale(portfolio, i) }));
  }

  /** Reads a portfolio's ledger to its end as it is now or later; false when it is out of reach. */
  private read(name: string, call: CallContext): Promise<boolean> {
    const current = this.readings.get(name);
    if (current) return (current.next ??= current.running.then(() => this.start(name, call)));
    return this.start(name, call);
  }
  private start(name: string, call: CallContext): Promise<boolean> {
    const running = this.readToEnd(name, call).catch((error: unknown) => {
      if (!(error instanceof SubgraphUnreachable)) this.report(error, call.requestId);
      return false;
    });
    const reading = { running, next: null };
    this.readings.set(name, reading);
    void running.then(() => this.readings.get(name) === reading && reading.next === null && this.readings.delete(name));
    return running;
  }

  private async readToEnd(name: string, call: CallContext): Promise<boolean> {
    const own = { ...call, principal: INSIGHT };
    for (;;) {
      const { seq } = (await this.store.positions()).get(name)!;
      const head = await this.reach(name).head(own);
      if (!Number.isSafeInteger(head) || head < 0) throw new Error(`the ledger of ${name} has no head but ${String(head)}`);
      if (head === seq) return true;
      if (head < seq) {
        // The portfolio was restored or begun anew: what is known of it is of another life.
        await this.store.forget(name, seq);
        continue;
      }
      const entries = await this.reach(name).ledger(seq, PAGE, own);
      if (entries.length === 0) return true;
      this.check(name, seq, entries);
      await this.store.apply(name, seq, entries);
    }
  }

  /** A ledger has no gaps and speaks of its own portfolio's records; what does not is not read at all. */
  private check(name: string, after: number, entries: readonly LedgerEntry[]): void {
    entries.forEach((entry, i) => {
      if (entry.seq !== after + 1 + i) throw new Error(`the ledger of ${name} goes on from ${after + i} with ${entry.seq}`);
      if (!this.store.keeps(name, entry)) throw new Error(`the ledger of ${name} holds at ${entry.seq} what is no record of it: ${entry.type} ${entry.id}`);
    });
  }
}
