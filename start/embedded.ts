/**
 * `npm start [-- --workers N]`: the gateway and all subgraphs in one process, or in N that share its port, with the sample
 * portfolios when the databases are empty.
 */
import cluster from "node:cluster";
import { type Settings, readSettings } from "../gateway/config.js";
import { checkLoopback } from "../gateway/security/identity/personas.js";
import { startGateway } from "../gateway/server.js";
import { followFile } from "../gateway/supergraph.js";
import { loadStory, needsStory } from "../sample/replay.js";
import { type DatabaseSettings, readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { runService } from "../transport/processes.js";
import type { Service } from "../transport/servers.js";
import { SettingError } from "../transport/settings.js";
import { type Portfolios, openPortfolios } from "./portfolios.js";
import { obeyPrimary, startWorkers, takeWorkers } from "./workers.js";

/** A portfolio's connections to its database, of all workers together. */
const CONNECTIONS = 10;

async function start(): Promise<Service> {
  const { count, others } = takeWorkers(process.argv.slice(2));
  const settings = readSettings(process.env, others);
  // What anybody on the network could ask as anybody is not served, whatever PERSONAS says.
  if (!settings.jwt && settings.serviceTokens === undefined) checkLoopback(settings.host);
  const database = readDatabaseSettings();
  if (count === null) return serve(await openTold(database), settings);
  if (cluster.isWorker) {
    const connections = Math.max(2, Math.ceil(CONNECTIONS / count));
    return serve(await openPortfolios({ ...database, connections }), settings);
  }
  if (database.url === null)
    throw new SettingError(
      "--workers",
      "needs DATABASE_URL: an SQLite file has one writer, for which workers would only wait; name a MySQL or MariaDB server, or leave --workers out",
    );
  await (await openTold(database)).close();
  return startWorkers(count, ["--workers", String(count), ...others]);
}

/** Opens the portfolios, with the story told in them when they are empty. */
async function openTold(database: DatabaseSettings): Promise<Portfolios> {
  const portfolios = await openPortfolios(database);
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

async function serve(portfolios: Portfolios, settings: Settings): Promise<Service> {
  try {
    const gateway = await startGateway({ settings, supergraph: followFile(settings.supergraph), reach: portfolios.reach });
    return { url: gateway.url, stop: async (grace) => void (await gateway.stop(grace), await portfolios.close()) };
  } catch (error) {
    await portfolios.close();
    throw error;
  }
}

const service = start();
if (cluster.isWorker) obeyPrimary(service);
await runService(() => service, cluster.isWorker ? null : (url) => `The playground is open at ${url}/ and the graph at ${url}/graphql`);
