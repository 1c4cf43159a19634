/** Generated portfolios to measure on, and what every measurement needs. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { generate } from "../sample/generate.js";
import { type Portfolios, openPortfolios } from "../start/portfolios.js";
import type { CallContext } from "../transport/subgraph.js";

export const CALL: CallContext = { principal: { subject: "bench", roles: ["developer"], customers: null }, requestId: "bench" };

/** A MariaDB server of the run's own: its URL, and how to stop it. */
export async function startDatabase(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { startMariadb } = (await import(path.join(import.meta.dirname, "../test/support/mariadb.mjs"))) as {
    startMariadb(): Promise<{ url: string; stop(): Promise<void> } | null>;
  };
  const own = await startMariadb();
  if (!own) throw new Error("MariaDB is not installed; name a server by DATABASE_URL");
  return own;
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
  const measured: number[] = [];
  for (let i = 0; i < times; i++) measured.push(await measure());
  return Math.round(measured.sort((a, b) => a - b)[Math.floor(times / 2)]! * 100) / 100;
}
