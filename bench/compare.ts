/**
 * `npm run compare -- [--variants a,b] [--operations Q1,Q3] [--rounds 3] [--seconds 2] [--connections 16] [--warm-up 15] [--scale 1] [--write]`, in this folder:
 * what one request costs in CPU over all processes, ours beside others, on one MariaDB (DATABASE_URL, or a server of the run's own).
 * Prints a table; with --write also into RESULTS.md. Operations are those of `operations/`, or a number of schema/operations/, which only the graph as a whole can answer. Answers are compared before and while timing; nothing is asserted of times.
 */
import type { ChildProcess } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import mysql from "mysql2/promise";
import type { Pool } from "undici";
import { generate } from "../sample/generate.js";
import { isEmpty } from "../sample/replay.js";
import { openPortfolios } from "../start/portfolios.js";
import { type Question, ask, connect, dataOf, post } from "./peers/load.js";
import { type Usage, freePort, stopProcess, usageOf } from "./peers/processes.js";
import { type Running, VARIANTS } from "./peers/variants.js";
import { startDatabase } from "./worlds.js";

const OPERATIONS = ["Q1", "Q2", "Q3", "Q4"] as const;
type OperationName = (typeof OPERATIONS)[number];
const isOperationName = (name: string): name is OperationName => (OPERATIONS as readonly string[]).includes(name);
/** Different variables that each operation is asked with, in turn. */
const QUESTIONS: Readonly<Record<OperationName, number>> = { Q1: 200, Q2: 20, Q3: 200, Q4: 10 };
/** Requests over which statements are counted. */
const COUNTED = 10;

interface Cost {
  readonly cpu: number;
  /** The database's share of it. */
  readonly database: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly written: number;
  readonly resident: number;
}

const { values: options } = parseArgs({
  options: {
    variants: {
      type: "string",
      default: VARIANTS.filter((variant) => variant.usual)
        .map(({ name }) => name)
        .join(),
    },
    operations: { type: "string", default: OPERATIONS.join() },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    connections: { type: "string", default: "16" },
    // Seconds. A first thousand requests cost two to four times as much, until the engine has compiled what they run; of a distributed graph, in each process.
    "warm-up": { type: "string", default: "15" },
    scale: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
  },
});
const connections = Number(options.connections);

/** The database all share: its URL, its process, and its own counters. */
interface Server {
  readonly url: string;
  readonly pid: number;
  status(name: string): Promise<number>;
  stop(): Promise<void>;
}

async function startServer(): Promise<Server> {
  let url = process.env["DATABASE_URL"];
  let stop = async (): Promise<void> => undefined;
  if (!url) ({ url, stop } = await startDatabase());
  const portfolios = await openPortfolios({ directory: os.tmpdir(), url });
  if (await isEmpty(portfolios)) await generate(portfolios, { scale: Number(options.scale), seed: 1 });
  await portfolios.close();
  const connection = await mysql.createConnection({ uri: url.replace("/{portfolio}", ""), rowsAsArray: true });
  const select = async (sql: string) => ((await connection.query(sql))[0] as unknown[][])[0]!;
  const [file] = await select("SELECT @@pid_file");
  return {
    url,
    pid: Number(readFileSync(String(file), "utf8")),
    status: async (name) => Number((await select(`SHOW GLOBAL STATUS LIKE '${name}'`))[1]),
    stop: async () => void (await connection.end(), await stop()),
  };
}

