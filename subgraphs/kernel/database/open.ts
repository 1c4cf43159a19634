/** Opens a portfolio's database and brings its schema up to date, under a lock that processes starting together share. */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { type PoolConnection, createPool } from "mysql2";
import mysql from "mysql2/promise";
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from "typeorm";
import { type Cancellation, checkTime } from "../../../transport/deadlines.js";
import { SettingError } from "../../../transport/settings.js";
import type { Model } from "../model.js";
import type { DatabaseSettings } from "../settings.js";
import { SqliteAside } from "./aside.js";
import { runCancellably } from "./cancellations.js";
import { Database, type Reader, isDeadlock } from "./database.js";
import { estimatesOf } from "./estimates.js";
import { Gate } from "./gate.js";
import { type Dialect, LOCK_THE_LEDGER, type Migration, SchemaChanges, type TableShape } from "./migration.js";
import { schemaOf, shapesOf } from "./tables.js";
import type { Cell } from "./values.js";

const require = createRequire(import.meta.url);
const MIGRATION_LOCK_SECONDS = 120;
const OLDEST = { mysql: [8, 0], mariadb: [10, 6] } as const;
/** Connections of one portfolio for reading, and as many for writing. */
const CONNECTIONS = 10;

/** What a database is called, how it comes about, and what is in it then. */
export interface DatabasePlan {
  readonly name: string;
  readonly shapes: readonly TableShape[];
  readonly migrations: readonly Migration[];
  /** A statement that changes nothing but makes a transaction the only writer: the first of each on SQLite. */
  readonly lock: string;
}

/** The database of a model's portfolio. */
export const planOf = (model: Model): DatabasePlan => ({
  name: model.portfolio.name,
  shapes: shapesOf(model),
  migrations: model.portfolio.migrations,
  lock: LOCK_THE_LEDGER,
});

/** Opens a database, created and migrated as needed. Throws a SettingError when it cannot be had. */
export async function openDatabase(plan: DatabasePlan, settings: DatabaseSettings): Promise<Database> {
  return settings.url === null ? openSqlite(plan, settings.directory) : openMysql(plan, settings.url, settings.connections ?? CONNECTIONS);
}

// --- SQLite ---

interface LibsqlStatement {
  raw(): LibsqlStatement;
  all(...parameters: readonly Cell[]): unknown[][];
}
interface LibsqlDatabase {
  prepare(sql: string): LibsqlStatement;
  pragma(text: string): unknown;
  exec(sql: string): void;
  close(): void;
}
type Libsql = new (file: string, options?: { timeout?: number; readonly?: boolean }) => LibsqlDatabase;
const libsql = require("libsql") as Libsql;

async function openSqlite(plan: DatabasePlan, directory: string): Promise<Database> {
  const file = path.join(directory, `${plan.name}.sqlite`);
  const lock = await lockSqlite(directory, `${plan.name}.lock`);
  try {
    const writer = await dataSourceOf(plan, "sqlite", {
      type: "better-sqlite3",
      driver: libsql,
      database: file,
      enableWAL: true,
      timeout: 20,
      prepareDatabase: (database: LibsqlDatabase) => void database.pragma("synchronous = FULL"),
    });
    await writer.runMigrations({ transaction: "all" });
    storeEstimates(file, plan.shapes);
    return new Database("sqlite", writer, sqliteReader(file), plan.lock, "", 1, new SqliteAside(file));
  } catch (error) {
    throw new SettingError("DATA_DIR", `${directory} holds ${path.basename(file)}, which cannot be opened: ${(error as Error).message}`, { cause: error });
  } finally {
    lock.exec("COMMIT");
    lock.close();
  }
}

/** The operating system frees the lock when the process dies, however it dies. */
async function lockSqlite(directory: string, name: string): Promise<LibsqlDatabase> {
  let lock: LibsqlDatabase;
  try {
    mkdirSync(directory, { recursive: true });
    lock = new libsql(path.join(directory, name), { timeout: 0 });
  } catch (error) {
    throw new SettingError("DATA_DIR", `${directory} cannot be written; name a folder that this user may write to`, { cause: error });
  }
  for (const limit = Date.now() + MIGRATION_LOCK_SECONDS * 1000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return lock;
    } catch (error) {
      const busy = String((error as { code?: string }).code).startsWith("SQLITE_BUSY");
      if (!busy) throw new SettingError("DATA_DIR", `${directory} cannot be written; name a folder that this user may write to`, { cause: error });
      if (Date.now() > limit)
        throw new SettingError("DATA_DIR", `${directory} has been locked by another start for ${MIGRATION_LOCK_SECONDS} s; stop that process`, {
          cause: error,
        });
    }
  }
}

