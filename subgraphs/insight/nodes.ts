/** `node` and `nodes`: records of any type by id. Their owners are asked whether they exist. */
import type { CallContext } from "../../transport/subgraph.js";
import { badInput } from "../kernel/errors.js";
import { groupBy } from "../kernel/groups.js";
import type { Model } from "../kernel/model.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reach } from "../kernel/siblings.js";
import type { Reading } from "./reading.js";

const MOST_IDS = 1000;

/** The resolvers of `node` and `nodes`. */
export function findNodes({ directory }: Model, reach: Reach): Resolvers {
  const portfolioOf = (id: string) => directory.entryOf(id)?.portfolio ?? null;
  /** One question to each portfolio; where one is out of reach only its own records are missing. */
  const find = (ids: readonly string[], call: CallContext) => {
    const existing = new Map(
      [...groupBy(new Set(ids), portfolioOf)].map(([name, some]) => [name, name === null ? Promise.resolve([]) : reach(name).exists(some, call)] as const),
    );
    return ids.map(async (id) => ((await existing.get(portfolioOf(id)))?.includes(id) ? { __typename: directory.typeOf(id), id } : null));
  };
  return {
    Node: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Query: {
      node: (_: unknown, { id }: { id: string }, { call }: Reading) => find([id], call)[0],
      nodes: (_: unknown, { ids }: { ids: string[] }, { call }: Reading) => {
        if (ids.length > MOST_IDS) throw badInput(`ids holds ${ids.length} ids; ${MOST_IDS} is the most.`);
        return find(ids, call);
      },
    },
  };
}
