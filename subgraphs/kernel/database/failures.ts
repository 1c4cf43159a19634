/** What it means for who asks when a database fails as a whole, other than by refusing one statement. */
import { TemporaryFailure } from "../../../transport/deadlines.js";

/** What drivers call it when a server is not there, goes away, or is about to. */
const AWAY = new Set<string>([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
  ...["PROTOCOL_CONNECTION_LOST", "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR", "PROTOCOL_ENQUEUE_AFTER_DESTROY", "ER_SERVER_SHUTDOWN", "ER_CONNECTION_KILLED"],
]);
/** Too many connections, of all or of this user. */
const CROWDED = new Set<string>(["ER_CON_COUNT_ERROR", "ER_TOO_MANY_USER_CONNECTIONS", "ER_USER_LIMIT_REACHED"]);
const READ_ONLY = new Set<string>(["ER_OPTION_PREVENTS_STATEMENT", "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION", "ER_READ_ONLY_MODE"]);
const FULL = new Set<string>(["ER_DISK_FULL", "ER_RECORD_FILE_FULL", "SQLITE_FULL"]);
/** The system did not write a file, make it longer or shorter, or take it away: who may write it has changed, its file system is read-only, its disk fails. */
const UNWRITABLE = new Set<string>(["WRITE", "TRUNCATE", "DELETE", "SHMOPEN", "SHMSIZE"].map((what) => `SQLITE_IOERR_${what}`));
/** The system wrote, and did not confirm that it is on the disk: it is there after a crash, or not. */
const UNCONFIRMED = new Set<string>(["SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"]);

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly message?: string;
}

/** The driver's own error, where TypeORM has wrapped it. */
export const driverErrorOf = (error: unknown): DriverError => (error as { driverError?: DriverError }).driverError ?? (error as DriverError);

/** A failure of the database as a whole as a TemporaryFailure that says so, with the driver's as its cause; any other error as it is. */
export function explainFailure(error: unknown): unknown {
  const { code = "" } = driverErrorOf(error);
  const explain = (explained: TemporaryFailure["code"], message: string, isRetryable = true) =>
    new TemporaryFailure(explained, message, isRetryable, { cause: error });
  if (AWAY.has(code)) return explain("DATABASE_UNAVAILABLE", "The portfolio's database is out of reach; try again.");
  if (CROWDED.has(code)) return explain("OVERLOADED", "The portfolio's database has no connection left; try again in a second.");
  // A connection that may not write; a file that this user may not write, or its folder; one that was moved away.
  if (READ_ONLY.has(code) || code.startsWith("SQLITE_READONLY")) return explain("READ_ONLY", refusal("takes no changes at present"));
  if (FULL.has(code)) return explain("READ_ONLY", refusal("has no room for more at present"));
  if (UNWRITABLE.has(code)) return explain("READ_ONLY", refusal("cannot write its files at present"));
  if (UNCONFIRMED.has(code))
    return explain(
      "DATABASE_UNAVAILABLE",
      "The portfolio's disk did not confirm a write, and whether it is kept is not known; read the record before you write again.",
      false,
    );
  if (code.startsWith("SQLITE_IOERR")) return explain("DATABASE_UNAVAILABLE", "The portfolio's files cannot be read at present; try again.");
  return error;
}

const refusal = (what: string): string => `The portfolio ${what}; nothing was written. Reading goes on.`;
