/** How a portfolio asks the others: does a record exist, and what do they say of it. */
import { PORTFOLIO_ROLE } from "../../transport/access/policy.js";
import { type CallContext, type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { groupBy } from "./groups.js";
import type { Directory } from "./ids.js";
import type { FindConcern } from "./scopes.js";
import type { Others } from "./writes/writer.js";

/** Finds a subgraph by its name. */
export type Reach = (name: string) => Subgraph;

/** Asks the portfolio that keeps customers whom a call is made for. */
export const concernOver =
  (keeper: string, reach: Reach): FindConcern =>
  async (call) => {
    if (call.principal.customers === null) return null;
    const subgraph = reach(keeper);
    if (!subgraph.concern) throw new SubgraphUnreachable(keeper);
    return subgraph.concern(call);
  };

/** The other portfolios as one caller sees them. */
export function othersFor(directory: Directory, reach: Reach, call: CallContext): Others {
  return {
    async exists(ids) {
      const byPortfolio = groupBy(ids, (id) => directory.entryOf(id)?.portfolio ?? "");
      byPortfolio.delete("");
      const answers = await Promise.all([...byPortfolio].map(([name, some]) => reach(name).exists(some, call)));
      return new Set(answers.flat());
    },
    async read<T>(portfolio: string, type: string, ids: readonly string[], selection: string) {
      const query = `query Sibling($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${type} { id ${selection} } } }`;
      const variables = { representations: ids.map((id) => ({ __typename: type, id })) };
      // What rules need to know does not depend on what the writer may read; which records there are for the writer does.
      const asPortfolio = { ...call, principal: { ...call.principal, roles: [PORTFOLIO_ROLE] } };
      const answer = await reach(portfolio).execute({ query, variables }, asPortfolio);
      const records = answer.data?.["_entities"] as ((T & { id: string }) | null)[] | undefined;
      if (!records || answer.errors?.length) throw new SubgraphUnreachable(portfolio, { cause: answer.errors });
      return new Map<string, T>(records.flatMap((record): [string, T][] => (record ? [[record.id, record]] : [])));
    },
  };
}
