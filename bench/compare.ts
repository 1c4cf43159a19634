/**
 * `npm run compare -- [--variants a,b] [--operations Q1,Q3] [--rounds 3] [--seconds 2] [--connections 16] [--warm-up 15] [--scale 1] [--write PART]`, in this folder:
 * what one request costs in CPU over all processes, ours beside others, on one MariaDB (DATABASE_URL, or a server of the run's own).
 * Prints a table for each operation and number of connections; with --write also into that part of RESULTS.md. Operations are those of `operations/` (M1 writes), or a number of schema/operations/, which only the graph as a whole can answer. Answers are compared before and while timing; nothing is asserted of times.
 */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Pool } from "undici";
import { type Answering, type Cost, measureCost, middle } from "./costs.js";
import { Creations, MUTATION, verifyCustomers } from "./creations.js";
import { type Question, type Questions, ask, connect, dataOf, post } from "./peers/load.js";
import { freePort, stopProcess } from "./peers/processes.js";
import { type OwnDatabase, type Running, VARIANTS, startSubgraphs } from "./peers/variants.js";
import { OPERATIONS, bodiesOf, bodyOf, isOperationName, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import { writeTable } from "./tables.js";
import { type Server, startServer } from "./worlds.js";

/** Requests over which statements are counted. */
const COUNTED = 10;

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
    // Several, with commas, are measured one after the other.
    connections: { type: "string", default: "16" },
    // Seconds. A first thousand requests cost two to four times as much, until the engine has compiled what they run; of a distributed graph, in each process.
    "warm-up": { type: "string", default: "15" },
    scale: { type: "string", default: "1" },
    write: { type: "string" },
  },
});

/** Until insight has read all portfolios: the first answers of a new process say what they do not know yet. */
async function waitForInsight(pool: Pool, url: string): Promise<void> {
  const body = JSON.stringify({ query: "{ findServices(first: 1) { asOf { stale } } }" });
  while ((await post(pool, url, body)).includes('"stale":true')) await wait(200);
}

/** Starts them. What cannot be measured on this machine is said and left out. */
async function startVariants(names: readonly string[], database: Server): Promise<{ running: Running[]; missing: string[] }> {
  const running: Running[] = [];
  const missing: string[] = [];
  const shared = new Map<string, { readonly started: ChildProcess[]; readonly supergraph: Promise<string> }>();
  try {
    for (const name of names) {
      const variant = VARIANTS.find((each) => each.name === name);
      if (!variant) throw new Error(`No variant is called ${name}; there are ${VARIANTS.map((each) => each.name).join(", ")}`);
      const reason = await variant.missing?.();
      if (reason) {
        console.log(`${name} is left out: ${reason}`);
        missing.push(`${variant.title} is left out: ${reason}`);
        continue;
      }
      const { over, title, path: at = "/graphql", dialect } = variant;
      const port = await freePort();
      if (over && !shared.has(over)) {
        const started: ChildProcess[] = [];
        shared.set(over, { started, supergraph: startSubgraphs[over]({ port: 0, databaseUrl: database.url, started, own: [] }) });
      }
      const subgraphs = over && shared.get(over);
      const started: ChildProcess[] = [];
      const own: OwnDatabase[] = [];
      running.push({ name, title, port, path: at, dialect, processes: started, subgraphs: subgraphs?.started ?? [], own });
      await variant.start({ port, databaseUrl: database.url, started, own }, (await subgraphs?.supergraph) ?? "");
      console.log(`${name} is started.`);
    }
    return { running, missing };
  } catch (error) {
    await stopVariants(running);
    throw error;
  }
}
async function stopVariants(running: readonly Running[]): Promise<void> {
  for (const { processes, own } of running) {
    for (const child of processes) await stopProcess(child);
    for (const each of own) await each.stop();
  }
  for (const { subgraphs } of running) for (const child of subgraphs) await stopProcess(child);
}

/** The questions of an operation in a variant's words, with the answers of the first variant. */
function questionsFor({ dialect }: Running, operation: string, codes: readonly string[], answers: readonly Buffer[]): Question[] {
  const bodies = isOperationName(operation) ? bodiesOf(operation, codes, dialect) : [bodyOf(operation)];
  return bodies.map((body, i) => ({ body, expected: answers[i]! }));
}

/** What each variant is asked. */
interface Plan {
  readonly questions: readonly Questions[];
  /** Bytes of an answer's data. */
  readonly size: number;
  /** Throws where what was written is not there; nothing to do where nothing is written. */
  check(): Promise<void>;
}

