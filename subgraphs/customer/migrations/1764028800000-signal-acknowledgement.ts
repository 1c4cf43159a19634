import { choice, date, longText, text } from "../../kernel/declare.js";
import { type Migration, linkColumn } from "../../kernel/database/migration.js";

export const addSignalAcknowledgement: Migration = {
  name: "addSignalAcknowledgement1764028800000",
  up: async (schema) => {
    await schema.createEntity("signal_acknowledgement", {
      signal: text(200),
      kind: choice(),
      severity: choice(),
      since: date(),
      acknowledgedOn: date().optional(),
      until: date().optional(),
      note: longText().optional(),
      withdrawnOn: date().optional(),
      customerId: linkColumn(true),
      byId: linkColumn(false),
    });
  },
};
