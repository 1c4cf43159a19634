/** The subgraph of answers that need several portfolios at once. It holds no facts: what it keeps, it reads from their ledgers. */
import type { GraphQLSchema } from "graphql";
import type { Policy } from "../../transport/access/policy.js";
import type { CallContext, Principal, Subgraph } from "../../transport/subgraph.js";
import { Executor } from "../kernel/executor.js";
import { buildSubgraph } from "../kernel/federation.js";
import { type Model, entityOf } from "../kernel/model.js";
import { pascalCase, pluralOf } from "../kernel/names.js";
import type { Portfolio } from "../kernel/portfolio.js";
import type { Resolvers } from "../kernel/resolvers.js";
import { scalars } from "../kernel/scalars.js";
import type { DatabaseSettings } from "../kernel/settings.js";
import { type Reach, concernOver } from "../kernel/siblings.js";
import { keeperOf } from "../kernel/subgraph.js";
import { keepForProvider, keepToPresent } from "./access.js";
import { changesResolvers } from "./changes.js";
import { diffResolvers } from "./diff.js";
import { figureResolvers } from "./figures/resolvers.js";
import { findRecords } from "./find.js";
import { groupRecords } from "./groups.js";
import { Follower } from "./follower.js";
import { mergePortfolios } from "./merged.js";
import { impactResolvers } from "./impact/resolvers.js";
import { findNodes } from "./nodes.js";
import { Reading } from "./reading.js";
import { signalResolvers } from "./signals/resolvers.js";
import { FOUND_TYPES, insightTypeDefs } from "./sdl.js";
import { type Store, openStore } from "./store.js";
import { unionResolvers } from "./unions.js";
import { qualityResolvers } from "./verdicts/qualityResolvers.js";
import { customerVerdictResolvers, verdictResolvers } from "./verdicts/resolvers.js";
import { spendResolvers } from "./verdicts/spend.js";
import { valueResolvers } from "./verdicts/valueResolvers.js";

/** Insight as its own process has it. */
export interface Insight extends Subgraph {
  readonly typeDefs: string;
  readonly store: Store;
  readonly follower: Follower;
  readonly schema: GraphQLSchema;
  /** What the resolvers of `schema` are given of a call: one for each. */
  contextOf(call: CallContext): Reading;
  close(): Promise<void>;
}

export interface InsightSurroundings {
  readonly portfolios: readonly Portfolio[];
  readonly settings: DatabaseSettings;
  readonly reach: Reach;
  readonly policy: Policy;
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
export async function openInsight({ portfolios, settings, reach, policy, report }: InsightSurroundings): Promise<Insight> {
  const model = mergePortfolios(portfolios);
  const typeDefs = typeDefsOfInsight(portfolios, model);
  const store = await openStore(model, portfolios, settings);
  const names = portfolios.map(({ name }) => name);
  const follower = new Follower(store, names, reach, report);
  const resolvers = {
    ...scalars,
    ...mergeResolvers(
      findNodes(model, reach),
      keepToPresent(
        mergeResolvers(
          foundResolvers(model),
          impactResolvers,
          unionResolvers,
          customerVerdictResolvers,
          keepForProvider(
            mergeResolvers(
              changesResolvers(model, names, reach),
              diffResolvers(model, reach),
              signalResolvers,
              valueResolvers,
              verdictResolvers,
              qualityResolvers,
              spendResolvers,
              figureResolvers,
            ),
          ),
        ),
      ),
    ),
  };
  const rightsOf = (principal: Principal) => policy.rightsOf(principal);
  const schema = buildSubgraph(typeDefs, resolvers);
  const executor = new Executor<Reading>(schema, rightsOf, report);
  const findConcern = concernOver(keeperOf(portfolios), reach);
  const contextOf = (call: CallContext) => new Reading(model, store, follower, findConcern, call, rightsOf(call.principal));
  return {
    name: "insight",
    typeDefs,
    store,
    follower,
    schema,
    contextOf,
    execute: (call, context) => executor.run(call, contextOf(context), context),
    ledger: () => Promise.resolve([]),
    head: () => Promise.resolve(0),
    exists: () => Promise.resolve([]),
    close: () => store.database.close(),
  };
}

/** `findX` and `groupX` of each type that has them. */
function foundResolvers(model: Model): Resolvers {
  const roots = FOUND_TYPES.flatMap((type) => {
    const entity = entityOf(model, type);
    const plural = pascalCase(pluralOf(type));
    return [[`find${plural}`, findRecords(entity)] as const, [`group${plural}`, groupRecords(entity)] as const];
  });
  return { Query: Object.fromEntries<unknown>(roots) };
}

/** The resolvers of all parts; a type may be answered by several. */
function mergeResolvers(...parts: readonly Resolvers[]): Resolvers {
  const merged: Resolvers = {};
  for (const part of parts) for (const [type, fields] of Object.entries(part)) Object.assign((merged[type] ??= {}), fields);
  return merged;
}
