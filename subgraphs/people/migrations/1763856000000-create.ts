import { boolean, date, longText, text } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const createPeoplePortfolio: Migration = {
  name: "createPeoplePortfolio1763856000000",
  up: async (schema) => {
    await schema.createLedger();
    await schema.createEntity("person", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      email: text(254).optional(),
      phone: text(50).optional(),
      active: boolean(),
      verifiedById: linkColumn(true),
      employerId: linkColumn(true),
      managerId: linkColumn(true),
    });
    await schema.createList("person_teams", { toId: linkColumn(false) });
    await schema.createEntity("team", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      description: longText().optional(),
      active: boolean(),
      verifiedById: linkColumn(true),
      leadId: linkColumn(true),
    });
    await schema.createEntity("supplier", {
      code: text(64).unique(),
      verifiedOn: date().optional(),
      name: text(300),
      description: longText().optional(),
      website: text(500).optional(),
      active: boolean(),
      verifiedById: linkColumn(true),
    });
  },
};
