/** Statements run to their end. */
export * from "guarded:subgraphs/kernel/database/cancellations.js";
export const runCancellably = (_uri, _connection, _cancellation, work) => work();
