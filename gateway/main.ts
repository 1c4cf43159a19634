/** The gateway as a process of its own: any Federation 2 supergraph, its subgraphs reached over HTTP. */
import { reachGuarded } from "../transport/guards.js";
import { runService } from "../transport/processes.js";
import { readSettings } from "./config.js";
import { startGateway } from "./server.js";
import { followFile } from "./supergraph.js";

await runService(
  async () => {
    const settings = readSettings(process.env, process.argv.slice(2));
    return startGateway({ settings, supergraph: followFile(settings.supergraph), reach: reachGuarded });
  },
  (url) => `The graph is served at ${url}/graphql, its playground at ${url}/`,
);
