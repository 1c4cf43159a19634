/** Makes a subgraph of a portfolio's declarations. */
import { type GraphQLSchema, coerceInputValue, isInputObjectType, parse } from "graphql";
import type { Policy } from "../../transport/access/policy.js";
import type { CallContext, Principal, Subgraph } from "../../transport/subgraph.js";
import type { Database } from "./database/database.js";
import { openDatabase } from "./database/open.js";
import { planOf } from "./database/plan.js";
import { twinsOf } from "./database/tables.js";
import { ProgramCompiler } from "./compiled/program.js";
import { ResolverContext } from "./contexts.js";
import { forbidden } from "./errors.js";
import { Executor } from "./executor.js";
import { buildSubgraph } from "./federation.js";
import { type Model, resolveModel } from "./model.js";
import type { Portfolio } from "./portfolio.js";
import { type Neighbours, Sight } from "./reads/sight.js";
import { Snapshot } from "./reads/snapshots.js";
import { type RequestContext, deriveResolvers } from "./resolvers.js";
import { completeSdl } from "./sdl/complete.js";
import type { DatabaseSettings } from "./settings.js";
import { type Reach, concernOver, othersFor } from "./siblings.js";
import { readSchemaFile } from "./sources.js";
import { Eras } from "./writes/eras.js";
import { type Filed, readHead, readLedger, readState } from "./writes/ledger.js";
import type { Values } from "./writes/inputs.js";
import { type Problem, problem } from "./writes/problems.js";
import { Writer } from "./writes/writer.js";

/** A subgraph that runs in this process, and what only its own process may do with it. */
export interface LocalSubgraph extends Subgraph {
  readonly model: Model;
  readonly typeDefs: string;
  readonly database: Database;
  /** What begins new eras of its twins. */
  readonly eras: Eras;
  readonly schema: GraphQLSchema;
  /** Operations answered so far by compiled programs, and by graphql-js. */
  readonly counts: Executor<RequestContext>["counts"];
  /** What the resolvers of `schema` are given of a call: one for each. */
  contextOf(call: CallContext): RequestContext;
  /** Writes without GraphQL, by the same path: for imports and samples. `clock` answers the moment of a write. */
  writer(call: CallContext, clock?: () => string): Writer;
  /** Reads `value` as the input type of that name ("CreateServiceInput"), as GraphQL does with variables. */
  coerce(inputType: string, value: unknown): { readonly input: Values; readonly problems: readonly Problem[] };
  close(): Promise<void>;
}

export interface Surroundings {
  /** All portfolios of the graph, this one included. */
  readonly portfolios: readonly Portfolio[];
  readonly settings: DatabaseSettings;
  /** Finds the other subgraphs. */
  readonly reach: Reach;
  readonly policy: Policy;
  /** Told of every failure that is not the client's. */
  readonly report: (error: unknown, requestId: string) => void;
}

/** The whole SDL of a portfolio's subgraph. */
export const typeDefsOf = (model: Model): string => completeSdl(model, readSchemaFile("common.graphql"), readSchemaFile(`${model.portfolio.name}.graphql`));

const now = () => new Date().toISOString();
const LONGEST_LEDGER_PAGE = 1000;

/** Opens a portfolio's database, brings its schema up to date and answers its subgraph. */
export async function openSubgraph(portfolio: Portfolio, { portfolios, settings, reach, policy, report }: Surroundings): Promise<LocalSubgraph> {
  const model = resolveModel(portfolio, portfolios);
  const typeDefs = typeDefsOf(model);
  const document = parse(typeDefs, { noLocation: true });
  const schema = buildSubgraph(typeDefs, deriveResolvers(model, document));
  const rightsOf = (principal: Principal) => policy.rightsOf(principal);
  const compiler = new ProgramCompiler(schema, model);
  const executor = new Executor<RequestContext>(schema, rightsOf, report, (text, name) => compiler.compile(text, name));
  const database = await openDatabase(planOf(model), settings);
  const eras = new Eras(database, twinsOf(model), settings.leastEnded, (error) => report(error, "eras"));
  // Who has no deadline, as imports, writes more at a time than the making of an era keeps up with: it waits for it.
  const noticeFor = (call: CallContext) => async (filed: Filed) => {
    eras.notice(filed);
    if (call.deadline === undefined) await eras.settle();
  };
  const writer = (call: CallContext, clock = now) => new Writer(model, database, call, othersFor(model.directory, reach, call), clock, noticeFor(call));
  // The tree is that of now: what somebody may see of the past is what they may see today.
  const expand = portfolio.expand;
  const concern = expand && ((call: CallContext) => expand((sql, cells) => database.read(sql, cells, call), call.principal.customers ?? []));
  const neighbours: Neighbours = {
    findConcern: concern ?? concernOver(keeperOf(portfolios), reach),
    scopes: Object.assign({}, ...portfolios.map(({ scopes }) => scopes)) as Portfolio["scopes"],
    rightsOf,
    exists: (ids, call) => othersFor(model.directory, reach, call).exists(ids),
  };
  const snapshotOf = (call: CallContext) => new Snapshot(database, call, settings.mostRows);
  const contextOf = (call: CallContext): RequestContext => {
    const snapshot = snapshotOf(call);
    return new ResolverContext(call, snapshot, new Sight(model, snapshot, call, neighbours), writer);
  };
  return {
    name: portfolio.name,
    model,
    typeDefs,
    database,
    eras,
    schema,
    counts: executor.counts,
    contextOf,
    writer,
    execute: (call, context) => executor.run(call, contextOf(context), context),
    ledger: async (after, first, call) => {
      if (call.principal.customers !== null) throw forbidden("The ledger is not shown to those who see only their own.");
      return readLedger(database, after, Math.min(first, LONGEST_LEDGER_PAGE), call);
    },
    head: (call) => readHead(database, call),
    state: (call) => readState(database, call),
    exists: async (ids, call) => [...(await new Sight(model, snapshotOf(call), call, neighbours).seenHere(ids))],
    ...(concern ? { concern } : {}),
    coerce: (inputType, value) => coerceInput(schema, inputType, value),
    close: async () => {
      await eras.close();
      await database.close();
    },
  };
}

function coerceInput(schema: GraphQLSchema, inputType: string, value: unknown): { input: Values; problems: Problem[] } {
  const type = schema.getType(inputType);
  if (!isInputObjectType(type)) throw new Error(`${inputType} is not an input type`);
  const problems: Problem[] = [];
  const input = coerceInputValue(value, type, (path, _, error) => void problems.push(problem("INVALID_INPUT", path.map(String), error.message))) as Values;
  return { input, problems };
}

/** The portfolio that keeps customers. */
export function keeperOf(portfolios: readonly Portfolio[]): string {
  const keeper = portfolios.find(({ expand }) => expand);
  if (!keeper) throw new Error("no portfolio says whom a principal stands for");
  return keeper.name;
}
