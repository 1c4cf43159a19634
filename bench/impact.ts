/** `npm run bench -- impact [--scale N]`: what retiring the most connected service reaches, with its paths, and an ordinary one. */
import { CALL, ask, median, openScaled, time } from "./worlds.js";

const QUERY = `query ($id: ID!, $change: ImpactChange!) { impact(of: $id, change: $change) {
  complete counts { type count } customers { customer { id } call { id } agreements { id } }
  nodes(first: 1000) { totalCount nodes { type criticality shortestPath { link why } mostCriticalPath { link } } }
} }`;

export async function benchImpact(scale: number): Promise<void> {
  await openScaled(scale, async (portfolios) => {
    const { follower, store } = portfolios.insight;
    await follower.catchUp(CALL, 600_000);
    const rows = await store.database.read(
      "SELECT `serviceId`, COUNT(*) FROM `service_dependency` GROUP BY `serviceId` ORDER BY COUNT(*) DESC, `serviceId`",
      [],
    );
    const supported = await store.database.read("SELECT `toId`, COUNT(*) FROM `service_depends_on` GROUP BY `toId` ORDER BY COUNT(*) DESC, `toId`", []);
    const starts = {
      "the service most others depend on": supported[0]![0],
      "the service most customers depend on": rows[0]![0],
      "an ordinary service": rows[Math.floor(rows.length / 2)]![0],
    };
    for (const [name, id] of Object.entries(starts)) {
      const variables = { id, change: "RETIRE" };
      const { impact } = await ask<{ impact: { complete: boolean; nodes: { totalCount: number }; customers: unknown[] } }>(
        portfolios,
        "insight",
        QUERY,
        variables,
      );
      const ms = await median(11, () => time(() => ask(portfolios, "insight", QUERY, variables)));
      console.log(`${name}: ${impact.nodes.totalCount} records, ${impact.customers.length} customers${impact.complete ? "" : ", bounded"}: ${ms} ms`);
    }
  });
}
