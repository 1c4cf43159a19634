/** Executes operations by programs compiled from Apollo's plans: each planned once, aside, and compiled once. What they do not cover, Apollo's executor does. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApolloGateway } from "@apollo/gateway";
import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import { operationFromDocument } from "@apollo/federation-internals";
import type { QueryPlan } from "@apollo/query-planner";
import { type DocumentNode, GraphQLError, type GraphQLSchema, getVariableValues, parse, print, validate, Kind } from "graphql";
import { TemporaryFailure, answerInTime } from "../../../transport/deadlines.js";
import type { Log } from "../../answers.js";
import type { RequestContext } from "../../contexts.js";
import { Prices } from "../../security/prices.js";
import { readWeights } from "../../security/weights.js";
import { fillSelections } from "../planning/hollows.js";
import { Planner } from "../planning/planner.js";
import { WrittenData } from "./answers.js";
import { Gate } from "./gate.js";
import type { Data } from "./merge.js";
import type { Run, Variables } from "./plan.js";
import { type Loaded, type Program, compile, readLoaded, shape, writeText } from "./programs.js";
import { Recent } from "./recent.js";

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

/** A request that is ready to be executed. */
export interface Execution extends Pick<Program, "sources"> {
  readonly run: () => Promise<GatewayAnswer>;
}

/** Operations whose programs are kept. */
const MOST_PROGRAMS = 1_000;
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

/** A supergraph as it is served. */
interface Served extends Loaded {
  readonly planner: Planner;
  readonly prices: Prices;
}

/** An operation, planned; without a program where it is not covered. */
interface Planned {
  readonly plan: QueryPlan;
  readonly program: Program | null;
}

/** A gateway whose operations run compiled; `gateway` loads the supergraph, plans, and executes what is not covered. */
export class CompiledGateway implements GatewayInterface {
  readonly counts: ExecutionCounts = { compiled: 0, shaped: 0, general: 0 };
  private readonly large = new Gate(MOST_LARGE);
  private served: Served | undefined;
  private planned = new Recent<Planned>(MOST_PROGRAMS);
  /** What is being planned, so that nothing is planned twice at once. */
  private planning = new Map<string, Promise<Planned>>();
  /** Texts of operations that are compiled before they are asked. */
  private expected: readonly string[] = [];

  constructor(
    private readonly gateway: ApolloGateway,
    log: Log,
  ) {
    gateway.onSchemaLoadOrUpdate(({ coreSupergraphSdl }) => {
      this.served?.planner.retire();
      const loaded = readLoaded(gateway);
      this.served = { ...loaded, planner: new Planner(coreSupergraphSdl, log), prices: new Prices(loaded.schema, readWeights(coreSupergraphSdl)) };
      this.planned = new Recent(MOST_PROGRAMS);
      this.planning = new Map();
      void this.compileExpected(this.served);
    });
  }

  /** How many operations programs are kept of. */
  get kept(): number {
    return this.planned.size;
  }

  /** Compiles operations before they are asked, one in each turn of the event loop, and again for each supergraph to come. Those a supergraph does not allow are left out. */
  async expect(texts: readonly string[]): Promise<void> {
    this.expected = texts;
    if (this.served) await this.compileExpected(this.served);
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
    this.served?.planner.close();
    return this.gateway.stop();
  }

  /** Executes a request by Apollo's executor, which is given the plan. Its data is no text yet. */
  private async executeGenerally(served: Served, request: GatewayRequest, plan: QueryPlan): Promise<GatewayAnswer> {
    this.counts.general++;
    (request.context as RequestContext).trail.spent = Infinity;
    const { operationName } = request.request;
    // As it names plans itself.
    const key = operationName ? createHash("sha256").update(request.queryHash).update(operationName).digest("hex") : request.queryHash;
    if (!(await served.queryPlanStore.get(key))) await served.queryPlanStore.set(key, plan);
    return this.gateway.executor(request);
  }

  /** How a request is executed by the program that is kept of its operation; null where none is. */
  findKept(request: ProgramRequest): Execution | null {
    const program = this.planned.get(keyOf(request.queryHash, request.request.operationName))?.program;
    return program ? { sources: program.sources, run: () => this.run(program, request) } : null;
  }

