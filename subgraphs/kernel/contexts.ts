/** What the resolvers of one call are given. */
import type { CallContext } from "../../transport/subgraph.js";
import { dayOf } from "./dates.js";
import { badInput, forbidden } from "./errors.js";
import { Loaders } from "./reads/loaders.js";
import type { Sight } from "./reads/sight.js";
import type { Snapshot } from "./reads/snapshots.js";
import type { RequestContext } from "./resolvers.js";
import type { Writer } from "./writes/writer.js";

/** A class, since an object written with accessors of its own has a hidden class of its own: V8 keeps it, and all that belongs to the call, until it collects its old space. */
export class ResolverContext implements RequestContext {
  loaders: Loaders;
  private day: string | undefined;

  constructor(
    private readonly call: CallContext,
    private readonly snapshot: Snapshot,
    private readonly sight: Sight,
    /** Makes what writes for the call. */
    private readonly write: (call: CallContext) => Writer,
  ) {
    this.loaders = this.openLoaders();
  }

  /** Throws where the call writes nothing. */
  get writer(): Writer {
    if (this.sight.isLimited) throw forbidden("Those who see only what concerns their customers write nothing.");
    if (this.call.asOf !== undefined) throw badInput("Nothing can be written as of a moment; leave it out.");
    return this.write(this.call);
  }

  get today(): string {
    return (this.day ??= dayOf(this.call.asOf ?? new Date().toISOString()));
  }

  renewLoaders(): void {
    this.loaders = this.openLoaders();
  }

  private openLoaders(): Loaders {
    return new Loaders(this.sight.model, this.snapshot, this.sight);
  }
}
