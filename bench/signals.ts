/**
 * How long signals take: `npx tsx bench/signals.ts [SCALE]` makes a generated world (scale 1: 100,000 records), lets insight
 * read it, and prints the median of five requests for all signals, for each kind, for the busiest customer and the busiest manager.
 */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { generate } from "../sample/generate.js";
import { openPortfolios } from "../start/portfolios.js";
import type { Insight } from "../subgraphs/insight/index.js";
import { KINDS } from "../subgraphs/insight/signals/kinds.js";

const call = { principal: { subject: "bench", roles: ["developer"], customers: null }, requestId: "bench" };
const ROUNDS = 5;
const directory = mkdtempSync(path.join(os.tmpdir(), "brm-bench-"));
const portfolios = await openPortfolios({ directory, url: null });
try {
  console.log(`${await generate(portfolios, { scale: Number(process.argv[2] ?? 1), seed: 1 })} records`);
  const insight = portfolios.reach("insight") as Insight;
  await insight.follower.catchUp(call, 600_000);

  const measure = async (name: string, given: string): Promise<void> => {
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      const query = `{ signals(${given} first: 20) { totalCount byKind { kind count } nodes { key why customer { id } call { id } } } }`;
      const { data, errors } = await insight.execute({ query, variables: {} }, call);
      if (errors) throw new Error(JSON.stringify(errors));
      times.push(performance.now() - began);
      found = (data as { signals: { totalCount: number } }).signals.totalCount;
    }
    const sorted = times.sort((a, b) => a - b);
    const median = sorted[Math.floor(ROUNDS / 2)]!;
    console.log(`${median.toFixed(0).padStart(6)} ms  ${name}: ${found}`);
  };
  const busiest = async (table: string, column: string): Promise<string> => {
    const sql = `SELECT \`${column}\` FROM \`${table}\` WHERE \`${column}\` IS NOT NULL GROUP BY \`${column}\` ORDER BY COUNT(*) DESC LIMIT 1`;
    const [row] = await insight.store.database.read(sql, []);
    return String(row![0]);
  };
  await measure("all", "");
  for (const kind of Object.keys(KINDS)) await measure(kind, `kinds: [${kind}],`);
  await measure("the busiest customer", `customers: ["${await busiest("service_dependency", "customerId")}"],`);
  await measure("the busiest manager", `managers: ["${await busiest("relationship", "managerId")}"],`);
} finally {
  await portfolios.close();
  rmSync(directory, { recursive: true, force: true });
}
