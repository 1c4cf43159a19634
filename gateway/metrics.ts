import type { CompiledGateway } from "./execution/compiled/executor.js";

/** How operations were executed since the start, and how many are kept compiled, as Prometheus reads it. */
export function writeMetrics({ counts, kept }: Pick<CompiledGateway, "counts" | "kept">): string {
  return [
    "# HELP graph_operations_total Operations executed: compiled, by a program of their own; shaped, the same, but Apollo's shaping finished the answer; general, by Apollo's executor.",
    "# TYPE graph_operations_total counter",
    ...Object.entries(counts).map(([execution, count]) => `graph_operations_total{execution="${execution}"} ${count}`),
    "# HELP graph_operations_kept Operations known by text and name, so that they are neither planned nor compiled again.",
    "# TYPE graph_operations_kept gauge",
    `graph_operations_kept ${kept}`,
    "",
  ].join("\n");
}
