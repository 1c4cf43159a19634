/** Each kind of link that carries a change: what it carries and what not, how it is explained, and when it does not hold on the day. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CARRIERS } from "../../subgraphs/insight/impact/carriers.js";
import { databaseKinds } from "../support/graph.js";
import { ImpactWorld, NODES, STARTS, type Values, shown } from "./impact.world.js";

const ON = "2026-06-15";
const PAST = { validFrom: "2026-01-01", validTo: "2026-06-14" };
const AHEAD = { validFrom: "2026-06-16" };
const FIRST_DAY = { validFrom: "2026-06-15" };
const LAST_DAY = { validTo: "2026-06-15" };

/** What a link joins: two ids, and that of the record between them. */
type Ends = readonly [from: string, to: string, record: string | null];
interface Case {
  readonly link: string;
  readonly portfolio: string;
  readonly why: string;
  readonly carries: readonly string[];
  readonly criticality?: string;
  /** Makes the two records and the link. `values` are those of the record that says whether it holds. */
  readonly make: (world: ImpactWorld, values: Values) => Promise<Ends>;
  /** Values with which the link holds all the same, and with which it does not. */
  readonly holds?: readonly Values[];
  readonly near?: readonly Values[];
}

const ofAgreements = { holds: [{ endOn: "2026-06-15" }, { endOn: "2026-01-01", renewal: "TACIT" }, { state: "UNDER_REVIEW" }] };
const notInForce = [{ state: "EXPIRED" }, { state: "DRAFT" }, { startOn: "2026-06-16" }, { endOn: "2026-06-14" }];
const byValidity = { holds: [FIRST_DAY, LAST_DAY], near: [PAST, AHEAD] };
const byUsage = {
  holds: [
    { periodFrom: "2025-03-01", periodTo: "2025-06-15" },
    { periodFrom: "2026-06-15", periodTo: "2026-06-30" },
  ],
  near: [
    { periodFrom: "2025-03-01", periodTo: "2025-06-14" },
    { periodFrom: "2026-06-16", periodTo: "2026-06-30" },
  ],
};
const openOnly = {
  holds: [{ status: "PROPOSED" }, { status: "ON_HOLD" }],
  near: [{ status: "COMPLETED" }, { status: "CANCELLED" }, { state: "DROPPED" }, { state: "DONE" }],
};
const TOLD = ["RETIRE", "OUTAGE", "CHANGE"];

/** An agreement with that party; its customer's side is a team of ours where the party is on another. */
async function agreementWith(world: ImpactWorld, partyId: string, side: string, values: Values): Promise<string> {
  const parties = [{ partyId, side, signatoryId: null }];
  if (side !== "CUSTOMER") parties.push({ partyId: await world.make("Team", {}), side: "CUSTOMER", signatoryId: null });
  return world.make("Agreement", { parties, serviceIds: [await world.make("Service", {})], ...values });
}
async function agreementFor(world: ImpactWorld, whom: "customer" | "supplier", values: Values): Promise<string> {
  return whom === "customer"
    ? agreementWith(world, await world.make("Customer", {}), "CUSTOMER", values)
    : agreementWith(world, await world.make("Supplier", {}), "SUPPLIER", { kind: "UNDERPINNING_CONTRACT", ...values });
}
async function covered(world: ImpactWorld, whom: "customer" | "supplier", values: Values): Promise<Ends> {
  const service = await world.make("Service", {});
  return [service, await agreementFor(world, whom, { serviceIds: [service], ...values }), null];
}
async function targeted(world: ImpactWorld, whom: "customer" | "supplier", values: Values): Promise<Ends> {
  const [serviceId, agreementId] = await covered(world, whom, values);
  return [serviceId, await world.make("ServiceLevelTarget", { agreementId, serviceId }), agreementId];
}
async function dependency(world: ImpactWorld, of: "customer" | "unit", type: string, values: Values): Promise<Ends> {
  const { lifecycle, ...own } = values;
  const serviceId = await world.make("Service", {});
  const customerId = await world.make("Customer", lifecycle ? { lifecycle } : {});
  const unitId = of === "unit" ? await world.make("CustomerUnit", { customerId }) : null;
  const id = await world.make(type, { serviceId, customerId, unitId, ...own });
  return [serviceId, unitId ?? customerId, id];
}
const usage = (world: ImpactWorld, of: "customer" | "unit", values: Values) =>
  dependency(world, of, "ServiceUsage", { periodFrom: "2026-01-01", periodTo: "2026-03-31", ...values });
