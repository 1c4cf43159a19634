/** `npm run subgraph -- NAME [--port N]`: one subgraph as a process of its own, its siblings reached over HTTP. */
import { parseArgs } from "node:util";
import { readSettings } from "../gateway/config.js";
import { checkCallers, serveSubgraph } from "../subgraphs/kernel/serve.js";
import { readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { ports } from "../subgraphs/list.js";
import { Keyring } from "../transport/keys.js";
import { runService } from "../transport/processes.js";
import { checkAddress } from "../transport/servers.js";
import { SettingError } from "../transport/settings.js";
import { Signer } from "../transport/signatures.js";
import { openOne, reachSiblings } from "./portfolios.js";

interface Command {
  readonly name: string;
  readonly port: string;
}

function readCommand(args: readonly string[]): Command {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { port: { type: "string" } } });
    const [name = "", ...more] = positionals;
    if (!(name in ports) || more.length > 0) throw new Error("name");
    return { name, port: values.port || process.env["PORT"] || String(ports[name]) };
  } catch (cause) {
    throw new SettingError("The command line", `takes one of ${Object.keys(ports).join(", ")} and --port N, nothing else`, { cause });
  }
}

await runService(
  async () => {
    const { name, port } = readCommand(process.argv.slice(2));
    const settings = readSettings({ ...process.env, PORT: port });
    const keyring = await Keyring.open(settings.subgraphKeys);
    // Before its database is made.
    checkCallers(settings.host, keyring);
    await checkAddress(settings);
    const signer = await Signer.open(keyring, name);
    const subgraph = await openOne(name, readDatabaseSettings(), reachSiblings(settings.subgraphUrl, signer));
    try {
      const service = await serveSubgraph(subgraph, { ...settings, keyring });
      return { url: service.url, stop: async () => void (await service.stop(), await subgraph.close()) };
    } catch (error) {
      await subgraph.close();
      throw error;
    }
  },
  (url) => `The subgraph is served at ${url}`,
);
