/** Where SELECTs on records are sent: to the records as they are, or as they were at a moment. */
import type { CallContext } from "../../../transport/subgraph.js";
import type { Database } from "../database/database.js";
import type { Cell } from "../database/values.js";

/** The committed state that one request reads: of now, or of a moment. */
export class Snapshot {
  private seq: Promise<number> | undefined;

  constructor(
    private readonly database: Database,
    private readonly call: CallContext,
  ) {}

  async read(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    const { asOf } = this.call;
    if (asOf === undefined) return this.database.read(sql, cells, this.call);
    this.seq ??= sequenceAt(this.database, asOf);
    return this.database.read(asOfSequence(sql, await this.seq), cells, this.call);
  }
}

/** Moments whose sequence no later write can change, by the database they are of. */
const settled = new WeakMap<Database, Map<string, number>>();
const MOST_MOMENTS = 1_000;

/** The newest entry of the ledger that was filed by then; 0 where there was none. */
async function sequenceAt(database: Database, asOf: string): Promise<number> {
  const known = settled.get(database) ?? new Map<string, number>();
  settled.set(database, known);
  const found = known.get(asOf);
  if (found !== undefined) return found;
  const newest = "(SELECT `seq` FROM `change` WHERE `at` <= ? ORDER BY `at` DESC, `seq` DESC LIMIT 1)";
  const [row] = await database.read(`SELECT ${newest}, \`at\` FROM \`ledger_head\` WHERE \`id\` = 1`, [asOf]);
  const seq = Number(row![0] ?? 0);
  // The ledger's clock never goes back: once it has passed the moment, nothing more is filed by then.
  if ((row![1] as string) > asOf) {
    if (known.size >= MOST_MOMENTS) known.clear();
    known.set(asOf, seq);
  }
  return seq;
}

const TABLE = /\b(FROM|JOIN) `(\w+)` (?!WHERE|ON|ORDER|GROUP|LIMIT)(\w+)/g;
const ANY_TABLE = /\b(?:FROM|JOIN) `/g;

/** The statement on the records as they were after that entry: each table gives way to the versions that then held. */
function asOfSequence(sql: string, seq: number): string {
  let tables = 0;
  const text = sql.replaceAll(TABLE, (_, word: string, table: string, alias: string) => {
    tables++;
    const versions = table === "change" ? `\`change\` WHERE \`seq\` <= ${seq}` : `\`${table}_version\` WHERE \`from_seq\` <= ${seq} AND \`to_seq\` > ${seq}`;
    return `${word} (SELECT * FROM ${versions}) ${alias}`;
  });
  // A table that is not renamed would answer what is true now.
  if (tables !== sql.match(ANY_TABLE)?.length) throw new Error(`a table without an alias: ${sql}`);
  return text;
}
