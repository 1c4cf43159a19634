import { assertValidSchema, parse } from "graphql";
import type { Log } from "../../transport/logs.js";
import { buildKnownSchema } from "../../transport/schemas.js";
import type { Subgraph } from "../../transport/subgraph.js";
import type { Requirements } from "../security/directives.js";
import { Prices } from "../security/prices.js";
import { type SubgraphAddress, type Supergraph, firstLine, locateSubgraph } from "../supergraph.js";
import { CompiledGateway, type Served } from "./compiled/executor.js";
import { Introspection } from "./compiled/introspection.js";
import { GeneralExecutor } from "./general.js";
import { type Reading, beginReading, readText } from "./reading.js";
import { SubgraphSource } from "./sources.js";

/** The subgraph of a name, reached at a URL: over HTTP, or in process without looking at the URL. Called anew for every supergraph that is tried; throws when it cannot be reached so. */
export type Reach = (name: string, url: string) => Subgraph;

export interface GraphOptions {
  readonly supergraph: Supergraph;
  /** Waited for where the supergraph may be read meanwhile. */
  readonly reach: Reach | Promise<Reach>;
  /** The supergraph's first reading, where it has begun. */
  readonly reading?: Promise<Reading> | undefined;
  /** SUBGRAPH_URL, where it is set. */
  readonly subgraphUrl?: string | undefined;
  readonly log: Log;
  /** Told what a supergraph's auth directives ask for, before it is served. */
  readonly keep?: ((requirements: Requirements) => void) | undefined;
  /** Whether programs compiled from Apollo's plans execute operations (the default), or Apollo's own executor. */
  readonly execution?: "compiled" | "general" | undefined;
}

/**
 * Plans and executes operations over a supergraph's subgraphs. A changed supergraph is taken while it serves;
 * a broken one is refused in one line of the log, and the one before goes on serving.
 */
export function createGraph(options: GraphOptions): CompiledGateway {
  const { supergraph, log, keep, execution } = options;
  return new CompiledGateway(async (serve) => {
    const take = async (reading: Reading): Promise<readonly string[]> => {
      const served = await open(reading, options);
      keep?.(reading.requirements);
      serve(served);
      return [...served.sources.keys()];
    };
    const first = await (options.reading ?? beginReading(supergraph, log));
    await take(first);
    return followChanges(supergraph, first.text, (next) => take(readText(next, log)), log);
  }, execution !== "general");
}

/** Makes of a supergraph that is read all that is needed to serve it; throws where that cannot be done. */
async function open(reading: Reading, { reach, subgraphUrl, log }: GraphOptions): Promise<Served> {
  const { subgraphs, supergraphSdl, planner, kinds, weights, apiSdl, ready } = reading;
  try {
    const reached = await reach;
    const sources = reachAll(subgraphs, (name, url) => new SubgraphSource(reached(name, url), log), subgraphUrl);
    const schema = buildKnownSchema(parse(await apiSdl, { noLocation: true }));
    assertValidSchema(schema);
    const prices = new Prices(schema, weights);
    const general = new GeneralExecutor({ supergraphSdl, schema, prices, sources });
    const introspection = new Introspection(planner);
    const served = { supergraphSdl, planner, schema, sources, general, kinds, prices, introspection };
    // What it can show it may yet fail to plan for.
    await ready;
    return served;
  } catch (error) {
    planner.close();
    throw error;
  }
}

function reachAll(
  subgraphs: readonly SubgraphAddress[],
  reach: (name: string, url: string) => SubgraphSource,
  template: string | undefined,
): Map<string, SubgraphSource> {
  if (subgraphs.length === 0) throw new Error("it names no subgraphs");
  return new Map(subgraphs.map((address) => [address.name, reach(address.name, locateSubgraph(address, template).url)]));
}

/** Gives every change of the text to `take`, one after the other, and logs what became of it; the function returned ends it. */
function followChanges(supergraph: Supergraph, first: string, take: (next: string) => Promise<readonly string[]>, log: Log): () => Promise<void> {
  let serving = first;
  let last = Promise.resolve();
  let isEnded = false;
  const unwatch = supergraph.watch(() => {
    last = last.then(async () => {
      if (isEnded) return;
      try {
        const next = await supergraph.read();
        if (next === serving) return;
        const names = await take(next);
        serving = next;
        log(`${supergraph.name} has changed and is served: ${names.join(", ")}.`);
      } catch (error) {
        log(`${supergraph.name} has changed and is refused, the one before goes on serving: ${firstLine(error)}`);
      }
    });
  });
  return async () => {
    isEnded = true;
    unwatch();
    await last;
  };
}
