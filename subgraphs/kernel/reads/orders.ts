/** Sort orders and the keyset cursors that resume them. */
import { decodeCursor, encodeCursor } from "../cursors.js";
import type { Cell } from "../database/values.js";
import { badInput } from "../errors.js";
import type { EntityModel } from "../model.js";
import { NOTHING, type Sql, join } from "./conditions.js";

/** One column of a sort order. The last is always the id, so that no two items are equal. */
export interface OrderKey {
  readonly column: string;
  readonly descending: boolean;
  readonly nullable: boolean;
  /** Whether no two records share a value, so that what follows sorts nothing more. */
  readonly unique: boolean;
}
export interface OrderInput {
  readonly field: string;
  readonly direction: "ASC" | "DESC";
}

/** The keys of an `orderBy` input, ended by `idColumn`. `entity` is null for records of another portfolio. */
export function orderKeys(entity: EntityModel | null, orderBy: readonly OrderInput[], alias: string, idColumn: string): OrderKey[] {
  const keys = orderBy.flatMap(({ field, direction }): OrderKey[] => {
    const stored = entity?.stored.get(field);
    if (!stored || field === "id") return field === "id" ? [{ column: idColumn, descending: direction === "DESC", nullable: false, unique: true }] : [];
    const columns = stored.column.kind === "money" ? [stored.columns[1]!, stored.columns[0]!] : stored.columns;
    const { nullable, unique } = stored.column.options;
    return columns.map((column) => ({ column: `${alias}.\`${column}\``, descending: direction === "DESC", nullable, unique: unique === true && !nullable }));
  });
  const known = new Set<string>();
  const distinct = keys.filter(({ column }) => !known.has(column) && known.add(column));
  return known.has(idColumn) ? distinct : [...distinct, { column: idColumn, descending: false, nullable: false, unique: true }];
}

/** An ORDER BY. It ends with the first unique key: by one more, MySQL and MariaDB would sort what an index holds in order. */
export function orderSql(keys: readonly OrderKey[]): string {
  const end = keys.findIndex(({ unique }) => unique) + 1;
  return (end === 0 ? keys : keys.slice(0, end)).map(({ column, descending }) => `${column}${descending ? " DESC" : ""}`).join(", ");
}

/** What identifies an order, so that a cursor of another one is refused. */
const signatureOf = (keys: readonly OrderKey[]): string =>
  keys.map(({ column, descending }) => `${column.replaceAll(/[^\w.]/g, "")}${descending ? "-" : "+"}`).join();

/** A cursor: the item's cells in the keys of its order. */
export const writeCursor = (keys: readonly OrderKey[], cells: readonly Cell[]): string => encodeCursor([signatureOf(keys), ...cells]);

/** Reads a cursor. Throws BAD_USER_INPUT when it is none of this order. */
export function readCursor(keys: readonly OrderKey[], cursor: string): Cell[] {
  const parsed = decodeCursor(cursor);
  const valid =
    Array.isArray(parsed) &&
    parsed.length === keys.length + 1 &&
    parsed[0] === signatureOf(keys) &&
    keys.every(({ nullable }, i) => {
      const cell: unknown = (parsed as unknown[])[i + 1];
      return typeof cell === "string" || typeof cell === "number" || (cell === null && nullable);
    });
  if (!valid) throw badInput("after is not a cursor of this list in this order; pass an endCursor it answered, with the same orderBy.");
  return (parsed as Cell[]).slice(1);
}

/** The items that come after `cells` in the order. Missing values sort first, and last when descending. */
export function afterCondition(keys: readonly OrderKey[], cells: readonly Cell[]): Sql {
  const [key, ...rest] = keys;
  const cell = cells[0] ?? null;
  if (!key) return NOTHING;
  const beyond: Sql[] = [];
  if (cell === null) {
    if (!key.descending) beyond.push({ text: `${key.column} IS NOT NULL`, cells: [] });
  } else {
    beyond.push({ text: `${key.column} ${key.descending ? "<" : ">"} ?`, cells: [cell] });
    if (key.descending && key.nullable) beyond.push({ text: `${key.column} IS NULL`, cells: [] });
  }
  if (rest.length > 0) {
    const same: Sql = cell === null ? { text: `${key.column} IS NULL`, cells: [] } : { text: `${key.column} = ?`, cells: [cell] };
    beyond.push(join([same, afterCondition(rest, cells.slice(1))], "AND"));
  }
  return join(beyond, "OR", NOTHING);
}
