/** Executes operations by programs compiled from Apollo's plans: each planned and compiled once. What they do not cover, Apollo's executor does. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApolloGateway } from "@apollo/gateway";
import type { ApolloServerOptionsWithGateway } from "@apollo/server";
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
  getVariableValues,
  parse,
  validate,
} from "graphql";
import type { RequestContext } from "../../contexts.js";
import type { SubgraphSource } from "../sources.js";
import { WrittenData } from "./answers.js";
import { Gate } from "./gate.js";
import type { Data } from "./merge.js";
import { type Run, type Step, type Variables, compilePlan } from "./plan.js";
import { Recent } from "./recent.js";
import { Unusual } from "./unusual.js";
import { type Write, compileWriter, conditionsOf } from "./writer.js";

/** What ApolloServer asks of a gateway. */
export type GatewayInterface = NonNullable<ApolloServerOptionsWithGateway<RequestContext>["gateway"]>;
export type GatewayRequest = Parameters<ApolloGateway["executor"]>[0];
/** What a program is run with of a request. */
export interface ProgramRequest extends Pick<GatewayRequest, "document" | "queryHash" | "context"> {
  readonly request: Pick<GatewayRequest["request"], "operationName" | "variables">;
}
export type GatewayAnswer = Awaited<ReturnType<ApolloGateway["executor"]>>;

/** An operation as programs are known by it. */
interface Asked {
  readonly document: DocumentNode;
  readonly queryHash: string;
  readonly operationName?: string | null | undefined;
}

/** Operations whose programs are kept. */
const MOST_PROGRAMS = 1_000;
/** Writers are made for each set of conditions that is met; of more conditions than this, none. */
const MOST_CONDITIONS = 6;
/** Writers that are kept of one operation. */
const MOST_WRITERS = 16;

/** Operations whose last answer was longer than this, in characters, are large ones. */
const LARGE = 50_000;
/** So many large ones run at once: of more, each only makes the others' half-built answers grow old in memory. */
const MOST_LARGE = 3;

/** How operations were executed since the start. */
export interface ExecutionCounts {
  /** By a compiled program. */
  compiled: number;
  /** By a compiled program whose answer Apollo's shaping had to finish: a null or a value where none may be. */
  shaped: number;
  /** By Apollo's executor, introspection included. */
  general: number;
}

/** What ApolloGateway knows of the supergraph it serves. Its fields are private to TypeScript only; a version that names them otherwise is refused at start. */
interface Loaded {
  readonly schema: GraphQLSchema;
  readonly apiSchema: Schema;
  readonly supergraphSchema: GraphQLSchema;
  readonly queryPlanner: QueryPlanner;
  readonly serviceMap: Readonly<Record<string, { readonly dataSource: SubgraphSource }>>;
}

/** An operation, ready to run. */
interface Program {
  readonly operation: Operation;
  readonly definition: OperationDefinitionNode;
  readonly plan: QueryPlan;
  readonly step: Step;
  readonly conditions: readonly string[];
  readonly writerFor: (values: Readonly<Record<string, boolean>>) => Write | null;
  /** Length of its last answer. */
  size: number;
}

/** A gateway whose operations run compiled; `gateway` loads the supergraph, plans, and executes what is not covered. */
export class CompiledGateway implements GatewayInterface {
  readonly counts: ExecutionCounts = { compiled: 0, shaped: 0, general: 0 };
  private readonly large = new Gate(MOST_LARGE);
  private loaded: Loaded | undefined;
  /** Null is an operation that is not covered. */
  private programs = new Recent<Program | null>(MOST_PROGRAMS);
  /** Texts of operations that are compiled before they are asked. */
  private expected: readonly string[] = [];

  constructor(private readonly gateway: ApolloGateway) {
    gateway.onSchemaLoadOrUpdate(() => {
      this.loaded = readLoaded(gateway);
      this.programs = new Recent(MOST_PROGRAMS);
      void this.compileExpected(this.loaded);
    });
  }

  /** How many operations programs are kept of. */
  get kept(): number {
    return this.programs.size;
  }

  /** Compiles operations before they are asked, one in each turn of the event loop, and again for each supergraph to come. Those a supergraph does not allow are left out. */
  async expect(texts: readonly string[]): Promise<void> {
    this.expected = texts;
    if (this.loaded) await this.compileExpected(this.loaded);
  }

  onSchemaLoadOrUpdate(...[callback]: Parameters<GatewayInterface["onSchemaLoadOrUpdate"]>): () => void {
    return this.gateway.onSchemaLoadOrUpdate(callback);
  }
  async load(options: Parameters<GatewayInterface["load"]>[0]): ReturnType<GatewayInterface["load"]> {
    await this.gateway.load(options);
    return { executor: (request) => this.execute(request) };
  }
  stop(): Promise<void> {
    this.expected = [];
    return this.gateway.stop();
  }

  /** Executes a request by Apollo's executor, whose data is no text yet. */
  executeGenerally(request: GatewayRequest): Promise<GatewayAnswer> {
    this.counts.general++;
    return this.gateway.executor(request);
  }

  /** Executes a request by the program that is kept of its operation; null where none is. */
  executeKept(request: ProgramRequest): Promise<GatewayAnswer> | null {
    const program = this.programs.get(keyOf(request.queryHash, request.request.operationName));
    return program ? this.run(program, request) : null;
  }

