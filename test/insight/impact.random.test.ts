/** Impacts in random worlds with cycles, compared with a walker that is slow and sure. */
import { describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { Random } from "../support/random.js";
import { NaiveImpact, type Rows } from "./impact.naive.js";
import { ImpactWorld, NODES, STARTS, type Values, shown } from "./impact.world.js";

const seed = Number(process.env["SEED"] ?? 20261127);
const WORLDS = process.env["LONG"] ? 20 : 1;
const DAYS = ["2025-07-01", "2026-01-15", "2026-06-15"];

describe.each(databaseKinds)("impact in random worlds on %s", (kind) => {
  test.each(Array.from({ length: WORLDS }, (_, i) => seed + i))(
    "of seed %i: the same records, as far and as critical, by links that there are",
    async (each) => {
      const world = await ImpactWorld.open(kind);
      const rows = await populate(world, new Random(each));
      for (const on of DAYS) {
        const naive = new NaiveImpact(rows, on);
        for (const [type, changes] of Object.entries(STARTS))
          for (const { id } of rows[type]!) {
            const answers = await world.ask(id, changes, on, `complete ${NODES}`);
            for (const change of changes) {
              const nodes = shown(answers[change]);
              const found = nodes.map(({ id: to, criticality, shortest, mostCritical }) => [
                to,
                { shortest: shortest.length, criticality, mostCritical: mostCritical.length },
              ]);
              const asked = { each, on, id, change };
              expect({ ...asked, complete: answers[change].complete, found: sorted(found) }).toEqual({
                ...asked,
                complete: true,
                found: sorted([...naive.from(id, change)]),
              });
              for (const { id: to, shortest, mostCritical } of nodes)
                for (const path of [shortest, mostCritical]) {
                  expect([path[0]!.from, ...path.map((hop) => hop.to)]).toEqual([id, ...path.slice(1).map((hop) => hop.from), to]);
                  for (const hop of path) expect({ ...asked, hop, is: naive.hasEdge(hop.from, hop.to, hop.link) }).toEqual({ ...asked, hop, is: true });
                }
            }
          }
      }
      await world.close();
    },
    600_000,
  );
});

const sorted = (found: unknown[]): unknown[] => found.sort((a, b) => ((a as string[])[0]! < (b as string[])[0]! ? -1 : 1));

/** Makes records with random links, services and units in cycles, and answers them as rows. */
async function populate(world: ImpactWorld, random: Random): Promise<Rows> {
  const rows: Record<string, (Values & { id: string })[]> = {};
  const add = async (type: string, count: number, values: () => Values): Promise<void> => {
    const known = (rows[type] ??= []);
    for (let i = 0; i < count; i++) {
      const own = values();
      known.push({ id: await world.make(type, own), ...own });
    }
  };
  const one = (type: string): string => random.pick(rows[type]!).id;
  const maybe = <T>(make: () => T): T | null => (random.chance(0.5) ? make() : null);
  const some = (type: string, most: number): string[] => [...new Set(Array.from({ length: random.between(0, most) }, () => one(type)))];
  const level = () => random.pick(["MISSION_CRITICAL", "BUSINESS_CRITICAL", "BUSINESS_OPERATIONAL", "ADMINISTRATIVE"]);
  const validity = () => random.pick([{}, { validTo: "2026-01-15" }, { validFrom: "2026-01-16" }, { validFrom: "2025-07-01", validTo: "2026-06-15" }]);

  await add("Person", 4, () => ({}));
  await add("Team", 2, () => ({}));
  await add("Supplier", 2, () => ({}));
  await add("Customer", 5, () => ({ lifecycle: random.pick(["ACTIVE", "ACTIVE", "FORMER"]) }));
  await add("CustomerUnit", 4, () => ({
    customerId: rows["Customer"]![0]!.id,
    parentId: rows["CustomerUnit"]!.length > 0 ? maybe(() => one("CustomerUnit")) : null,
  }));
  await add("Service", 8, () => ({
    status: random.pick(["OPERATIONAL", "OPERATIONAL", "OPERATIONAL", "RETIRED"]),
    retiredReason: "Old.",
    ownerId: maybe(() => one("Person")),
    dependsOnIds: [],
  }));
  for (const row of rows["Service"]!) {
    row["dependsOnIds"] = some("Service", 2).filter((id) => id !== row.id);
    await world.world.change("Service", row.id, { dependsOnIds: row["dependsOnIds"] });
  }
  const party = (type: string, side: string) => ({ partyId: one(type), side, signatoryId: null });
  await add("Agreement", 8, () => {
    const isOurs = random.chance(0.5);
    return {
      kind: isOurs ? random.pick(["OLA", "UNDERPINNING_CONTRACT"]) : random.pick(["MOU", "SERVICE_CONTRACT"]),
      state: random.pick(["ACTIVE", "ACTIVE", "UNDER_REVIEW", "EXPIRED"]),
      startOn: random.pick(["2025-01-01", "2026-01-16"]),
      endOn: random.pick([null, "2026-02-01"]),
      renewal: random.pick(["TACIT", "NONE"]),
      serviceIds: [...new Set([one("Service"), one("Service")])],
      parties: isOurs ? [party("Supplier", "SUPPLIER"), party("Team", "CUSTOMER")] : [party("Customer", "CUSTOMER"), party("Team", "PROVIDER")],
    };
  });
  await add("ServiceLevelTarget", 5, () => ({ agreementId: one("Agreement"), serviceId: maybe(() => one("Service")) }));
  await add("Obligation", 4, () => ({
    agreementId: one("Agreement"),
    obligor: random.pick(["PROVIDER", "CUSTOMER"]),
    state: "PENDING",
    dueOn: maybe(() => "2026-12-31"),
  }));
  const joined = new Set<string>();
  for (let i = 0; i < 6; i++) {
    const [upperId, lowerId] = [one("Agreement"), one("Agreement")];
    if (upperId === lowerId || joined.has(`${upperId} ${lowerId}`)) continue;
    joined.add(`${upperId} ${lowerId}`);
    await add("Underpinning", 1, () => ({ upperId, lowerId }));
  }
  await add("Application", 5, () => ({ criticality: maybe(level), contractId: maybe(() => one("Agreement")) }));
  await add("ApplicationFunction", 6, () => ({ applicationId: one("Application"), supportIds: some("Service", 2) }));
  for (let i = 0; i < 4; i++) {
    const [sourceId, targetId] = [one("Application"), one("Application")];
    if (sourceId !== targetId) await add("ApplicationInterface", 1, () => ({ sourceId, targetId }));
  }
  await add("ApplicationRole", 8, () => ({
    applicationId: one("Application"),
    holderId: random.chance(0.7) ? one("Person") : one("Team"),
    role: random.pick(["DEVELOPER", "SUPPORTER"]),
    ...validity(),
  }));
  await add("Stakeholder", 5, () => ({ customerId: one("Customer"), personId: one("Person"), serviceId: maybe(() => one("Service")), ...validity() }));
  for (const { id: customerId } of rows["Customer"]!.slice(0, 3)) await add("Relationship", 1, () => ({ customerId, managerId: maybe(() => one("Person")) }));
  const ofUnit = () =>
    random.chance(0.5) ? { customerId: rows["Customer"]![0]!.id, unitId: one("CustomerUnit") } : { customerId: one("Customer"), unitId: null };
  await add("ServiceDependency", 10, () => ({ ...ofUnit(), serviceId: one("Service"), criticality: level(), ...validity() }));
  await add("ServiceUsage", 6, () => ({
    ...ofUnit(),
    serviceId: one("Service"),
    ...random.pick([
      { periodFrom: "2024-01-01", periodTo: "2024-06-30" },
      { periodFrom: "2025-01-01", periodTo: "2025-06-30" },
      { periodFrom: "2026-01-01", periodTo: "2026-03-31" },
    ]),
  }));
  await add("Project", 4, () => ({ status: random.pick(["UNDERWAY", "UNDERWAY", "COMPLETED"]), managerId: maybe(() => one("Person")) }));
  await add("Deliverable", 6, () => ({
    projectId: one("Project"),
    serviceId: one("Service"),
    customerIds: some("Customer", 2),
    applications: some("Application", 1).map((applicationId) => ({ applicationId, effect: "CHANGES" })),
    state: random.pick(["OPEN", "OPEN", "DROPPED"]),
  }));
  const [first, second, third] = rows["Project"]!.map(({ id }) => id);
  for (const [projectId, dependsOnId] of [
    [second, first],
    [third, second],
  ])
    await add("ProjectDependency", 1, () => ({ projectId, dependsOnId }));
  return rows;
}
