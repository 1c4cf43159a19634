/** `impact`: what a change reaches, grouped by customer, with its paths; and what nobody can say. */
import { isDay } from "../../kernel/dates.js";
import { badInput } from "../../kernel/errors.js";
import { groupBy } from "../../kernel/groups.js";
import { checkFirst } from "../../kernel/pages.js";
import { type Sql, placeholders } from "../../kernel/reads/conditions.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import type { Reading } from "../reading.js";
import { CRITICALITIES, type Change, RECORDED, STARTS } from "./carriers.js";
import { type Paths, findPaths } from "./paths.js";
import { type Hop, MOST_RECORDS, type Reached, walk } from "./walk.js";

interface ImpactArguments {
  readonly change: Change;
  readonly on?: string | null;
}
type Stub = { readonly __typename: string; readonly id: string };

const MOST_IDS = 1_000;
const EARLIEST = "1990-01-01";
const LATEST = "2199-12-31";

/** The resolvers of `impact`, at the root and of each type it may start at. */
export function impactResolvers(): Resolvers {
  const ofRecord = { impact: async ({ id }: Stub, args: ImpactArguments, reading: Reading) => openImpact(reading, id, args) };
  return {
    Query: {
      impact: async (_: unknown, { of, ...args }: ImpactArguments & { of: string }, reading: Reading) => {
        const type = reading.model.directory.typeOf(of);
        if (type === null || !STARTS[type]) throw badInput(`${of} is no id of ${Object.keys(STARTS).join(", ")}; an impact starts at one of these.`);
        const { table } = reading.model.entities.get(type)!;
        const rows = await reading.rows({ text: `SELECT t.\`id\` FROM \`${table}\` t WHERE t.\`id\` = ?`, cells: [of] });
        if (rows.length === 0) throw badInput(`There is no ${type} ${of}.`);
        return openImpact(reading, of, args);
      },
    },
    ...Object.fromEntries(Object.keys(STARTS).map((type) => [type, ofRecord])),
  };
}

async function openImpact(reading: Reading, id: string, { change, on }: ImpactArguments): Promise<Impact> {
  const day = on ?? reading.today;
  const type = reading.model.directory.typeOf(id)!;
  const sensible = STARTS[type]!;
  if (!sensible.includes(change)) throw badInput(`${change} means nothing for a ${type}; ask for ${sensible.join(", ")}.`);
  if (!isDay(day) || day < EARLIEST || day > LATEST) throw badInput(`on is ${day}; it must be a day from ${EARLIEST} to ${LATEST}.`);
  const reached = await reading.load<Reached | null>(`impact ${change} ${day}`, id, null, (ids) => walk(reading, ids, change, day));
  return new Impact(reading, reached!);
}

const CANNOT_SAY = "UNKNOWN";

