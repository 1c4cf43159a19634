/** Where operators read: a line of JSON for each event, on standard error. */
import pino from "pino";

/** An error as operators see it: its stack, and those of its causes, without the statements and values that drivers hang on it. */
export function describeFailure(error: unknown): { readonly [key: string]: unknown } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, code, errno, cause } = error as NodeJS.ErrnoException;
  return { type: name, message, stack, code, errno, ...(cause === undefined ? {} : { cause: describeFailure(cause) }) };
}

export const logger = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeFailure } },
  // At once: what is told last is often why a process ended.
  pino.destination({ fd: 2, sync: true }),
);

/** Where is said what operators must know, a line at a time. */
export type Log = (line: string) => void;
