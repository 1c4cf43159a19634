/**
 * Which links carry a change, from what to what, and why: the table behind docs/impact.md. SQL stands on insight's tables; in it,
 * `$ids` are the records a change has reached, `$on` is the day and `$yearBefore` the day a year earlier. Each statement answers (from, to, record that links them,
 * criticality, whether the change goes on from there: 1 or 0).
 */

/** Kinds of change. */
const CHANGES = ["RETIRE", "OUTAGE", "LEAVE", "CHANGE", "DELAY", "EXPIRE"] as const;
export type Change = (typeof CHANGES)[number];

/** From the most critical down. */
export const CRITICALITIES = ["MISSION_CRITICAL", "BUSINESS_CRITICAL", "BUSINESS_OPERATIONAL", "ADMINISTRATIVE"] as const;
export type Criticality = (typeof CRITICALITIES)[number];

export interface Carrier {
  readonly from: string;
  readonly to: string;
  /** The link, as the graph names it. */
  readonly link: string;
  /** The portfolio that stores it. */
  readonly portfolio: string;
  /** Why the change is carried, as the end of a sentence about the second record. */
  readonly why: string;
  /** What each change to the first means for the second; what is not named is not carried. Null ends there. */
  readonly carries: Readonly<Partial<Record<Change, Change | null>>>;
  readonly sql: string;
}

const valid = (alias: string): string =>
  `(${alias}.\`validFrom\` IS NULL OR ${alias}.\`validFrom\` <= $on) AND (${alias}.\`validTo\` IS NULL OR ${alias}.\`validTo\` >= $on)`;
/** Agreements that bind on the day: a tacit renewal goes on after the end. */
const inForce = (alias: string): string =>
  `${alias}.\`state\` IN ('ACTIVE', 'UNDER_REVIEW') AND (${alias}.\`startOn\` IS NULL OR ${alias}.\`startOn\` <= $on) AND (${alias}.\`endOn\` IS NULL OR ${alias}.\`endOn\` >= $on OR ${alias}.\`renewal\` = 'TACIT')`;
/** Usage is recorded by period, afterwards: the year before the day says who uses a service, but for customers who have left. */
const recent = (alias: string): string =>
  `${alias}.\`periodTo\` >= $yearBefore AND ${alias}.\`periodFrom\` <= $on AND NOT EXISTS (SELECT 1 FROM \`customer\` c WHERE c.\`id\` = ${alias}.\`customerId\` AND c.\`lifecycle\` = 'FORMER')`;
const isOf = (column: string, prefix: string): string => `substr(${column}, 1, 4) = '${prefix}_'`;
/** The customer's side of an OLA is a team of ours. */
const isForCustomer = (alias: string): string =>
  `EXISTS (SELECT 1 FROM \`agreement_parties\` c WHERE c.\`recordId\` = ${alias}.\`id\` AND c.\`side\` = 'CUSTOMER' AND ${isOf("c.`partyId`", "cus")})`;
const isAlive = (alias: string): string => `${alias}.\`status\` <> 'RETIRED'`;
const isOpen = (alias: string): string => `${alias}.\`status\` NOT IN ('COMPLETED', 'CANCELLED')`;

const pairs = (from: string, to: string, record: string, source: string, criticality = "NULL", goesOn = "1"): string =>
  `SELECT ${from}, ${to}, ${record}, ${criticality}, ${goesOn} FROM ${source.replace(" WHERE ", ` WHERE ${from} IN ($ids) AND `)}`;

/** What takes a service away, or changes it. */
const SERVICE_GONE = { RETIRE: "OUTAGE", OUTAGE: "OUTAGE", CHANGE: "CHANGE" } as const;
/** What ends at those who are told. */
const TOLD = { RETIRE: null, OUTAGE: null, CHANGE: null } as const;

