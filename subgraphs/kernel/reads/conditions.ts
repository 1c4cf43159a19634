/** Filter inputs as SQL conditions. */
import type { Cell } from "../database/values.js";
import { DECIMAL_SCALE, minorDigitsOf, parseDecimal } from "../decimals.js";
import { badInput } from "../errors.js";
import type { EntityModel, StoredField } from "../model.js";

/** A piece of SQL and the cells of its question marks, in order. */
export interface Sql {
  readonly text: string;
  readonly cells: readonly Cell[];
}
/** A piece of SQL and the cells of its question marks. */
export const sql = (text: string, ...cells: Cell[]): Sql => ({ text, cells });
export const NOTHING = sql("1 = 0");
const EVERYTHING = sql("1 = 1");

/** Joins conditions by AND or OR; none is `whenNone`. */
export function join(conditions: readonly Sql[], word: "AND" | "OR", whenNone: Sql = EVERYTHING): Sql {
  if (conditions.length === 0) return whenNone;
  if (conditions.length === 1) return conditions[0]!;
  return { text: `(${conditions.map(({ text }) => text).join(` ${word} `)})`, cells: conditions.flatMap(({ cells }) => cells) };
}

export const placeholders = (count: number): string => (count === 0 ? "" : `${"?, ".repeat(count - 1)}?`);

type Filter = Readonly<Record<string, unknown>>;

/** How many conditions a filter, or a where, may hold: databases read them one within the other. */
export const MOST_CONDITIONS = 200;
/** How many values, since SQLite takes 32,766 question marks a statement, and a statement may ask the same twice. */
const MOST_CELLS = 10_000;

/** A filter input of an entity. `alias` is that of its table. Throws BAD_USER_INPUT where it holds more than a statement may. */
export function filterCondition(entity: EntityModel, filter: Filter, alias: string): Sql {
  const byField = new Map([...entity.stored.values()].map((field) => [field.field, field]));
  let conditions = 0;
  const compile = (input: Filter): Sql =>
    join(
      Object.entries(input).flatMap(([name, condition]) => {
        if (condition === null || condition === undefined) return [];
        if (++conditions > MOST_CONDITIONS) throw badInput(`A filter holds at most ${MOST_CONDITIONS} conditions; ask in several requests.`);
        if (name === "and") return [join((condition as Filter[]).map(compile), "AND")];
        if (name === "or") return [join((condition as Filter[]).map(compile), "OR", NOTHING)];
        if (name === "not") return [negate(compile(condition as Filter))];
        if (name === "hasFindings") return [sql(`${alias}.\`findings\` IS ${condition ? "NOT NULL" : "NULL"}`)];
        return [fieldCondition(byField.get(name)!, condition as Filter, alias)];
      }),
      "AND",
    );
  return checkCells(compile(filter), "filter");
}

/** The condition, unless it holds more values than a statement may: that is BAD_USER_INPUT. */
export function checkCells(condition: Sql, input: "filter" | "where"): Sql {
  if (condition.cells.length > MOST_CELLS) throw badInput(`A ${input} holds at most ${MOST_CELLS} values; ask in several requests.`);
  return condition;
}

/** What is unknown does not hold, so its negation does: `not` answers exactly the records the condition leaves out. */
export const negate = (condition: Sql): Sql => ({ text: `(${condition.text}) IS NOT TRUE`, cells: condition.cells });

/** The condition that a whole number lies within bounds. It says the number once, however many bounds there are: what it is counted of may count again. */
export function boundsCondition({ text, cells }: Sql, bounds: Bounds): Sql {
  const [least, most] = endsOf(bounds);
  if (least === -Infinity && most === Infinity) return EVERYTHING;
  if (most === Infinity) return { text: `${text} >= ?`, cells: [...cells, least] };
  if (least === -Infinity) return { text: `${text} <= ?`, cells: [...cells, most] };
  return { text: `${text} BETWEEN ? AND ?`, cells: [...cells, least, most] };
}

/** Whether none of something lies within bounds. */
export function holdsNone(bounds: Bounds): boolean {
  const [least, most] = endsOf(bounds);
  return least <= 0 && most >= 0;
}

