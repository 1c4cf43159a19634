/** Programs: what an operation and its plan are compiled to, and what a run of it comes to. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApolloGateway } from "@apollo/gateway";
import { computeResponse } from "@apollo/gateway/dist/resultShaping.js";
import { type Operation, type Schema, operationFromDocument } from "@apollo/federation-internals";
import type { QueryPlan, QueryPlanner } from "@apollo/query-planner";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import type { Prices } from "../../security/prices.js";
import type { SubgraphSource } from "../sources.js";
import type { Data } from "./merge.js";
import { type Run, type Step, compilePlan } from "./plan.js";
import { Recent } from "./recent.js";
import { Unusual } from "./unusual.js";
import { type Write, compileWriter, conditionsOf } from "./writer.js";

/** What ApolloGateway knows of the supergraph it serves. Its fields are private to TypeScript only; a version that names them otherwise is refused at start. */
export interface Loaded {
  readonly schema: GraphQLSchema;
  readonly apiSchema: Schema;
  readonly supergraphSchema: GraphQLSchema;
  readonly queryPlanner: QueryPlanner;
  readonly serviceMap: Readonly<Record<string, { readonly dataSource: SubgraphSource }>>;
  /** Where Apollo's executor looks for plans. */
  readonly queryPlanStore: { get(key: string): unknown; set(key: string, plan: QueryPlan): unknown };
}

/** An operation, ready to run. */
export interface Program {
  readonly operation: Operation;
  readonly definition: OperationDefinitionNode;
  readonly plan: QueryPlan;
  readonly step: Step;
  /** What it asks, where all it does is read. */
  readonly sources: ReadonlySet<SubgraphSource> | null;
  readonly conditions: readonly string[];
  readonly writerFor: (values: Readonly<Record<string, boolean>>) => Write | null;
  /** Length of its last answer. */
  size: number;
}

/** Writers are made for each set of conditions that is met; of more conditions than this, none. */
const MOST_CONDITIONS = 6;
/** Writers that are kept of one operation. */
const MOST_WRITERS = 16;

/** Reads them; throws where this version has them not. */
export function readLoaded(gateway: ApolloGateway): Loaded {
  const loaded = gateway as unknown as Loaded;
  for (const name of ["schema", "apiSchema", "supergraphSchema", "queryPlanner", "serviceMap", "queryPlanStore"] as const)
    if (!loaded[name]) throw new Error(`this version of @apollo/gateway has no ${name}`);
  const { schema, apiSchema, supergraphSchema, queryPlanner, serviceMap, queryPlanStore } = loaded;
  return { schema, apiSchema, supergraphSchema, queryPlanner, serviceMap, queryPlanStore };
}

/** Compiles an operation, in several turns of the event loop: one over all types takes long. */
export async function compile(
  loaded: Loaded & { readonly prices: Prices },
  document: DocumentNode,
  operationName: string | undefined,
  found: QueryPlan,
): Promise<Program | null> {
  const definition = document.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION && (!operationName || each.name?.value === operationName),
  )!;
  const fragments = new Map(
    document.definitions.filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
  );
  const { schema, prices } = loaded;
  const writerOf = (conditions: Readonly<Record<string, boolean>>) => compileWriter({ schema, prices, operation: definition, fragments, conditions });
  const operation = operationFromDocument(loaded.apiSchema, document, operationName ? { operationName } : {});
  const conditions = conditionsOf(document);
  try {
    // Whatever the writer does not cover shows with any values.
    await nextTurn();
    const first = writerOf({});
    await nextTurn();
    const asked = new Set<SubgraphSource>();
    const sourceOf = (name: string): SubgraphSource => {
      const source = loaded.serviceMap[name]!.dataSource;
      asked.add(source);
      return source;
    };
    const step = compilePlan(found, operation, { supergraphSchema: loaded.supergraphSchema, sourceOf });
    const sources = definition.operation === OperationTypeNode.QUERY ? asked : null;
    return { operation, definition, plan: found, step, sources, conditions, writerFor: writersOf(conditions, first, writerOf), size: 0 };
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}

/** What Apollo's shaping makes of a run. Without data where the types allow nothing at all: a text for a list, a condition that is null. */
export function shape({ operation }: Program, { data: input, variables }: Run): { data?: Data | null; errors: GraphQLError[] } {
  try {
    const introspectionHandling = () => {
      throw new Error("introspection is not compiled");
    };
    return computeResponse({ operation, variables, input, introspectionHandling });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    const { message } = error as Error;
    return { errors: [new GraphQLError(message, { originalError: error as Error })] };
  }
}

/** Writers by the values of the conditions, each made when it is first wanted. */
function writersOf(conditions: readonly string[], only: Write, make: (values: Readonly<Record<string, boolean>>) => Write): Program["writerFor"] {
  if (conditions.length === 0) return () => only;
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
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value: unknown = given === undefined ? operation.variableDefinitions.definition(name)?.defaultValue : given;
    if (typeof value !== "boolean") return null;
    values[name] = value;
  }
  try {
    return writerFor(values)?.(data, variables) ?? null;
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}
