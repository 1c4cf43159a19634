/** Which records verdicts are asked about, and where a page of them goes on. */
import { badInput } from "../../kernel/errors.js";
import type { Model } from "../../kernel/model.js";
import { answerPage, checkFirst } from "../../kernel/pages.js";
import type { Scope } from "../signals/kind.js";
import { listOf, sqlOf, verbatim } from "../signals/sql.js";

const MOST_IDS = 1000;

/** The ids asked about, or null where all are. Refuses more than 1,000, and those that are of another type. */
export function checkIds({ directory }: Model, name: string, type: string, ids: readonly string[] | null | undefined): readonly string[] | null {
  if (!ids) return null;
  if (ids.length > MOST_IDS) throw badInput(`${name} holds ${ids.length} ids; ${MOST_IDS} is the most.`);
  const wrong = ids.find((id) => directory.typeOf(id) !== type);
  if (wrong !== undefined) throw badInput(`${name} holds ${JSON.stringify(wrong.slice(0, 60))}, which is no id of a ${type}.`);
  return ids;
}

/** Those records, in any number. */
export const amongRecords =
  (ids: readonly string[]): Scope =>
  (column) =>
    ids.length === 0 ? verbatim(" AND 1 = 0") : sqlOf` AND ${verbatim(column)} IN (${listOf(ids)})`;

/** Those records, and of customers those of those segments; all, where neither is given. */
export const customersWithin =
  (ids: readonly string[] | null, segments: readonly string[] | null | undefined): Scope =>
  (column) => {
    const ofSegments =
      segments && segments.length > 0
        ? sqlOf` AND ${verbatim(column)} IN (SELECT z.id FROM \`customer\` z WHERE z.segment IN (${listOf(segments)}))`
        : verbatim("");
    return sqlOf`${ids ? amongRecords(ids)(column) : verbatim("")}${segments?.length === 0 ? verbatim(" AND 1 = 0") : ofSegments}`;
  };

/** A page of items that are all at hand, each at a place of its own, in the order of the places. */
export function showPage<T>(
  items: readonly T[],
  { first, after }: { readonly first?: number | null; readonly after?: string | null },
  { placeOf, show }: { readonly placeOf: (item: T) => readonly (string | number)[]; readonly show: (item: T) => object },
): object {
  const page = { first: checkFirst(first), after: after ?? null };
  const sorted = [...items].sort((a, b) => comparePlaces(placeOf(a), placeOf(b)));
  const place = page.after === null ? null : readCursor(page.after);
  const rest = place ? sorted.filter((item) => comparePlaces(placeOf(item), place) > 0) : sorted;
  return answerPage<T>(page, {
    read: () => Promise.resolve(rest.slice(0, page.first + 1)),
    count: () => Promise.resolve(items.length),
    cursorOf: (item) => Buffer.from(JSON.stringify(placeOf(item))).toString("base64url"),
    nodeOf: show,
  });
}

function comparePlaces(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const i = a.findIndex((each, n) => each !== b[n]);
  return i < 0 ? 0 : b[i] === undefined || a[i]! > b[i] ? 1 : -1;
}

function readCursor(cursor: string): readonly (string | number)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    parsed = null;
  }
  if (!Array.isArray(parsed) || parsed.length === 0 || parsed.some((each) => typeof each !== "string" && typeof each !== "number"))
    throw badInput("after is not a cursor of this list; pass an endCursor it answered.");
  return parsed as (string | number)[];
}
