import type { Scopes } from "../kernel/scopes.js";

/** How services are made is the provider's own. */
export const scopes = {} satisfies Scopes;
