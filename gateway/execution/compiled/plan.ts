/** Apollo's query plans, compiled to functions that carry them out. */
import type { ConditionNode, FetchNode, FlattenNode, PlanNode, QueryPlan } from "@apollo/query-planner";
import type { OperationDefinitionNode } from "graphql";
import type { Kinds } from "../kinds.js";
import type { SubgraphSource } from "../sources.js";
import { holds } from "./conditions.js";
import { fetchEntities, fetchInto } from "./fetches.js";
import { type PlanPath, checkPath } from "./paths.js";
import { compileRepresentations, compileRewrites } from "./representations.js";
import type { Step } from "./run.js";
import { Unusual } from "./unusual.js";

/** What plans are compiled against. */
export interface Surroundings {
  readonly kinds: Kinds;
  readonly sourceOf: (subgraph: string) => SubgraphSource;
}

const nothing: Step = async () => undefined;

/** Compiles a plan. Throws Unusual where it holds what is not covered. */
export function compilePlan({ node }: QueryPlan, operation: OperationDefinitionNode, surroundings: Surroundings): Step {
  if (!node) return nothing;
  if (node.kind === "Subscription") throw new Unusual("a subscription");
  return new PlanCompiler(operation, surroundings).compile(node, []);
}

class PlanCompiler {
  constructor(
    private readonly operation: OperationDefinitionNode,
    private readonly surroundings: Surroundings,
  ) {}

  compile(node: PlanNode, path: PlanPath): Step {
    switch (node.kind) {
      case "Sequence":
        return inSequence(node.nodes.map((each) => this.compile(each, path)));
      case "Parallel":
        return this.compileParallel(node.nodes, path);
      case "Flatten":
        return this.compile(node.node, [...path, ...checkPath(node.path)]);
      case "Condition":
        return this.compileCondition(node, path);
      case "Fetch":
        return this.compileFetch(node, [path]);
      default:
        throw new Unusual(`a ${node.kind} node`);
    }
  }

  /** Nodes that may be carried out at once. Those that begin by asking the same of the entities at their places begin together: of fifty lists each record is asked for once. */
  private compileParallel(nodes: readonly PlanNode[], path: PlanPath): Step {
    const alike = new Map<unknown, PlanNode[]>();
    for (const node of nodes) {
      const key = asksOf(stepsOf(node)[0]) ?? node;
      alike.set(key, [...(alike.get(key) ?? []), node]);
    }
    return inParallel([...alike.values()].map((several) => (several.length === 1 ? this.compile(several[0]!, path) : this.compileAlike(several, path))));
  }

  private compileAlike(nodes: readonly PlanNode[], path: PlanPath): Step {
    const first = nodes.map((node) => stepsOf(node)[0] as FlattenNode);
    const fetch = this.compileFetch(
      first[0]!.node as FetchNode,
      first.map((node) => [...path, ...checkPath(node.path)]),
    );
    const rest = nodes.map((node): PlanNode => ({ kind: "Sequence", nodes: stepsOf(node).slice(1) })).filter((node) => stepsOf(node).length > 0);
    return rest.length === 0 ? fetch : inSequence([fetch, this.compileParallel(rest, path)]);
  }

  private compileCondition(node: ConditionNode, path: PlanPath): Step {
    const [then, otherwise] = [node.ifClause, node.elseClause].map((clause) => (clause ? this.compile(clause, path) : nothing)) as [Step, Step];
    const { operation } = this;
    return (run) => (holds(operation, node.condition, run.variables) ? then : otherwise)(run);
  }

  /** A fetch at those places; only entities are fetched for several. */
  private compileFetch(node: FetchNode, paths: readonly PlanPath[]): Step {
    if (node.contextRewrites?.length) throw new Unusual("a context");
    const { kinds, sourceOf } = this.surroundings;
    const source = sourceOf(node.serviceName);
    const output = compileRewrites(kinds, node.outputRewrites);
    if (!node.requires) return fetchInto(node, source, paths[0]!, output);
    const input = compileRewrites(kinds, node.inputRewrites);
    return fetchEntities(node, source, paths, { ...compileRepresentations(kinds, node.requires, input === null), input, output });
  }
}

const inSequence =
  (steps: readonly Step[]): Step =>
  async (run) => {
    for (const step of steps) await step(run);
  };
const inParallel =
  (steps: readonly Step[]): Step =>
  async (run) =>
    void (await Promise.all(steps.map((step) => step(run))));

const stepsOf = (node: PlanNode): readonly PlanNode[] => (node.kind === "Sequence" ? node.nodes : [node]);

/** What a fetch of entities asks of them, as text; null is any other node. */
function asksOf(node: PlanNode | undefined): string | null {
  if (node?.kind !== "Flatten" || node.node.kind !== "Fetch" || !node.node.requires) return null;
  const { serviceName, requires, operation, variableUsages, inputRewrites, outputRewrites, contextRewrites } = node.node;
  return JSON.stringify([serviceName, requires, operation.replace(NAME, "query"), variableUsages, inputRewrites, outputRewrites, contextRewrites]);
}
/** The name that a plan gives an operation, which numbers its fetches. */
const NAME = /^query \w+/;
