/** Adds up what figures count: in the database, or here where a figure is worked out here. */
import { groupBy } from "../../kernel/groups.js";
import type { Sql } from "../../kernel/reads/conditions.js";
import { listOf, sqlOf, verbatim } from "../sql.js";
import type { Counted, Figure, ListedFigure, Question, SummedFigure } from "./figure.js";

/** What is counted, added up. */
export interface Tally {
  readonly numerator: number;
  readonly denominator: number;
  /** How many records nobody can judge; they are in neither. */
  readonly unknown: number;
  readonly median: number | null;
}
/** The tally where nothing counts. */
export const noTally: Tally = { numerator: 0, denominator: 0, unknown: 0, median: null };

/** Where a page of records goes on: after this pair. */
export type Place = readonly [id: string, withId: string];

/** A figure as it was asked about. Each part is read when it is wanted, in a statement of its own. */
export interface Tallied {
  total(): Promise<Tally>;
  bySegment(): Promise<ReadonlyMap<string, Tally>>;
  /** By the other record of the pair, in the order of their ids. */
  byPartner(after: string, first: number): Promise<ReadonlyMap<string, Tally>>;
  /** At most `first` records after `place`, by id. */
  page(place: Place | null, first: number): Promise<readonly Omit<Counted, "segment">[]>;
  count(): Promise<number>;
}

export const tally = (figure: Figure, question: Question): Tallied =>
  "rows" in figure ? new SummedTally(figure, question) : new ListedTally(figure, question);

const SUMS = verbatim(`
  SUM(CASE WHEN d.amount IS NULL OR d.base IS NULL THEN 0 ELSE d.amount END), SUM(CASE WHEN d.amount IS NULL OR d.base IS NULL THEN 0 ELSE d.base END),
  SUM(CASE WHEN d.amount IS NULL OR d.base IS NULL THEN 1 ELSE 0 END)`);
const summed = ([numerator, denominator, unknown]: readonly unknown[]): Tally => ({
  numerator: Number(numerator ?? 0),
  denominator: Number(denominator ?? 0),
  unknown: Number(unknown ?? 0),
  median: null,
});

class SummedTally implements Tallied {
  constructor(
    private readonly figure: SummedFigure,
    private readonly question: Question,
  ) {}

  async total(): Promise<Tally> {
    const [row] = await this.read(sqlOf`SELECT ${SUMS} FROM (${this.records()}) d`);
    return summed(row!);
  }
  async bySegment(): Promise<ReadonlyMap<string, Tally>> {
    const rows = await this.read(sqlOf`
      SELECT d.segment, ${SUMS} FROM (
        SELECT DISTINCT r.id, r.withId, r.amount, r.base, c.segment FROM (${this.figure.rows(this.question)}) r JOIN \`customer\` c ON c.id = r.customerId
      ) d GROUP BY d.segment`);
    return new Map(rows.map(([segment, ...sums]) => [String(segment), summed(sums)]));
  }
  async byPartner(after: string, first: number): Promise<ReadonlyMap<string, Tally>> {
    const rows = await this.read(sqlOf`
      SELECT d.withId, ${SUMS} FROM (${this.records()}) d WHERE d.withId > ${after} GROUP BY d.withId ORDER BY d.withId LIMIT ${first}`);
    return new Map(rows.map(([id, ...sums]) => [String(id), summed(sums)]));
  }
  async page(place: Place | null, first: number): Promise<readonly Omit<Counted, "segment">[]> {
    const beyond = place ? sqlOf`WHERE d.id > ${place[0]} OR (d.id = ${place[0]} AND d.withId > ${place[1]})` : verbatim("");
    const rows = await this.read(sqlOf`SELECT d.id, d.withId, d.amount, d.base FROM (${this.records()}) d ${beyond} ORDER BY d.id, d.withId LIMIT ${first}`);
    const number = (cell: unknown) => (cell === null ? null : Number(cell));
    return rows.map(([id, withId, amount, base]) => ({ id: String(id), withId: String(withId), amount: number(amount), base: number(base) }));
  }
  async count(): Promise<number> {
    const [row] = await this.read(sqlOf`SELECT COUNT(*) FROM (${this.records()}) d`);
    return Number(row![0]);
  }

  /** Each record once, though it belongs to several customers. */
  private records(): Sql {
    const { segments } = this.question;
    const rows = this.figure.rows(this.question);
    if (segments === null) return sqlOf`SELECT DISTINCT r.id, r.withId, r.amount, r.base FROM (${rows}) r`;
    const within = segments.length > 0 ? sqlOf`c.segment IN (${listOf(segments)})` : verbatim("1 = 0");
    return sqlOf`SELECT DISTINCT r.id, r.withId, r.amount, r.base FROM (${rows}) r JOIN \`customer\` c ON c.id = r.customerId WHERE ${within}`;
  }
  private read(sql: Sql): Promise<readonly (readonly unknown[])[]> {
    return this.question.reading.rows(sql);
  }
}

class ListedTally implements Tallied {
  private listing: Promise<readonly Counted[]> | undefined;
  constructor(
    private readonly figure: ListedFigure,
    private readonly question: Question,
  ) {}

  async total(): Promise<Tally> {
    return this.add(await this.records());
  }
  async bySegment(): Promise<ReadonlyMap<string, Tally>> {
    const known = (await this.list()).filter(({ segment }) => segment !== null);
    return new Map([...groupBy(known, ({ segment }) => segment!)].map(([segment, some]) => [segment, this.add(some)]));
  }
  async byPartner(after: string, first: number): Promise<ReadonlyMap<string, Tally>> {
    const partners = [...groupBy(await this.records(), ({ withId }) => withId)].filter(([id]) => id > after).sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(partners.slice(0, first).map(([id, some]) => [id, this.add(some)]));
  }
  async page(place: Place | null, first: number): Promise<readonly Counted[]> {
    const records = [...(await this.records())].sort((a, b) => compare(placeOf(a), placeOf(b)));
    return records.filter((record) => place === null || compare(placeOf(record), place) > 0).slice(0, first);
  }
  async count(): Promise<number> {
    return (await this.records()).length;
  }

  private list(): Promise<readonly Counted[]> {
    return (this.listing ??= this.figure.list(this.question));
  }
  private async records(): Promise<readonly Counted[]> {
    const { segments } = this.question;
    return (await this.list()).filter(({ segment }) => segments === null || (segment !== null && segments.includes(segment)));
  }
  private add(records: readonly Counted[]): Tally {
    const judged = records.flatMap(({ amount, base }) => (amount === null || base === null ? [] : [{ amount, base }]));
    const sum = (key: "amount" | "base") => judged.reduce((total, each) => total + each[key], 0);
    const median = this.figure.median ? medianOf(judged.map(({ amount }) => amount)) : null;
    return { numerator: sum("amount"), denominator: sum("base"), unknown: records.length - judged.length, median };
  }
}

const placeOf = ({ id, withId }: Pick<Counted, "id" | "withId">): Place => [id, withId];
const compare = (a: Place, b: Place): number => (a[0] === b[0] ? (a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1);

function medianOf(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length === 0 ? null : (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
