/** Where it goes when a person or a team leaves: to what they look after, and on from there where nobody else holds the same role. */
import { type Carrier, isAlive, isNamedIn, isNotContradictory, isOpen, isValid } from "./carrier.js";

/** Whether another holder of the role of `r` in the same application is there on the day: SQL on a role `o` and who holds it. */
export const OTHER_HOLDERS = `\`application_role\` o LEFT JOIN \`person\` q ON q.\`id\` = o.\`holderId\` LEFT JOIN \`team\` e ON e.\`id\` = o.\`holderId\``;
export const IS_OTHER_HOLDER = `o.\`applicationId\` = r.\`applicationId\` AND o.\`role\` = r.\`role\` AND o.\`holderId\` <> r.\`holderId\` AND ${isValid("o")} AND COALESCE(q.\`active\`, e.\`active\`, 0) = 1`;

const APPLICATION_ROLES: Omit<Carrier, "from" | "link"> = {
  to: "Application",
  portfolio: "application",
  why: "is one it has a role in; where somebody else holds the same role, it ends there",
  carries: { LEAVE: "OUTAGE" },
  needs: [
    { of: "to", condition: isNamedIn("application_role", "applicationId", isValid("n")), missing: "Nobody is recorded to have a role in it that day." },
    { of: "to", condition: isNotContradictory("application_role", "applicationId"), missing: "A role in it ends before it begins." },
  ],
  route: {
    from: "r.`holderId`",
    to: "r.`applicationId`",
    record: "r.`id`",
    tables: "`application_role` r JOIN `application` a ON a.`id` = r.`applicationId`",
    where: isValid("r"),
    criticality: "a.`criticality`",
    goesOn: `CASE WHEN EXISTS (SELECT 1 FROM ${OTHER_HOLDERS} WHERE ${IS_OTHER_HOLDER}) THEN 0 ELSE 1 END`,
  },
};

export const FROM_PEOPLE: readonly Carrier[] = [
  { from: "Person", link: "Person.applicationRoles", ...APPLICATION_ROLES },
  { from: "Team", link: "Team.applicationRoles", ...APPLICATION_ROLES },
  {
    from: "Person",
    to: "Service",
    link: "Person.ownsServices",
    portfolio: "service",
    why: "is owned by them",
    carries: { LEAVE: null },
    needs: [{ of: "to", condition: "t.`ownerId` IS NOT NULL", missing: "Who owns it is not recorded." }],
    route: { from: "s.`ownerId`", to: "s.`id`", tables: "`service` s", where: isAlive("s") },
  },
  {
    from: "Person",
    to: "Project",
    link: "Person.managesProjects",
    portfolio: "project",
    why: "is managed by them",
    carries: { LEAVE: null },
    needs: [{ of: "to", condition: "t.`managerId` IS NOT NULL", missing: "Who manages it is not recorded." }],
    route: { from: "p.`managerId`", to: "p.`id`", tables: "`project` p", where: isOpen("p") },
  },
  {
    from: "Person",
    to: "Customer",
    link: "Person.managesRelationships",
    portfolio: "customer",
    why: "is looked after by them",
    carries: { LEAVE: null },
    needs: [
      {
        of: "to",
        condition: isNamedIn("relationship", "customerId", "n.`managerId` IS NOT NULL"),
        missing: "Who manages the relationship is not recorded.",
      },
    ],
    route: { from: "r.`managerId`", to: "r.`customerId`", record: "r.`id`", tables: "`relationship` r" },
  },
  {
    from: "Person",
    to: "Customer",
    link: "Person.stakeholderRoles",
    portfolio: "customer",
    why: "is decided for or represented by them",
    carries: { LEAVE: null },
    needs: [
      { of: "to", condition: isNamedIn("stakeholder", "customerId", isValid("n")), missing: "Who has a part there is not recorded for that day." },
      { of: "to", condition: isNotContradictory("stakeholder", "customerId"), missing: "A part that somebody has there ends before it begins." },
    ],
    route: { from: "k.`personId`", to: "k.`customerId`", record: "k.`id`", tables: "`stakeholder` k", where: isValid("k") },
  },
];