export const CARRIERS: readonly Carrier[] = [
  // --- services ---
  {
    from: "Service",
    to: "Service",
    link: "Service.supports",
    portfolio: "service",
    why: "depends on it",
    carries: SERVICE_GONE,
    sql: pairs("d.`toId`", "d.`recordId`", "NULL", `\`service_depends_on\` d JOIN \`service\` s ON s.\`id\` = d.\`recordId\` WHERE ${isAlive("s")}`),
  },
  {
    from: "Service",
    to: "Agreement",
    link: "Service.agreements",
    portfolio: "agreement",
    why: "promises it to a customer and is in force that day",
    carries: { RETIRE: "CHANGE", OUTAGE: "CHANGE", CHANGE: "CHANGE", DELAY: "DELAY" },
    sql: pairs(
      "l.`toId`",
      "l.`recordId`",
      "NULL",
      `\`agreement_services\` l JOIN \`agreement\` a ON a.\`id\` = l.\`recordId\` WHERE ${inForce("a")} AND ${isForCustomer("a")}`,
    ),
  },
  {
    from: "Service",
    to: "Agreement",
    link: "Service.agreements",
    portfolio: "agreement",
    why: "supplies it and is in force that day",
    carries: { RETIRE: null },
    sql: pairs(
      "l.`toId`",
      "l.`recordId`",
      "NULL",
      `\`agreement_services\` l JOIN \`agreement\` a ON a.\`id\` = l.\`recordId\` WHERE ${inForce("a")} AND NOT ${isForCustomer("a")}`,
    ),
  },
  {
    from: "Service",
    to: "ServiceLevelTarget",
    link: "Service.targets",
    portfolio: "agreement",
    why: "is promised for it to a customer that day",
    carries: { ...TOLD, DELAY: null },
    sql: pairs(
      "t.`serviceId`",
      "t.`id`",
      "t.`agreementId`",
      `\`service_level_target\` t JOIN \`agreement\` a ON a.\`id\` = t.\`agreementId\` WHERE ${inForce("a")} AND ${isForCustomer("a")}`,
    ),
  },
  {
    from: "Service",
    to: "ServiceLevelTarget",
    link: "Service.targets",
    portfolio: "agreement",
    why: "is promised for it to us that day",
    carries: { RETIRE: null },
    sql: pairs(
      "t.`serviceId`",
      "t.`id`",
      "t.`agreementId`",
      `\`service_level_target\` t JOIN \`agreement\` a ON a.\`id\` = t.\`agreementId\` WHERE ${inForce("a")} AND NOT ${isForCustomer("a")}`,
    ),
  },
  {
    from: "Service",
    to: "Customer",
    link: "Service.customerDependencies",
    portfolio: "customer",
    why: "depends on it",
    carries: TOLD,
    sql: pairs("d.`serviceId`", "d.`customerId`", "d.`id`", `\`service_dependency\` d WHERE ${valid("d")}`, "d.`criticality`"),
  },
  {
    from: "Service",
    to: "CustomerUnit",
    link: "Service.customerDependencies",
    portfolio: "customer",
    why: "depends on it",
    carries: TOLD,
    sql: pairs("d.`serviceId`", "d.`unitId`", "d.`id`", `\`service_dependency\` d WHERE d.\`unitId\` IS NOT NULL AND ${valid("d")}`, "d.`criticality`"),
  },
  {
    from: "Service",
    to: "Customer",
    link: "Service.usages",
    portfolio: "customer",
    why: "used it in the year before",
    carries: TOLD,
    sql: pairs("u.`serviceId`", "u.`customerId`", "u.`id`", `\`service_usage\` u WHERE ${recent("u")}`),
  },
  {
    from: "Service",
    to: "CustomerUnit",
    link: "Service.usages",
    portfolio: "customer",
    why: "used it in the year before",
    carries: TOLD,
    sql: pairs("u.`serviceId`", "u.`unitId`", "u.`id`", `\`service_usage\` u WHERE u.\`unitId\` IS NOT NULL AND ${recent("u")}`),
  },
  {
    from: "Service",
    to: "Project",
    link: "Service.projects",
    portfolio: "project",
    why: "delivers to it and is not done",
    carries: TOLD,
    sql: pairs(
      "d.`serviceId`",
      "d.`projectId`",
      "d.`id`",
      `\`deliverable\` d JOIN \`project\` p ON p.\`id\` = d.\`projectId\` WHERE d.\`state\` = 'OPEN' AND ${isOpen("p")}`,
    ),
  },
  {
    from: "Service",
    to: "Application",
    link: "Service.applicationFunctions",
    portfolio: "application",
    why: "delivers it by a function",
    carries: { RETIRE: null },
    sql: pairs(
      "s.`toId`",
      "f.`applicationId`",
      "f.`id`",
      "`application_function_supports` s JOIN `application_function` f ON f.`id` = s.`recordId` WHERE 1 = 1",
    ),
  },
  {
    from: "Service",
    to: "Person",
    link: "Service.owner",
    portfolio: "service",
    why: "owns it",
    carries: { RETIRE: null },
    sql: pairs("s.`id`", "s.`ownerId`", "NULL", "`service` s WHERE s.`ownerId` IS NOT NULL"),
  },
  {
    from: "Service",
    to: "Person",
    link: "Service.stakeholders",
    portfolio: "customer",
    why: "has a stake in it",
    carries: { RETIRE: null },
    sql: pairs("k.`serviceId`", "k.`personId`", "k.`id`", `\`stakeholder\` k WHERE ${valid("k")}`),
  },
  // --- agreements ---
  {
    from: "Agreement",
    to: "Customer",
    link: "Agreement.customers",
    portfolio: "agreement",
    why: "is a party of it",
    carries: { CHANGE: null, DELAY: null, EXPIRE: null },
    sql: pairs("p.`recordId`", "p.`partyId`", "NULL", `\`agreement_parties\` p WHERE p.\`side\` = 'CUSTOMER' AND ${isOf("p.`partyId`", "cus")}`),
  },
  {
    from: "Agreement",
    to: "Obligation",
    link: "Agreement.obligations",
    portfolio: "agreement",
    why: "is promised in it by a day and not met yet",
    carries: { DELAY: null },
    sql: pairs("o.`agreementId`", "o.`id`", "NULL", "`obligation` o WHERE o.`obligor` = 'PROVIDER' AND o.`state` = 'PENDING' AND o.`dueOn` IS NOT NULL"),
  },
  {
    from: "Agreement",
    to: "Agreement",
    link: "Agreement.underpins",
    portfolio: "agreement",
    why: "stands on it",
    carries: { EXPIRE: "CHANGE" },
    sql: pairs("u.`lowerId`", "u.`upperId`", "u.`id`", `\`underpinning\` u JOIN \`agreement\` a ON a.\`id\` = u.\`upperId\` WHERE ${inForce("a")}`),
  },
  {
    from: "Agreement",
    to: "Application",
    link: "Agreement.applications",
    portfolio: "application",
    why: "is bought by it",
    carries: { EXPIRE: "OUTAGE" },
    sql: pairs("a.`contractId`", "a.`id`", "NULL", "`application` a WHERE 1 = 1", "a.`criticality`"),
  },
  {
    from: "Agreement",
    to: "Service",
    link: "Agreement.services",
    portfolio: "agreement",
    why: "is supplied by it",
    carries: { EXPIRE: "OUTAGE" },
    sql: pairs(
      "l.`recordId`",
      "l.`toId`",
      "NULL",
      `\`agreement_services\` l JOIN \`agreement\` a ON a.\`id\` = l.\`recordId\` JOIN \`service\` s ON s.\`id\` = l.\`toId\` WHERE a.\`kind\` IN ('OLA', 'UNDERPINNING_CONTRACT') AND ${isAlive("s")}`,
    ),
  },
  // --- suppliers ---
  {
    from: "Supplier",
    to: "Agreement",
    link: "Supplier.agreements",
    portfolio: "agreement",
    why: "is a contract with it in force that day",
    carries: { RETIRE: "EXPIRE", OUTAGE: "EXPIRE", LEAVE: "EXPIRE", CHANGE: "CHANGE" },
    sql: pairs("p.`partyId`", "p.`recordId`", "NULL", `\`agreement_parties\` p JOIN \`agreement\` a ON a.\`id\` = p.\`recordId\` WHERE ${inForce("a")}`),
  },
  // --- applications ---
  {
    from: "Application",
    to: "Service",
    link: "Application.functions",
    portfolio: "application",
    why: "is supported by one of its functions",
    carries: SERVICE_GONE,
    sql: pairs(
      "f.`applicationId`",
      "s.`toId`",
      "f.`id`",
      `\`application_function\` f JOIN \`application_function_supports\` s ON s.\`recordId\` = f.\`id\` JOIN \`application\` a ON a.\`id\` = f.\`applicationId\` JOIN \`service\` v ON v.\`id\` = s.\`toId\` WHERE ${isAlive("v")}`,
      "a.`criticality`",
    ),
  },
  {
    from: "Application",
    to: "Application",
    link: "Application.outgoingInterfaces",
    portfolio: "application",
    why: "takes data from it",
    carries: { RETIRE: null, OUTAGE: null, CHANGE: null },
    sql: pairs("i.`sourceId`", "i.`targetId`", "i.`id`", "`application_interface` i WHERE 1 = 1"),
  },
  {
    from: "Application",
    to: "Project",
    link: "Application.projects",
    portfolio: "project",
    why: "changes it and is not done",
    carries: { RETIRE: null, CHANGE: null },
    sql: pairs(
      "l.`applicationId`",
      "d.`projectId`",
      "d.`id`",
      `\`deliverable_applications\` l JOIN \`deliverable\` d ON d.\`id\` = l.\`recordId\` JOIN \`project\` p ON p.\`id\` = d.\`projectId\` WHERE d.\`state\` = 'OPEN' AND ${isOpen("p")}`,
    ),
  },
  {
    from: "Application",
    to: "Person",
    link: "Application.roles",
    portfolio: "application",
    why: "has a role in it",
    carries: { RETIRE: null },
    sql: pairs("r.`applicationId`", "r.`holderId`", "r.`id`", `\`application_role\` r WHERE ${isOf("r.`holderId`", "per")} AND ${valid("r")}`),
  },
  // --- people and teams ---
  ...(["Person", "Team"] as const).map((from): Carrier => ({
    from,
    to: "Application",
    link: `${from}.applicationRoles`,
    portfolio: "application",
    why: "is one it has a role in; where somebody else holds the same role, it ends there",
    carries: { LEAVE: "OUTAGE" },
    sql: pairs(
      "r.`holderId`",
      "r.`applicationId`",
      "r.`id`",
      `\`application_role\` r JOIN \`application\` a ON a.\`id\` = r.\`applicationId\` WHERE ${valid("r")}`,
      "a.`criticality`",
      `CASE WHEN EXISTS (SELECT 1 FROM \`application_role\` o LEFT JOIN \`person\` q ON q.\`id\` = o.\`holderId\` WHERE o.\`applicationId\` = r.\`applicationId\` AND o.\`role\` = r.\`role\` AND o.\`holderId\` <> r.\`holderId\` AND ${valid("o")} AND COALESCE(q.\`active\`, 1) = 1) THEN 0 ELSE 1 END`,
    ),
  })),
  {
    from: "Person",
    to: "Service",
    link: "Person.ownsServices",
    portfolio: "service",
    why: "is owned by them",
    carries: { LEAVE: null },
    sql: pairs("s.`ownerId`", "s.`id`", "NULL", `\`service\` s WHERE ${isAlive("s")}`),
  },
  {
    from: "Person",
    to: "Project",
    link: "Person.managesProjects",
    portfolio: "project",
    why: "is managed by them",
    carries: { LEAVE: null },
    sql: pairs("p.`managerId`", "p.`id`", "NULL", `\`project\` p WHERE ${isOpen("p")}`),
  },
  {
    from: "Person",
    to: "Customer",
    link: "Person.managesRelationships",
    portfolio: "customer",
    why: "is looked after by them",
    carries: { LEAVE: null },
    sql: pairs("r.`managerId`", "r.`customerId`", "r.`id`", "`relationship` r WHERE 1 = 1"),
  },
  {
    from: "Person",
    to: "Customer",
    link: "Person.stakeholderRoles",
    portfolio: "customer",
    why: "is decided for or represented by them",
    carries: { LEAVE: null },
    sql: pairs("k.`personId`", "k.`customerId`", "k.`id`", `\`stakeholder\` k WHERE ${valid("k")}`),
  },
  // --- projects ---
  {
    from: "Project",
    to: "Service",
    link: "Project.deliverables",
    portfolio: "project",
    why: "waits for one of its deliverables",
    carries: { DELAY: "DELAY", RETIRE: "DELAY" },
    sql: pairs("d.`projectId`", "d.`serviceId`", "d.`id`", "`deliverable` d WHERE d.`state` = 'OPEN'"),
  },
  {
    from: "Project",
    to: "Customer",
    link: "Project.deliverables",
    portfolio: "project",
    why: "waits for one of its deliverables",
    carries: { DELAY: null, RETIRE: null },
    sql: pairs("d.`projectId`", "c.`toId`", "d.`id`", "`deliverable` d JOIN `deliverable_customers` c ON c.`recordId` = d.`id` WHERE d.`state` = 'OPEN'"),
  },
  {
    from: "Project",
    to: "Project",
    link: "Project.dependents",
    portfolio: "project",
    why: "depends on it",
    carries: { DELAY: "DELAY", RETIRE: "DELAY" },
    sql: pairs("d.`dependsOnId`", "d.`projectId`", "d.`id`", `\`project_dependency\` d JOIN \`project\` p ON p.\`id\` = d.\`projectId\` WHERE ${isOpen("p")}`),
  },
  // --- units ---
  {
    from: "CustomerUnit",
    to: "CustomerUnit",
    link: "CustomerUnit.children",
    portfolio: "customer",
    why: "is part of it",
    carries: { RETIRE: "RETIRE", CHANGE: "CHANGE" },
    sql: pairs("u.`parentId`", "u.`id`", "NULL", "`customer_unit` u WHERE 1 = 1"),
  },
  {
    from: "CustomerUnit",
    to: "Service",
    link: "CustomerUnit.serviceDependencies",
    portfolio: "customer",
    why: "has a customer in it",
    carries: { RETIRE: null, CHANGE: null },
    sql: pairs("d.`unitId`", "d.`serviceId`", "d.`id`", `\`service_dependency\` d WHERE ${valid("d")}`, "d.`criticality`"),
  },
];

