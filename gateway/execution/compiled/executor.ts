/** Executes operations by programs compiled from Apollo's plans: each planned once, in a thread, and compiled once. What they do not cover, Apollo's executor does. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApolloGateway } from "@apollo/gateway";
import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import type { QueryPlan } from "@apollo/query-planner";
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, print, validate, Kind } from "graphql";
import { TemporaryFailure, answerInTime } from "../../../transport/deadlines.js";
import type { RequestContext } from "../../contexts.js";
import { takeTurn } from "../../../transport/turns.js";
import { LARGE_ANSWER } from "../../large.js";
import { findMistakes } from "../../security/variables.js";
import type { GeneralExecutor } from "../general.js";
import { fillSelections } from "../planning/hollows.js";
import type { Planner } from "../planning/planner.js";
import { WrittenData } from "./answers.js";
import { Gate } from "./gate.js";
import type { Data } from "./merge.js";
import type { Variables } from "./conditions.js";
import { type Grounds, type Program, carryOut, compile, count, shape, writeText } from "./programs.js";
import type { Run } from "./run.js";
import { Recent } from "../../../transport/recent.js";

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
/** So many large ones run at once: of more, each only makes the others' half-built answers grow old in memory. */
const MOST_LARGE = 3;

/** How operations were executed since the start. */
export interface ExecutionCounts {
  /** By a compiled program. */
  compiled: number;
  /** By a compiled program whose answer had to be shaped: a null or a value where none may be. */
  shaped: number;
  /** By Apollo's executor. */
  general: number;
}

/** A supergraph as it is served. */
export interface Served extends Grounds {
  readonly supergraphSdl: string;
  readonly planner: Planner;
  readonly general: GeneralExecutor;
}

/** Hands over a supergraph to be served, and then each that takes its place; the function answered ends it. Rejects where the first cannot be served. */
type Follow = (take: (served: Served) => void) => Promise<() => Promise<void>>;
/** What is told of a supergraph before it is served. */
type Notice = Parameters<Parameters<GatewayInterface["onSchemaLoadOrUpdate"]>[0]>[0] & Pick<Served, "prices">;
type Listener = (notice: Notice) => void;

/** An operation, planned; without a program where it is not covered. */
interface Planned {
  readonly plan: QueryPlan;
  readonly program: Program | null;
}

/** A gateway whose operations run compiled; where `isCompiled` is false, all by Apollo's executor as they were asked, for comparison. */
export class CompiledGateway implements GatewayInterface {
  readonly counts: ExecutionCounts = { compiled: 0, shaped: 0, general: 0 };
  private readonly large = new Gate(MOST_LARGE);
  private readonly listeners = new Set<Listener>();
  private served: Served | undefined;
  private unfollow: (() => Promise<void>) | undefined;
  private planned = new Recent<Planned>(MOST_PROGRAMS);
  /** What is being planned, so that nothing is planned twice at once. */
  private planning = new Map<string, Promise<Planned>>();
  /** Texts of operations that are compiled before they are asked. */
  private expected: readonly string[] = [];

  constructor(
    private readonly follow: Follow,
    private readonly isCompiled = true,
  ) {}

  /** How many operations programs are kept of. */
  get kept(): number {
    return this.planned.size;
  }

  /** Compiles operations before they are asked, one in each turn of the event loop, and again for each supergraph to come. Those a supergraph does not allow are left out. */
  async expect(texts: readonly string[]): Promise<void> {
    this.expected = texts;
    if (this.served) await this.compileExpected(this.served);
  }

  onSchemaLoadOrUpdate(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  async load(): ReturnType<GatewayInterface["load"]> {
    this.unfollow = await this.follow((served) => this.serve(served));
    return { executor: (request) => this.execute(request) };
  }
  async stop(): Promise<void> {
    this.expected = [];
    await this.unfollow?.();
    this.served?.planner.close();
  }

  private serve(served: Served): void {
    this.served?.planner.retire();
    this.served = served;
    this.planned = new Recent(MOST_PROGRAMS);
    this.planning = new Map();
    const { schema: apiSchema, supergraphSdl: coreSupergraphSdl, prices } = served;
    for (const listener of this.listeners) listener({ apiSchema, coreSupergraphSdl, prices });
    void this.compileExpected(served);
  }

  /** Executes a request by Apollo's executor. Its data is no text yet. */
  private executeGenerally({ general }: Served, request: GatewayRequest, plan: QueryPlan): Promise<GatewayAnswer> {
    this.counts.general++;
    return general.execute(plan, request);
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
    const mistakes = findMistakes(program.schema, program.operation.variableDefinitions ?? [], variables);
    if (mistakes.length > 0) return { errors: mistakes };
    const context = given as RequestContext;
    context.queryPlan = program.plan;
    const run: Run = { data: Object.create(null) as Data, variables, context, errors: [], isUnseen: false };
    const isLarge = program.size > LARGE_ANSWER;
    const answer = async () => {
      // Until it is counted, and where that is never.
      context.trail.spent = Infinity;
      try {
        await carryOut(program, run);
      } catch (error) {
        return refusalOf(error);
      }
      // What takes long to write is not written in the turn in which the last of it came.
      if (isLarge || program.size === 0) await takeTurn();
      return this.answer(program, run);
    };
    return isLarge ? this.large.pass(answer) : answer();
  }

  private answer(program: Program, run: Run): GatewayAnswer {
    const errors = run.errors.length > 0 ? { errors: run.errors } : {};
    const written = writeText(program, run);
    run.context.trail.spent = run.isUnseen ? Infinity : (written?.cost ?? count(program, run));
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
      work = (this.isCompiled ? plan(served, asked) : planAsAsked(served, asked)).finally(() => planning.delete(key));
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

/** The answer where an operation could not be planned, or the schema not asked, in time; other errors are thrown. */
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
  const found = await served.planner.plan(print(fillSelections(document)), name);
  return { plan: found, program: await compile(served, document, name, found) };
}

const planAsAsked = async ({ planner }: Served, { document, operationName }: Asked): Promise<Planned> => ({
  plan: await planner.plan(print(document), operationName ?? undefined),
  program: null,
});

/** The document of a text; null where the schema does not allow it. */
function readAllowed(text: string, schema: GraphQLSchema): DocumentNode | null {
  try {
    const document = parse(text, { noLocation: true });
    return validate(schema, document).length === 0 ? document : null;
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}
