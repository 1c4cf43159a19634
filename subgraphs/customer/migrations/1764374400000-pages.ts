import { type Migration } from "../../kernel/database/migration.js";

/** Indices from which pages of links are chosen. One change each: MySQL keeps what a migration did before it was cut off. */
export const indexPages: readonly Migration[] = [
  { name: "indexServicesUsed1764374400000", up: (schema) => schema.widenIndex("service_usage", ["customerId", "serviceId"]) },
  { name: "indexCustomersUsing1764374400001", up: (schema) => schema.widenIndex("service_usage", ["serviceId", "customerId"]) },
  { name: "indexServicesDependedOn1764374400002", up: (schema) => schema.widenIndex("service_dependency", ["customerId", "serviceId"]) },
  { name: "indexCustomersDepending1764374400003", up: (schema) => schema.widenIndex("service_dependency", ["serviceId", "customerId"]) },
];
