import { createHash } from "node:crypto";
import type { ApolloServerPlugin, GraphQLRequest } from "@apollo/server";
import type { Response } from "express";
import { GraphQLError, type OperationDefinitionNode, OperationTypeNode, type GraphQLFormattedError } from "graphql";
import { isIdempotencyKey } from "../transport/headers.js";
import type { Log } from "../transport/logs.js";
import { parseMoment } from "../transport/moments.js";
import type { IdempotencyKey } from "../transport/subgraph.js";
import { progressOf, requestIdOf, type RequestContext } from "./contexts.js";
import { isUnexpected, presentError } from "./errors.js";

/** Presents the errors of every operation's answer, logs the unexpected ones, and adds the query plan for `x-query-plan: 1`. */
export function completeAnswers(log: Log): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ operation, request, contextValue }) {
        const { operationName } = request;
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw refuse("BAD_REQUEST", "Subscriptions are not served; ask again by query.");
        // The planner would refuse these too, but as if the failure were the server's.
        if (!operation) {
          const what = operationName
            ? `The document has no operation named "${operationName}".`
            : "The document has several operations; name one in operationName.";
          throw refuse("OPERATION_RESOLUTION_FAILURE", what);
        }
        readConditions({ ...request, operation, header: (name) => request.http?.headers.get(name) }, contextValue);
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
        if (errors.some((error) => (error.extensions as { code?: unknown } | undefined)?.code === "OVERLOADED")) response.http.headers.set("retry-after", "1");
        contextValue.trail.codes = codesOf(errors);
        if (errors.length > 0) result.errors = errors.map((error) => presentError(error, requestId));
        if (queryPlan && request.http?.headers.get("x-query-plan") === "1") {
          // Few ask for plans, and the planner's package takes long to load.
          const { prettyFormatQueryPlan } = await import("@apollo/query-planner/dist/prettyFormatQueryPlan.js");
          result.extensions = { ...result.extensions, queryPlan: prettyFormatQueryPlan(queryPlan) };
        }
      },
    }),
    async unexpectedErrorProcessingRequest({ requestContext, error }) {
      log(`Request ${requestContext.contextValue.requestId} failed: ${error.stack}`);
    },
  };
}

/** An operation as its client sent it. */
export interface Asked extends Pick<GraphQLRequest, "query" | "variables" | "operationName" | "extensions"> {
  readonly operation: OperationDefinitionNode;
  readonly header: (name: string) => string | undefined;
}

/** Reads into the context under which conditions a client asks: as of when, and a mutation under which key. Throws what is wrong with them. */
export function readConditions(asked: Asked, context: RequestContext): void {
  context.trail.query = asked.query;
  context.trail.operationName = asked.operation.name?.value;
  const isMutation = asked.operation.operation === OperationTypeNode.MUTATION;
  if (isMutation && context.isBatched) throw refuse("BAD_REQUEST", "What a request holds as a list is carried out in no order; send a mutation by itself.");
  if (isMutation) {
    const idempotency = readIdempotency(asked);
    if (idempotency) context.idempotency = idempotency;
  }
  const asOf = readAsOf(asked.header("x-as-of"), asked.extensions?.["asOf"]);
  if (asOf === undefined) return;
  if (isMutation) throw refuse("BAD_USER_INPUT", "Nothing can be written as of a moment; leave out x-as-of.");
  context.asOf = asOf;
}

/** Presents the errors Apollo answers before there is an operation (CSRF, malformed requests), which no plugin sees. */
export function presentRefusals(response: Response): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => send(response.statusCode >= 400 && typeof body === "string" ? presentBody(body, response) : body);
}

/** The errors of a refusal's text as clients see them; their codes are the request's. */
export function presentBody(body: string, response: Response): string {
  const { errors = [], ...answer } = JSON.parse(body) as { errors?: GraphQLFormattedError[] };
  const progress = progressOf(response);
  progress.codes = [...(progress.codes ?? []), ...codesOf(errors)];
  return JSON.stringify({ ...answer, errors: errors.map((error) => presentError(error, requestIdOf(response))) });
}

const codesOf = (errors: readonly GraphQLFormattedError[]): string[] =>
  errors.map((error) => (isUnexpected(error) ? "INTERNAL_SERVER_ERROR" : String(error.extensions?.["code"])));

/** The moment a request asks about, by its header or its extensions; undefined is now. */
function readAsOf(header: string | undefined, extension: unknown): string | undefined {
  const moments = [header, extension].filter((each) => each !== undefined && each !== null).map(checkAsOf);
  if (new Set(moments).size > 1) throw refuse("BAD_USER_INPUT", "The header x-as-of and extensions.asOf name different moments; leave out one.");
  return moments[0];
}

function checkAsOf(text: unknown): string {
  const moment = typeof text === "string" ? parseMoment(text) : null;
  if (moment === null) throw refuse("BAD_USER_INPUT", "x-as-of and extensions.asOf take a moment such as 2026-03-01T09:30:00Z.");
  if (Date.parse(moment) > Date.now()) throw refuse("BAD_USER_INPUT", `${moment} is still to come; x-as-of and extensions.asOf take a moment of the past.`);
  return moment;
}

/** The key a client gave a mutation, by its header. Written otherwise or with other variables, it is another mutation. */
function readIdempotency({ header, query, variables, operationName }: Asked): IdempotencyKey | undefined {
  const key = header("idempotency-key");
  if (key === undefined) return undefined;
  if (!isIdempotencyKey(key)) throw refuse("BAD_USER_INPUT", "idempotency-key takes 1 to 100 letters of ASCII without spaces, such as a UUID.");
  const digest = createHash("sha256").update(JSON.stringify([query, variables ?? {}, operationName ?? null]));
  return { key, digest: digest.digest("hex") };
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
