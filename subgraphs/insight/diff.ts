/** `diff`: what changed around a record between two moments, read from the histories that its owners keep. */
import { SubgraphUnreachable } from "../../transport/subgraph.js";
import { badInput } from "../kernel/errors.js";
import { groupBy } from "../kernel/groups.js";
import type { Model } from "../kernel/model.js";
import type { Change } from "../kernel/reads/history.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reach } from "../kernel/siblings.js";
import type { Reading } from "./reading.js";

/** A link from a type to the records that concern whoever is concerned by its record. */
interface Step {
  readonly type: string;
  readonly field: string;
  /** The portfolio that answers it. */
  readonly portfolio: string;
  readonly shape: "connection" | "list" | "one";
}
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

/** Records of one comparison, all of them; more are refused. */
const MOST_RECORDS = 5_000;
/** Ids of one call. */
const MOST_IDS = 500;

type Image = ReadonlyMap<string, unknown>;

interface DiffArguments {
  readonly from: string;
  readonly to?: string | null;
}

/** The resolvers of `diff`, at the root and of each type around which something is said. */
export function diffResolvers(model: Model, reach: Reach): Resolvers {
  const ofRecord = { diff: ({ id }: { id: string }, moments: DiffArguments, { call }: Reading) => diff(model, reach, id, moments, call) };
  return {
    Query: { diff: (_: unknown, { id, ...moments }: DiffArguments & { id: string }, { call }: Reading) => diff(model, reach, id, moments, call) },
    ...Object.fromEntries(Object.keys(STEPS).map((type) => [type, ofRecord])),
  };
}

async function diff(model: Model, reach: Reach, id: string, { from, to }: DiffArguments, call: Reading["call"]): Promise<object | null> {
  const now = new Date().toISOString();
  const until = to ?? now;
  if (until > now || from > now) throw badInput("from and to are moments of the past.");
  if (from > until) throw badInput("from is later than to; exchange them.");
  const missing = new Set<string>();
  const comparison = new Comparison(model, reach, missing);
  // Now is read as it is: as of now could miss what is written in this very millisecond.
  const [then, later] = [{ ...call, asOf: from }, to ? { ...call, asOf: to } : call];
  const through = new Map([...(await comparison.concerned(id, then)), ...(await comparison.concerned(id, later))]);
  const ids = [...through.keys()];
  const [before, after] = [await comparison.images(ids, then), await comparison.images(ids, later)];
  if (!before.has(id) && !after.has(id) && missing.size === 0) return null;
  const records = [...through].flatMap(([record, link]) => differenceOf(model, record, link, before.get(record), after.get(record)) ?? []);
  records.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const compared = ids.filter((record) => before.has(record) || after.has(record));
  return { from, to: until, records, unchanged: compared.length - records.length, missing: [...missing] };
}

const placeOf = ({ through, id }: { through: string | null; id: string }): string => `${through ?? ""} ${id}`;

