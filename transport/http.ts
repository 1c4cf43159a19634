import { Agent, type Dispatcher } from "undici";
import { isAnswer } from "./answers.js";
import { writeContext } from "./headers.js";
import { SettingError } from "./settings.js";
import { SubgraphUnreachable, type CallContext, type Concern, type LedgerEntry, type Subgraph } from "./subgraph.js";

/** How long a call without a deadline may take, in milliseconds. */
const patience = 10_000;
const longestTimer = 2 ** 31 - 1;
/** One for the process. Its idle connections do not keep the process alive. */
const agent = new Agent({ connections: 64, keepAliveTimeout: 30_000 });

/**
 * A subgraph behind an http(s) URL: `POST <url>`, and `ledger`, `head`, `exists` and `concern` beside it.
 * Whatever is not an answer, or comes after the deadline (10 s where there is none), is a SubgraphUnreachable whose cause tells why.
 */
export function reachOverHttp(name: string, url: string): Subgraph {
  const endpoint = parseUrl(name, url);

  async function ask<T>(call: Call, context: CallContext, isExpected: (body: unknown) => body is T): Promise<T> {
    try {
      const body = await send(call, context);
      if (!isExpected(body)) throw new Error("The answer has the wrong shape.");
      return body;
    } catch (cause) {
      throw new SubgraphUnreachable(name, { cause });
    }
  }

  const graphql = { url: endpoint, method: "POST" } as const;
  const ledgerUrl = new URL("ledger", endpoint);
  const head = { url: new URL("head", endpoint), method: "GET" } as const;
  const concern = { url: new URL("concern", endpoint), method: "GET" } as const;
  const exists = { url: new URL("exists", endpoint), method: "POST" } as const;

  return {
    name,
    execute: (call, context) => ask({ ...graphql, body: call }, context, isAnswer),
    async ledger(after, first, context) {
      const call = { url: ledgerUrl, method: "GET", search: `?after=${after}&first=${first}` } as const;
      return (await ask(call, context, isLedger)).entries;
    },
    async head(context) {
      return (await ask(head, context, isHead)).head;
    },
    async exists(ids, context) {
      return (await ask({ ...exists, body: { ids } }, context, isIds)).ids;
    },
    concern: (context) => ask(concern, context, isConcern),
  };
}

interface Call {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly search?: string;
  readonly body?: unknown;
}

function parseUrl(name: string, url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new SettingError("SUPERGRAPH", `gives subgraph ${name} the URL "${url}", which is not an http or https one; correct it or set SUBGRAPH_URL`);
}

async function send(call: Call, context: CallContext): Promise<unknown> {
  const abortion = abortInTime(context);
  try {
    const { statusCode, body } = await agent.request({
      origin: call.url.origin,
      path: call.url.pathname + (call.search ?? call.url.search),
      method: call.method,
      headers: { ...writeContext(context), accept: "application/json", ...(call.body ? { "content-type": "application/json" } : {}) },
      body: call.body ? JSON.stringify(call.body) : null,
      signal: abortion.signal,
    } satisfies Dispatcher.RequestOptions);
    return parseBody(statusCode, await body.text());
  } finally {
    abortion.release();
  }
}

function parseBody(status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`The answer, of status ${status}, is not JSON.`, { cause });
  }
}

/** A signal for one call. Not AbortSignal.timeout: its timers would outlive a busy gateway's calls by the whole deadline. */
function abortInTime({ deadline, signal }: CallContext): { signal: AbortSignal; release(): void } {
  const left = deadline === undefined ? patience : deadline - Date.now();
  if (left <= 0) throw new Error("The deadline had passed before the call.");
  if (signal?.aborted) throw new Error("The caller has gone.");
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`No answer within ${left} ms.`)), Math.min(left, longestTimer));
  const leave = () => controller.abort(new Error("The caller has gone."));
  signal?.addEventListener("abort", leave, { once: true });
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    },
  };
}

function isLedger(body: unknown): body is { entries: LedgerEntry[] } {
  const entries = read(body, "entries");
  return Array.isArray(entries) && entries.every((entry) => Number.isSafeInteger(read(entry, "seq")));
}

function isHead(body: unknown): body is { head: number } {
  return Number.isSafeInteger(read(body, "head"));
}

function isIds(body: unknown): body is { ids: string[] } {
  const ids = read(body, "ids");
  return Array.isArray(ids) && ids.every((id) => typeof id === "string");
}

function isConcern(body: unknown): body is Concern {
  return [read(body, "customers"), read(body, "people"), read(body, "services")].every((ids) => isIds({ ids }));
}

function read(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
