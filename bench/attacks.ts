/** `npm run bench -- attacks`: how long operations that mean harm hold the event loop of a gateway, how soon they are answered, and what it is to ask meanwhile. */
import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLInterfaceType, getNamedType, isLeafType } from "graphql";
import { readSettings } from "../gateway/config.js";
import { startGateway } from "../gateway/server.js";
import { followFile } from "../gateway/supergraph.js";
import { harmless, oversized } from "../test/security/attacks.js";
import type { Subgraph } from "../transport/subgraph.js";
import { Siege, type Write } from "./sieges.js";

/** Nothing is behind the gateway: whatever gets as far is answered at once. */
const nobody = (name: string): Subgraph => ({
  name,
  execute: () => Promise.resolve({ data: null, errors: [{ message: "Nobody is there.", extensions: { code: "SUBGRAPH_UNREACHABLE" } }] }),
  ledger: () => Promise.resolve([]),
  head: () => Promise.resolve(0),
  exists: () => Promise.resolve([]),
});

/** Operations within all limits that take long to plan, none like the other. */
const laborious = ((): readonly (readonly [name: string, write: Write])[] => {
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
    depth === 0
      ? "name"
      : `name agreements(first: 2) { nodes { services(first: 2) { nodes { name customers(first: 2) { nodes { ${cycle(depth - 1)} } } } } } }`;
  return [
    ["node over all types", (i) => `{ a${i}: node(id: "cus_1") { ${everything(46, 4)} } }`],
    ["node over half of the types, twice", (i) => `{ a${i}: node(id: "cus_1") { ${everything(24, 4)} } b: nodes(ids: ["cus_1"]) { ${everything(24, 4)} } }`],
    ["to and fro between portfolios", (i) => `{ a${i}: customers(first: 2) { nodes { ${cycle(2)} } } }`],
    ["50 lists", (i) => `{ ${Array.from({ length: 50 }, (_, j) => `a${i}_${j}: customers { nodes { name agreements { nodes { title } } } }`).join(" ")} }`],
    ["introspection beside node", (i) => `{ __type(name: "Customer") { name } a${i}: node(id: "cus_1") { ${everything(46, 4)} } }`],
  ];
})();

/** Sends each attack alone, and those that take long to plan for a while beside innocent requests, to the real supergraph with nobody behind it. */
export async function benchAttacks(): Promise<void> {
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach: nobody,
    log: () => undefined,
  });
  const siege = new Siege(gateway.url);
  await siege.begin();
  for (const [name, text] of [...oversized, ...harmless]) await siege.tellAlone(name, () => text);
  for (const [name, write] of laborious) await siege.tellAlone(name, write);
  await siege.tellBeside("nobody attacks", null);
  for (const [name, write] of laborious) await siege.tellBeside(name, write);
  await gateway.stop();
}
