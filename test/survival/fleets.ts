/** The graph as real processes that are killed and started again, as a platform would start them. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { openPortfolios } from "../../start/portfolios.js";
import type { DatabaseSettings } from "../../subgraphs/kernel/settings.js";
import { call, newDatabase } from "../support/graph.js";
import { writeKeys } from "../support/keys.js";
import { type MariadbServer, startMariadb } from "../support/mariadb.mjs";
import { type Part, startPart } from "../support/processes.js";

/** A process of a fleet. */
interface Killable {
  readonly name: string;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again; waits until it serves. */
  start(): Promise<void>;
}

export interface Fleet {
  /** The gateway's. */
  readonly url: string;
  readonly parts: readonly Killable[];
  readonly settings: DatabaseSettings;
  /** Stops all processes but the database. */
  stop(): Promise<void>;
  /** Removes all data. */
  remove(): Promise<void>;
}

let opened = 0;
/** A loopback address of a fleet's own, so that each part has its usual port. */
const newHost = (): string => `127.1.${1 + (process.pid % 250)}.${2 + (opened++ % 250)}`;
const PATIENCE_MS = 300_000;

/** A part of a program of ours, started again as long as it ends at once: its database may be away. */
async function launch(name: string, file: string, args: readonly string[], environment: Record<string, string>): Promise<Killable & { stop(): Promise<void> }> {
  let part: Part;
  const start = async () => {
    for (const limit = Date.now() + PATIENCE_MS; ;) {
      try {
        part = await startPart(file, args, environment);
        return;
      } catch (error) {
        if (Date.now() > limit) throw error;
        await wait(200);
      }
    }
  };
  await start();
  return {
    name,
    start,
    kill: async () => {
      const { exitCode, signalCode } = part.child;
      if (exitCode !== null || signalCode !== null) throw new Error(`${name} has ended by itself: ${signalCode ?? `exit code ${exitCode}`}`);
      const ended = once(part.child, "exit");
      part.child.kill("SIGKILL");
      await ended;
    },
    stop: async () => void (await part.stop()),
  };
}

/** Makes all databases, with one record so that no story is told in them. */
async function prepare(settings: DatabaseSettings): Promise<void> {
  const portfolios = await openPortfolios(settings);
  await portfolios.local.get("people")!.writer(call).create("Team", { code: "FIRST", name: "First" });
  await portfolios.close();
}

/** All in one process, on SQLite. */
export async function startEmbedded(): Promise<Fleet> {
  const settings = newDatabase();
  await prepare(settings);
  const host = newHost();
  const whole = await launch("embedded", "start/embedded.ts", [], { DATA_DIR: settings.directory, DATABASE_URL: "", HOST: host, PORT: "4000" });
  return {
    url: `http://${host}:4000/graphql`,
    parts: [whole],
    settings,
    stop: whole.stop,
    remove: async () => rmSync(settings.directory, { recursive: true, force: true }),
  };
}

/** Gateway, people and insight as processes of their own on a MariaDB of their own, which is one of the parts. Null where MariaDB is not installed. */
export async function startDistributed(): Promise<(Fleet & { readonly database: MariadbServer }) | null> {
  const database = await startMariadb({ durable: true });
  if (!database) return null;
  const settings = { ...newDatabase(), url: database.url };
  await prepare(settings);
  const host = newHost();
  const environment = {
    DATA_DIR: settings.directory,
    DATABASE_URL: database.url,
    HOST: host,
    PORT: "",
    SUBGRAPH_URL: `http://${host}:{port}/graphql`,
    SUBGRAPH_KEYS: writeKeys(settings.directory),
  };
  const parts = await Promise.all([
    launch("people", "start/subgraph.ts", ["people"], { ...environment, PORT: "4006" }),
    launch("insight", "start/subgraph.ts", ["insight"], { ...environment, PORT: "4007" }),
    launch("gateway", "gateway/main.ts", [], { ...environment, PORT: "4000" }),
  ]);
  return {
    url: `http://${host}:4000/graphql`,
    parts: [...parts, { name: "MariaDB", kill: database.kill, start: database.restart }],
    settings,
    database,
    stop: async () => void (await Promise.all(parts.map((part) => part.stop()))),
    remove: async () => {
      await database.stop();
      rmSync(settings.directory, { recursive: true, force: true });
    },
  };
}
