/** What one request reads of the store: after catching up once, and each question of many records as one statement. */
import type { Rights } from "../../transport/access/policy.js";
import type { CallContext, Concern } from "../../transport/subgraph.js";
import { checkTime } from "../../transport/deadlines.js";
import { takeTurn } from "../../transport/turns.js";
import { dayOf } from "../kernel/dates.js";
import { forbidden } from "../kernel/errors.js";
import type { Model } from "../kernel/model.js";
import { groupBy, slices } from "../kernel/groups.js";
import { Batches, LARGEST_BATCH } from "../kernel/reads/batches.js";
import { type Sql, placeholders } from "../kernel/reads/conditions.js";
import type { Statement, Viewer } from "../kernel/reads/statements.js";
import type { FindConcern } from "../kernel/scopes.js";
import type { Follower, Knowledge } from "./follower.js";
import { narrowToSeen } from "./seen.js";
import type { Store } from "./store.js";

/** Where a SELECT answers more rows than this, what is made of them begins in a turn of the event loop of its own. */
const IN_ONE_TURN = 1_000;

/** Rows that are kept for a request, in case another of its fields asks for the same. */
const MOST_KEPT = 200_000;
/** What asks about more than this is hardly asked twice. */
const MOST_CELLS = 1_000;

/** The context of insight's resolvers: one for each request. */
export class Reading extends Batches {
  /** The day that "now" is. */
  readonly today = dayOf(new Date().toISOString());
  private knowledge: Promise<readonly Knowledge[]> | undefined;
  private finding: Promise<Concern | null> | undefined;
  /** What has been read for the request, or is being read, by its statement. */
  private readonly selects = new Map<string, Promise<unknown[][]>>();
  /** Rows that are kept so. */
  private kept = 0;
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
  async rows(statement: Sql): Promise<readonly (readonly unknown[])[]> {
    const [concern] = await Promise.all([this.concern(), this.asOf()]);
    const rows = await this.select(concern ? narrowToSeen(this.model, concern, statement) : statement);
    if (rows.length > IN_ONE_TURN) await this.ownTurn();
    return rows;
  }

  /**
   * A turn of the event loop for what takes some milliseconds; what follows from it is asked for together with what others ask meanwhile. Throws where nobody
   * waits for the request any longer.
   */
  async ownTurn(): Promise<void> {
    await this.holdingBack(() => takeTurn(this));
    checkTime(this.call);
  }

  /** The rows of a SELECT about records, by the first cell, which is the record's id: of all records that are asked about under that name at once. */
  async rowsAbout(name: string, ids: readonly string[], select: (marks: string) => string): Promise<ReadonlyMap<string, readonly (readonly unknown[])[]>> {
    return this.together(name, ids, async (lists: readonly (readonly string[])[]) => {
      const parts: (readonly (readonly unknown[])[])[] = [];
      for (const some of slices([...new Set(lists.flat())], LARGEST_BATCH))
        parts.push(await this.rows({ text: select(placeholders(some.length)), cells: some }));
      const found = groupBy(parts.flat(), ([id]) => id as string);
      return lists.map(() => found);
    });
  }

  /** What several fields ask alike, as under several aliases, is read once, unless it is very much. */
  private select({ text, cells }: Sql): Promise<unknown[][]> {
    if (cells.length > MOST_CELLS) return this.store.database.readAside(text, cells, this.call);
    const key = JSON.stringify([text, cells]);
    let reading = this.selects.get(key);
    if (!reading) this.selects.set(key, (reading = this.read(key, text, cells)));
    return reading;
  }

  private async read(key: string, text: string, cells: Sql["cells"]): Promise<unknown[][]> {
    let isKept = false;
    try {
      const rows = await this.store.database.readAside(text, cells, this.call);
      isKept = this.kept + rows.length <= MOST_KEPT;
      if (isKept) this.kept += rows.length;
      return rows;
    } finally {
      if (!isKept) this.selects.delete(key);
    }
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
