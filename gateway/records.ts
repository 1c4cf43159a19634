/** What became of each request, for operators: how long it took and where, and why it was refused. Never what it asked about or was told. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { progressOf, requestIdOf } from "./contexts.js";
import { documentIdOf } from "./security/documents.js";

/** Which requests are told of: those that were refused, failed or were slow, all, or none. */
export type RequestLog = "problems" | "all" | "none";

/** From how many milliseconds on a request is slow. */
const SLOW_MS = 1_000;
/** Mistakes of those who write operations; a playground makes them all day. */
const MISTAKES: ReadonlySet<string> = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "DOCUMENT_NOT_FOUND",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** What a subgraph was asked for one request. */
interface Fetches {
  readonly count: number;
  /** Milliseconds until the answers were there, added up: fetches run side by side. */
  readonly ms: number;
  readonly failed: number;
}

export interface RequestRecord {
  readonly requestId: string;
  readonly status: number;
  readonly ms: number;
  /** Who asked, once that was known. */
  readonly subject?: string;
  /** The operation's name. */
  readonly operation?: string;
  /** The id that the operation's text has as a trusted document. */
  readonly document?: string;
  /** Codes of the answer's errors, each once. */
  readonly codes: readonly string[];
  /** Whether the client went away before it had its answer. */
  readonly left: boolean;
  /** By subgraph. */
  readonly fetches: Readonly<Record<string, Fetches>>;
}

/** Calls `note` once a request for the graph has ended, however it did. */
export function recordRequest(request: IncomingMessage, response: ServerResponse, note: (record: RequestRecord) => void): void {
  if (!/^\/graphql\b/.test(request.url ?? "")) return;
  const began = performance.now();
  response.once("close", () => {
    const { principal, context, codes = context?.trail.codes ?? [] } = progressOf(response);
    const { query, operationName, fetched = [] } = context?.trail ?? {};
    note({
      requestId: requestIdOf(response),
      status: response.statusCode,
      ms: round(performance.now() - began),
      ...(principal ? { subject: principal.subject } : {}),
      ...(operationName === undefined ? {} : { operation: operationName }),
      ...(query === undefined ? {} : { document: documentIdOf(query) }),
      codes: [...new Set(codes)],
      left: !response.writableFinished,
      fetches: sumFetches(fetched),
    });
  });
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

function sumFetches(fetched: readonly Fetched[]): Record<string, Fetches> {
  const sums: Record<string, Fetches> = {};
  for (const { subgraph, ms, failed } of fetched) {
    const sum = sums[subgraph] ?? { count: 0, ms: 0, failed: 0 };
    sums[subgraph] = { count: sum.count + 1, ms: round(sum.ms + ms), failed: sum.failed + Number(failed) };
  }
  return sums;
}

/** One answer of a subgraph, or its failing. */
export interface Fetched {
  readonly subgraph: string;
  readonly ms: number;
  readonly failed: boolean;
}

export type Level = "error" | "warn" | "info";

/** As what a record is told: a failure of ours, a refusal or something slow, or nothing special. Null is not at all. */
export function levelOf({ status, ms, codes, left, fetches }: RequestRecord, log: RequestLog): Level | null {
  if (log === "none") return null;
  if (status >= 500 || codes.includes("INTERNAL_SERVER_ERROR")) return "error";
  const failed = Object.values(fetches).some((fetch) => fetch.failed > 0);
  if (left || failed || ms >= SLOW_MS || codes.some((code) => !MISTAKES.has(code))) return "warn";
  return log === "all" ? "info" : null;
}
