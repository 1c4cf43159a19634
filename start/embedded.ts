/** `npm start`: the gateway and all subgraphs in one process, with the sample portfolios when the databases are empty. */
import { readSettings } from "../gateway/config.js";
import { checkLoopback } from "../gateway/security/identity/personas.js";
import { startGateway } from "../gateway/server.js";
import { followFile } from "../gateway/supergraph.js";
import { loadStory, needsStory } from "../sample/replay.js";
import { readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { runService } from "../transport/processes.js";
import { openPortfolios } from "./portfolios.js";

await runService(
  async () => {
    const settings = readSettings(process.env, process.argv.slice(2));
    // What anybody on the network could ask as anybody is not served, whatever PERSONAS says.
    if (!settings.jwt && settings.serviceTokens === undefined) checkLoopback(settings.host);
    const portfolios = await openPortfolios(readDatabaseSettings());
    try {
      if (await needsStory(portfolios)) {
        console.log("The databases are empty: the sample story is being told in them, once.");
        await loadStory(portfolios);
      }
      const gateway = await startGateway({ settings, supergraph: followFile(settings.supergraph), reach: portfolios.reach });
      return { url: gateway.url, stop: async () => void (await gateway.stop(), await portfolios.close()) };
    } catch (error) {
      await portfolios.close();
      throw error;
    }
  },
  (url) => `The playground is open at ${url}/ and the graph at ${url}/graphql`,
);