/** The codes that each operation is asked with. */
async function readCodes(url: string): Promise<Readonly<Record<OperationName, string[]>>> {
  const connection = await mysql.createConnection({ uri: url.replace("/{portfolio}", ""), rowsAsArray: true });
  const codes = async (table: string) => ((await connection.query(`SELECT code FROM ${table} ORDER BY code`))[0] as string[][]).map(([code]) => code!);
  const [customers, agreements] = [await codes("customer.customer"), await codes("agreement.agreement")];
  const busy = await codes(
    "customer.customer JOIN (SELECT partyId FROM agreement.agreement_parties GROUP BY partyId HAVING COUNT(*) >= 5) busy ON partyId = id",
  );
  await connection.end();
  const spread = (all: string[], count: number, page: number) =>
    Array.from({ length: count }, (_, i) => all[Math.floor((i * Math.max(1, all.length - page)) / count)]!);
  return {
    Q1: spread(busy, QUESTIONS.Q1, 0),
    Q2: spread(customers, QUESTIONS.Q2, 50),
    Q3: spread(customers, QUESTIONS.Q3, 0),
    Q4: spread(agreements, QUESTIONS.Q4, 500),
  };
}

function bodiesOf(name: OperationName, codes: readonly string[]): string[] {
  const query = readFileSync(path.join(import.meta.dirname, "operations", `${name}.graphql`), "utf8");
  const operationName = /query (\w+)/.exec(query)![1];
  return codes.map((code) => JSON.stringify({ query, operationName, variables: { code } }));
}

