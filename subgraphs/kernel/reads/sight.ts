/** What one request may see: everything, or what concerns the customers its principal is limited to. */
import type { Rights } from "../../../transport/access/policy.js";
import type { CallContext, Concern, Principal } from "../../../transport/subgraph.js";
import { forbidden } from "../errors.js";
import { groupBy } from "../groups.js";
import { type EntityModel, type Model, entityOf } from "../model.js";
import type { FindConcern, Scope, Scopes } from "../scopes.js";
import { type FieldChanges, readableChanges } from "./history.js";
import type { Snapshot } from "./snapshots.js";
import { type Viewer, selectExisting } from "./statements.js";

/** What a portfolio must know of the others to say what may be seen. */
export interface Neighbours {
  readonly findConcern: FindConcern;
  /** The scopes of all portfolios' entities, by type. */
  readonly scopes: Scopes;
  rightsOf(principal: Principal): Rights;
  /** Those of `ids`, of other portfolios, that exist and that the caller may see. Throws SubgraphUnreachable. */
  exists(ids: readonly string[], call: CallContext): Promise<ReadonlySet<string>>;
}

export class Sight {
  readonly isLimited: boolean;
  private finding: Promise<Concern> | undefined;

  constructor(
    readonly model: Model,
    private readonly snapshot: Snapshot,
    private readonly call: CallContext,
    private readonly neighbours: Neighbours,
  ) {
    this.isLimited = call.principal.customers !== null;
  }

  /** Whom statements are made for. */
  async viewer(): Promise<Viewer> {
    return { model: this.model, concern: this.isLimited ? await this.concern() : null };
  }

  /** Those of `ids`, of any portfolios, that exist and may be seen. */
  async seen(ids: readonly string[]): Promise<Set<string>> {
    const known = [...groupBy(new Set(ids), (id) => this.model.directory.typeOf(id) ?? "")].filter(([type]) => type !== "");
    const found = await Promise.all(known.map(([type, some]) => this.seenOf(type, some)));
    return new Set(found.flat());
  }

  /** Those of `ids` that are records of this portfolio and may be seen. */
  async seenHere(ids: readonly string[]): Promise<Set<string>> {
    return this.seen(ids.filter((id) => this.model.entities.has(this.model.directory.typeOf(id) ?? "")));
  }

  private async seenOf(type: string, ids: readonly string[]): Promise<readonly string[]> {
    if (this.model.entities.has(type)) {
      const viewer = await this.viewer();
      const { sql, cells, decode } = selectExisting(entityOf(this.model, type), ids, viewer);
      return decode(await this.snapshot.read(sql, cells));
    }
    const scope = this.neighbours.scopes[type];
    if (this.isLimited) {
      // What is the provider's own needs no question, and neither do customers.
      if (!scope) return [];
      if (scope.kind === "names" && scope.link === "id") {
        const customers = new Set((await this.concern()).customers);
        return ids.filter((id) => customers.has(id));
      }
    }
    return [...(await this.neighbours.exists(ids, this.call))];
  }

  /** Refuses a filter by a link to other records than the caller's customers: it would tell of records that may not be seen. */
  checkFilter(entity: EntityModel | null, filter: Readonly<Record<string, unknown>>): void {
    if (!this.isLimited || entity === null) return;
    for (const [name, condition] of Object.entries(filter)) {
      if (condition === null || condition === undefined) continue;
      if (name === "and" || name === "or") for (const each of condition as Readonly<Record<string, unknown>>[]) this.checkFilter(entity, each);
      else if (name === "not") this.checkFilter(entity, condition as Readonly<Record<string, unknown>>);
      else if (name === "hasFindings" || this.tellsOfOthers(entity, name))
        throw forbidden(`${entity.type} records cannot be filtered by ${name} by those who see only their own.`);
    }
  }
  private tellsOfOthers(entity: EntityModel, name: string): boolean {
    const scope = this.model.portfolio.scopes[entity.type];
    return [...entity.stored.values()].some(({ field, targets }) => field === name && targets !== undefined) && !(scope && namesOnlyTheirs(scope, name));
  }

  /** What of a record's changes may be shown. */
  shownChange<T extends { fields: FieldChanges }>(id: string, change: T): T {
    const entity = this.model.entities.get(this.model.directory.typeOf(id) ?? "");
    return { ...change, fields: readableChanges(entity, change.fields, this.neighbours.rightsOf(this.call.principal)) };
  }

  /** A record's past names what it linked to, whoever that concerned. */
  refuseHistory(): void {
    if (this.isLimited) throw forbidden("The history of records is not shown to those who see only their own.");
  }

  private concern(): Promise<Concern> {
    return (this.finding ??= this.neighbours.findConcern(this.call).then((concern) => {
      if (concern === null) throw forbidden("It cannot be said what concerns the caller.");
      return concern;
    }));
  }
}

/** Whether every record of the scope names by its one link `link` a customer of theirs, or nothing. */
function namesOnlyTheirs(scope: Scope, link: string): boolean {
  switch (scope.kind) {
    case "names":
      return scope.link === link;
    case "holds":
      return scope.key === `${link}Id` && scope.allowed.every((value) => value === null);
    case "all":
      return scope.of.some((each) => namesOnlyTheirs(each, link));
    case "any":
      return scope.of.every((each) => namesOnlyTheirs(each, link));
    default:
      return false;
  }
}
