/** The migrations that lay twins out by eras: the same in every portfolio. */
import { ERA_SHAPES, type Migration, currentEras } from "./migration.js";

/** One change each: MySQL keeps what a migration did before it was cut off. */
export const twinEras: readonly Migration[] = [
  { name: "createEras1764288000000", up: (schema) => schema.createMissing(ERA_SHAPES) },
  { name: "addErasOfHead1764288000001", up: (schema) => schema.addLedgerColumn("ledger_head", "eras", currentEras()) },
  { name: "clusterTwins1764288000002", up: (schema) => schema.clusterTwins() },
];
