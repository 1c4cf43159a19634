import { ApolloGateway, type GatewayConfig } from "@apollo/gateway";
import { assertValidSchema } from "graphql";
import { SettingError } from "../../transport/settings.js";
import type { Subgraph } from "../../transport/subgraph.js";
import type { Log } from "../answers.js";
import type { RequestContext } from "../contexts.js";
import { type Requirements, readDirectives } from "../security/directives.js";
import { listSubgraphs, locateSubgraph, type Supergraph } from "../supergraph.js";
import { CompiledGateway } from "./compiled/executor.js";
import { SubgraphSource } from "./sources.js";

/** The subgraph of a name, reached at a URL: over HTTP, or in process without looking at the URL. Called anew for every supergraph that is tried; throws when it cannot be reached so. */
export type Reach = (name: string, url: string) => Subgraph;

export interface GraphOptions {
  readonly supergraph: Supergraph;
  readonly reach: Reach;
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
export function createGraph({ supergraph, reach, subgraphUrl, log, keep, execution = "compiled" }: GraphOptions): CompiledGateway | ApolloGateway {
  // ApolloGateway would else report to Apollo and ask the cloud it runs in for its name.
  process.env["APOLLO_TELEMETRY_DISABLED"] = "true";
  const options: GatewayConfig = {
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    buildService({ name, url = "" }) {
      const address = locateSubgraph({ name, url }, subgraphUrl);
      return new SubgraphSource(reach(name, address.url), log);
    },
    experimental_didResolveQueryPlan({ queryPlan, requestContext }) {
      (requestContext.context as RequestContext).queryPlan = queryPlan;
    },
    logger: { debug() {}, info() {}, warn: log, error: log },
  };
  const reachAll = (supergraphSdl: string) => {
    const subgraphs = listSubgraphs(supergraphSdl, subgraphUrl);
    if (subgraphs.length === 0) throw new Error("it names no subgraphs");
    for (const { name, url } of subgraphs) reach(name, url);
  };
  const gateway = new ApolloGateway({
    ...options,
    async supergraphSdl({ update }) {
      const first = await supergraph.read();
      const opened = readDirectives(first);
      reachAll(opened.sdl);
      keep?.(opened.requirements);
      const takeChange = async (next: string) => {
        const { sdl, requirements } = readDirectives(next);
        reachAll(sdl);
        await tryOut(sdl, options);
        keep?.(requirements);
        update(sdl);
      };
      return { supergraphSdl: opened.sdl, cleanup: followChanges(supergraph, first, takeChange, log) };
    },
  });
  return execution === "compiled" ? new CompiledGateway(gateway, log) : gateway;
}

/** The error of a supergraph that could not be loaded at start, as a SettingError. */
export function explainLoad(error: unknown, supergraph: Supergraph): SettingError {
  if (error instanceof SettingError) return error;
  return new SettingError("SUPERGRAPH", `names ${supergraph.name}, which cannot be served (${firstLine(error).replace(/\.$/, "")}); compose it anew`, {
    cause: error,
  });
}

/** Loads the text into a gateway of its own, since the one that serves keeps half of what it fails to take. */
async function tryOut(supergraphSdl: string, options: GatewayConfig): Promise<void> {
  const gateway = new ApolloGateway({ ...options, supergraphSdl });
  try {
    assertValidSchema((await gateway.load()).schema);
  } finally {
    await gateway.stop();
  }
}

/** Gives every change of the text to `take`, one after the other, and logs what became of it; the function returned ends it. */
function followChanges(supergraph: Supergraph, first: string, take: (next: string) => Promise<void>, log: Log): () => Promise<void> {
  let serving = first;
  let last = Promise.resolve();
  const unwatch = supergraph.watch(() => {
    last = last.then(async () => {
      try {
        const next = await supergraph.read();
        if (next === serving) return;
        await take(next);
        serving = next;
        log(
          `${supergraph.name} has changed and is served: ${listSubgraphs(next)
            .map(({ name }) => name)
            .join(", ")}.`,
        );
      } catch (error) {
        log(`${supergraph.name} has changed and is refused, the one before goes on serving: ${firstLine(error)}`);
      }
    });
  });
  return async () => {
    unwatch();
    await last;
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
