/** One operation answered three ways, and what differs. */
import { isDeepStrictEqual } from "node:util";
import { type ExecutionResult, type GraphQLFormattedError, GraphQLError, type DocumentNode } from "graphql";
import type { Portfolios } from "../../start/portfolios.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { fillSelections } from "../../gateway/execution/planning/hollows.js";
import { followFile } from "../../gateway/supergraph.js";
import { call } from "../support/graph.js";
import { type AskedGateway, loadGateway } from "./gateways.js";
import { reachGeneral } from "./general.js";
import { type Monolith, createMonolith } from "./monolith.js";
import type { GeneratedOperation } from "./operations.js";

type Reach = (name: string) => Subgraph;

/** Compiled gateway and subgraphs; Apollo's executor over graphql-js; and one schema without federation. */
export interface Contestants {
  readonly compiled: AskedGateway;
  readonly general: AskedGateway;
  readonly monolith: Monolith;
  stop(): Promise<void>;
}

/** `disturb` stands between both gateways and their subgraphs. */
export async function openContestants(portfolios: Portfolios, disturb: (reach: Reach) => Reach = (reach) => reach): Promise<Contestants> {
  const supergraph = followFile("schema/supergraph.graphql");
  const compiled = await loadGateway("compiled", { supergraph, reach: disturb(portfolios.reach), call });
  const general = await loadGateway("general", { supergraph, reach: disturb(reachGeneral(portfolios)), call });
  return { compiled, general, monolith: createMonolith(portfolios), stop: async () => void (await Promise.all([compiled.stop(), general.stop()])) };
}

/** What a comparison found. */
export interface Compared {
  /** The data that the compiled gateway answered, as text. */
  readonly data: string;
  /** What the compiled gateway answers otherwise than the others, in words; null where all agree. */
  readonly difference: string | null;
  /** Whether the answer holds errors: the operation asked for something that is refused. */
  readonly refused: boolean;
  /** Whether Apollo's executor put fields in another order than the operation does: it does where a repeated field merges fragments. */
  readonly reordered: boolean;
  /** Whether Apollo's executor answered null for an object of which nothing was left. */
  readonly hollow: boolean;
  /** Whether Apollo's executor said of other items of a list that they failed: it does where a fetch is for some of them only. */
  readonly misplaced: boolean;
}

/** Asks all three. */
export async function compare(
  { compiled, general, monolith }: Contestants,
  document: DocumentNode,
  { text, variables, operationName }: GeneratedOperation,
): Promise<Compared> {
  const own = await compiled.ask(document, text, variables, operationName);
  const apollo = await general.ask(document, text, variables, operationName);
  const whole = showResult(await monolith.execute(document, variables, call, operationName));
  const hollow = own.data !== apollo.data && isHollow(document);
  const reordered = own.data !== apollo.data && own.data === whole.data && isDeepStrictEqual(JSON.parse(own.data), JSON.parse(apollo.data));
  const misplaced =
    listErrors(own.errors) !== listErrors(apollo.errors) &&
    listErrors(own.errors) === listErrors(whole.errors) &&
    listErrors(own.errors.map(forgetItems)) === listErrors(apollo.errors.map(forgetItems));
  const findings = [
    own.data === apollo.data || reordered || hollow ? [] : [`data: ${own.data}\nby Apollo's executor: ${apollo.data}`],
    own.spent === apollo.spent || hollow ? [] : [`points: ${own.spent}\nby Apollo's executor: ${apollo.spent}`],
    own.data === whole.data ? [] : [`data: ${own.data}\nby the monolith: ${whole.data}`],
    listErrors(own.errors) === listErrors(apollo.errors) || hollow || misplaced
      ? []
      : [`errors: ${listErrors(own.errors)}\nby Apollo's executor: ${listErrors(apollo.errors)}`],
    listErrors(own.errors) === listErrors(whole.errors) ? [] : [`errors: ${listErrors(own.errors)}\nby the monolith: ${listErrors(whole.errors)}`],
  ].flat();
  return {
    data: own.data,
    refused: own.errors.length > 0,
    reordered,
    hollow,
    misplaced,
    difference: findings.length === 0 ? null : [`${text}\nvariables: ${JSON.stringify(variables)}`, ...findings].join("\n"),
  };
}

/**
 * Whether all that is selected of some object has a condition. Where none of them holds, Apollo's executor fetches nothing and answers null
 * instead of an object without fields; what is right is what the monolith answers.
 */
export const isHollow = (document: DocumentNode): boolean => fillSelections(document) !== document;

/** Errors by code and path, in no order, each once: which of several parallel fetches fails first is chance. */
export const listErrors = (errors: readonly GraphQLFormattedError[]): string =>
  JSON.stringify([...new Set(errors.map(({ path, extensions }) => `${String(extensions?.["code"])} at ${path?.join(".")}`))].sort());

/** An error as if all items of a list were one. */
const forgetItems = (error: GraphQLFormattedError): GraphQLFormattedError => ({
  ...error,
  ...(error.path ? { path: error.path.map((step) => (typeof step === "number" ? 0 : step)) } : {}),
});

/** What graphql-js answers, its errors with the codes that subgraphs give them. */
export function showResult({ data, errors = [] }: ExecutionResult): { data: string; errors: GraphQLFormattedError[] } {
  const codeOf = ({ originalError, extensions }: GraphQLError) =>
    extensions["code"] ?? (originalError && !(originalError instanceof GraphQLError) ? "INTERNAL_SERVER_ERROR" : "BAD_USER_INPUT");
  return { data: JSON.stringify(data ?? null), errors: errors.map((error) => ({ ...error.toJSON(), extensions: { code: codeOf(error) } })) };
}
