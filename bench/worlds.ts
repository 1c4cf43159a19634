/** Generated portfolios to measure on, and what every measurement needs. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import mysql from "mysql2/promise";
import { generate } from "../sample/generate.js";
import { isEmpty } from "../sample/replay.js";
import { type Portfolios, openPortfolios } from "../start/portfolios.js";
import type { CallContext } from "../transport/subgraph.js";

export const CALL: CallContext = { principal: { subject: "bench", roles: ["developer"], customers: null }, requestId: "bench" };

/** What a measurement may be told. */
export interface BenchOptions {
  readonly scale: number;
  /** How often each is measured, where it is not to be as often as usual. */
  readonly rounds?: number;
  readonly minutes?: number;
  /** Whether its part of RESULTS.md is written. */
  readonly write: boolean;
}

/** A MariaDB server of the run's own, `options` being more of mariadbd's: its URL, and how to stop it. */
export async function startDatabase(options: readonly string[] = []): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { startMariadb } = (await import(path.join(import.meta.dirname, "../test/support/mariadb.mjs"))) as {
    startMariadb(more: { readonly options: readonly string[] }): Promise<{ url: string; stop(): Promise<void> } | null>;
  };
  const own = await startMariadb({ options });
  if (!own) throw new Error("MariaDB is not installed; name a server by DATABASE_URL");
  return own;
}

/** The database that servers under measurement share: its URL, its process, and how many statements some work leads to, BEGIN and COMMIT not counted. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  countStatements(act: () => Promise<void>): Promise<number>;
  stop(): Promise<void>;
}

/** The server of DATABASE_URL, or one of the run's own, with a world of that scale where it is empty. */
export async function startServer({ scale, options }: { readonly scale: number; readonly options?: readonly string[] }): Promise<Server> {
  let url = process.env["DATABASE_URL"];
  let stop = async (): Promise<void> => undefined;
  if (!url) ({ url, stop } = await startDatabase(options));
  await fillDatabase(url, scale);
  const connection = await mysql.createConnection({ uri: url.slice(0, url.lastIndexOf("/")), rowsAsArray: true });
  const select = async (sql: string) => (await connection.query(sql))[0] as unknown[][];
  const [[file] = []] = await select("SELECT @@pid_file");
  const counted = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_select', 'Com_insert', 'Com_update', 'Com_delete')";
  const count = async () => (await select(counted)).reduce((sum, [, each]) => sum + Number(each), 0);
  return {
    url,
    pid: Number(readFileSync(String(file), "utf8")),
    countStatements: async (act) => {
      const before = await count();
      await act();
      return (await count()) - before;
    },
    stop: async () => void (await connection.end(), await stop()),
  };
}

/** Makes a world of that scale in the portfolios at a URL, unless something is there. */
export async function fillDatabase(url: string, scale: number): Promise<void> {
  const portfolios = await openPortfolios({ directory: os.tmpdir(), url });
  try {
    if (await isEmpty(portfolios)) await generate(portfolios, { scale, seed: 1 });
  } finally {
    await portfolios.close();
  }
}

/** Opens empty portfolios, on SQLite in a folder of their own or on the server of DATABASE_URL, and closes them. */
export async function openEmpty(measure: (portfolios: Portfolios, directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "brm-bench-"));
  const portfolios = await openPortfolios({ directory, url: process.env["DATABASE_URL"] || null });
  try {
    await measure(portfolios, directory);
  } finally {
    await portfolios.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Opens portfolios with a generated world of that scale. */
export const openScaled = (scale: number, measure: (portfolios: Portfolios) => Promise<void>): Promise<void> =>
  openEmpty(async (portfolios) => {
    await generate(portfolios, { scale, seed: 1 });
    await measure(portfolios);
  });

/** Asks one subgraph; throws when its answer has errors. */
export async function ask<T>(portfolios: Portfolios, subgraph: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const { data, errors } = await portfolios.reach(subgraph).execute({ query, variables }, CALL);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as T;
}

/** How many milliseconds `act` takes. */
export async function time(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** How many milliseconds of this process's CPU `act` takes: what is left of a measurement when others keep the machine busy. */
export async function timeCpu(act: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** The median of so many measurements, in hundredths. */
export async function median(times: number, measure: () => Promise<number>): Promise<number> {
  return (await measureInTurn(times, [measure]))[0]!;
}

/** The medians of so many measurements of each, in hundredths: one of each after the other, again and again. */
export async function measureInTurn(times: number, measures: readonly (() => Promise<number>)[]): Promise<number[]> {
  const measured: number[][] = measures.map(() => []);
  for (let i = 0; i < times; i++) for (const [j, measure] of measures.entries()) measured[j]!.push(await measure());
  return measured.map((each) => Math.round(each.sort((a, b) => a - b)[Math.floor(times / 2)]! * 100) / 100);
}
