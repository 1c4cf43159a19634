/**
 * `npm run bench -- hour [--minutes 60] [--scale N]`, after `npm run build`: whether the embedded process stays as small as it is. For so many minutes Q1 to Q4, the questions of
 * schema/operations and writes are asked over 16 connections, each in turn; each minute says what was answered, what was put off (an error that passes: a busy machine
 * does not answer the dearest questions within their deadline), CPU of a request and bytes resident. Any other error ends it.
 */
import { setTimeout as wait } from "node:timers/promises";
import { brief } from "./costs.js";
import { type AnsweringProcess, startEmbedded } from "./embedded.js";
import { dataOf, post } from "./peers/load.js";
import { usageOf } from "./peers/processes.js";
import { OPERATIONS, bodiesOf, bodyOf, listNumbers, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import { type BenchOptions, startServer } from "./worlds.js";

const CONNECTIONS = 16;
const MINUTE_MS = 60_000;
/** What a machine that is too busy answers; whether a write was carried out then is not said. */
const PASSING = ["SUBGRAPH_UNREACHABLE", "DEADLINE_EXCEEDED", "OVERLOADED", "DATABASE_UNAVAILABLE"].map((code) => `"code":"${code}"`);
/** Of so many requests one is a write. */
const EVERY = 10;
const MUTATION = 'mutation Create($code: String!) { createTeam(input: { code: $code, name: "A team" }) { team { code version } problems { message } } }';

export async function benchHour({ scale, minutes = 60, write }: BenchOptions): Promise<void> {
  const head = describeMachine();
  const server = await startServer({ scale });
  const embedded = await startEmbedded(server);
  const lines = ["| minute | answered | put off | CPU ms, the database's included | RSS MB |", "| --- | --- | --- | --- | --- |"];
  const note = (line: string) => void (lines.push(line), console.log(line));
  try {
    const codes = await readCodes(server.url);
    const bodies = [...OPERATIONS.flatMap((name) => bodiesOf(name, codes[name])), ...listNumbers().flatMap((number) => Array<string>(10).fill(bodyOf(number)))];
    const load = startLoad(embedded, bodies);
    for (let minute = 1; minute <= minutes; minute++) {
      const [before, asked, late] = [usageOf([...embedded.pids, server.pid]).cpu, load.answered, load.putOff];
      await Promise.race([wait(MINUTE_MS), load.ended]);
      const requests = load.answered - asked;
      const cpu = (usageOf([...embedded.pids, server.pid]).cpu - before) / requests;
      note(`| ${[minute, requests, load.putOff - late, brief(cpu), brief(usageOf(embedded.pids).resident / 1024 / 1024)].join(" | ")} |`);
    }
    load.end();
    await load.ended;
    if (write) writeResults("hour", [head, lines.join("\n")].join("\n\n"));
  } finally {
    await embedded.stop();
    await server.stop();
  }
}

interface Load {
  readonly answered: number;
  readonly putOff: number;
  /** Rejects at the first answer that is none. */
  readonly ended: Promise<unknown>;
  end(): void;
}

function startLoad({ pool, path }: AnsweringProcess, bodies: readonly string[]): Load {
  let next = 0;
  let goesOn = true;
  const load = { answered: 0, putOff: 0, end: () => void (goesOn = false) };
  const loop = async (): Promise<void> => {
    while (goesOn) {
      const turn = next++;
      const code = `T-${turn}`;
      const isWrite = turn % EVERY === 0;
      // A step without a common factor: no two loops ask the same for long.
      const body = isWrite ? JSON.stringify({ query: MUTATION, variables: { code } }) : bodies[(turn * 7_919) % bodies.length]!;
      const answer = await post(pool, path, body);
      if (PASSING.some((passing) => answer.includes(passing))) {
        load.putOff++;
        continue;
      }
      const data = dataOf(answer).toString();
      if (isWrite && data !== `{"createTeam":{"team":{"code":"${code}","version":1},"problems":[]}}`) throw new Error(`Not written: ${data}`);
      load.answered++;
    }
  };
  return Object.assign(load, { ended: Promise.all(Array.from({ length: CONNECTIONS }, loop)) });
}
