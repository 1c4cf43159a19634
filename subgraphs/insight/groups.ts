/** `groupX`: records that match conditions, grouped by their fields and links, counted and summed. */
import { DECIMAL_SCALE, minorDigitsOf } from "../kernel/decimals.js";
import { badInput } from "../kernel/errors.js";
import { type EntityModel, type FollowedLink, type Model, type StoredField, pairsSql } from "../kernel/model.js";
import { checkFirst } from "../kernel/pages.js";
import type { Sql } from "../kernel/reads/conditions.js";
import type { Reading } from "./reading.js";
import { averageOf, sumOf } from "./sums.js";
import { WhereCompiler } from "./where.js";

type Bucket = "DAY" | "MONTH" | "QUARTER" | "YEAR";
interface KeyInput {
  readonly field?: string | null;
  readonly link?: string | null;
  readonly bucket?: Bucket | null;
}
interface MeasureInput {
  readonly function: "COUNT_DISTINCT" | "SUM" | "AVG" | "MIN" | "MAX";
  readonly field?: string | null;
  readonly link?: string | null;
}
interface GroupArguments {
  readonly where?: Readonly<Record<string, unknown>> | null;
  readonly by: readonly KeyInput[];
  readonly measures?: readonly MeasureInput[] | null;
  readonly orderBy?: { readonly measure?: number | null; readonly direction: "ASC" | "DESC" } | null;
  readonly having?: { readonly measure?: number | null; readonly gte?: number | null; readonly lte?: number | null } | null;
  readonly first?: number | null;
}

/** What a statement answers. */
type ShownCell = string | number | null;

interface GroupKey {
  readonly name: string;
  readonly value: string | null;
  readonly node: { __typename: string; id: string } | null;
}
interface Measure {
  readonly function: string;
  readonly name: string;
  readonly value: string | null;
  readonly currency: string | null;
}
interface Group {
  readonly keys: readonly GroupKey[];
  count: number;
  measures: Measure[];
}

const MOST_KEYS = 3;
const MOST_MEASURES = 6;
/** Groups are counted and sorted whole; more than this are refused. */
const MOST_GROUPS = 10_000;

/** The resolver that groups records of `entity`. */
export const groupRecords =
  (entity: EntityModel) =>
  async (_: unknown, args: GroupArguments, reading: Reading): Promise<object> => {
    const grouping = new Grouping(reading.model, entity, args);
    const groups = await grouping.run((sql) => reading.rows(sql));
    return { groups: grouping.arrange(groups), totalGroups: groups.length, asOf: () => reading.asOf() };
  };

/** A key: the expressions it is made of, how they read, and the join they need. */
interface Key {
  readonly name: string;
  readonly expressions: readonly string[];
  readonly join: string;
  readonly show: (cells: readonly ShownCell[]) => Pick<GroupKey, "value" | "node">;
}

class Grouping {
  private readonly keys: readonly Key[];
  private readonly condition: Sql;
  private readonly measures: readonly MeasureInput[];

  constructor(
    private readonly model: Model,
    private readonly entity: EntityModel,
    private readonly args: GroupArguments,
  ) {
    this.measures = args.measures ?? [];
    if (args.by.length < 1 || args.by.length > MOST_KEYS) throw badInput(`by names from 1 to ${MOST_KEYS} keys; it names ${args.by.length}.`);
    if (this.measures.length > MOST_MEASURES) throw badInput(`measures holds at most ${MOST_MEASURES}; ask for the rest in another field.`);
    for (const index of [args.orderBy?.measure, args.having?.measure])
      if (index !== null && index !== undefined && (index < 0 || index >= this.measures.length))
        throw badInput(`There is no measure ${index}; measures are counted from 0.`);
    this.keys = args.by.map((key, i) => this.key(key, i));
    this.condition = new WhereCompiler(model).compile(entity, args.where ?? {});
  }

  /** All groups, with their counts and measures. */
  async run(read: (sql: Sql) => Promise<readonly (readonly unknown[])[]>): Promise<Group[]> {
    const width = this.keys.reduce((sum, { expressions }) => sum + expressions.length, 0);
    const rows = await read(this.statement(["COUNT(DISTINCT t.`id`)"]));
    if (rows.length > MOST_GROUPS) throw badInput(`There are more than ${MOST_GROUPS} groups; narrow the where or group by less.`);
    const groups = new Map(rows.map((row) => [keyOf(row, width), { keys: this.show(row), count: Number(row[width]), measures: [] as Measure[] }]));
    for (const measure of this.measures) {
      const values = new Map<string, Measure[]>();
      for (const row of await read(this.measureStatement(measure))) {
        const key = keyOf(row, width);
        const shown = this.showMeasure(measure, row.slice(width) as ShownCell[]);
        if (shown.value !== null) values.set(key, [...(values.get(key) ?? []), shown]);
      }
      for (const [key, group] of groups) group.measures.push(...(values.get(key) ?? [this.showMeasure(measure, [null, null, null])]));
    }
    return [...groups.values()];
  }

