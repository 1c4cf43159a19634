import { choice, date, decimal, integer, longText, money, text, values } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const createServicePortfolio: Migration = {
  name: "createServicePortfolio1763856000000",
  up: async (schema) => {
    await schema.createLedger();
    await schema.createEntity("service", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      kind: choice(),
      sourcing: choice().optional(),
      status: choice(),
      section: choice(),
      statusHistory: values(),
      utility: longText().optional(),
      warranty: longText().optional(),
      retiredReason: longText().optional(),
      verifiedById: linkColumn(true),
      ownerId: linkColumn(true),
    });
    await schema.createList("service_depends_on", { toId: linkColumn(false) });
    await schema.createEntity("service_offering", {
      package: text(200),
      valueProposition: longText().optional(),
      price: money().optional(),
      per: choice(),
      serviceId: linkColumn(false),
      tailoredForId: linkColumn(true),
    });
    await schema.createEntity("service_cost", {
      periodFrom: date(),
      periodTo: date(),
      kind: choice(),
      amount: money(),
      basis: text(500).optional(),
      serviceId: linkColumn(false),
    });
    await schema.createEntity("competitor_benchmark", {
      competitor: text(200),
      offering: text(300).optional(),
      comparableLevel: longText().optional(),
      unitPrice: money(),
      per: choice(),
      observedOn: date(),
      source: text(500).optional(),
      confidence: integer().optional(),
      serviceId: linkColumn(false),
    });
    await schema.createEntity("opportunity", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      title: text(300),
      description: longText().optional(),
      kind: choice(),
      origin: choice(),
      state: choice(),
      decisionReason: longText().optional(),
      verifiedById: linkColumn(true),
      customerId: linkColumn(false),
      raisedById: linkColumn(true),
      convertedToId: linkColumn(true),
    });
    await schema.createList("opportunity_needs", { toId: linkColumn(false) });
    await schema.createEntity("requirement", {
      statement: longText(),
      kind: choice(),
      aspect: choice().optional(),
      change: choice().optional(),
      origin: text(500).optional(),
      state: choice(),
      signedOffOn: date().optional(),
      rejectedReason: longText().optional(),
      serviceId: linkColumn(true),
      opportunityId: linkColumn(true),
      needId: linkColumn(true),
      signedOffById: linkColumn(true),
    });
    await schema.createEntity("business_case", {
      title: text(300),
      options: longText().optional(),
      cost: money().optional(),
      monetaryBenefit: money().optional(),
      otherBenefits: longText().optional(),
      riskOfDoing: longText().optional(),
      riskOfNotDoing: longText().optional(),
      assumptions: longText().optional(),
      state: choice(),
      decidedOn: date().optional(),
      rejectedReason: longText().optional(),
      cashFlow: values(),
      discountRate: decimal().optional(),
      serviceId: linkColumn(true),
      opportunityId: linkColumn(true),
      sponsorId: linkColumn(true),
    });
    await schema.createEntity("service_evaluation", {
      evaluatedOn: date(),
      feasibility: longText().optional(),
      valueScore: integer().optional(),
      costScore: integer().optional(),
      riskScore: integer().optional(),
      recommendation: choice(),
      explanation: longText().optional(),
      serviceId: linkColumn(false),
    });
    await schema.createEntity("service_development", {
      stage: text(200).optional(),
      percent: integer().optional(),
      state: choice(),
      serviceId: linkColumn(false),
      customerId: linkColumn(false),
    });
  },
};
