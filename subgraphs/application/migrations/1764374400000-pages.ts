import { type Migration } from "../../kernel/database/migration.js";

/** What pages of links are chosen from, and owners among roles. One change each: MySQL keeps what a migration did before it was cut off. */
export const indexPages: readonly Migration[] = [
  { name: "carryApplications1764374400000", up: (schema) => schema.carry("application_function_supports", "application_function", "applicationId") },
  { name: "indexApplicationsOfServices1764374400001", up: (schema) => schema.widenIndex("application_function_supports", ["toId", "applicationId"]) },
  { name: "indexRolesOfApplications1764374400002", up: (schema) => schema.widenIndex("application_role", ["applicationId", "role"]) },
];
