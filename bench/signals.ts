/** `npm run bench -- signals [--scale N]`: how long signals take: all of them, each kind, those of the busiest customer and of the busiest manager. */
import { KINDS } from "../subgraphs/insight/signals/kinds.js";
import { CALL, ask, median, openScaled, time } from "./worlds.js";

export async function benchSignals(scale: number): Promise<void> {
  await openScaled(scale, async (portfolios) => {
    const { follower, store } = portfolios.insight;
    await follower.catchUp(CALL, 600_000);
    const measure = async (name: string, given: string): Promise<void> => {
      const query = `{ signals(${given} first: 20) { totalCount byKind { kind count } nodes { key why customer { id } call { id } } } }`;
      const { signals } = await ask<{ signals: { totalCount: number } }>(portfolios, "insight", query);
      console.log(`${name}: ${signals.totalCount} in ${await median(5, () => time(() => ask(portfolios, "insight", query)))} ms`);
    };
    const busiest = async (table: string, column: string): Promise<string> => {
      const sql = `SELECT \`${column}\` FROM \`${table}\` WHERE \`${column}\` IS NOT NULL GROUP BY \`${column}\` ORDER BY COUNT(*) DESC LIMIT 1`;
      return String((await store.database.read(sql, []))[0]![0]);
    };
    await measure("all", "");
    for (const kind of Object.keys(KINDS)) await measure(kind, `kinds: [${kind}]`);
    await measure("the busiest customer", `customers: ["${await busiest("service_dependency", "customerId")}"]`);
    await measure("the busiest manager", `managers: ["${await busiest("relationship", "managerId")}"]`);
  });
}
