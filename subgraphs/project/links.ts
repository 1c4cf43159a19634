import type * as sdl from "../../schema/generated/project.js";
import { choice, list, many, one, reverse, through, type Links } from "../kernel/declare.js";

/** A dropped deliverable no longer links its project to anything. */
const notDropped = { state: ["OPEN", "DONE"] };

export const links = {
  Project: {
    parent: one("Project").optional(),
    children: reverse("Project.parent"),
    sponsor: one("Stakeholder").optional(),
    manager: one("Person").optional(),
    businessCase: one("BusinessCase").optional(),
    needs: many("BusinessNeed"),
    deliverables: reverse("Deliverable.project"),
    milestones: reverse("Milestone.project"),
    statusReports: reverse("StatusReport.project"),
    risks: reverse("ProjectRisk.project"),
    dependencies: reverse("ProjectDependency.project"),
    dependents: reverse("ProjectDependency.dependsOn"),
    services: through("Deliverable", "project", "service", notDropped),
    customers: through("Deliverable", "project", "customers", notDropped),
    applications: through("Deliverable", "project", "applications.application", notDropped),
  },
  Deliverable: {
    project: one("Project").fixed(),
    service: one("Service"),
    customers: many("Customer"),
    applications: list({ application: one("Application"), effect: choice<sdl.DeliverableEffect>() }),
  },
  Milestone: { project: one("Project").fixed() },
  StatusReport: { project: one("Project").fixed(), author: one("Person").optional() },
  ProjectRisk: { project: one("Project").fixed(), owner: one("Person").optional() },
  ProjectDependency: { project: one("Project").fixed(), dependsOn: one("Project").fixed() },
  Customer: {
    deliverables: reverse("Deliverable.customers"),
    projects: through("Deliverable", "customers", "project", notDropped),
  },
  Service: {
    deliverables: reverse("Deliverable.service"),
    projects: through("Deliverable", "service", "project", notDropped),
    customersWaiting: through("Deliverable", "service", "customers", { state: ["OPEN"] }),
  },
  Application: {
    deliverables: reverse("Deliverable.applications.application"),
    projects: through("Deliverable", "applications.application", "project", notDropped),
  },
  Stakeholder: { sponsorsProjects: reverse("Project.sponsor") },
  BusinessNeed: { projects: reverse("Project.needs") },
  BusinessCase: { projects: reverse("Project.businessCase") },
  Person: {
    managesProjects: reverse("Project.manager"),
    authoredStatusReports: reverse("StatusReport.author"),
    ownsRisks: reverse("ProjectRisk.owner"),
  },
} satisfies Links;