/** The changes that mean something for each type a walk may start at. */
export const STARTS: Readonly<Record<string, readonly Change[]>> = (() => {
  const starts: Record<string, Change[]> = {};
  for (const change of CHANGES)
    for (const { from, carries } of CARRIERS) if (change in carries && !starts[from]?.includes(change)) (starts[from] ??= []).push(change);
  return starts;
})();

/** What must be recorded of a record that was not reached for "not impacted" to be said of it: a condition on its table `t`, and what is missing where it does not hold. */
export const RECORDED: Readonly<Record<string, { readonly condition: string; readonly missing: string }>> = {
  Customer: { condition: "EXISTS (SELECT 1 FROM `service_dependency` d WHERE d.`customerId` = t.`id`)", missing: "No dependency on any service is recorded." },
  // What supports others may well rest on nothing; what customers use hardly does.
  Service: {
    condition: "(t.`kind` = 'SUPPORTING' OR t.`status` = 'RETIRED' OR EXISTS (SELECT 1 FROM `service_depends_on` d WHERE d.`recordId` = t.`id`))",
    missing: "What it depends on is not recorded.",
  },
  Application: { condition: "EXISTS (SELECT 1 FROM `application_function` f WHERE f.`applicationId` = t.`id`)", missing: "None of its functions is recorded." },
  Agreement: { condition: "EXISTS (SELECT 1 FROM `agreement_services` l WHERE l.`recordId` = t.`id`)", missing: "What it covers is not recorded." },
  Project: { condition: "EXISTS (SELECT 1 FROM `deliverable` d WHERE d.`projectId` = t.`id`)", missing: "None of its deliverables is recorded." },
};
