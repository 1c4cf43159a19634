import { parse } from "graphql";
import { logger } from "../../transport/logs.js";
import type { Log } from "../answers.js";
import { type Requirements, readDirectives } from "../security/directives.js";
import { type Weights, readWeights } from "../security/weights.js";
import { type SubgraphAddress, type Supergraph, listSubgraphs } from "../supergraph.js";
import { type Kinds, readKinds } from "./kinds.js";
import { Planner } from "./planning/planner.js";

/**
 * A supergraph that is being read: validating it, and telling what clients see of it, goes on in its planner's thread meanwhile. Its document is not kept,
 * which with all its tokens is ten times as large as the text and more.
 */
export interface Reading {
  readonly text: string;
  readonly requirements: Requirements;
  readonly kinds: Kinds;
  readonly weights: Weights;
  /** The subgraphs, where it says they are. */
  readonly subgraphs: readonly SubgraphAddress[];
  /** The text as Apollo's planner takes it. */
  readonly supergraphSdl: string;
  readonly planner: Planner;
  /** What clients see, as SDL. Rejects with why it cannot be served. */
  readonly apiSdl: Promise<string>;
}

/** Begins to read a supergraph as it is now. Rejects with an Error that says why where that shows at once. */
export function beginReading(supergraph: Supergraph, log: Log = (line) => logger.error(line)): Promise<Reading> {
  const reading = supergraph.read().then((text) => readText(text, log));
  // Whoever waits for it is told, and that may be later.
  reading.catch(() => undefined);
  return reading;
}

export function readText(text: string, log: Log): Reading {
  let tell: (supergraphSdl: string) => void = () => undefined;
  // The thread loads its modules while the text is parsed here.
  const planner = new Planner(new Promise((resolve) => (tell = resolve)), log);
  const apiSdl = planner.read();
  // Whoever waits for it is told; maybe nobody does any more.
  apiSdl.catch(() => undefined);
  try {
    const document = parse(text);
    const { sdl: supergraphSdl, requirements } = readDirectives(text, document);
    tell(supergraphSdl);
    return {
      text,
      requirements,
      kinds: readKinds(document),
      weights: readWeights(document),
      subgraphs: listSubgraphs(document),
      supergraphSdl,
      planner,
      apiSdl,
    };
  } catch (error) {
    planner.close();
    throw error;
  }
}
