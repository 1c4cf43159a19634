/** The migrations that chain a ledger which came about without hashes: the same in every portfolio. */
import { type Migration, entryHash } from "./migration.js";

/** One change each: MySQL keeps what a migration did before it was cut off. */
export const ledgerChain: readonly Migration[] = [
  { name: "addHashOfEntries1764115200000", up: (schema) => schema.addLedgerColumn("change", "hash", entryHash()) },
  { name: "addHashOfHead1764115200001", up: (schema) => schema.addLedgerColumn("ledger_head", "hash", entryHash()) },
  { name: "chainEntries1764115200002", up: (schema) => schema.chainLedger() },
];