  private async compileExpected(served: Served): Promise<void> {
    const texts = this.expected;
    for (const text of texts) {
      await nextTurn();
      if (this.served !== served || this.expected !== texts) return;
      const document = readAllowed(text, served.schema);
      if (!document) continue;
      // As Apollo Server names it.
      const queryHash = createHash("sha256").update(text).digest("hex");
      const names = document.definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION && each.name ? [each.name.value] : []));
      for (const operationName of names.length > 1 ? names : [undefined, ...names]) {
        try {
          await served.planner.start();
          await this.prepare(served, { document, queryHash, operationName });
        } catch {
          // Whoever asks it is told why it cannot be planned.
        }
      }
    }
  }

  private async execute(request: GatewayRequest): Promise<GatewayAnswer> {
    const served = this.served!;
    const { document, queryHash, request: asked } = request;
    const operation = { document, queryHash, operationName: asked.operationName };
    let planned = this.planned.get(keyOf(queryHash, asked.operationName));
    if (!planned) {
      try {
        planned = await answerInTime(request.context as RequestContext, () => this.prepare(served, operation));
      } catch (error) {
        return refusalOf(error);
      }
    }
    const { program, plan } = planned;
    return program ? this.run(program, request) : this.executeGenerally(served, request, plan);
  }

  private async run(program: Program, { request, context: given }: ProgramRequest): Promise<GatewayAnswer> {
    const variables = (request.variables ?? {}) as Variables;
    const { errors } = getVariableValues(this.served!.schema, program.definition.variableDefinitions ?? [], variables);
    if (errors) return { errors };
    const context = given as RequestContext;
    context.queryPlan = program.plan;
    const run: Run = { data: Object.create(null) as Data, variables, context, errors: [] };
    const answer = async () => (await program.step(run), this.answer(program, run));
    return program.size > LARGE ? this.large.pass(answer) : answer();
  }

  private answer(program: Program, run: Run): GatewayAnswer {
    const errors = run.errors.length > 0 ? { errors: run.errors } : {};
    const written = writeText(program, run);
    run.context.trail.spent = written ? written.cost : Infinity;
    if (written) {
      this.counts.compiled++;
      program.size = written.text.length;
      return { ...errors, data: new WrittenData(written.text) };
    }
    this.counts.shaped++;
    const { data, errors: unfit } = shape(program, run);
    if (data === undefined) return { errors: unfit };
    // As Apollo's executor says it: where something failed already, what does not fit follows from that.
    const extensions = run.errors.length === 0 && unfit.length > 0 ? { extensions: { valueCompletion: unfit } } : {};
    return { ...errors, data: data as Data, ...extensions };
  }

  /** Plans and compiles an operation, or waits for whoever does so already. */
  private prepare(served: Served, asked: Asked): Promise<Planned> {
    const { planned, planning } = this;
    const key = keyOf(asked.queryHash, asked.operationName);
    const known = planned.get(key);
    if (known) return Promise.resolve(known);
    let work = planning.get(key);
    if (!work) {
      work = plan(served, asked).finally(() => planning.delete(key));
      planning.set(key, work);
      work.then(
        (done) => planned.set(key, done),
        () => undefined,
      );
    }
    return work;
  }
}

const keyOf = (queryHash: string, operationName: string | null | undefined): string => `${queryHash} ${operationName ?? ""}`;

/** The answer where an operation could not be planned in time; other errors are thrown. */
function refusalOf(error: unknown): GatewayAnswer {
  if (error instanceof TemporaryFailure) {
    const { code, message, retryable } = error;
    return { data: null, errors: [new GraphQLError(message, { extensions: { code, retryable } })] };
  }
  if (!(error instanceof GraphQLError)) throw error;
  switch (error.extensions["code"]) {
    case "OVERLOADED":
      return { data: null, errors: [error] };
    case "OPERATION_TOO_LARGE":
      return { errors: [error] };
    default:
      throw error;
  }
}

async function plan(served: Served, { document, operationName }: Asked): Promise<Planned> {
  const name = operationName ?? undefined;
  const filled = fillSelections(document);
  // Until the thread is there nobody is kept waiting for it.
  const found = served.planner.isReady
    ? await served.planner.plan(print(filled), name)
    : served.queryPlanner.buildQueryPlan(operationFromDocument(served.apiSchema, filled, name ? { operationName: name } : {}));
  void served.planner.start();
  return { plan: found, program: await compile(served, document, name, found) };
}

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
