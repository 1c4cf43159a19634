/** The fetches of a plan: what they send to a subgraph, and where in the answer they put what it says. */
import type { FetchNode } from "@apollo/query-planner";
import { GraphQLError } from "graphql";
import type { AnswerError, GraphQLCall } from "../../../transport/subgraph.js";
import type { SubgraphSource } from "../sources.js";
import type { Variables } from "./conditions.js";
import { type Data, copy, merge } from "./merge.js";
import { type AnswerPath, type PlanPath, locate, walk } from "./paths.js";
import type { Representations, Rewrite } from "./representations.js";
import type { Run, Step } from "./run.js";

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
export function fetchInto(node: FetchNode, source: SubgraphSource, path: PlanPath, output: Rewrite | null): Step {
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

/** How a plan's fetch of entities makes and takes them. */
interface Entities extends Representations {
  readonly input: Rewrite | null;
  readonly output: Rewrite | null;
}

/** An object that is given what an entity answers: which of the representations it is asked by (-1 where there is nothing to ask), and at which of the paths it stands. */
interface Target {
  readonly object: Data;
  readonly index: number;
  readonly ofPath: number;
}

/** A fetch of entities: each is asked for once, however often it stands at one of `paths`. */
export function fetchEntities(node: FetchNode, source: SubgraphSource, paths: readonly PlanPath[], entities: Entities): Step {
  const call = callOf(node);
  return async (run) => {
    const { targets, representations } = gather(run.data, paths, entities);
    if (representations.length === 0) return;
    const answered = await askInParts(call, source, representations, run);
    const { received } = answered;
    if (answered.errors.length > 0) run.errors.push(...placeErrors(answered, source.name, run.data, paths, targets));
    for (const entity of received) if (entity) entities.output?.(entity);
    // What is fetched later may say something else of a record at each path, under the same name.
    const copies = paths.map((_, ofPath) => (ofPath === 0 ? received : new Array<Data | undefined>(received.length)));
    for (const { object, index, ofPath } of targets) {
      const known = received[index];
      if (!known) continue;
      const entity = (copies[ofPath]![index] ??= copy(known));
      // Rewrites may have renamed it; what has no type is of the type it was asked by.
      entity["__typename"] ??= object["__typename"];
      merge(object, entity);
    }
  };
}

/** What stands at those paths, and how it is asked for. */
function gather(data: Data, paths: readonly PlanPath[], { represent, keyOf, input }: Entities): { targets: Target[]; representations: Data[] } {
  const asked = new Map<unknown, number>();
  const representations: Data[] = [];
  const targets: Target[] = [];
  const indexOf = (object: Data): number => {
    const representation = represent(object);
    if (!representation) return -1;
    input?.(representation);
    const key = keyOf(representation);
    let index = asked.get(key);
    if (index === undefined) {
      asked.set(key, (index = representations.length));
      representations.push(representation);
    }
    return index;
  };
  paths.forEach((path, ofPath) => walk(data, path, (object) => void targets.push({ object, index: indexOf(object), ofPath })));
  return { targets, representations };
}

/** Entities that are asked for in one call: as text they take about 1 MB, and subgraphs take 2 MB. */
const MOST_IN_ONE_CALL = 10_000;

/** What a subgraph answered for entities. */
interface Answered {
  readonly received: (Data | null | undefined)[];
  readonly errors: readonly AnswerError[];
  /** Entities for which there is no answer at all. */
  readonly unanswered: ReadonlySet<number>;
  readonly representations: readonly Data[];
}

/** What a subgraph answers for all of them, in their order, and the errors of its answers, the entities they name counted through. */
async function askInParts(call: ReturnType<typeof callOf>, source: SubgraphSource, representations: readonly Data[], run: Run): Promise<Answered> {
  const received: (Data | null | undefined)[] = [];
  const errors: AnswerError[][] = [];
  const unanswered = new Set<number>();
  const ask = async (from: number): Promise<void> => {
    const some = representations.slice(from, from + MOST_IN_ONE_CALL);
    const request = call(run.variables);
    request.variables["representations"] = some;
    const answer = await source.fetchEntities(request, some.length, run.context);
    run.isUnseen ||= answer.isUnseen;
    errors[from / MOST_IN_ONE_CALL] = (answer.errors ?? []).map((error) => (from === 0 ? error : shift(error, from)));
    const entities = answer.data?.["_entities"] as (Data | null)[] | undefined;
    some.forEach((_, i) => (entities ? (received[from + i] = entities[i]) : unanswered.add(from + i)));
  };
  await Promise.all(Array.from({ length: Math.ceil(representations.length / MOST_IN_ONE_CALL) }, (_, i) => ask(i * MOST_IN_ONE_CALL)));
  return { received, errors: errors.flat(), unanswered, representations };
}

/** An error of entities that are not the first. */
function shift(error: AnswerError, by: number): AnswerError {
  const [root, index, ...rest] = error.path ?? [];
  return typeof index === "number" ? { ...error, path: [root!, index + by, ...rest] } : error;
}

/** How many places of one path errors are reported at, at most. */
const MOST_PLACES = 100;

/** The errors of a fetch of entities, each at every place in the answer where its entity stands; of entities without an answer at the first places of each path. */
function placeErrors(
  { errors, unanswered, representations }: Answered,
  subgraph: string,
  data: Data,
  paths: readonly PlanPath[],
  targets: readonly Target[],
): GraphQLError[] {
  const places = paths.flatMap((path) => locate(data, path));
  const placesOf = new Map<number, number[]>();
  targets.forEach(({ index }, i) => {
    const known = placesOf.get(index);
    if (known) known.push(i);
    else placesOf.set(index, [i]);
  });
  const reported = paths.map(() => 0);
  const placed = new Map<string, GraphQLError>();
  const place = (error: AnswerError, i: number, rest: AnswerPath): void => {
    const at = [...places[i]!, ...rest];
    const key = JSON.stringify([error.message, at]);
    if (placed.has(key) || reported[targets[i]!.ofPath]!++ >= MOST_PLACES) return;
    placed.set(key, failureOf(error, subgraph, at));
  };
  const apart: GraphQLError[] = [];
  for (const error of errors) {
    const [root, index, ...rest] = error.path ?? [];
    if (root !== "_entities" || typeof index !== "number") apart.push(failureOf(error, subgraph, undefined));
    else for (const i of placesOf.get(index) ?? []) place(error, i, rest);
  }
  // Such errors name the first entities only, which may all stand at the first path; of others of a type the same is missing.
  if (unanswered.size > 0 && paths.length > 1) {
    const ofType = new Map<unknown, { readonly index: unknown; readonly errors: AnswerError[] }>();
    for (const error of errors) {
      const [root, index] = error.path ?? [];
      if (root !== "_entities" || typeof index !== "number" || !unanswered.has(index)) continue;
      const type = representations[index]!["__typename"];
      const known = ofType.get(type);
      if (!known) ofType.set(type, { index, errors: [error] });
      else if (known.index === index) known.errors.push(error);
    }
    targets.forEach(({ index }, i) => {
      if (!unanswered.has(index)) return;
      for (const error of ofType.get(representations[index]!["__typename"])?.errors ?? []) place(error, i, error.path!.slice(2));
    });
  }
  return [...apart, ...placed.values()];
}

/** A subgraph's error as the gateway's. Where in this process it was made is of no use to anybody, and takes most of the time. */
function failureOf(error: AnswerError, serviceName: string, path: AnswerPath | undefined): GraphQLError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new GraphQLError(error.message || `The ${serviceName} subgraph failed.`, {
      ...(path ? { path } : {}),
      extensions: { ...error.extensions, serviceName },
      originalError: error as Error,
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
