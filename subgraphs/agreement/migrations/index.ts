import { ledgerChain } from "../../kernel/database/ledgerChain.js";
import { type Migration, rememberRequests } from "../../kernel/database/migration.js";
import { twinEras } from "../../kernel/database/twinEras.js";
import { createAgreementPortfolio } from "./1763856000000-create.js";

/** Oldest first; only ever added to. */
export const migrations: readonly Migration[] = [createAgreementPortfolio, ...ledgerChain, rememberRequests, ...twinEras];
