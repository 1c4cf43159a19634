/**
 * `npm run bench -- imports [--rounds 3] [--write]`, after `npm run build`: what it costs to bring customers of a CSV file into an empty portfolio on MariaDB,
 * by `npm run import` with `customers.yaml`, beside statements written by hand that store the same facts, and LOAD DATA of bare rows. Each is a process that starts, reads and ends; all of it counts.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import mysql from "mysql2/promise";
import { brief, middle } from "./costs.js";
import { verifyCustomers } from "./creations.js";
import { usageOf, usageOfEnded } from "./peers/processes.js";
import { describeMachine, writeResults } from "./results.js";
import { type BenchOptions, openEmpty, startDatabase } from "./worlds.js";

const ROWS = 50_000;
const root = path.join(import.meta.dirname, "..");

interface Way {
  readonly title: string;
  /** The program and its arguments, for the folder with the file. */
  args(folder: string): string[];
  /** Where its rows are. */
  readonly table: string;
}
const peer = (name: string) => path.join(import.meta.dirname, "peers", name);
const WAYS: readonly Way[] = [
  { title: "statements by hand, 500 rows each", args: (folder) => [peer("floorImport.mjs"), path.join(folder, "customers.csv")], table: "customer" },
  {
    title: "ours, npm run import",
    args: (folder) => [
      path.join(root, "dist/import/main.js"),
      path.join(import.meta.dirname, "customers.yaml"),
      folder,
      "--report",
      path.join(folder, "report.json"),
    ],
    table: "customer",
  },
  { title: "LOAD DATA, bare rows", args: (folder) => [peer("floorLoad.mjs"), path.join(folder, "customers.csv")], table: "loaded" },
];

interface Import {
  /** CPU milliseconds of a row, the database's included, and its share. */
  readonly cpu: number;
  readonly database: number;
  readonly perSecond: number;
}

export async function benchImports({ rounds = 3, write }: BenchOptions): Promise<void> {
  const head = `${describeMachine()} ${rounds} rounds of ${ROWS} rows, medians.`;
  const server = await startDatabase();
  process.env["DATABASE_URL"] = server.url;
  try {
    const imports: Import[][] = WAYS.map(() => []);
    await openEmpty(async () => {
      const connection = await mysql.createConnection({ uri: server.url.replace("{portfolio}", "customer"), rowsAsArray: true });
      const select = async (sql: string) => ((await connection.query(sql))[0] as unknown[][])[0]![0];
      const databasePid = Number(readFileSync(String(await select("SELECT @@pid_file")), "utf8"));
      for (let round = 0; round < rounds; round++)
        for (const [i, way] of WAYS.entries()) {
          imports[i]!.push(await measureImport(way, `${round}-${i}`, databasePid));
          const written = Number(
            await select(`SELECT COUNT(*) FROM ${way.table} WHERE code LIKE '${round}-${i}-%' AND name LIKE 'Customer %' AND industry = 'Hospitals'`),
          );
          if (written !== ROWS) throw new Error(`${way.title}: ${ROWS} were to be written, ${written} are`);
        }
      await connection.end();
    });
    await verifyCustomers(server.url);
    const table = writeImports(imports);
    console.log(table);
    if (write) writeResults("imports", `${head}\n\n${table}`);
  } finally {
    await server.stop();
  }
}

/** Imports customers whose numbers begin with `prefix`. */
async function measureImport(way: Way, prefix: string, databasePid: number): Promise<Import> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-imports-"));
  const rows = Array.from({ length: ROWS }, (_, i) => `${prefix}-${i},Customer ${i},Hospitals\n`);
  writeFileSync(path.join(folder, "customers.csv"), `number,name,industry\n${rows.join("")}`);
  const look = () => ({ database: usageOf([databasePid]).cpu, process: usageOfEnded() });
  const before = look();
  const began = performance.now();
  await promisify(execFile)(process.execPath, way.args(folder));
  const seconds = (performance.now() - began) / 1000;
  const after = look();
  rmSync(folder, { recursive: true, force: true });
  const database = after.database - before.database;
  return { cpu: (database + after.process - before.process) / ROWS, database: database / ROWS, perSecond: ROWS / seconds };
}

function writeImports(imports: readonly (readonly Import[])[]): string {
  const of = (i: number, pick: (each: Import) => number) => middle(imports[i]!.map(pick));
  const floor = of(0, ({ cpu }) => cpu);
  return [
    "| | CPU µs of a row | of it database | × first | rows/s |",
    "| --- | --- | --- | --- | --- |",
    ...WAYS.map(({ title }, i) => {
      const cpu = of(i, (each) => each.cpu);
      const cells = [title, brief(cpu * 1000), brief(of(i, ({ database }) => database) * 1000), brief(cpu / floor), brief(of(i, ({ perSecond }) => perSecond))];
      return `| ${cells.join(" | ")} |`;
    }),
  ].join("\n");
}
