/** Opens a portfolio's database and brings its schema up to date, under a lock that processes starting together share. */
import type { DatabaseSettings } from "../settings.js";
import type { Database } from "./database.js";
import { openMysql } from "./mysql.js";
import type { DatabasePlan } from "./plan.js";
import { openSqlite } from "./sqlite.js";

/** Connections of one portfolio for reading, and as many for writing. */
const CONNECTIONS = 10;

/** Opens a database, created and migrated as needed. Throws a SettingError when it cannot be had. */
export async function openDatabase(plan: DatabasePlan, settings: DatabaseSettings): Promise<Database> {
  return settings.url === null ? openSqlite(plan, settings.directory) : openMysql(plan, settings.url, settings.connections ?? CONNECTIONS);
}