/** A deliverable of a project to a service. `values` may be the project's status or the deliverable's state. */
async function deliverable(world: ImpactWorld, { status = "UNDERWAY", ...values }: Values) {
  const [serviceId, projectId] = [await world.make("Service", {}), await world.make("Project", { status })];
  return { serviceId, projectId, id: await world.make("Deliverable", { serviceId, projectId, ...values }) };
}
async function role(world: ImpactWorld, type: "Person" | "Team", values: Values) {
  const [holderId, applicationId] = [await world.make(type, {}), await world.make("Application", { criticality: "MISSION_CRITICAL" })];
  return { holderId, applicationId, id: await world.make("ApplicationRole", { holderId, applicationId, ...values }) };
}

const CASES: readonly Case[] = [
  {
    link: "Service.supports → Service",
    portfolio: "service",
    why: "depends on it",
    carries: TOLD,
    near: [{ status: "RETIRED", retiredReason: "Old." }],
    async make(world, values) {
      const below = await world.make("Service", {});
      return [below, await world.make("Service", { dependsOnIds: [below], ...values }), null];
    },
  },
  {
    link: "Service.agreements → Agreement",
    portfolio: "agreement",
    why: "promises it to a customer and is in force that day",
    carries: [...TOLD, "DELAY"],
    ...ofAgreements,
    near: notInForce,
    make: (world, values) => covered(world, "customer", values),
  },
  {
    link: "Service.agreements → Agreement",
    portfolio: "agreement",
    why: "supplies it and is in force that day",
    carries: ["RETIRE"],
    ...ofAgreements,
    near: notInForce,
    make: (world, values) => covered(world, "supplier", values),
  },
  {
    link: "Service.targets → ServiceLevelTarget",
    portfolio: "agreement",
    why: "is promised for it to a customer that day",
    carries: [...TOLD, "DELAY"],
    ...ofAgreements,
    near: notInForce,
    make: (world, values) => targeted(world, "customer", values),
  },
  {
    link: "Service.targets → ServiceLevelTarget",
    portfolio: "agreement",
    why: "is promised for it to us that day",
    carries: ["RETIRE"],
    ...ofAgreements,
    near: notInForce,
    make: (world, values) => targeted(world, "supplier", values),
  },
  {
    link: "Service.customerDependencies → Customer",
    portfolio: "customer",
    why: "depends on it",
    carries: TOLD,
    criticality: "BUSINESS_CRITICAL",
    ...byValidity,
    make: (world, values) => dependency(world, "customer", "ServiceDependency", values),
  },
  {
    link: "Service.customerDependencies → CustomerUnit",
    portfolio: "customer",
    why: "depends on it",
    carries: TOLD,
    criticality: "BUSINESS_CRITICAL",
    ...byValidity,
    make: (world, values) => dependency(world, "unit", "ServiceDependency", values),
  },
  {
    link: "Service.usages → Customer",
    portfolio: "customer",
    why: "used it in the year before",
    carries: TOLD,
    holds: byUsage.holds,
    near: [...byUsage.near, { lifecycle: "FORMER" }],
    make: (world, values) => usage(world, "customer", values),
  },
  {
    link: "Service.usages → CustomerUnit",
    portfolio: "customer",
    why: "used it in the year before",
    carries: TOLD,
    ...byUsage,
    make: (world, values) => usage(world, "unit", values),
  },
  {
    link: "Service.projects → Project",
    portfolio: "project",
    why: "delivers to it and is not done",
    carries: TOLD,
    ...openOnly,
    async make(world, values) {
      const { serviceId, projectId, id } = await deliverable(world, values);
      return [serviceId, projectId, id];
    },
  },
  {
    link: "Service.applicationFunctions → Application",
    portfolio: "application",
    why: "delivers it by a function",
    carries: ["RETIRE"],
    async make(world) {
      const [service, applicationId] = [await world.make("Service", {}), await world.make("Application", {})];
      return [service, applicationId, await world.make("ApplicationFunction", { applicationId, supportIds: [service] })];
    },
  },
  {
    link: "Service.owner → Person",
    portfolio: "service",
    why: "owns it",
    carries: ["RETIRE"],
    async make(world) {
      const ownerId = await world.make("Person", {});
      return [await world.make("Service", { ownerId }), ownerId, null];
    },
  },
  {
    link: "Service.stakeholders → Person",
    portfolio: "customer",
    why: "has a stake in it",
    carries: ["RETIRE"],
    ...byValidity,
    async make(world, values) {
      const [serviceId, personId] = [await world.make("Service", {}), await world.make("Person", {})];
      return [serviceId, personId, await world.make("Stakeholder", { customerId: await world.make("Customer", {}), serviceId, personId, ...values })];
    },
  },
  {
    link: "Agreement.customers → Customer",
    portfolio: "agreement",
    why: "is a party of it",
    carries: ["CHANGE", "DELAY", "EXPIRE"],
    near: [{ side: "PROVIDER" }],
    async make(world, { side = "CUSTOMER" }) {
      const customer = await world.make("Customer", {});
      return [await agreementWith(world, customer, side as string, {}), customer, null];
    },
  },
  {
    link: "Agreement.obligations → Obligation",
    portfolio: "agreement",
    why: "is promised in it by a day and not met yet",
    carries: ["DELAY"],
    near: [{ obligor: "CUSTOMER" }, { state: "MET", metOn: "2026-01-01" }, { dueOn: null }],
    async make(world, values) {
      const agreementId = await agreementFor(world, "customer", {});
      return [agreementId, await world.make("Obligation", { agreementId, ...values }), null];
    },
  },
  {
    link: "Agreement.underpins → Agreement",
    portfolio: "agreement",
    why: "stands on it",
    carries: ["EXPIRE"],
    ...ofAgreements,
    near: notInForce,
    async make(world, values) {
      const [lowerId, upperId] = [await agreementFor(world, "supplier", {}), await agreementFor(world, "customer", values)];
      return [lowerId, upperId, await world.make("Underpinning", { lowerId, upperId })];
    },
  },
  {
    link: "Agreement.applications → Application",
    portfolio: "application",
    why: "is bought by it",
    carries: ["EXPIRE"],
    criticality: "ADMINISTRATIVE",
    near: [{ contractId: null }],
    async make(world, values) {
      const contractId = await agreementFor(world, "supplier", {});
      return [contractId, await world.make("Application", { contractId, criticality: "ADMINISTRATIVE", ...values }), null];
    },
  },
  {
    link: "Agreement.services → Service",
    portfolio: "agreement",
    why: "is supplied by it",
    carries: ["EXPIRE"],
    near: [{ kind: "SERVICE_CONTRACT" }, { kind: "MOU" }],
    async make(world, values) {
      const [service, agreement] = await covered(world, "supplier", values);
      return [agreement, service, null];
    },
  },
  {
    link: "Supplier.agreements → Agreement",
    portfolio: "agreement",
    why: "is a contract with it in force that day",
    carries: ["RETIRE", "OUTAGE", "LEAVE", "CHANGE"],
    ...ofAgreements,
    near: notInForce,
    async make(world, values) {
      const supplier = await world.make("Supplier", {});
      return [supplier, await agreementWith(world, supplier, "SUPPLIER", values), null];
    },
  },
  {
    link: "Application.functions → Service",
    portfolio: "application",
    why: "is supported by one of its functions",
    carries: TOLD,
    criticality: "MISSION_CRITICAL",
    near: [{ status: "RETIRED", retiredReason: "Old." }],
    async make(world, values) {
      const [service, applicationId] = [await world.make("Service", values), await world.make("Application", { criticality: "MISSION_CRITICAL" })];
      return [applicationId, service, await world.make("ApplicationFunction", { applicationId, supportIds: [service] })];
    },
  },
  {
    link: "Application.outgoingInterfaces → Application",
    portfolio: "application",
    why: "takes data from it",
    carries: TOLD,
    async make(world) {
      const [sourceId, targetId] = [await world.make("Application", {}), await world.make("Application", {})];
      return [sourceId, targetId, await world.make("ApplicationInterface", { sourceId, targetId })];
    },
  },
  {
    link: "Application.projects → Project",
    portfolio: "project",
    why: "changes it and is not done",
    carries: ["RETIRE", "CHANGE"],
    ...openOnly,
    async make(world, values) {
      const applicationId = await world.make("Application", {});
      const { projectId, id } = await deliverable(world, { applications: [{ applicationId, effect: "CHANGES" }], ...values });
      return [applicationId, projectId, id];
    },
  },
  {
    link: "Application.roles → Person",
    portfolio: "application",
    why: "has a role in it",
    carries: ["RETIRE"],
    ...byValidity,
    async make(world, values) {
      const { holderId, applicationId, id } = await role(world, "Person", values);
      return [applicationId, holderId, id];
    },
  },
  ...(["Person", "Team"] as const).map((type): Case => ({
    link: `${type}.applicationRoles → Application`,
    portfolio: "application",
    why: "is one it has a role in; where somebody else holds the same role, it ends there",
    carries: ["LEAVE"],
    criticality: "MISSION_CRITICAL",
    ...byValidity,
    async make(world, values) {
      const { holderId, applicationId, id } = await role(world, type, values);
      return [holderId, applicationId, id];
    },
  })),
  {
    link: "Person.ownsServices → Service",
    portfolio: "service",
    why: "is owned by them",
    carries: ["LEAVE"],
    near: [{ status: "RETIRED", retiredReason: "Old." }],
    async make(world, values) {
      const ownerId = await world.make("Person", {});
      return [ownerId, await world.make("Service", { ownerId, ...values }), null];
    },
  },
  {
    link: "Person.managesProjects → Project",
    portfolio: "project",
    why: "is managed by them",
    carries: ["LEAVE"],
    holds: openOnly.holds,
    near: openOnly.near.slice(0, 2),
    async make(world, values) {
      const managerId = await world.make("Person", {});
      return [managerId, await world.make("Project", { managerId, ...values }), null];
    },
  },
  {
    link: "Person.managesRelationships → Customer",
    portfolio: "customer",
    why: "is looked after by them",
    carries: ["LEAVE"],
    async make(world) {
      const [managerId, customerId] = [await world.make("Person", {}), await world.make("Customer", {})];
      return [managerId, customerId, await world.make("Relationship", { managerId, customerId })];
    },
  },
  {
    link: "Person.stakeholderRoles → Customer",
    portfolio: "customer",
    why: "is decided for or represented by them",
    carries: ["LEAVE"],
    ...byValidity,
    async make(world, values) {
      const [personId, customerId] = [await world.make("Person", {}), await world.make("Customer", {})];
      return [personId, customerId, await world.make("Stakeholder", { personId, customerId, ...values })];
    },
  },
  {
    link: "Project.deliverables → Service",
    portfolio: "project",
    why: "waits for one of its deliverables",
    carries: ["RETIRE", "DELAY"],
    near: openOnly.near.slice(2),
    async make(world, values) {
      const { serviceId, projectId, id } = await deliverable(world, values);
      return [projectId, serviceId, id];
    },
  },
  {
    link: "Project.deliverables → Customer",
    portfolio: "project",
    why: "waits for one of its deliverables",
    carries: ["RETIRE", "DELAY"],
    near: openOnly.near.slice(2),
    async make(world, values) {
      const customer = await world.make("Customer", {});
      const { projectId, id } = await deliverable(world, { customerIds: [customer], ...values });
      return [projectId, customer, id];
    },
  },
  {
    link: "Project.dependents → Project",
    portfolio: "project",
    why: "depends on it",
    carries: ["RETIRE", "DELAY"],
    holds: openOnly.holds,
    near: openOnly.near.slice(0, 2),
    async make(world, values) {
      const [dependsOnId, projectId] = [await world.make("Project", {}), await world.make("Project", values)];
      return [dependsOnId, projectId, await world.make("ProjectDependency", { dependsOnId, projectId })];
    },
  },
  {
    link: "CustomerUnit.children → CustomerUnit",
    portfolio: "customer",
    why: "is part of it",
    carries: ["RETIRE", "CHANGE"],
    async make(world) {
      const customerId = await world.make("Customer", {});
      const parentId = await world.make("CustomerUnit", { customerId });
      return [parentId, await world.make("CustomerUnit", { customerId, parentId }), null];
    },
  },
  {
    link: "CustomerUnit.serviceDependencies → Service",
    portfolio: "customer",
    why: "has a customer in it",
    carries: ["RETIRE", "CHANGE"],
    criticality: "BUSINESS_CRITICAL",
    ...byValidity,
    async make(world, values) {
      const [service, unit, id] = await dependency(world, "unit", "ServiceDependency", values);
      return [unit, service, id];
    },
  },
];

