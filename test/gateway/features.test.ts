/** A foreign supergraph is served as Apollo's own gateway serves it: each kind of plan node, each rewrite, answers and errors alike. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FetchNode, PlanNode } from "@apollo/query-planner";
import { parse } from "graphql";
import { type AskedGateway, loadGateway } from "../differential/gateways.js";
import { listErrors } from "../differential/comparison.js";
import { call } from "../support/graph.js";
import { federate } from "./federations.js";
import { features } from "./features.js";

const kinds = new Set<string>();
function noteKinds(node: PlanNode | undefined): void {
  if (!node) return;
  kinds.add(node.kind);
  if (node.kind === "Sequence" || node.kind === "Parallel") node.nodes.forEach(noteKinds);
  if (node.kind === "Flatten") noteKinds(node.node);
  if (node.kind === "Condition") [node.ifClause, node.elseClause].forEach(noteKinds);
  if (node.kind === "Fetch") for (const rewrite of [...inputs(node), ...outputs(node)]) kinds.add(rewrite);
}
const inputs = ({ inputRewrites = [] }: FetchNode) => inputRewrites.map(({ kind }) => `input ${kind}`);
const outputs = ({ outputRewrites = [] }: FetchNode) => outputRewrites.map(({ kind }) => `output ${kind}`);

describe.each(features)("$name", ({ portfolios, operations, refused = 0 }) => {
  let withoutData = 0;
  let compiled: AskedGateway | undefined;
  let general: AskedGateway | undefined;
  beforeAll(async () => {
    const federation = { ...federate(portfolios), call };
    compiled = await loadGateway("compiled", federation);
    general = await loadGateway("general", federation);
  });
  afterAll(async () => {
    await compiled?.stop();
    await general?.stop();
  });

  test.each(operations)("$query", async ({ query, variables = {} }) => {
    const document = parse(query);
    const own = await compiled!.ask(document, query, variables);
    const apollo = await general!.ask(document, query, variables);
    noteKinds(own.plan?.node as PlanNode);
    if (own.data === "null") withoutData++;
    expect(own.data).toBe(apollo.data);
    expect(own.spent).toBe(apollo.spent);
    expect(listErrors(own.errors)).toBe(listErrors(apollo.errors));
  });
  test("runs compiled, and answers", () => expect({ general: compiled!.gateway.counts.general, withoutData }).toEqual({ general: 0, withoutData: refused }));
});

// What plans rewrite on the way to a portfolio is a type, never a name, in this version of the planner.
test("every kind of node and of rewrite was in a plan", () => {
  expect([...kinds].sort()).toEqual(["Condition", "Fetch", "Flatten", "Parallel", "Sequence", "input ValueSetter", "output KeyRenamer"].sort());
});
