import { ledgerChain } from "../../kernel/database/ledgerChain.js";
import { type Migration, rememberRequests } from "../../kernel/database/migration.js";
import { twinEras } from "../../kernel/database/twinEras.js";
import { createPeoplePortfolio } from "./1763856000000-create.js";
import { addPersonInactiveSince } from "./1764028800000-person-inactive-since.js";

/** Oldest first; only ever added to. */
export const migrations: readonly Migration[] = [createPeoplePortfolio, addPersonInactiveSince, ...ledgerChain, rememberRequests, ...twinEras];
