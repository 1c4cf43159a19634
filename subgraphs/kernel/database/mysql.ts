/** A database on a MySQL or MariaDB server. */
import { type PoolConnection, createPool } from "mysql2";
import mysql from "mysql2/promise";
import type { Cancellation } from "../../../transport/deadlines.js";
import { SettingError } from "../../../transport/settings.js";
import { runCancellably } from "./cancellations.js";
import { Database, type Reader, isDeadlock } from "./database.js";
import { Gate } from "./gate.js";
import type { Dialect } from "./migration.js";
import { type DatabasePlan, MIGRATION_LOCK_SECONDS, openSource } from "./plan.js";
import type { Cell } from "./values.js";

const OLDEST = { mysql: [8, 0], mariadb: [10, 6] } as const;

/** Nothing is prepared: mysql2 makes room for 16,000 statements with each connection otherwise, which takes 0.6 MB. */
const NO_PREPARED = { maxPreparedStatements: 1 };

/** Opens the database that a URL names, `{portfolio}` in it being the plan's name; it is created where it is not there. So many connections read, and as many write. */
export async function openMysql(plan: DatabasePlan, template: string, connections: number): Promise<Database> {
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
    const writer = await openSource(plan, dialect, { type: dialect === "mariadb" ? "mariadb" : "mysql", ...options });
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
