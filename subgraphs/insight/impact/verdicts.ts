/** What can be said of records a change does not reach: that it does not hit them, or that nobody can say, and what is missing. */
import { Pace, mapInTurns } from "../../../transport/turns.js";
import { groupBy, slices } from "../../kernel/groups.js";
import { entityOf } from "../../kernel/model.js";
import { LARGEST_BATCH } from "../../kernel/reads/batches.js";
import { placeholders } from "../../kernel/reads/conditions.js";
import type { Reading } from "../reading.js";
import { type Change, type Need, onDay } from "./carrier.js";
import { CARRIERS, outcomesOf } from "./carriers.js";
import { IN_ONE_TURN, MOST_LINKS, MOST_RECORDS, type Reached, follow } from "./walk.js";

/** Something that is not recorded, and of which record. */
export interface Gap {
  readonly of: string | null;
  readonly missing: string;
}
/** A change that was followed to its end, and records that exist and that it did not reach. */
interface Doubt {
  readonly reached: Reached;
  readonly ids: readonly string[];
}

/**
 * What is missing to say of records that a change does not hit them; nothing of those of whom it can be said. A record can only be said not to be hit when all
 * links that might lead there are recorded, its own and those of whatever it stands on. As many statements as there are links and levels upstream, for all that
 * changes of a kind are asked about at once.
 */
export function gapsOf(reading: Reading, reached: Reached, ids: readonly string[]): Promise<ReadonlyMap<string, Gap>> {
  const { start, change, day } = reached;
  const type = reading.model.directory.typeOf(start)!;
  const doubt: Doubt = { reached, ids };
  return reading.together(`gaps ${type} ${change} ${day}`, doubt, (doubts) => new GapSearch(reading, type, change, day).run(doubts), 1);
}

/** A record, what the change might be there, and in which case. */
interface Place {
  readonly id: string;
  readonly change: Change | null;
  readonly of: Case;
}
const keyOf = (id: string, change: Change | null): string => `${id} ${change}`;

/** What was found of one doubt. */
class Case {
  readonly asked: Place[] = [];
  /** Records of types that no link leads to. */
  readonly apart = new Map<string, Gap>();
  /** Places with gaps of their own, and of what they stand on. */
  readonly gaps = new Map<string, Gap>();
  /** From each place the places that it leads to. */
  readonly next = new Map<string, string[]>();
  readonly seen = new Set<string>();
  links = 0;
  isWhole = true;

  constructor(readonly doubt: Doubt) {}

  /** What is missing of each record, once all that it stands on has been looked at. */
  conclude(): Map<string, Gap> {
    const found = new Map(this.apart);
    if (!this.isWhole)
      for (const { id } of this.asked)
        found.set(id, { of: null, missing: `It stands on more than ${MOST_RECORDS} records or ${MOST_LINKS} links; ask about fewer at once.` });
    for (let spreading = [...this.gaps]; spreading.length > 0;) {
      const further: typeof spreading = [];
      for (const [key, gap] of spreading)
        for (const target of this.next.get(key) ?? [])
          if (!this.gaps.has(target)) {
            this.gaps.set(target, gap);
            further.push([target, gap]);
          }
      spreading = further;
    }
    for (const { id, change } of this.asked) {
      const gap = this.gaps.get(keyOf(id, change));
      if (gap && !found.has(id)) found.set(id, gap);
    }
    return found;
  }
}

/** Carriers that may lead on from what a change has reached, where that is not recorded: what is missing of which. Once for each change that was followed. */
const gapsOfReached = new WeakMap<Reached, ReadonlyMap<string, Gap>>();

/** Walks against the direction of a kind of change, from the records of all doubts at once. */
class GapSearch {
  /** What the change may be at records of each type. */
  private readonly inPlay: ReadonlyMap<string, ReadonlySet<Change | null>>;
  private readonly pace = new Pace(IN_ONE_TURN);

  constructor(
    private readonly reading: Reading,
    type: string,
    change: Change,
    private readonly day: string,
  ) {
    this.inPlay = statesOf(type, change);
  }

  /** What is missing, by record, in the order of the doubts: each as if it were asked about alone. */
  async run(doubts: readonly Doubt[]): Promise<ReadonlyMap<string, Gap>[]> {
    const told: ReadonlyMap<string, Gap>[] = [];
    for (const some of groupsOf(doubts)) {
      for (const each of await this.search(some)) {
        await this.reading.ownTurn();
        // What is too much for all of them may not be for one.
        const [alone] = each.isWhole || some.length === 1 ? [each] : await this.search([each.doubt]);
        told.push(alone!.conclude());
      }
    }
    return told;
  }

  private async search(doubts: readonly Doubt[]): Promise<Case[]> {
    await this.findGapsOfReached(doubts.map(({ reached }) => reached));
    const cases = doubts.map((doubt) => new Case(doubt));
    let frontier: Place[] = [];
    for (const each of cases)
      for (const id of each.doubt.ids) {
        const states = this.inPlay.get(this.typeOf(id));
        if (!states) each.apart.set(id, { of: null, missing: `No link says whether such a change hits a record of type ${this.typeOf(id)}.` });
        for (const change of states ?? []) {
          const place: Place = { id, change, of: each };
          each.asked.push(place);
          each.seen.add(keyOf(id, change));
          frontier.push(place);
        }
        if (this.pace.isDue()) await this.reading.ownTurn();
      }
    while (frontier.length > 0) frontier = await this.goUpstream(frontier);
    return cases;
  }

