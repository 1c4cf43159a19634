/** One answer of `impact`: its methods are the fields of the SDL's Impact. */
import { badInput } from "../../kernel/errors.js";
import { groupBy } from "../../kernel/groups.js";
import { entityOf } from "../../kernel/model.js";
import { LARGEST_PAGE, checkFirst } from "../../kernel/pages.js";
import type { Reading } from "../reading.js";
import type { Change } from "./carrier.js";
import { REACHED_TYPES } from "./carriers.js";
import { customersOf, hitsOf } from "./customers.js";
import { isKnown } from "./known.js";
import { type Paths, findPaths } from "./paths.js";
import { rolesOf } from "./roles.js";
import { type Gap, gapsOf } from "./verdicts.js";
import { type Hop, MOST_LINKS, MOST_RECORDS, MOST_TOGETHER, type Reached } from "./walk.js";

export type Stub = { readonly __typename: string; readonly id: string };
interface Page {
  readonly first?: number | null;
  readonly after?: string | null;
}
interface PageOfTypes extends Page {
  readonly types?: readonly string[] | null;
}

const BOUNDED = `It reaches more than ${MOST_RECORDS} records or follows more than ${MOST_LINKS} links, or ${MOST_TOGETHER} together with what else is asked about, and what lies beyond was not followed; start from what is nearer to what you want to know, or ask about one record at a time.`;
const ONLY_SEEN = "What you see does not lead to it; whether it is hit in another way is not said to those who see only their own.";
const NOBODY_TO_CALL = "Neither a manager of the relationship nor anybody who decides for the customer is recorded and there.";

export class Impact {
  private found: Map<string, Paths> | undefined;
  private hit: Set<string> | undefined;

  constructor(
    private readonly reading: Reading,
    private readonly reached: Reached,
  ) {}

  get of(): Stub {
    return this.stub(this.reached.start);
  }
  get change(): Change {
    return this.reached.change;
  }
  get on(): string {
    return this.reached.day;
  }
  get complete(): boolean {
    return this.reached.complete;
  }
  get bounded(): string | null {
    return this.complete ? null : BOUNDED;
  }
  asOf(): ReturnType<Reading["asOf"]> {
    return this.reading.asOf();
  }

