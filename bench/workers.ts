/** What a second worker brings: requests a second and CPU of embedded starts with one worker and with two, asked in turn; `npm run bench -- workers --mariadb`, after `npm run build`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { ask, connect, dataOf, post } from "./peers/load.js";
import { freePort, startProcess, stopProcess, usageOf } from "./peers/processes.js";
import { median, openScaled } from "./worlds.js";

const ROUNDS = 5;
const ROUND_MS = 3_000;
const CONNECTIONS = 16;
const root = path.join(import.meta.dirname, "..");
const body = JSON.stringify({ query: readFileSync(path.join(root, "bench/operations/Q4.graphql"), "utf8"), variables: { code: "" } });

/** Measures on a generated world of that scale, on the server of DATABASE_URL. */
export async function benchWorkers(scale: number): Promise<void> {
  if (!process.env["DATABASE_URL"]) throw new Error("workers need a server: add --mariadb, or name one by DATABASE_URL");
  await openScaled(scale, async () => undefined);
  const shapes = [];
  for (const count of [1, 2]) {
    const port = await freePort();
    const child = await startProcess(process.execPath, [path.join(root, "dist/start/embedded.js"), "--workers", String(count)], port, { PORT: String(port) });
    shapes.push({ count, child, pool: connect(`http://127.0.0.1:${port}`, CONNECTIONS), rates: [] as number[], costs: [] as number[] });
  }
  const expected = dataOf(await post(shapes[0]!.pool, "/graphql", body));
  for (let round = 0; round <= ROUNDS; round++)
    for (const { child, pool, rates, costs } of shapes) {
      const before = usageOf([child.pid!]).cpu;
      const began = performance.now();
      const { requests } = await ask(pool, "/graphql", [{ body, expected }], CONNECTIONS, { milliseconds: ROUND_MS });
      // The first round warms up.
      if (round === 0) continue;
      rates.push((requests / (performance.now() - began)) * 1_000);
      costs.push((usageOf([child.pid!]).cpu - before) / requests);
    }
  for (const { count, child, pool, rates, costs } of shapes) {
    const rate = await median(ROUNDS, () => Promise.resolve(rates.pop()!));
    const cost = await median(ROUNDS, () => Promise.resolve(costs.pop()!));
    console.log(`${count} worker${count > 1 ? "s" : ""}: ${rate} requests a second, ${cost} ms of CPU each, the database's not counted`);
    await pool.close();
    await stopProcess(child);
  }
}
