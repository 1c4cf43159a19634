/** Embedded processes under measurement, as `npm run build` made them. */
import type { ChildProcess } from "node:child_process";
import path from "node:path";
import type { Pool } from "undici";
import type { Answering } from "./costs.js";
import { type Question, connect, dataOf, post } from "./peers/load.js";
import { freePort, startProcess, stopProcess } from "./peers/processes.js";
import { type OperationName, bodiesOf } from "./questions.js";
import type { Server } from "./worlds.js";

export interface Embedded extends Answering {
  readonly pool: Pool;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts one over the portfolios at `url`, which a server keeps; `node` are options of Node's own. */
export async function startEmbedded(
  { pid: databasePid, url }: Pick<Server, "pid" | "url">,
  { connections = 16, node = [], environment = {} }: { connections?: number; node?: readonly string[]; environment?: Readonly<Record<string, string>> } = {},
): Promise<Embedded> {
  const port = await freePort();
  const program = path.join(import.meta.dirname, "../dist/start/embedded.js");
  const child = await startProcess(process.execPath, [...node, program], port, { DATABASE_URL: url, PORT: String(port), HOST: "127.0.0.1", ...environment });
  const pool = connect(`http://127.0.0.1:${port}`, connections);
  return {
    path: "/graphql",
    pids: [child.pid!],
    databasePid,
    pool,
    child,
    stop: async () => void (await pool.close(), await stopProcess(child)),
  };
}

/** An operation's questions, with the answers that a process gives now. */
export async function questionsOf({ path: at, pool }: Embedded, name: OperationName, codes: readonly string[]): Promise<Question[]> {
  const questions: Question[] = [];
  for (const body of bodiesOf(name, codes)) questions.push({ body, expected: dataOf(await post(pool, at, body)) });
  return questions;
}
