/**
 * New eras of twins. An era begins with a copy of all versions then open, and a read as of a moment reads one era: so it never reads
 * many times what it answers, however much has changed since the first. The copy is made aside, in pages, while writers go on in the
 * era before; one short transaction under the ledger's head carries over what they did meanwhile and puts the new one in force.
 * Who makes one keeps a lease in its row: nobody else does so then, and whoever lost it stops at its next page.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type Database, type Transaction, duplicateOf } from "../database/database.js";
import { OPEN_SEQ, type TableShape } from "../database/migration.js";
import type { Cell } from "../database/values.js";
import { placeholders } from "../reads/conditions.js";
import { type Filed, readHead, takeHead } from "./ledger.js";

/** How many versions of a table's rows must have ended before a new era of it is worth while. */
const LEAST_ENDED = 1_000;
/** How many there must be for each row an era began with: as much more a read of all of it reads than it answers. */
const ENDED_SHARE = 1 / 4;
/** Records whose versions are copied, or taken away, by one transaction. */
const PAGE = 500;
/** Entries whose records the last transaction may carry over at the first attempt, and at most: whoever writes much at a time never leaves few. */
const FEW = 50;
const MOST_CARRIED = 2_000;
/** Ended versions that one statement counts. */
const COUNTED_AT_ONCE = 20_000;
/** How long nothing may be heard of who makes an era before another takes its place. */
const LEASE_MS = 60_000;
const LONG_AGO = "1970-01-01T00:00:00.000Z";

/** The era a twin is in. */
interface Era {
  readonly era: number;
  readonly from: number;
  /** The rows it began with. */
  readonly size: number;
}
const FIRST: Era = { era: 0, from: 0, size: 0 };

export class Eras {
  private work: Promise<void> | null = null;
  private isOver = false;
  /** By twin: up to which entry its ended versions are counted, and how many they are. */
  private readonly counts = new Map<string, { era: number; upTo: number; ended: number }>();

  constructor(
    private readonly database: Database,
    private readonly twins: readonly TableShape[],
    private readonly leastEnded = LEAST_ENDED,
    /** Told of what kept an era from being made: a later one will be. */
    private readonly report: (error: unknown) => void,
  ) {}

  /** Looks in the background whether a twin is due for a new era: once in so many entries, whichever process files them. */
  notice({ first, last }: Filed): void {
    const isTime = Math.floor(last / this.leastEnded) > Math.floor((first - 1) / this.leastEnded);
    if (!isTime || this.work || this.isOver) return;
    this.work = this.beginDue()
      .catch((error: unknown) => (error instanceof Abandoned ? undefined : this.report(error)))
      .finally(() => (this.work = null));
  }

  /** Waits until nothing is under way. */
  async settle(): Promise<void> {
    await this.work;
  }
  /** Gives up what is being made. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.settle();
  }

  private async beginDue(): Promise<void> {
    const newest = "SELECT MAX(m.`era`) FROM `era` m WHERE m.`twin` = e.`twin` AND m.`from_seq` IS NOT NULL";
    const rows = await this.database.read(`SELECT e.\`twin\`, e.\`era\`, e.\`from_seq\`, e.\`size\` FROM \`era\` e WHERE e.\`era\` = (${newest})`, []);
    const eras = new Map(rows.map(([twin, era, from, size]) => [twin as string, { era: Number(era), from: Number(from), size: Number(size) }]));
    for (const twin of this.twins) {
      if (this.isOver) return;
      const current = eras.get(twin.name) ?? FIRST;
      if ((await this.countEnded(twin, current)) > Math.max(this.leastEnded, current.size * ENDED_SHARE)) await this.begin(twin, current);
    }
  }

  /** How many versions have ended in the era: those of older ones ended before it began, and what is being made has none. */
  private async countEnded({ name }: TableShape, { era, from }: Era): Promise<number> {
    const known = this.counts.get(name);
    const count = known?.era === era ? known : { era, upTo: from, ended: 0 };
    this.counts.set(name, count);
    const head = await readHead(this.database, {});
    const ended = `FROM \`${name}\` WHERE \`to_seq\` > ? AND \`to_seq\` <= ?`;
    while (count.upTo < head && !this.isOver) {
      const [next] = await this.database.read(`SELECT \`to_seq\` ${ended} ORDER BY \`to_seq\` LIMIT 1 OFFSET ${COUNTED_AT_ONCE}`, [count.upTo, head]);
      const upTo = next ? Number(next[0]) : head;
      count.ended += Number((await this.database.read(`SELECT COUNT(*) ${ended}`, [count.upTo, upTo]))[0]![0]);
      count.upTo = upTo;
    }
    return count.ended;
  }

