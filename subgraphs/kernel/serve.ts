import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Request } from "express";
import { GraphQLError } from "graphql";
import { stripError } from "../../transport/answers.js";
import { bodyOptions, explainBody, isPlainBody, decodeBytes, parseText, readBytes, type Refusal } from "../../transport/bodies.js";
import { TemporaryFailure, watchCaller } from "../../transport/deadlines.js";
import { HeaderError, readContext, readRequestId } from "../../transport/headers.js";
import type { Keyring } from "../../transport/keys.js";
import { logger } from "../../transport/logs.js";
import { isLoopback, listen, patienceWithClients, type Address, type Listener, type Service } from "../../transport/servers.js";
import { SettingError } from "../../transport/settings.js";
import { Unsigned } from "../../transport/signatures.js";
import { UnreadAnswers } from "../../transport/unread.js";
import type { CallContext, GraphQLAnswer, GraphQLCall, Principal, Subgraph } from "../../transport/subgraph.js";
import { CallGuard, tellRefusal } from "./callers.js";

/** Limited to no customer: who calls a subgraph without saying who is asking is shown the least. */
const ANONYMOUS: Principal = { subject: "anonymous", roles: [], customers: [] };
const mostEntries = 1000;
/** Room for principals that are limited to many customers. */
const maxHeaderSize = 64 * 1024;

/** Where and to whom a subgraph is served. */
interface Serving extends Address {
  /** Whose calls are answered; those of anybody on this machine where it is left out. */
  readonly keyring?: Keyring | undefined;
  /** URL of the Redis in which replicas remember writes that came; each remembers its own where it is left out. */
  readonly redis?: string | undefined;
  /** Seconds `/readyz` answers 503 before the listener closes; 0 where it is left out. */
  readonly stopDelay?: number;
  /** Who asks when a call names no principal. */
  readonly anonymous?: Principal;
}

/**
 * Serves a subgraph as `reachOverHttp` reaches it, with `/livez` and `/readyz` beside; port 0 is any free one, and the service's
 * URL is its GraphQL endpoint. A host or port that cannot be had, or one that others reach without keys, is a SettingError.
 */
export async function serveSubgraph(subgraph: Subgraph, { host, port, keyring, redis, stopDelay, anonymous = ANONYMOUS }: Serving): Promise<Service> {
  checkCallers(host, keyring);
  const guard = keyring && (await CallGuard.open(keyring, subgraph.name, redis));
  let listener: Listener | undefined;
  const app = express().disable("x-powered-by").disable("etag");
  app.get("/livez", (_request, response) => void response.type("text").send("ok"));
  app.get("/readyz", async (_request, response) => {
    const ready = !listener?.isStopping && (await isReady(subgraph));
    response
      .status(ready ? 200 : 503)
      .type("text")
      .send(ready ? "ok" : "not ready");
  });
  if (guard) app.use((request, _response, next) => guard.admit(request).then(() => next(), next));
  const unread = new UnreadAnswers();
  const answering = { subgraph, anonymous, guard, unread };
  routeCalls(app, answering);
  app.use((_request, response) => refuse(response, { status: 404, code: "NOT_FOUND", message: "Nothing is served here; the graph is at /graphql." }));
  app.use(answerError);

  const serve: RequestListener = (request, response) => {
    // One id for the whole request, also where it was called without one.
    request.headers["x-request-id"] = readRequestId(request.headers["x-request-id"]);
    // Our own clients' calls need nothing of express, which costs as much as a small read.
    if (isUsual(request)) void answerCall(answering, request, response);
    else if (request.method === "GET" && request.url === "/state") void answerState(answering, request, response);
    else app(request, response);
  };
  const server = createServer({ ...patienceWithClients, maxHeaderSize });
  const { origin, stop } = (listener = await listen(server, serve, { host, port }, { stopDelay, unread }).catch(async (error: unknown) => {
    await guard?.close();
    throw error;
  }));
  return { url: `${origin}/graphql`, stop: async (grace) => void (await stop(grace), await guard?.close()) };
}

