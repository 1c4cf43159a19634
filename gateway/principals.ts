import type { Principal } from "../transport/subgraph.js";

/** Who everyone is until callers are told apart. */
export const DEVELOPMENT_PRINCIPAL: Principal = { subject: "developer", roles: ["developer"], customers: null };
