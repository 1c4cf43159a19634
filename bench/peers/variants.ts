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
  /** What was started, for its end and for what it used; of a variant its server first. */
  readonly started: ChildProcess[];
  /** The variant's own database, where it has one. */
  readonly own: OwnDatabase[];
}
/** A database of one variant alone. */
export interface OwnDatabase {
  readonly url: string;
  readonly child: ChildProcess;
  /** How many statements some work leads to. */
  countStatements(act: () => Promise<void>): Promise<number>;
  stop(): Promise<void>;
}
/** Subgraphs as processes of their own, which several gateways stand over. */
type Subgraphs = "ours" | "usual";
export interface Variant {
  readonly name: string;
  readonly title: string;
  readonly path?: string;
  /** The folder of `operations/` with its own texts of them, where its schema names things otherwise; answers are the same to the byte. */
  readonly dialect?: string;
  /** Which subgraphs its gateway stands over, where they are processes of their own. */
  readonly over?: Subgraphs;
  /** Whether it is measured when none is named. */
  readonly usual: boolean;
  /** Why it cannot be measured here; null where it can. */
  missing?(): Promise<string | null>;
  /** `supergraph` is the file of the subgraphs it stands over; empty where it stands over none. */
  start(start: Start, supergraph: string): Promise<void>;
}
export interface Running {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly path: string;
  readonly dialect: string | undefined;
  readonly processes: readonly ChildProcess[];
  /** Those it shares with other variants; none where it is no gateway alone. */
  readonly subgraphs: readonly ChildProcess[];
  readonly own: readonly OwnDatabase[];
}

type Environment = Readonly<Record<string, string>>;
const peer = (file: string): string => path.join(import.meta.dirname, file);

async function startNode({ started, databaseUrl }: Start, args: readonly string[], port: number, environment: Environment = {}): Promise<void> {
  const { NODE = process.execPath, ...more } = environment;
  started.push(await startProcess(NODE, args, port, { DATABASE_URL: databaseUrl, PORT: String(port), HOST: "127.0.0.1", ...more }));
}

/** A loopback address of our subgraphs' own, for their usual ports. */
const HOST = "127.0.100.1";
/** Our subgraphs as processes of their own, at their usual ports: insight has to find the others. Answers the file of their supergraph. */
async function startOurSubgraphs(start: Start): Promise<string> {
  const environment = { HOST, SUBGRAPH_URL: `http://${HOST}:{port}/graphql` };
  for (const [name, port] of Object.entries(ports)) await startNode(start, [path.join(root, "dist/start/subgraph.js"), name], port, environment);
  return rewriteSupergraph();
}

/** Our supergraph as a file that says where the subgraphs are, without the directives that Apollo's gateway refuses and others would ask tokens for. */
function rewriteSupergraph(): string {
  const supergraph = readFileSync(path.join(root, "schema/supergraph.graphql"), "utf8");
  const text = readDirectives(supergraph, parse(supergraph)).sdl;
  const moved = text.replaceAll(/(name: "(\w+)", url: )"[^"]*"/g, (_, before: string, name: string) => `${before}"http://${HOST}:${ports[name]}/graphql"`);
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

/** Starts subgraphs; answers the file of their supergraph. */
export const startSubgraphs: Readonly<Record<Subgraphs, (start: Start) => Promise<string>>> = { ours: startOurSubgraphs, usual: startUsualSubgraphs };

const startApollo = (start: Start, supergraph: string): Promise<void> => startNode(start, [peer("apollo.mjs")], start.port, { SUPERGRAPH: supergraph });
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
    over: "ours",
    usual: true,
    start: (start, supergraph) => startNode(start, [path.join(root, "dist/gateway/main.js")], start.port, { SUPERGRAPH: supergraph }),
  },
  {
    name: "apollo-usual",
    title: "Apollo gateway, usual subgraphs",
    over: "usual",
    usual: true,
    start: startApollo,
  },
  {
    name: "apollo-ours",
    title: "Apollo gateway, our subgraphs",
    over: "ours",
    usual: true,
    start: startApollo,
  },
  {
    name: "hive-rust-usual",
    title: "Hive Gateway with its Rust planner, usual subgraphs",
    over: "usual",
    usual: true,
    start: (start, supergraph) => startHive(start, supergraph, "rust"),
  },
  {
    name: "hive-usual",
    title: "Hive Gateway, usual subgraphs",
    over: "usual",
    usual: true,
    start: (start, supergraph) => startHive(start, supergraph, "javascript"),
  },
  {
    name: "hive-rust-ours",
    title: "Hive Gateway with its Rust planner, our subgraphs",
    over: "ours",
    usual: true,
    start: (start, supergraph) => startHive(start, supergraph, "rust"),
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
