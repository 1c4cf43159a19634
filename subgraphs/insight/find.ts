/** `findX`: records that match conditions across portfolios, as stubs that their owners fill in. */
import type { EntityModel } from "../kernel/model.js";
import { answerPage, checkFirst } from "../kernel/pages.js";
import type { OrderInput } from "../kernel/reads/orders.js";
import { type PageItem, type PageRequest, ROOT, countPage, selectPage } from "../kernel/reads/statements.js";
import type { Reading } from "./reading.js";
import { WhereCompiler } from "./where.js";

interface FindArguments {
  where?: Readonly<Record<string, unknown>> | null;
  orderBy?: OrderInput[] | null;
  first?: number | null;
  after?: string | null;
}

/** The resolver that finds records of `entity`. */
export const findRecords =
  (entity: EntityModel) =>
  async (_: unknown, { where, orderBy, first, after }: FindArguments, reading: Reading): Promise<object> => {
    const page: PageRequest = {
      entity,
      source: null,
      parents: [],
      keys: new Set(),
      filter: {},
      condition: new WhereCompiler(reading.model).compile(entity, where ?? {}),
      orderBy: orderBy ?? [],
      first: checkFirst(first),
      after: after ?? null,
      viewer: reading.viewer,
    };
    const connection = answerPage<PageItem>(page, {
      read: async () => (await reading.run(selectPage(page))).get(ROOT) ?? [],
      count: async () => (await reading.run(countPage(page))).get(ROOT) ?? 0,
      cursorOf: ({ cursor }) => cursor,
      nodeOf: ({ row }) => row,
    });
    return { ...connection, asOf: () => reading.asOf() };
  };
