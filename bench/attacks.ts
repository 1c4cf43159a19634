/** How long operations that mean harm hold the event loop of a gateway, and how soon they are answered; `npm run bench -- attacks`. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { readSettings } from "../gateway/config.js";
import { startGateway } from "../gateway/server.js";
import { followFile } from "../gateway/supergraph.js";
import { harmless, oversized } from "../test/security/attacks.js";
import type { Subgraph } from "../transport/subgraph.js";

/** Nothing is behind the gateway: whatever gets as far is answered at once. */
const nobody = (name: string): Subgraph => ({
  name,
  execute: () => Promise.resolve({ data: null, errors: [{ message: "Nobody is there.", extensions: { code: "SUBGRAPH_UNREACHABLE" } }] }),
  ledger: () => Promise.resolve([]),
  head: () => Promise.resolve(0),
  exists: () => Promise.resolve([]),
});

/** Sends each attack once to the real supergraph, with nobody behind it. */
export async function benchAttacks(): Promise<void> {
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach: nobody,
    log: () => undefined,
  });
  const ask = async (query: string) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    await response.text();
  };
  await ask("{ customers { nodes { name agreements { nodes { title } } } } }");
  for (const [name, text] of [...oversized, ...harmless].map((each) => [each[0], each[1]] as const)) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const began = performance.now();
    await ask(text);
    const answered = performance.now() - began;
    delay.disable();
    console.log(`${name.padEnd(42)} answered in ${answered.toFixed(1).padStart(6)} ms, longest hold ${(delay.max / 1e6).toFixed(1).padStart(6)} ms`);
  }
  await gateway.stop();
}
