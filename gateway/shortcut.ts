/**
 * The short way of the usual request: a POST of JSON that asks an operation which was answered before. It keeps the guards of the long way
 * (express and Apollo Server) by the same functions, in the same order, and says nothing but success: whatever is unusual, and whatever
 * is refused, goes on the long way, together with what was found out so far.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApolloServerPlugin } from "@apollo/server";
import type { RequestHandler } from "express";
import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, OperationTypeNode } from "graphql";
import { decodeBytes, isPlainBody, parseText, readBytes } from "../transport/bodies.js";
import { readConditions } from "./answers.js";
import type { Budgets } from "./budgets/budgets.js";
import { REQUEST_ID, type RequestContext, createContext, progressOf, requestIdOf } from "./contexts.js";
import { WrittenData, writeAnswer } from "./execution/compiled/answers.js";
import type { GatewayAnswer } from "./execution/compiled/executor.js";
import { LARGE_ANSWER, LARGE_BODY } from "./large.js";
import { Recent } from "../transport/recent.js";
import type { UnreadAnswers } from "../transport/unread.js";
import { type TrustedDocuments, textOf } from "./security/documents.js";
import type { GuardedGateway } from "./security/guard.js";
import { answerHeaders } from "./security/headers.js";
import type { Callers } from "./security/identity/callers.js";
import { type Tariffs, explainVariables } from "./security/operations.js";
import { takeTurn } from "../transport/turns.js";

/** An operation that the long way has parsed, validated and let through. */
interface KnownOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly queryHash: string;
}

/** An operation as its client sent it, in the usual form. */
interface Asked {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What both ways ask of a request before it is executed. */
export interface Guards {
  readonly callers: Callers;
  readonly unread: UnreadAnswers;
  readonly documents: TrustedDocuments;
  readonly tariffs: Tariffs;
  readonly budgets: Budgets;
  /** Tells browsers which pages may read the answer; undefined where none of elsewhere may. */
  readonly allowOrigins: RequestHandler | undefined;
  /** Seconds a request may take. */
  readonly deadline: number;
  /** Operations a request may hold as a list. */
  readonly batchOperations: number;
}

const MOST_OPERATIONS = 1_000;
/** Texts longer than this, in characters, are not kept: a thousand of the longest allowed would take 50 MB. */
const LONGEST = 10_000;
/** What clients accept, where it is certain that this is JSON as `application/json`. */
const PLAIN_ACCEPTS: ReadonlySet<unknown> = new Set([undefined, "*/*", "application/json", "application/json, */*", "application/json, multipart/mixed"]);
/** Members of a body that the short way understands. */
const MEMBERS: ReadonlySet<string> = new Set(["query", "documentId", "operationName", "variables"]);

export class Shortcut {
  /** Requests answered so far. */
  answered = 0;
  private readonly known = new Recent<KnownOperation>(MOST_OPERATIONS);

  constructor(
    private readonly gateway: GuardedGateway,
    private readonly guards: Guards,
  ) {}

  /** Remembers the operations that the long way has let through, and lets one at a time of the others through to it. */
  get plugin(): ApolloServerPlugin<RequestContext> {
    return {
      requestDidStart: async () => ({
        // One that is not known has yet to be parsed, validated, priced and planned.
        didResolveSource: async ({ source, request: { operationName } }) => {
          if (!this.known.get(keyOf({ query: source, operationName }))) await takeTurn();
        },
        executionDidStart: async ({ request: { operationName }, source, schema, document, operation, queryHash }) => {
          if (source.length > LONGEST) return;
          this.known.set(keyOf({ query: source, operationName }), { schema, document, operation, queryHash });
        },
      }),
    };
  }

  /** Answers a request and says true, or says false where the long way is to be gone. */
  async take(request: IncomingMessage & { body?: unknown }, response: ServerResponse): Promise<boolean> {
    if (!isUsual(request)) return false;
    const { callers, unread, allowOrigins } = this.guards;
    const progress = progressOf(response);
    try {
      progress.principal = await callers.identify(request);
    } catch (error) {
      // An identity provider may have been waited for: it is not asked again.
      progress.stranger = error as Error;
      return false;
    }
    if (unread.refuses(response)) return false;
    const bytes = await readBytes(request);
    if (bytes.length > LARGE_BODY) await takeTurn();
    let text: string;
    try {
      text = decodeBytes(bytes);
      request.body = parseText(text);
    } catch (error) {
      progress.fault = error;
      return false;
    }
    const told: string[] = [];
    const answer = await this.execute(request, response, text, told);
    if (answer === null) return false;
    // Called for its headers: of a POST it says nothing else.
    allowOrigins?.(request as never, response as never, () => undefined);
    await send(response, `${writeAnswer(answer)}\n`, told);
    this.answered++;
    return true;
  }

