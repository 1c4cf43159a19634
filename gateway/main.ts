/** The gateway as a process of its own: any Federation 2 supergraph, its subgraphs reached over HTTP. */
import { reachGuarded } from "../transport/guards.js";
import { Keyring } from "../transport/keys.js";
import { runService } from "../transport/processes.js";
import { Signer } from "../transport/signatures.js";
import { readSettings } from "./config.js";
import { beginReading } from "./execution/reading.js";
import { followFile } from "./supergraph.js";

await runService(
  async () => {
    const settings = readSettings(process.env, process.argv.slice(2));
    const supergraph = followFile(settings.supergraph);
    // Begun before the server's modules are loaded, since it takes longest.
    const reading = beginReading(supergraph);
    const { startGateway } = await import("./server.js");
    const signer = await Signer.open(await Keyring.open(settings.subgraphKeys), "gateway");
    return startGateway({ settings, supergraph, reading, reach: (name, url) => reachGuarded(name, url, signer) });
  },
  (url) => `The graph is served at ${url}/graphql, its playground at ${url}/`,
);
