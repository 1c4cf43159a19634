import type { RequestHandler } from "express";
import { type DocumentNode, type FragmentDefinitionNode, GraphQLError, type GraphQLSchema, Kind, type OperationDefinitionNode } from "graphql";
import { answerRefusal } from "../refusals.js";
import type { CompiledGateway } from "../execution/compiled/executor.js";
import { type Cost, costOf } from "./costs.js";
import { limits } from "./limits.js";
import type { Prices } from "./prices.js";
import { explainExcess, isNewText } from "./texts.js";
import { takeTurn } from "./turns.js";

/** Refuses operations that are too large before anything reads them. What is not an operation at all is for others to say. */
export const limitOperations: RequestHandler = async (request, response, next) => {
  const { query, variables } = request.method === "GET" ? readSearch(request.url) : ((request.body ?? {}) as Record<string, unknown>);
  if (isNewText(query)) await takeTurn();
  const excess = explainSize(query, variables);
  if (excess === null) return next();
  answerRefusal(response, { status: 400, code: "OPERATION_TOO_LARGE", message: excess });
};

/** What is too large about an operation and what to do, or null. Costs next to nothing where the text was asked before. */
export const explainSize = (query: unknown, variables: unknown): string | null =>
  (typeof query === "string" ? explainExcess(query) : null) ?? explainVariables(variables);

/** A GET's operation, as Apollo reads it. Its variables are as short as a URL. */
function readSearch(url: string): { query: string | null; variables?: undefined } {
  return { query: new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("query") };
}

/** Whoever reads variables calls itself for each level. */
function explainVariables(variables: unknown): string | null {
  for (let level = [variables], depth = 0; level.length > 0; depth++) {
    if (depth > limits.variableNesting) return `The variables are more than ${limits.variableNesting} objects and lists deep; ask for less at a time.`;
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? (Object.values(value) as unknown[]) : []));
  }
  return null;
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
    if (!cost) {
      const fragments = document.definitions.filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION);
      costs.set(operation, (cost = costOf(schema, operation, new Map(fragments.map((fragment) => [fragment.name.value, fragment])), prices)));
    }
    const points = cost(variables);
    // What is no number is too much, too.
    if (points <= limits.cost) return points;
    const message = `The operation may cost ${points} points; at most ${limits.cost} may be asked for. Ask for smaller pages by first, or for fewer lists within lists.`;
    throw new GraphQLError(message, { extensions: { code: "COST_TOO_HIGH", http: { status: 400 } } });
  }
}
