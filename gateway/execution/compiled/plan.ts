/** Apollo's query plans, compiled to functions that carry them out. */
import type { ConditionNode, FetchNode, PlanNode, QueryPlan } from "@apollo/query-planner";
import { GraphQLError, type OperationDefinitionNode } from "graphql";
import type { AnswerError, GraphQLCall } from "../../../transport/subgraph.js";
import type { RequestContext } from "../../contexts.js";
import type { Kinds } from "../kinds.js";
import type { SubgraphSource } from "../sources.js";
import { type Variables, holds } from "./conditions.js";
import { type Data, merge } from "./merge.js";
import { type AnswerPath, type PlanPath, checkPath, locate, walk } from "./paths.js";
import { type Representations, type Rewrite, compileRepresentations, compileRewrites } from "./representations.js";
import { Unusual } from "./unusual.js";

/** One carrying out of a plan: what is known so far, and what went wrong. */
export interface Run {
  readonly data: Data;
  readonly variables: Variables;
  readonly context: RequestContext;
  readonly errors: GraphQLError[];
  /** Whether subgraphs may have done for it what is not in its data. */
  isUnseen: boolean;
}
/** A part of a plan. Never rejects for a subgraph's sake: what goes wrong there is in the run's errors. */
export type Step = (run: Run) => Promise<void>;

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
        return inParallel(node.nodes.map((each) => this.compile(each, path)));
      case "Flatten":
        return this.compile(node.node, [...path, ...checkPath(node.path)]);
      case "Condition":
        return this.compileCondition(node, path);
      case "Fetch":
        return this.compileFetch(node, path);
      default:
        throw new Unusual(`a ${node.kind} node`);
    }
  }

  private compileCondition(node: ConditionNode, path: PlanPath): Step {
    const [then, otherwise] = [node.ifClause, node.elseClause].map((clause) => (clause ? this.compile(clause, path) : nothing)) as [Step, Step];
    const { operation } = this;
    return (run) => (holds(operation, node.condition, run.variables) ? then : otherwise)(run);
  }

  private compileFetch(node: FetchNode, path: PlanPath): Step {
    if (node.contextRewrites?.length) throw new Unusual("a context");
    const { kinds, sourceOf } = this.surroundings;
    const source = sourceOf(node.serviceName);
    const output = compileRewrites(kinds, node.outputRewrites);
    if (!node.requires) return fetchInto(node, source, path, output);
    const input = compileRewrites(kinds, node.inputRewrites);
    return fetchEntities(node, source, path, { ...compileRepresentations(kinds, node.requires, input === null), input, output });
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

/** The call of a fetch, with those of the request's variables that it uses. */
function callOf({ operation: query, operationName, variableUsages = [] }: FetchNode): (variables: Variables) => GraphQLCall & { variables: Data } {
  const name = operationName === undefined ? {} : { operationName };
  return (given) => {
    const variables: Data = {};
    for (const usage of variableUsages) if (Object.hasOwn(given, usage) && given[usage] !== undefined) variables[usage] = given[usage];
    return { query, variables, ...name };
  };
}

/** A fetch of root fields, merged into every object at `path` (the whole, where that is empty). */
function fetchInto(node: FetchNode, source: SubgraphSource, path: PlanPath, output: Rewrite | null): Step {
  const call = callOf(node);
  return async (run) => {
    const targets: Data[] = [];
    walk(run.data, path, (target) => targets.push(target));
    if (targets.length === 0) return;
    const { data, errors, isUnseen } = await source.fetch(call(run.variables), run.context);
    run.isUnseen ||= isUnseen;
    for (const error of errors ?? []) run.errors.push(failureOf(error, source.name, error.path && [...path.filter((step) => step !== "@"), ...error.path]));
    if (!data) return;
    output?.(data);
    for (const target of targets) merge(target, data);
  };
}

interface Entities extends Representations {
  readonly input: Rewrite | null;
  readonly output: Rewrite | null;
}

/** A fetch of entities: each is asked for once, however often it stands at `path`. */
function fetchEntities(node: FetchNode, source: SubgraphSource, path: PlanPath, { represent, keyOf, input, output }: Entities): Step {
  const call = callOf(node);
  return async (run) => {
    const asked = new Map<unknown, number>();
    const representations: Data[] = [];
    const targets: Data[] = [];
    /** Which representation each target is given the answer of; none where there is nothing to ask. */
    const indices: number[] = [];
    walk(run.data, path, (target) => {
      const representation = represent(target);
      targets.push(target);
      if (!representation) return void indices.push(-1);
      input?.(representation);
      const key = keyOf(representation);
      let index = asked.get(key);
      if (index === undefined) {
        asked.set(key, (index = representations.length));
        representations.push(representation);
      }
      indices.push(index);
    });
    if (representations.length === 0) return;
    const request = call(run.variables);
    request.variables["representations"] = representations;
    const { data, errors = [], isUnseen } = await source.fetchEntities(request, representations.length, run.context);
    run.isUnseen ||= isUnseen;
    if (errors.length > 0) run.errors.push(...placeErrors(errors, source.name, run.data, path, indices));
    const received = data?.["_entities"] as (Data | null)[] | undefined;
    if (!received) return;
    for (const entity of received) if (entity) output?.(entity);
    targets.forEach((target, i) => {
      const entity = indices[i] === -1 ? null : received[indices[i]!];
      if (!entity) return;
      // Rewrites may have renamed it; what has no type is of the type it was asked by.
      entity["__typename"] ??= target["__typename"];
      merge(target, entity);
    });
  };
}

/** How many places one failure is reported at, at most. */
const MOST_PLACES = 100;

/** The errors of a fetch of entities, each at every place in the answer where its entity stands. */
function placeErrors(errors: readonly AnswerError[], subgraph: string, data: Data, path: PlanPath, indices: readonly number[]): GraphQLError[] {
  const places = locate(data, path);
  const placed: GraphQLError[] = [];
  for (const error of errors) {
    const [root, index, ...rest] = error.path ?? [];
    if (root !== "_entities" || typeof index !== "number") {
      placed.push(failureOf(error, subgraph, undefined));
      continue;
    }
    indices.forEach((asked, i) => {
      if (asked === index && placed.length < MOST_PLACES) placed.push(failureOf(error, subgraph, [...places[i]!, ...rest]));
    });
  }
  return placed;
}

function failureOf(error: AnswerError, serviceName: string, path: AnswerPath | undefined): GraphQLError {
  return new GraphQLError(error.message || `The ${serviceName} subgraph failed.`, {
    ...(path ? { path } : {}),
    extensions: { ...error.extensions, serviceName },
    originalError: error as Error,
  });
}
