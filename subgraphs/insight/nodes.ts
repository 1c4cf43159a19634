/** `node` and `nodes`: records of any type by id. Their owners are asked whether they exist. */
import type { CallContext } from "../../transport/subgraph.js";
import { badInput } from "../kernel/errors.js";
import { groupBy } from "../kernel/groups.js";
import { directoryOf } from "../kernel/model.js";
import type { Portfolio } from "../kernel/portfolio.js";
import type { Reach } from "../kernel/siblings.js";

const MOST_IDS = 1000;

/** The resolvers of `node` and `nodes`. */
export function findNodes(portfolios: readonly Portfolio[], reach: Reach): Record<string, (source: unknown, args: never, call: CallContext) => unknown> {
  const directory = directoryOf(portfolios);
  const portfolioOf = (id: string) => directory.entryOf(id)?.portfolio ?? null;
  /** One question to each portfolio; where one is out of reach only its own records are missing. */
  const find = (ids: readonly string[], call: CallContext) => {
    const existing = new Map(
      [...groupBy(new Set(ids), portfolioOf)].map(([name, some]) => [name, name === null ? Promise.resolve([]) : reach(name).exists(some, call)] as const),
    );
    return ids.map(async (id) => ((await existing.get(portfolioOf(id)))?.includes(id) ? { __typename: directory.typeOf(id), id } : null));
  };
  return {
    node: (_, { id }: { id: string }, call) => find([id], call)[0],
    nodes: (_, { ids }: { ids: string[] }, call) => {
      if (ids.length > MOST_IDS) throw badInput(`ids holds ${ids.length} ids; ${MOST_IDS} is the most.`);
      return find(ids, call);
    },
  };
}
