/** What was measured of several variants, as a table of RESULTS.md. */
import { type Cost, brief, middle } from "./costs.js";
import type { Running } from "./peers/variants.js";

export interface Measured {
  readonly variant: Running;
  /** Statements of a request. */
  readonly statements: number;
  /** A cost for each round. */
  readonly costs: readonly Cost[];
}

/** A row for each; the first is what the others are compared to. Below it how the gateways alone compare, where several stand over our subgraphs. */
export function writeTable(measured: readonly Measured[]): string[] {
  const floor = medianOf(measured[0]!, ({ cpu }) => cpu);
  return [
    "| | CPU ms | of it database | of it gateway | × first | statements | p50 ms | p99 ms | requests/s | KB written by all | RSS MB |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...measured.map((each) => {
      const of = (pick: (cost: Cost) => number) => medianOf(each, pick);
      const cells = [
        each.variant.title,
        brief(of(({ cpu }) => cpu)),
        brief(of(({ database }) => database)),
        each.costs[0]!.gateway === null ? "" : brief(gatewayOf(each)),
        brief(of(({ cpu }) => cpu) / floor),
        String(each.statements),
        brief(of(({ p50 }) => p50)),
        brief(of(({ p99 }) => p99)),
        brief(of(({ perSecond }) => perSecond)),
        brief(of(({ written }) => written) / 1024),
        brief(of(({ resident }) => resident) / 1024 / 1024),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
    ...compareGateways(measured),
  ];
}

const medianOf = ({ costs }: Measured, pick: (cost: Cost) => number): number => middle(costs.map(pick));
const gatewayOf = (measured: Measured): number => medianOf(measured, ({ gateway }) => gateway ?? 0);

/** Only the gateway swapped: each over the same processes of our subgraphs. */
function compareGateways(measured: readonly Measured[]): string[] {
  const find = (name: string) => measured.find(({ variant }) => variant.name === name);
  const ours = find("distributed");
  if (!ours) return [];
  const parts = [
    { other: find("apollo-ours"), goal: "× Apollo's (goal 0.5)" },
    { other: find("hive-rust-ours"), goal: "× Hive's with its Rust planner (goal 0.6)" },
  ].flatMap(({ other, goal }) => (other ? [`${brief(gatewayOf(ours) / gatewayOf(other))} ${goal}`] : []));
  return parts.length > 0 ? ["", `The gateway alone, over the same processes of our subgraphs: ours takes ${parts.join(" and ")}.`] : [];
}