function differenceOf(model: Model, id: string, through: string | null, before: Image | undefined, after: Image | undefined) {
  if (!before && !after) return null;
  const names = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
  const fields = names
    .map((field) => ({ field, from: before?.get(field) ?? null, to: after?.get(field) ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  if (before && after && fields.length === 0) return null;
  const type = model.directory.typeOf(id)!;
  const change = before ? (after ? "CHANGED" : "DELETED") : "CREATED";
  return { type, id, through, change, fields, record: after ? { __typename: type, id } : null };
}

/** Reads of one comparison. Portfolios that cannot be asked are noted in `missing`. */
class Comparison {
  constructor(
    private readonly model: Model,
    private readonly reach: Reach,
    private readonly missing: Set<string>,
  ) {}

  /** The records that concern the one with that id, and the link by which each was reached. */
  async concerned(id: string, call: Reading["call"]): Promise<Map<string, string | null>> {
    const type = this.model.directory.typeOf(id);
    if (type === null) throw badInput(`${id} is not an id of any type.`);
    const reached = new Map<string, string | null>([[id, null]]);
    for (const each of STEPS[type] ?? []) {
      const parents = [...reached.keys()].filter((record) => this.model.directory.typeOf(record) === each.type);
      for (const record of await this.follow(each, parents, call)) if (!reached.has(record)) reached.set(record, `${each.type}.${each.field}`);
      if (reached.size > MOST_RECORDS) throw badInput(`More than ${MOST_RECORDS} records concern ${id}; compare its agreements or projects one by one.`);
    }
    return reached;
  }

  /** The records as they were stored, but for those that did not exist: folded from the changes since their beginning. */
  async images(ids: readonly string[], call: Reading["call"]): Promise<Map<string, Image>> {
    const images = new Map<string, Image>();
    for (const [type, some] of groupBy(ids, (id) => this.model.directory.typeOf(id)!)) {
      const { portfolio } = this.model.directory.entry(type);
      const selection = "history(first: 1000, after: $after) { nodes { fields { field to } } pageInfo { hasNextPage endCursor } }";
      const pages = await this.pages<Pick<Change, "fields">>({ portfolio, type, field: "history", shape: "connection", ids: some, selection }, call);
      for (const [id, changes] of pages) {
        // Nothing is left of a deleted record.
        if (changes.length === 0 || changes[0]!.fields.every(({ to }) => to === null)) continue;
        const image = new Map<string, unknown>();
        // Newest first: what was said last stands.
        for (const { fields } of changes) for (const { field, to } of fields) if (!image.has(field)) image.set(field, to);
        images.set(id, image);
      }
    }
    return images;
  }

  private async follow({ type, field, portfolio, shape }: Step, parents: readonly string[], call: Reading["call"]): Promise<string[]> {
    if (parents.length === 0) return [];
    const pageable = shape === "connection";
    const selection = `${field}${pageable ? "(first: 1000, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }" : " { id }"}`;
    const pages = await this.pages<{ id: string } | null>({ portfolio, type, field, shape, ids: parents, selection }, call);
    return [...pages.values()].flatMap((records) => records.flatMap((record) => record?.id ?? []));
  }

  /** What a field of records answers, all pages of it, by record. Records that do not exist are left out. */
  private async pages<T>(
    { portfolio, type, field, shape, ids, selection }: Step & { readonly ids: readonly string[]; readonly selection: string },
    call: Reading["call"],
  ): Promise<Map<string, T[]>> {
    const pageable = shape === "connection";
    const query = `query Diff($representations: [_Any!]!${pageable ? ", $after: String" : ""}) { _entities(representations: $representations) { ... on ${type} { id ${selection} } } }`;
    const found = new Map<string, T[]>();
    const read = async (some: readonly string[], after: string | null): Promise<void> => {
      const representations = some.map((id) => ({ __typename: type, id }));
      const answer = await this.reach(portfolio).execute({ query, variables: { representations, ...(pageable ? { after } : {}) } }, call);
      const entities = answer.data?.["_entities"] as (Record<string, unknown> | null)[] | undefined;
      if (!entities || answer.errors?.length) throw new SubgraphUnreachable(portfolio, { cause: answer.errors });
      for (const entity of entities) {
        if (!entity) continue;
        const id = entity["id"] as string;
        const value = entity[field];
        // What has another shape than was asked for would be taken for no records at all.
        if (!hasShape(value, shape)) throw new SubgraphUnreachable(portfolio);
        const items = isPage<T>(value) ? value.nodes : Array.isArray(value) ? (value as T[]) : value === null ? [] : [value as T];
        found.set(id, [...(found.get(id) ?? []), ...items]);
        if (isPage<T>(value) && value.pageInfo.hasNextPage) await read([id], value.pageInfo.endCursor);
      }
    };
    try {
      for (let at = 0; at < ids.length; at += MOST_IDS) await read(ids.slice(at, at + MOST_IDS), null);
    } catch (error) {
      if (!(error instanceof SubgraphUnreachable)) throw error;
      this.missing.add(portfolio);
    }
    return found;
  }
}

const isPage = <T>(value: unknown): value is { nodes: T[]; pageInfo: { hasNextPage: boolean; endCursor: string } } =>
  typeof value === "object" && value !== null && "nodes" in value && Array.isArray(value.nodes) && "pageInfo" in value;
const hasShape = (value: unknown, shape: Step["shape"]): boolean =>
  shape === "connection" ? isPage(value) : shape === "list" ? Array.isArray(value) : typeof value === "object" && !Array.isArray(value);
