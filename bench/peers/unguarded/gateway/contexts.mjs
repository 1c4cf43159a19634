/** Requests have no deadline, and go on when their client has left. */
import { requestIdOf } from "guarded:gateway/contexts.js";

export * from "guarded:gateway/contexts.js";
export const createContext = (response, principal) => ({ principal, requestId: requestIdOf(response), trail: { fetched: [] } });
