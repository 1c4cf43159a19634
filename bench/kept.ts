/**
 * `npm run bench -- kept [--scale N]`, after `npm run build`: what it costs to give a kept answer (RESPONSE_CACHE) beside reading it, and what asking whether anything
 * was written adds where it is read after all. Embedded processes, asked in turn.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Cost, brief, measureCost, middle } from "./costs.js";
import { questionsOf, startEmbedded } from "./embedded.js";
import { type Question, ask } from "./peers/load.js";
import { OPERATIONS, readCodes } from "./questions.js";
import { describeMachine, writeResults } from "./results.js";
import { type BenchOptions, startServer } from "./worlds.js";

const ROUNDS = 5;
const CONNECTIONS = 16;
const ROUND_MS = 2_000;
/** So many different questions that none is still kept when its turn comes again, where 1 MB may be. */
const DIFFERENT = 4_000;

export async function benchKept({ scale, rounds = ROUNDS, write }: BenchOptions): Promise<void> {
  const head = describeMachine();
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-bench-"));
  const documents = path.join(folder, "documents.json");
  const textOf = (name: string) => readFileSync(path.join(import.meta.dirname, "operations", `${name}.graphql`), "utf8");
  writeFileSync(documents, JSON.stringify(Object.fromEntries(OPERATIONS.map((name) => [name, textOf(name)]))));
  const server = await startServer({ scale });
  const start = (megabytes: string) => startEmbedded(server, { environment: { TRUSTED_DOCUMENTS_FILE: documents, RESPONSE_CACHE: megabytes } });
  const processes = [await start("0"), await start("64"), await start("1")];
  const lines = ["| | CPU ms, read | kept, given | ratio | kept, but read | ratio |", "| --- | --- | --- | --- | --- | --- |"];
  try {
    const codes = await readCodes(server.url);
    for (const name of OPERATIONS) {
      const questions = await questionsOf(processes[0]!, name, codes[name]);
      const asked = [questions, questions, vary(questions)];
      for (const [i, { pool, path: at }] of processes.entries()) await ask(pool, at, asked[i]!, CONNECTIONS, { milliseconds: 4 * ROUND_MS });
      const costs: Cost[][] = processes.map(() => []);
      for (let round = 0; round < rounds; round++)
        for (const [i, process] of processes.entries())
          costs[i]!.push(await measureCost(process, process.pool, asked[i]!, { connections: CONNECTIONS, milliseconds: ROUND_MS }));
      const [read, given, anew] = costs.map((each) => middle(each.map(({ cpu }) => cpu))) as [number, number, number];
      lines.push(`| ${[name, brief(read), brief(given), (given / read).toFixed(2), brief(anew), (anew / read).toFixed(2)].join(" | ")} |`);
      console.log(lines.at(-1));
    }
    if (write) writeResults("kept", [`${head} ${rounds} rounds, medians.`, lines.join("\n")].join("\n\n"));
  } finally {
    for (const process of processes) await process.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The same questions, each with a variable that nothing asks for: to what keeps answers they are others. */
function vary(questions: readonly Question[]): Question[] {
  return Array.from({ length: DIFFERENT }, (_, i) => {
    const { body, expected } = questions[i % questions.length]!;
    const asked = JSON.parse(body) as { variables: object };
    return { body: JSON.stringify({ ...asked, variables: { ...asked.variables, turn: i } }), expected };
  });
}
