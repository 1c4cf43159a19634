/** What can be said of records a change does not reach: that it does not hit them, or that nobody can say, and what is missing. */
import { groupBy } from "../../kernel/groups.js";
import { entityOf } from "../../kernel/model.js";
import { placeholders } from "../../kernel/reads/conditions.js";
import type { Reading } from "../reading.js";
import { type Change, type Need, onDay } from "./carrier.js";
import { CARRIERS, outcomesOf } from "./carriers.js";
import { MOST_LINKS, MOST_RECORDS, type Reached, follow } from "./walk.js";

/** Something that is not recorded, and of which record. */
export interface Gap {
  readonly of: string | null;
  readonly missing: string;
}

/** A record, and what the change might be there. */
interface Place {
  readonly id: string;
  readonly change: Change | null;
}
const keyOf = (id: string, change: Change | null): string => `${id} ${change}`;

/**
 * Looks for gaps upstream of records that were not reached: a record can only be said not to be hit when all links that might lead there are
 * recorded, its own and those of whatever it stands on. As many statements as there are links and levels upstream.
 */
export class Gaps {
  /** What the change may be at records of each type. */
  private readonly inPlay: ReadonlyMap<string, ReadonlySet<Change | null>>;
  private startGaps: Promise<Map<string, Gap>> | undefined;

  constructor(
    private readonly reading: Reading,
    private readonly reached: Reached,
  ) {
    this.inPlay = statesOf(this.typeOf(reached.start), reached.change);
  }

  /** What is missing to say of those records, which exist and are not reached, that they are not hit; nothing of those of whom it can be said. */
  async of(ids: readonly string[]): Promise<Map<string, Gap>> {
    const found = new Map<string, Gap>();
    const asked: Place[] = [];
    for (const id of ids) {
      const states = this.inPlay.get(this.typeOf(id));
      if (!states) found.set(id, { of: null, missing: `No link says whether such a change hits a record of type ${this.typeOf(id)}.` });
      for (const change of states ?? []) asked.push({ id, change });
    }
    const { gaps, next, whole } = await this.upstream(asked);
    if (!whole)
      for (const { id } of asked)
        found.set(id, { of: null, missing: `It stands on more than ${MOST_RECORDS} records or ${MOST_LINKS} links; ask about fewer at once.` });
    for (let spreading = [...gaps]; spreading.length > 0;) {
      const further: typeof spreading = [];
      for (const [key, gap] of spreading)
        for (const target of next.get(key) ?? [])
          if (!gaps.has(target)) {
            gaps.set(target, gap);
            further.push([target, gap]);
          }
      spreading = further;
    }
    for (const { id, change } of asked) {
      const gap = gaps.get(keyOf(id, change));
      if (gap && !found.has(id)) found.set(id, gap);
    }
    return found;
  }

  /** Walks against the direction of the change: the places with gaps of their own, and from each place the places it leads to. */
  private async upstream(asked: readonly Place[]): Promise<{ gaps: Map<string, Gap>; next: Map<string, string[]>; whole: boolean }> {
    const gaps = new Map<string, Gap>();
    const next = new Map<string, string[]>();
    const seen = new Set(asked.map(({ id, change }) => keyOf(id, change)));
    const startGaps = await (this.startGaps ??= this.gapsOfReached());
    let links = 0;
    for (let frontier = asked; frontier.length > 0;) {
      const further: Place[] = [];
      const byType = groupBy(frontier, ({ id }) => this.typeOf(id));
      for (const carrier of CARRIERS) {
        const arrivals = this.arrivalsOf(carrier);
        const here = (byType.get(carrier.to) ?? []).filter(({ change }) => arrivals.some(({ after }) => after === change));
        if (here.length === 0) continue;
        const ids = [...new Set(here.map(({ id }) => id))];
        const lacking = await this.lacking(carrier.to, ids, carrier.needs?.filter(({ of }) => of === "to") ?? []);
        for (const { id, change } of here) {
          const gap = lacking.get(id) ?? startGaps.get(carrierKey(carrier));
          if (gap && !gaps.has(keyOf(id, change))) gaps.set(keyOf(id, change), gap);
        }
        const { links: rows, whole } = await follow(this.reading, carrier, "to", ids, this.reached.day);
        links += rows.length;
        if (links > MOST_LINKS || seen.size > MOST_RECORDS || !ids.every(whole)) return { gaps, next, whole: false };
        const wanted = new Set(here.map(({ id, change }) => keyOf(id, change)));
        for (const { from, to, goesOn } of rows)
          for (const { before, after } of arrivals) {
            const target = keyOf(to, after);
            if (from === this.reached.start || after !== (goesOn ? carrier.carries[before] : null) || !wanted.has(target)) continue;
            const source = keyOf(from, before);
            const known = next.get(source);
            if (known) known.push(target);
            else next.set(source, [target]);
            if (seen.has(source)) continue;
            seen.add(source);
            further.push({ id: from, change: before });
          }
      }
      frontier = further;
    }
    return { gaps, next, whole: true };
  }

