import { boolean, choice, date, dateTime, decimal, integer, longText, money, text, values } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const createCustomerPortfolio: Migration = {
  name: "createCustomerPortfolio1763856000000",
  up: async (schema) => {
    await schema.createLedger();
    await schema.createEntity("customer", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      kind: choice(),
      lifecycle: choice(),
      segment: choice(),
      segmentReason: longText().optional(),
      industry: text(200).optional(),
      description: longText().optional(),
      strategy: longText().optional(),
      revenue: values(),
      verifiedById: linkColumn(true),
      parentId: linkColumn(true),
    });
    await schema.createEntity("customer_unit", {
      name: text(300),
      customerId: linkColumn(false),
      parentId: linkColumn(true),
      headId: linkColumn(true),
    });
    await schema.createEntity("stakeholder", {
      role: choice(),
      influence: integer().optional(),
      interest: integer().optional(),
      stance: choice().optional(),
      validFrom: date().optional(),
      validTo: date().optional(),
      customerId: linkColumn(false),
      personId: linkColumn(false),
      unitId: linkColumn(true),
      serviceId: linkColumn(true),
    });
    await schema.createEntity("relationship", {
      providerCommitment: choice().optional(),
      providerCommitmentNote: longText().optional(),
      customerCommitment: choice().optional(),
      customerCommitmentNote: longText().optional(),
      reviewCadence: integer().optional(),
      nextReviewDue: date().optional(),
      sharedValues: longText().optional(),
      customerId: linkColumn(false),
      managerId: linkColumn(true),
    });
    await schema.createEntity("maturity_assessment", {
      side: choice(),
      level: choice(),
      assessedOn: date(),
      relationshipId: linkColumn(false),
    });
    await schema.createEntity("engagement_assessment", {
      side: choice(),
      assessedOn: date(),
      expectedValue: money().optional(),
      effortCost: money().optional(),
      decision: choice().optional(),
      customerId: linkColumn(false),
    });
    await schema.createEntity("business_driver", {
      kind: choice(),
      statement: longText(),
      horizon: date().optional(),
    });
    await schema.createList("business_driver_customers", { toId: linkColumn(false) });
    await schema.createEntity("business_objective", {
      statement: longText(),
      measure: text(500).optional(),
      baseline: decimal().optional(),
      target: decimal().optional(),
      actual: decimal().optional(),
      due: date().optional(),
      state: choice(),
      customerId: linkColumn(false),
    });
    await schema.createList("business_objective_supported_by", { serviceId: linkColumn(false), contribution: text(500) });
    await schema.createEntity("business_need", {
      statement: longText(),
      priority: choice(),
      state: choice(),
      customerId: linkColumn(false),
      driverId: linkColumn(true),
      objectiveId: linkColumn(true),
      unitId: linkColumn(true),
    });
    await schema.createList("business_need_services", { toId: linkColumn(false) });
    await schema.createEntity("need_change", {
      statement: longText(),
      raisedOn: date(),
      acceptedTimeframe: integer().optional(),
      respondedOn: date().optional(),
      response: longText().optional(),
      respondedInTime: boolean().optional(),
      needId: linkColumn(false),
    });
    await schema.createEntity("anticipation", {
      expectedNeed: longText(),
      likelihood: integer().optional(),
      horizon: date().optional(),
      evidence: longText().optional(),
      outcome: choice(),
      customerId: linkColumn(false),
      driverId: linkColumn(true),
      leadsToId: linkColumn(true),
    });
    await schema.createEntity("unit_conflict", {
      description: longText(),
      state: choice(),
      customerId: linkColumn(false),
    });
    await schema.createList("unit_conflict_units", { toId: linkColumn(false) });
    await schema.createList("unit_conflict_needs", { toId: linkColumn(false) });
    await schema.createEntity("interaction", {
      level: choice(),
      handledBy: choice().optional(),
      kind: choice(),
      heldAt: dateTime(),
      decisions: longText().optional(),
    });
    await schema.createList("interaction_participants", { toId: linkColumn(false) });
    await schema.createList("interaction_about", { toId: linkColumn(false) });
    await schema.createList("interaction_actions", { text: text(500), due: date().optional(), ownerId: linkColumn(true), done: boolean() });
    await schema.createEntity("feedback", {
      kind: choice(),
      statement: longText(),
      severity: choice().optional(),
      accepted: boolean().optional(),
      state: choice(),
      receivedOn: date(),
      escalatedOn: date().optional(),
      closedOn: date().optional(),
      resolution: longText().optional(),
      improvement: longText().optional(),
      customerId: linkColumn(false),
      aboutId: linkColumn(true),
      escalatedToId: linkColumn(true),
    });
    await schema.createEntity("expectation", {
      statement: longText(),
      realism: choice(),
      agreedOn: date().optional(),
      customerId: linkColumn(false),
      serviceId: linkColumn(false),
    });
    await schema.createEntity("service_usage", {
      users: integer().optional(),
      periodFrom: date(),
      periodTo: date(),
      pattern: longText().optional(),
      customerId: linkColumn(false),
      serviceId: linkColumn(false),
      unitId: linkColumn(true),
    });
    await schema.createEntity("service_dependency", {
      businessActivity: text(500),
      criticality: choice(),
      vitalBusinessFunction: boolean(),
      tolerableOutage: integer().optional(),
      workaround: longText().optional(),
      validFrom: date().optional(),
      validTo: date().optional(),
      customerId: linkColumn(false),
      serviceId: linkColumn(false),
      unitId: linkColumn(true),
    });
    await schema.createEntity("value_assessment", {
      periodFrom: date(),
      periodTo: date(),
      perceivedValue: integer().optional(),
      realisedValue: money().optional(),
      understanding: integer().optional(),
      basis: choice(),
      sampleSize: integer().optional(),
      sampleFrame: integer().optional(),
      customerId: linkColumn(false),
      serviceId: linkColumn(false),
      assessorId: linkColumn(true),
    });
  },
};
