/** `findX`: records that match conditions across portfolios, as stubs that their owners fill in. */
import type { CallContext } from "../../transport/subgraph.js";
import type { EntityModel, Model } from "../kernel/model.js";
import { answerPage, checkFirst } from "../kernel/pages.js";
import type { OrderInput } from "../kernel/reads/orders.js";
import { type PageItem, type PageRequest, ROOT, type Statement, countPage, selectPage } from "../kernel/reads/statements.js";
import type { Follower } from "./follower.js";
import type { Store } from "./store.js";
import { WhereCompiler } from "./where.js";

interface FindArguments {
  where?: Readonly<Record<string, unknown>> | null;
  orderBy?: OrderInput[] | null;
  first?: number | null;
  after?: string | null;
}

/** The resolver that finds records of `entity`. */
export function findRecords(
  model: Model,
  entity: EntityModel,
  store: Store,
  follower: Follower,
): (source: unknown, args: FindArguments, call: CallContext) => Promise<object> {
  const run = async <T>({ sql, cells, decode }: Statement<T>): Promise<T> => decode(await store.database.read(sql, cells));
  return async (_, { where, orderBy, first, after }, call) => {
    const page: PageRequest = {
      entity,
      source: null,
      parents: [],
      keys: new Set(),
      filter: {},
      condition: new WhereCompiler(model).compile(entity, where ?? {}),
      orderBy: orderBy ?? [],
      first: checkFirst(first),
      after: after ?? null,
      principal: call.principal,
    };
    const asOf = await follower.catchUp(call);
    const connection = answerPage<PageItem>(page, {
      read: async () => (await run(selectPage(page))).get(ROOT) ?? [],
      count: async () => (await run(countPage(page))).get(ROOT) ?? 0,
      cursorOf: ({ cursor }) => cursor,
      nodeOf: ({ row }) => row,
    });
    return { ...connection, asOf };
  };
}
