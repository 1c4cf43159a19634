import type { GraphQLDataSource } from "@apollo/gateway";
import { stripError } from "../../transport/answers.js";
import { SubgraphUnreachable, type AnswerError, type GraphQLAnswer, type Subgraph } from "../../transport/subgraph.js";
import type { Log } from "../answers.js";
import type { RequestContext } from "../contexts.js";
import { listNulls } from "./nulls.js";

/** What ApolloGateway fetches from: a subgraph, however it is reached. Never rejects: a fetch that fails answers errors at the nulls it leaves. */
export class SubgraphSource implements GraphQLDataSource {
  constructor(
    private readonly subgraph: Subgraph,
    private readonly log: Log,
  ) {}

  async process({ request, context }: Parameters<GraphQLDataSource["process"]>[0]): ReturnType<GraphQLDataSource["process"]> {
    // Its own type is a record of anything; what is in it is what the server put on the request.
    const callContext = context as RequestContext;
    const { query = "", variables, operationName } = request;
    const call = { query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) };
    let answer: GraphQLAnswer;
    try {
      answer = strip(await this.subgraph.execute(call, callContext));
    } catch (error) {
      const failure = this.explain(error, callContext);
      answer = { errors: listNulls(query, variables).map((path) => ({ ...failure, path })) };
    }
    return answer;
  }

  private explain(error: unknown, { requestId }: RequestContext): AnswerError {
    if (error instanceof SubgraphUnreachable) {
      this.log(`Request ${requestId}: subgraph ${this.subgraph.name} is out of reach: ${(error.cause as Error | undefined)?.message ?? "no cause given"}`);
      return { message: error.message, extensions: { code: "SUBGRAPH_UNREACHABLE", retryable: true } };
    }
    // Without a code it is masked, and its stack logged, where the answer leaves.
    const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
    return Object.assign({ message }, { stack });
  }
}

/** Stacks of errors made in this process stay beside them, for the log. */
function strip(answer: GraphQLAnswer): GraphQLAnswer {
  if (!answer.errors) return answer;
  return { ...answer, errors: answer.errors.map((error) => Object.assign(stripError(error), error instanceof Error ? { stack: error.stack } : {})) };
}