  /** One level further: the places that lead to those. */
  private async goUpstream(frontier: readonly Place[]): Promise<Place[]> {
    const further: Place[] = [];
    const byType = groupBy(frontier, ({ id }) => this.typeOf(id));
    for (const carrier of CARRIERS) {
      const arrivals = this.arrivalsOf(carrier);
      const here = (byType.get(carrier.to) ?? []).filter(({ change, of }) => of.isWhole && arrivals.some(({ after }) => after === change));
      if (here.length === 0) continue;
      if (this.pace.isDue(here.length)) await this.reading.ownTurn();
      const ids = [...new Set(here.map(({ id }) => id))].sort();
      const lacking = await this.lacking(carrier.to, ids, carrier.needs?.filter(({ of }) => of === "to") ?? []);
      const { links, whole } = await follow(this.reading, carrier, "to", ids, this.day);
      const wanted = new Map<string, Case[]>();
      for (const { id, change, of } of here) {
        const key = keyOf(id, change);
        const gap = lacking.get(id) ?? gapsOfReached.get(of.doubt.reached)!.get(carrierKey(carrier));
        if (gap && !of.gaps.has(key)) of.gaps.set(key, gap);
        if (!whole(id)) of.isWhole = false;
        const known = wanted.get(key);
        if (known) known.push(of);
        else wanted.set(key, [of]);
        if (this.pace.isDue()) await this.reading.ownTurn();
      }
      for (const { from, to, goesOn } of links)
        for (const { before, after } of arrivals) {
          if (after !== (goesOn ? carrier.carries[before] : null)) continue;
          const target = keyOf(to, after);
          for (const of of wanted.get(target) ?? []) {
            const place: Place = { id: from, change: before, of };
            if (lead(place, target)) further.push(place);
            if (this.pace.isDue()) await this.reading.ownTurn();
          }
        }
    }
    return further;
  }

  /** The ways in which a carrier brings this change. */
  private arrivalsOf(carrier: (typeof CARRIERS)[number]): { before: Change; after: Change | null }[] {
    return (Object.keys(carrier.carries) as Change[])
      .filter((before) => this.inPlay.get(carrier.from)?.has(before))
      .flatMap((before) => outcomesOf(carrier, before).map((after) => ({ before, after })));
  }

  private async findGapsOfReached(all: readonly Reached[]): Promise<void> {
    const missing = [...new Set(all)].filter((reached) => !gapsOfReached.has(reached));
    const cases = await mapInTurns(missing, (reached) => ({ reached, places: this.placesOf(reached), gaps: new Map<string, Gap>() }), 5);
    for (const carrier of CARRIERS) {
      const befores = this.arrivalsOf(carrier).map(({ before }) => keyOf(carrier.from, before));
      const idsOf = cases.map(({ places }) => new Set(befores.flatMap((before) => [...(places.get(before) ?? [])])));
      const lacking = await this.lacking(carrier.from, [...new Set(idsOf.flatMap((ids) => [...ids]))], carrier.needs?.filter(({ of }) => of === "from") ?? []);
      if (lacking.size === 0) continue;
      cases.forEach(({ gaps }, i) => {
        for (const [id, gap] of lacking) if (idsOf[i]!.has(id)) return void gaps.set(carrierKey(carrier), gap);
      });
    }
    for (const { reached, gaps } of cases) gapsOfReached.set(reached, gaps);
  }

  /** Where a change was, by type and what it was there. */
  private placesOf({ start, change, steps }: Reached): Map<string, Set<string>> {
    const places = new Map<string, Set<string>>([[keyOf(this.typeOf(start), change), new Set([start])]]);
    for (const { to, after } of steps) {
      const key = keyOf(this.typeOf(to), after);
      (places.get(key) ?? places.set(key, new Set()).get(key)!).add(to);
    }
    return places;
  }

  /** Those of whom something needed is not recorded, with the first such thing. */
  private async lacking(type: string, ids: readonly string[], needs: readonly Need[]): Promise<Map<string, Gap>> {
    const found = new Map<string, Gap>();
    const { table } = entityOf(this.reading.model, type);
    for (const { condition, missing } of needs)
      for (const some of slices([...ids].sort(), LARGEST_BATCH)) {
        const text = `SELECT t.\`id\` FROM \`${table}\` t WHERE t.\`id\` IN (${placeholders(some.length)}) AND NOT (${condition}) ORDER BY t.\`id\``;
        for (const [id] of (await this.reading.rows({ text: onDay(text, this.day), cells: some })) as [string][])
          if (!found.has(id)) found.set(id, { of: id, missing });
      }
    return found;
  }

  private typeOf(id: string): string {
    return this.reading.model.directory.typeOf(id)!;
  }
}

/** Takes note that a place leads to another; whether it is new. */
function lead({ id, change, of }: Place, target: string): boolean {
  if (!of.isWhole || id === of.doubt.reached.start) return false;
  of.isWhole = ++of.links <= MOST_LINKS && of.seen.size <= MOST_RECORDS;
  const source = keyOf(id, change);
  const known = of.next.get(source);
  if (known) known.push(target);
  else of.next.set(source, [target]);
  if (of.seen.has(source)) return false;
  of.seen.add(source);
  return true;
}

/** Doubts about so many records are looked at together. */
function groupsOf(doubts: readonly Doubt[]): Doubt[][] {
  const groups: Doubt[][] = [];
  let records = Infinity;
  for (const doubt of doubts) {
    if ((records += doubt.ids.length) > LARGEST_BATCH) {
      groups.push([]);
      records = doubt.ids.length;
    }
    groups.at(-1)!.push(doubt);
  }
  return groups;
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
