import { many, one, reverse, through, type Links } from "../kernel/declare.js";

export const links = {
  Application: {
    successor: one("Application").optional(),
    predecessors: reverse("Application.successor"),
    contract: one("Agreement").optional(),
    functions: reverse("ApplicationFunction.application"),
    services: through("ApplicationFunction", "application", "supports"),
    outgoingInterfaces: reverse("ApplicationInterface.source"),
    incomingInterfaces: reverse("ApplicationInterface.target"),
    roles: reverse("ApplicationRole.application"),
  },
  ApplicationFunction: { application: one("Application").fixed(), supports: many("Service") },
  ApplicationInterface: { source: one("Application"), target: one("Application") },
  ApplicationRole: { application: one("Application").fixed(), holder: one("Person", "Team").fixed() },
  Service: {
    applicationFunctions: reverse("ApplicationFunction.supports"),
    applications: through("ApplicationFunction", "supports", "application"),
  },
  Agreement: { applications: reverse("Application.contract") },
  Person: { applicationRoles: reverse("ApplicationRole.holder") },
  Team: { applicationRoles: reverse("ApplicationRole.holder") },
} satisfies Links;
