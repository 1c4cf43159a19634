/** The states of subgraphs, as they are when somebody asks or after it: never as they were before. */
import type { CallContext } from "../../transport/subgraph.js";
import type { SubgraphSource } from "../execution/sources.js";

/** How long a state is waited for, in milliseconds. */
const PATIENCE_MS = 2_000;
/** How long a subgraph that could not say is not asked again, in milliseconds. */
const SILENCE_MS = 10_000;

export class States {
  private readonly watches = new WeakMap<SubgraphSource, Watch>();

  /** The state of each; null where one cannot say. */
  async find(sources: ReadonlySet<SubgraphSource>): Promise<readonly string[] | null> {
    const watches = [...sources].map((source) => this.watchOf(source));
    // Of no use then, what the others say.
    if (watches.some(({ isSilent }) => isSilent)) return null;
    const states = await Promise.all(watches.map((watch) => watch.ask()));
    return states.every((state) => state !== null) ? states : null;
  }

  private watchOf(source: SubgraphSource): Watch {
    let watch = this.watches.get(source);
    if (!watch) this.watches.set(source, (watch = new Watch(source)));
    return watch;
  }
}

/** Asks one subgraph, for all who come while it is being asked: they are told by the next question together, for that begins after they came. */
class Watch {
  private current: Promise<string | null> | undefined;
  private next: Promise<string | null> | undefined;
  private silentUntil = 0;

  constructor(private readonly source: SubgraphSource) {}

  get isSilent(): boolean {
    return performance.now() < this.silentUntil;
  }

  ask(): Promise<string | null> {
    return this.current ? (this.next ??= this.current.then(() => this.begin())) : this.begin();
  }

  private begin(): Promise<string | null> {
    this.next = undefined;
    const asked = this.read().finally(() => {
      if (this.current === asked) this.current = undefined;
    });
    return (this.current = asked);
  }

  /** Never rejects: who does not know reads. */
  private async read(): Promise<string | null> {
    const context: CallContext = {
      principal: { subject: "gateway", roles: [], customers: null },
      requestId: "state",
      deadline: Date.now() + PATIENCE_MS,
    };
    try {
      const state = await this.source.state(context);
      if (state === null) this.silentUntil = Infinity;
      return state;
    } catch {
      this.silentUntil = performance.now() + SILENCE_MS;
      return null;
    }
  }
}
