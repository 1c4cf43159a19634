import DataLoader from "dataloader";

/** What SQLite takes as question marks of one statement, with room for a filter's. */
export const LARGEST_BATCH = 20_000;

/** Keys of one request that are asked for together, by what is asked of them. */
export class Batches {
  private readonly loaders = new Map<string, DataLoader<string, unknown>>();

  /** What `batch` answers for `key`; keys asked for together, under one name, are one batch. `missing` where it answers nothing. */
  load<T>(name: string, key: string, missing: T, batch: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>): Promise<T> {
    let loader = this.loaders.get(name);
    if (!loader) {
      const loadAll = async (keys: readonly string[]) => {
        const found = await batch(keys);
        return keys.map((each) => found.get(each) ?? missing);
      };
      this.loaders.set(name, (loader = new DataLoader<string, unknown>(loadAll, { maxBatchSize: LARGEST_BATCH })));
    }
    return loader.load(key) as Promise<T>;
  }
}
