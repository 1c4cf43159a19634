/** Programs: what an operation and its plan are compiled to, and what a run of it comes to. */
import type { QueryPlan } from "@apollo/query-planner";
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, OperationTypeNode } from "graphql";
import { fragmentsOf } from "../../security/costs.js";
import type { Prices } from "../../security/prices.js";
import { answerInTime } from "../../../transport/deadlines.js";
import { takeTurn } from "../../../transport/turns.js";
import type { Kinds } from "../kinds.js";
import type { SubgraphSource } from "../sources.js";
import { readCondition } from "./conditions.js";
import { countCost } from "./counting.js";
import type { Priced } from "./fields.js";
import { type Introspect, type Introspection, compileIntrospection } from "./introspection.js";
import { compilePlan } from "./plan.js";
import type { Run, Step } from "./run.js";
import { Recent } from "../../../transport/recent.js";
import { type Shaped, shapeAnswer } from "./shaping.js";
import { Unusual } from "./unusual.js";
import { type Write, compileWriter, conditionsOf } from "./writer.js";

/** What operations are compiled against. */
export interface Grounds {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly kinds: Kinds;
  readonly prices: Prices;
  readonly sources: ReadonlyMap<string, SubgraphSource>;
  readonly introspection: Introspection;
}

/** An operation, ready to run. */
export interface Program extends Priced {
  readonly plan: QueryPlan;
  readonly step: Step;
  /** What it asks, where all it does is read. */
  readonly sources: ReadonlySet<SubgraphSource> | null;
  readonly introspect: Introspect | null;
  readonly conditions: readonly string[];
  readonly writerFor: (values: Readonly<Record<string, boolean>>) => Write | null;
  /** Length of its last answer. */
  size: number;
}

/** Writers are made for each set of conditions that is met; of more conditions than this, none. */
const MOST_CONDITIONS = 6;
/** Writers that are kept of one operation. */
const MOST_WRITERS = 16;

/** Compiles an operation, in several turns of the event loop: one over all types takes long. */
export async function compile(
  { schema, prices, kinds, sources: all, introspection }: Grounds,
  document: DocumentNode,
  operationName: string | undefined,
  found: QueryPlan,
): Promise<Program | null> {
  const operation = document.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION && (!operationName || each.name?.value === operationName),
  )!;
  const fragments = fragmentsOf(document);
  const writerOf = (conditions: Readonly<Record<string, boolean>>) => compileWriter({ schema, prices, operation, fragments, conditions });
  const conditions = conditionsOf(document);
  try {
    await takeTurn();
    const writerFor = writersOf(conditions, writerOf);
    await takeTurn();
    const asked = new Set<SubgraphSource>();
    const sourceOf = (name: string): SubgraphSource => {
      const source = all.get(name)!;
      asked.add(source);
      return source;
    };
    const step = compilePlan(found, operation, { kinds, sourceOf });
    const sources = operation.operation === OperationTypeNode.QUERY ? asked : null;
    const introspect = compileIntrospection(introspection, operation, fragments);
    return { schema, prices, operation, fragments, plan: found, step, sources, introspect, conditions, writerFor, size: 0 };
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}

/** Carries out all there is to carry out of an operation: its plan, and what it asks of the schema. Rejects where that is refused or takes too long, before any subgraph is asked. */
export async function carryOut({ step, introspect }: Program, run: Run): Promise<void> {
  if (introspect) Object.assign(run.data, await answerInTime(run.context, () => introspect(run.variables)));
  await step(run);
}

/** What a run has cost that no writer has counted, in points. */
export const count = (program: Program, { data, variables }: Run): number => countCost(program, data, variables);

/** What is left of a run's data where it does not fit its types. */
export const shape = (program: Program, { data, variables }: Run): Shaped => shapeAnswer(program, data, variables);

/** Writers by the values of the conditions, each made when it is first wanted. */
function writersOf(conditions: readonly string[], make: (values: Readonly<Record<string, boolean>>) => Write): Program["writerFor"] {
  // Whatever a writer does not cover shows with any values.
  const first = unlessUnusual(() => make({}));
  if (conditions.length === 0 || !first) return () => first;
  if (conditions.length > MOST_CONDITIONS) return () => null;
  const made = new Recent<Write>(MOST_WRITERS);
  return (values) => {
    const key = conditions.map((name) => Number(values[name])).join("");
    let write = made.get(key);
    if (!write) made.set(key, (write = make(values)));
    return write;
  };
}

/** The answer's data as text, with what it has cost; null where it is not for the writer. */
export function writeText({ conditions, writerFor, operation }: Program, { data, variables }: Run): ReturnType<Write> | null {
  const values: Record<string, boolean> = {};
  for (const name of conditions) {
    const value = readCondition(operation, name, variables);
    if (typeof value !== "boolean") return null;
    values[name] = value;
  }
  return unlessUnusual(() => writerFor(values)?.(data, variables) ?? null);
}

/** What `make` answers; null where it meets what is not covered. */
function unlessUnusual<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}
