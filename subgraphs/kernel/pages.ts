/** Connections as GraphQL shows them: a page of records, or of a record's history. */
import { badInput } from "./errors.js";
import { historyCursor } from "./reads/history.js";
import type { Loaders } from "./reads/loaders.js";

export const LARGEST_PAGE = 1000;

/** The page size asked for, 20 where none is. Refuses one that is negative or too large. */
export function checkFirst(first: number | null | undefined): number {
  const count = first ?? 20;
  if (count < 0 || count > LARGEST_PAGE) throw badInput(`first must be from 0 to ${LARGEST_PAGE}; it is ${count}.`);
  return count;
}

/** Where a connection's items come from and how they are shown. */
interface PageSource<T> {
  /** The page's items and, where there are more, one beyond. */
  read(): Promise<readonly T[]>;
  count(): Promise<number>;
  cursorOf(item: T): string;
  nodeOf(item: T): unknown;
  /** Fields of the edge beside cursor and node. */
  edgeFields?(item: T): object;
}

/** A connection's fields, each reading no more than it needs. */
export function answerPage<T>(page: { first: number; after: string | null }, { read, count, cursorOf, nodeOf, edgeFields }: PageSource<T>): object {
  let reading: Promise<readonly T[]> | undefined;
  const items = () => (reading ??= read());
  const shown = async () => (await items()).slice(0, page.first);
  return {
    nodes: async () => (await shown()).map(nodeOf),
    edges: async () => (await shown()).map((item) => ({ cursor: cursorOf(item), node: nodeOf(item), ...edgeFields?.(item) })),
    totalCount: count,
    pageInfo: async () => {
      const cursors = (await shown()).map(cursorOf);
      return {
        hasNextPage: (await items()).length > page.first,
        hasPreviousPage: page.after !== null,
        startCursor: cursors[0] ?? null,
        endCursor: cursors.at(-1) ?? null,
      };
    },
  };
}

/** The history connection of the record with that id. */
export function answerHistory(id: string, { first, after }: { first?: number | null; after?: string | null }, loaders: Loaders): object {
  const page = { first: checkFirst(first), after: after ?? null };
  return answerPage(page, {
    read: () => loaders.history(id, page),
    count: () => loaders.historyCount(id),
    cursorOf: historyCursor,
    nodeOf: (change) => change,
  });
}
