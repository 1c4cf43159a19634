/** What is measured: how each is started. The first is what the others are compared to. */
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "graphql";
import { readDirectives } from "../../gateway/security/directives.js";
import { ports } from "../../subgraphs/list.js";
import { freePort, startProcess } from "./processes.js";

const root = path.join(import.meta.dirname, "../..");
const SUBGRAPHS = ["customer", "agreement", "service", "project", "application", "people"];

interface Start {
  readonly port: number;
  readonly databaseUrl: string;
  /** What was started, for its end and for what it used. */
  readonly started: ChildProcess[];
  /** The variant's own database, where it has one. */
  readonly own: OwnDatabase[];
}
/** A database of one variant alone. */
export interface OwnDatabase {
  readonly url: string;
  readonly child: ChildProcess;
  /** How many SELECTs some work leads to. */
  countStatements(act: () => Promise<void>): Promise<number>;
  stop(): Promise<void>;
}
export interface Variant {
  readonly name: string;
  readonly title: string;
  readonly path?: string;
  /** The folder of `operations/` with its own texts of them, where its schema names things otherwise; answers are the same to the byte. */
  readonly dialect?: string;
  /** Whether it is measured when none is named. */
  readonly usual: boolean;
  /** Why it cannot be measured here; null where it can. */
  missing?(): Promise<string | null>;
  start(start: Start): Promise<void>;
}
export interface Running {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly path: string;
  readonly dialect: string | undefined;
  readonly processes: readonly ChildProcess[];
  readonly own: readonly OwnDatabase[];
}

type Environment = Readonly<Record<string, string>>;
const peer = (file: string): string => path.join(import.meta.dirname, file);

async function startNode({ started, databaseUrl }: Start, args: readonly string[], port: number, environment: Environment = {}): Promise<void> {
  const { NODE = process.execPath, ...more } = environment;
  started.push(await startProcess(NODE, args, port, { DATABASE_URL: databaseUrl, PORT: String(port), HOST: "127.0.0.1", ...more }));
}

let hosts = 0;
/** Our subgraphs as processes of their own, at their usual ports of the loopback address answered: insight has to find the others. */
async function startOurSubgraphs(start: Start): Promise<string> {
  const host = `127.0.${100 + hosts++}.1`;
  const environment = { HOST: host, SUBGRAPH_URL: `http://${host}:{port}/graphql` };
  for (const [name, port] of Object.entries(ports)) await startNode(start, [path.join(root, "dist/start/subgraph.js"), name], port, environment);
  return host;
}

/** Our supergraph as a file that says where the subgraphs are, without the directives that Apollo's gateway refuses and others would ask tokens for. */
function rewriteSupergraph(host: string): string {
  const supergraph = readFileSync(path.join(root, "schema/supergraph.graphql"), "utf8");
  const text = readDirectives(supergraph, parse(supergraph)).sdl;
  const moved = text.replaceAll(/(name: "(\w+)", url: )"[^"]*"/g, (_, before: string, name: string) => `${before}"http://${host}:${ports[name]}/graphql"`);
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), "brm-compare-")), "supergraph.graphql");
  writeFileSync(file, moved);
  return file;
}

/** The usual subgraphs as processes of their own; answers the file of their supergraph. */
async function startUsualSubgraphs(start: Start): Promise<string> {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), "brm-compare-")), "supergraph.graphql");
  const addresses: string[] = [];
  for (const name of SUBGRAPHS) {
    const port = await freePort();
    await startNode(start, [peer("usual.mjs"), name], port);
    addresses.push(`${name}=http://127.0.0.1:${port}/`);
  }
  execFileSync(process.execPath, [peer("compose.mjs"), file, ...addresses]);
  return file;
}

const startHive = (start: Start, supergraph: string, planner: "javascript" | "rust"): Promise<void> =>
  startNode(
    start,
    [
      path.join(root, "bench/node_modules/.bin/hive-gateway"),
      ...["supergraph", supergraph, "--config-path", peer("hive.config.mjs"), "--host", "127.0.0.1", "--port", String(start.port)],
      ...(planner === "rust" ? ["--hive-router-runtime"] : []),
    ],
    start.port,
  );

