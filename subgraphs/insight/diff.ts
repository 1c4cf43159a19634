/** `diff`: what changed around a record between two moments, read from the histories that its owners keep. */
import { Pace, mapInTurns, takeTurn } from "../../transport/turns.js";
import { badInput } from "../kernel/errors.js";
import { groupBy } from "../kernel/groups.js";
import type { Model } from "../kernel/model.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reach } from "../kernel/siblings.js";
import { Histories, type Image, type Step } from "./histories.js";
import type { Reading } from "./reading.js";

const step = (path: `${string}.${string}`, portfolio: string, shape: Step["shape"] = "connection"): Step => {
  const [type, field] = path.split(".") as [string, string];
  return { type, field, portfolio, shape };
};

const TARGETS = step("Agreement.targets", "agreement", "list");
const OBLIGATIONS = step("Agreement.obligations", "agreement");
const MILESTONES = step("Project.milestones", "project");

/** What is said around a record, by its type: the steps are followed one after the other, each from all that was reached. */
const STEPS: Readonly<Record<string, readonly Step[]>> = {
  Customer: [
    step("Customer.agreements", "agreement"),
    TARGETS,
    OBLIGATIONS,
    step("Customer.deliverables", "project"),
    step("Deliverable.project", "project", "one"),
    MILESTONES,
    step("Customer.opportunities", "service"),
    step("Customer.serviceDevelopments", "service"),
  ],
  Agreement: [TARGETS, OBLIGATIONS],
  Service: [
    step("Service.offerings", "service"),
    step("Service.targets", "agreement"),
    step("Service.deliverables", "project"),
    step("Deliverable.project", "project", "one"),
    MILESTONES,
  ],
  Project: [step("Project.deliverables", "project"), MILESTONES, step("Project.risks", "project")],
  Application: [step("Application.functions", "application"), step("Application.roles", "application"), step("Application.deliverables", "project")],
};

/** Records around one that is compared, itself included, and around all that are compared together, one around several counted for each; more are refused. */
const MOST_RECORDS = 5_000;
const MOST_TOGETHER = 50_000;
/** Records that are looked at in one turn of the event loop, and comparisons that are shown. */
const IN_ONE_TURN = { records: 500, comparisons: 5 };

interface DiffArguments {
  readonly from: string;
  readonly to?: string | null;
}

/** The resolvers of `diff`, at the root and of each type around which something is said. */
export function diffResolvers(model: Model, reach: Reach): Resolvers {
  const diff = (id: string, { from, to }: DiffArguments, reading: Reading): Promise<object | null> => {
    const now = new Date().toISOString();
    if ((to ?? now) > now || from > now) throw badInput("from and to are moments of the past.");
    if (from > (to ?? now)) throw badInput("from is later than to; exchange them.");
    if (model.directory.typeOf(id) === null) throw badInput(`${id} is not an id of any type.`);
    const compare = (ids: readonly string[]) => compareAll(model, new Histories(model, reach), ids, { from, to: to ?? null }, reading.call);
    return reading.load<object | null>(`diff ${from} ${to}`, id, null, compare, IN_ONE_TURN.comparisons);
  };
  const ofRecord = { diff: ({ id }: { id: string }, moments: DiffArguments, reading: Reading) => diff(id, moments, reading) };
  return {
    Query: { diff: (_: unknown, { id, ...moments }: DiffArguments & { id: string }, reading: Reading) => diff(id, moments, reading) },
    ...Object.fromEntries(Object.keys(STEPS).map((type) => [type, ofRecord])),
  };
}

