/** How a ledger's entries are chained: the hash of each covers all it says and the hash of the entry before it. */
import { createHash } from "node:crypto";
import type { Cell } from "./values.js";

/** What an entry says, in the order in which it is hashed. Never changed: hashes that are stored would no longer fit. */
export const ENTRY_COLUMNS = ["seq", "at", "by", "request", "type", "entityId", "version", "operation", "before", "after"] as const;

/** Them, as a SELECT lists them. */
export const ENTRY_SELECTION = ENTRY_COLUMNS.map((column) => `\`${column}\``).join(", ");

/** What the first entry follows: the hash of an empty ledger. */
export const FIRST_HASH = "0".repeat(64);

/** The SHA-256, in 64 hexadecimal digits, of an entry that follows one with the hash `previous`. Its cells are those of ENTRY_COLUMNS; images count as the text that is stored. */
export const hashOf = (previous: string, cells: readonly Cell[]): string =>
  createHash("sha256")
    .update(JSON.stringify([previous, ...cells]))
    .digest("hex");

/** An entry's cells as a database answered them: numbers may come as text. */
export const entryCells = (row: Readonly<Record<string, unknown>>): Cell[] =>
  ENTRY_COLUMNS.map((column) => (column === "seq" || column === "version" ? Number(row[column]) : (row[column] as Cell)));
