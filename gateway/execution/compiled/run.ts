import type { GraphQLError } from "graphql";
import type { RequestContext } from "../../contexts.js";
import type { Variables } from "./conditions.js";
import type { Data } from "./merge.js";

/** One carrying out of a plan: what is known so far, and what went wrong. */
export interface Run {
  readonly data: Data;
  readonly variables: Variables;
  readonly context: RequestContext;
  readonly errors: GraphQLError[];
  /** Whether subgraphs may have done for it what is not in its data. */
  isUnseen: boolean;
}
/** A part of a plan. Never rejects for a subgraph's sake: what goes wrong there is in the run's errors. */
export type Step = (run: Run) => Promise<void>;
