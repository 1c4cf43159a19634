/**
 * Several operations that one request holds as a list, where operators allow it. Each goes the long way as if it had come by itself, under the same limits and at the same
 * price; all are answered within one deadline, in the order of the list, and none is a mutation. Apollo Server's own batches share one context, and with it one charge.
 */
import { type ApolloServer, type HTTPGraphQLResponse, HeaderMap } from "@apollo/server";
import type { Request, RequestHandler, Response } from "express";
import type { Refusal } from "../transport/bodies.js";
import { presentBody } from "./answers.js";
import { type RequestContext, createContext, progressOf } from "./contexts.js";
import { presentRefusal, answerRefusal } from "./refusals.js";
import { type TrustedDocuments, explainDocument, textOf } from "./security/documents.js";
import { principalFor } from "./security/identity/callers.js";
import { explainSize } from "./security/operations.js";
import { takeTurn } from "../transport/turns.js";
import type { Guards } from "./shortcut.js";

/** Answers requests that hold a list of operations, where they may; others are for those who come next. */
export function answerBatches(apollo: ApolloServer<RequestContext>, { documents, deadline, batchOperations }: Guards): RequestHandler {
  return async (request, response, next) => {
    const list = request.body as unknown;
    if (batchOperations === 0 || request.method !== "POST" || !Array.isArray(list)) return next();
    if (list.length === 0 || list.length > batchOperations)
      return answerRefusal(response, {
        status: 400,
        code: "BAD_REQUEST",
        message: `A list holds 1 to ${batchOperations} operations; send them in several requests.`,
      });
    const progress = progressOf(response);
    const whole = (progress.context = createContext(response, principalFor(response), deadline));
    const codes = new Set<string>();
    const contextOf = (): RequestContext => ({ ...whole, isBatched: true, trail: { fetched: whole.trail.fetched } });
    const answers = list.map(async (asked: unknown) => {
      // Together they would hold the loop.
      await takeTurn();
      const context = contextOf();
      const answer = await answerOne(apollo, documents, { asked, request, response, context });
      for (const code of context.trail.codes ?? []) codes.add(code);
      return answer.trimEnd();
    });
    const text = `[${(await Promise.all(answers)).join(",")}]\n`;
    progress.codes = [...codes, ...(progress.codes ?? [])];
    response.status(200).type("application/json").send(text);
  };
}

interface One {
  readonly asked: unknown;
  readonly request: Request;
  readonly response: Response;
  readonly context: RequestContext;
}

async function answerOne(apollo: ApolloServer<RequestContext>, documents: TrustedDocuments, { asked, request, response, context }: One): Promise<string> {
  const members = (typeof asked === "object" && !Array.isArray(asked) ? (asked ?? {}) : {}) as Readonly<Record<string, unknown>>;
  const refusal = explainDocument(members, documents) ?? explainExcess(textOf(members, documents), members["variables"]);
  if (refusal) {
    context.trail.codes = [refusal.code];
    return JSON.stringify(presentRefusal(refusal, response));
  }
  const { documentId, ...rest } = members;
  const body = documentId === undefined || documentId === null ? rest : { ...rest, query: textOf(members, documents) };
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: "POST", headers: headersOf(request), search: "", body },
    context: async () => context,
  });
  return tell(answer, response);
}

function explainExcess(query: string | null, variables: unknown): Refusal | null {
  const message = explainSize(query, variables);
  return message === null ? null : { status: 400, code: "OPERATION_TOO_LARGE", message };
}

function headersOf({ headers }: Request): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(", ") : value);
  return map;
}

/** Puts what an answer says in its head, of budgets and of when to come again, into that of all; what was told last is the newest. Answers its text. */
function tell({ status = 200, headers, body }: HTTPGraphQLResponse, response: Response): string {
  for (const [name, value] of headers) if (/^(ratelimit|retry-after)/.test(name)) response.setHeader(name, value);
  const text = body.kind === "complete" ? body.string : "";
  return status >= 400 ? presentBody(text, response) : text;
}