  private async compileExpected(loaded: Loaded): Promise<void> {
    const texts = this.expected;
    for (const text of texts) {
      await nextTurn();
      if (this.loaded !== loaded || this.expected !== texts) return;
      const document = readAllowed(text, loaded.schema);
      if (!document) continue;
      // As Apollo Server names it.
      const queryHash = createHash("sha256").update(text).digest("hex");
      const names = document.definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION && each.name ? [each.name.value] : []));
      for (const operationName of names.length > 1 ? names : [undefined, ...names]) {
        try {
          this.programFor(loaded, { document, queryHash, operationName });
        } catch {
          // Whoever asks it is told why it cannot be planned.
        }
      }
    }
  }

  private async execute(request: GatewayRequest): Promise<GatewayAnswer> {
    const { document, queryHash, request: asked } = request;
    const program = this.programFor(this.loaded!, { document, queryHash, operationName: asked.operationName });
    return program ? this.run(program, request) : this.executeGenerally(request);
  }

  private async run(program: Program, { request, context: given }: ProgramRequest): Promise<GatewayAnswer> {
    const variables = (request.variables ?? {}) as Variables;
    const { errors } = getVariableValues(this.loaded!.schema, program.definition.variableDefinitions ?? [], variables);
    if (errors) return { errors };
    const context = given as RequestContext;
    context.queryPlan = program.plan;
    const run: Run = { data: Object.create(null) as Data, variables, context, errors: [] };
    const answer = async () => (await program.step(run), this.answer(program, run));
    return program.size > LARGE ? this.large.pass(answer) : answer();
  }

  private answer(program: Program, run: Run): GatewayAnswer {
    const errors = run.errors.length > 0 ? { errors: run.errors } : {};
    const text = writeText(program, run);
    if (text !== null) {
      this.counts.compiled++;
      program.size = text.length;
      return { ...errors, data: new WrittenData(text) };
    }
    this.counts.shaped++;
    const { data, errors: unfit } = shape(program, run);
    if (data === undefined) return { errors: unfit };
    // As Apollo's executor says it: where something failed already, what does not fit follows from that.
    const extensions = run.errors.length === 0 && unfit.length > 0 ? { extensions: { valueCompletion: unfit } } : {};
    return { ...errors, data: data as Data, ...extensions };
  }

  private programFor(loaded: Loaded, { document, queryHash, operationName }: Asked): Program | null {
    const key = keyOf(queryHash, operationName);
    const known = this.programs.get(key);
    if (known !== undefined) return known;
    const program = compile(loaded, document, operationName ?? undefined);
    this.programs.set(key, program);
    return program;
  }
}

const keyOf = (queryHash: string, operationName: string | null | undefined): string => `${queryHash} ${operationName ?? ""}`;

/** The document of a text; null where the schema does not allow it. */
function readAllowed(text: string, schema: GraphQLSchema): DocumentNode | null {
  try {
    const document = parse(text);
    return validate(schema, document).length === 0 ? document : null;
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

function readLoaded(gateway: ApolloGateway): Loaded {
  const loaded = gateway as unknown as Loaded;
  for (const name of ["schema", "apiSchema", "supergraphSchema", "queryPlanner", "serviceMap"] as const)
    if (!loaded[name]) throw new Error(`this version of @apollo/gateway has no ${name}`);
  const { schema, apiSchema, supergraphSchema, queryPlanner, serviceMap } = loaded;
  return { schema, apiSchema, supergraphSchema, queryPlanner, serviceMap };
}

function compile(loaded: Loaded, document: DocumentNode, operationName: string | undefined): Program | null {
  const definition = document.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION && (!operationName || each.name?.value === operationName),
  )!;
  const fragments = new Map(
    document.definitions.filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
  );
  const writerOf = (conditions: Readonly<Record<string, boolean>>) => compileWriter({ schema: loaded.schema, operation: definition, fragments, conditions });
  const operation = operationFromDocument(loaded.apiSchema, document, operationName ? { operationName } : {});
  const conditions = conditionsOf(document);
  try {
    // Whatever the writer does not cover shows with any values.
    const first = writerOf({});
    const plan = loaded.queryPlanner.buildQueryPlan(operation);
    const step = compilePlan(plan, operation, { supergraphSchema: loaded.supergraphSchema, sourceOf: (name) => loaded.serviceMap[name]!.dataSource });
    return { operation, definition, plan, step, conditions, writerFor: writersOf(conditions, first, writerOf), size: 0 };
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}

/** What Apollo's shaping makes of a run. Without data where the types allow nothing at all: a text for a list, a condition that is null. */
function shape({ operation }: Program, { data: input, variables }: Run): { data?: Data | null; errors: GraphQLError[] } {
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

/** The answer's data as text; null where it is not for the writer. */
function writeText({ conditions, writerFor, operation }: Program, { data, variables }: Run): string | null {
  const values: Record<string, boolean> = {};
  for (const name of conditions) {
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value: unknown = given === undefined ? operation.variableDefinitions.definition(name)?.defaultValue : given;
    if (typeof value !== "boolean") return null;
    values[name] = value;
  }
  try {
    return writerFor(values)?.(data) ?? null;
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}