  /** The groups asked for, in the order asked for: by count, largest first, where none is. */
  arrange(groups: readonly Group[]): Group[] {
    const { orderBy, having, first } = this.args;
    const weigh = (group: Group, index: number | null | undefined): number =>
      index === null || index === undefined ? group.count : Number(this.valueOf(group, index) ?? Number.NEGATIVE_INFINITY);
    const kept = groups.filter(
      (group) => !having || (weigh(group, having.measure) >= (having.gte ?? -Infinity) && weigh(group, having.measure) <= (having.lte ?? Infinity)),
    );
    const sign = orderBy?.direction === "ASC" ? 1 : -1;
    const label = ({ keys }: Group) => keys.map(({ value }) => value ?? "").join("\u0000");
    kept.sort((a, b) => sign * (weigh(a, orderBy?.measure) - weigh(b, orderBy?.measure)) || (label(a) < label(b) ? -1 : 1));
    return kept.slice(0, checkFirst(first ?? 100));
  }
  private valueOf(group: Group, index: number): string | null {
    const { function: name } = this.measures[index]!;
    return group.measures.find((measure) => measure.function === name && measure.name === nameOf(this.measures[index]!))?.value ?? null;
  }

  // --- keys ---

  private key(input: KeyInput, i: number): Key {
    if (Boolean(input.field) === Boolean(input.link)) throw badInput("A key names a field or a link, one of the two.");
    if (input.link) {
      if (input.bucket) throw badInput("A bucket goes with a date, not with a link.");
      return this.nodeKey(input.link, `k${i}.node`, ` LEFT JOIN (${this.pairs(input.link)}) k${i} ON k${i}.parent = t.\`id\``);
    }
    const field = this.field(input.field!);
    const column = `t.\`${field.columns[0]!}\``;
    if (field.targets) return this.nodeKey(field.field, column, "");
    if (!input.bucket) return { name: field.field, expressions: [column], join: "", show: ([cell]) => ({ value: showCell(field, cell), node: null }) };
    if (field.column.kind !== "date" && field.column.kind !== "dateTime") throw badInput(`${field.field} is no date; a bucket goes with a date.`);
    return bucketKey(field.field, column, input.bucket);
  }
  private nodeKey(name: string, expression: string, join: string): Key {
    const node = (id: ShownCell | undefined) => {
      const type = typeof id === "string" ? this.model.directory.typeOf(id) : null;
      return type ? { __typename: type, id: String(id) } : null;
    };
    return { name, expressions: [expression], join, show: ([id]) => ({ value: id === null || id === undefined ? null : String(id), node: node(id) }) };
  }
  private show(row: readonly unknown[]): GroupKey[] {
    let offset = 0;
    return this.keys.map(({ name, expressions, show }) => ({ name, ...show(row.slice(offset, (offset += expressions.length)) as ShownCell[]) }));
  }

  // --- statements ---