/** Throws a SettingError where a subgraph would answer everybody on an address that others reach. */
export function checkCallers(host: string, keyring: Keyring | undefined): void {
  if (keyring || isLoopback(host)) return;
  throw new SettingError("HOST", `is ${host}, but callers cannot be told apart: set SUBGRAPH_KEYS, or leave HOST at 127.0.0.1`);
}

/** What calls are answered by, for both ways they come. */
interface Answering {
  readonly subgraph: Subgraph;
  readonly anonymous: Principal;
  readonly guard: CallGuard | undefined;
  readonly unread: UnreadAnswers;
}

/** Whether a call is as `reachOverHttp` sends it. */
const isUsual = ({ method, url, headers }: IncomingMessage): boolean =>
  method === "POST" && url === "/graphql" && headers.accept === "application/json" && isPlainBody(headers);

async function answerCall(answering: Answering, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answering.guard?.admit(request);
    const bytes = await readBytes(request);
    answering.guard?.checkBody(request, bytes);
    send(response, 200, strip(await executeCall(answering, readCall(parseText(decodeBytes(bytes))), request, response)));
  } catch (error) {
    answerFailure(error, request, response);
  }
}

/** Before each answer it has kept the gateway asks for the state: this costs next to nothing. */
async function answerState(answering: Answering, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { subgraph, guard } = answering;
  try {
    await guard?.admit(request);
    if (!subgraph.state) throw new RequestError(404, "This subgraph keeps no records of its own.");
    send(response, 200, { state: await subgraph.state(contextOf(answering, request, response)) });
  } catch (error) {
    answerFailure(error, request, response);
  }
}

async function executeCall(answering: Answering, call: GraphQLCall, request: IncomingMessage, response: ServerResponse): Promise<GraphQLAnswer> {
  const { subgraph, guard } = answering;
  const context = contextOf(answering, request, response);
  await guard?.checkOperation(request, call, context.principal);
  return subgraph.execute(call, context);
}

function routeCalls(app: Express, answering: Answering): void {
  const { subgraph, guard } = answering;
  const json = express.json({
    ...bodyOptions,
    verify(request, response, body, charset) {
      guard?.checkBody(request, body);
      bodyOptions.verify(request, response, body, charset);
    },
  });
  app.post("/graphql", json, async (request, response) => {
    const type = request.accepts(["application/json", "application/graphql-response+json"]);
    if (!type) throw new RequestError(406, "The answer is application/json or application/graphql-response+json; accept one of them.");
    const answer = await executeCall(answering, readCall(readBody(request)), request, response);
    // Over application/json whatever the graph answers is a success of HTTP.
    const status = type === "application/json" || "data" in answer ? 200 : 400;
    send(response, status, strip(answer), type);
  });
  app.all("/graphql", (_request, response) => {
    response.set("allow", "POST");
    refuse(response, { status: 405, code: "BAD_REQUEST", message: "Send operations by POST." });
  });
  app.get("/ledger", async (request, response) => {
    const after = readCount(request, "after", 0, Number.MAX_SAFE_INTEGER);
    const first = readCount(request, "first", mostEntries, mostEntries);
    response.json({ entries: await subgraph.ledger(after, first, contextOf(answering, request, response)) });
  });
  app.get("/head", async (request, response) => {
    response.json({ head: await subgraph.head(contextOf(answering, request, response)) });
  });
  app.get("/concern", async (request, response) => {
    const context = contextOf(answering, request, response);
    if (!subgraph.concern) throw new RequestError(404, "This portfolio does not keep customers.");
    response.json(await subgraph.concern(context));
  });
  app.post("/exists", json, async (request, response) => {
    const { ids } = readObject(readBody(request));
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) throw new RequestError(400, "ids must be a list of strings.");
    response.json({ ids: await subgraph.exists(ids, contextOf(answering, request, response)) });
  });
}

