/**
 * `npm run bench -- starts [--mariadb]`, after `npm run build`: milliseconds from the start of a process to its first right answer: all in one
 * on portfolios that are there, and a gateway alone, with the supergraph file, over a subgraph that runs. And its CPU until then: of the process,
 * of its main thread, and of the thread that reads the supergraph and plans.
 */
import { type ChildProcess, spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { loadStory } from "../sample/replay.js";
import { serveSubgraph } from "../subgraphs/kernel/serve.js";
import { middle } from "./costs.js";
import { freePort, stopProcess, usageOfThreads } from "./peers/processes.js";
import { CALL, openEmpty } from "./worlds.js";

const TIMES = 9;
const root = path.join(import.meta.dirname, "..");
const body = JSON.stringify({ query: "{ customers(first: 3, orderBy: [{ field: code }]) { nodes { code name } } }" });

export async function benchStarts(): Promise<void> {
  await openEmpty(async (portfolios, directory) => {
    await loadStory(portfolios);
    const customers = await serveSubgraph(portfolios.reach("customer"), { host: "127.0.0.1", port: 0, anonymous: CALL.principal });
    const template = customers.url.replace(/\/graphql$/, "/graphql?{name}");
    const programs: readonly { readonly name: string; readonly program: string; readonly environment: Record<string, string> }[] = [
      { name: "all in one", program: "start/embedded.js", environment: { DATA_DIR: directory } },
      { name: "a gateway alone", program: "gateway/main.js", environment: { SUBGRAPH_URL: template } },
    ];
    const starts: Start[][] = programs.map(() => []);
    for (let i = 0; i < TIMES; i++)
      for (const [j, { program, environment }] of programs.entries()) starts[j]!.push(await startAndAsk(path.join(root, "dist", program), environment));
    for (const [j, { name }] of programs.entries()) {
      const of = (pick: (start: Start) => number) => middle(starts[j]!.map(pick)).toFixed(0);
      console.log(
        `${name}: ${of(({ wall }) => wall)} ms; CPU ${of(({ all }) => all)} ms, of it main ${of(({ main }) => main)}, planner ${of(({ busiest }) => busiest)}`,
      );
    }
    await customers.stop();
  });
  console.log(`Load of the machine meanwhile: ${os.loadavg()[0]!.toFixed(1)}.`);
}

/** Milliseconds from a process's start to its first answer, and of its CPU until then. */
type Start = { readonly wall: number } & ReturnType<typeof usageOfThreads>;

async function startAndAsk(program: string, environment: Record<string, string>): Promise<Start> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...environment, PORT: String(port) }, stdio: "ignore" });
  try {
    for (;;) {
      if (await isAnswered(port)) return { wall: performance.now() - began, ...usageOfThreads(child.pid!) };
      await refuseEnded(child);
    }
  } finally {
    await stopProcess(child);
  }
}

async function isAnswered(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body });
    const answer = (await response.json()) as { data?: { customers: { nodes: unknown[] } }; errors?: unknown };
    if (answer.data?.customers.nodes.length !== 3 || answer.errors) throw new Error(`Not what was asked: ${JSON.stringify(answer)}`);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function refuseEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}; run npm run build first.`);
  await wait(10);
}
