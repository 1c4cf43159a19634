import { choice, date, integer, longText, money, text } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const createProjectPortfolio: Migration = {
  name: "createProjectPortfolio1763856000000",
  up: async (schema) => {
    await schema.createLedger();
    await schema.createEntity("project", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      description: longText().optional(),
      kind: choice(),
      status: choice(),
      health: choice().optional(),
      percentComplete: integer().optional(),
      plannedStart: date().optional(),
      plannedEnd: date().optional(),
      approvedStart: date().optional(),
      approvedEnd: date().optional(),
      actualStart: date().optional(),
      actualEnd: date().optional(),
      slipDays: integer().optional(),
      budget: money().optional(),
      actualCost: money().optional(),
      estimateAtCompletion: money().optional(),
      investmentClass: choice().optional(),
      cancelReason: longText().optional(),
      verifiedById: linkColumn(true),
      parentId: linkColumn(true),
      sponsorId: linkColumn(true),
      managerId: linkColumn(true),
      businessCaseId: linkColumn(true),
    });
    await schema.createList("project_needs", { toId: linkColumn(false) });
    await schema.createEntity("deliverable", {
      description: longText().optional(),
      change: choice(),
      dueOn: date().optional(),
      state: choice(),
      doneOn: date().optional(),
      dropReason: longText().optional(),
      projectId: linkColumn(false),
      serviceId: linkColumn(false),
    });
    await schema.createList("deliverable_customers", { toId: linkColumn(false) });
    await schema.createList("deliverable_applications", { applicationId: linkColumn(false), effect: choice() });
    await schema.createEntity("milestone", {
      name: text(300),
      plannedOn: date().optional(),
      reachedOn: date().optional(),
      status: choice(),
      projectId: linkColumn(false),
    });
    await schema.createEntity("status_report", {
      reportedOn: date(),
      health: choice(),
      percentComplete: integer().optional(),
      summary: longText().optional(),
      projectId: linkColumn(false),
      authorId: linkColumn(true),
    });
    await schema.createEntity("project_risk", {
      statement: longText(),
      probability: integer(),
      impact: integer(),
      exposure: integer(),
      response: longText().optional(),
      state: choice(),
      projectId: linkColumn(false),
      ownerId: linkColumn(true),
    });
    await schema.createEntity("project_dependency", {
      kind: choice(),
      note: longText().optional(),
      projectId: linkColumn(false),
      dependsOnId: linkColumn(false),
    });
  },
};
