/**
 * `npm run bench -- insight [--scale N]`: how long insight takes to read everything anew, until a change is seen, and to answer filters
 * across portfolios. On SQLite, or on the server of DATABASE_URL, whose databases must be empty.
 */
import type { Portfolios } from "../start/portfolios.js";
import { CALL, ask, median, openScaled, time, timeCpu } from "./worlds.js";

const KEY_CUSTOMERS_AT_RISK = `{ findCustomers(first: 20, where: {
  segment: { eq: KEY }
  serviceDependencies: { some: { criticality: { eq: MISSION_CRITICAL }, service: {
    applications: { some: { lifecycle: { in: [PHASE_OUT, END_OF_LIFE] } } }
    projects: { none: { status: { in: [PLANNED, UNDERWAY] } } }
  } } }
}) { totalCount nodes { id } } }`;
const SPEND = `{ groupAgreements(by: [{ link: services }, { field: kind }], measures: [{ function: SUM, field: value }], first: 20) { totalGroups groups { count measures { value currency } } } }`;
const VERDICT = "{ verdict value missing inputs { name value record { id } } }";
const PERIOD = '{ from: "2026-01-01", to: "2026-12-31" }';
/** Verdicts on a page of 50 records, one kind at a time. */
const VERDICTS: readonly string[] = [
  ...["health", "agreementCoverage", "needResponsiveness", "effort", "keyPersons", "freshness", "completeness"].map((name) => `Customers ${name} ${VERDICT}`),
  `Customers obligationBalance { provider ${VERDICT} customer ${VERDICT} }`,
  `Customers values(period: ${PERIOD}) ${VERDICT}`,
  ...["keyPersons", "supplierConcentration", "freshness", "completeness"].map((name) => `Services ${name} ${VERDICT}`),
  `Services spend(period: ${PERIOD}) { kind amount { amount currency } }`,
  `Services valueBySegment(period: ${PERIOD}) { segment value counts { verdict count } }`,
];
/** Verdicts on all records there are. */
const LISTS: Readonly<Record<string, string>> = {
  "the worst relationships": `{ verdicts(kind: RELATIONSHIP_HEALTH, first: 50) { counts { verdict count } nodes ${VERDICT} } }`,
  "the weight of suppliers": `{ verdicts(kind: SUPPLIER_WEIGHT, first: 50) { counts { verdict count } nodes ${VERDICT} } }`,
  "the worst value": `{ valueVerdicts(period: ${PERIOD}, first: 50) { counts { verdict count } nodes ${VERDICT} } }`,
  "records to trust": "{ recordQuality(first: 50) { totalCount byOwner { records } byType { records } } }",
};

export async function benchInsight(scale: number): Promise<void> {
  await openScaled(scale, async (portfolios) => {
    const { follower } = portfolios.insight;
    const ms = await time(() => follower.rebuild(CALL));
    const entries = (await follower.catchUp(CALL)).reduce((sum, { seq }) => sum + seq, 0);
    console.log(`rebuild of ${entries} entries: ${(ms / 1000).toFixed(1)} s`);
    console.log(`a change is acknowledged and seen: ${await median(21, () => untilSeen(portfolios))} ms`);
    for (const [name, query] of Object.entries({ "key customers at risk": KEY_CUSTOMERS_AT_RISK, "value by service and kind": SPEND }))
      await report(portfolios, name, query);
    for (const each of VERDICTS) {
      const [plural, field] = each.split(" ", 2) as [string, string];
      const query = `{ find${plural}(first: 50) { nodes { ${each.slice(plural.length)} } } }`;
      await report(portfolios, `${field.replace(/\(.*/, "")} of 50 ${plural.toLowerCase()}`, query);
    }
    for (const [name, query] of Object.entries(LISTS)) await report(portfolios, name, query);
  });
}

/** Prints how long a question takes, how much of it is this process's work, and how many statements it sends. */
async function report(portfolios: Portfolios, name: string, query: string): Promise<void> {
  const act = () => ask(portfolios, "insight", query);
  const [elapsed, cpu] = [await median(11, () => time(act)), await median(5, () => timeCpu(act))];
  const { database } = portfolios.insight.store;
  let statements = 0;
  database.onStatement = () => void statements++;
  await act();
  database.onStatement = null;
  console.log(`${name}: ${elapsed} ms, ${cpu} ms of CPU, ${statements} statements`);
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
