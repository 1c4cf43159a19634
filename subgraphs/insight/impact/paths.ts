/** The paths by which a change reaches records: the shortest, and the one whose least critical hop is as critical as can be. */
import { groupBy } from "../../kernel/groups.js";
import { CRITICALITIES, type Criticality } from "./carrier.js";
import type { Hop, Reached } from "./walk.js";

/** How a record is reached. */
export interface Paths {
  readonly shortest: readonly Hop[];
  readonly mostCritical: readonly Hop[];
  /** The least critical hop of the most critical path; null where no hop says how critical it is. */
  readonly criticality: Criticality | null;
}

/** Hops that do not say how critical they are make a path neither more nor less so. */
const UNKNOWN = CRITICALITIES.length;
const rankOf = (criticality: Criticality | null): number => (criticality === null ? UNKNOWN : CRITICALITIES.length - 1 - CRITICALITIES.indexOf(criticality));

/** A place of the search: a record, what the change is there, and the least critical hop so far. */
interface Place {
  readonly id: string;
  readonly rank: number;
  readonly length: number;
  readonly hop: Hop | null;
  readonly previous: Place | null;
}

/** The paths to every record reached but the start, in the order of their distance. */
export function findPaths({ start, change, steps }: Reached): Map<string, Paths> {
  const leaving = groupBy(steps, ({ from, before }) => `${from} ${before}`);
  const best = new Map<string, { shortest: Place; mostCritical: Place }>();
  const seen = new Set<string>();
  // Breadth first over (record, change, least critical hop): the first to come to a place came the shortest way.
  let frontier: (Place & { readonly change: string | null })[] = [{ id: start, change, rank: UNKNOWN, length: 0, hop: null, previous: null }];
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const place of frontier)
      for (const step of leaving.get(`${place.id} ${place.change}`) ?? []) {
        const rank = Math.min(place.rank, rankOf(step.criticality));
        const key = `${step.to} ${step.after} ${rank}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const reached = { id: step.to, change: step.after, rank, length: place.length + 1, hop: step, previous: place };
        const known = best.get(step.to);
        if (!known) best.set(step.to, { shortest: reached, mostCritical: reached });
        else if (worth(reached) > worth(known.mostCritical)) known.mostCritical = reached;
        next.push(reached);
      }
    frontier = next;
  }
  return new Map(
    [...best].map(([id, { shortest, mostCritical }]) => [
      id,
      {
        shortest: hopsOf(shortest),
        mostCritical: hopsOf(mostCritical),
        criticality: mostCritical.rank === UNKNOWN ? null : CRITICALITIES[CRITICALITIES.length - 1 - mostCritical.rank]!,
      },
    ]),
  );
}

/** A path of which nothing is known is worth less than any other. */
const worth = ({ rank }: Place): number => (rank === UNKNOWN ? -1 : rank);

function hopsOf(place: Place): Hop[] {
  const hops: Hop[] = [];
  for (let at: Place | null = place; at?.hop; at = at.previous) hops.unshift(at.hop);
  return hops;
}
