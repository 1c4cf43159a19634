import { type RequestListener, createServer } from "node:http";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { expressMiddleware } from "@as-integrations/express5";
import cors from "cors";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { explainBody } from "../transport/bodies.js";
import { type Log, logger } from "../transport/logs.js";
import { listen, patienceWithClients, type Listener, type Service } from "../transport/servers.js";
import { completeAnswers, presentRefusals } from "./answers.js";
import { UnreadAnswers } from "../transport/unread.js";
import { answerBatches } from "./batches.js";
import { readBody } from "./bodies.js";
import { Budgets, chargeOperations } from "./budgets/budgets.js";
import type { Settings } from "./config.js";
import { REQUEST_ID, createContext, nameRequest, progressOf, requestIdOf, type RequestContext } from "./contexts.js";
import { writeAnswer } from "./execution/compiled/answers.js";
import type { CompiledGateway } from "./execution/compiled/executor.js";
import { createGraph, type GraphOptions, type Reach } from "./execution/graph.js";
import { type SettingFiles, readFiles } from "./files.js";
import { KeptAnswers } from "./kept/answers.js";
import { identifyCallers, principalFor } from "./security/identity/callers.js";
import { resolveDocuments } from "./security/documents.js";
import { NO_REQUIREMENTS } from "./security/directives.js";
import { GuardedGateway } from "./security/guard.js";
import type { Reading } from "./execution/reading.js";
import { type Fellows, Metrics } from "./metrics.js";
import { type Level, type RequestRecord, levelOf, recordRequest } from "./records.js";
import { answerRefusal } from "./refusals.js";
import { servePages } from "./pages.js";
import { secureAnswer } from "./security/headers.js";
import { limits } from "./security/limits.js";
import { Tariffs, limitOperations } from "./security/operations.js";
import { type Guards, Shortcut } from "./shortcut.js";
import { type Supergraph, explainLoad } from "./supergraph.js";

export interface GatewayOptions {
  readonly settings: Omit<Settings, "supergraph">;
  readonly supergraph: Supergraph;
  readonly reach: Reach | Promise<Reach>;
  /** The supergraph's first reading, where it has begun already. */
  readonly reading?: Promise<Reading>;
  /** Where operators read; standard error when it is left out. */
  readonly log?: Log;
  /** Where operators read what became of requests, at the level it deserves; standard error when this and `log` are left out. */
  readonly record?: (record: RequestRecord, level: Level) => void;
  /** What the files of the settings say, where they are read already. */
  readonly files?: SettingFiles;
  /** The processes that serve the port together, where there are several. */
  readonly fellows?: Fellows | undefined;
  /** How operations are executed: by compiled programs, or all by Apollo's executor, for comparison. */
  readonly execution?: GraphOptions["execution"];
}

/**
 * Serves a supergraph at `/graphql`, the playground at `/`, `/livez`, `/readyz` and `/metrics`. The service's URL is the origin, such as
 * `http://127.0.0.1:4000`. A supergraph that cannot be served, or an address that cannot be had, is a SettingError.
 */
export async function startGateway(options: GatewayOptions): Promise<Service> {
  const { settings, supergraph, reach, reading, execution, log = (line) => logger.error(line), record = options.log ? () => undefined : writeRecord } = options;
  const { policy, callers, documents } = options.files ?? (await readFiles(settings, supergraph, log));
  let requirements = NO_REQUIREMENTS;
  const graph = createGraph({
    supergraph,
    reach,
    reading,
    subgraphUrl: settings.subgraphUrl,
    log,
    execution,
    keep: (changed) => void (requirements = changed),
  });
  const kept = settings.keptBytes > 0 ? new KeptAnswers(settings.keptBytes, (text) => documents.has(text)) : undefined;
  const gateway = new GuardedGateway({ gateway: graph, policy, hiddenFields: settings.hiddenFields, kept, requirements: () => requirements });
  const tariffs = new Tariffs(graph);
  const budgets = await Budgets.open(settings.budgets, settings.redis, log);
  const { deadline, batchOperations } = settings;
  const unread = new UnreadAnswers((response) => progressOf(response).principal?.subject);
  const guards = { callers, unread, documents, tariffs, budgets, allowOrigins: originsOf(settings), deadline, batchOperations };
  const shortcut = new Shortcut(gateway, guards);
  const apollo = await startApollo(gateway, supergraph, log, [chargeOperations(tariffs, budgets), shortcut.plugin]).catch(async (error: unknown) => {
    await budgets.close();
    throw error;
  });
  const metrics = new Metrics(options.fellows);
  metrics.watchBudgets(budgets);
  if (kept) metrics.watchKept(kept);
  const note = (done: RequestRecord) => {
    metrics.note(done);
    const level = levelOf(done, settings.requestLog);
    if (level) record(done, level);
  };
  let listener: Listener | undefined;
  const app = express().disable("x-powered-by").disable("etag");
  app.get("/livez", (_request, response) => void response.type("text").send("ok"));
  app.get(
    "/readyz",
    (_request, response) =>
      void response
        .status(listener?.isStopping ? 503 : 200)
        .type("text")
        .send(listener?.isStopping ? "stopping" : "ok"),
  );
  app.get("/personas", (_request, response) => void response.json({ personas: callers.personas }));
  metrics.watch(graph, shortcut, gateway.coalescer);
  metrics.watchUnread(unread);
  app.get("/metrics", async (_request, response) => void response.set("content-type", metrics.contentType).send(await metrics.write()));
  routeGraph(app, apollo, guards);
  servePages(app);
  app.use((_request, response) => void response.status(404).type("text").send("Nothing is served here; the graph is at /graphql.\n"));
  app.use(answerError(log));

  const serve: RequestListener = (request, response) => {
    nameRequest(request, response);
    recordRequest(request, response, note);
    void shortcut
      .take(request, response)
      .catch((fault: unknown) => void (progressOf(response).fault = fault))
      .then((taken) => {
        if (taken === true) return;
        secureAnswer(response);
        response.setHeader(REQUEST_ID, requestIdOf(response));
        app(request, response);
      });
  };
  const { origin, stop } = (listener = await listenOrStop(serve, settings, unread, apollo));
  // Whoever asks meanwhile does not wait for all of them.
  void expectOperations(graph, supergraph, log);
  return { url: origin, stop: async (grace) => void (await stop(grace), await apollo.stop()) };
}

