/**
 * `npm start [-- --workers N]`: the gateway and all subgraphs in one process, or in N that share its port, with the sample
 * portfolios when the databases are empty.
 */
import cluster from "node:cluster";
import type { Settings } from "../gateway/config.js";
import { type PlannerThread, startThread } from "../gateway/execution/planning/threads.js";
import { type DatabaseSettings, readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import type { Policy } from "../transport/access/policy.js";
import { logger } from "../transport/logs.js";
import { runService } from "../transport/processes.js";
import { type Service, checkAddress } from "../transport/servers.js";
import { SettingError } from "../transport/settings.js";
import type { Portfolios } from "./portfolios.js";
import { WorkerFigures } from "./figures.js";
import { obeyPrimary, startWorkers, takeWorkers } from "./workers.js";

/** A portfolio's connections to its database, of all workers together. */
const CONNECTIONS = 10;

const log = (line: string): void => logger.error(line);

async function start(figures?: WorkerFigures): Promise<Service> {
  const { count, others } = takeWorkers(process.argv.slice(2));
  // Whoever serves begins with it, since it takes longest.
  const thread = count === null || cluster.isWorker ? startThread() : undefined;
  const { readSettings } = await import("../gateway/config.js");
  const { checkLoopback } = await import("../gateway/security/identity/personas.js");
  const settings = readSettings(process.env, others);
  // What anybody on the network could ask as anybody is not served, whatever PERSONAS says.
  if (!settings.jwt && settings.serviceTokens === undefined) checkLoopback(settings.host);
  const database = readDatabaseSettings();
  // Workers are given the listening socket of whoever started them.
  if (!cluster.isWorker) await checkAddress(settings);
  if (count === null) return serve((policy) => openTold(database, policy), settings, thread);
  if (cluster.isWorker) {
    const connections = Math.max(2, Math.ceil(CONNECTIONS / count));
    return serve(async (policy) => (await import("./portfolios.js")).openPortfolios({ ...database, connections }, { policy }), settings, thread, figures);
  }
  if (database.url === null)
    throw new SettingError(
      "--workers",
      "needs DATABASE_URL: an SQLite file has one writer, for which workers would only wait; name a MySQL or MariaDB server, or leave --workers out",
    );
  const { followFile } = await import("../gateway/supergraph.js");
  const { checkSupergraph } = await import("../gateway/execution/reading.js");
  const { readFiles } = await import("../gateway/files.js");
  const supergraph = followFile(settings.supergraph);
  await checkSupergraph(supergraph);
  const { policy } = await readFiles(settings, supergraph, log);
  await (await openTold(database, policy)).close();
  return startWorkers(count, ["--workers", String(count), ...others]);
}

/** Opens the portfolios, with the story told in them when they are empty. */
async function openTold(database: DatabaseSettings, policy?: Policy): Promise<Portfolios> {
  const { openPortfolios } = await import("./portfolios.js");
  const { loadStory, needsStory } = await import("../sample/replay.js");
  const portfolios = await openPortfolios(database, { policy });
  try {
    if (await needsStory(portfolios)) {
      console.log("The databases are empty: the sample story is being told in them, once.");
      await loadStory(portfolios);
    }
    return portfolios;
  } catch (error) {
    await portfolios.close();
    throw error;
  }
}

/** Reads the supergraph in its thread while modules are loaded and portfolios opened: each takes about a second. */
async function serve(open: (policy: Policy) => Promise<Portfolios>, settings: Settings, thread?: PlannerThread, fellows?: WorkerFigures): Promise<Service> {
  const { followFile } = await import("../gateway/supergraph.js");
  const { beginReading } = await import("../gateway/execution/reading.js");
  const supergraph = followFile(settings.supergraph);
  const reading = beginReading(supergraph, log, thread);
  await reading;
  const { readFiles } = await import("../gateway/files.js");
  const files = await readFiles(settings, supergraph, log);
  // Nothing is opened, or made, before what settings name is found to be good.
  const opening = open(files.policy);
  const reach = opening.then((portfolios) => portfolios.reach);
  // Where the gateway fails before it waits for it.
  reach.catch(() => undefined);
  try {
    const { startGateway } = await import("../gateway/server.js");
    const gateway = await startGateway({ settings, supergraph, reading, reach, files, fellows });
    const portfolios = await opening;
    return { url: gateway.url, stop: async (grace) => void (await gateway.stop(grace), await portfolios.close()) };
  } catch (error) {
    await opening.then(
      (portfolios) => portfolios.close(),
      () => undefined,
    );
    throw error;
  }
}

const begin = (): Promise<Service> => {
  if (!cluster.isWorker) return start();
  const figures = new WorkerFigures();
  const service = start(figures);
  obeyPrimary(service, figures);
  return service;
};
await runService(begin, cluster.isWorker ? null : (url) => `The playground is open at ${url}/ and the graph at ${url}/graphql`);