  private async begin(twin: TableShape, current: Era): Promise<void> {
    const draft = await DraftEra.open(this.database, twin, current.era, () => this.isOver);
    if (!draft) return;
    try {
      await draft.complete();
    } catch (error) {
      await draft.release().catch(() => undefined);
      throw error;
    }
  }
}

/** An era was given up: who makes it is closing, or lost its lease. */
class Abandoned extends Error {}

/** The era that follows `current`, while it is being made. */
class DraftEra {
  private readonly name: readonly [twin: string, era: number];
  private readonly table: string;
  /** The column that names the record of a row. */
  private readonly owner: string;
  private readonly columns: string;

  private constructor(
    private readonly database: Database,
    private readonly twin: TableShape,
    private readonly current: number,
    private readonly isOver: () => boolean,
    private lease: string,
  ) {
    this.name = [twin.name, current + 1];
    this.table = `\`${twin.name}\``;
    this.owner = `\`${twin.key[1]!}\``;
    this.columns = Object.keys(twin.columns)
      .filter((name) => name !== "era")
      .map((name) => `\`${name}\``)
      .join(", ");
  }
  private get era(): number {
    return this.name[1];
  }

  /** Takes the lease of the era; null where somebody else has it or has put the era in force. */
  static async open(database: Database, twin: TableShape, current: number, isOver: () => boolean): Promise<DraftEra | null> {
    const lease = new Date().toISOString();
    const era = current + 1;
    const isTaken = await database.transaction(async (transaction) => {
      const [draft] = await transaction.query("SELECT `at`, `from_seq` FROM `era` WHERE `twin` = ? AND `era` = ?", [twin.name, era]);
      if (!draft) return insertDraft(transaction, twin.name, era, lease);
      if (draft["from_seq"] !== null || Date.parse(draft["at"] as string) > Date.now() - LEASE_MS) return false;
      return (await transaction.execute(RENEW, [lease, twin.name, era, draft["at"]!])) === 1;
    });
    return isTaken ? new DraftEra(database, twin, current, isOver, lease) : null;
  }

  /** Copies what is open, carries over what is written meanwhile and puts the era in force. Throws Abandoned where that is not to be. */
  async complete(): Promise<void> {
    let position = await readHead(this.database, {});
    await this.eachPage(this.era, "", (transaction, where, cells) => transaction.execute(`DELETE FROM ${this.table} WHERE ${where}`, cells));
    let size = await this.eachPage(this.current, OPEN, (transaction, where, cells) => this.copy(transaction, where, cells));
    for (let few = FEW; ; few = Math.min(2 * few, MOST_CARRIED)) {
      const entries = await this.database.read(CHANGED, [position, MOST_CARRIED]);
      if (entries.length < few) break;
      size += await this.step((transaction) => this.carryOver(transaction, new Set(entries.map(([, id]) => id as string))));
      position = Number(entries.at(-1)![0]);
    }
    await this.step(async (transaction) => {
      const head = await takeHead(transaction);
      const entries = await transaction.query(CHANGED, [position, head.seq - position]);
      const carried = await this.carryOver(transaction, new Set(entries.map(({ entityId }) => entityId as string)));
      await transaction.execute("UPDATE `era` SET `from_seq` = ?, `size` = ? WHERE `twin` = ? AND `era` = ?", [head.seq, size + carried, ...this.name]);
      await transaction.execute("UPDATE `ledger_head` SET `eras` = ? WHERE `id` = 1", [JSON.stringify({ ...head.eras, [this.twin.name]: this.era })]);
    });
  }