  nodes({ first, after, types }: PageOfTypes): object {
    const count = checkFirst(first ?? 100);
    this.checkTypes(types, [...this.reading.model.entities.keys()]);
    const wanted = [...this.paths].filter(([id]) => !types || types.includes(this.typeOf(id)));
    const from = startOf(
      wanted.map(([id]) => id),
      after,
    );
    const edges = wanted.slice(from, from + count).map(([id, paths]) => ({ cursor: id, node: this.show(id, paths) }));
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      totalCount: this.complete ? wanted.length : null,
      pageInfo: {
        hasNextPage: wanted.length > from + count,
        hasPreviousPage: from > 0,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  counts(): object[] {
    const byType = groupBy(this.paths.keys(), (id) => this.typeOf(id));
    return [...byType]
      .map(([type, { length }]) => ({ type, count: this.complete ? length : null, atLeast: length }))
      .sort((a, b) => (a.type < b.type ? -1 : 1));
  }

  async customers({ first, after }: Page): Promise<object[]> {
    const count = checkFirst(first ?? LARGEST_PAGE);
    const all = customersOf(this.paths, (id) => this.typeOf(id) === "Customer");
    const from = startOf(all, after);
    const hits = await hitsOf(this.reading, this.reached, this.paths, all.slice(from, from + count));
    const stubs = (ids: readonly string[]) => ids.map((id) => this.stub(id));
    return hits.map(({ customer, criticality, agreements, targets, services, units, call }) => ({
      customer: this.stub(customer),
      criticality,
      agreements: stubs(agreements),
      targets: stubs(targets),
      services: stubs(services),
      units: stubs(units),
      call: call === null ? null : this.stub(call),
      missing: call === null ? NOBODY_TO_CALL : null,
    }));
  }

  async roles(): Promise<object[]> {
    const roles = await rolesOf(this.reading, this.reached.start, this.reached.day);
    return roles.map(({ application, role, others }) => ({ application: this.stub(application), role, others: others.map((id) => this.stub(id)) }));
  }

  async verdicts({ ids }: { ids: readonly string[] }): Promise<object[]> {
    if (ids.length > LARGEST_PAGE) throw badInput(`ids holds ${ids.length} ids; ${LARGEST_PAGE} is the most.`);
    const others = await this.existing([...new Set(ids)].filter((id) => !this.isHit(id)));
    const gaps = await this.gapsOf(others);
    return ids.map((id) => {
      if (this.isHit(id)) return { node: this.stub(id), verdict: "IMPACTED", missing: null, of: null };
      if (!others.includes(id)) return { node: null, verdict: "UNKNOWN", missing: "There is no such record.", of: null };
      const gap = gaps.get(id);
      return gap ? this.showGap(id, gap) : { node: this.stub(id), verdict: "NOT_IMPACTED", missing: null, of: null };
    });
  }

  async unknown({ first, after, types }: PageOfTypes): Promise<object[]> {
    const count = checkFirst(first ?? 100);
    this.checkTypes(types, REACHED_TYPES);
    const answered: object[] = [];
    for (const type of [...new Set(types ?? ["Customer", "Service"])].sort((a, b) => (this.prefixOf(a) < this.prefixOf(b) ? -1 : 1))) {
      const { table } = entityOf(this.reading.model, type);
      for (let last = after ?? "", more = true; more && answered.length < count;) {
        const text = `SELECT t.\`id\` FROM \`${table}\` t WHERE t.\`id\` > ? ORDER BY t.\`id\` LIMIT ${LARGEST_PAGE}`;
        const ids = ((await this.reading.rows({ text, cells: [last] })) as [string][]).map(([id]) => id);
        // All who are asked about with it have come so far.
        await this.reading.ownTurn();
        more = ids.length === LARGEST_PAGE;
        last = ids.at(-1) ?? last;
        const gaps = await this.gapsOf(ids.filter((id) => !this.isHit(id)));
        for (const id of ids) if (gaps.has(id) && answered.length < count) answered.push(this.showGap(id, gaps.get(id)!));
      }
    }
    return answered;
  }

  // --- parts ---

  private get paths(): Map<string, Paths> {
    return (this.found ??= findPaths(this.reached));
  }
  private typeOf(id: string): string {
    return this.reading.model.directory.typeOf(id)!;
  }
  private prefixOf(type: string): string {
    return this.reading.model.directory.entry(type).prefix;
  }
  private stub(id: string): Stub {
    return { __typename: this.typeOf(id), id };
  }
  private isHit(id: string): boolean {
    this.hit ??= new Set(this.reached.steps.map(({ to }) => to));
    return id === this.reached.start || this.hit.has(id);
  }
  private checkTypes(types: readonly string[] | null | undefined, known: readonly string[]): void {
    const wrong = types?.find((type) => !known.includes(type));
    if (wrong !== undefined)
      throw badInput(`types names ${wrong}; write ${known.slice(0, 5).join(", ")}${known.length > 5 ? " or another type a change can reach" : ""}.`);
  }

  private show(id: string, { shortest, mostCritical, criticality }: Paths): object {
    const hops = (path: readonly Hop[]) =>
      path.map(({ from, to, carrier: { link, portfolio, why }, record, criticality: own }) => ({
        from: this.stub(from),
        to: this.stub(to),
        link,
        portfolio,
        why,
        record: record === null ? null : this.stub(record),
        criticality: own,
      }));
    return { node: this.stub(id), type: this.typeOf(id), verdict: "IMPACTED", criticality, shortestPath: hops(shortest), mostCriticalPath: hops(mostCritical) };
  }
  private showGap(id: string, { of, missing }: Gap): object {
    return { node: this.stub(id), verdict: "UNKNOWN", missing, of: of === null ? null : this.stub(of) };
  }

  /** What is missing to say that records that were not reached are not hit. */
  private async gapsOf(ids: readonly string[]): Promise<ReadonlyMap<string, Gap>> {
    // Of whoever sees a part only, nobody can say what the rest does.
    const missing = this.complete ? (this.reading.isLimited ? ONLY_SEEN : null) : BOUNDED;
    if (missing !== null) return new Map(ids.map((id) => [id, { of: null, missing }]));
    return ids.length === 0 ? new Map() : gapsOf(this.reading, this.reached, ids);
  }

  /** Those of the ids of which there are records. */
  private async existing(ids: readonly string[]): Promise<string[]> {
    const known = await Promise.all(ids.map((id) => isKnown(this.reading, id)));
    return ids.filter((_, i) => known[i]);
  }
}

/** Where a page begins that follows an id; at the beginning where none is given. */
function startOf(ids: readonly string[], after: string | null | undefined): number {
  if (!after) return 0;
  const at = ids.indexOf(after);
  if (at < 0) throw badInput("after is not a cursor of these records; pass one they were answered with.");
  return at + 1;
}
