import { choice, date, integer, longText, money, text, values } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const createApplicationPortfolio: Migration = {
  name: "createApplicationPortfolio1763856000000",
  up: async (schema) => {
    await schema.createLedger();
    await schema.createEntity("application", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      description: longText().optional(),
      kind: choice(),
      hosting: choice().optional(),
      lifecycle: choice(),
      phases: values(),
      criticality: choice().optional(),
      functionalFit: integer().optional(),
      technicalFit: integer().optional(),
      disposition: choice().optional(),
      dispositionOverride: choice().optional(),
      dispositionReason: longText().optional(),
      endReason: longText().optional(),
      users: integer().optional(),
      annualCost: money().optional(),
      dataClassification: choice().optional(),
      verifiedById: linkColumn(true),
      successorId: linkColumn(true),
      contractId: linkColumn(true),
    });
    await schema.createEntity("application_function", {
      name: text(300),
      description: longText().optional(),
      applicationId: linkColumn(false),
    });
    await schema.createList("application_function_supports", { toId: linkColumn(false) });
    await schema.createEntity("application_interface", {
      data: text(500),
      protocol: text(100).optional(),
      sourceId: linkColumn(false),
      targetId: linkColumn(false),
    });
    await schema.createEntity("application_role", {
      role: choice(),
      validFrom: date().optional(),
      validTo: date().optional(),
      applicationId: linkColumn(false),
      holderId: linkColumn(false),
    });
  },
};
