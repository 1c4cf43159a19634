/** Follows a change through the portfolios, level by level: one statement for each level and link, however many records it reaches. */
import { placeholders } from "../../kernel/reads/conditions.js";
import { groupBy } from "../../kernel/groups.js";
import type { Reading } from "../reading.js";
import { CARRIERS, type Carrier, type Change, type Criticality } from "./carriers.js";

/** A step of a path: `carrier` leads from one record to another. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly carrier: Carrier;
  /** The record that links the two; null where one of them names the other. */
  readonly record: string | null;
  readonly criticality: Criticality | null;
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
  /** Every hop by which something was reached, nearest first. */
  readonly steps: readonly Step[];
  /** Whether all of it is there. */
  readonly complete: boolean;
}

/** A walk ends when it has reached so many records, or followed so many links. */
export const MOST_RECORDS = 20_000;
const MOST_STEPS = 100_000;
const MOST_IDS = 5_000;

/** Walks on from several starts at once: as many statements as for one. */
export async function walk(reading: Reading, starts: readonly string[], change: Change, day: string): Promise<Map<string, Reached>> {
  const walks = new Map(starts.map((start) => [start, new Walk(start, change)]));
  for (let frontier = [...walks.values()]; frontier.length > 0; frontier = frontier.filter((each) => each.isGoingOn())) {
    const waiting = frontier.flatMap((each) => each.takeFrontier().map((place) => ({ ...place, walk: each })));
    const typeOf = (id: string) => reading.model.directory.typeOf(id)!;
    for (const carrier of CARRIERS) {
      const carried = waiting.filter(({ id, change: now }) => typeOf(id) === carrier.from && now in carrier.carries);
      if (carried.length === 0) continue;
      const rows = await follow(reading, carrier, [...new Set(carried.map(({ id }) => id))], day);
      const byId = groupBy(rows, ({ from }) => from);
      for (const { id, change: now, walk: each } of carried)
        for (const { goesOn, ...hop } of byId.get(id) ?? []) each.add({ ...hop, before: now, after: goesOn ? (carrier.carries[now] ?? null) : null });
    }
  }
  return new Map([...walks].map(([start, each]) => [start, { start, change, day, steps: each.steps, complete: each.isComplete }]));
}

const yearBefore = (day: string): string => new Date(Date.parse(day) - 365 * 86_400_000).toISOString().slice(0, 10);

/** Where each record leads by one carrier. More rows than a walk may follow are not all read, which shows in the walk. */
async function follow(reading: Reading, carrier: Carrier, ids: readonly string[], day: string): Promise<(Hop & { goesOn: boolean })[]> {
  const hops: (Hop & { goesOn: boolean })[] = [];
  for (let at = 0; at < ids.length; at += MOST_IDS) {
    const some = ids.slice(at, at + MOST_IDS);
    // The day has been checked to be one.
    const text = `${carrier.sql
      .replace("$ids", placeholders(some.length))
      .replaceAll("$on", `'${day}'`)
      .replaceAll("$yearBefore", `'${yearBefore(day)}'`)} LIMIT ${MOST_STEPS + 1}`;
    for (const [from, to, record, criticality, goesOn] of await reading.rows({ text, cells: some }))
      hops.push({ from, to, carrier, record, criticality, goesOn: Number(goesOn) === 1 } as Hop & { goesOn: boolean });
  }
  return hops;
}

class Walk {
  readonly steps: Step[] = [];
  isComplete = true;
  private readonly reached = new Set<string>();
  private readonly expanded = new Set<string>();
  private frontier: { id: string; change: Change }[];

  constructor(start: string, change: Change) {
    this.frontier = [{ id: start, change }];
    this.reached.add(start);
    this.expanded.add(`${start} ${change}`);
  }

  isGoingOn(): boolean {
    return this.frontier.length > 0;
  }
  takeFrontier(): { id: string; change: Change }[] {
    const taken = this.frontier;
    this.frontier = [];
    return taken;
  }

  add(step: Step): void {
    if (this.steps.length >= MOST_STEPS || (this.reached.size >= MOST_RECORDS && !this.reached.has(step.to))) {
      this.isComplete = false;
      return;
    }
    this.steps.push(step);
    this.reached.add(step.to);
    const key = `${step.to} ${step.after}`;
    if (step.after === null || this.expanded.has(key)) return;
    this.expanded.add(key);
    this.frontier.push({ id: step.to, change: step.after });
  }
}
