/** Where a change to a service goes: to what stands on it, to what is promised of it, to who uses it, and to who and what delivers it. */
import { type Carrier, type Need, isAlive, isForCustomer, isInForce, isNamedIn, isNotContradictory, isOpen, isValid } from "./carrier.js";

/** What takes a service away, or changes it. */
export const SERVICE_GONE = { RETIRE: "OUTAGE", OUTAGE: "OUTAGE", CHANGE: "CHANGE" } as const;
/** What ends at those who are told. */
const TOLD = { RETIRE: null, OUTAGE: null, CHANGE: null } as const;

/** Usage is recorded by period, afterwards: the year before the day says who uses a service, but for customers who have left. */
const RECENT =
  "u.`periodTo` >= $yearBefore AND u.`periodFrom` <= $on AND NOT EXISTS (SELECT 1 FROM `customer` c WHERE c.`id` = u.`customerId` AND c.`lifecycle` = 'FORMER')";

/** What supports others may well rest on nothing; what customers use hardly does. */
export const restsOn = (table: string, column: string): string => `(t.\`kind\` = 'SUPPORTING' OR t.\`status\` = 'RETIRED' OR ${isNamedIn(table, column)})`;
const hasFunction: Need = { of: "to", condition: isNamedIn("application_function", "applicationId"), missing: "None of its functions is recorded." };
export const hasDeliverable: Need = { of: "to", condition: isNamedIn("deliverable", "projectId"), missing: "None of its deliverables is recorded." };

const COVERED: readonly Need[] = [
  { of: "to", condition: isNamedIn("agreement_services", "recordId"), missing: "What it covers is not recorded." },
  { of: "to", condition: "(t.`startOn` IS NULL OR t.`endOn` IS NULL OR t.`startOn` <= t.`endOn`)", missing: "It ends before it begins." },
];
const COVERING = "`agreement_services` l JOIN `agreement` a ON a.`id` = l.`recordId`";
const TARGETED: readonly Need[] = [{ of: "to", condition: "t.`serviceId` IS NOT NULL", missing: "The service it is promised for is not recorded." }];
const TARGETS = "`service_level_target` g JOIN `agreement` a ON a.`id` = g.`agreementId`";

