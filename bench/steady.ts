/**
 * `npm run bench -- steady [--scale N]`, after `npm run build`: how long answers take at 70 % of the most that the embedded process answers, and beside it the
 * server by hand at 70 % of its own most. Questions come at even intervals, whether or not those before are answered, and their time counts from when they were due. Who asks shares the machine.
 */
import { brief, measureCost, middle, quantile } from "./costs.js";
import { type AnsweringProcess, questionsOf, startEmbedded, startFloor } from "./embedded.js";
import { type Question, ask, askSteadily } from "./peers/load.js";
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
  const connections = 256;
  const embedded = await startEmbedded(server, { connections });
  const floor = await startFloor(server, { connections });
  const columns = ["", "most requests/s", "at 70 %, p50 ms", "p99 ms", "p99 / p50", "by hand, most requests/s", "p50 ms", "p99 ms", "p99 / p50"];
  const lines = [`|${columns.map((column) => ` ${column} |`).join("")}`, `|${" --- |".repeat(columns.length)}`];
  try {
    const codes = await readCodes(server.url);
    for (const name of OPERATIONS) {
      const questions = await questionsOf(embedded, name, codes[name]);
      const seen = [embedded, floor].map((each) => ({ each, peaks: [] as number[], p50s: [] as number[], p99s: [] as number[] }));
      for (const { each } of seen) await ask(each.pool, each.path, questions, CONNECTIONS, { milliseconds: 2 * ROUND_MS });
      for (let round = 0; round < rounds; round++)
        for (const { each, peaks, p50s, p99s } of seen) {
          const { peak, times } = await measureWaiting(each, questions);
          peaks.push(peak);
          p50s.push(quantile(times, 0.5));
          p99s.push(quantile(times, 0.99));
        }
      const cells = seen.flatMap(({ peaks, p50s, p99s }) => {
        const [p50, p99] = [middle(p50s), middle(p99s)];
        return [brief(middle(peaks)), brief(p50), brief(p99), (p99 / p50).toFixed(2)];
      });
      lines.push(`| ${[name, ...cells].join(" | ")} |`);
      console.log(lines.at(-1));
    }
    if (write) writeResults("steady", [`${head} ${rounds} rounds, medians.`, lines.join("\n")].join("\n\n"));
  } finally {
    await floor.stop();
    await embedded.stop();
    await server.stop();
  }
}

/** The most it answers a second, and how long its answers take at 70 % of that, in milliseconds, sorted. */
async function measureWaiting(
  answering: AnsweringProcess,
  questions: readonly Question[],
): Promise<{ readonly peak: number; readonly times: readonly number[] }> {
  const { pool, path } = answering;
  const { perSecond: peak } = await measureCost(answering, pool, questions, { connections: CONNECTIONS, milliseconds: ROUND_MS });
  const { times } = await askSteadily(pool, path, questions, { perSecond: SHARE * peak, milliseconds: 2 * ROUND_MS });
  return { peak, times };
}
