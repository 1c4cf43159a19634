import type { GraphQLDataSource } from "@apollo/gateway";
import { stripError } from "../../transport/answers.js";
import { answerInTime, TemporaryFailure } from "../../transport/deadlines.js";
import type { Log } from "../../transport/logs.js";
import { traced } from "../../transport/traces.js";
import { SubgraphUnreachable, type AnswerError, type CallContext, type GraphQLAnswer, type GraphQLCall, type Subgraph } from "../../transport/subgraph.js";
import type { RequestContext } from "../contexts.js";
import { listNulls } from "./nulls.js";
import { hidesWork, isGivenUp } from "./unseen.js";

/** What a fetch came to. */
export interface Fetch extends GraphQLAnswer {
  /** Whether the subgraph may have done for it what is not in the answer, where who asks could bring that about. */
  readonly isUnseen: boolean;
}

/** A subgraph as plans fetch from it, Apollo's executor and compiled ones alike. Never rejects: a fetch that fails answers errors at the nulls it leaves. */
export class SubgraphSource implements GraphQLDataSource {
  readonly name: string;

  constructor(
    private readonly subgraph: Subgraph,
    private readonly log: Log,
  ) {
    this.name = subgraph.name;
  }

  /** The subgraph's state as it is from now on or later; null where it has none to tell. */
  async state(context: CallContext): Promise<string | null> {
    return (await this.subgraph.state?.(context)) ?? null;
  }

  /** Fetches for Apollo's executor. */
  process({ request, context }: Parameters<GraphQLDataSource["process"]>[0]): Promise<Fetch> {
    const { query = "", variables, operationName } = request;
    // Its own type is a record of anything; what is in it is what the server put on the request.
    return this.fetch({ query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) }, context as RequestContext);
  }

  async fetch(call: GraphQLCall, context: RequestContext): Promise<Fetch> {
    const began = performance.now();
    const note = (failed: boolean) => void context.trail.fetched.push({ subgraph: this.name, ms: performance.now() - began, failed });
    try {
      // In process nobody else would look at the time.
      const answer = strip(
        await answerInTime(context, () => traced(`fetch ${this.name}`, { requestId: context.requestId }, () => this.subgraph.execute(call, context))),
      );
      note(false);
      return { ...answer, isUnseen: hidesWork(answer) };
    } catch (error) {
      note(true);
      return this.fail(call, error, context);
    }
  }

  /** Fetches so many entities; an answer that holds another number of them, or what is no record, is none. */
  async fetchEntities(call: GraphQLCall, count: number, context: RequestContext): Promise<Fetch> {
    const answer = await this.fetch(call, context);
    if (!answer.data) return answer;
    const entities = answer.data["_entities"];
    if (Array.isArray(entities) && entities.length === count && entities.every((entity) => typeof (entity ?? null) === "object")) return answer;
    // A subgraph that fails as a whole may answer null for all of them, and say why.
    if (!entities && answer.errors?.length) return answer;
    return this.fail(call, new SubgraphUnreachable(this.name, { cause: new Error(`It answered not ${count} entities.`) }), context);
  }

  private fail(call: GraphQLCall, error: unknown, context: RequestContext): Fetch {
    const failure = this.explain(call, error, context);
    return { errors: listNulls(call.query, call.variables).map((path) => ({ ...failure, path })), isUnseen: isGivenUp(error) };
  }

  private explain(call: GraphQLCall, error: unknown, { requestId, idempotency }: RequestContext): AnswerError {
    if (error instanceof SubgraphUnreachable || error instanceof TemporaryFailure) {
      const cause = error instanceof TemporaryFailure ? error : (error.cause as Error | undefined);
      this.log(`Request ${requestId}: subgraph ${this.name} is out of reach: ${cause?.message ?? "no cause given"}`);
      const unknown = isMutation(call) && !idempotency;
      const message = unknown
        ? `The ${this.name} portfolio is out of reach, and whether it wrote is not known; read the record before you write again.`
        : new SubgraphUnreachable(this.name).message;
      return { message, extensions: { code: "SUBGRAPH_UNREACHABLE", retryable: !unknown } };
    }
    // Without a code it is masked, and its stack logged, where the answer leaves.
    const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
    return Object.assign({ message }, { stack });
  }
}

/** Plans write a fetch's operation first. */
const isMutation = ({ query }: GraphQLCall): boolean => query.startsWith("mutation");

/** Stacks of errors made in this process stay beside them, for the log. */
function strip(answer: GraphQLAnswer): GraphQLAnswer {
  if (!answer.errors) return answer;
  return { ...answer, errors: answer.errors.map((error) => Object.assign(stripError(error), error instanceof Error ? { stack: error.stack } : {})) };
}
