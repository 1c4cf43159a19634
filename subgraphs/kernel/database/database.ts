/** A portfolio's database: committed reads beside transactions that write, the same on SQLite, MySQL and MariaDB. */
import { type DataSource, type QueryRunner } from "typeorm";
import { type Cancellation, type TimeLimits, TemporaryFailure, checkTime } from "../../../transport/deadlines.js";
import { traced } from "../../../transport/traces.js";
import { type Cancellable, runCancellably } from "./cancellations.js";
import { driverErrorOf, explainFailure } from "./failures.js";
import { Gate } from "./gate.js";
import type { Dialect } from "./migration.js";
import { Turnstile } from "./turnstile.js";
import type { Cell } from "./values.js";

/** Runs one statement and answers its rows as lists of cells. */
type Read = (sql: string, parameters: readonly Cell[], limits: TimeLimits) => Promise<unknown[][]>;

/** A read connection of whatever kind. */
export interface Reader {
  readonly read: Read;
  close(): Promise<void>;
}

/** The statements of one transaction. */
export interface Transaction {
  readonly dialect: Dialect;
  /** Rows as objects. */
  query(sql: string, parameters: readonly Cell[]): Promise<Record<string, Cell>[]>;
  /** Number of rows changed. */
  execute(sql: string, parameters: readonly Cell[]): Promise<number>;
}

/** How long a writer waits for another process that writes to the same SQLite file. */
const BUSY_LIMIT_MS = 60_000;
const ATTEMPTS = 12;
/** Has MariaDB make no keys for tables of its own; of this one statement. */
const WITHOUT_OWN_KEYS = "SET STATEMENT optimizer_switch = 'derived_with_keys=off' FOR ";
const WHO_KNOWS = "The database did not answer in time, and whether it was written is not known; read the record before you write again.";

/** How far a transaction has come. */
interface Progress {
  isCommitting: boolean;
}

export class Database {
  /** Called with every statement sent. */
  onStatement: ((sql: string) => void) | null = null;
  private readonly turnstile = new Turnstile();
  private readonly gate: Gate;

  constructor(
    readonly dialect: Dialect,
    private readonly writer: DataSource,
    private readonly reader: Reader,
    private readonly lock: string,
    /** Where statements of a server are cancelled. */
    private readonly uri = "",
    /** Transactions on a server at a time: its pool has as many connections. */
    writers = 1,
    /** What reads aside, where `reader` holds up whatever else this process does. */
    private readonly aside = reader,
  ) {
    this.gate = new Gate(writers);
  }

  /** Committed rows, outside any transaction. Past its time limits it throws a TemporaryFailure, and the statement is cancelled; it throws one too where the database is out of reach. */
  read(sql: string, parameters: readonly Cell[], limits: TimeLimits = {}): Promise<unknown[][]> {
    return this.readFrom(this.reader, sql, parameters, limits);
  }

  /** The same, of what may take long: nobody else waits for it, which on SQLite costs some tenths of a millisecond more. */
  readAside(sql: string, parameters: readonly Cell[], limits: TimeLimits = {}): Promise<unknown[][]> {
    return this.readFrom(this.aside, sql, parameters, limits);
  }

  private async readFrom(reader: Reader, sql: string, parameters: readonly Cell[], limits: TimeLimits): Promise<unknown[][]> {
    this.onStatement?.(sql);
    try {
      return await traced("read", { "db.system": this.dialect, "db.query.text": sql }, () => this.readTwice(reader, sql, parameters, limits));
    } catch (error) {
      throw explainFailure(error);
    }
  }

  /**
   * A read that fails for a duplicate entry is sent once more. It breaks no index of ours: MariaDB may fail to fill a table that it makes for a
   * statement within a statement, and find entries of that table's key twice ("for key 'key0'"). The second time it makes no such key.
   */
  private async readTwice(reader: Reader, sql: string, parameters: readonly Cell[], limits: TimeLimits): Promise<unknown[][]> {
    try {
      return await reader.read(sql, parameters, limits);
    } catch (error) {
      if (duplicateOf(error) === null) throw error;
      return reader.read(this.dialect === "mariadb" ? `${WITHOUT_OWN_KEYS}${sql}` : sql, parameters, limits);
    }
  }

