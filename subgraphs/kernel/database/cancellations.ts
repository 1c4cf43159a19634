/** Ends statements on MySQL and MariaDB that nobody waits for any longer. */
import mysql from "mysql2/promise";
import type { Cancellation } from "../../../transport/deadlines.js";

/** How long a statement may go on after it was cancelled, in milliseconds. Then its connection is cut: the server does not answer. */
const PATIENCE_MS = 1_000;

/** A connection a statement runs on. */
export interface Cancellable {
  readonly threadId: number | null;
  destroy(): void;
}

/**
 * Runs `work`, whose statements go over `connection`, and cancels the one under way when it is aborted: by KILL QUERY, and where that
 * does not end it within a second, by cutting the connection. Answers, or throws, when the connection is free again or cut.
 */
export async function runCancellably<T>(uri: string, connection: Cancellable, cancellation: Cancellation, work: () => Promise<T>): Promise<T> {
  let cancelling: Promise<void> | undefined;
  let cut: NodeJS.Timeout | undefined;
  let abort = (): void => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => {
        cancelling = killStatement(uri, connection.threadId);
        cut = setTimeout(() => {
          connection.destroy();
          reject(cancellation.reason!);
        }, PATIENCE_MS);
      };
      cancellation.on("abort", abort);
      if (cancellation.aborted) abort();
      work().then(resolve, reject);
    });
  } finally {
    clearTimeout(cut);
    cancellation.off("abort", abort);
    // Whoever has the connection next must not be killed instead.
    await cancelling;
  }
}

/** Never throws: a server that does not take the order has its connection cut. */
async function killStatement(uri: string, threadId: number | null): Promise<void> {
  if (threadId === null) return;
  let killer: mysql.Connection | undefined;
  try {
    killer = await mysql.createConnection({ uri, connectTimeout: PATIENCE_MS });
    await killer.query({ sql: `KILL QUERY ${threadId}`, timeout: PATIENCE_MS });
  } catch {
    // The statement has ended meanwhile, or the server hangs.
  } finally {
    killer?.destroy();
  }
}