  /** The ways in which a carrier brings this change. */
  private arrivalsOf(carrier: (typeof CARRIERS)[number]): { before: Change; after: Change | null }[] {
    return (Object.keys(carrier.carries) as Change[])
      .filter((before) => this.inPlay.get(carrier.from)?.has(before))
      .flatMap((before) => outcomesOf(carrier, before).map((after) => ({ before, after })));
  }

  /** Carriers that may lead on from records that were reached, where those do not say: what is missing of which. */
  private async gapsOfReached(): Promise<Map<string, Gap>> {
    const { start, change, steps } = this.reached;
    const places = new Map<string, Set<string>>([[keyOf(this.typeOf(start), change), new Set([start])]]);
    for (const { to, after } of steps) {
      const key = keyOf(this.typeOf(to), after);
      (places.get(key) ?? places.set(key, new Set()).get(key)!).add(to);
    }
    const gaps = new Map<string, Gap>();
    for (const carrier of CARRIERS) {
      const ids = this.arrivalsOf(carrier).flatMap(({ before }) => [...(places.get(keyOf(carrier.from, before)) ?? [])]);
      const [gap] = (await this.lacking(carrier.from, [...new Set(ids)], carrier.needs?.filter(({ of }) => of === "from") ?? [])).values();
      if (gap) gaps.set(carrierKey(carrier), gap);
    }
    return gaps;
  }

  /** Those of whom something needed is not recorded, with the first such thing. */
  private async lacking(type: string, ids: readonly string[], needs: readonly Need[]): Promise<Map<string, Gap>> {
    const found = new Map<string, Gap>();
    if (ids.length === 0) return found;
    const { table } = entityOf(this.reading.model, type);
    for (const { condition, missing } of needs) {
      const text = `SELECT t.\`id\` FROM \`${table}\` t WHERE t.\`id\` IN (${placeholders(ids.length)}) AND NOT (${condition}) ORDER BY t.\`id\``;
      for (const [id] of (await this.reading.rows({ text: onDay(text, this.reached.day), cells: ids })) as [string][])
        if (!found.has(id)) found.set(id, { of: id, missing });
    }
    return found;
  }

  private typeOf(id: string): string {
    return this.reading.model.directory.typeOf(id)!;
  }
}

const carrierKey = ({ link, why }: (typeof CARRIERS)[number]): string => `${link} ${why}`;

/** What a change that starts so may be at records of each type; null where it ends there. */
function statesOf(type: string, change: Change): Map<string, Set<Change | null>> {
  const states = new Map([[type, new Set<Change | null>([change])]]);
  const waiting: [string, Change][] = [[type, change]];
  for (const [from, before] of waiting)
    for (const carrier of CARRIERS.filter((each) => each.from === from))
      for (const after of outcomesOf(carrier, before)) {
        const known = states.get(carrier.to) ?? new Set();
        if (known.has(after)) continue;
        states.set(carrier.to, known.add(after));
        if (after !== null) waiting.push([carrier.to, after]);
      }
  return states;
}
