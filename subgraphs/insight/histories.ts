/** Records as they were at a moment, read from the histories that their owners keep. */
import { SubgraphUnreachable } from "../../transport/subgraph.js";
import { groupBy, slices } from "../kernel/groups.js";
import type { Model } from "../kernel/model.js";
import type { Change } from "../kernel/reads/history.js";
import type { Reach } from "../kernel/siblings.js";
import type { Reading } from "./reading.js";

/** A link from records of a type to others. */
export interface Step {
  readonly type: string;
  readonly field: string;
  /** The portfolio that answers it. */
  readonly portfolio: string;
  readonly shape: "connection" | "list" | "one";
}
/** What a record's stored fields were. */
export type Image = ReadonlyMap<string, unknown>;

/** Ids of one call. */
const MOST_IDS = 500;

export class Histories {
  /** By record, the portfolios that could not be asked about it, or answered what is no history: what is said of it is not all. */
  private readonly missing = new Map<string, Set<string>>();

  constructor(
    private readonly model: Model,
    private readonly reach: Reach,
  ) {}

  /** The portfolios of which something of those records is missing, by name. */
  missingOf(ids: Iterable<string>): string[] {
    const names = new Set<string>();
    for (const id of ids) for (const name of this.missing.get(id) ?? []) names.add(name);
    return [...names].sort();
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

  /** The ids of the records that a link leads to, by where it leaves. */
  async follow({ type, field, portfolio, shape }: Step, parents: readonly string[], call: Reading["call"]): Promise<Map<string, string[]>> {
    const pageable = shape === "connection";
    const selection = `${field}${pageable ? "(first: 1000, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }" : " { id }"}`;
    const pages = await this.pages<{ id: string } | null>({ portfolio, type, field, shape, ids: parents, selection }, call);
    return new Map([...pages].map(([parent, records]) => [parent, records.flatMap((record) => record?.id ?? [])]));
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
      if (some.length > 1 && answer.errors?.some(({ extensions }) => extensions?.["code"] === "OPERATION_TOO_LARGE")) {
        for (const half of slices(some, Math.ceil(some.length / 2))) await read(half, after);
        return;
      }
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
    const waiting = slices(ids, MOST_IDS);
    try {
      for (; waiting.length > 0; waiting.shift()) await read(waiting[0]!, null);
    } catch (error) {
      if (!(error instanceof SubgraphUnreachable)) throw error;
      for (const id of waiting.flat()) this.missing.set(id, (this.missing.get(id) ?? new Set()).add(portfolio));
    }
    return found;
  }
}

const isPage = <T>(value: unknown): value is { nodes: T[]; pageInfo: { hasNextPage: boolean; endCursor: string } } =>
  typeof value === "object" && value !== null && "nodes" in value && Array.isArray(value.nodes) && "pageInfo" in value;
const hasShape = (value: unknown, shape: Step["shape"]): boolean =>
  shape === "connection" ? isPage(value) : shape === "list" ? Array.isArray(value) : typeof value === "object" && !Array.isArray(value);
