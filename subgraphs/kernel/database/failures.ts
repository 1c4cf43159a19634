/** What it means for who asks when a database fails as a whole, other than by refusing one statement. */
import { TemporaryFailure } from "../../../transport/deadlines.js";

/** What drivers call it when a server is not there, goes away, or is about to. */
const AWAY = new Set<string | number>([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
  ...["PROTOCOL_CONNECTION_LOST", "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR", "PROTOCOL_ENQUEUE_AFTER_DESTROY", "ER_SERVER_SHUTDOWN", "ER_CONNECTION_KILLED"],
]);
/** Too many connections, of all or of this user. */
const CROWDED = new Set<string | number>(["ER_CON_COUNT_ERROR", "ER_TOO_MANY_USER_CONNECTIONS", "ER_USER_LIMIT_REACHED"]);
const READ_ONLY = new Set<string | number>([
  "ER_OPTION_PREVENTS_STATEMENT",
  "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
  "ER_READ_ONLY_MODE",
  // A connection that may not write; a file that this user may not write, or its folder; one that was moved away.
  ...["SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_DBMOVED", "SQLITE_READONLY_CANTLOCK", "SQLITE_READONLY_RECOVERY"],
]);
const FULL = new Set<string | number>(["ER_DISK_FULL", "ER_RECORD_FILE_FULL", "SQLITE_FULL", "SQLITE_IOERR_WRITE"]);

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
  if (AWAY.has(code)) return new TemporaryFailure("DATABASE_UNAVAILABLE", "The portfolio's database is out of reach; try again.", true, { cause: error });
  if (CROWDED.has(code))
    return new TemporaryFailure("OVERLOADED", "The portfolio's database has no connection left; try again in a second.", true, { cause: error });
  if (READ_ONLY.has(code))
    return new TemporaryFailure("READ_ONLY", "The portfolio takes no changes at present; nothing was written. Reading goes on.", true, { cause: error });
  if (FULL.has(code))
    return new TemporaryFailure("READ_ONLY", "The portfolio has no room for more at present; nothing was written. Reading goes on.", true, { cause: error });
  return error;
}
