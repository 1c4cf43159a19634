/** The subgraph of answers that need several portfolios at once. It holds no facts; so far it finds records by id. */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import type { CallContext, Subgraph } from "../../transport/subgraph.js";
import { badInput } from "../kernel/errors.js";
import { Executor } from "../kernel/executor.js";
import { groupBy } from "../kernel/groups.js";
import type { Directory } from "../kernel/ids.js";
import { FEDERATION_HEADER, stubSdl } from "../kernel/sdl/complete.js";
import type { Reach } from "../kernel/siblings.js";
import { readSchemaFile } from "../kernel/sources.js";

const MOST_IDS = 1000;

/** The SDL of insight: its queries, and a stub of every type they can answer. */
export const insightTypeDefs = (directory: Directory): string =>
  [FEDERATION_HEADER, NODE_SDL, readSchemaFile("insight.graphql"), ...directory.entries().map((entry) => stubSdl(entry))].join("\n\n");

const NODE_SDL = `
"Any record of the graph."
interface Node {
  "Identifier of the record in the whole graph: a type prefix and a ULID."
  id: ID!
}`;

/** Makes the insight subgraph. `reach` finds the portfolios. */
export function openInsight(directory: Directory, reach: Reach, report: (error: unknown, requestId: string) => void): Subgraph & { readonly typeDefs: string } {
  const typeDefs = insightTypeDefs(directory);
  const portfolioOf = (id: string) => directory.entryOf(id)?.portfolio ?? null;
  /** One question to each portfolio; where one is out of reach only its own records are missing. */
  const findNodes = (ids: readonly string[], call: CallContext) => {
    const existing = new Map(
      [...groupBy(new Set(ids), portfolioOf)].map(([name, some]) => [name, name === null ? Promise.resolve([]) : reach(name).exists(some, call)] as const),
    );
    return ids.map(async (id) => ((await existing.get(portfolioOf(id)))?.includes(id) ? { __typename: directory.typeOf(id), id } : null));
  };
  const resolvers = {
    Node: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Query: {
      node: (_: unknown, { id }: { id: string }, call: CallContext) => findNodes([id], call)[0],
      nodes: (_: unknown, { ids }: { ids: string[] }, call: CallContext) => {
        if (ids.length > MOST_IDS) throw badInput(`ids holds ${ids.length} ids; ${MOST_IDS} is the most.`);
        return findNodes(ids, call);
      },
    },
  };
  const executor = new Executor(buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolvers as never }]), report);
  return {
    name: "insight",
    typeDefs,
    execute: (call, context) => executor.run(call, context, context),
    ledger: () => Promise.resolve([]),
    head: () => Promise.resolve(0),
    exists: () => Promise.resolve([]),
  };
}
