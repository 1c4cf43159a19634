/** The subgraph of answers that need several portfolios at once. It holds no facts: what it keeps, it reads from their ledgers. */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import type { CallContext, Subgraph } from "../../transport/subgraph.js";
import { Executor } from "../kernel/executor.js";
import type { Model } from "../kernel/model.js";
import { pascalCase, pluralOf } from "../kernel/names.js";
import type { Portfolio } from "../kernel/portfolio.js";
import { scalars } from "../kernel/scalars.js";
import type { DatabaseSettings } from "../kernel/settings.js";
import type { Reach } from "../kernel/siblings.js";
import { findRecords } from "./find.js";
import { groupRecords } from "./groups.js";
import { Follower } from "./follower.js";
import { mergePortfolios } from "./merged.js";
import { findNodes } from "./nodes.js";
import { FOUND_TYPES, insightTypeDefs } from "./sdl.js";
import { type Store, openStore } from "./store.js";

/** Insight as its own process has it. */
export interface Insight extends Subgraph {
  readonly typeDefs: string;
  readonly store: Store;
  readonly follower: Follower;
  close(): Promise<void>;
}

export interface InsightSurroundings {
  readonly portfolios: readonly Portfolio[];
  readonly settings: DatabaseSettings;
  readonly reach: Reach;
  /** Told of every failure that is not the client's. */
  readonly report: (error: unknown, requestId: string) => void;
}

/** The SDL of insight over those portfolios. */
export const typeDefsOfInsight = (portfolios: readonly Portfolio[], model: Model = mergePortfolios(portfolios)): string =>
  insightTypeDefs(
    model,
    portfolios.map(({ name }) => name),
  );

/** Opens insight's database and answers its subgraph. */
export async function openInsight({ portfolios, settings, reach, report }: InsightSurroundings): Promise<Insight> {
  const model = mergePortfolios(portfolios);
  const typeDefs = typeDefsOfInsight(portfolios, model);
  const store = await openStore(model, portfolios, settings);
  const follower = new Follower(
    store,
    portfolios.map(({ name }) => name),
    reach,
  );
  const nodes = findNodes(portfolios, reach);
  const resolvers = {
    ...scalars,
    Node: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Query: {
      ...nodes,
      ...Object.fromEntries(FOUND_TYPES.map((type) => [`find${pascalCase(pluralOf(type))}`, findRecords(model, model.entities.get(type)!, store, follower)])),
      ...Object.fromEntries(FOUND_TYPES.map((type) => [`group${pascalCase(pluralOf(type))}`, groupRecords(model, model.entities.get(type)!, store, follower)])),
    },
  };
  const executor = new Executor(buildSubgraphSchema([{ typeDefs: parse(typeDefs, { noLocation: true }), resolvers: resolvers as never }]), report);
  return {
    name: "insight",
    typeDefs,
    store,
    follower,
    execute: (call, context: CallContext) => executor.run(call, context, context),
    ledger: () => Promise.resolve([]),
    head: () => Promise.resolve(0),
    exists: () => Promise.resolve([]),
    close: () => store.database.close(),
  };
}