/** Tells SQLite of tables what it does not know of them; connections opened from then on heed it. */
function storeEstimates(file: string, shapes: readonly TableShape[]): void {
  const database = new libsql(file, { timeout: 5000 });
  try {
    const rows = (sql: string) => database.prepare(sql).raw().all();
    const isThere = rows("SELECT 1 FROM `sqlite_master` WHERE `name` = 'sqlite_stat1'").length > 0;
    const known = new Set(isThere ? rows("SELECT `tbl`, `idx`, `stat` FROM `sqlite_stat1`").map((row) => row.join()) : []);
    const missing = estimatesOf(shapes).filter((row) => !known.has(row.join()));
    if (missing.length === 0) return;
    // The table comes about only by analysing one.
    const statements = missing.flatMap(([table, index, stat]) => [
      `DELETE FROM \`sqlite_stat1\` WHERE \`tbl\` = '${table}' AND \`idx\` = '${index}'`,
      `INSERT INTO \`sqlite_stat1\` VALUES ('${table}', '${index}', '${stat}')`,
    ]);
    database.exec(["BEGIN IMMEDIATE", "ANALYZE `ledger_head`", ...statements, "COMMIT"].join(";"));
  } finally {
    database.close();
  }
}

/** A second connection on the same file that sees committed rows only and cannot write. */
function sqliteReader(file: string): Reader {
  const database = new libsql(file, { timeout: 5000 });
  database.pragma("query_only = ON");
  const statements = new Map<string, LibsqlStatement>();
  return {
    read: (sql, parameters, limits) => {
      checkTime(limits);
      let statement = statements.get(sql);
      if (!statement) {
        if (statements.size >= 500) statements.clear();
        statements.set(sql, (statement = database.prepare(sql).raw()));
      }
      return Promise.resolve(statement.all(...parameters));
    },
    close: () => {
      statements.clear();
      database.close();
      return Promise.resolve();
    },
  };
}

// --- MySQL and MariaDB ---

/** Nothing is prepared: mysql2 makes room for 16,000 statements with each connection otherwise, which takes 0.6 MB. */
const NO_PREPARED = { maxPreparedStatements: 1 };

async function openMysql(plan: DatabasePlan, template: string, connections: number): Promise<Database> {
  const url = template.replaceAll("{portfolio}", plan.name);
  const lock = await connect(url);
  try {
    const dialect = await checkServer(lock);
    const name = decodeURIComponent(new URL(url).pathname.slice(1));
    await createDatabase(lock, name, dialect);
    const lockName = `migrate ${name}`.slice(0, 64);
    const [[granted]] = (await lock.query<mysql.RowDataPacket[]>("SELECT GET_LOCK(?, ?) AS granted", [lockName, MIGRATION_LOCK_SECONDS])) as unknown as [
      [{ granted: number }],
    ];
    if (granted.granted !== 1)
      throw new SettingError("DATABASE_URL", `names a database that another start has locked for ${MIGRATION_LOCK_SECONDS} s; stop that process`);
    const options = { url: url.replace(/^mariadb:/, "mysql:"), timezone: "Z", charset: "utf8mb4", poolSize: connections, extra: NO_PREPARED };
    const writer = await dataSourceOf(plan, dialect, { type: dialect === "mariadb" ? "mariadb" : "mysql", ...options });
    await retryDeadlocks(() => writer.runMigrations({ transaction: "each" }));
    return new Database(dialect, writer, mysqlReader(options.url, connections), plan.lock, options.url, connections);
  } finally {
    await lock.end();
  }
}

/** MySQL may choose a start that only reads which migrations have run as a deadlock's victim, whatever other databases do at the time. */
async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 5 || !isDeadlock(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }
}

async function connect(url: string): Promise<mysql.Connection> {
  const server = new URL(url.replace(/^mariadb:/, "mysql:"));
  server.pathname = "/";
  try {
    return await mysql.createConnection({ uri: server.href, connectTimeout: 5000 });
  } catch (error) {
    const code = (error as { code?: string }).code ?? "no answer";
    throw new SettingError("DATABASE_URL", `names a server that cannot be reached (${code}); check host, port, user and password, and that the server runs`, {
      cause: error,
    });
  }
}

