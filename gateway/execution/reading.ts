import { parse } from "graphql";
import { type Log, logger } from "../../transport/logs.js";
import { type Requirements, readDirectives } from "../security/directives.js";
import { limits } from "../security/limits.js";
import { type Weights, readWeights } from "../security/weights.js";
import { type SubgraphAddress, type Supergraph, explainLoad, listSubgraphs } from "../supergraph.js";
import { type Kinds, readKinds } from "./kinds.js";
import { Planner, type PlannerReading } from "./planning/planner.js";
import type { PlannerThread } from "./planning/threads.js";

/**
 * A supergraph that is being read: validating it, and telling what clients see of it, goes on in its planner's thread meanwhile. Its document is not kept,
 * which with all its tokens is ten times as large as the text and more.
 */
export interface Reading extends PlannerReading {
  readonly text: string;
  readonly requirements: Requirements;
  readonly kinds: Kinds;
  readonly weights: Weights;
  /** The subgraphs, where it says they are. */
  readonly subgraphs: readonly SubgraphAddress[];
  /** The text as Apollo's planner takes it. */
  readonly supergraphSdl: string;
  readonly planner: Planner;
}

/** Begins to read a supergraph as it is now, in `thread` where that is started already. Rejects with a SettingError that says why where that shows at once. */
export function beginReading(supergraph: Supergraph, log: Log = (line) => logger.error(line), thread?: PlannerThread): Promise<Reading> {
  const reading = supergraph
    .read()
    .then((text) => readText(text, log, thread))
    .catch((error: unknown) => {
      throw explainLoad(error, supergraph);
    });
  // Whoever waits for it is told, and that may be later.
  reading.catch(() => undefined);
  return reading;
}

/** Throws a SettingError where it shows at once that a supergraph cannot be served. */
export async function checkSupergraph(supergraph: Supergraph): Promise<void> {
  try {
    readDocument(await supergraph.read());
  } catch (error) {
    throw explainLoad(error, supergraph);
  }
}

export function readText(text: string, log: Log, thread?: PlannerThread): Reading {
  let tell: (supergraphSdl: string) => void = () => undefined;
  // The thread loads its modules while the text is parsed here.
  const planner = new Planner(new Promise((resolve) => (tell = resolve)), log, limits, thread);
  const reading = planner.read();
  try {
    return { text, ...readDocument(text, tell), planner, ...reading };
  } catch (error) {
    planner.close();
    throw error;
  }
}

/** What a supergraph says by itself; `tell` is given the text that Apollo's planner takes as soon as there is one. */
function readDocument(text: string, tell?: (supergraphSdl: string) => void) {
  const document = parse(text);
  const { sdl: supergraphSdl, requirements } = readDirectives(text, document);
  tell?.(supergraphSdl);
  return { requirements, kinds: readKinds(document), weights: readWeights(document), subgraphs: listSubgraphs(document), supergraphSdl };
}
