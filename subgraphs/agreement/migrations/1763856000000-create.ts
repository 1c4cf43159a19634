import { boolean, choice, date, decimal, integer, longText, money, text } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const createAgreementPortfolio: Migration = {
  name: "createAgreementPortfolio1763856000000",
  up: async (schema) => {
    await schema.createLedger();
    await schema.createEntity("agreement", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      title: text(300),
      reference: text(100).optional(),
      kind: choice(),
      structure: choice().optional(),
      contractual: boolean().optional(),
      basis: choice().optional(),
      startOn: date().optional(),
      endOn: date().optional(),
      renewal: choice().optional(),
      noticeDays: integer().optional(),
      value: money().optional(),
      valuePer: choice().optional(),
      satisfactionFloor: integer().optional(),
      penaltyRule: longText().optional(),
      state: choice(),
      terminatedOn: date().optional(),
      terminationReason: longText().optional(),
      verifiedById: linkColumn(true),
    });
    await schema.createList("agreement_parties", { partyId: linkColumn(false), side: choice(), signatoryId: linkColumn(true) });
    await schema.createList("agreement_services", { toId: linkColumn(false) });
    await schema.createEntity("service_level_target", {
      aspect: choice(),
      metric: choice(),
      description: longText().optional(),
      comparator: choice(),
      value: decimal(),
      unit: text(50),
      window: text(200).optional(),
      agreementId: linkColumn(false),
      serviceId: linkColumn(true),
    });
    await schema.createEntity("service_level_achievement", {
      periodFrom: date(),
      periodTo: date(),
      measured: decimal(),
      volume: integer().optional(),
      met: boolean().optional(),
      targetId: linkColumn(false),
    });
    await schema.createEntity("underpinning", {
      upperId: linkColumn(false),
      lowerId: linkColumn(false),
      targetId: linkColumn(true),
    });
    await schema.createEntity("obligation", {
      obligor: choice(),
      statement: longText(),
      category: choice().optional(),
      dueOn: date().optional(),
      recurrence: text(200).optional(),
      state: choice(),
      metOn: date().optional(),
      waivedReason: longText().optional(),
      agreementId: linkColumn(false),
    });
    await schema.createEntity("obligation_breach", {
      detectedOn: date(),
      effect: longText().optional(),
      remedy: longText().optional(),
      disclosedToCustomerOn: date().optional(),
      obligationId: linkColumn(false),
    });
    await schema.createList("obligation_breach_affected_targets", { toId: linkColumn(false) });
  },
};