  /** The answer of an operation that holds data and nothing else; null is any other. Headers that go with it are added to `told`, names and values in turn. */
  private async execute(request: IncomingMessage & { body?: unknown }, response: ServerResponse, text: string, told: string[]): Promise<GatewayAnswer | null> {
    const asked = readAsked(request.body, this.guards.documents);
    const known = asked && this.known.get(keyOf(asked));
    const { budgets, tariffs } = this.guards;
    // Its text was measured on the long way.
    if (!known || explainVariables(asked.variables) !== null) return null;
    const progress = progressOf(response);
    const context = createContext(response, progress.principal!, this.guards.deadline);
    const variables = asked.variables ?? {};
    try {
      readConditions(
        {
          ...asked,
          variables: asked.variables ?? undefined,
          operationName: asked.operationName ?? undefined,
          operation: known.operation,
          header: (name) => headerOf(request, name),
        },
        context,
      );
      context.trail.charge = budgets.charge(context.principal, tariffs.costOf(known, variables));
    } catch {
      return null;
    }
    progress.context = context;
    const charge = await context.trail.charge;
    if (!charge.granted) return null;
    const { document, queryHash, schema, operation } = known;
    const operationName = asked.operationName ?? undefined;
    const body = operation.operation === OperationTypeNode.QUERY && text.length <= LARGE_BODY ? text : null;
    const answer = this.gateway.executeAtOnce(schema, { document, queryHash, request: { operationName, variables }, context }, body);
    if (!answer) return null;
    // Whatever comes of it: it is not executed again on the long way.
    context.answer = answer;
    try {
      const { data, ...more } = await answer;
      if (!(data instanceof WrittenData) || Object.keys(more).length > 0) return null;
      charge.settle(context.trail.spent);
      charge.tell((name, value) => void told.push(name, value));
      return budgets.tells ? { data, extensions: { cost: charge.report } } : { data };
    } catch {
      return null;
    }
  }
}

const keyOf = ({ query, operationName }: { readonly query?: string | undefined; readonly operationName?: string | null | undefined }): string =>
  `${operationName ?? ""}\n${query}`;

/** Whether what is told before the body is what nearly all clients tell. */
function isUsual({ method, url, headers }: IncomingMessage): boolean {
  return method === "POST" && url === "/graphql" && PLAIN_ACCEPTS.has(headers.accept) && headers["x-query-plan"] === undefined && isPlainBody(headers);
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** What a body asks; null where it is not the usual, or not to be asked. */
function readAsked(body: unknown, documents: TrustedDocuments): Asked | null {
  if (typeof body !== "object" || body === null) return null;
  for (const key in body) if (!MEMBERS.has(key)) return null;
  const members = body as Readonly<Record<string, unknown>>;
  const { operationName, variables } = members;
  if (typeof (operationName ?? "") !== "string" || typeof (variables ?? {}) !== "object" || Array.isArray(variables)) return null;
  const query = textOf(members, documents);
  return query === null ? null : { query, operationName: operationName as Asked["operationName"], variables: variables as Asked["variables"] };
}

/** All headers at once: set one by one they cost twice as much. A long text is encoded once, a short one costs less with its headers. */
async function send(response: ServerResponse, text: string, told: readonly string[]): Promise<void> {
  const isLarge = text.length > LARGE_ANSWER;
  if (isLarge) await takeTurn();
  const body = isLarge ? Buffer.from(text) : text;
  response.writeHead(200, [
    ...answerHeaders,
    ...[REQUEST_ID, requestIdOf(response)],
    ...told,
    ...["cache-control", "no-store"],
    ...["content-type", "application/json; charset=utf-8"],
    ...["content-length", String(Buffer.byteLength(body))],
  ]);
  response.end(body);
}