interface Postgres {
  findPostgres(): object | null;
  startPostgres(mysqlUrl: string): Promise<OwnDatabase>;
}
const loadPostgres = (): Promise<Postgres> => import(peer("postgres.mjs")) as Promise<Postgres>;
const missingPostgres = async (): Promise<string | null> =>
  (await loadPostgres()).findPostgres() ? null : "PostgreSQL is not installed (postgres and initdb, in /usr/lib/postgresql or PATH).";

/** Node 22, without which PostGraphile 5 answers nothing; an optional package of this folder's, since it is there for Linux on x64 only. */
const node22 = path.join(root, "bench/node_modules/node22/bin/node");

/** A copy of the data in a PostgreSQL of the variant's own, and a server over it. */
async function startOverPostgres(start: Start, file: string, environment: Environment): Promise<void> {
  const database = await (await loadPostgres()).startPostgres(start.databaseUrl);
  start.own.push(database);
  await startNode(start, [peer(file)], start.port, { POSTGRES_URL: database.url, ...environment });
}

export const VARIANTS: readonly Variant[] = [
  {
    name: "floor",
    title: "SQL by hand, JSON.stringify, node:http",
    usual: true,
    start: (start) => startNode(start, [peer("floor.mjs")], start.port),
  },
  {
    name: "embedded",
    title: "ours, embedded",
    usual: true,
    start: (start) => startNode(start, [path.join(root, "dist/start/embedded.js")], start.port),
  },
  {
    name: "workers",
    title: "ours, embedded, 2 workers",
    usual: true,
    start: (start) => startNode(start, [path.join(root, "dist/start/embedded.js"), "--workers", "2"], start.port),
  },
  {
    name: "distributed",
    title: "ours, distributed",
    usual: true,
    start: async (start) => {
      const host = await startOurSubgraphs(start);
      await startNode(start, [path.join(root, "dist/gateway/main.js")], start.port, { SUPERGRAPH: rewriteSupergraph(host) });
    },
  },
  {
    name: "apollo-usual",
    title: "Apollo gateway, usual subgraphs",
    usual: true,
    start: async (start) => startNode(start, [peer("apollo.mjs")], start.port, { SUPERGRAPH: await startUsualSubgraphs(start) }),
  },
  {
    name: "apollo-ours",
    title: "Apollo gateway, our subgraphs",
    usual: true,
    start: async (start) => startNode(start, [peer("apollo.mjs")], start.port, { SUPERGRAPH: rewriteSupergraph(await startOurSubgraphs(start)) }),
  },
  {
    name: "hive-rust-usual",
    title: "Hive Gateway with its Rust planner, usual subgraphs",
    usual: true,
    start: async (start) => startHive(start, await startUsualSubgraphs(start), "rust"),
  },
  {
    name: "hive-usual",
    title: "Hive Gateway, usual subgraphs",
    usual: true,
    start: async (start) => startHive(start, await startUsualSubgraphs(start), "javascript"),
  },
  {
    name: "hive-rust-ours",
    title: "Hive Gateway with its Rust planner, our subgraphs",
    usual: true,
    start: async (start) => startHive(start, rewriteSupergraph(await startOurSubgraphs(start)), "rust"),
  },
  {
    name: "monolith",
    title: "graphql-js monolith, dataloader, TypeORM",
    usual: true,
    start: (start) => startNode(start, [peer("usual.mjs"), "monolith"], start.port),
  },
  {
    name: "postgraphile",
    title: "PostGraphile 5 on Node 22, one PostgreSQL, no federation",
    dialect: "postgraphile",
    usual: true,
    missing: async () => (await missingPostgres()) ?? (existsSync(node22) ? null : "Node 22 is not installed (npm ci in bench)."),
    start: (start) => startOverPostgres(start, "postgraphile.mjs", { NODE: node22, GRAPHILE_ENV: "production" }),
  },
];
