import { createServer } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { stripError } from "../../transport/answers.js";
import { bodyOptions, explainBody, type Refusal } from "../../transport/bodies.js";
import { HeaderError, readContext, readRequestId } from "../../transport/headers.js";
import { listen, patienceWithClients, type Address, type Service } from "../../transport/servers.js";
import type { CallContext, GraphQLAnswer, GraphQLCall, Principal, Subgraph } from "../../transport/subgraph.js";

/** Limited to no customer: who calls a subgraph without saying who is asking is shown the least. */
const ANONYMOUS: Principal = { subject: "anonymous", roles: [], customers: [] };
const mostEntries = 1000;
/** Room for principals that are limited to many customers. */
const maxHeaderSize = 64 * 1024;

/**
 * Serves a subgraph as `reachOverHttp` reaches it, with `/livez` and `/readyz` beside; port 0 is any free one, and the service's
 * URL is its GraphQL endpoint. A host or port that cannot be had is a SettingError.
 */
export async function serveSubgraph(subgraph: Subgraph, { host, port, anonymous = ANONYMOUS }: Address & { anonymous?: Principal }): Promise<Service> {
  let stopping: Promise<void> | undefined;
  const app = express().disable("x-powered-by").disable("etag");
  app.use((request, _response, next) => {
    // One id for the whole request, also where it was called without one.
    request.headers["x-request-id"] = readRequestId(request.headers["x-request-id"]);
    next();
  });
  app.get("/livez", (_request, response) => void response.type("text").send("ok"));
  app.get("/readyz", async (_request, response) => {
    const ready = !stopping && (await isReady(subgraph));
    response
      .status(ready ? 200 : 503)
      .type("text")
      .send(ready ? "ok" : "not ready");
  });
  routeCalls(app, subgraph, anonymous);
  app.use((_request, response) => refuse(response, { status: 404, code: "NOT_FOUND", message: "Nothing is served here; the graph is at /graphql." }));
  app.use(answerError);

  const server = createServer({ ...patienceWithClients, maxHeaderSize }, app);
  const { origin, drain } = await listen(server, { host, port });
  return { url: `${origin}/graphql`, stop: (grace = 0) => (stopping ??= drain(grace)) };
}

function routeCalls(app: Express, subgraph: Subgraph, anonymous: Principal): void {
  const json = express.json(bodyOptions);
  app.post("/graphql", json, async (request, response) => {
    const type = request.accepts(["application/json", "application/graphql-response+json"]);
    if (!type) throw new RequestError(406, "The answer is application/json or application/graphql-response+json; accept one of them.");
    const answer = await subgraph.execute(readCall(request), contextOf(request, response, anonymous));
    // Over application/json whatever the graph answers is a success of HTTP.
    const status = type === "application/json" || "data" in answer ? 200 : 400;
    response
      .status(status)
      .set("content-type", `${type}; charset=utf-8`)
      .send(JSON.stringify(strip(answer)));
  });
  app.all("/graphql", (_request, response) => {
    response.set("allow", "POST");
    refuse(response, { status: 405, code: "BAD_REQUEST", message: "Send operations by POST." });
  });
  app.get("/ledger", async (request, response) => {
    const after = readCount(request, "after", 0, Number.MAX_SAFE_INTEGER);
    const first = readCount(request, "first", mostEntries, mostEntries);
    response.json({ entries: await subgraph.ledger(after, first, contextOf(request, response, anonymous)) });
  });
  app.get("/head", async (request, response) => {
    response.json({ head: await subgraph.head(contextOf(request, response, anonymous)) });
  });
  app.get("/concern", async (request, response) => {
    const context = contextOf(request, response, anonymous);
    if (!subgraph.concern) throw new RequestError(404, "This portfolio does not keep customers.");
    response.json(await subgraph.concern(context));
  });
  app.post("/exists", json, async (request, response) => {
    const { ids } = readBody(request);
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) throw new RequestError(400, "ids must be a list of strings.");
    response.json({ ids: await subgraph.exists(ids, contextOf(request, response, anonymous)) });
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

function readBody(request: Request): Record<string, unknown> {
  const body: unknown = request.body;
  if (!request.is("application/json")) throw new RequestError(415, "The body must be application/json.");
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new RequestError(400, "The body must be a JSON object.");
  return body as Record<string, unknown>;
}

function readCall(request: Request): GraphQLCall {
  const { query, variables, operationName } = readBody(request);
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

function contextOf(request: Request, response: Response, anonymous: Principal): CallContext {
  const caller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) caller.abort();
  });
  return { ...readContext(request.headers, anonymous), signal: caller.signal };
}

function strip(answer: GraphQLAnswer): GraphQLAnswer {
  return answer.errors ? { ...answer, errors: answer.errors.map(stripError) } : answer;
}

const answerError: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (response.headersSent) return next(error);
  if (error instanceof RequestError) return refuse(response, { status: error.status, code: "BAD_REQUEST", message: error.message });
  if (error instanceof HeaderError) return refuse(response, { status: 400, code: "BAD_REQUEST", message: error.message });
  const refusal = explainBody(error);
  if (refusal) return refuse(response, refusal);
  const requestId = String(request.headers["x-request-id"]);
  console.error(`Request ${requestId} failed:`, error);
  refuse(response, { status: 500, code: "INTERNAL_SERVER_ERROR", message: "The request failed; quote this request id." }, { requestId });
};

function refuse(response: Response, { status, code, message }: Refusal, more: Record<string, unknown> = {}): void {
  response.status(status).json({ errors: [{ message, extensions: { code, ...more } }] });
}

async function isReady(subgraph: Subgraph): Promise<boolean> {
  try {
    await subgraph.head({ principal: ANONYMOUS, requestId: "readyz", deadline: Date.now() + 1_000 });
    return true;
  } catch {
    return false;
  }
}