/** A request that is not what it must be. */
class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function readBody(request: Request): unknown {
  if (!request.is("application/json")) throw new RequestError(415, "The body must be application/json.");
  return request.body as unknown;
}

function readObject(body: unknown): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new RequestError(400, "The body must be a JSON object.");
  return body as Record<string, unknown>;
}

function readCall(body: unknown): GraphQLCall {
  const { query, variables, operationName } = readObject(body);
  if (typeof query !== "string" || query === "") throw new RequestError(400, "query must be the text of a GraphQL operation.");
  if (!isOptional(variables, "object") || Array.isArray(variables)) throw new RequestError(400, "variables must be an object.");
  if (!isOptional(operationName, "string")) throw new RequestError(400, "operationName must be a string.");
  return {
    query,
    ...(variables ? { variables: variables as Record<string, unknown> } : {}),
    ...(operationName ? { operationName: operationName as string } : {}),
  };
}

function isOptional(value: unknown, type: "object" | "string"): boolean {
  return value === undefined || value === null || typeof value === type;
}

function readCount(request: Request, name: string, otherwise: number, most: number): number {
  const value = request.query[name] ?? String(otherwise);
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : NaN;
  if (!(count <= most)) throw new RequestError(400, `${name} must be a whole number from 0 to ${most}.`);
  return count;
}

/** What a call is executed in; throws where it is not to be executed. */
function contextOf({ anonymous, unread }: Answering, request: IncomingMessage, response: ServerResponse): CallContext {
  const failure = unread.refuse(response);
  if (failure) throw failure;
  const context = readContext(request.headers, anonymous);
  return { ...context, signal: watchCaller(response, context.deadline) };
}

function strip(answer: GraphQLAnswer): GraphQLAnswer {
  return answer.errors ? { ...answer, errors: answer.errors.map(stripError) } : answer;
}

const answerError: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (response.headersSent) return next(error);
  answerFailure(error, request, response);
};

function answerFailure(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (error instanceof Unsigned) {
    tellRefusal(request, error);
    return refuse(response, { status: 401, code: "UNAUTHENTICATED", message: "This call is not let in." });
  }
  if (error instanceof TemporaryFailure) {
    response.setHeader("retry-after", "1");
    return refuse(response, { status: 503, code: error.code, message: error.message });
  }
  if (error instanceof RequestError) return refuse(response, { status: error.status, code: "BAD_REQUEST", message: error.message });
  if (error instanceof HeaderError) return refuse(response, { status: 400, code: "BAD_REQUEST", message: error.message });
  if (error instanceof GraphQLError && error.extensions["code"] === "FORBIDDEN")
    return refuse(response, { status: 403, code: "FORBIDDEN", message: error.message });
  const refusal = explainBody(error);
  if (refusal) return refuse(response, refusal);
  const requestId = String(request.headers["x-request-id"]);
  logger.error({ requestId, err: error }, "A request failed.");
  refuse(response, { status: 500, code: "INTERNAL_SERVER_ERROR", message: "The request failed; quote this request id." }, { requestId });
}

function refuse(response: ServerResponse, { status, code, message }: Refusal, more: Record<string, unknown> = {}): void {
  send(response, status, { errors: [{ message, extensions: { code, ...more } }] });
}

function send(response: ServerResponse, status: number, body: GraphQLAnswer | { readonly state: string }, type = "application/json"): void {
  const text = JSON.stringify(body);
  // Of a client that has gone, node drops it.
  response.writeHead(status, { "content-type": `${type}; charset=utf-8`, "content-length": Buffer.byteLength(text) }).end(text);
}

async function isReady(subgraph: Subgraph): Promise<boolean> {
  try {
    await subgraph.head({ principal: ANONYMOUS, requestId: "readyz", deadline: Date.now() + 1_000 });
    return true;
  } catch {
    return false;
  }
}
