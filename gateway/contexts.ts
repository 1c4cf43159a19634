import type { QueryPlan } from "@apollo/query-planner";
import type { Request, Response } from "express";
import { readRequestId } from "../transport/headers.js";
import type { CallContext, IdempotencyKey, Principal } from "../transport/subgraph.js";

/** What the gateway knows of a request: all that goes with its calls, and what its answer is made of. */
export interface RequestContext extends CallContext {
  /** How the operation was split among the subgraphs, once it has been. */
  queryPlan?: QueryPlan;
  /** The moment the request asks about, once it has been read. */
  asOf?: string;
  /** What the request's mutations are carried out once under, once it has been read. */
  idempotency?: IdempotencyKey;
}

/** Gives the request its id, the client's own where it is a good one, and answers it as a header. */
export function nameRequest(request: Request, response: Response): void {
  const requestId = readRequestId(request.headers["x-request-id"]);
  response.locals["requestId"] = requestId;
  response.setHeader("x-request-id", requestId);
}

/** The id `nameRequest` gave the request this response answers. */
export function requestIdOf(response: Response): string {
  return response.locals["requestId"] as string;
}

/** A request's context: it has so many seconds, and ends when its client leaves. */
export function createContext(response: Response, principal: Principal, seconds: number): RequestContext {
  const client = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) client.abort();
  });
  return { principal, requestId: requestIdOf(response), deadline: Date.now() + seconds * 1000, signal: client.signal };
}
