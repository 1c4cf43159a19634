/**
 * The ledger: every write adds one row to its portfolio's `change` table and closes or opens rows of the `_version`
 * twins, in the same transaction. `seq` comes from one row that the transaction locks until it ends, so the order of
 * `seq` is the order of commits, without gaps, and a follower that reads `seq > last` misses nothing. Each entry's hash
 * covers the one before it, and that row keeps the last: what is changed behind the ledger's back no longer fits.
 */
import type { TimeLimits } from "../../../transport/deadlines.js";
import type { CallContext, LedgerEntry } from "../../../transport/subgraph.js";
import { ENTRY_COLUMNS, ENTRY_SELECTION, hashOf } from "../database/chain.js";
import type { Database, Transaction } from "../database/database.js";
import { OPEN_SEQ } from "../database/migration.js";
import type { Cell } from "../database/values.js";
import type { EntityModel } from "../model.js";
import { type Rows, entityRows, insertRows, listRows, lockSql, sameList } from "./images.js";
import type { Image } from "./inputs.js";

/** A record's change within a transaction. */
export interface PendingChange {
  readonly entity: EntityModel;
  readonly operation: string;
  readonly before: Image | null;
  readonly after: Image | null;
}

/** The ledger's head: its last entry's place and hash, a moment that no entry lies after, and the eras that twins are in, by twin; 0 where it is not named. */
interface Head {
  readonly seq: number;
  readonly at: string;
  readonly hash: string;
  readonly eras: Readonly<Record<string, number>>;
}

/** Entries of a ledger that follow each other, by seq. */
export interface Filed {
  readonly first: number;
  readonly last: number;
}

/** Takes the ledger's head: nobody else can file anything until the transaction ends. */
export async function takeHead(transaction: Transaction): Promise<Head> {
  const [head] = await transaction.query(
    `SELECT \`seq\`, \`at\`, \`hash\`, \`eras\` FROM \`ledger_head\` WHERE \`id\` = 1${lockSql(transaction, "update")}`,
    [],
  );
  const eras = JSON.parse((head!["eras"] as string | null) ?? "{}") as Head["eras"];
  return { seq: Number(head!["seq"]), at: head!["at"] as string, hash: head!["hash"] as string, eras };
}

/** Writes the ledger's rows and the version rows of some changes, as the transaction's last step. Answers the entries; null where there was nothing to file. */
export async function fileChanges(transaction: Transaction, changes: readonly PendingChange[], call: CallContext, now: string): Promise<Filed | null> {
  if (changes.length === 0) return null;
  const subject = call.principal.subject.slice(0, 200).toWellFormed();
  const head = await takeHead(transaction);
  const first = head.seq + 1;
  const at = head.at < now ? now : head.at;
  let { hash } = head;
  const entries = changes.map(({ entity, operation, before, after }, i) => {
    const image = (after ?? before)!;
    const version = after ? image.version : image.version + 1;
    const cells = [first + i, at, subject, call.requestId, entity.type, image.id, version, operation, toJson(before), toJson(after)];
    hash = hashOf(hash, cells);
    return [...cells, hash];
  });
  await transaction.execute("UPDATE `ledger_head` SET `seq` = ?, `at` = ?, `hash` = ? WHERE `id` = 1", [head.seq + changes.length, at, hash]);
  await insertRows(transaction, { table: "change", columns: [...ENTRY_COLUMNS, "hash"], cells: entries });
  const versions = new Versions(transaction, head.eras);
  for (const [i, change] of changes.entries()) await versions.file(change, first + i);
  await versions.flush();
  return { first, last: head.seq + changes.length };
}
const toJson = (image: Image | null): string | null => (image === null ? null : JSON.stringify(image));

/** Closes and opens rows of twins, in the eras they are in. New rows are gathered by table, so that a batch of new records is a few statements. */
class Versions {
  private pending = new Map<string, { columns: readonly string[]; cells: (readonly Cell[])[] }>();

  constructor(
    private readonly transaction: Transaction,
    private readonly eras: Head["eras"],
  ) {}

  async file({ entity, before, after }: PendingChange, seq: number): Promise<void> {
    const lists = [...entity.lists.values()].filter((list) => !before || !after || !sameList(list, before, after));
    if (before) {
      await this.flush();
      await this.close(entity.table, "id", before.id, seq);
      for (const list of lists) if ((before[list.key] as unknown[]).length > 0) await this.close(list.table, "recordId", before.id, seq);
    }
    if (after) {
      this.open(entityRows(entity, [after]), seq);
      for (const list of lists) this.open(listRows(list, [after]), seq);
    }
  }
  async flush(): Promise<void> {
    const pending = this.pending;
    this.pending = new Map();
    for (const [table, rows] of pending) await insertRows(this.transaction, { table, ...rows });
  }

  private async close(table: string, key: string, id: string, seq: number): Promise<void> {
    const twin = `${table}_version`;
    const current = `\`era\` = ? AND \`${key}\` = ? AND \`to_seq\` = ?`;
    await this.transaction.execute(`UPDATE \`${twin}\` SET \`to_seq\` = ? WHERE ${current}`, [seq, this.eraOf(twin), id, OPEN_SEQ]);
  }
  private open({ table, columns, cells }: Rows, seq: number): void {
    if (cells.length === 0) return;
    const twin = `${table}_version`;
    const rows = this.pending.get(twin) ?? { columns: ["era", ...columns, "from_seq", "to_seq"], cells: [] };
    rows.cells.push(...cells.map((row) => [this.eraOf(twin), ...row, seq, OPEN_SEQ]));
    this.pending.set(twin, rows);
  }
  private eraOf(twin: string): number {
    return this.eras[twin] ?? 0;
  }
}

/** The ledger's entries with `seq > after`, oldest first. */
export async function readLedger(database: Database, after: number, first: number, limits: TimeLimits): Promise<LedgerEntry[]> {
  const rows = await database.read(`SELECT ${ENTRY_SELECTION} FROM \`change\` WHERE \`seq\` > ? ORDER BY \`seq\` LIMIT ?`, [after, first], limits);
  return rows.map((row) => entryOf(row));
}
/** A row of the ledger, its cells those of ENTRY_COLUMNS. */
export function entryOf([seq, at, by, request, type, id, version, operation, before, after]: readonly unknown[]): LedgerEntry {
  const image = (text: unknown) => (text === null ? null : (JSON.parse(text as string) as Record<string, unknown>));
  return { seq: Number(seq), at, by, request, type, id, version, operation, before: image(before), after: image(after) } as LedgerEntry;
}

/** Names the newest entry by its place and its hash: of a database that is put back to what it was, the same place may be another entry. */
export async function readState(database: Database, limits: TimeLimits): Promise<string> {
  const [seq, hash] = (await database.read("SELECT `seq`, `hash` FROM `ledger_head` WHERE `id` = 1", [], limits))[0]!;
  return `${Number(seq)} ${String(hash)}`;
}

/** The sequence number of the newest entry; 0 for an empty ledger. */
export async function readHead(database: Database, limits: TimeLimits): Promise<number> {
  return Number((await database.read("SELECT `seq` FROM `ledger_head` WHERE `id` = 1", [], limits))[0]![0]);
}
