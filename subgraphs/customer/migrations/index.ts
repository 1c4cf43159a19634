import { ledgerChain } from "../../kernel/database/ledgerChain.js";
import { type Migration, rememberRequests } from "../../kernel/database/migration.js";
import { twinEras } from "../../kernel/database/twinEras.js";
import { createCustomerPortfolio } from "./1763856000000-create.js";
import { addSignalAcknowledgement } from "./1764028800000-signal-acknowledgement.js";
import { indexPages } from "./1764374400000-pages.js";

/** Oldest first; only ever added to. */
export const migrations: readonly Migration[] = [
  createCustomerPortfolio,
  addSignalAcknowledgement,
  ...ledgerChain,
  rememberRequests,
  ...twinEras,
  ...indexPages,
];
