/** SQLite beside the event loop: statements that may take long run in a thread of libsql's, and the process goes on meanwhile. */
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import type { Reader } from "./database.js";
import { Gate } from "./gate.js";
import type { Cell } from "./values.js";

/** The connections whose scripts run in threads. What they answer can only be read from a table afterwards. */
interface Connection {
  exec(script: string): Promise<void>;
  prepare(sql: string): Promise<{ raw(): Answer }>;
  close(): void;
}
/** A statement that is prepared. */
interface Answer {
  iterate(): Promise<Iterable<unknown[]>>;
}
type Libsql = new (file: string, options: { timeout: number }) => Connection;
const Libsql = createRequire(import.meta.url)("libsql/promise") as Libsql;

/** Statements at a time. A machine of few cores has no use for more, and who takes long leaves a place to others. */
const PLACES = 2;
/** Rows of an answer that are read in one turn of the event loop. Nobody else's turn is waited for: others wait for the place. */
const IN_ONE_TURN = 2_000;

/**
 * Reads committed rows of an SQLite file aside. Past its time limits a read is given up at once; libsql cannot end the statement, which keeps its place until it has
 * ended of itself, and others wait for one within the bounds of a gate.
 */
export class SqliteAside implements Reader {
  private readonly gate = new Gate(PLACES);
  private readonly free: Place[] = [];
  private isClosed = false;

  constructor(private readonly file: string) {}

  readonly read: Reader["read"] = (sql, parameters, limits) => this.gate.pass(limits, () => this.run(writeIn(sql, parameters)));

  /** Closes what is free; what is still running is closed when it has ended. */
  close(): Promise<void> {
    this.isClosed = true;
    for (const { connection } of this.free.splice(0)) connection.close();
    return Promise.resolve();
  }

  private async run(sql: string): Promise<unknown[][]> {
    const place = this.free.pop() ?? (await openPlace(this.file));
    try {
      // No parameters can be given to a script, and it says only whether it failed.
      await place.connection.exec(`DROP TABLE IF EXISTS temp.\`answer\`; CREATE TEMP TABLE \`answer\` AS ${sql}`);
      const rows: unknown[][] = [];
      for (const row of await place.answer.iterate()) if (rows.push(row) % IN_ONE_TURN === 0) await turn();
      // Much is not kept in memory until the place is wanted again.
      if (rows.length > IN_ONE_TURN) await place.connection.exec(EMPTY);
      return rows;
    } finally {
      if (this.isClosed) place.connection.close();
      else this.free.push(place);
    }
  }
}

/**
 * A connection, and the statement that reads what its scripts answer, which SQLite prepares anew by itself as tables change. It is one for good: where one is
 * let go of, collecting it waits for the connection, and the event loop with it for as long as a script may take.
 */
interface Place {
  readonly connection: Connection;
  readonly answer: Answer;
}

const EMPTY = "DROP TABLE IF EXISTS temp.`answer`; CREATE TEMP TABLE `answer` (`nothing`)";

async function openPlace(file: string): Promise<Place> {
  const connection = new Libsql(file, { timeout: 5000 });
  await connection.exec(`PRAGMA temp_store = MEMORY; ${EMPTY}`);
  const statement = await connection.prepare("SELECT * FROM temp.`answer`");
  return { connection, answer: statement.raw() };
}

/** Quoted texts and names, which are left as they are, and the question marks and semicolons outside of them. */
const PIECES = /'(?:[^']|'')*'|`[^`]*`|[?;]/g;

/** A statement with its parameters in the places of its question marks. It is one, whatever a script may hold: more of them could write. */
function writeIn(sql: string, parameters: readonly Cell[]): string {
  let next = 0;
  const written = sql.replace(PIECES, (piece) => {
    if (piece === ";") throw new Error("A statement that is read is one, without a semicolon.");
    return piece === "?" ? literalOf(parameters[next++]) : piece;
  });
  if (next !== parameters.length) throw new Error(`A statement of ${next} question marks was given ${parameters.length} parameters.`);
  return written;
}

function literalOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "NULL";
  if (typeof cell === "number") {
    if (!Number.isFinite(cell)) throw new Error(`${cell} is no number of SQL.`);
    // As it is bound: always one with a point.
    return Number.isInteger(cell) && Math.abs(cell) < 1e21 ? `${cell}.0` : String(cell);
  }
  // A text ends at its first NUL otherwise.
  return cell.includes("\0") ? `CAST(x'${Buffer.from(cell).toString("hex")}' AS TEXT)` : `'${cell.replaceAll("'", "''")}'`;
}
