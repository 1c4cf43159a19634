import { type Migration } from "../../kernel/database/migration.js";

/** Indices from which pages of links are chosen. One change each: MySQL keeps what a migration did before it was cut off. */
export const indexPages: readonly Migration[] = [
  { name: "indexServicesOfProjects1764374400000", up: (schema) => schema.widenIndex("deliverable", ["projectId", "serviceId", "state"]) },
  { name: "indexProjectsOfServices1764374400001", up: (schema) => schema.widenIndex("deliverable", ["serviceId", "projectId", "state"]) },
];
