/** How a column's values look in a row and in the database: the same on SQLite, MySQL and MariaDB. */
import type { ColumnKind, MoneyValue } from "../declare.js";
import { DECIMAL_SCALE, formatDecimal, parseDecimal } from "../decimals.js";
import type { StoredField } from "../model.js";

/** What a driver is given and answers. Never a boolean: libsql aborts the process on one. */
export type Cell = string | number | null;

/** The cells of a field's columns. `value` is a row's. */
export function toCells(field: StoredField, value: unknown): Cell[] {
  if (field.column.kind !== "money") return [toCell(field.column.kind, value)];
  const money = (value ?? null) as MoneyValue | null;
  return money === null ? [null, null] : [money.minor, money.currency];
}

/** The cell of one value of a kind that has one column. */
export function toCell(kind: ColumnKind, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (kind === "boolean") return value ? 1 : 0;
  if (kind === "decimal") return parseDecimal(`${value as string}`, DECIMAL_SCALE);
  if (kind === "values") return (value as unknown[]).length === 0 ? null : JSON.stringify(value);
  return value as Cell;
}

/** Reads a field's value from `cells`, which hold its columns from `offset` on. */
export function fromCells(field: StoredField, cells: readonly unknown[], offset: number): unknown {
  const cell = cells[offset] ?? null;
  switch (field.column.kind) {
    case "money":
      return cell === null ? null : { minor: Number(cell), currency: cells[offset + 1] };
    case "boolean":
      return cell === null ? null : Boolean(cell);
    case "decimal":
      return cell === null ? null : formatDecimal(Number(cell), DECIMAL_SCALE);
    case "values":
      return cell === null ? [] : JSON.parse(cell as string);
    default:
      return cell;
  }
}