/** A question of the schema's, by its number, with the variables that it comes with. */
function bodyOf(number: string): string {
  const folder = path.join(import.meta.dirname, "../schema/operations");
  const file = readdirSync(folder).find((name) => name.startsWith(`${number}-`));
  if (file === undefined) throw new Error(`No operation is called ${number}; there are ${OPERATIONS.join(", ")} and the numbers of schema/operations`);
  const query = readFileSync(path.join(folder, file), "utf8");
  return JSON.stringify({ query, variables: JSON.parse(/^# variables: (.*)$/m.exec(query)![1]!) as unknown });
}

/** Until insight has read all portfolios: the first answers of a new process say what they do not know yet. */
async function waitForInsight(pool: Pool, url: string): Promise<void> {
  const body = JSON.stringify({ query: "{ findServices(first: 1) { asOf { stale } } }" });
  while ((await post(pool, url, body)).includes('"stale":true')) await wait(200);
}

async function startVariants(names: readonly string[], database: Server): Promise<Running[]> {
  const running: Running[] = [];
  try {
    for (const name of names) {
      const variant = VARIANTS.find((each) => each.name === name);
      if (!variant) throw new Error(`No variant is called ${name}; there are ${VARIANTS.map((each) => each.name).join(", ")}`);
      const port = await freePort();
      const started: ChildProcess[] = [];
      const each = { name, title: variant.title, port, path: variant.path ?? "/graphql", processes: started };
      running.push(each);
      await variant.start({ port, databaseUrl: database.url, started });
      console.log(`${name} is started.`);
    }
    return running;
  } catch (error) {
    await stopVariants(running);
    throw error;
  }
}
const stopVariants = async (running: readonly Running[]): Promise<void> => {
  for (const { processes } of running) for (const child of [...processes].reverse()) await stopProcess(child);
};

const pidsOf = ({ processes }: Running, database: Server): number[] => [database.pid, ...processes.map(({ pid }) => pid!)];

async function measure(running: Running, pool: Pool, questions: readonly Question[], database: Server): Promise<Cost> {
  const pids = pidsOf(running, database);
  const before: Usage = usageOf(pids);
  const databaseBefore = usageOf([database.pid]);
  const began = performance.now();
  const { requests, times } = await ask(pool, running.path, questions, connections, { milliseconds: Number(options.seconds) * 1000 });
  const seconds = (performance.now() - began) / 1000;
  const after = usageOf(pids);
  const databaseAfter = usageOf([database.pid]);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return {
    cpu: (after.cpu - before.cpu) / requests,
    database: (databaseAfter.cpu - databaseBefore.cpu) / requests,
    perSecond: requests / seconds,
    p50: at(0.5),
    p99: at(0.99),
    written: (after.written - before.written) / requests,
    resident: usageOf(pids.slice(1)).resident,
  };
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const brief = (number: number): string => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2));

async function compare(running: readonly Running[], database: Server): Promise<string> {
  const codes = await readCodes(database.url);
  const lines: string[] = [];
  for (const operation of options.operations.split(",")) {
    const bodies = isOperationName(operation) ? bodiesOf(operation, codes[operation]) : [bodyOf(operation)];
    const pools = running.map(({ port }) => connect(`http://127.0.0.1:${port}`, connections));
    if (!isOperationName(operation)) for (const [i, variant] of running.entries()) await waitForInsight(pools[i]!, variant.path);
    const answers = await Promise.all(bodies.map(async (body) => dataOf(await post(pools[0]!, running[0]!.path, body))));
    const questions = bodies.map((body, i) => ({ body, expected: answers[i]! }));
    const size = median(answers.map(({ length }) => length));
    const statements: number[] = [];
    for (const [i, variant] of running.entries()) {
      await ask(pools[i]!, variant.path, questions, connections, { milliseconds: Number(options["warm-up"]) * 1000 }).catch((error: unknown) => {
        throw new Error(`${variant.name}, ${operation}: ${(error as Error).message}`, { cause: error });
      });
      const before = await database.status("Com_select");
      await ask(pools[i]!, variant.path, questions, 1, { requests: COUNTED });
      statements.push(((await database.status("Com_select")) - before) / COUNTED);
    }
    const costs: Cost[][] = running.map(() => []);
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [i, variant] of running.entries()) costs[i]!.push(await measure(variant, pools[i]!, questions, database));
    await Promise.all(pools.map((pool) => pool.close()));
    const from = lines.length;
    const floor = median(costs[0]!.map(({ cpu }) => cpu));
    lines.push(
      `### ${operation}: ${(size / 1024).toFixed(1)} KB`,
      "",
      "| | CPU ms | of it database | × first | statements | p50 ms | p99 ms | requests/s | KB written by all | RSS MB |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    );
    for (const [i, { title }] of running.entries()) {
      const of = (pick: (cost: Cost) => number) => median(costs[i]!.map(pick));
      const cells = [
        title,
        brief(of(({ cpu }) => cpu)),
        brief(of(({ database: share }) => share)),
        brief(of(({ cpu }) => cpu) / floor),
        String(statements[i]),
        brief(of(({ p50 }) => p50)),
        brief(of(({ p99 }) => p99)),
        brief(of(({ perSecond }) => perSecond)),
        brief(of(({ written }) => written) / 1024),
        brief(of(({ resident }) => resident) / 1024 / 1024),
      ];
      lines.push(`| ${cells.join(" | ")} |`);
    }
    lines.push("");
    console.log(lines.slice(from).join("\n"));
  }
  return lines.join("\n");
}

function writeResults(table: string): void {
  const file = path.join(import.meta.dirname, "RESULTS.md");
  const versions = JSON.parse(readFileSync(path.join(import.meta.dirname, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  const head = [
    `${os.cpus().length} cores, Node ${process.versions.node}, MariaDB on the same machine, ${connections} connections, ${options.rounds} rounds of ${options.seconds} s, medians; ${new Date().toISOString().slice(0, 10)}.`,
    Object.entries(versions.dependencies)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ") + ".",
  ];
  const [before = "", rest = ""] = readFileSync(file, "utf8").split("<!-- measured -->\n");
  const after = rest.split("<!-- end -->")[1] ?? "\n";
  writeFileSync(file, `${before}<!-- measured -->\n\n${head.join(" ")}\n\n${table}\n<!-- end -->${after}`);
}

const database = await startServer();
let running: Running[] = [];
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stopVariants(running).then(() => process.exit(1)));
try {
  running = await startVariants(options.variants.split(","), database);
  const table = await compare(running, database);
  if (options.write) writeResults(table);
} finally {
  await stopVariants(running);
  await database.stop();
}
