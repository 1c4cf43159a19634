/** Gateways asked in this process, without HTTP: what their executors answer. */
import { createHash } from "node:crypto";
import type { QueryPlan } from "@apollo/query-planner";
import { type DocumentNode, GraphQLError, type GraphQLFormattedError, type OperationDefinitionNode, Kind } from "graphql";
import { createGraph } from "../../gateway/execution/graph.js";
import { WrittenData } from "../../gateway/execution/compiled/answers.js";
import type { CompiledGateway } from "../../gateway/execution/compiled/executor.js";
import type { RequestContext } from "../../gateway/contexts.js";
import { presentError } from "../../gateway/errors.js";
import { NO_REQUIREMENTS, type Requirements } from "../../gateway/security/directives.js";
import { GuardedGateway } from "../../gateway/security/guard.js";
import type { Supergraph } from "../../gateway/supergraph.js";
import type { Policy } from "../../transport/access/policy.js";
import type { Subgraph, CallContext } from "../../transport/subgraph.js";
import type { Values } from "./pools.js";

/** An answer as text, and its errors as clients see them. */
interface Answered {
  /** The data as JSON text. */
  readonly data: string;
  readonly errors: readonly GraphQLFormattedError[];
  readonly plan: QueryPlan | undefined;
  /** Points that it has cost. */
  readonly spent: number | undefined;
  /** Whether the executor rejected, as if the failure were its own. */
  readonly thrown: boolean;
}

export interface AskedGateway {
  readonly gateway: CompiledGateway;
  /** Asks for whom the gateway was loaded, or for somebody else. */
  ask(document: DocumentNode, text: string, variables: Values, operationName?: string, asker?: CallContext): Promise<Answered>;
  stop(): Promise<void>;
}

interface Surroundings {
  readonly supergraph: Supergraph;
  readonly reach: (name: string) => Subgraph;
  /** For whom operations are asked. */
  readonly call: CallContext;
  /** What the gateway keeps; left out, it asks for all that it is asked. */
  readonly policy?: Policy;
}

export async function loadGateway(execution: "compiled" | "general", { supergraph, reach, call, policy }: Surroundings): Promise<AskedGateway> {
  let requirements = NO_REQUIREMENTS;
  const keep = (changed: Requirements) => void (requirements = changed);
  const gateway = createGraph({ supergraph, reach, log: () => undefined, execution, keep });
  const guarded = policy && new GuardedGateway({ gateway, policy, hiddenFields: "null", requirements: () => requirements });
  const { executor } = await (guarded ?? gateway).load();
  return {
    gateway,
    async ask(document, text, variables, operationName, asker = call) {
      const operations = document.definitions.filter((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
      const context: RequestContext = { ...asker, trail: { fetched: [] } };
      const request = {
        request: { query: text, variables, operationName },
        document,
        queryHash: createHash("sha256").update(text).digest("hex"),
        operation: operations.find(({ name }) => !operationName || name?.value === operationName),
        operationName: operationName ?? null,
        context,
        metrics: {},
        logger: console,
      };
      let thrown = false;
      const { data, errors } = await executor!(request as never).catch((error: unknown) => {
        thrown = true;
        return { data: null, errors: [toGraphQLError(error)] };
      });
      return {
        data: data instanceof WrittenData ? data.text : JSON.stringify(data ?? null),
        errors: (errors ?? []).map((error) => presentError(JSON.parse(JSON.stringify(error)) as GraphQLFormattedError, call.requestId)),
        plan: context.queryPlan,
        spent: context.trail.spent,
        thrown,
      };
    },
    stop: () => gateway.stop(),
  };
}

/** As Apollo Server answers what an executor throws. */
const toGraphQLError = (error: unknown): GraphQLError => (error instanceof GraphQLError ? error : new GraphQLError(String(error)));
