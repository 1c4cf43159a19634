/** The gateway as a process of its own: any Federation 2 supergraph, its subgraphs reached over HTTP. */
import { reachGuarded } from "../transport/guards.js";
import { Keyring } from "../transport/keys.js";
import { runService } from "../transport/processes.js";
import { Signer } from "../transport/signatures.js";
import { readSettings } from "./config.js";
import { startGateway } from "./server.js";
import { followFile } from "./supergraph.js";

await runService(
  async () => {
    const settings = readSettings(process.env, process.argv.slice(2));
    const signer = await Signer.open(await Keyring.open(settings.subgraphKeys), "gateway");
    return startGateway({ settings, supergraph: followFile(settings.supergraph), reach: (name, url) => reachGuarded(name, url, signer) });
  },
  (url) => `The graph is served at ${url}/graphql, its playground at ${url}/`,
);
