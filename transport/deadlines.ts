import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";

/** How long who asks waits for an answer. */
export interface TimeLimits {
  /** Epoch milliseconds after which the answer is of no use; undefined is no limit. */
  readonly deadline?: number;
  /** Aborted when who asks has gone. */
  readonly signal?: Cancellation;
}

/** A failure that is over by and by. Its message is fit for a client. */
export class TemporaryFailure extends Error {
  constructor(
    readonly code: "DEADLINE_EXCEEDED" | "OVERLOADED" | "DATABASE_UNAVAILABLE" | "READ_ONLY",
    message: string,
    /** Whether the same request may be sent again without doing anything twice. */
    readonly retryable = true,
    /** What operators must know of it. */
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const longestTimer = 2 ** 31 - 1;

/** Throws when who asks has gone or waits no longer. */
export function checkTime({ deadline, signal }: TimeLimits): void {
  signal?.throwIfAborted();
  if (deadline !== undefined && deadline <= Date.now()) throw new TemporaryFailure("DEADLINE_EXCEEDED", "The deadline had passed before the call.");
}

/** Tells some work that nobody waits for it any longer. Not an AbortSignal: each statement would pay for several of them, and they are dear. */
export class Cancellation extends EventEmitter<{ abort: [] }> {
  /** Why; undefined while somebody waits. */
  reason: TemporaryFailure | undefined;

  constructor() {
    super();
    // As many listen as there are calls and statements under way.
    this.setMaxListeners(0);
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }
  abort(reason = new TemporaryFailure("DEADLINE_EXCEEDED", "The caller has gone.")): void {
    if (this.reason) return;
    this.reason = reason;
    this.emit("abort");
  }
  throwIfAborted(): void {
    if (this.reason) throw this.reason;
  }
}

/** A cancellation that is aborted when who asked leaves before the answer is written. */
export function watchCaller(response: ServerResponse): Cancellation {
  const caller = new Cancellation();
  response.once("close", () => {
    if (!response.writableFinished) caller.abort();
  });
  return caller;
}

/**
 * What `work` answers, or a TemporaryFailure as soon as who asks has gone or waits no longer; the cancellation `work` is given is aborted then.
 * Not AbortSignal.timeout: its timers would outlive a busy gateway's calls by the whole deadline.
 */
export async function answerInTime<T>(limits: TimeLimits, work: (cancellation: Cancellation) => Promise<T>): Promise<T> {
  checkTime(limits);
  const { deadline, signal } = limits;
  const cancellation = new Cancellation();
  const stop = (message: string) => cancellation.abort(new TemporaryFailure("DEADLINE_EXCEEDED", message));
  const leave = () => cancellation.abort(signal!.reason);
  const left = (deadline ?? Infinity) - Date.now();
  const timer = deadline === undefined ? undefined : setTimeout(() => stop(`No answer within ${left} ms.`), Math.min(left, longestTimer));
  signal?.on("abort", leave);
  try {
    return await new Promise<T>((resolve, reject) => {
      cancellation.once("abort", () => reject(cancellation.reason!));
      work(cancellation).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.off("abort", leave);
  }
}
