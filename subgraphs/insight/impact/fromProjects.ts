/** Where it goes when a project is late or given up, and when a unit of a customer goes or becomes another. */
import { type Carrier, isNamedIn, isNotContradictory, isOpen, isValid } from "./carrier.js";
import { hasDeliverable } from "./fromServices.js";

const LATE = { DELAY: "DELAY", RETIRE: "DELAY" } as const;

export const FROM_PROJECTS: readonly Carrier[] = [
  {
    from: "Project",
    to: "Service",
    link: "Project.deliverables",
    portfolio: "project",
    why: "waits for one of its deliverables",
    carries: LATE,
    needs: [{ ...hasDeliverable, of: "from" }],
    route: { from: "d.`projectId`", to: "d.`serviceId`", record: "d.`id`", tables: "`deliverable` d", where: "d.`state` = 'OPEN'" },
  },
  {
    from: "Project",
    to: "Customer",
    link: "Project.deliverables",
    portfolio: "project",
    why: "waits for one of its deliverables",
    carries: { DELAY: null, RETIRE: null },
    needs: [{ ...hasDeliverable, of: "from" }],
    route: {
      from: "d.`projectId`",
      to: "c.`toId`",
      record: "d.`id`",
      tables: "`deliverable` d JOIN `deliverable_customers` c ON c.`recordId` = d.`id`",
      where: "d.`state` = 'OPEN'",
    },
  },
  {
    from: "Project",
    to: "Project",
    link: "Project.dependents",
    portfolio: "project",
    why: "depends on it",
    carries: LATE,
    needs: [{ of: "to", condition: isNamedIn("project_dependency", "projectId"), missing: "What it depends on is not recorded." }],
    route: {
      from: "d.`dependsOnId`",
      to: "d.`projectId`",
      record: "d.`id`",
      tables: "`project_dependency` d JOIN `project` p ON p.`id` = d.`projectId`",
      where: isOpen("p"),
    },
  },
  {
    from: "CustomerUnit",
    to: "CustomerUnit",
    link: "CustomerUnit.children",
    portfolio: "customer",
    why: "is part of it",
    carries: { RETIRE: "RETIRE", CHANGE: "CHANGE" },
    route: { from: "u.`parentId`", to: "u.`id`", tables: "`customer_unit` u", where: "u.`parentId` IS NOT NULL" },
  },
  {
    from: "CustomerUnit",
    to: "Service",
    link: "CustomerUnit.serviceDependencies",
    portfolio: "customer",
    why: "has a customer in it",
    carries: { RETIRE: null, CHANGE: null },
    needs: [
      {
        of: "from",
        condition: isNamedIn("service_dependency", "unitId", isValid("n")),
        missing: "No dependency on any service is recorded for that day.",
      },
      { of: "from", condition: isNotContradictory("service_dependency", "unitId"), missing: "One of its dependencies ends before it begins." },
    ],
    route: {
      from: "d.`unitId`",
      to: "d.`serviceId`",
      record: "d.`id`",
      tables: "`service_dependency` d",
      where: isValid("d"),
      criticality: "d.`criticality`",
    },
  },
];
