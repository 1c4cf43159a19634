/** A database in an SQLite file. */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { checkTime } from "../../../transport/deadlines.js";
import { SettingError } from "../../../transport/settings.js";
import { SqliteAside } from "./aside.js";
import { Database, type Reader } from "./database.js";
import { estimatesOf } from "./estimates.js";
import type { TableShape } from "./migration.js";
import { type DatabasePlan, MIGRATION_LOCK_SECONDS, openSource } from "./plan.js";
import type { Cell } from "./values.js";

const require = createRequire(import.meta.url);

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

/** Opens the file of that name in a folder, which is made where it is not there. */
export async function openSqlite(plan: DatabasePlan, directory: string): Promise<Database> {
  const file = path.join(directory, `${plan.name}.sqlite`);
  const lock = await lockSqlite(directory, `${plan.name}.lock`);
  try {
    const writer = await openSource(plan, "sqlite", {
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
