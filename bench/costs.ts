/** What requests cost while a server is asked: CPU of all processes that answer them, and how long each took. */
import type { Pool } from "undici";
import { type MoreHeaders, type Question, ask } from "./peers/load.js";
import { usageOf } from "./peers/processes.js";

export interface Cost {
  /** CPU milliseconds of a request, of all processes. */
  readonly cpu: number;
  /** The database's share of it. */
  readonly database: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Bytes written by all processes, of a request. */
  readonly written: number;
  /** Bytes resident, the database's not counted. */
  readonly resident: number;
}

/** Who answers: a server, and the processes of it and of its database. */
export interface Answering {
  readonly path: string;
  readonly pids: readonly number[];
  readonly databasePid: number;
}

/** Asks so many questions at once for `milliseconds`. */
export async function measureCost(
  { path, pids, databasePid }: Answering,
  pool: Pool,
  questions: readonly Question[],
  load: { readonly connections: number; readonly milliseconds: number; readonly headers?: MoreHeaders },
): Promise<Cost> {
  const all = () => usageOf([databasePid, ...pids]);
  const [before, databaseBefore] = [all(), usageOf([databasePid])];
  const began = performance.now();
  const { requests, times } = await ask(pool, path, questions, load.connections, load, load.headers);
  const seconds = (performance.now() - began) / 1000;
  const [after, databaseAfter] = [all(), usageOf([databasePid])];
  return {
    cpu: (after.cpu - before.cpu) / requests,
    database: (databaseAfter.cpu - databaseBefore.cpu) / requests,
    perSecond: requests / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    written: (after.written - before.written) / requests,
    resident: usageOf(pids).resident,
  };
}

/** The value below which that share of sorted numbers lies. */
export const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
export const middle = (numbers: readonly number[]): number =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
/** A number in three digits. */
export const brief = (number: number): string => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2));
