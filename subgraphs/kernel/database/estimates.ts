/**
 * What SQLite is told of twins, whose rows lie by eras. Unless told, it takes it that few rows share the first column of an index,
 * so that any index that begins with the era would do. What is told says only how columns select, not how much there is: it holds
 * for a table of any size and is never measured.
 */
import { type TableShape, indexName } from "./migration.js";

const ROWS = 1_000_000;
const ROWS_OF_AN_ERA = 100_000;

/** The rows of the table `sqlite_stat1` for the twins among some tables: table, index, and the rows of it and of each prefix of its columns. */
export const estimatesOf = (shapes: readonly TableShape[]): [table: string, index: string, rows: string][] =>
  shapes
    .filter(({ isClustered }) => isClustered)
    .flatMap(({ name, key, indices }) => [
      estimate(name, name, [ROWS_OF_AN_ERA, ...key.slice(1).map((_, i) => key.length - i)]),
      ...indices.map((columns) =>
        estimate(name, indexName(name, columns, false), columns[0] === "era" ? [ROWS_OF_AN_ERA, ...columns.slice(1).map((_, i) => 10 - i)] : [ROWS / 2]),
      ),
    ]);

const estimate = (table: string, index: string, rows: readonly number[]): [string, string, string] => [table, index, [ROWS, ...rows].join(" ")];
