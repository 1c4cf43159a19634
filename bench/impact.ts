/** `npm run bench -- impact [--scale N]`: what retiring the most connected service reaches, with its paths, and an ordinary one. */
import { CALL, ask, median, openScaled, time, timeCpu } from "./worlds.js";

const QUERY = `query ($id: ID!, $change: ImpactChange!) { impact(of: $id, change: $change) {
  complete counts { type count } customers { customer { id } call { id } agreements { id } }
  nodes(first: 1000) { totalCount nodes { type criticality shortestPath { link why } mostCriticalPath { link } } }
} }`;

const UNKNOWN = `query ($id: ID!, $change: ImpactChange!) { impact(of: $id, change: $change) { unknown(first: 100) { missing of { id } } } }`;

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
      const { impact } = await ask<{ impact: { complete: boolean; counts: { type: string; count: number }[] } }>(portfolios, "insight", QUERY, variables);
      const read = () => ask(portfolios, "insight", QUERY, variables);
      const found = impact.counts.map(({ type, count }) => `${count} ${type}`).join(", ");
      console.log(
        `${name}: ${found}${impact.complete ? "" : ", bounded"}: ${await median(11, () => time(read))} ms, of them ${await median(11, () => timeCpu(read))} ms of CPU here`,
      );
    }
    const unknown = () => ask(portfolios, "insight", UNKNOWN, { id: starts["the service most others depend on"], change: "RETIRE" });
    console.log(`what nobody can say of the first: ${await median(5, () => time(unknown))} ms`);
  });
}