  /** Leaves what is made to the next who begins. */
  async release(): Promise<void> {
    await this.database.transaction((transaction) => transaction.execute(RENEW, [LONG_AGO, ...this.name, this.lease]));
  }

  /** Does `act` to the rows of an era that fulfil `condition`, so many records by a transaction; answers how many rows it was. */
  private async eachPage(era: number, condition: string, act: (transaction: Transaction, where: string, cells: Cell[]) => Promise<number>): Promise<number> {
    let rows = 0;
    for (let after: string | null = ""; after !== null;) {
      const begin: string = after;
      const where = `\`era\` = ${era} AND ${this.owner} > ?`;
      const page = await this.step(async (transaction) => {
        const [end] = await transaction.query(
          `SELECT ${this.owner} AS \`end\` FROM ${this.table} WHERE ${where}${condition} ORDER BY ${this.owner} LIMIT 1 OFFSET ${PAGE - 1}`,
          [begin],
        );
        if (!end) return { end: null, rows: await act(transaction, where + condition, [begin]) };
        return { end: end["end"] as string, rows: await act(transaction, `${where} AND ${this.owner} <= ?${condition}`, [begin, end["end"]!]) };
      });
      rows += page.rows;
      after = page.end;
    }
    return rows;
  }

  /** Brings the versions of some records in the era to what they are in the one before; answers by how many rows it grew. */
  private async carryOver(transaction: Transaction, ids: ReadonlySet<string>): Promise<number> {
    if (ids.size === 0) return 0;
    const some = `${this.owner} IN (${placeholders(ids.size)})`;
    const removed = await transaction.execute(`DELETE FROM ${this.table} WHERE \`era\` = ${this.era} AND ${some}`, [...ids]);
    return (await this.copy(transaction, `\`era\` = ${this.current} AND ${some}${OPEN}`, [...ids])) - removed;
  }
  private copy(transaction: Transaction, where: string, cells: readonly Cell[]): Promise<number> {
    return transaction.execute(
      `INSERT INTO ${this.table} (\`era\`, ${this.columns}) SELECT ${this.era}, ${this.columns} FROM ${this.table} WHERE ${where}`,
      cells,
    );
  }

  /** One transaction of the making, under the lease, and a rest as long as it took: clients come first. */
  private async step<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.isOver()) throw new Abandoned();
    let took = 0;
    const renewed = new Date().toISOString();
    const result = await this.database.transaction(async (transaction) => {
      const began = performance.now();
      if ((await transaction.execute(RENEW, [renewed, ...this.name, this.lease])) !== 1) throw new Abandoned();
      const worked = await work(transaction);
      took = performance.now() - began;
      return worked;
    });
    this.lease = renewed;
    await wait(took);
    return result;
  }
}

const OPEN = ` AND \`to_seq\` = ${OPEN_SEQ}`;
/** Keeps or takes a lease that says what it is known to say. */
const RENEW = "UPDATE `era` SET `at` = ? WHERE `twin` = ? AND `era` = ? AND `at` = ? AND `from_seq` IS NULL";
const CHANGED = "SELECT `seq`, `entityId` FROM `change` WHERE `seq` > ? ORDER BY `seq` LIMIT ?";

/** Whether nobody else has begun the era meanwhile. */
async function insertDraft(transaction: Transaction, twin: string, era: number, lease: string): Promise<boolean> {
  try {
    await transaction.execute("INSERT INTO `era` (`twin`, `era`, `size`, `at`) VALUES (?, ?, 0, ?)", [twin, era, lease]);
    return true;
  } catch (error) {
    if (duplicateOf(error) === null) throw error;
    return false;
  }
}
