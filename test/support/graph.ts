/** The portfolios opened for a test, on a database of the test's own, asked through a subgraph or through the whole graph. */
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import mysql from "mysql2/promise";
import { startGateway } from "../../gateway/server.js";
import { readSettings } from "../../gateway/config.js";
import { followFile } from "../../gateway/supergraph.js";
import { type Portfolios, openPortfolios } from "../../start/portfolios.js";
import type { Database } from "../../subgraphs/kernel/database/database.js";
import { openDatabase } from "../../subgraphs/kernel/database/open.js";
import type { DatabaseSettings } from "../../subgraphs/kernel/settings.js";
import { ports } from "../../subgraphs/list.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { Policy } from "../../transport/access/policy.js";
import type { CallContext } from "../../transport/subgraph.js";

export const call: CallContext = { principal: { subject: "tester", roles: ["developer"], customers: null }, requestId: "test" };

/** The policy that the project comes with. */
export const policy = Policy.load("schema/policy.yaml");

/** The kinds of database that tests of the kernel's contract run on. */
export const databaseKinds = ["SQLite", ...(process.env["TEST_MYSQL_URL"] ? ["MariaDB"] : [])];

let made = 0;
/** Settings of a new, empty database of that kind. */
export function newDatabase(kind = "SQLite"): DatabaseSettings {
  const directory = mkdtempSync(path.join(os.tmpdir(), "brm-test-"));
  const name = `t${process.pid}_${Date.now().toString(36)}_${made++}`;
  return { directory, url: kind === "MariaDB" ? process.env["TEST_MYSQL_URL"]!.replace("{portfolio}", `${name}_{portfolio}`) : null };
}

/** How often databases are open in this process. */
const openings = new Map<DatabaseSettings, number>();

/** Removes what is stored under the settings: every migration of others reads the catalogue of all databases of the server. */
export async function removeDatabase({ directory, url }: DatabaseSettings): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  if (url === null) return;
  const server = new URL(url);
  const pattern = decodeURIComponent(server.pathname.slice(1));
  server.pathname = "/";
  const connection = await mysql.createConnection({ uri: server.href });
  // While a DROP waits for a transaction that a test has left open, all who read the catalogue wait behind it: it gives up instead.
  await connection.query("SET SESSION lock_wait_timeout = 10");
  for (const portfolio of Object.keys(ports)) await connection.query(`DROP DATABASE IF EXISTS \`${pattern.replace("{portfolio}", portfolio)}\``);
  await connection.end();
}

/** Opens a new database of that kind without a table of ours, which is removed when it is closed. */
export async function openBareDatabase(kind: string): Promise<{ readonly database: Database; close(this: void): Promise<void> }> {
  const settings = newDatabase(kind);
  const [name] = Object.keys(ports) as [string];
  const database = await openDatabase({ name, shapes: [], migrations: [], lock: "SELECT 1" }, settings);
  return { database, close: async () => void (await database.close(), await removeDatabase(settings)) };
}

export type Answer<T = Record<string, any>> = {
  data: T;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, any> }[];
  extensions?: Record<string, any>;
};

/** The portfolios of a test. */
export interface TestPortfolios extends Portfolios {
  readonly settings: DatabaseSettings;
  subgraph(name: string): LocalSubgraph;
  /** Asks one subgraph; throws when the answer has errors. */
  ask(name: string, query: string, variables?: Record<string, unknown>): Promise<Record<string, any>>;
}

export async function openTestPortfolios(settings = newDatabase()): Promise<TestPortfolios> {
  const failures: unknown[] = [];
  openings.set(settings, (openings.get(settings) ?? 0) + 1);
  const portfolios = await openPortfolios(settings, { report: (error) => void failures.push(error) });
  const subgraph = (name: string) => portfolios.local.get(name)!;
  return {
    ...portfolios,
    settings,
    subgraph,
    async ask(name, query, variables = {}) {
      const answer = await portfolios.reach(name).execute({ query, variables }, call);
      if (answer.errors) throw new Error(`${JSON.stringify(answer.errors)} ${failures.map(String).join()}`);
      return answer.data as Record<string, any>;
    },
    async close() {
      await portfolios.close();
      openings.set(settings, openings.get(settings)! - 1);
      if (openings.get(settings) === 0) await removeDatabase(settings);
    },
  };
}

export interface TestGraph {
  readonly url: string;
  readonly portfolios: TestPortfolios;
  /** Asks the gateway over HTTP. */
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** The whole graph, embedded, behind its gateway. */
export async function openTestGraph(settings = newDatabase()): Promise<TestGraph> {
  const portfolios = await openTestPortfolios(settings);
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach: portfolios.reach,
    log: () => undefined,
  });
  return {
    url: gateway.url,
    portfolios,
    ask: (query, variables = {}, headers = {}) => askOverHttp(gateway.url, query, variables, headers),
    async close() {
      await gateway.stop();
      await portfolios.close();
    },
  };
}

/** Asks a gateway over HTTP. */
export async function askOverHttp(url: string, query: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

/** Asks a gateway over a connection of an agent's, or, without one, over one of its own. */
export function askOverConnection(
  url: string,
  query: string,
  { agent = false, headers = {} }: { agent?: http.Agent | false | undefined; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Answer }> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: { "content-type": "application/json", ...headers }, agent };
    const request = http.request(`${url}/graphql`, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode!, body: JSON.parse(text) as Answer }));
    });
    request.on("error", reject).end(JSON.stringify({ query }));
  });
}
