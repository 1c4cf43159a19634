import type { QueryPlan } from "@apollo/query-planner";
import type { IncomingMessage, ServerResponse } from "node:http";
import { watchCaller } from "../transport/deadlines.js";
import { readRequestId } from "../transport/headers.js";
import type { CallContext, IdempotencyKey, Principal } from "../transport/subgraph.js";
import type { Fetched } from "./records.js";
import type { Charge } from "./budgets/charges.js";
import type { GatewayAnswer } from "./execution/compiled/executor.js";

/** What the gateway knows of a request: all that goes with its calls, and what its answer is made of. */
export interface RequestContext extends CallContext {
  /** How the operation was split among the subgraphs, once it has been. */
  queryPlan?: QueryPlan;
  /** The moment the request asks about, once it has been read. */
  asOf?: string;
  /** What the request's mutations are carried out once under, once it has been read. */
  idempotency?: IdempotencyKey;
  /** Whether it is one of several operations of its request. */
  readonly isBatched?: true;
  /** What its record is made of; Apollo Server hands on a copy of the context, and this with it. */
  readonly trail: Trail;
  /** What executing it has come to already, on the short way. */
  answer?: Promise<GatewayAnswer>;
}

/** What a request has left behind. */
interface Trail {
  /** The text and the name of the operation, once it has been found. */
  query?: string | undefined;
  operationName?: string | undefined;
  /** What subgraphs have answered, in the order in which they did. */
  readonly fetched: Fetched[];
  /** Codes of the errors that are answered. */
  codes?: readonly string[];
  /** What is taken from the caller's budget for it, once that was asked. */
  charge?: Promise<Charge>;
  /** Points that the answer has cost; Infinity where nobody counted them, and undefined as long as nothing was executed. */
  spent?: number;
}

/** What has been found out about a request so far, and goes with its response from the short way to the long one. */
export interface Progress {
  /** The request's id, from the first moment on. */
  requestId?: string;
  /** Who is asking. */
  principal?: Principal;
  /** Why it could not be told who is asking. */
  stranger?: Error;
  /** Why the body could not be read. */
  fault?: unknown;
  context?: RequestContext;
  /** Codes of the errors that are answered where there is no context. */
  codes?: readonly string[];
}

/** The progress of the request that this response answers: what express calls its locals. */
export const progressOf = (response: ServerResponse & { locals?: Progress }): Progress => (response.locals ??= {});

/** The name of the header that tells a request's id. */
export const REQUEST_ID = "x-request-id";

/** Gives the request its id, the client's own where it is a good one. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  progressOf(response).requestId = readRequestId(request.headers[REQUEST_ID]);
}

/** The id `nameRequest` gave the request this response answers. */
export function requestIdOf(response: ServerResponse): string {
  return progressOf(response).requestId!;
}

/** A request's context: it has so many seconds, and ends when its client leaves. */
export function createContext(response: ServerResponse, principal: Principal, seconds: number): RequestContext {
  const deadline = Date.now() + seconds * 1000;
  return { principal, requestId: requestIdOf(response), deadline, signal: watchCaller(response, deadline), trail: { fetched: [] } };
}
