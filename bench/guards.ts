/**
 * `npm run bench -- guards [--scale N]`, after `npm run build`: what all guards cost together. The embedded process beside the same program with stand-ins in their place
 * (peers/unguarded), asked in turn, many rounds, since the difference is small. It is asked as a relationship manager, whose rights have to be looked at.
 */
import path from "node:path";
import { brief, measureCost, middle } from "./costs.js";
import { questionsOf, startEmbedded } from "./embedded.js";
import { ask } from "./peers/load.js";
import { OPERATIONS, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import type { BenchOptions } from "./worlds.js";
import { startServer } from "./worlds.js";

const ROUNDS = 11;
const CONNECTIONS = 16;
const ROUND_MS = 2_000;
const headers = { "x-persona": "relationship manager" };

export async function benchGuards({ scale, rounds = ROUNDS, write }: BenchOptions): Promise<void> {
  const head = describeMachine();
  const server = await startServer({ scale });
  const guarded = await startEmbedded(server);
  const unguarded = await startEmbedded(server, { node: ["--import", path.join(import.meta.dirname, "peers/unguarded.mjs")] });
  const lines = ["| | CPU ms without | with | ratio of CPU | requests/s without | with | ratio of throughput |", "| --- | --- | --- | --- | --- | --- | --- |"];
  try {
    const codes = await readCodes(server.url);
    for (const name of OPERATIONS) {
      const questions = await questionsOf(guarded, name, codes[name]);
      const load = { connections: CONNECTIONS, milliseconds: ROUND_MS, headers };
      for (const each of [guarded, unguarded]) await ask(each.pool, each.path, questions, CONNECTIONS, { milliseconds: 5 * ROUND_MS }, headers);
      const pairs: { with: Awaited<ReturnType<typeof measureCost>>; without: Awaited<ReturnType<typeof measureCost>> }[] = [];
      for (let round = 0; round < rounds; round++) {
        // Whoever comes second finds warmer caches: each is first as often as the other.
        const order = round % 2 === 0 ? [guarded, unguarded] : [unguarded, guarded];
        const [first, second] = [await measureCost(order[0]!, order[0]!.pool, questions, load), await measureCost(order[1]!, order[1]!.pool, questions, load)];
        pairs.push(round % 2 === 0 ? { with: first, without: second } : { with: second, without: first });
      }
      const of = (pick: (pair: (typeof pairs)[number]) => number) => middle(pairs.map(pick));
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
    if (write) writeResults("guards", [head + ` ${rounds} rounds, medians; ratios are the medians of each round's.`, lines.join("\n")].join("\n\n"));
  } finally {
    await unguarded.stop();
    await guarded.stop();
    await server.stop();
  }
}
