/** Embedded processes under measurement, as `npm run build` made them, and the server by hand that they are compared to. */
import type { ChildProcess } from "node:child_process";
import path from "node:path";
import type { Pool } from "undici";
import type { Answering } from "./costs.js";
import { type Question, connect, dataOf, post } from "./peers/load.js";
import { freePort, startProcess, stopProcess } from "./peers/processes.js";
import { type OperationName, bodiesOf } from "./questions.js";
import type { Server } from "./worlds.js";

/** A process that answers, and how to ask it. */
export interface AnsweringProcess extends Answering {
  readonly pool: Pool;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

interface StartOptions {
  /** Of those who ask it, at most. */
  readonly connections?: number;
  /** Options of Node's own. */
  readonly node?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const start =
  (program: string) =>
  async (
    { pid: databasePid, url }: Pick<Server, "pid" | "url">,
    { connections = 16, node = [], environment = {} }: StartOptions = {},
  ): Promise<AnsweringProcess> => {
    const port = await freePort();
    const args = [...node, path.join(import.meta.dirname, program)];
    const child = await startProcess(process.execPath, args, port, { DATABASE_URL: url, PORT: String(port), HOST: "127.0.0.1", ...environment });
    const pool = connect(`http://127.0.0.1:${port}`, connections);
    return {
      path: "/graphql",
      pids: [child.pid!],
      databasePid,
      pool,
      child,
      stop: async () => void (await pool.close(), await stopProcess(child)),
    };
  };

/** Starts one over the portfolios at the URL of a server that keeps them. */
export const startEmbedded = start("../dist/start/embedded.js");
/** Starts the server that answers Q1 to Q4 by SQL written by hand, with answers equal to the byte. */
export const startFloor = start("peers/floor.mjs");

/** An operation's questions, with the answers that a process gives now. */
export async function questionsOf({ path: at, pool }: AnsweringProcess, name: OperationName, codes: readonly string[]): Promise<Question[]> {
  const questions: Question[] = [];
  for (const body of bodiesOf(name, codes)) questions.push({ body, expected: dataOf(await post(pool, at, body)) });
  return questions;
}
