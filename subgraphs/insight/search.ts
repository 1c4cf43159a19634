/** What signals, verdicts and figures are given to find what they tell, and how they read its rows. */
import { badInput } from "../kernel/errors.js";
import type { Model } from "../kernel/model.js";
import type { Sql } from "../kernel/reads/conditions.js";
import type { Reading } from "./reading.js";
import type { Scope } from "./scopes.js";

export interface Search {
  readonly today: string;
  /** Begins with " AND ", or is empty where all are asked about. Signals about no customer are found only then. */
  readonly within: Scope;
  /** The rows of a SELECT. Refuses more than 100,000. */
  rows(statement: Sql): Promise<readonly Row[]>;
}
export type Row = readonly (string | number | null)[];

const MOST_ROWS = 100_000;

/** What the kinds of one request are given. */
export const searchOf = (reading: Reading, within: Scope): Search => ({
  today: reading.today,
  within,
  rows: async ({ text, cells }) => {
    const rows = (await reading.rows({ text: `${text} LIMIT ${MOST_ROWS + 1}`, cells })) as readonly Row[];
    if (rows.length > MOST_ROWS) throw badInput(`There are more than ${MOST_ROWS} records to look at; ask about less at a time, such as one customer.`);
    return rows;
  },
});

/** A cell as text, "" where it is null. */
export const text = (cell: Row[number] | undefined): string => String(cell ?? "");
export const textOrNull = (cell: Row[number] | undefined): string | null => (cell === null || cell === undefined ? null : String(cell));
/** The ids that are not null, each once. */
export function ids(cells: Iterable<Row[number] | undefined>): string[] {
  const found = new Set<string>();
  for (const cell of cells) if (cell !== null && cell !== undefined) found.add(String(cell));
  return [...found];
}

/** A record as its owner is asked for it. */
export const stubOf = ({ directory }: Model, id: string | null): object | null => (id === null ? null : { __typename: directory.typeOf(id), id });