describe.each(databaseKinds)("what carries a change, on %s", (kind) => {
  let world: ImpactWorld;
  beforeAll(async () => void (world = await ImpactWorld.open(kind)));
  afterAll(() => world.close());

  /** By which changes to the first record the second is reached in one step, and how that step is explained. */
  async function carried([from, to]: Ends): Promise<Record<string, unknown>> {
    const type = world.world.portfolios.local.get("people")!.model.directory.typeOf(from)!;
    const answers = await world.ask(from, STARTS[type]!, ON, NODES);
    const found = Object.entries(answers).flatMap(([change, answer]) => shown(answer).flatMap(({ id, shortest }) => (id === to ? [[change, shortest]] : [])));
    return Object.fromEntries(found);
  }

  test.each(CASES.map((each) => [`${each.link}: ${each.why}`, each] as const))(
    "%s",
    async (_, { link, portfolio, why, carries, criticality, make, holds = [], near = [] }) => {
      for (const values of [{}, ...holds]) {
        const ends = await make(world, values);
        const [from, to, record] = ends;
        const path = [{ from, to, link: link.split(" ")[0], portfolio, why, record, criticality: criticality ?? null }];
        expect({ values, found: await carried(ends) }).toEqual({ values, found: Object.fromEntries(carries.map((change) => [change, path])) });
      }
      for (const values of near) expect({ values, found: await carried(await make(world, values)) }).toEqual({ values, found: {} });
    },
  );
});

test("every carrier has a case, and the table of docs/impact.md says what it does", () => {
  const named = (link: string, why: string) => `${link}: ${why}`;
  expect(CARRIERS.map(({ link, to, why }) => named(`${link} → ${to}`, why))).toEqual(expect.arrayContaining(CASES.map(({ link, why }) => named(link, why))));
  expect(CASES).toHaveLength(CARRIERS.length);
  const rows = readFileSync("docs/impact.md", "utf8")
    .split("\n")
    .filter((line) => line.includes(" → ") && line.startsWith("| ") && line.includes("."))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const carries = (carrier: (typeof CARRIERS)[number]) =>
    Object.entries(carrier.carries).map(([before, after]) => (after === null ? `${before}.` : before === after ? before : `${before} → ${after}`));
  expect(rows).toEqual(
    CARRIERS.map((carrier) => [
      `${carrier.link} → ${carrier.to}`,
      carrier.portfolio,
      carrier.why,
      carries(carrier).join(", "),
      (carrier.needs ?? []).map(({ of, missing }) => (of === "from" ? `*${missing}*` : missing)).join(" "),
    ]),
  );
});