async function checkServer(connection: mysql.Connection): Promise<"mysql" | "mariadb"> {
  const [[row]] = (await connection.query("SELECT VERSION() AS version")) as unknown as [[{ version: string }]];
  const dialect = row.version.includes("MariaDB") ? "mariadb" : "mysql";
  const [major = 0, minor = 0] = row.version.split(".").map((part) => Number.parseInt(part, 10));
  const [oldMajor, oldMinor] = OLDEST[dialect];
  if (major < oldMajor || (major === oldMajor && minor < oldMinor))
    throw new SettingError(
      "DATABASE_URL",
      `names a ${dialect === "mariadb" ? "MariaDB" : "MySQL"} ${row.version} server; ${oldMajor}.${oldMinor} is the oldest that works`,
    );
  return dialect;
}

/** Text compares by code point and without padding, as it does on SQLite. */
async function createDatabase(connection: mysql.Connection, name: string, dialect: Dialect): Promise<void> {
  const collation = dialect === "mariadb" ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS \`${name.replaceAll("`", "``")}\` CHARACTER SET utf8mb4 COLLATE ${collation}`);
    const [[tables]] = (await connection.query("SELECT COUNT(*) AS present FROM information_schema.tables WHERE table_schema = ?", [name])) as unknown as [
      [{ present: number }],
    ];
    if (Number(tables.present) === 0) await connection.query(`ALTER DATABASE \`${name.replaceAll("`", "``")}\` CHARACTER SET utf8mb4 COLLATE ${collation}`);
  } catch (error) {
    throw new SettingError(
      "DATABASE_URL",
      `names a user who may not create the database ${name} (${(error as { code?: string }).code ?? "refused"}); grant the right or create it`,
      { cause: error },
    );
  }
}

/** Connections for committed rows: so many statements at a time, others wait within bounds. */
function mysqlReader(uri: string, connections: number): Reader {
  // By callback: the promises of mysql2 capture a stack for each statement.
  const pool = createPool({
    uri,
    timezone: "Z",
    charset: "utf8mb4",
    connectionLimit: connections,
    connectTimeout: 5000,
    ...NO_PREPARED,
    supportBigNumbers: true,
    rowsAsArray: true,
    enableKeepAlive: true,
  });
  const gate = new Gate(connections);
  const connect = () =>
    new Promise<PoolConnection>((resolve, reject) => {
      pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
    });
  const run = async (sql: string, parameters: readonly Cell[], cancellation: Cancellation): Promise<unknown[][]> => {
    const connection = await connect();
    try {
      const { threadId } = connection;
      const query = () =>
        new Promise<unknown[][]>((resolve, reject) => {
          connection.query(sql, parameters as Cell[], (error, rows) => (error ? reject(error as Error) : resolve(rows as unknown as unknown[][])));
        });
      return await runCancellably(uri, { threadId, destroy: () => connection.destroy() }, cancellation, query);
    } finally {
      connection.release();
    }
  };
  return {
    read: (sql, parameters, limits) => gate.pass(limits, (cancellation) => run(sql, parameters, cancellation)),
    close: () => new Promise((resolve, reject) => pool.end((error) => (error ? reject(error) : resolve()))),
  };
}

// --- both ---

async function dataSourceOf(plan: DatabasePlan, dialect: Dialect, options: DataSourceOptions): Promise<DataSource> {
  const source = new DataSource({
    ...options,
    entities: plan.shapes.map((shape) => schemaOf(shape, dialect)),
    migrations: plan.migrations.map((migration) => migrationClass(migration, dialect)),
    migrationsTableName: "migration",
    logging: false,
  });
  return source.initialize();
}

/** TypeORM takes migrations as classes. */
function migrationClass(migration: Migration, dialect: Dialect): new () => MigrationInterface {
  return class implements MigrationInterface {
    name = migration.name;
    up(runner: QueryRunner): Promise<void> {
      return migration.up(new SchemaChanges(runner, dialect));
    }
    down(): Promise<void> {
      return Promise.reject(new Error("Migrations only go forward; restore a backup instead."));
    }
  };
}
