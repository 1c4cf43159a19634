/** `npm run bench -- heavy [--scale N] [--mariadb]`: how long the heaviest operations that limits allow hold the event loop, and what it is to ask something innocent meanwhile. */
import { readSettings } from "../gateway/config.js";
import { startGateway } from "../gateway/server.js";
import { followFile } from "../gateway/supergraph.js";
import { Siege, type Write } from "./sieges.js";
import { openScaled } from "./worlds.js";

const fifty = (field: (name: string) => string): Write => {
  const names = Array.from({ length: 50 }, (_, j) => j);
  return (i) => `{ ${names.map((j) => field(`a${i}_${j}`)).join(" ")} }`;
};
const YEAR = 'period: { from: "2026-01-01", to: "2026-12-31" }';

/** Operations that are answered, none like the other, by what they ask for. */
const HEAVY: readonly (readonly [name: string, write: Write])[] = [
  ["10,000 changes", (i) => `{ ${Array.from({ length: 10 }, (_, j) => `a${i}_${j}: changes(first: 1000) { nodes { seq at by type id operation fields { field from to } } }`).join(" ")} }`], // prettier-ignore
  ["histories of 1,000 agreements", (i) => `{ a${i}: agreements(first: 1000) { nodes { id code history(first: 20) { nodes { at by operation fields { field from to } } } } } }`], // prettier-ignore
  ["agreements of 1,000 customers", (i) => `{ a${i}: customers(first: 1000) { nodes { id code name agreements(first: 50) { nodes { id code title obligations(first: 20) { nodes { id } } targets { id metric } } } } } }`], // prettier-ignore
  ["verdicts on 1,000 customers", (i) => `{ a${i}: customers(first: 1000) { nodes { id freshness { verdict } completeness { verdict } agreementCoverage { verdict } needResponsiveness { verdict } effort { verdict } keyPersons { verdict } health { verdict } } } }`], // prettier-ignore
  [
    "verdicts on 100 customers, fifty times",
    fifty((name) => `${name}: customers(first: 100) { nodes { id freshness { verdict } completeness { verdict } health { verdict } } }`),
  ],
  ["impact of 1,000 applications", (i) => `{ a${i}: applications(first: 1000) { nodes { id impact(change: OUTAGE) { complete } } } }`],
  ["impact of 100 applications, all it says", (i) => `{ a${i}: applications(first: 100) { nodes { id impact(change: OUTAGE) { counts { type count } customers { customer { id } call { id } } nodes { nodes { node { id } criticality } } unknown { missing } roles { role } } } } }`], // prettier-ignore
  ["comparisons of 500 customers", (i) => `{ a${i}: customers(first: 500) { nodes { id diff(from: "2026-01-01T00:00:00Z") { unchanged records { type change } } } } }`], // prettier-ignore
  ["all signals, ten times", (i) => `{ ${Array.from({ length: 10 }, (_, j) => `a${i}_${j}: signals(first: ${100 + j}) { totalCount byKind { kind count } nodes { key } }`).join(" ")} }`], // prettier-ignore
  ["spend and value of 1,000 services", (i) => `{ a${i}: services(first: 1000) { nodes { id name spend(${YEAR}) { kind } valueBySegment(${YEAR}) { segment customers } keyPersons { verdict } customers(first: 100) { nodes { id name } } projects(first: 50) { nodes { id name } } applications(first: 50) { nodes { id name } } } } }`], // prettier-ignore
  ["links of 1,000 people", (i) => `{ a${i}: people(first: 1000) { nodes { id name teams(first: 50) { nodes { id name } } applicationRoles(first: 50) { nodes { id } } managesProjects(first: 50) { nodes { id name risks(first: 20) { nodes { id } } } } ownsServices(first: 50) { nodes { id name dependsOn(first: 20) { nodes { id } } supports(first: 20) { nodes { id } } } } } } }`], // prettier-ignore
  ["links of 1,000 applications", (i) => `{ a${i}: applications(first: 1000) { nodes { id code name functions(first: 50) { nodes { id } } services(first: 50) { nodes { id name agreements(first: 20) { nodes { id code title customers(first: 20) { nodes { id name } } } } } } outgoingInterfaces(first: 50) { nodes { id } } } } }`], // prettier-ignore
  ["1,000 services, fifty times", fifty((name) => `${name}: services(first: 1000) { nodes { id code name utility warranty kind status } }`)],
];

/** Asks each alone, and for a while beside innocent requests, of all portfolios in this process. */
export async function benchHeavy(scale: number): Promise<void> {
  await openScaled(scale, async ({ reach }) => {
    const settings = readSettings({ PORT: "0", POINTS: "off" });
    const gateway = await startGateway({ settings, supergraph: followFile("schema/supergraph.graphql"), reach, log: () => undefined });
    const siege = new Siege(gateway.url);
    await siege.begin();
    for (const [name, write] of HEAVY) await siege.tellAlone(name, write);
    await siege.tellBeside("nobody attacks", null);
    for (const [name, write] of HEAVY) await siege.tellBeside(name, write);
    await gateway.stop();
  });
}
