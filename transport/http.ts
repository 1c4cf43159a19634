import { Agent, type Dispatcher } from "undici";
import { isAnswer } from "./answers.js";
import { TemporaryFailure, answerInTime } from "./deadlines.js";
import { writeContext } from "./headers.js";
import { SettingError } from "./settings.js";
import type { Signer } from "./signatures.js";
import { SubgraphUnreachable, type CallContext, type Concern, type LedgerEntry, type Subgraph } from "./subgraph.js";

/** How long a call without a deadline may take, in milliseconds. */
const patience = 10_000;
/** Largest answer taken, in bytes. None is inflated: we ask for none that is compressed. */
const largestAnswer = 32 * 1024 * 1024;
/** One for the process. Its idle connections do not keep the process alive. */
const agent = new Agent({ connections: 64, keepAliveTimeout: 30_000, maxResponseSize: largestAnswer });

/**
 * A subgraph behind an http(s) URL: `POST <url>`, and `ledger`, `head`, `state`, `exists` and `concern` beside it.
 * Calls are signed where there is a signer. Whatever is not an answer, or comes after the deadline (10 s where there is none), is a
 * SubgraphUnreachable whose cause tells why.
 */
export function reachOverHttp(name: string, url: string, signer?: Signer): Subgraph {
  const endpoint = parseUrl(name, url);

  async function ask<T>(call: Call, context: CallContext, isExpected: (body: unknown) => body is T): Promise<T> {
    try {
      const body = await send({ ...call, subgraph: name, signer }, context);
      if (!isExpected(body)) throw new Error("The answer has the wrong shape.");
      return body;
    } catch (cause) {
      // What took all the time there was has none left to be asked again.
      const mayRetry = !(cause instanceof TemporaryFailure || cause instanceof NotLetIn);
      throw new SubgraphUnreachable(name, { cause, mayRetry, retryAfter: cause instanceof Busy ? cause.retryAfter : undefined });
    }
  }

  const graphql = { url: endpoint, method: "POST" } as const;
  const ledgerUrl = new URL("ledger", endpoint);
  const head = { url: new URL("head", endpoint), method: "GET" } as const;
  const state = { url: new URL("state", endpoint), method: "GET" } as const;
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
    async state(context) {
      return (await ask(state, context, isState)).state;
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

interface NamedCall extends Call {
  readonly subgraph: string;
  readonly signer: Signer | undefined;
}

function send({ subgraph, signer, url, method, search = url.search, body: value }: NamedCall, context: CallContext): Promise<unknown> {
  const limits = { ...context, deadline: context.deadline ?? Date.now() + patience };
  return answerInTime(limits, async (signal) => {
    const path = url.pathname + search;
    const headers = writeContext(context);
    const sent = value === undefined ? "" : JSON.stringify(value);
    const signature = await signer?.sign({ method, path, subgraph, headers }, sent);
    const {
      statusCode,
      headers: answered,
      body,
    } = await agent.request({
      origin: url.origin,
      path,
      method,
      headers: { ...headers, ...signature, accept: "application/json", ...(sent ? { "content-type": "application/json" } : {}) },
      body: sent || null,
      signal,
    } satisfies Dispatcher.RequestOptions);
    const text = await body.text();
    if (statusCode === 401) throw new NotLetIn();
    if (statusCode === 503 || statusCode === 429) throw new Busy(statusCode, answered["retry-after"]);
    return parseBody(statusCode, text);
  });
}

/** A subgraph that does not know who calls it. */
class NotLetIn extends Error {
  constructor() {
    super("It does not let us in (401); its log says why. Compare SUBGRAPH_KEYS of both.");
  }
}

/** A subgraph that says it cannot answer now. */
class Busy extends Error {
  /** Milliseconds; undefined where it did not say how long. */
  readonly retryAfter: number | undefined;

  constructor(status: number, header: string | string[] | undefined) {
    super(`The answer's status was ${status}.`);
    this.retryAfter = typeof header === "string" && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
  }
}

function parseBody(status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`The answer, of status ${status}, is not JSON.`, { cause });
  }
}

function isLedger(body: unknown): body is { entries: LedgerEntry[] } {
  const entries = read(body, "entries");
  return Array.isArray(entries) && entries.every((entry) => Number.isSafeInteger(read(entry, "seq")));
}

function isHead(body: unknown): body is { head: number } {
  return Number.isSafeInteger(read(body, "head"));
}

function isState(body: unknown): body is { state: string } {
  return typeof read(body, "state") === "string";
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
