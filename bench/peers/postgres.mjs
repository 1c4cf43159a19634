/** A PostgreSQL server of the run's own, in a temp folder on a free port of 127.0.0.1, with a copy of the tables that the operations ask about. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mysql from "mysql2/promise";
import pg from "pg";

const DEBIAN = "/usr/lib/postgresql";
const newestFirst = () => (existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []);
const folders = () => [...newestFirst().map((version) => path.join(DEBIAN, version, "bin")), ...process.env.PATH.split(path.delimiter)];
const find = (name) =>
  folders()
    .map((folder) => path.join(folder, name))
    .find(existsSync);

/** The server's program and the one that makes its folder; null where PostgreSQL is not installed. */
export function findPostgres() {
  const [daemon, install] = [find("postgres"), find("initdb")];
  return daemon && install ? { daemon, install } : null;
}

/** Tables as they are copied, with all their columns and indices, by portfolio. Those that only link others are kept out of the schema that is published. */
const TABLES = {
  customer: ["customer"],
  agreement: ["agreement", "agreement_parties", "agreement_services"],
  service: ["service"],
  project: ["project", "deliverable"],
  application: ["application", "application_function_supports", "application_role"],
  people: ["person"],
};
const PUBLISHED = new Set(["customer", "agreement", "service", "project", "application"]);
export const schemaOf = (table) => (PUBLISHED.has(table) ? "graph" : "links");

const TYPES = { int: "integer", bigint: "bigint", tinyint: "smallint", smallint: "smallint", double: "double precision" };
const BATCH = 2_000;
const quote = (name) => `"${name}"`;

async function copyTable(source, target, portfolio, table) {
  const [columns] = await source.query(
    "SELECT column_name AS name, data_type AS type, is_nullable AS nullable FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position",
    [portfolio, table],
  );
  const place = `${schemaOf(table)}.${quote(table)}`;
  const lines = columns.map(({ name, type, nullable }) => `${quote(name)} ${TYPES[type] ?? "text"}${nullable === "NO" ? " NOT NULL" : ""}`);
  await target.query(`CREATE TABLE ${place} (${lines.join(", ")})`);
  const [rows] = await source.query(`SELECT * FROM ${portfolio}.${table}`);
  for (let from = 0; from < rows.length; from += BATCH)
    await target.query(`INSERT INTO ${place} SELECT * FROM json_populate_recordset(NULL::${place}, $1)`, [JSON.stringify(rows.slice(from, from + BATCH))]);
  const [parts] = await source.query(
    "SELECT index_name AS name, non_unique AS repeats, column_name AS part FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? ORDER BY index_name, seq_in_index",
    [portfolio, table],
  );
  for (const name of new Set(parts.map((each) => each.name))) {
    const own = parts.filter((each) => each.name === name);
    const on = `(${own.map(({ part }) => quote(part)).join(", ")})`;
    const word = name === "PRIMARY" ? "PRIMARY KEY" : "UNIQUE";
    // Constraints, not only indices: PostGraphile finds records by them.
    await target.query(Number(own[0].repeats) === 0 ? `ALTER TABLE ${place} ADD ${word} ${on}` : `CREATE INDEX ON ${place} ${on}`);
  }
}

async function copyData(mysqlUrl, client) {
  const source = await mysql.createConnection({ uri: mysqlUrl.replace("/{portfolio}", ""), charset: "utf8mb4" });
  await client.query("CREATE SCHEMA graph; CREATE SCHEMA links");
  for (const [portfolio, tables] of Object.entries(TABLES)) for (const table of tables) await copyTable(source, client, portfolio, table);
  await source.end();
  await client.query(readFileSync(path.join(import.meta.dirname, "postgres.sql"), "utf8"));
  await client.query("VACUUM ANALYZE");
}

/** PostgreSQL does not run as root: there it runs as its own user. */
function ownerOf(folder) {
  if (process.getuid() !== 0) return { user: os.userInfo().username };
  const [name, , uid, gid] = (/^postgres:.*$/m.exec(readFileSync("/etc/passwd", "utf8"))?.[0] ?? "").split(":");
  if (!name) throw new Error("PostgreSQL does not run as root, and there is no user postgres to run it as.");
  chownSync(folder, Number(uid), Number(gid));
  return { user: name, uid: Number(uid), gid: Number(gid) };
}

/** Starts a server with a copy of the data at `mysqlUrl`: its URL, its process, a count of its statements and how to stop it. Throws where `findPostgres` finds none. */
export async function startPostgres(mysqlUrl) {
  const { daemon, install } = findPostgres();
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-postgres-"));
  const { user, ...as } = ownerOf(folder);
  const data = path.join(folder, "data");
  // Text is compared by code point, as everywhere in the graph.
  execFileSync(install, ["-D", data, "-U", user, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"], { stdio: "ignore", cwd: folder, ...as });
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    shared_buffers: "128MB",
    fsync: "off",
    // Compiling a statement costs more than any of these; PostGraphile's guide turns it off too.
    jit: "off",
    shared_preload_libraries: "pg_stat_statements",
  };
  const child = spawn(daemon, ["-D", data, "-p", String(port), ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])], {
    stdio: "ignore",
    cwd: folder,
    ...as,
  });
  const url = `postgres://${user}@127.0.0.1:${port}/postgres`;
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = once(child, "exit");
      // Without waiting for those who are connected.
      child.kill("SIGINT");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const client = await connect(url, child);
    await copyData(mysqlUrl, client);
    await client.query("CREATE EXTENSION pg_stat_statements");
    const track = async (which) => {
      await client.query(`ALTER SYSTEM SET pg_stat_statements.track = '${which}'`);
      await client.query("SELECT pg_reload_conf()");
      await wait(200);
    };
    await track("none");
    /** How many statements `act` leads to. */
    const countStatements = async (act) => {
      await client.query("SELECT pg_stat_statements_reset()");
      await track("top");
      await act();
      const { rows } = await client.query("SELECT SUM(calls)::int AS calls FROM pg_stat_statements WHERE query ILIKE 'select%' AND query NOT ILIKE '%pg_%'");
      await track("none");
      return rows[0].calls ?? 0;
    };
    return { url, child, countStatements, stop: async () => void (await client.end().catch(() => undefined), await stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(url, child) {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client(url);
    // Its end is the server's.
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt >= 200 || child.exitCode !== null) throw new Error("PostgreSQL did not start.", { cause: error });
      await wait(50);
    }
  }
}