/** What is told of each of those records between two moments, the later being now where it is null, in as many calls of portfolios as of one. An Error is of those around which there is too much. */
async function compareAll(
  model: Model,
  histories: Histories,
  ids: readonly string[],
  { from, to }: { readonly from: string; readonly to: string | null },
  call: Reading["call"],
): Promise<Map<string, object | null>> {
  // Now is read as it is: as of now could miss what is written in this very millisecond.
  const [then, later] = [{ ...call, asOf: from }, to ? { ...call, asOf: to } : call];
  const until = to ?? new Date().toISOString();
  const told = new Map<string, object | null>();
  const around = new Map<string, Around>();
  for (const id of ids) around.set(id, new Map());
  for (const moment of [then, later])
    for (const [id, records] of await goAround(model, histories, ids, moment)) {
      const known = around.get(id)!;
      for (const [record, through] of records) known.set(record, through);
      if (records.size > MOST_RECORDS)
        told.set(id, badInput(`More than ${MOST_RECORDS} records concern ${id}; compare its agreements or projects one by one.`));
    }
  const compared = [...around].filter(([id]) => !told.has(id));
  const records = [...new Set(compared.flatMap(([, own]) => [...own.keys()]))];
  const [before, after] = [await histories.images(records, then), await histories.images(records, later)];
  const differences = await mapInTurns(records, (record) => differenceOf(model, record, before.get(record), after.get(record)), IN_ONE_TURN.records);
  const byRecord = new Map(records.map((record, i) => [record, differences[i]!]));
  const pace = new Pace(IN_ONE_TURN.records * 10);
  for (const [id, own] of compared) {
    if (pace.isDue(own.size)) await takeTurn();
    const missing = histories.missingOf(own.keys());
    const isKnown = before.has(id) || after.has(id) || missing.length > 0;
    told.set(id, isKnown ? { from, to: until, missing, ...tellOf(own, byRecord) } : null);
  }
  return told;
}

/** The records around one, and the link by which each was reached; null is itself. */
type Around = Map<string, string | null>;

/** What concerns each of those records at the moment of a call. What too much concerns is not followed to its end; where it is too much of all of them, that is thrown. */
async function goAround(model: Model, histories: Histories, ids: readonly string[], call: Reading["call"]): Promise<Map<string, Around>> {
  const reached = new Map<string, Around>();
  for (const id of ids) reached.set(id, new Map([[id, null]]));
  const pace = new Pace(IN_ONE_TURN.records * 10);
  let sum = ids.length;
  for (const [type, starts] of groupBy(ids, (id) => model.directory.typeOf(id)!)) {
    for (const each of STEPS[type] ?? []) {
      const going = starts
        .map((id) => reached.get(id)!)
        .filter(({ size }) => size <= MOST_RECORDS)
        .map((own) => ({ own, parents: [...own.keys()].filter((record) => model.directory.typeOf(record) === each.type) }));
      const children = await histories.follow(each, [...new Set(going.flatMap(({ parents }) => parents))], call);
      for (const { own, parents } of going) {
        const size = own.size;
        for (const parent of parents) for (const record of children.get(parent) ?? []) if (!own.has(record)) own.set(record, `${each.type}.${each.field}`);
        sum += own.size - size;
        if (sum > MOST_TOGETHER && ids.length > 1) throw badInput(`More than ${MOST_TOGETHER} records concern what is compared; compare less at a time.`);
        if (pace.isDue(own.size - size + parents.length)) await takeTurn();
      }
    }
  }
  return reached;
}

/** What is told of the records around one. */
function tellOf(around: Around, differences: ReadonlyMap<string, Difference>): { readonly records: readonly object[]; readonly unchanged: number } {
  const records: (NonNullable<Difference["changed"]> & { readonly through: string | null })[] = [];
  let compared = 0;
  for (const [record, through] of around) {
    const { isThere, changed } = differences.get(record)!;
    if (isThere) compared++;
    if (changed) records.push({ ...changed, through });
  }
  records.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return { records, unchanged: compared - records.length };
}

const placeOf = ({ through, id }: { through: string | null; id: string }): string => `${through ?? ""} ${id}`;

/** How a record differs between the moments. */
interface Difference {
  /** At one of them at least. */
  readonly isThere: boolean;
  /** Null where it is as it was. */
  readonly changed: {
    readonly type: string;
    readonly id: string;
    readonly change: string;
    readonly fields: readonly object[];
    readonly record: object | null;
  } | null;
}

function differenceOf(model: Model, id: string, before: Image | undefined, after: Image | undefined): Difference {
  if (!before && !after) return { isThere: false, changed: null };
  const names = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
  const fields = names
    .map((field) => ({ field, from: before?.get(field) ?? null, to: after?.get(field) ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  if (before && after && fields.length === 0) return { isThere: true, changed: null };
  const type = model.directory.typeOf(id)!;
  const change = before ? (after ? "CHANGED" : "DELETED") : "CREATED";
  return { isThere: true, changed: { type, id, change, fields, record: after ? { __typename: type, id } : null } };
}
