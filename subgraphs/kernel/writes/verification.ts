/** Verifies a ledger: that its entries still are what was filed, all of them and in that order. */
import { ENTRY_COLUMNS, FIRST_HASH, entryCells, hashOf } from "../database/chain.js";
import type { Database } from "../database/database.js";
import type { Cell } from "../database/values.js";

/** What was done behind a ledger's back. */
type Tampering = "edited" | "missing" | "inserted" | "reordered" | "cut";

/** The first place where a ledger is not what was filed. */
interface Fault {
  readonly seq: number;
  readonly what: Tampering;
  /** What is seen there. */
  readonly message: string;
}

/** What a ledger proved to be: how many entries fit, the last one's hash, and the first that does not. */
export interface Verification {
  readonly entries: number;
  readonly hash: string;
  readonly fault: Fault | null;
}

/** An entry as it stands in the ledger. */
interface Entry {
  readonly seq: number;
  readonly cells: readonly Cell[];
  /** The hash stored with it. */
  readonly hash: string | null;
}

/** What the ledger's head says, and the newest entry at the same moment. */
interface Head {
  readonly seq: number;
  readonly hash: string | null;
  readonly newest: number;
}

const PAGE = 1000;

/** Reads a ledger from its first entry to the one that is the last when it begins. May run beside writers, who do not wait for it. */
export async function verifyLedger(database: Database): Promise<Verification> {
  const head = await readHead(database);
  // The hashes of the two entries before the one at hand.
  let [beforeLast, last] = [FIRST_HASH, FIRST_HASH];
  let entries = 0;
  const answer = (fault: Fault | null): Verification => ({ entries, hash: last, fault });
  for await (const entry of entriesAfter(database, null, head.newest)) {
    const expected = entries + 1;
    if (entry.seq > head.seq && expected > head.seq) return answer(fault(entry.seq, "inserted", `the head counts ${head.seq} entries, this one is beyond`));
    if (entry.seq < expected) return answer(fault(entry.seq, "inserted", "entries begin with 1"));
    if (entry.seq > expected) return answer(fault(expected, "missing", gap(expected, Math.min(entry.seq - 1, head.seq))));
    if (hashOf(last, entry.cells) !== entry.hash) return answer(await explain(database, entry, last, beforeLast, head));
    [beforeLast, last] = [last, entry.hash];
    entries = expected;
  }
  if (entries < head.seq) return answer(fault(entries + 1, "cut", `the head counts ${head.seq} entries, ${gap(entries + 1, head.seq)}`));
  if (last !== head.hash)
    return answer(fault(entries, "cut", "the head knows another last entry: what followed was cut off, or this one or the head was written anew"));
  return answer(null);
}

const fault = (seq: number, what: Tampering, message: string): Fault => ({ seq, what, message });
const gap = (from: number, to: number): string => (from === to ? `${from} is not there` : `${from} to ${to} are not there`);

/** Head and newest entry, read with one statement: as they were at one moment. */
async function readHead(database: Database): Promise<Head> {
  const [row] = await database.read("SELECT h.`seq`, h.`hash`, (SELECT MAX(`seq`) FROM `change`) FROM `ledger_head` h WHERE h.`id` = 1", []);
  return { seq: Number(row![0]), hash: row![1] as string | null, newest: Number(row![2] ?? 0) };
}

/** Entries by seq, after `after` (null: from the first) up to `last`. */
async function* entriesAfter(database: Database, after: number | null, last: number): AsyncGenerator<Entry> {
  const columns = [...ENTRY_COLUMNS, "hash"] as const;
  const sql = `SELECT ${columns.map((column) => `\`${column}\``).join(", ")} FROM \`change\` WHERE \`seq\` > ? AND \`seq\` <= ? ORDER BY \`seq\` LIMIT ${PAGE}`;
  for (let seq = after ?? Number.MIN_SAFE_INTEGER; ;) {
    const rows = await database.read(sql, [seq, last]);
    for (const row of rows) {
      const cells = entryCells(Object.fromEntries(columns.map((column, i) => [column, row[i]])));
      yield { seq: (seq = cells[0] as number), cells, hash: row.at(-1) as string | null };
    }
    if (rows.length < PAGE) return;
  }
}

const placedAt = (seq: number, { cells }: Entry): Cell[] => [seq, ...cells.slice(1)];

/** Why an entry does not follow the one with the hash `last`, which itself follows the one with the hash `beforeLast`. */
async function explain(database: Database, entry: Entry, last: string, beforeLast: string, head: Head): Promise<Fault> {
  const { seq } = entry;
  if (hashOf(beforeLast, placedAt(seq - 1, entry)) === entry.hash) return fault(seq - 1, "inserted", `the entry that belongs here stands at ${seq}`);
  let next: Entry | undefined;
  for await (const other of entriesAfter(database, seq, head.newest)) {
    next ??= other;
    const here = hashOf(last, placedAt(seq, other));
    if (here === other.hash || here === entry.hash)
      return head.newest > head.seq
        ? fault(seq, "inserted", `the entry that belongs here stands at ${other.seq}`)
        : fault(seq, "reordered", `the entry that belongs here stands at ${other.seq}`);
  }
  const removed = head.seq - head.newest;
  const follows = next ? hashOf(entry.hash ?? "", placedAt(next.seq + removed, next)) === next.hash : entry.hash === head.hash;
  if (removed > 0 && follows) return fault(seq, "missing", `${removed === 1 ? "an entry was" : `${removed} entries were`} taken out and the rest renumbered`);
  return fault(seq, "edited", entry.hash === null ? "it has no hash" : "what it says does not fit its hash");
}
