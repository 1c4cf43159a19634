/** Apollo's own executor, for what programs do not cover, and as what they are compared to. */
import type { ServiceMap, executeQueryPlan } from "@apollo/gateway";
import type { QueryPlan } from "@apollo/query-planner";
import { type GraphQLSchema, buildASTSchema, getOperationAST, getVariableValues, parse, printSchema } from "graphql";
import type { RequestContext } from "../contexts.js";
import type { GatewayAnswer, GatewayRequest } from "./compiled/executor.js";
import type { SubgraphSource } from "./sources.js";

/** What Apollo's executor runs on. */
interface Grounds {
  readonly supergraphSdl: string;
  readonly schema: GraphQLSchema;
  readonly sources: ReadonlyMap<string, SubgraphSource>;
}
type Execute = (plan: QueryPlan, request: GatewayRequest) => ReturnType<typeof executeQueryPlan>;

/** Apollo's executor of one supergraph. It is loaded by the first operation that needs it: few do, and it takes tens of megabytes. */
export class GeneralExecutor {
  private loading: Promise<Execute> | undefined;

  constructor(private readonly grounds: Grounds) {}

  async execute(plan: QueryPlan, request: GatewayRequest): Promise<GatewayAnswer> {
    const { document, request: asked } = request;
    const operation = getOperationAST(document, asked.operationName)!;
    const { errors } = getVariableValues(this.grounds.schema, operation.variableDefinitions ?? [], asked.variables ?? {});
    if (errors) return { errors };
    (request.context as RequestContext).queryPlan = plan;
    return (await (this.loading ??= load(this.grounds)))(plan, request);
  }
}

async function load({ supergraphSdl, schema, sources }: Grounds): Promise<Execute> {
  const { buildOperationContext, executeQueryPlan } = await import("@apollo/gateway");
  const { buildSchema } = await import("@apollo/federation-internals");
  const supergraphSchema = buildASTSchema(parse(supergraphSdl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
  const apiSchema = buildSchema(printSchema(schema), { validate: false });
  // What may be asked of any schema is added by that.
  apiSchema.assumeValid();
  const services: ServiceMap = Object.fromEntries(sources);
  return (plan, request) => {
    const operation = buildOperationContext({ schema, operationDocument: request.document, operationName: request.request.operationName });
    return executeQueryPlan(plan, services, request, operation, supergraphSchema, apiSchema);
  };
}
