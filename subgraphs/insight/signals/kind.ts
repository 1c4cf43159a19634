/** What a kind of signal is, and what it is given to find its signals. */
import { badInput } from "../../kernel/errors.js";
import type { Sql } from "../../kernel/reads/conditions.js";
import type { Reading } from "../reading.js";

export const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
/** The next higher severity. */
export const raised = (severity: Severity): Severity => SEVERITIES[Math.min(rankOf(severity) + 1, SEVERITIES.length - 1)]!;

/** A signal as its kind finds it. */
export interface Found {
  /** The records that make it the one it is, in order; the customer, where it has one, is added to them. */
  readonly about: readonly string[];
  readonly customerId: string | null;
  readonly severity: Severity;
  /** The day from which it holds. It may lie ahead, where what is recorded already says that a promise will not be kept. */
  readonly since: string;
  /** A sentence with the figures. */
  readonly why: string;
  /** The records behind it, those of `about` first. */
  readonly records: readonly string[];
  /** Whom to call where there is no customer, or its relationship has no manager. */
  readonly callId?: string | null;
  /** What else tells it from others about the same records. */
  readonly mark?: string;
}

/** Which customers are asked about: a condition on a column that holds the id of one. */
export type Scope = (column: string) => Sql;

export interface Search {
  readonly today: string;
  /** Begins with " AND ", or is empty where all are asked about. Signals about no customer are found only then. */
  readonly within: Scope;
  /** The rows of a SELECT. Refuses more than 100,000. */
  rows(statement: Sql): Promise<Row[]>;
}
export type Row = readonly (string | number | null)[];

export interface Kind {
  /** When it is one, in words, with the thresholds. */
  readonly rule: string;
  find(search: Search): Promise<Found[]>;
}

const MOST_ROWS = 100_000;

/** What the kinds of one request are given. */
export const searchOf = (reading: Reading, within: Scope): Search => ({
  today: reading.today,
  within,
  rows: async ({ text, cells }) => {
    const rows = (await reading.rows({ text: `${text} LIMIT ${MOST_ROWS + 1}`, cells })) as Row[];
    if (rows.length > MOST_ROWS) throw badInput(`There are more than ${MOST_ROWS} records to look at; ask about some customers, or some kinds of signal.`);
    return rows;
  },
});

/** "1 day", "3 days". */
export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;
/** A choice of the domain in words: MISSION_CRITICAL → "mission critical". */
export const words = (choice: unknown): string => String(choice).toLowerCase().replaceAll("_", " ");

export const text = (cell: Row[number] | undefined): string => String(cell ?? "");
export const textOrNull = (cell: Row[number] | undefined): string | null => (cell === null || cell === undefined ? null : String(cell));
/** The ids that are not null, each once. */
export const ids = (...cells: (Row[number] | undefined)[]): string[] => [...new Set(cells.flatMap((cell) => textOrNull(cell) ?? []))];
