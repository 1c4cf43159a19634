import type { Migration } from "../../kernel/database/migration.js";
import { date } from "../../kernel/declare.js";

export const addPersonInactiveSince: Migration = {
  name: "addPersonInactiveSince1764028800000",
  up: (schema) => schema.addColumn("person", "inactiveSince", date().optional()),
};
