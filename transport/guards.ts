/** Keeps a subgraph's troubles from becoming those of who asks it. */
import { Breaker } from "./breaker.js";
import type { TimeLimits } from "./deadlines.js";
import { reachOverHttp } from "./http.js";
import { Retries } from "./retries.js";
import type { Signer } from "./signatures.js";
import { type CallContext, type Subgraph, SubgraphUnreachable, onlyReads } from "./subgraph.js";

/** Calls of one subgraph under way at a time: what waits for a sick one takes nothing from the others. */
const MOST_CALLS = 256;
/** How long a sick subgraph may take to show that it is well again, in milliseconds. */
const TRIAL_MS = 1_000;

/** A subgraph over HTTP, guarded; calls are signed where there is a signer. */
export const reachGuarded = (name: string, url: string, signer?: Signer): Subgraph => guardSubgraph(reachOverHttp(name, url, signer));

/** Answers like `subgraph`; what fails for reasons that pass is sent again where it only reads, and while it is sick nothing is sent. */
function guardSubgraph(subgraph: Subgraph): Subgraph {
  const guard = new Guard(subgraph);
  return {
    ...subgraph,
    execute: (call, context) => guard.send(() => subgraph.execute(call, context), context, onlyReads(call)),
    ledger: (after, first, context) => guard.send(() => subgraph.ledger(after, first, context), context),
    head: (context) => guard.send(() => subgraph.head(context), context),
    exists: (ids, context) => guard.send(() => subgraph.exists(ids, context), context),
    ...(subgraph.concern ? { concern: (context: CallContext) => guard.send(() => subgraph.concern!(context), context) } : {}),
  };
}

class Guard {
  private readonly retries = new Retries();
  private readonly breaker: Breaker;
  private calls = 0;

  constructor(private readonly subgraph: Subgraph) {
    this.breaker = new Breaker(() => this.tryOut());
  }

  send<T>(call: () => Promise<T>, context: CallContext, reads = true): Promise<T> {
    return reads ? this.retries.run(context, () => this.sendOnce(call, context)) : this.sendOnce(call, context);
  }

  private async sendOnce<T>(call: () => Promise<T>, { signal }: CallContext): Promise<T> {
    if (this.calls >= MOST_CALLS) throw this.refuse("has too many calls under way");
    this.calls++;
    try {
      if (!(await this.breaker.allows())) throw this.refuse("has failed too often");
      return await this.watch(call(), signal);
    } finally {
      this.calls--;
    }
  }

  private async watch<T>(call: Promise<T>, signal: TimeLimits["signal"]): Promise<T> {
    try {
      const answer = await call;
      this.breaker.succeeded();
      return answer;
    } catch (error) {
      // A caller that goes says nothing of the subgraph.
      if (error instanceof SubgraphUnreachable && !signal?.aborted) this.breaker.failed();
      throw error;
    }
  }

  private refuse(why: string): SubgraphUnreachable {
    return new SubgraphUnreachable(this.subgraph.name, { cause: new Error(`Nothing was sent: it ${why}.`), mayRetry: false });
  }

  private async tryOut(): Promise<boolean> {
    const context: CallContext = { principal: { subject: "breaker", roles: [], customers: [] }, requestId: "breaker", deadline: Date.now() + TRIAL_MS };
    try {
      await this.subgraph.execute({ query: "{ __typename }" }, context);
      return true;
    } catch {
      return false;
    }
  }
}
