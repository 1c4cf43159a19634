/** Settings of the portfolios' databases, read from the environment in this one place. */
import path from "node:path";
import { SettingError } from "../../transport/settings.js";

export interface DatabaseSettings {
  /** Where SQLite files are kept. */
  readonly directory: string;
  /** URL of a MySQL or MariaDB server with `{portfolio}` for the database's name; null is SQLite. */
  readonly url: string | null;
  /** Connections of this process to each portfolio's database on a server, for reading and as many for writing; 10 where it is left out. */
  readonly connections?: number;
  /** How many versions of a table's rows must have ended before a new era of it is begun; 1,000 where it is left out. */
  readonly leastEnded?: number;
  /** Rows that one request may read of a portfolio; 100,000 where it is left out. */
  readonly mostRows?: number;
}

/** Reads DATA_DIR and DATABASE_URL. Throws a SettingError that names the setting and what to write. */
export function readDatabaseSettings(environment: NodeJS.ProcessEnv = process.env): DatabaseSettings {
  const directory = path.resolve(environment["DATA_DIR"] || "data");
  const url = environment["DATABASE_URL"] || null;
  if (url !== null) checkUrl(url);
  return { directory, url };
}

function checkUrl(url: string): void {
  const example = "mysql://user:password@127.0.0.1:3306/{portfolio}";
  let parsed: URL;
  try {
    parsed = new URL(url.replaceAll("{portfolio}", "portfolio"));
  } catch {
    throw new SettingError("DATABASE_URL", `is not a URL; write it like ${example}, or leave it out for SQLite`);
  }
  if (parsed.protocol !== "mysql:" && parsed.protocol !== "mariadb:")
    throw new SettingError("DATABASE_URL", `must begin with mysql:// or mariadb://, like ${example}; leave it out for SQLite`);
  if (!url.includes("{portfolio}"))
    throw new SettingError("DATABASE_URL", `must hold {portfolio} where the database's name stands, like ${example}: each portfolio has its own`);
}
