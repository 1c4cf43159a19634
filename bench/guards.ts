/**
 * `npm run bench -- guards [--scale N]`, after `npm run build`: what all guards cost together. The embedded process beside the same program with stand-ins in their place
 * (peers/unguarded), asked in turn. Both are started several times: what the engine makes of one start differs from the next by as much as guards cost. It is
 * asked as a relationship manager, whose rights have to be looked at.
 */
import path from "node:path";
import { type Cost, brief, measureCost, middle } from "./costs.js";
import { questionsOf, startEmbedded } from "./embedded.js";
import { ask } from "./peers/load.js";
import { OPERATIONS, type OperationName, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import { type BenchOptions, type Server, startServer } from "./worlds.js";

const STARTS = 4;
/** Of each start. */
const ROUNDS = 4;
const CONNECTIONS = 16;
const ROUND_MS = 2_000;
const load = { connections: CONNECTIONS, milliseconds: ROUND_MS, headers: { "x-persona": "relationship manager" } };

/** What was measured of both, one after the other. */
interface Pair {
  readonly with: Cost;
  readonly without: Cost;
}

export async function benchGuards({ scale, rounds = ROUNDS, write }: BenchOptions): Promise<void> {
  const head = describeMachine();
  const server = await startServer({ scale });
  const pairs: Record<OperationName, Pair[]> = { Q1: [], Q2: [], Q3: [], Q4: [] };
  try {
    const codes = await readCodes(server.url);
    for (let start = 0; start < STARTS; start++) await measureStart(server, codes, rounds, pairs);
  } finally {
    await server.stop();
  }
  const lines = ["| | CPU ms without | with | ratio of CPU | requests/s without | with | ratio of throughput |", "| --- | --- | --- | --- | --- | --- | --- |"];
  for (const name of OPERATIONS) {
    const of = (pick: (pair: Pair) => number) => middle(pairs[name].map(pick));
    const cells = [
      brief(of((pair) => pair.without.cpu)),
      brief(of((pair) => pair.with.cpu)),
      of((pair) => pair.with.cpu / pair.without.cpu).toFixed(3),
      brief(of((pair) => pair.without.perSecond)),
      brief(of((pair) => pair.with.perSecond)),
      of((pair) => pair.with.perSecond / pair.without.perSecond).toFixed(3),
    ];
    lines.push(`| ${[name, ...cells].join(" | ")} |`);
    console.log(lines.at(-1));
  }
  if (write)
    writeResults("guards", [head + ` ${STARTS} starts of ${rounds} rounds, medians; ratios are the medians of each round's.`, lines.join("\n")].join("\n\n"));
}

async function measureStart(server: Server, codes: Awaited<ReturnType<typeof readCodes>>, rounds: number, pairs: Record<OperationName, Pair[]>): Promise<void> {
  const guarded = await startEmbedded(server);
  const unguarded = await startEmbedded(server, { node: ["--import", path.join(import.meta.dirname, "peers/unguarded.mjs")] });
  try {
    for (const name of OPERATIONS) {
      const questions = await questionsOf(guarded, name, codes[name]);
      for (const each of [guarded, unguarded]) await ask(each.pool, each.path, questions, CONNECTIONS, { milliseconds: 3 * ROUND_MS }, load.headers);
      for (let round = 0; round < rounds; round++) {
        // Whoever comes second finds warmer caches: each is first as often as the other.
        const order = round % 2 === 0 ? [guarded, unguarded] : [unguarded, guarded];
        const [first, second] = [await measureCost(order[0]!, order[0]!.pool, questions, load), await measureCost(order[1]!, order[1]!.pool, questions, load)];
        pairs[name].push(round % 2 === 0 ? { with: first, without: second } : { with: second, without: first });
      }
    }
  } finally {
    await unguarded.stop();
    await guarded.stop();
  }
}
