/** Apollo's own executor, for what programs do not cover, and as what they are compared to. */
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import type { ServiceMap, executeQueryPlan } from "@apollo/gateway";
import type { QueryPlan } from "@apollo/query-planner";
import { type GraphQLSchema, buildASTSchema, getOperationAST, parse, printSchema } from "graphql";
import type { RequestContext } from "../contexts.js";
import { fragmentsOf } from "../security/costs.js";
import type { Prices } from "../security/prices.js";
import { findMistakes } from "../security/variables.js";
import type { Variables } from "./compiled/conditions.js";
import { countCost } from "./compiled/counting.js";
import type { GatewayAnswer, GatewayRequest } from "./compiled/executor.js";
import { type Data, merge } from "./compiled/merge.js";
import type { SubgraphSource } from "./sources.js";

/** What Apollo's executor runs on. */
interface Grounds {
  readonly supergraphSdl: string;
  readonly schema: GraphQLSchema;
  readonly prices: Prices;
  readonly sources: ReadonlyMap<string, SubgraphSource>;
}
type Execute = (plan: QueryPlan, request: GatewayRequest, services: ServiceMap) => ReturnType<typeof executeQueryPlan>;

/** Apollo's executor of one supergraph. It is loaded by the first operation that needs it: few do, and it takes tens of megabytes. */
export class GeneralExecutor {
  private loading: Promise<Execute> | undefined;

  constructor(private readonly grounds: Grounds) {}

  async execute(plan: QueryPlan, request: GatewayRequest): Promise<GatewayAnswer> {
    const { schema, prices, sources } = this.grounds;
    const { document, request: asked } = request;
    const operation = getOperationAST(document, asked.operationName)!;
    const variables = (asked.variables ?? {}) as Variables;
    const mistakes = findMistakes(schema, operation.variableDefinitions ?? [], variables);
    if (mistakes.length > 0) return { errors: mistakes };
    const context = request.context as RequestContext;
    context.queryPlan = plan;
    // Until it is counted, and where that is never.
    context.trail.spent = Infinity;
    const watched = new WatchedSources(sources);
    const answer = await (await (this.loading ??= load(this.grounds)))(plan, request, watched.services);
    const priced = { schema, prices, operation, fragments: fragmentsOf(document) };
    if (!watched.isUnseen) context.trail.spent = countCost(priced, watched.data, variables);
    return answer;
  }
}

/** Subgraphs as Apollo's executor asks them for one request, and what they have answered: it only hands on what is left after nulls. */
class WatchedSources {
  readonly services: ServiceMap;
  isUnseen = false;
  private readonly roots: Data[] = [];

  constructor(sources: ReadonlyMap<string, SubgraphSource>) {
    const services = [...sources].map(([name, source]): [string, ServiceMap[string]] => [
      name,
      {
        process: async (options) => {
          const answer = await source.process(options);
          this.isUnseen ||= answer.isUnseen;
          if (answer.data && !options.request.variables?.["representations"]) this.roots.push(answer.data);
          return answer;
        },
      },
    ]);
    this.services = Object.fromEntries(services);
  }

  /** All that was answered: what is fetched of entities is merged in place into what they were first answered in. */
  get data(): Data {
    const data = Object.create(null) as Data;
    for (const root of this.roots) merge(data, root);
    return data;
  }
}

// Required, a part in each turn of the event loop: imported whole, Apollo's gateway holds it for half a second, most of it for what is never executed here.
const require = createRequire(import.meta.url);
const loadPart = async <Part>(name: string): Promise<Part> => {
  await turn();
  return require(name) as Part;
};

async function load({ supergraphSdl, schema }: Grounds): Promise<Execute> {
  const { buildSchema } = await loadPart<typeof import("@apollo/federation-internals")>("@apollo/federation-internals");
  await loadPart("@apollo/query-planner");
  const { executeQueryPlan } = await loadPart<typeof import("@apollo/gateway")>("@apollo/gateway/dist/executeQueryPlan");
  const { buildOperationContext } = await loadPart<typeof import("@apollo/gateway")>("@apollo/gateway/dist/operationContext");
  const document = parse(supergraphSdl, { noLocation: true });
  await turn();
  const supergraphSchema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  await turn();
  const apiSdl = printSchema(schema);
  await turn();
  const apiSchema = buildSchema(apiSdl, { validate: false });
  // What may be asked of any schema is added by that.
  apiSchema.assumeValid();
  return (plan, request, services) => {
    const operation = buildOperationContext({ schema, operationDocument: request.document, operationName: request.request.operationName });
    return executeQueryPlan(plan, services, request, operation, supergraphSchema, apiSchema);
  };
}
