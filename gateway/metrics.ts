import type { CompiledGateway } from "./execution/compiled/executor.js";
import type { Shortcut } from "./shortcut.js";

/** How operations were executed since the start, how many are kept compiled, and how many requests went the short way, as Prometheus reads it. */
export function writeMetrics({ counts, kept }: Pick<CompiledGateway, "counts" | "kept">, { answered }: Pick<Shortcut, "answered">): string {
  return [
    "# HELP graph_operations_total Operations executed: compiled, by a program of their own; shaped, the same, but Apollo's shaping finished the answer; general, by Apollo's executor.",
    "# TYPE graph_operations_total counter",
    ...Object.entries(counts).map(([execution, count]) => `graph_operations_total{execution="${execution}"} ${count}`),
    "# HELP graph_operations_kept Operations known by text and name, so that they are neither planned nor compiled again.",
    "# TYPE graph_operations_kept gauge",
    `graph_operations_kept ${kept}`,
    "# HELP graph_shortcuts_total Requests answered on the short way, without express and Apollo Server: those of known operations whose answer is data alone.",
    "# TYPE graph_shortcuts_total counter",
    `graph_shortcuts_total ${answered}`,
    "",
  ].join("\n");
}
