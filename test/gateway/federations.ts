import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { graphql, parse, type GraphQLFieldResolver } from "graphql";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { type Supergraph, followFile } from "../../gateway/supergraph.js";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { reachGuarded } from "../../transport/guards.js";
import type { Service } from "../../transport/servers.js";
import type { CallContext, GraphQLCall, Subgraph } from "../../transport/subgraph.js";

type Resolver = GraphQLFieldResolver<any, CallContext> | ((reference: any, context: CallContext) => unknown);

/** A portfolio foreign to this repository: its SDL and resolvers, as anybody writes them. */
export interface Foreign {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Readonly<Record<string, Readonly<Record<string, Resolver>>>>;
}

/** A foreign portfolio as a subgraph that remembers what it was asked. */
export interface ForeignSubgraph extends Subgraph {
  readonly calls: { call: GraphQLCall; context: CallContext }[];
}

const DIRECTIVES = [
  "key",
  "external",
  "requires",
  "provides",
  "shareable",
  "override",
  "inaccessible",
  "interfaceObject",
  "context",
  "fromContext",
  "cost",
  "listSize",
];
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${DIRECTIVES.map((name) => `"@${name}"`).join()}])\n`;

/** Makes a subgraph of a foreign portfolio, with an empty ledger. */
export function createForeignSubgraph({ name, sdl, resolvers }: Foreign): ForeignSubgraph {
  const schema = buildSubgraphSchema([{ typeDefs: parse(link + sdl), resolvers: resolvers as never }]);
  const calls: ForeignSubgraph["calls"] = [];
  return {
    name,
    calls,
    async execute(call, context) {
      calls.push({ call, context });
      const { query: source, variables: variableValues, operationName } = call;
      return graphql({ schema, source, variableValues, operationName, contextValue: context });
    },
    ledger: async () => [],
    head: async () => 0,
    exists: async (ids) => ids,
  };
}

/** The supergraph of foreign portfolios at the given URLs. */
export function compose(portfolios: readonly (Foreign & { url: string })[]): string {
  const { supergraphSdl, errors } = composeServices(portfolios.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(link + sdl) })));
  if (supergraphSdl === undefined) throw new AggregateError(errors ?? [], errors?.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}

/** Supergraph and subgraphs of foreign portfolios in this process; what subgraphs answer has been JSON on the way, as over HTTP. */
export function federate(portfolios: readonly Foreign[]): { supergraph: Supergraph; reach: (name: string) => Subgraph } {
  const sdl = compose(portfolios.map((portfolio) => ({ ...portfolio, url: "http://127.0.0.1/" })));
  const supergraph: Supergraph = { name: "foreign", read: async () => sdl, watch: () => () => undefined };
  const subgraphs = new Map(portfolios.map((portfolio) => [portfolio.name, createForeignSubgraph(portfolio)]));
  const reach = (name: string) => {
    const subgraph = subgraphs.get(name)!;
    return { ...subgraph, execute: async (...args: Parameters<typeof subgraph.execute>) => JSON.parse(JSON.stringify(await subgraph.execute(...args))) };
  };
  return { supergraph, reach };
}

/** A running federation: its gateway, its subgraphs by name, and its supergraph file. */
export interface Federation {
  readonly url: string;
  readonly gateway: Service;
  readonly subgraphs: Readonly<Record<string, ForeignSubgraph>>;
  readonly services: Readonly<Record<string, Service>>;
  readonly file: string;
  readonly log: string[];
  stop(): Promise<void>;
}

/** Serves foreign portfolios and a gateway before them over HTTP, every one on a free port of 127.0.0.1; `urls` puts others in the supergraph. */
export async function startFederation(
  portfolios: readonly Foreign[],
  environment: Record<string, string> = {},
  urls: Record<string, string> = {},
): Promise<Federation> {
  const subgraphs: Record<string, ForeignSubgraph> = {};
  const services: Record<string, Service> = {};
  for (const portfolio of portfolios) {
    subgraphs[portfolio.name] = createForeignSubgraph(portfolio);
    services[portfolio.name] = await serveSubgraph(subgraphs[portfolio.name]!, { host: "127.0.0.1", port: 0 });
  }
  const folder = await mkdtemp(path.join(tmpdir(), "federation-"));
  const file = path.join(folder, "supergraph.graphql");
  await writeFile(file, compose(portfolios.map((portfolio) => ({ ...portfolio, url: urls[portfolio.name] ?? services[portfolio.name]!.url }))));
  const log: string[] = [];
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0", ...environment }),
    supergraph: followFile(file),
    reach: reachGuarded,
    log: (line) => void log.push(line),
  });
  return {
    url: `${gateway.url}/graphql`,
    gateway,
    subgraphs,
    services,
    file,
    log,
    async stop() {
      await gateway.stop();
      await Promise.all(Object.values(services).map((service) => service.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

/** What a client sees of an answer. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any;
}

/** Sends an operation as a client does. */
export function ask(url: string, query: string, headers: Record<string, string> = {}, variables?: Record<string, unknown>): Promise<Seen> {
  return send(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify({ query, variables }) });
}

/** Sends any request, and reads its answer as JSON where it is. */
export async function send(url: string, init: RequestInit = {}): Promise<Seen> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
