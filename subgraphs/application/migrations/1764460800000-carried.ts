import { type Migration } from "../../kernel/database/migration.js";

/** What functions support is written with their application or not at all: processes of before that would leave it out. */
export const requireApplications: Migration = {
  name: "requireApplications1764460800000",
  up: (schema) => schema.requireCarried("application_function_supports", "application_function", "applicationId"),
};