const endsOf = ({ eq, gt, gte, lt, lte }: Bounds): [least: number, most: number] => [
  Math.max(eq ?? -Infinity, gte ?? -Infinity, (gt ?? -Infinity) + 1),
  Math.min(eq ?? Infinity, lte ?? Infinity, (lt ?? Infinity) - 1),
];

/** Bounds of a whole number; those that are null or left out bound nothing. */
export type Bounds = Partial<Readonly<Record<"eq" | "gt" | "gte" | "lt" | "lte", number | null>>>;

/** Condition on the id of a linked record that is not in this portfolio. */
export const linkedCondition = (filter: Filter, column: string): Sql =>
  filter["id"]
    ? join(
        comparisons(column, filter["id"] as Filter, (value) => value as Cell),
        "AND",
      )
    : EVERYTHING;

/** A condition on a stored field of the table `alias`. */
export function fieldCondition(field: StoredField, condition: Filter, alias: string): Sql {
  if (field.column.kind === "money") return moneyCondition(field, condition, alias);
  return join(
    comparisons(`${alias}.\`${field.columns[0]!}\``, condition, (value) => filterCell(field, value)),
    "AND",
  );
}

function filterCell({ column, field }: StoredField, value: unknown): Cell {
  if (column.kind === "boolean") return value ? 1 : 0;
  if (column.kind === "decimal") return scaled(value as string, DECIMAL_SCALE, field);
  return value as Cell;
}
function scaled(value: string, scale: number, field: string): number {
  try {
    return parseDecimal(value, scale);
  } catch (error) {
    throw badInput(`filter.${field}: ${(error as Error).message}.`);
  }
}

/** SQLite takes 32,766 question marks a statement. */
const MOST_VALUES = 1000;
const ORDER = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/** The conditions of a filter input on a column or expression. */
function comparisons(column: string, condition: Filter, toCell: (value: unknown) => Cell): Sql[] {
  return Object.entries(condition).flatMap(([word, value]): Sql[] => {
    if (value === undefined) return [];
    if (word === "isNull") return value === null ? [] : [sql(`${column} IS ${value ? "NULL" : "NOT NULL"}`)];
    if (value === null) throw badInput(`A filter's ${word} cannot be null; use isNull.`);
    if (Array.isArray(value) && value.length > MOST_VALUES) throw badInput(`A filter's ${word} names ${value.length} values; ${MOST_VALUES} is the most.`);
    const cells = Array.isArray(value) ? value.map(toCell) : [toCell(value)];
    switch (word) {
      case "eq":
        return [sql(`${column} = ?`, ...cells)];
      case "not":
        return [sql(`(${column} <> ? OR ${column} IS NULL)`, ...cells)];
      case "in":
        return [cells.length === 0 ? NOTHING : sql(`${column} IN (${placeholders(cells.length)})`, ...cells)];
      case "notIn":
        return [cells.length === 0 ? EVERYTHING : sql(`(${column} NOT IN (${placeholders(cells.length)}) OR ${column} IS NULL)`, ...cells)];
      case "contains":
        return [sql(`instr(${column}, ?) > 0`, ...cells)];
      case "startsWith":
        return [sql(`substr(${column}, 1, ?) = ?`, [...(value as string)].length, ...cells)];
      default:
        return [sql(`${column} ${ORDER[word as keyof typeof ORDER]} ?`, ...cells)];
    }
  });
}

function moneyCondition(field: StoredField, condition: Filter, alias: string): Sql {
  const [amount, currency] = field.columns.map((column) => `${alias}.\`${column}\``) as [string, string];
  const { currency: code, isNull, ...amounts } = condition as { currency?: string; isNull?: boolean };
  const compared = Object.entries(amounts).filter(([, value]) => value !== null && value !== undefined);
  if (compared.length > 0 && !code) throw badInput(`filter.${field.field}: amounts are compared within one currency; add currency.`);
  const digits = minorDigitsOf(code ?? "");
  const conditions = comparisons(amount, Object.fromEntries(compared), (value) => scaled(value as string, digits, field.field));
  if (code) conditions.push(sql(`${currency} = ?`, code));
  if (isNull !== undefined && isNull !== null) conditions.push(sql(`${amount} IS ${isNull ? "NULL" : "NOT NULL"}`));
  return join(conditions, "AND");
}