/** Compiles what clients are expected to ask. Without it all is served the same, only the first time slower. */
async function expectOperations(graph: CompiledGateway, supergraph: Supergraph, log: Log): Promise<void> {
  try {
    await graph.expect((await supergraph.readOperations?.()) ?? []);
  } catch (error) {
    log(`The operations beside ${supergraph.name} are not compiled ahead: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function listenOrStop(
  serve: RequestListener,
  settings: GatewayOptions["settings"],
  unread: UnreadAnswers,
  apollo: ApolloServer<RequestContext>,
): Promise<Listener> {
  try {
    return await listen(createServer(patienceWithClients), serve, settings, { stopDelay: settings.stopDelay, unread });
  } catch (error) {
    await apollo.stop();
    throw error;
  }
}

async function startApollo(
  gateway: GuardedGateway,
  supergraph: Supergraph,
  log: Log,
  guards: readonly ApolloServerPlugin<RequestContext>[],
): Promise<ApolloServer<RequestContext>> {
  const apollo = new ApolloServer<RequestContext>({
    gateway,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // Did you mean …? Kind to developers, and the schema is no secret to those who may introspect it.
    hideSchemaDetailsFromClientErrors: false,
    stopOnTerminationSignals: false,
    // Clients that try it send the whole text after all; its cache could be filled by anybody.
    persistedQueries: false,
    validationOptions: { maxErrors: limits.validationErrors },
    stringifyResult: (answer) => `${writeAnswer(answer)}\n`,
    logger: { debug() {}, info() {}, warn: log, error: log },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      completeAnswers(log),
      ...guards,
    ],
  });
  try {
    await apollo.start();
  } catch (error) {
    throw explainLoad(error, supergraph);
  }
  return apollo;
}

const writeRecord = (record: RequestRecord, level: Level): void => logger[level](record, "request");

/** Lets pages of other origins read answers; undefined where none may. */
function originsOf({ corsOrigins }: Pick<Settings, "corsOrigins">): RequestHandler | undefined {
  if (corsOrigins.length === 0) return undefined;
  const origin = corsOrigins === "*" ? "*" : [...corsOrigins];
  return cors({ origin, methods: ["GET", "POST"], exposedHeaders: ["x-request-id", "ratelimit-policy", "ratelimit", "retry-after"], maxAge: 600 });
}

function routeGraph(app: Express, apollo: ApolloServer<RequestContext>, guards: Guards): void {
  const { callers, unread, documents, allowOrigins, deadline } = guards;
  if (allowOrigins) app.use("/graphql", allowOrigins);
  app.use(
    "/graphql",
    identifyCallers(callers),
    askReaders(unread),
    // What the short way could not read is answered here; what it has read is not read again.
    (_request, response, next) => next(progressOf(response).fault),
    ...readBody,
    (_request, response, next) => {
      response.setHeader("cache-control", "no-store");
      presentRefusals(response);
      next();
    },
    answerBatches(apollo, guards),
    resolveDocuments(documents),
    limitOperations,
    expressMiddleware(apollo, { context: async ({ res }) => (progressOf(res).context ??= createContext(res, principalFor(res), deadline)) }),
  );
}

/** Lets those ask on who read what they are answered. */
const askReaders =
  (unread: UnreadAnswers): RequestHandler =>
  (_request, response, next) => {
    const failure = unread.refuse(response);
    if (!failure) return next();
    response.set("retry-after", "1");
    answerRefusal(response, { status: 503, code: failure.code, message: failure.message });
  };

function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const requestId = requestIdOf(response);
    const refusal = explainBody(error);
    if (!refusal) log(`Request ${requestId} failed: ${error instanceof Error ? error.stack : String(error)}`);
    answerRefusal(response, refusal ?? { status: 500, code: "INTERNAL_SERVER_ERROR", message: "" });
  };
}
