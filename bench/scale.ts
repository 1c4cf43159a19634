/**
 * `npm run bench -- scale [--scale 10]`, after `npm run build`: whether a page costs more where more is stored. An embedded process over a world of scale 1 beside one over
 * a larger world on the same MariaDB server, which has memory for both; Q1 to Q4 are asked of them in turn.
 */
import { brief, measureCost, middle } from "./costs.js";
import { questionsOf, startEmbedded } from "./embedded.js";
import { ask, type Question } from "./peers/load.js";
import { OPERATIONS, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import { type BenchOptions, fillDatabase, startServer } from "./worlds.js";

const ROUNDS = 5;
const CONNECTIONS = 16;
const ROUND_MS = 2_000;

export async function benchScale({ scale, rounds = ROUNDS, write }: BenchOptions): Promise<void> {
  const larger = scale === 1 ? 10 : scale;
  const server = await startServer({ scale: 1, options: ["--innodb-buffer-pool-size=4G"] });
  const url = server.url.replace("{portfolio}", "large_{portfolio}");
  await fillDatabase(url, larger);
  console.log(`Worlds of scale 1 and ${larger} are made.`);
  const head = describeMachine();
  const worlds = [await startEmbedded(server), await startEmbedded({ ...server, url })];
  const codes = [await readCodes(server.url), await readCodes(url)];
  const lines = [`| | KB at 1 | at ${larger} | CPU ms at 1 | at ${larger} | ratio | ratio of CPU by KB |`, "| --- | --- | --- | --- | --- | --- | --- |"];
  try {
    for (const name of OPERATIONS) {
      const questions: Question[][] = [];
      for (const [i, world] of worlds.entries()) questions.push(await questionsOf(world, name, codes[i]![name]));
      for (const [i, { pool, path }] of worlds.entries()) await ask(pool, path, questions[i]!, CONNECTIONS, { milliseconds: 5 * ROUND_MS });
      const costs: number[][] = [[], []];
      for (let round = 0; round < rounds; round++)
        for (const [i, world] of worlds.entries())
          costs[i]!.push((await measureCost(world, world.pool, questions[i]!, { connections: CONNECTIONS, milliseconds: ROUND_MS })).cpu);
      const [one, many] = costs.map(middle) as [number, number];
      const [small, large] = questions.map((each) => each.reduce((sum, { expected }) => sum + expected.length, 0) / each.length / 1024) as [number, number];
      const ratios = [many / one, many / large / (one / small)].map((ratio) => ratio.toFixed(2));
      lines.push(`| ${[name, brief(small), brief(large), brief(one), brief(many), ...ratios].join(" | ")} |`);
      console.log(lines.at(-1));
    }
    if (write) writeResults("scale", [`${head} ${rounds} rounds, medians.`, lines.join("\n")].join("\n\n"));
  } finally {
    for (const world of worlds) await world.stop();
    await server.stop();
  }
}
