/** The four shapes the graph runs in: embedded and distributed, on SQLite and on MariaDB. */
import { reachGuarded } from "../../transport/guards.js";
import { Keyring } from "../../transport/keys.js";
import { Signer } from "../../transport/signatures.js";
import { ports } from "../../subgraphs/list.js";
import { type Portfolios, openPortfolios } from "../../start/portfolios.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { type Answer, askOverHttp, databaseKinds, newDatabase, openTestGraph, removeDatabase } from "./graph.js";
import { writeKeys } from "./keys.js";
import { startPart } from "./processes.js";

export interface Shape {
  readonly name: string;
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** Finds a subgraph as insight does. */
  reach(name: string): Subgraph;
  /** Stops one subgraph and answers how to start it again; null where it cannot be done, because there is one process. */
  readonly stopSubgraph: ((name: string) => Promise<() => Promise<void>>) | null;
  close(): Promise<void>;
}

/** Every shape that can be had here. */
export const shapes = databaseKinds.flatMap((kind): { name: string; distributed: boolean; open: (load?: Load) => Promise<Shape> }[] => [
  { name: `embedded on ${kind}`, distributed: false, open: (load) => openEmbedded(kind, load) },
  { name: `distributed on ${kind}`, distributed: true, open: (load) => openDistributed(kind, load) },
]);

/** Fills the databases of a shape before they are asked. */
type Load = (portfolios: Portfolios) => Promise<void>;

async function openEmbedded(kind: string, load?: Load): Promise<Shape> {
  const graph = await openTestGraph(newDatabase(kind));
  await load?.(graph.portfolios);
  return { name: `embedded on ${kind}`, ask: graph.ask, reach: graph.portfolios.reach, stopSubgraph: null, close: graph.close };
}

/** A process for each part, with the commands of docker-compose.yml: its usual port, on a loopback address of the shape's own where the system has more than one. */
async function openDistributed(kind: string, load?: Load): Promise<Shape> {
  const settings = newDatabase(kind);
  if (load) {
    const portfolios = await openPortfolios(settings);
    await load(portfolios);
    await portfolios.close();
  }
  const host = process.platform === "linux" ? `127.0.${1 + (process.pid % 250)}.${2 + (opened++ % 250)}` : "127.0.0.1";
  const keys = writeKeys(settings.directory);
  const environment = {
    DATA_DIR: settings.directory,
    DATABASE_URL: settings.url ?? "",
    HOST: host,
    SUBGRAPH_URL: `http://${host}:{port}/graphql`,
    SUBGRAPH_KEYS: keys,
  };
  const start = (name: string) => startPart("start/subgraph.ts", [name], environment);
  const parts = new Map(await Promise.all(Object.keys(ports).map(async (name) => [name, await start(name)] as const)));
  const gateway = await startPart("gateway/main.ts", [], environment);
  const signer = await Signer.open(await Keyring.open(keys), "insight");
  return {
    name: `distributed on ${kind}`,
    ask: (query, variables, headers) => askOverHttp(gateway.url, query, variables, headers),
    reach: (name) => reachGuarded(name, `http://${host}:${ports[name]}/graphql`, signer),
    stopSubgraph: async (name) => {
      await parts.get(name)!.stop();
      return async () => void parts.set(name, await start(name));
    },
    async close() {
      await Promise.all([gateway, ...parts.values()].map((part) => part.stop()));
      await removeDatabase(settings);
    },
  };
}
let opened = 0;
