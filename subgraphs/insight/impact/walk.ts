/** Follows a change through the portfolios, level by level: one statement for each level and link, however many records it reaches. */
import { groupBy, slices } from "../../kernel/groups.js";
import { placeholders } from "../../kernel/reads/conditions.js";
import { Pace } from "../../../transport/turns.js";
import type { Reading } from "../reading.js";
import { type Carrier, type Change, type Criticality, routeSql } from "./carrier.js";
import { CARRIERS } from "./carriers.js";

/** A step of a path: `carrier` leads from one record to another. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly carrier: Carrier;
  /** The record that links the two; null where one of them names the other. */
  readonly record: string | null;
  readonly criticality: Criticality | null;
}
/** A link as it is stored: a hop, and whether a change goes on from where it leads. */
export interface Link extends Hop {
  readonly goesOn: boolean;
}
/** A hop, and what the change is before and after it; null after it is where it ends. */
interface Step extends Hop {
  readonly before: Change;
  readonly after: Change | null;
}

/** What a change reaches from where it starts. */
export interface Reached {
  readonly start: string;
  readonly change: Change;
  readonly day: string;
  /** Every hop by which something was reached, nearest first, in an order that is always the same. */
  readonly steps: readonly Step[];
  /** Whether all of it is there. */
  readonly complete: boolean;
}

/** A walk ends when it has reached so many records, or followed so many links; several together when they have followed so many. */
export const MOST_RECORDS = 20_000;
export const MOST_LINKS = 100_000;
export const MOST_TOGETHER = 500_000;
const MOST_IDS = 5_000;
/** Links that are followed in one turn of the event loop, of all walks together. */
export const IN_ONE_TURN = 5_000;

/** Walks on from several starts at once: as many statements as for one. */
export async function walk(reading: Reading, starts: readonly string[], change: Change, day: string): Promise<Map<string, Reached>> {
  const followed = { links: 0 };
  const walks = new Map(starts.map((start) => [start, new Walk(start, change, followed)]));
  const pace = new Pace(IN_ONE_TURN);
  for (let going = [...walks.values()]; going.length > 0; going = going.filter((each) => each.isGoingOn())) {
    const byType = groupBy(frontierOf(going), ({ id }) => reading.model.directory.typeOf(id)!);
    for (const carrier of CARRIERS) {
      const carried = (byType.get(carrier.from) ?? []).filter(({ change: now }) => now in carrier.carries);
      if (carried.length === 0) continue;
      const { links, whole } = await follow(reading, carrier, "from", [...new Set(carried.map(({ id }) => id))], day);
      const byId = groupBy(links, ({ from }) => from);
      for (const { id, change: now, walk: each } of carried) {
        if (!whole(id)) each.isComplete = false;
        const hops = byId.get(id) ?? [];
        for (const { goesOn, ...hop } of hops) each.add({ ...hop, before: now, after: goesOn ? (carrier.carries[now] ?? null) : null });
        if (pace.isDue(hops.length + 1)) await reading.ownTurn();
      }
    }
  }
  return new Map([...walks].map(([start, each]) => [start, { start, change, day, steps: each.steps, complete: each.isComplete }]));
}

/** Where walks go on from. */
function* frontierOf(walks: readonly Walk[]): Generator<Place> {
  for (const each of walks) yield* each.takeFrontier();
}

/** The links of one kind that leave, or arrive at, those records. Where there are more than a walk may follow, `whole` says of which records all were read. */
export async function follow(
  reading: Reading,
  carrier: Carrier,
  end: "from" | "to",
  ids: readonly string[],
  day: string,
): Promise<{ links: Link[]; whole: (id: string) => boolean }> {
  const links: Link[] = [];
  const cut = new Set<string>();
  for (const some of slices(ids, MOST_IDS)) {
    const rows = await reading.rows({ text: routeSql(carrier, end, placeholders(some.length), day, MOST_LINKS + 1), cells: some });
    for (const [from, to, record, criticality, goesOn] of rows) links.push({ from, to, carrier, record, criticality, goesOn: Number(goesOn) === 1 } as Link);
    // Rows come in the order of where they leave: what follows the last of them was not read.
    if (rows.length > MOST_LINKS) for (const id of some) if (end === "to" || id >= (rows.at(-1)![0] as string)) cut.add(id);
  }
  return { links, whole: (id) => !cut.has(id) };
}

/** A record that a walk has reached and goes on from, and what the change is to it. */
interface Place {
  readonly id: string;
  readonly change: Change;
  readonly walk: Walk;
}

class Walk {
  readonly steps: Step[] = [];
  isComplete = true;
  private readonly reached = new Set<string>();
  private readonly expanded = new Set<string>();
  private frontier: Place[];

  constructor(
    private readonly start: string,
    change: Change,
    /** Of all walks that are asked for together. */
    private readonly followed: { links: number },
  ) {
    this.frontier = [{ id: start, change, walk: this }];
  }

  isGoingOn(): boolean {
    return this.isComplete && this.frontier.length > 0;
  }
  takeFrontier(): readonly Place[] {
    const taken = this.frontier;
    this.frontier = [];
    return taken;
  }

  add(step: Step): void {
    // What comes back to where it started reaches nothing that was not reached from there.
    if (step.to === this.start) return;
    if (this.steps.length >= MOST_LINKS || this.followed.links >= MOST_TOGETHER || (this.reached.size >= MOST_RECORDS && !this.reached.has(step.to))) {
      this.isComplete = false;
      return;
    }
    this.steps.push(step);
    this.followed.links++;
    this.reached.add(step.to);
    const key = `${step.to} ${step.after}`;
    if (step.after === null || this.expanded.has(key)) return;
    this.expanded.add(key);
    this.frontier.push({ id: step.to, change: step.after, walk: this });
  }
}
