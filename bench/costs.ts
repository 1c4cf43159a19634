/** What requests cost while a server is asked: CPU of all processes that answer them, and how long each took. */
import type { Pool } from "undici";
import { type MoreHeaders, type Questions, ask } from "./peers/load.js";
import { usageOf } from "./peers/processes.js";

export interface Cost {
  /** CPU milliseconds of a request, of all processes. */
  readonly cpu: number;
  /** The database's share of it. */
  readonly database: number;
  /** The gateway's, where it is a process of its own. */
  readonly gateway: number | null;
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
  /** The gateway alone, where it is a process of its own. */
  readonly gatewayPid?: number | undefined;
}

/** Asks so many questions at once for `milliseconds`. */
export async function measureCost(
  { path, pids, databasePid, gatewayPid }: Answering,
  pool: Pool,
  questions: Questions,
  load: { readonly connections: number; readonly milliseconds: number; readonly headers?: MoreHeaders },
): Promise<Cost> {
  const look = () => ({
    all: usageOf([databasePid, ...pids]),
    database: usageOf([databasePid]),
    gateway: gatewayPid === undefined ? null : usageOf([gatewayPid]),
  });
  const before = look();
  const began = performance.now();
  const { requests, times } = await ask(pool, path, questions, load.connections, load, load.headers);
  const seconds = (performance.now() - began) / 1000;
  const after = look();
  return {
    cpu: (after.all.cpu - before.all.cpu) / requests,
    database: (after.database.cpu - before.database.cpu) / requests,
    gateway: before.gateway && after.gateway && (after.gateway.cpu - before.gateway.cpu) / requests,
    perSecond: requests / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    written: (after.all.written - before.all.written) / requests,
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
