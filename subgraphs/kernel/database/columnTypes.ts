/** What a column of each kind is called by the databases. */
import type { Column, ColumnKind } from "../declare.js";
import type { Dialect } from "./migration.js";

const TYPES: Readonly<Record<ColumnKind, { sqlite: string; mysql: string; length?: string }>> = {
  id: { sqlite: "varchar", mysql: "varchar", length: "40" },
  text: { sqlite: "varchar", mysql: "varchar" },
  longText: { sqlite: "text", mysql: "mediumtext" },
  choice: { sqlite: "varchar", mysql: "varchar", length: "40" },
  integer: { sqlite: "integer", mysql: "int" },
  decimal: { sqlite: "bigint", mysql: "bigint" },
  boolean: { sqlite: "integer", mysql: "int" },
  date: { sqlite: "varchar", mysql: "varchar", length: "10" },
  dateTime: { sqlite: "varchar", mysql: "varchar", length: "24" },
  money: { sqlite: "bigint", mysql: "bigint" },
  values: { sqlite: "text", mysql: "longtext" },
};

/** The type of a column as a dialect's driver names it. */
export function columnType(column: Column<unknown>, dialect: Dialect): { type: string; length?: string; isNullable: boolean } {
  const { sqlite, mysql, length } = TYPES[column.kind];
  const size = column.kind === "text" ? String(column.options.length) : length;
  return { type: dialect === "sqlite" ? sqlite : mysql, ...(size ? { length: size } : {}), isNullable: column.options.nullable || column.kind === "values" };
}
