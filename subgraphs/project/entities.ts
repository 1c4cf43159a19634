import type * as sdl from "../../schema/generated/project.js";
import { choice, date, entity, integer, longText, mainEntity, money, text } from "../kernel/declare.js";

export const entities = {
  Project: mainEntity("prj", {
    name: text(300),
    description: longText().optional(),
    kind: choice<sdl.ProjectKind>().default("PROJECT"),
    status: choice<sdl.ProjectStatus>().default("PROPOSED").governed(),
    health: choice<sdl.ProjectHealth>().optional(),
    percentComplete: integer(0, 100).optional(),
    plannedStart: date().optional(),
    plannedEnd: date().optional(),
    approvedStart: date().optional(),
    approvedEnd: date().optional(),
    actualStart: date().optional(),
    actualEnd: date().optional(),
    slipDays: integer().optional().derived(),
    budget: money().optional(),
    actualCost: money().optional(),
    estimateAtCompletion: money().optional(),
    investmentClass: choice<sdl.ProjectInvestmentClass>().optional(),
    cancelReason: longText().optional(),
  }),
  Deliverable: entity("dlv", {
    description: longText().optional(),
    change: choice<sdl.DeliverableChange>(),
    dueOn: date().optional(),
    state: choice<sdl.DeliverableState>().default("OPEN").governed(),
    doneOn: date().optional(),
    dropReason: longText().optional(),
  }),
  Milestone: entity("mil", {
    name: text(300),
    plannedOn: date().optional(),
    reachedOn: date().optional(),
    status: choice<sdl.MilestoneStatus>().default("PENDING").governed(),
  }),
  StatusReport: entity("rep", {
    reportedOn: date(),
    health: choice<sdl.ProjectHealth>(),
    percentComplete: integer(0, 100).optional(),
    summary: longText().optional(),
  }),
  ProjectRisk: entity("rsk", {
    statement: longText(),
    probability: integer(1, 5),
    impact: integer(1, 5),
    exposure: integer(1, 25).derived(),
    response: longText().optional(),
    state: choice<sdl.ProjectRiskState>().default("OPEN"),
  }),
  ProjectDependency: entity("pdp", {
    kind: choice<sdl.ProjectDependencyKind>().default("FINISH_TO_START"),
    note: longText().optional(),
  }),
};
