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

/** Throws when who asks has gone or waits no longer. */
export function checkTime({ deadline, signal }: TimeLimits): void {
  signal?.throwIfAborted();
  if (deadline !== undefined && deadline <= Date.now()) throw new TemporaryFailure("DEADLINE_EXCEEDED", "The deadline had passed before the call.");
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Tells some work that nobody waits for it any longer. Not an AbortSignal: each statement would pay for several of them, and they are dear. */
export class Cancellation extends EventEmitter<{ abort: [] }> {
  /** Why; undefined while somebody waits. */
  reason: TemporaryFailure | undefined;
  private readonly timer: NodeJS.Timeout | undefined;

  /** Aborts itself at `deadline` (epoch milliseconds), unless it is released before. */
  constructor(readonly deadline = Infinity) {
    super();
    // As many listen as there are calls and statements under way.
    this.setMaxListeners(0);
    if (deadline === Infinity) return;
    const left = deadline - Date.now();
    const stop = () => this.abort(new TemporaryFailure("DEADLINE_EXCEEDED", `No answer within ${left} ms.`));
    this.timer = setTimeout(stop, Math.min(left, LONGEST_TIMER_MS));
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }
  abort(reason = new TemporaryFailure("DEADLINE_EXCEEDED", "The caller has gone.")): void {
    if (this.reason) return;
    this.release();
    this.reason = reason;
    this.emit("abort");
  }
  throwIfAborted(): void {
    if (this.reason) throw this.reason;
  }
  /** Lets go of the deadline: its work is done. */
  release(): void {
    clearTimeout(this.timer);
  }
}

/** A cancellation that is aborted at the deadline, or when who asked leaves before the answer is written. */
export function watchCaller(response: ServerResponse, deadline?: number): Cancellation {
  const caller = new Cancellation(deadline);
  response.once("close", () => {
    if (response.writableFinished) caller.release();
    else caller.abort();
  });
  return caller;
}

/**
 * What `work` answers, or a TemporaryFailure as soon as who asks has gone or waits no longer; the cancellation `work` is given is aborted then.
 * Where that of who asks knows their deadline, one timer does for all that is done for them. Not AbortSignal.timeout: its timers would outlive a busy gateway's calls by the whole deadline.
 */
export async function answerInTime<T>(limits: TimeLimits, work: (cancellation: Cancellation) => Promise<T>): Promise<T> {
  checkTime(limits);
  const { deadline = Infinity, signal } = limits;
  if (signal && signal.deadline <= deadline) return answerBefore(signal, work);
  const cancellation = new Cancellation(deadline);
  const leave = () => cancellation.abort(signal!.reason);
  signal?.on("abort", leave);
  try {
    return await answerBefore(cancellation, work);
  } finally {
    cancellation.release();
    signal?.off("abort", leave);
  }
}

/** What `work` answers, or why the cancellation was aborted before. */
function answerBefore<T>(cancellation: Cancellation, work: (cancellation: Cancellation) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = () => reject(cancellation.reason!);
    cancellation.on("abort", leave);
    const stay = () => void cancellation.off("abort", leave);
    work(cancellation).then(
      (answer) => (stay(), resolve(answer)),
      (error: unknown) => (stay(), reject(error as Error)),
    );
  });
}