async function planOperation(operation: string, running: readonly Running[], pools: readonly Pool[], database: Server): Promise<Plan> {
  if (operation === MUTATION) {
    const without = running.find(({ own }) => own.length > 0);
    if (without) throw new Error(`${without.name} is asked no ${MUTATION}: its database has no ledger. Name others by --variants.`);
    // No two of a database may make the same code.
    const creations = running.map(({ name }) => new Creations(`NEW-${name}-${Date.now().toString(36)}-`));
    const check = async () => {
      for (const each of creations) await each.check(database.url);
      await verifyCustomers(database.url);
    };
    return { questions: creations.map(({ next }) => next), size: creations[0]!.size, check };
  }
  if (!isOperationName(operation)) for (const [i, variant] of running.entries()) await waitForInsight(pools[i]!, variant.path);
  const codes = isOperationName(operation) ? (await readCodes(database.url))[operation] : [];
  const answers: Buffer[] = [];
  for (const { body } of questionsFor(running[0]!, operation, codes, [])) answers.push(dataOf(await post(pools[0]!, running[0]!.path, body)));
  const questions = running.map((variant) => questionsFor(variant, operation, codes, answers));
  return { questions, size: middle(answers.map(({ length }) => length)), check: async () => undefined };
}

const answeringOf = ({ path: at, processes, subgraphs, own }: Running, database: Server): Answering => ({
  path: at,
  pids: [...processes, ...subgraphs].map(({ pid }) => pid!),
  databasePid: own[0]?.child.pid ?? database.pid,
  gatewayPid: subgraphs.length > 0 ? processes[0]!.pid : undefined,
});

/** Again, once, where it fails: a connection may be closed beneath a request that is being sent. What failed is told. */
async function insist<T>(variant: Running, operation: string, failures: string[], attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    failures.push(`${variant.title} was measured again after: ${(error as Error).message}`);
    console.log(failures.at(-1));
    return await attempt().catch((again: unknown) => {
      throw new Error(`${variant.name}, ${operation}: ${(again as Error).message}`, { cause: again });
    });
  }
}

async function compare(running: readonly Running[], database: Server, connections: number): Promise<string> {
  const lines: string[] = [];
  const seconds = Number(options.seconds);
  for (const operation of options.operations.split(",")) {
    const pools = running.map(({ port }) => connect(`http://127.0.0.1:${port}`, connections));
    const { questions, size, check } = await planOperation(operation, running, pools, database);
    const statements: number[] = [];
    const failures: string[] = [];
    for (const [i, variant] of running.entries()) {
      await insist(variant, operation, failures, () =>
        ask(pools[i]!, variant.path, questions[i]!, connections, { milliseconds: Number(options["warm-up"]) * 1000 }),
      );
      const count = (variant.own[0] ?? database).countStatements;
      statements.push((await count(async () => void (await ask(pools[i]!, variant.path, questions[i]!, 1, { requests: COUNTED })))) / COUNTED);
    }
    const costs: Cost[][] = running.map(() => []);
    for (let round = 0; round < Number(options.rounds); round++)
      for (const [i, variant] of running.entries())
        costs[i]!.push(
          await insist(variant, operation, failures, () =>
            measureCost(answeringOf(variant, database), pools[i]!, questions[i]!, { connections, milliseconds: seconds * 1000 }),
          ),
        );
    await Promise.all(pools.map((pool) => pool.close()));
    await check();
    const from = lines.length;
    lines.push(
      `### ${operation}: ${(size / 1024).toFixed(1)} KB, ${connections} connection${connections > 1 ? "s" : ""}`,
      "",
      ...writeTable(running.map((variant, i) => ({ variant, statements: statements[i]!, costs: costs[i]! }))),
      ...failures.map((failure) => `\n${failure}`),
    );
    lines.push("");
    console.log(lines.slice(from).join("\n"));
  }
  return lines.join("\n");
}

function describeRun(missing: readonly string[]): string {
  const versions = JSON.parse(readFileSync(path.join(import.meta.dirname, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  const packages = Object.entries(versions.dependencies).map(([name, version]) => `${name} ${version}`);
  return [describeMachine(), `${options.rounds} rounds of ${options.seconds} s, medians.`, `${packages.join(", ")}.`, ...missing].join(" ");
}

const database = await startServer({ scale: Number(options.scale) });
let running: Running[] = [];
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stopVariants(running).then(() => process.exit(1)));
try {
  const started = await startVariants(options.variants.split(","), database);
  ({ running } = started);
  // Before it is measured: load that is there already is others'.
  const head = describeRun(started.missing);
  const tables: string[] = [];
  for (const connections of options.connections.split(",")) tables.push(await compare(running, database, Number(connections)));
  if (options.write !== undefined) writeResults(options.write, [head, ...tables].join("\n\n"));
} finally {
  await stopVariants(running);
  await database.stop();
}
