import { many, one, reverse, type Links } from "../kernel/declare.js";

export const links = {
  Person: {
    employer: one("Customer", "Supplier").optional(),
    manager: one("Person").optional(),
    directReports: reverse("Person.manager"),
    teams: many("Team"),
    leadsTeams: reverse("Team.lead"),
  },
  Team: { lead: one("Person").optional(), members: reverse("Person.teams") },
  Supplier: { people: reverse("Person.employer") },
  Customer: { people: reverse("Person.employer") },
} satisfies Links;