/** One answer. Its methods are the fields of the SDL's Impact. */
class Impact {
  private found: Map<string, Paths> | undefined;

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
    return this.complete
      ? null
      : `It reaches more than ${MOST_RECORDS} records, and what lies beyond was not followed; start from what is nearer to what you want to know.`;
  }
  asOf(): ReturnType<Reading["asOf"]> {
    return this.reading.asOf();
  }

  nodes({ first, after, types }: { first?: number | null; after?: string | null; types?: readonly string[] | null }): object {
    const count = checkFirst(first ?? 100);
    this.checkTypes(types, [...this.reading.model.entities.keys()]);
    const wanted = [...this.paths].filter(([id]) => !types || types.includes(this.typeOf(id)));
    const from = after ? wanted.findIndex(([id]) => id === after) + 1 : 0;
    if (after && from === 0) throw badInput("after is not a cursor of these records; pass an endCursor they answered.");
    const edges = wanted.slice(from, from + count).map(([id, paths]) => ({ cursor: id, node: this.show(id, paths) }));
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      totalCount: wanted.length,
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
    return [...byType].map(([type, ids]) => ({ type, count: ids.length })).sort((a, b) => (a.type < b.type ? -1 : 1));
  }

  async customers(): Promise<object[]> {
    const ids = this.idsOf("Customer");
    if (ids.length === 0) return [];
    const [called, targets, units] = [
      await this.whomToCall(ids),
      await this.owners("ServiceLevelTarget", "agreementId"),
      await this.owners("CustomerUnit", "customerId"),
    ];
    const into = groupBy(this.reached.steps, ({ to }) => to);
    const sources = (id: string, type: string) => [
      ...new Set((into.get(id) ?? []).map(({ from }) => from).filter((from) => this.typeOf(from) === type && from !== this.reached.start)),
    ];
    const withStart = (id: string, type: string) => [...new Set((into.get(id) ?? []).map(({ from }) => from).filter((from) => this.typeOf(from) === type))];
    const shown = ids.map((id) => {
      const agreements = sources(id, "Agreement");
      const services = new Set([...withStart(id, "Service"), ...agreements.flatMap((agreement) => withStart(agreement, "Service"))]);
      return {
        customer: this.stub(id),
        criticality: this.paths.get(id)!.criticality,
        agreements: agreements.map((each) => this.stub(each)),
        targets: targets.filter(({ owner }) => agreements.includes(owner)).map(({ id: target }) => this.stub(target)),
        services: [...services].map((each) => this.stub(each)),
        units: units.filter(({ owner }) => owner === id).map(({ id: unit }) => this.stub(unit)),
        call: called.has(id) ? this.stub(called.get(id)!) : null,
        missing: called.has(id) ? null : "Neither a manager of the relationship nor anybody who decides for the customer is recorded.",
      };
    });
    const rank = (criticality: string | null) => (criticality === null ? CRITICALITIES.length : (CRITICALITIES as readonly string[]).indexOf(criticality));
    return shown.sort((a, b) => rank(a.criticality) - rank(b.criticality) || (a.customer.id < b.customer.id ? -1 : 1));
  }

  async roles(): Promise<object[]> {
    const { start, day } = this.reached;
    const valid = (alias: string) =>
      `(${alias}.\`validFrom\` IS NULL OR ${alias}.\`validFrom\` <= ?) AND (${alias}.\`validTo\` IS NULL OR ${alias}.\`validTo\` >= ?)`;
    const text = `SELECT r.\`applicationId\`, r.\`role\`, o.\`holderId\` FROM \`application_role\` r
      LEFT JOIN \`application_role\` o ON o.\`applicationId\` = r.\`applicationId\` AND o.\`role\` = r.\`role\` AND o.\`holderId\` <> r.\`holderId\` AND ${valid("o")}
        AND NOT EXISTS (SELECT 1 FROM \`person\` q WHERE q.\`id\` = o.\`holderId\` AND q.\`active\` = 0)
      WHERE r.\`holderId\` = ? AND ${valid("r")} ORDER BY r.\`applicationId\`, r.\`role\`, o.\`holderId\``;
    const rows = (await this.reading.rows({ text, cells: [day, day, start, day, day] })) as [string, string, string | null][];
    return [...groupBy(rows, ([application, role]) => `${application} ${role}`).values()].map((some) => ({
      application: this.stub(some[0]![0]),
      role: some[0]![1],
      others: some.flatMap(([, , holder]) => (holder === null ? [] : [this.stub(holder)])),
    }));
  }

  async verdicts({ ids }: { ids: readonly string[] }): Promise<object[]> {
    if (ids.length > MOST_IDS) throw badInput(`ids holds ${ids.length} ids; ${MOST_IDS} is the most.`);
    const others = [...new Set(ids)].filter((id) => id !== this.reached.start && !this.paths.has(id));
    const recorded = new Map<string, boolean>();
    for (const [type, some] of groupBy(others, (id) => this.reading.model.directory.typeOf(id) ?? "")) {
      if (!RECORDED[type]) continue;
      const { table } = this.reading.model.entities.get(type)!;
      const text = `SELECT t.\`id\`, CASE WHEN ${RECORDED[type].condition} THEN 1 ELSE 0 END FROM \`${table}\` t WHERE t.\`id\` IN (${placeholders(some.length)})`;
      for (const [id, says] of await this.reading.rows({ text, cells: some })) recorded.set(id as string, Number(says) === 1);
    }
    return ids.map((id) => {
      const type = this.reading.model.directory.typeOf(id);
      const node = type === null ? null : this.stub(id);
      if (id === this.reached.start || this.paths.has(id)) return { node, verdict: "IMPACTED", missing: null };
      if (type === null || (RECORDED[type] && !recorded.has(id))) return { node: null, verdict: CANNOT_SAY, missing: "There is no such record." };
      if (!this.complete) return { node, verdict: CANNOT_SAY, missing: this.bounded };
      if (!RECORDED[type]) return { node, verdict: CANNOT_SAY, missing: `Nothing says when a ${type} that is not reached is surely not hit.` };
      return recorded.get(id) ? { node, verdict: "NOT_IMPACTED", missing: null } : { node, verdict: CANNOT_SAY, missing: RECORDED[type].missing };
    });
  }

  async unknown({ first, after, types }: { first?: number | null; after?: string | null; types?: readonly string[] | null }): Promise<object[]> {
    const count = checkFirst(first ?? 100);
    this.checkTypes(types, Object.keys(RECORDED));
    const answered: object[] = [];
    for (const type of [...(types ?? ["Customer", "Service"])].sort((a, b) => (this.prefixOf(a) < this.prefixOf(b) ? -1 : 1))) {
      const { condition, missing } = RECORDED[type]!;
      const { table } = this.reading.model.entities.get(type)!;
      const reached = [...this.idsOf(type), this.reached.start];
      let last = after ?? "";
      // Those reached are passed over here: there may be more of them than a statement can name.
      while (answered.length < count) {
        const text = `SELECT t.\`id\` FROM \`${table}\` t WHERE t.\`id\` > ? AND NOT ${condition} ORDER BY t.\`id\` LIMIT ?`;
        const rows = (await this.reading.rows({ text, cells: [last, count + 1] } satisfies Sql)) as [string][];
        for (const [id] of rows) {
          last = id;
          if (!reached.includes(id) && answered.length < count) answered.push({ node: this.stub(id), verdict: CANNOT_SAY, missing });
        }
        if (rows.length <= count) break;
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
  private idsOf(type: string): string[] {
    return [...this.paths.keys()].filter((id) => this.typeOf(id) === type);
  }
  private checkTypes(types: readonly string[] | null | undefined, known: readonly string[]): void {
    const wrong = types?.find((type) => !known.includes(type));
    if (wrong !== undefined)
      throw badInput(`types names ${wrong}; write ${known.slice(0, 5).join(", ")}${known.length > 5 ? " or another type of the graph" : ""}.`);
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

  /** The records reached of a type, with the record each belongs to. */
  private async owners(type: string, column: string): Promise<{ id: string; owner: string }[]> {
    const ids = this.idsOf(type);
    if (ids.length === 0) return [];
    const { table } = this.reading.model.entities.get(type)!;
    const rows = await this.reading.rows({
      text: `SELECT t.\`id\`, t.\`${column}\` FROM \`${table}\` t WHERE t.\`id\` IN (${placeholders(ids.length)}) ORDER BY t.\`id\``,
      cells: ids,
    });
    return (rows as [string, string][]).map(([id, owner]) => ({ id, owner }));
  }

  /** The active manager of each customer's relationship; else somebody active who decides for it that day. */
  private async whomToCall(customers: readonly string[]): Promise<Map<string, string>> {
    const marks = placeholders(customers.length);
    const { day } = this.reached;
    const deciders = `SELECT k.\`customerId\`, k.\`personId\` FROM \`stakeholder\` k JOIN \`person\` q ON q.\`id\` = k.\`personId\` AND q.\`active\` = 1
      WHERE k.\`role\` = 'DECISION_MAKER' AND (k.\`validFrom\` IS NULL OR k.\`validFrom\` <= ?) AND (k.\`validTo\` IS NULL OR k.\`validTo\` >= ?) AND k.\`customerId\` IN (${marks}) ORDER BY k.\`id\` DESC`;
    const managers = `SELECT r.\`customerId\`, r.\`managerId\` FROM \`relationship\` r JOIN \`person\` q ON q.\`id\` = r.\`managerId\` AND q.\`active\` = 1 WHERE r.\`customerId\` IN (${marks})`;
    const rows = [
      ...(await this.reading.rows({ text: deciders, cells: [day, day, ...customers] })),
      ...(await this.reading.rows({ text: managers, cells: customers })),
    ] as [string, string][];
    return new Map(rows);
  }
}
