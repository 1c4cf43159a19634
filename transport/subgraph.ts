/** What everyone who calls a subgraph knows of it: the gateway, `insight` and sibling portfolios alike. */

import type { TimeLimits } from "./deadlines.js";

/** Who is asking. Carried from the gateway to the SQL statement. */
export interface Principal {
  /** Stable name of the caller, written into the ledger. */
  readonly subject: string;
  readonly roles: readonly string[];
  /** Ids of the customers whose organisation trees the caller is limited to; null is not limited. */
  readonly customers: readonly string[] | null;
}

/** Whom a principal that is limited to customers stands for. */
export interface Concern {
  /** Ids of the customers of their organisation trees. */
  readonly customers: readonly string[];
  /** Ids of the people they deal with. */
  readonly people: readonly string[];
  /** Ids of the services they use or depend on. */
  readonly services: readonly string[];
}

/** What makes a mutation that is sent again the same mutation. */
export interface IdempotencyKey {
  /** The client's key: 1 to 100 printable letters of ASCII. */
  readonly key: string;
  /** Digest of the whole operation, in hexadecimal: the same key with another is a mistake. */
  readonly digest: string;
}

/** What travels with every call. */
export interface CallContext extends TimeLimits {
  readonly principal: Principal;
  readonly requestId: string;
  /** The moment (UTC, ISO with milliseconds) whose state is read; undefined is now. Nothing is written as of a moment. */
  readonly asOf?: string;
  /** Under which a mutation is carried out once, however often it comes within 24 hours; undefined is as often as it comes. */
  readonly idempotency?: IdempotencyKey;
}

export interface GraphQLCall {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}
/** Whether the text can hold nothing but queries; a text that merely speaks of mutations is taken for one. */
export const onlyReads = ({ query }: GraphQLCall): boolean => /^\s*(query\b|\{)/.test(query) && !/\b(mutation|subscription)\b/.test(query);

export interface GraphQLAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly AnswerError[];
  readonly extensions?: Record<string, unknown>;
}
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Record<string, unknown>;
}

/** A row of a portfolio's ledger. `before` and `after` are whole stored images. */
export interface LedgerEntry {
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly request: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly operation: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** A subgraph, wherever it runs. */
export interface Subgraph {
  readonly name: string;
  execute(call: GraphQLCall, context: CallContext): Promise<GraphQLAnswer>;
  /** The ledger's entries with `seq > after`, oldest first, at most `first` (1,000). */
  ledger(after: number, first: number, context: CallContext): Promise<readonly LedgerEntry[]>;
  /** The sequence number of the ledger's newest entry; 0 when it is empty. */
  head(context: CallContext): Promise<number>;
  /**
   * A text that is another one as soon as something is written that may change an answer to who is not limited to customers; besides it only the day may.
   * Only who keeps the records it answers of can say.
   */
  state?(context: CallContext): Promise<string>;
  /** Those of `ids` that exist in this portfolio. */
  exists(ids: readonly string[], context: CallContext): Promise<readonly string[]>;
  /** Whom the call's principal stands for, who is limited to customers. Only the portfolio that keeps customers can say. */
  concern?(context: CallContext): Promise<Concern>;
}

/** Why a subgraph could not be reached, and what that says of trying again. */
export interface Unreachability extends ErrorOptions {
  /** Whether the same call may succeed at once; it may unless it is said that it may not. */
  readonly mayRetry?: boolean;
  /** How many milliseconds the subgraph asked to be left alone. */
  readonly retryAfter?: number | undefined;
}

/** A subgraph could not be reached, or answered something that is not an answer. Its message is fit for a client. */
export class SubgraphUnreachable extends Error {
  readonly mayRetry: boolean;
  readonly retryAfter: number | undefined;

  constructor(
    readonly subgraph: string,
    { mayRetry = true, retryAfter, ...options }: Unreachability = {},
  ) {
    super(`The ${subgraph} portfolio is out of reach; try again.`, options);
    this.mayRetry = mayRetry;
    this.retryAfter = retryAfter;
  }
}
