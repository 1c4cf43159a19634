/** How long operations that mean harm hold the event loop of a gateway, how soon they are answered, and what it is to ask meanwhile; `npm run bench -- attacks`. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { buildSchema, type GraphQLInterfaceType, getNamedType, isLeafType } from "graphql";
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

const INNOCENT = "{ customers { nodes { name agreements { nodes { title } } } } }";
/** How long each kind of attack goes on, in milliseconds, and by how many clients at once. */
const SIEGE_MS = 10_000;
const ATTACKERS = 4;
const INNOCENT_EVERY_MS = 20;

/** Operations within all limits that take long to plan, none like the other. */
const laborious = ((): readonly (readonly [name: string, write: (i: number) => string])[] => {
  const api = buildSchema(readFileSync("schema/api.graphql", "utf8"), { assumeValidSDL: true });
  const types = api.getPossibleTypes(api.getType("Node") as GraphQLInterfaceType);
  const everything = (most: number, leaves: number) =>
    types
      .slice(0, most)
      .map((type) => {
        const names = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)) && field.args.length === 0);
        return `... on ${type.name} { ${names
          .slice(0, leaves)
          .map(({ name }) => `${type.name}_${name}: ${name}`)
          .join(" ")} }`;
      })
      .join(" ");
  const cycle = (depth: number): string =>
    depth === 0 ? "name" : `name agreements { nodes { services { nodes { name customers { nodes { ${cycle(depth - 1)} } } } } } }`;
  return [
    ["node over all types", (i) => `{ a${i}: node(id: "cus_1") { ${everything(46, 4)} } }`],
    ["node over half of the types, twice", (i) => `{ a${i}: node(id: "cus_1") { ${everything(24, 4)} } b: nodes(ids: ["cus_1"]) { ${everything(24, 4)} } }`],
    ["to and fro between portfolios", (i) => `{ a${i}: customers { nodes { ${cycle(2)} } } }`],
    ["50 lists", (i) => `{ ${Array.from({ length: 50 }, (_, j) => `a${i}_${j}: customers { nodes { name agreements { nodes { title } } } }`).join(" ")} }`],
    ["introspection beside node", (i) => `{ __type(name: "Customer") { name } a${i}: node(id: "cus_1") { ${everything(46, 4)} } }`],
  ];
})();

/** Sends each attack once, and those that take long to plan for a while beside innocent requests, to the real supergraph with nobody behind it. */
export async function benchAttacks(): Promise<void> {
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach: nobody,
    log: () => undefined,
  });
  const ask = async (query: string): Promise<{ took: number; code: string }> => {
    const began = performance.now();
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return { took: performance.now() - began, code: errors?.[0]?.extensions.code ?? "data" };
  };
  await ask(INNOCENT);
  await ready(gateway.url);
  for (const [name, text] of [...oversized, ...harmless].map((each) => [each[0], each[1]] as const)) {
    const { result, hold } = await watch(() => ask(text));
    console.log(`${name.padEnd(42)} answered in ${show(result.took)} ms, longest hold ${show(hold)} ms`);
  }
  for (const [name, write] of [["nobody attacks", null] as const, ...laborious]) {
    const { result, hold } = await watch(() => besiege(ask, write));
    const { innocent, attacks } = result;
    const codes = [...attacks].map(([code, count]) => `${count} ${code}`).join(", ");
    console.log(
      `${name.padEnd(42)} innocent p50 ${show(at(innocent, 0.5))} ms, p99 ${show(at(innocent, 0.99))} ms; longest hold ${show(hold)} ms${codes && `; attacks: ${codes}`}`,
    );
  }
  await gateway.stop();
}

/** Waits until the operations expected of clients are compiled: then there is a thread that plans. */
async function ready(url: string): Promise<void> {
  for (let before = -1, kept = 0; before !== kept; await wait(2_000)) {
    before = kept;
    kept = Number(/^graph_operations_kept (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
  }
}

async function watch<T>(work: () => Promise<T>): Promise<{ result: T; hold: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const result = await work();
  delay.disable();
  return { result, hold: delay.max / 1e6 };
}

interface Siege {
  /** Milliseconds that each innocent request took. */
  readonly innocent: readonly number[];
  /** What attacks were answered, by code. */
  readonly attacks: ReadonlyMap<string, number>;
}

/** Asks innocently again and again while attackers ask each time for something else. */
async function besiege(ask: (query: string) => Promise<{ took: number; code: string }>, write: ((i: number) => string) | null): Promise<Siege> {
  const end = performance.now() + SIEGE_MS;
  const innocent: number[] = [];
  const attacks = new Map<string, number>();
  let made = 0;
  const attack = async () => {
    while (write && performance.now() < end) {
      const { code } = await ask(write(made++));
      attacks.set(code, (attacks.get(code) ?? 0) + 1);
    }
  };
  const goOn = async () => {
    for (; performance.now() < end; await wait(INNOCENT_EVERY_MS)) innocent.push((await ask(INNOCENT)).took);
  };
  await Promise.all([goOn(), ...Array.from({ length: ATTACKERS }, attack)]);
  return { innocent: innocent.sort((a, b) => a - b), attacks };
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const show = (ms: number): string => ms.toFixed(1).padStart(6);
