/** What one request reads of the store: after catching up once, and each question of many records as one statement. */
import type { Rights } from "../../transport/access/policy.js";
import type { CallContext, Concern } from "../../transport/subgraph.js";
import { dayOf } from "../kernel/dates.js";
import { forbidden } from "../kernel/errors.js";
import type { Model } from "../kernel/model.js";
import { Batches } from "../kernel/reads/batches.js";
import type { Sql } from "../kernel/reads/conditions.js";
import type { Statement, Viewer } from "../kernel/reads/statements.js";
import type { FindConcern } from "../kernel/scopes.js";
import type { Follower, Knowledge } from "./follower.js";
import { narrowToSeen } from "./seen.js";
import type { Store } from "./store.js";

/** The context of insight's resolvers: one for each request. */
export class Reading extends Batches {
  /** The day that "now" is. */
  readonly today = dayOf(new Date().toISOString());
  private knowledge: Promise<readonly Knowledge[]> | undefined;
  private finding: Promise<Concern | null> | undefined;
  private changes = 0;

  constructor(
    readonly model: Model,
    private readonly store: Store,
    private readonly follower: Follower,
    private readonly findConcern: FindConcern,
    readonly call: CallContext,
    readonly rights: Rights,
  ) {
    super();
  }

  /** Statements are made for whom nothing is hidden from; what others see of them is said where they are sent. */
  get viewer(): Viewer {
    return { model: this.model, concern: null };
  }

  /** Whether the caller sees only what concerns some customers. */
  get isLimited(): boolean {
    return this.call.principal.customers !== null;
  }

  /** How many changes the request has asked for with these. */
  countChanges(more: number): number {
    return (this.changes += more);
  }

  /** How far each portfolio is known to this request. Waits for the portfolios the first time, 250 ms at most. */
  asOf(): Promise<readonly Knowledge[]> {
    return (this.knowledge ??= this.follower.catchUp(this.call));
  }

  /** The rows of a SELECT on the read model, once it has caught up: of all records, or of those that concern the customers the caller is limited to. */
  async rows(statement: Sql): Promise<unknown[][]> {
    const [concern] = await Promise.all([this.concern(), this.asOf()]);
    const { text, cells } = concern ? narrowToSeen(this.model, concern, statement) : statement;
    return this.store.database.readAside(text, cells, this.call);
  }

  /** What a statement of the kernel answers on the read model. */
  async run<T>({ sql, cells, decode }: Statement<T>): Promise<T> {
    return decode(await this.rows({ text: sql, cells }));
  }

  /** Whom the caller stands for; null is everybody. */
  private async concern(): Promise<Concern | null> {
    if (!this.isLimited) return null;
    const concern = await (this.finding ??= this.findConcern(this.call));
    if (concern === null) throw forbidden("It cannot be said what concerns the caller.");
    return concern;
  }
}
