/** The gateway as a process of its own: any Federation 2 supergraph, its subgraphs reached over HTTP. */
import { runService } from "../transport/processes.js";
import { startThread } from "./execution/planning/threads.js";

await runService(
  async () => {
    // In the order of how long they take: the thread that reads the supergraph, its text, and what is only needed to serve it.
    const thread = startThread();
    const { readSettings } = await import("./config.js");
    const { followFile } = await import("./supergraph.js");
    const { beginReading } = await import("./execution/reading.js");
    const settings = readSettings(process.env, process.argv.slice(2));
    const supergraph = followFile(settings.supergraph);
    const reading = beginReading(supergraph, undefined, thread);
    // Whether it succeeds the gateway says.
    await reading.catch(() => undefined);
    const { startGateway } = await import("./server.js");
    const { reachGuarded } = await import("../transport/guards.js");
    const { Keyring } = await import("../transport/keys.js");
    const { Signer } = await import("../transport/signatures.js");
    const signer = await Signer.open(await Keyring.open(settings.subgraphKeys), "gateway");
    return startGateway({ settings, supergraph, reading, reach: (name, url) => reachGuarded(name, url, signer) });
  },
  (url) => `The graph is served at ${url}/graphql, its playground at ${url}/`,
);