export const FROM_SERVICES: readonly Carrier[] = [
  {
    from: "Service",
    to: "Service",
    link: "Service.supports",
    portfolio: "service",
    why: "depends on it",
    carries: SERVICE_GONE,
    needs: [{ of: "to", condition: restsOn("service_depends_on", "recordId"), missing: "What it depends on is not recorded." }],
    route: { from: "d.`toId`", to: "d.`recordId`", tables: "`service_depends_on` d JOIN `service` s ON s.`id` = d.`recordId`", where: isAlive("s") },
  },
  {
    from: "Service",
    to: "Agreement",
    link: "Service.agreements",
    portfolio: "agreement",
    why: "promises it to a customer and is in force that day",
    carries: { RETIRE: "CHANGE", OUTAGE: "CHANGE", CHANGE: "CHANGE", DELAY: "DELAY" },
    needs: COVERED,
    route: { from: "l.`toId`", to: "l.`recordId`", tables: COVERING, where: `${isInForce("a")} AND ${isForCustomer("a")}` },
  },
  {
    from: "Service",
    to: "Agreement",
    link: "Service.agreements",
    portfolio: "agreement",
    why: "supplies it and is in force that day",
    carries: { RETIRE: null },
    needs: COVERED,
    route: { from: "l.`toId`", to: "l.`recordId`", tables: COVERING, where: `${isInForce("a")} AND NOT ${isForCustomer("a")}` },
  },
  {
    from: "Service",
    to: "ServiceLevelTarget",
    link: "Service.targets",
    portfolio: "agreement",
    why: "is promised for it to a customer that day",
    carries: { ...TOLD, DELAY: null },
    needs: TARGETED,
    route: { from: "g.`serviceId`", to: "g.`id`", record: "g.`agreementId`", tables: TARGETS, where: `${isInForce("a")} AND ${isForCustomer("a")}` },
  },
  {
    from: "Service",
    to: "ServiceLevelTarget",
    link: "Service.targets",
    portfolio: "agreement",
    why: "is promised for it to us that day",
    carries: { RETIRE: null },
    needs: TARGETED,
    route: { from: "g.`serviceId`", to: "g.`id`", record: "g.`agreementId`", tables: TARGETS, where: `${isInForce("a")} AND NOT ${isForCustomer("a")}` },
  },
  {
    from: "Service",
    to: "Customer",
    link: "Service.customerDependencies",
    portfolio: "customer",
    why: "depends on it",
    carries: TOLD,
    needs: [
      {
        of: "to",
        condition: `(t.\`lifecycle\` = 'FORMER' OR ${isNamedIn("service_dependency", "customerId", isValid("n"))})`,
        missing: "No dependency on any service is recorded for that day.",
      },
      { of: "to", condition: isNotContradictory("service_dependency", "customerId"), missing: "One of its dependencies ends before it begins." },
    ],
    route: {
      from: "d.`serviceId`",
      to: "d.`customerId`",
      record: "d.`id`",
      tables: "`service_dependency` d",
      where: isValid("d"),
      criticality: "d.`criticality`",
    },
  },
  {
    from: "Service",
    to: "CustomerUnit",
    link: "Service.customerDependencies",
    portfolio: "customer",
    why: "depends on it",
    carries: TOLD,
    needs: [
      {
        of: "to",
        condition: isNamedIn("service_dependency", "unitId", isValid("n")),
        missing: "No dependency on any service is recorded for that day.",
      },
      { of: "to", condition: isNotContradictory("service_dependency", "unitId"), missing: "One of its dependencies ends before it begins." },
    ],
    route: {
      from: "d.`serviceId`",
      to: "d.`unitId`",
      record: "d.`id`",
      tables: "`service_dependency` d",
      where: `d.\`unitId\` IS NOT NULL AND ${isValid("d")}`,
      criticality: "d.`criticality`",
    },
  },
  {
    from: "Service",
    to: "Customer",
    link: "Service.usages",
    portfolio: "customer",
    why: "used it in the year before",
    carries: TOLD,
    route: { from: "u.`serviceId`", to: "u.`customerId`", record: "u.`id`", tables: "`service_usage` u", where: RECENT },
  },
  {
    from: "Service",
    to: "CustomerUnit",
    link: "Service.usages",
    portfolio: "customer",
    why: "used it in the year before",
    carries: TOLD,
    route: { from: "u.`serviceId`", to: "u.`unitId`", record: "u.`id`", tables: "`service_usage` u", where: `u.\`unitId\` IS NOT NULL AND ${RECENT}` },
  },
  {
    from: "Service",
    to: "Project",
    link: "Service.projects",
    portfolio: "project",
    why: "delivers to it and is not done",
    carries: TOLD,
    needs: [hasDeliverable],
    route: {
      from: "d.`serviceId`",
      to: "d.`projectId`",
      record: "d.`id`",
      tables: "`deliverable` d JOIN `project` p ON p.`id` = d.`projectId`",
      where: `d.\`state\` = 'OPEN' AND ${isOpen("p")}`,
    },
  },
  {
    from: "Service",
    to: "Application",
    link: "Service.applicationFunctions",
    portfolio: "application",
    why: "delivers it by a function",
    carries: { RETIRE: null },
    needs: [hasFunction],
    route: {
      from: "s.`toId`",
      to: "f.`applicationId`",
      record: "f.`id`",
      tables: "`application_function_supports` s JOIN `application_function` f ON f.`id` = s.`recordId`",
    },
  },
  {
    from: "Service",
    to: "Person",
    link: "Service.owner",
    portfolio: "service",
    why: "owns it",
    carries: { RETIRE: null },
    needs: [{ of: "from", condition: "t.`ownerId` IS NOT NULL", missing: "Who owns it is not recorded." }],
    route: { from: "s.`id`", to: "s.`ownerId`", tables: "`service` s", where: "s.`ownerId` IS NOT NULL" },
  },
  {
    from: "Service",
    to: "Person",
    link: "Service.stakeholders",
    portfolio: "customer",
    why: "has a stake in it",
    carries: { RETIRE: null },
    needs: [{ of: "from", condition: isNotContradictory("stakeholder", "serviceId"), missing: "A part that somebody has in it ends before it begins." }],
    route: {
      from: "k.`serviceId`",
      to: "k.`personId`",
      record: "k.`id`",
      tables: "`stakeholder` k",
      where: `k.\`serviceId\` IS NOT NULL AND ${isValid("k")}`,
    },
  },
];
