/** The loaders of one request: every read of many parents becomes one statement. */
import { badInput } from "../errors.js";
import { slices } from "../groups.js";
import { type EntityModel, type FollowedLink, type Model, type PairsSource, type StoredList, entityOf } from "../model.js";
import { Batches, LARGEST_BATCH } from "./batches.js";
import { type Change, type HistoryArguments, countHistory, selectHistory } from "./history.js";
import { Sight } from "./sight.js";
import type { Snapshot } from "./snapshots.js";
import {
  type PageItem,
  type PageRequest,
  ROOT,
  type ReadRow,
  type Statement,
  type Viewer,
  countPage,
  selectBecause,
  selectBy,
  selectList,
  selectNodes,
  selectPage,
} from "./statements.js";

/** What a connection asks for, apart from its parent. */
export type PageArguments = Pick<PageRequest, "keys" | "cursors" | "beyond" | "filter" | "orderBy" | "first" | "after">;

export class Loaders extends Batches {
  private readonly gatherings = new Map<string, { readonly wanted: Set<string>; readonly answer: Promise<unknown> }>();

  constructor(
    readonly model: Model,
    private readonly snapshot: Snapshot,
    private readonly sight: Sight,
  ) {
    super();
  }

  /** Whether the request sees only what concerns some customers. */
  get isLimited(): boolean {
    return this.sight.isLimited;
  }

  /** The record with that id, with at least the fields `keys`; null where there is none. */
  async record(type: string, id: string, keys: readonly string[]): Promise<ReadRow | null> {
    return (await this.records(type, "id", id, keys))[0] ?? null;
  }

  /** The records whose `column` has that value, and other columns those of `where`, oldest first. */
  records(type: string, column: string, value: string, keys: readonly string[], where: Readonly<Record<string, string>> = {}): Promise<ReadRow[]> {
    const entity = entityOf(this.model, type);
    const sorted = [...new Set(keys)].sort();
    return this.load(`records ${type} ${column} ${sorted.join()} ${JSON.stringify(where)}`, value, [], (values) =>
      this.run((viewer) => selectBy(entity, sorted, column, values, viewer, where)),
    );
  }

  /** The items of a record's stored list. */
  list(list: StoredList, owner: string): Promise<unknown[]> {
    return this.load(`list ${list.owner}.${list.field}`, owner, [], (owners) => this.readLists(list, owners));
  }

  /** A page of a link's records, one item longer than asked where there are more and that is wanted to be known. */
  page(link: FollowedLink, parent: string, page: PageArguments): Promise<PageItem[]> {
    return this.load(`page ${keyOf(link, page)}`, parent, [], (parents) => this.readLink(link, parents, page, selectPage));
  }
  /** How many records a link leads to, after the filter. */
  count(link: FollowedLink, parent: string, page: PageArguments): Promise<number> {
    return this.load(`count ${keyOf(link, { filter: page.filter })}`, parent, 0, (parents) => this.readLink(link, parents, page, countPage));
  }

  /** A page of all records of an entity. */
  async rootPage(entity: EntityModel, page: PageArguments): Promise<PageItem[]> {
    this.sight.checkFilter(entity, page.filter);
    return (await this.run((viewer) => selectPage({ ...page, entity, source: null, parents: [], viewer }))).get(ROOT) ?? [];
  }
  async rootCount(entity: EntityModel, page: PageArguments): Promise<number> {
    this.sight.checkFilter(entity, page.filter);
    return (await this.run((viewer) => countPage({ ...page, entity, source: null, parents: [], viewer }))).get(ROOT) ?? 0;
  }

  /** The records through which a link leads from `parent` to `node`. */
  async because(link: FollowedLink, parent: string, node: string, keys: readonly string[]): Promise<ReadRow[]> {
    const type = link.because!;
    const ids = await this.load<string[]>(`because ${link.owner}.${link.field}`, `${parent} ${node}`, [], (pairs) => this.readBecause(link, pairs));
    const records = await Promise.all(ids.map((id) => this.record(type, id, keys)));
    return records.filter((record) => record !== null);
  }

  // --- many parents at once ---