  /**
   * Runs `work` in a transaction that writes, and again as a whole when the database chose it as a deadlock's victim. Past its time limits it
   * throws a TemporaryFailure: nothing was written, unless its message says that this is not known. It throws one too where the database is
   * out of reach or cannot write.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, limits: TimeLimits = {}): Promise<T> {
    return traced("transaction", { "db.system": this.dialect }, () => this.transact(work, limits));
  }

  private async transact<T>(work: (transaction: Transaction) => Promise<T>, limits: TimeLimits): Promise<T> {
    const progress: Progress = { isCommitting: false };
    try {
      if (this.dialect !== "sqlite") return await this.gate.pass(limits, (cancellation) => this.tryOften(work, cancellation, progress));
      return await this.turnstile.pass(() => {
        checkTime(limits);
        return this.attempt(work, undefined);
      });
    } catch (caught) {
      const error = explainFailure(caught);
      if (error instanceof TemporaryFailure && progress.isCommitting) throw new TemporaryFailure(error.code, WHO_KNOWS, false, { cause: error.cause });
      throw error;
    }
  }

  private async tryOften<T>(work: (transaction: Transaction) => Promise<T>, cancellation: Cancellation, progress: Progress): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work, cancellation, progress);
      } catch (error) {
        if (attempt === ATTEMPTS || !isDeadlock(error) || cancellation.aborted) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  async close(): Promise<void> {
    await this.turnstile.pass(() => Promise.resolve());
    await this.reader.close();
    if (this.aside !== this.reader) await this.aside.close();
    await this.writer.destroy();
  }

  private async attempt<T>(work: (transaction: Transaction) => Promise<T>, cancellation: Cancellation | undefined, progress?: Progress): Promise<T> {
    const runner = this.writer.createQueryRunner();
    const run = async (): Promise<T> => {
      await this.begin(runner);
      const result = await work(this.statementsOf(runner, cancellation));
      cancellation?.throwIfAborted();
      if (progress) progress.isCommitting = true;
      await this.commit(runner);
      return result;
    };
    try {
      if (!cancellation) return await run();
      return await runCancellably(this.uri, (await runner.connect()) as Cancellable, cancellation, run);
    } catch (error) {
      await this.rollBack(runner);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /**
   * On SQLite a transaction takes the file's write lock with its first statement: one that reads first cannot write later. TypeORM is not told of it:
   * where a commit fails for want of room SQLite has rolled back of itself, and TypeORM would make savepoints within that transaction of all that
   * follow, which nothing commits.
   */
  private async begin(runner: QueryRunner): Promise<void> {
    if (this.dialect !== "sqlite") return runner.startTransaction("READ COMMITTED");
    for (const limit = Date.now() + BUSY_LIMIT_MS; ;) {
      await runner.query("BEGIN");
      try {
        await runner.query(this.lock);
        return;
      } catch (error) {
        await this.rollBack(runner);
        if (!isBusy(error) || Date.now() > limit) throw error;
        await sleep(2 + Math.random() * 10);
      }
    }
  }

  private async commit(runner: QueryRunner): Promise<void> {
    if (this.dialect === "sqlite") await runner.query("COMMIT");
    else await runner.commitTransaction();
  }

  /** What has failed may be rolled back already, by SQLite, or by a server whose connection is lost. */
  private async rollBack(runner: QueryRunner): Promise<void> {
    if (this.dialect === "sqlite") await runner.query("ROLLBACK").catch(() => undefined);
    else if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
  }

  private statementsOf(runner: QueryRunner, cancellation: Cancellation | undefined): Transaction {
    return {
      dialect: this.dialect,
      query: async (sql, parameters) => {
        cancellation?.throwIfAborted();
        this.onStatement?.(sql);
        return (await runner.query(sql, [...parameters])) as Record<string, Cell>[];
      },
      execute: async (sql, parameters) => {
        cancellation?.throwIfAborted();
        this.onStatement?.(sql);
        const result = await runner.query(sql, [...parameters], true);
        return result.affected ?? 0;
      },
    };
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Another process holds the SQLite file's write lock. */
const isBusy = (error: unknown): boolean => driverErrorOf(error).code?.startsWith("SQLITE_BUSY") === true;
/** ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, or MariaDB's "record has changed since last read". */
export const isDeadlock = (error: unknown): boolean => [1213, 1205, 1020].includes(driverErrorOf(error).errno ?? 0);
/** The message of a broken unique index, or null for any other error. It names the index or its columns. */
export function duplicateOf(error: unknown): string | null {
  const { code, errno, message } = driverErrorOf(error);
  return errno === 1062 || code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY" ? (message ?? "") : null;
}
