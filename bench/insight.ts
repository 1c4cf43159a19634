/**
 * `npm run bench -- insight [--scale N]`: how long insight takes to read everything anew, until a change is seen, and to answer filters
 * across portfolios. On SQLite, or on the server of DATABASE_URL, whose databases must be empty.
 */
import type { Portfolios } from "../start/portfolios.js";
import { CALL, ask, median, openScaled, time } from "./worlds.js";

const KEY_CUSTOMERS_AT_RISK = `{ findCustomers(first: 20, where: {
  segment: { eq: KEY }
  serviceDependencies: { some: { criticality: { eq: MISSION_CRITICAL }, service: {
    applications: { some: { lifecycle: { in: [PHASE_OUT, END_OF_LIFE] } } }
    projects: { none: { status: { in: [PLANNED, UNDERWAY] } } }
  } } }
}) { totalCount nodes { id } } }`;
const SPEND = `{ groupAgreements(by: [{ link: services }, { field: kind }], measures: [{ function: SUM, field: value }], first: 20) { totalGroups groups { count measures { value currency } } } }`;

export async function benchInsight(scale: number): Promise<void> {
  await openScaled(scale, async (portfolios) => {
    const { follower } = portfolios.insight;
    const ms = await time(() => follower.rebuild(CALL));
    const entries = (await follower.catchUp(CALL)).reduce((sum, { seq }) => sum + seq, 0);
    console.log(`rebuild of ${entries} entries: ${(ms / 1000).toFixed(1)} s`);
    console.log(`a change is acknowledged and seen: ${await median(21, () => untilSeen(portfolios))} ms`);
    for (const [name, query] of Object.entries({ "key customers at risk": KEY_CUSTOMERS_AT_RISK, "value by service and kind": SPEND }))
      console.log(`${name}: ${await median(11, () => time(() => ask(portfolios, "insight", query)))} ms`);
  });
}

let made = 0;
/** Milliseconds from a write's acknowledgement until a filter finds it. */
async function untilSeen(portfolios: Portfolios): Promise<number> {
  const code = `BENCH-${process.pid}-${made++}`;
  await ask(portfolios, "people", `mutation { createPerson(input: { code: "${code}", name: "Seen" }) { problems { code } } }`);
  return time(async () => {
    for (let seen = 0; seen === 0;) {
      const { findPeople } = await ask<{ findPeople: { totalCount: number } }>(
        portfolios,
        "insight",
        `{ findPeople(where: { code: { eq: "${code}" } }) { totalCount } }`,
      );
      seen = findPeople.totalCount;
    }
  });
}
