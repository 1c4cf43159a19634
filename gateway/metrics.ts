import type { ExecutionCounts } from "./execution/compiled/executor.js";

/** How operations were executed since the start, as Prometheus reads it. */
export function writeMetrics(counts: ExecutionCounts): string {
  const samples = Object.entries(counts).map(([execution, count]) => `graph_operations_total{execution="${execution}"} ${count}`);
  return [
    "# HELP graph_operations_total Operations executed: compiled, by a program of their own; shaped, the same, but Apollo's shaping finished the answer; general, by Apollo's executor.",
    "# TYPE graph_operations_total counter",
    ...samples,
    "",
  ].join("\n");
}