  /** The records whose `column` is one of `values`, by the value, oldest first. */
  recordsOf(type: string, column: string, values: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, ReadRow[]>> {
    const entity = entityOf(this.model, type);
    const sorted = [...new Set(keys)].sort();
    return this.gather(`records ${type} ${column} ${sorted.join()}`, values, (all) => this.run((viewer) => selectBy(entity, sorted, column, all, viewer)));
  }
  /** The items of a stored list, by owner. */
  listsOf(list: StoredList, owners: readonly string[]): Promise<ReadonlyMap<string, unknown[]>> {
    return this.gather(`list ${list.owner}.${list.field}`, owners, (all) => this.readLists(list, all));
  }
  /** Pages of a link's records by parent, each as `page` is. */
  pagesOf(link: FollowedLink, parents: readonly string[], page: PageArguments): Promise<ReadonlyMap<string, PageItem[]>> {
    return this.gather(`page ${keyOf(link, page)}`, parents, (all) => this.readLink(link, all, page, selectPage));
  }
  /** How many records a link leads to from each parent, after the filter. */
  countsOf(link: FollowedLink, parents: readonly string[], page: PageArguments): Promise<ReadonlyMap<string, number>> {
    return this.gather(`count ${keyOf(link, { filter: page.filter })}`, parents, (all) => this.readLink(link, all, page, countPage));
  }

  /** Up to `first + 1` changes of a record, newest first. */
  async history(id: string, page: HistoryArguments): Promise<Change[]> {
    this.sight.refuseHistory();
    const changes = await this.load<Change[]>(`history ${JSON.stringify(page)}`, id, [], (ids) => this.run(() => selectHistory(ids, page)));
    return changes.map((change) => this.sight.shownChange(id, change));
  }
  /** How many changes a record has seen. */
  async historyCount(id: string): Promise<number> {
    this.sight.refuseHistory();
    return this.load("history count", id, 0, (ids) => this.run(() => countHistory(ids)));
  }

  /** Ids of the records that join each "parent node" pair of a through link. */
  private readBecause(link: FollowedLink, pairs: readonly string[]): Promise<Map<string, string[]>> {
    const [parents, nodes] = [0, 1].map((side) => [...new Set(pairs.map((pair) => pair.split(" ")[side]!))]) as [string[], string[]];
    return this.run((viewer) => selectBecause(link.source as PairsSource, link.because, parents, nodes, viewer));
  }

  private async readLink<T>(link: FollowedLink, parents: readonly string[], page: PageArguments, make: (request: PageRequest) => Statement<T>): Promise<T> {
    const entity = link.local ? entityOf(this.model, link.target!) : null;
    this.sight.checkFilter(entity, page.filter);
    const seen = entity === null && this.isLimited ? { seen: await this.seenNodes(link.source as PairsSource, parents) } : {};
    return this.run((viewer) => make({ ...page, ...seen, entity, source: link.source, because: link.because, parents, viewer }));
  }
  /** The nodes of another portfolio, or of any type, that may be seen. Their owners are asked. */
  private async seenNodes(source: PairsSource, parents: readonly string[]): Promise<string[]> {
    const nodes = await this.run(() => selectNodes(source, parents));
    if (nodes.length > LARGEST_BATCH) throw badInput(`The list leads to more than ${LARGEST_BATCH} records; ask for it record by record.`);
    const seen = await Promise.all(nodes.map(async (id) => ((await this.isSeen(id)) ? id : null)));
    return seen.filter((id) => id !== null);
  }

  private async readLists(list: StoredList, owners: readonly string[]): Promise<Map<string, unknown[]>> {
    const lists = await this.run((viewer) => selectList(list, owners, viewer));
    if (!this.isLimited) return lists;
    return new Map(await Promise.all([...lists].map(async ([owner, items]) => [owner, await this.seenItems(list, items)] as const)));
  }
  /** The items whose links may be seen: without those that must name a record that may not, with null for those that need not. */
  private async seenItems(list: StoredList, items: readonly unknown[]): Promise<unknown[]> {
    const links = list.members.filter(({ targets }) => targets);
    const seen = await Promise.all(
      items.map(async (item) => {
        if (list.bare) return (await this.isSeen(item as string)) ? item : null;
        const shown = { ...(item as Record<string, unknown>) };
        for (const { key, column } of links) {
          const id = shown[key] as string | null;
          if (id === null || (await this.isSeen(id))) continue;
          if (!column.options.nullable) return null;
          shown[key] = null;
        }
        return shown;
      }),
    );
    return seen.filter((item) => item !== null);
  }

  /** Whether a record of any portfolio may be seen. What does not exist may not. */
  isSeen(id: string): Promise<boolean> {
    if (!this.isLimited) return Promise.resolve(true);
    return this.load("seen", id, false, async (ids) => new Map([...(await this.sight.seen(ids))].map((each) => [each, true])));
  }

  private async run<T>(make: (viewer: Viewer) => Statement<T>): Promise<T> {
    const { sql, cells, decode } = make(this.isLimited ? await this.sight.viewer() : { model: this.model, concern: null });
    const read = () => this.snapshot.read(sql, cells);
    return decode(await (this.snapshot.isInTurns ? this.holdingBack(read) : read()));
  }

  /** Ids of the records that join each "parent node" pair of a through link. */
  becauseOf(link: FollowedLink, pairs: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.gather(`because ${link.owner}.${link.field}`, pairs, (all) => this.readBecause(link, all));
  }

  /** Runs `batch` over the keys of all who ask under one name before the next turn, in one statement. Each is answered for all keys. */
  private gather<T>(name: string, keys: readonly string[], batch: (keys: readonly string[]) => Promise<Map<string, T>>): Promise<ReadonlyMap<string, T>> {
    let gathering = this.gatherings.get(name);
    if (!gathering) {
      const wanted = new Set<string>();
      const answer = new Promise<void>((begin) => this.schedule(begin)).then(async () => {
        this.gatherings.delete(name);
        const all = [...wanted];
        if (all.length <= LARGEST_BATCH) return batch(all);
        const parts: Map<string, T>[] = [];
        for (const some of slices(all, LARGEST_BATCH)) parts.push(await batch(some));
        return new Map(parts.flatMap((part) => [...part]));
      });
      this.gatherings.set(name, (gathering = { wanted, answer }));
    }
    for (const key of keys) gathering.wanted.add(key);
    return gathering.answer as Promise<ReadonlyMap<string, T>>;
  }
}

const keyOf = (link: FollowedLink, page: Partial<PageArguments>): string => `${link.owner}.${link.field} ${textOf(page)}`;

/** Pages as text. Compiled reads ask for the same ones over and over. */
const texts = new WeakMap<Partial<PageArguments>, string>();
function textOf(page: Partial<PageArguments>): string {
  let text = texts.get(page);
  if (text === undefined) texts.set(page, (text = JSON.stringify({ ...page, keys: page.keys ? [...page.keys].sort() : [] })));
  return text;
}
