import { ledgerChain } from "../../kernel/database/ledgerChain.js";
import { type Migration, rememberRequests } from "../../kernel/database/migration.js";
import { twinEras } from "../../kernel/database/twinEras.js";
import { createApplicationPortfolio } from "./1763856000000-create.js";
import { indexPages } from "./1764374400000-pages.js";
import { requireApplications } from "./1764460800000-carried.js";

/** Oldest first; only ever added to. */
export const migrations: readonly Migration[] = [createApplicationPortfolio, ...ledgerChain, rememberRequests, ...twinEras, ...indexPages, requireApplications];
