/** From the keys of files to the ids of records: looked up many at a time, and remembered. */
import { groupBy } from "../subgraphs/kernel/groups.js";
import type { LinkTarget } from "./fieldSpecs.js";
import { type Kind, type Mapping, targetsOf } from "./mapping.js";
import type { Store } from "./stores.js";
import { type Item, Reference, type Value } from "./values.js";

/** The id of the record that a link names; undefined where there is none. */
export type IdOf = (reference: Reference) => string | undefined;

export class Links {
  private readonly cache = new Map<string, Map<string, string>>();
  private readonly named: ReadonlySet<string>;

  constructor(
    mapping: Mapping,
    private readonly store: Store,
    /** How many ids of one type are kept. */
    private readonly most: number,
  ) {
    this.named = new Set(mapping.kinds.flatMap((kind) => targetsOf(kind).map(placeOf)));
  }

  /** Looks up all records that some values name. */
  async resolve(all: readonly ReadonlyMap<string, Value | null>[]): Promise<IdOf> {
    const references = all.flatMap((values) => [...values.values()].flatMap(referencesIn));
    const found = new Map<string, Map<string, string>>();
    for (const [place, some] of groupBy(references, ({ target }) => placeOf(target))) {
      const ids = new Map<string, string>();
      const unknown = new Set<string>();
      for (const { key } of some) {
        const cached = this.cache.get(place)?.get(key);
        if (cached === undefined) unknown.add(key);
        else ids.set(key, cached);
      }
      const { type, system } = some[0]!.target;
      for (const [key, id] of await this.store.ids(type, system, [...unknown])) {
        ids.set(key, id);
        this.keep(place, key, id);
      }
      found.set(place, ids);
    }
    return ({ target, key }) => found.get(placeOf(target))?.get(key);
  }

  /** Tells the id of a record, in case a link names it. */
  remember(kind: Kind, key: string, id: string): void {
    const place = placeOf({ type: kind.shape.type, system: kind.system });
    if (this.named.has(place)) this.keep(place, key, id);
  }

  private keep(place: string, key: string, id: string): void {
    const cache = this.cache.get(place) ?? new Map<string, string>();
    this.cache.set(place, cache);
    if (cache.size >= this.most) cache.clear();
    cache.set(key, id);
  }
}

const placeOf = ({ type, system }: Pick<LinkTarget, "type" | "system">): string => `${type}\t${system ?? ""}`;

/** The links in a value. */
export function referencesIn(value: Value | null): Reference[] {
  if (value instanceof Reference) return [value];
  if (!Array.isArray(value)) return [];
  return (value as readonly (Reference | Item)[]).flatMap((each) =>
    each instanceof Reference ? [each] : Object.values(each.members).filter((member) => member instanceof Reference),
  );
}

/** The value with ids for links; null where nothing is left of it. */
export function withIds(value: Value | null, idOf: IdOf): unknown {
  if (value instanceof Reference) return idOf(value) ?? null;
  if (!Array.isArray(value)) return value;
  const found = (value as readonly (Reference | Item)[]).flatMap((each): unknown[] => {
    if (each instanceof Reference) return [idOf(each)].filter((id) => id !== undefined);
    const members = Object.entries(each.members).map(([key, member]): [string, unknown] => [
      key,
      member instanceof Reference ? (idOf(member) ?? null) : member,
    ]);
    const lacks = members.some(([key, member]) => member === null && each.needed.includes(key));
    return lacks ? [] : [Object.fromEntries(members.filter(([, member]) => member !== null))];
  });
  return found.length > 0 ? found : null;
}
