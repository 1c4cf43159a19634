/** Pages of what is all at hand. */
import { decodeCursor, encodeCursor } from "../../kernel/cursors.js";
import { badInput } from "../../kernel/errors.js";
import { answerPage, checkFirst } from "../../kernel/pages.js";

/** A page of such items, each at a place of its own, in the order of the places. */
export function showPage<T>(
  items: readonly T[],
  { first, after }: { readonly first?: number | null; readonly after?: string | null },
  { placeOf, show }: { readonly placeOf: (item: T) => readonly (string | number)[]; readonly show: (item: T) => object },
): object {
  const page = { first: checkFirst(first), after: after ?? null };
  const beginning = page.after === null ? null : readCursor(page.after);
  const placed = items.map((item) => ({ item, place: placeOf(item) }));
  const following = beginning ? placed.filter(({ place }) => comparePlaces(place, beginning) > 0) : placed;
  const rest = following.sort((a, b) => comparePlaces(a.place, b.place)).map(({ item }) => item);
  return answerPage<T>(page, {
    read: () => Promise.resolve(rest.slice(0, page.first + 1)),
    count: () => Promise.resolve(items.length),
    cursorOf: (item) => encodeCursor(placeOf(item)),
    nodeOf: show,
  });
}

function comparePlaces(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const i = a.findIndex((each, n) => each !== b[n]);
  return i < 0 ? 0 : b[i] === undefined || a[i]! > b[i] ? 1 : -1;
}

function readCursor(cursor: string): readonly (string | number)[] {
  const parsed = decodeCursor(cursor);
  if (!Array.isArray(parsed) || parsed.length === 0 || parsed.some((each) => typeof each !== "string" && typeof each !== "number"))
    throw badInput("after is not a cursor of this list; pass an endCursor it answered.");
  return parsed as (string | number)[];
}
