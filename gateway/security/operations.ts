import type { RequestHandler } from "express";
import { type DocumentNode, GraphQLError, type GraphQLSchema, type OperationDefinitionNode } from "graphql";
import { answerRefusal } from "../refusals.js";
import type { CompiledGateway } from "../execution/compiled/executor.js";
import { type Cost, costOf, fragmentsOf } from "./costs.js";
import { limits } from "./limits.js";
import type { Prices } from "./prices.js";
import { explainExcess, isNewText } from "./texts.js";
import { takeTurn } from "../../transport/turns.js";

/** Refuses operations that are too large before anything reads them. What is not an operation at all is for others to say. */
export const limitOperations: RequestHandler = async (request, response, next) => {
  const { query, variables } = request.method === "GET" ? readSearch(request.url) : ((request.body ?? {}) as Record<string, unknown>);
  if (isNewText(query)) await takeTurn();
  const excess = explainSize(query, variables);
  if (excess === null) return next();
  answerRefusal(response, { status: 400, code: "OPERATION_TOO_LARGE", message: excess });
};

/** What is too large about an operation and what to do, or null. */
export const explainSize = (query: unknown, variables: unknown): string | null =>
  (typeof query === "string" ? explainExcess(query) : null) ?? explainVariables(variables);

/** A GET's operation, as Apollo reads it. Its variables are as short as a URL. */
function readSearch(url: string): { query: string | null; variables?: undefined } {
  return { query: new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("query") };
}

/** What is too much about an operation's variables and what to do, or null: whoever reads them calls itself for each level. */
export const explainVariables = (variables: unknown): string | null =>
  isDeeper(variables, limits.variableNesting) ? `The variables are more than ${limits.variableNesting} objects and lists deep; ask for less at a time.` : null;

/** Whether a value has more than so many objects and lists within each other. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  for (const name in value) if (isDeeper((value as Readonly<Record<string, unknown>>)[name], levels - 1)) return true;
  return false;
}

/** An operation that is valid, of a schema. */
interface Valid {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

interface Tariff {
  readonly prices: Prices;
  /** Costs that are compiled, by the operations of documents that are kept. */
  readonly costs: WeakMap<OperationDefinitionNode, Cost>;
}

/** What operations cost, by the supergraph they are asked of. */
export class Tariffs {
  private readonly known = new WeakMap<GraphQLSchema, Tariff>();

  constructor(gateway: Pick<CompiledGateway, "onSchemaLoadOrUpdate">) {
    gateway.onSchemaLoadOrUpdate(({ apiSchema, prices }) => {
      this.known.set(apiSchema, { prices, costs: new WeakMap() });
    });
  }

  /** The points an operation may cost at most with such variables. Throws COST_TOO_HIGH where that is more than anybody may ask for. */
  costOf({ schema, document, operation }: Valid, variables: Readonly<Record<string, unknown>>): number {
    const { prices, costs } = this.known.get(schema)!;
    let cost = costs.get(operation);
    if (!cost) costs.set(operation, (cost = costOf(schema, operation, fragmentsOf(document), prices)));
    const points = cost(variables);
    // What is no number is too much, too.
    if (points <= limits.cost) return points;
    const message = `The operation may cost ${points} points; at most ${limits.cost} may be asked for. Ask for smaller pages by first, or for fewer lists within lists.`;
    throw new GraphQLError(message, { extensions: { code: "COST_TOO_HIGH", http: { status: 400 } } });
  }
}
