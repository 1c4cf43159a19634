import type { ApolloServerPlugin } from "@apollo/server";
import { prettyFormatQueryPlan } from "@apollo/query-planner";
import type { Response } from "express";
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError } from "graphql";
import { requestIdOf, type RequestContext } from "./contexts.js";
import { isUnexpected, presentError } from "./errors.js";

/** Where the gateway says what its operators must know, a line at a time. */
export type Log = (line: string) => void;

/** Presents the errors of every operation's answer, logs the unexpected ones, and adds the query plan for `x-query-plan: 1`. */
export function completeAnswers(log: Log): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ operation, request: { operationName } }) {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw refuse("BAD_REQUEST", "Subscriptions are not served; ask again by query.");
        // The planner would refuse these too, but as if the failure were the server's.
        if (!operation) {
          const what = operationName
            ? `The document has no operation named "${operationName}".`
            : "The document has several operations; name one in operationName.";
          throw refuse("OPERATION_RESOLUTION_FAILURE", what);
        }
      },
      async willSendResponse({ request, response, contextValue, errors: originals }) {
        if (response.body.kind !== "single") return;
        const result = response.body.singleResult;
        const { requestId, queryPlan } = contextValue;
        const nulls = takeFatalNulls(result);
        const errors = [...(result.errors ?? []), ...nulls.map((error) => ({ ...error.toJSON(), extensions: {} }))];
        // To Apollo an answer without data is its client's mistake.
        if (response.http.status === 400 && errors.some(isUnexpected)) response.http.status = 500;
        logUnexpected(errors, [...(originals ?? []), ...nulls], requestId, log);
        if (errors.length > 0) result.errors = errors.map((error) => presentError(error, requestId));
        if (queryPlan && request.http?.headers.get("x-query-plan") === "1") {
          result.extensions = { ...result.extensions, queryPlan: prettyFormatQueryPlan(queryPlan) };
        }
      },
    }),
    async unexpectedErrorProcessingRequest({ requestContext, error }) {
      log(`Request ${requestContext.contextValue.requestId} failed: ${error.stack}`);
    },
  };
}

/** Presents the errors Apollo answers before there is an operation (CSRF, malformed requests), which no plugin sees. */
export function presentRefusals(response: Response): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => send(response.statusCode >= 400 && typeof body === "string" ? presentBody(body, requestIdOf(response)) : body);
}

function presentBody(body: string, requestId: string): string {
  const answer = JSON.parse(body) as { errors?: GraphQLFormattedError[] };
  return JSON.stringify({ ...answer, errors: answer.errors?.map((error) => presentError(error, requestId)) });
}

function refuse(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}

/**
 * Where a record another subgraph points at is missing, Apollo nulls its field and says so in `extensions.valueCompletion`, not in
 * `errors`. When nothing is left of the answer, that is an error after all.
 */
function takeFatalNulls(result: { data?: unknown; extensions?: Record<string, unknown> }): readonly GraphQLError[] {
  const { valueCompletion, ...extensions } = result.extensions ?? {};
  if (!valueCompletion || result.data !== null) return [];
  if (Object.keys(extensions).length > 0) result.extensions = extensions;
  else delete result.extensions;
  return valueCompletion as readonly GraphQLError[];
}

/** One line for each reason: a fetch that fails leaves as many errors as nulls. */
function logUnexpected(errors: readonly GraphQLFormattedError[], originals: readonly GraphQLError[], requestId: string, log: Log): void {
  const placesByReason = new Map<string, string[]>();
  errors.forEach((error, index) => {
    if (!isUnexpected(error)) return;
    const reason = originals[index]?.originalError?.stack ?? originals[index]?.message ?? error.message;
    const places = placesByReason.get(reason) ?? [];
    placesByReason.set(reason, [...places, error.path?.join(".") ?? "the whole"]);
  });
  for (const [reason, places] of placesByReason) log(`Request ${requestId} failed at ${listBriefly(places)}: ${reason}`);
}

function listBriefly([first, ...rest]: readonly string[]): string {
  return rest.length === 0 ? `${first}` : `${first} and ${rest.length} more`;
}
