/** Where a change to an application goes: to the services it delivers, to what takes its data, to who changes it and who looks after it. */
import { type Carrier, hasPrefix, isAlive, isNamedIn, isNotContradictory, isOpen, isValid } from "./carrier.js";
import { SERVICE_GONE, hasDeliverable, restsOn } from "./fromServices.js";

export const FROM_APPLICATIONS: readonly Carrier[] = [
  {
    from: "Application",
    to: "Service",
    link: "Application.functions",
    portfolio: "application",
    why: "is supported by one of its functions",
    carries: SERVICE_GONE,
    needs: [{ of: "to", condition: restsOn("application_function_supports", "toId"), missing: "No application that delivers it is recorded." }],
    route: {
      from: "f.`applicationId`",
      to: "s.`toId`",
      record: "f.`id`",
      tables:
        "`application_function` f JOIN `application_function_supports` s ON s.`recordId` = f.`id` JOIN `application` a ON a.`id` = f.`applicationId` JOIN `service` v ON v.`id` = s.`toId`",
      where: isAlive("v"),
      criticality: "a.`criticality`",
    },
  },
  {
    from: "Application",
    to: "Application",
    link: "Application.outgoingInterfaces",
    portfolio: "application",
    why: "takes data from it",
    carries: { RETIRE: null, OUTAGE: null, CHANGE: null },
    needs: [
      {
        of: "to",
        condition: `(${isNamedIn("application_interface", "targetId")} OR ${isNamedIn("application_interface", "sourceId")})`,
        missing: "None of its interfaces is recorded.",
      },
    ],
    route: { from: "i.`sourceId`", to: "i.`targetId`", record: "i.`id`", tables: "`application_interface` i" },
  },
  {
    from: "Application",
    to: "Project",
    link: "Application.projects",
    portfolio: "project",
    why: "changes it and is not done",
    carries: { RETIRE: null, CHANGE: null },
    needs: [hasDeliverable],
    route: {
      from: "l.`applicationId`",
      to: "d.`projectId`",
      record: "d.`id`",
      tables: "`deliverable_applications` l JOIN `deliverable` d ON d.`id` = l.`recordId` JOIN `project` p ON p.`id` = d.`projectId`",
      where: `d.\`state\` = 'OPEN' AND ${isOpen("p")}`,
    },
  },
  {
    from: "Application",
    to: "Person",
    link: "Application.roles",
    portfolio: "application",
    why: "has a role in it",
    carries: { RETIRE: null },
    needs: [
      { of: "from", condition: isNamedIn("application_role", "applicationId", isValid("n")), missing: "Nobody is recorded to have a role in it that day." },
      { of: "from", condition: isNotContradictory("application_role", "applicationId"), missing: "A role in it ends before it begins." },
    ],
    route: {
      from: "r.`applicationId`",
      to: "r.`holderId`",
      record: "r.`id`",
      tables: "`application_role` r",
      where: `${hasPrefix("r.`holderId`", "per")} AND ${isValid("r")}`,
    },
  },
];
