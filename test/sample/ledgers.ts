/** What the ledgers of some portfolios hold, in a form in which two loads of the same records are the same. */
import type { Portfolios } from "../../start/portfolios.js";
import { prefixOf } from "../../subgraphs/kernel/ids.js";

interface Filed {
  readonly portfolio: string;
  readonly at: string;
  readonly by: string;
  readonly request: string;
  readonly type: string;
  readonly version: number;
  readonly operation: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every change of every portfolio, each id replaced by its type's prefix and its place among that type's records. */
export async function ledgersOf({ local }: Portfolios): Promise<Filed[]> {
  const rows: [string, unknown[]][] = [];
  for (const [name, { database }] of local)
    for (const row of await database.read(
      "SELECT `at`, `by`, `request`, `type`, `entityId`, `version`, `operation`, `before`, `after` FROM `change` ORDER BY `seq`",
      [],
    ))
      rows.push([name, row]);
  const places = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const [, row] of rows) {
    const [id, type] = [row[4] as string, row[3] as string];
    if (places.has(id)) continue;
    counts.set(type, (counts.get(type) ?? 0) + 1);
    places.set(id, `${prefixOf(id)}#${counts.get(type)}`);
  }
  const named = (text: unknown): unknown =>
    text === null ? null : JSON.parse((text as string).replace(/[a-z]{3}_[0-9A-Z]{26}/g, (id) => places.get(id) ?? id));
  return rows.map(
    ([portfolio, [at, by, request, type, , version, operation, before, after]]) =>
      ({ portfolio, at, by, request, type, version, operation, before: named(before), after: named(after) }) as Filed,
  );
}

/** The same without its moments, which differ between loads that have no clock of their own. */
export const withoutMoments = (filed: readonly Filed[]): unknown[] =>
  filed.map(({ at: _, after, ...rest }) => ({ ...rest, after: after && { ...after, createdAt: null, updatedAt: null } }));
