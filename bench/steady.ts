/**
 * `npm run bench -- steady [--scale N]`, after `npm run build`: how long answers take at 70 % of the most that the embedded process answers. Questions come at even
 * intervals, whether or not those before are answered, and their time counts from when they were due. Who asks shares the machine.
 */
import { brief, measureCost, middle, quantile } from "./costs.js";
import { questionsOf, startEmbedded } from "./embedded.js";
import { ask, askSteadily } from "./peers/load.js";
import { OPERATIONS, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import { type BenchOptions, startServer } from "./worlds.js";

const ROUNDS = 3;
const CONNECTIONS = 16;
const ROUND_MS = 5_000;
const SHARE = 0.7;

export async function benchSteady({ scale, rounds = ROUNDS, write }: BenchOptions): Promise<void> {
  const head = describeMachine();
  const server = await startServer({ scale });
  // Questions that come while all connections are taken would wait in the client.
  const embedded = await startEmbedded(server, { connections: 256 });
  const lines = ["| | most requests/s | asked at 70 %, p50 ms | p99 ms | p99 / p50 |", "| --- | --- | --- | --- | --- |"];
  try {
    const codes = await readCodes(server.url);
    for (const name of OPERATIONS) {
      const questions = await questionsOf(embedded, name, codes[name]);
      await ask(embedded.pool, embedded.path, questions, CONNECTIONS, { milliseconds: 2 * ROUND_MS });
      const peaks: number[] = [];
      const p50s: number[] = [];
      const p99s: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const { perSecond } = await measureCost(embedded, embedded.pool, questions, { connections: CONNECTIONS, milliseconds: ROUND_MS });
        const { times } = await askSteadily(embedded.pool, embedded.path, questions, { perSecond: SHARE * perSecond, milliseconds: 2 * ROUND_MS });
        peaks.push(perSecond);
        p50s.push(quantile(times, 0.5));
        p99s.push(quantile(times, 0.99));
      }
      const [peak, p50, p99] = [middle(peaks), middle(p50s), middle(p99s)];
      lines.push(`| ${[name, brief(peak), brief(p50), brief(p99), (p99 / p50).toFixed(2)].join(" | ")} |`);
      console.log(lines.at(-1));
    }
    if (write) writeResults("steady", [`${head} ${rounds} rounds, medians.`, lines.join("\n")].join("\n\n"));
  } finally {
    await embedded.stop();
    await server.stop();
  }
}
