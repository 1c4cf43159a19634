/** The subgraphs as graphql-js answers them, over the same databases: the reference of compiled reads. */
import type { Portfolios } from "../../start/portfolios.js";
import { policy } from "../support/graph.js";
import { Executor } from "../../subgraphs/kernel/executor.js";
import type { Subgraph } from "../../transport/subgraph.js";

/** Finds subgraphs whose every operation is answered by resolvers. */
export function reachGeneral({ local, reach }: Portfolios): (name: string) => Subgraph {
  const general = new Map(
    [...local].map(([name, subgraph]): [string, Subgraph] => {
      const executor = new Executor<ReturnType<typeof subgraph.contextOf>>(
        subgraph.schema,
        (principal) => policy.rightsOf(principal),
        () => undefined,
      );
      return [name, { ...subgraph, execute: (call, context) => executor.run(call, subgraph.contextOf(context), context) }];
    }),
  );
  return (name) => general.get(name) ?? reach(name);
}