  private statement(measures: readonly string[], joins = "", extraKeys: readonly string[] = []): Sql {
    const keys = [...this.keys.flatMap(({ expressions }) => expressions), ...extraKeys];
    const from = `\`${this.entity.table}\` t${this.keys.map(({ join }) => join).join("")}${joins}`;
    const columns = [...keys.slice(0, keys.length - extraKeys.length), ...measures, ...extraKeys];
    return {
      text: `SELECT ${columns.join(", ")} FROM ${from} WHERE ${this.condition.text} GROUP BY ${keys.join(", ")} LIMIT ${MOST_GROUPS + 1}`,
      cells: this.condition.cells,
    };
  }
  private measureStatement(measure: MeasureInput): Sql {
    if (Boolean(measure.field) === Boolean(measure.link)) throw badInput("A measure names a field or a link, one of the two.");
    if (measure.link) {
      if (measure.function !== "COUNT_DISTINCT") throw badInput("Of linked records there is COUNT_DISTINCT only.");
      return this.statement(["COUNT(DISTINCT m.node)"], ` LEFT JOIN (${this.pairs(measure.link)}) m ON m.parent = t.\`id\``);
    }
    const field = this.field(measure.field!);
    if (field.targets && measure.function !== "COUNT_DISTINCT") throw badInput(`${field.field} is a link; of links there is COUNT_DISTINCT only.`);
    const [column, currency] = field.columns.map((name) => `t.\`${name}\``);
    switch (measure.function) {
      case "COUNT_DISTINCT":
        return this.statement([`COUNT(DISTINCT ${column})`]);
      case "MIN":
      case "MAX":
        return this.statement([`${measure.function}(${column})`], "", currency ? [currency] : []);
      default:
        if (!["integer", "decimal", "money"].includes(field.column.kind))
          throw badInput(`${field.field} is no number; ${measure.function} goes with numbers and money.`);
        return this.statement([`CAST(SUM(${column}) AS CHAR)`, `COUNT(${column})`], "", currency ? [currency] : []);
    }
  }
  private showMeasure(measure: MeasureInput, cells: readonly ShownCell[]): Measure {
    const base = { function: measure.function, name: nameOf(measure), currency: null };
    if (measure.function === "COUNT_DISTINCT") return { ...base, value: String(cells[0] ?? 0) };
    const field = this.field(measure.field!);
    const sums = measure.function === "SUM" || measure.function === "AVG";
    const currency = field.column.kind === "money" ? String(cells[sums ? 2 : 1] ?? "") || null : null;
    if (!sums) return { ...base, currency, value: showCell(field, cells[0], currency) };
    const scale = scaleOf(field, currency);
    const value =
      cells[0] === null || cells[0] === undefined
        ? null
        : measure.function === "SUM"
          ? showScaled(field, String(cells[0]), scale)
          : averageOf(String(cells[0]), Number(cells[1]), scale);
    return { ...base, currency, value };
  }

  private field(name: string): StoredField {
    const field = this.entity.stored.get(name) ?? this.entity.stored.get(`${name}Id`);
    if (!field) throw new Error(`${this.entity.type} has no field ${name}`);
    return field;
  }
  /** All pairs of a link, whoever the parent is. A link to what may not be seen leads nowhere. */
  private pairs(name: string): string {
    const link = this.model.followed.get(`${this.entity.type}.${name}`) as FollowedLink;
    if (link.source.kind === "column")
      return `SELECT \`${link.source.column}\` AS parent, \`id\` AS node FROM \`${link.source.table}\` WHERE \`${link.source.column}\` IS NOT NULL`;
    return `SELECT l.parent, l.node FROM (${pairsSql(link.source, null)}) l WHERE l.node IS NOT NULL`;
  }
}

const nameOf = ({ field, link }: MeasureInput): string => field ?? link!;
const keyOf = (row: readonly unknown[], width: number): string => JSON.stringify(row.slice(0, width));

const scaleOf = (field: StoredField, currency: string | null): number =>
  field.column.kind === "decimal" ? DECIMAL_SCALE : field.column.kind === "money" ? minorDigitsOf(currency ?? "") : 0;

/** Money keeps the decimals of its currency; a decimal only those it needs. */
const showScaled = ({ column }: StoredField, scaled: string, scale: number): string => {
  const text = sumOf(scaled, scale);
  return column.kind === "decimal" ? text.replace(/\.?0+$/, "") || "0" : text;
};
/** A stored cell as text. */
function showCell(field: StoredField, cell: ShownCell | undefined, currency: string | null = null): string | null {
  if (cell === null || cell === undefined) return null;
  if (field.column.kind === "boolean") return String(Boolean(cell));
  if (field.column.kind === "decimal" || field.column.kind === "money") return showScaled(field, String(cell), scaleOf(field, currency));
  return String(cell);
}

function bucketKey(name: string, column: string, bucket: Bucket): Key {
  const part = (from: number, length: number) => `substr(${column}, ${from}, ${length})`;
  const one = (expression: string): Key => ({
    name,
    expressions: [expression],
    join: "",
    show: ([value]) => ({ value: value === null || value === undefined ? null : String(value), node: null }),
  });
  if (bucket === "DAY") return one(part(1, 10));
  if (bucket === "MONTH") return one(part(1, 7));
  if (bucket === "YEAR") return one(part(1, 4));
  const month = part(6, 2);
  const quarter = `CASE WHEN ${month} <= '03' THEN 1 WHEN ${month} <= '06' THEN 2 WHEN ${month} <= '09' THEN 3 WHEN ${month} <= '12' THEN 4 END`;
  return {
    name,
    expressions: [part(1, 4), quarter],
    join: "",
    show: ([year, number]) => ({ value: year === null || year === undefined ? null : `${year}-Q${number}`, node: null }),
  };
}
