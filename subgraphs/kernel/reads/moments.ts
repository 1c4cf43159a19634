/** What a moment means in a ledger: the newest entry by then, and the era of each twin that holds what was true after it. */
import type { Database } from "../database/database.js";

/** A moment as a portfolio's ledger knows it. */
export interface Moment {
  /** The newest entry that was filed by then; 0 where there was none. */
  readonly seq: number;
  /** The newest era that had begun by then, by twin; a twin that is not named was in its first, 0. */
  readonly eras: ReadonlyMap<string, number>;
}

/** Moments that no later write can change, by the database they are of. */
const settled = new WeakMap<Database, Map<string, Moment>>();
const MOST_MOMENTS = 1_000;

const SQL = `SELECT n.\`seq\`, h.\`at\`, e.\`twin\`, MAX(e.\`era\`) FROM \`ledger_head\` h
  LEFT JOIN (SELECT \`seq\` FROM \`change\` WHERE \`at\` <= ? ORDER BY \`at\` DESC, \`seq\` DESC LIMIT 1) n ON 1 = 1
  LEFT JOIN \`era\` e ON e.\`from_seq\` <= n.\`seq\`
  WHERE h.\`id\` = 1 GROUP BY n.\`seq\`, h.\`at\`, e.\`twin\``.replaceAll(/\s+/g, " ");

/** What a moment means in the ledger of that database, by one statement at most. */
export async function findMoment(database: Database, asOf: string): Promise<Moment> {
  const known = settled.get(database) ?? new Map<string, Moment>();
  settled.set(database, known);
  const found = known.get(asOf);
  if (found) return found;
  const rows = await database.read(SQL, [asOf]);
  const eras = rows.flatMap(([, , twin, era]): [string, number][] => (twin === null ? [] : [[twin as string, Number(era)]]));
  const moment: Moment = { seq: Number(rows[0]![0] ?? 0), eras: new Map(eras) };
  // The ledger's clock never goes back: once it has passed the moment, nothing more is filed by then, and what then held stays in its era.
  if ((rows[0]![1] as string) > asOf) {
    if (known.size >= MOST_MOMENTS) known.clear();
    known.set(asOf, moment);
  }
  return moment;
}
