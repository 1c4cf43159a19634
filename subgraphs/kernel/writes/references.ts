/** What the records of a transaction point to within their portfolio: each read once, and kept from change by others until the transaction ends. */
import type { Transaction } from "../database/database.js";
import { groupBy } from "../groups.js";
import { type EntityModel, type Model, entityOf } from "../model.js";
import { placeholders } from "../reads/conditions.js";
import { lockSql, readImages } from "./images.js";
import type { Image } from "./inputs.js";

/** As many ids as one statement names: SQLite has a limit. */
const MOST_IDS = 5_000;

export class References {
  /** Ids that will be asked for, by type: read with the first that is. */
  private readonly expected = new Map<string, Set<string>>();
  private readonly existing = new Set<string>();
  private readonly images = new Map<string, Image>();

  constructor(
    private readonly transaction: Transaction,
    private readonly model: Model,
  ) {}

  /** Tells which records a batch is going to point to, so that they are one statement a type instead of one a record. */
  expect(ids: readonly string[]): void {
    for (const [type, some] of this.byType(ids)) this.expected.set(type, new Set([...(this.expected.get(type) ?? []), ...some]));
  }

  /** Those of `ids` that do not exist; ids of other portfolios count as existing. */
  async missing(ids: readonly string[]): Promise<Set<string>> {
    const missing = new Set<string>();
    for (const [type, some] of this.byType(ids)) {
      const unknown = some.filter((id) => !this.existing.has(id));
      if (unknown.length > 0) await this.findExisting(type, this.withExpected(type, unknown, this.existing));
      for (const id of unknown) if (!this.existing.has(id)) missing.add(id);
    }
    return missing;
  }

  /** The records of a type with these ids, oldest first; those that do not exist are left out. */
  async records(entity: EntityModel, ids: readonly string[]): Promise<Image[]> {
    const unread = ids.filter((id) => !this.images.has(id));
    if (unread.length > 0)
      for (const some of chunks(this.withExpected(entity.type, unread, this.images)))
        for (const image of await readImages(this.transaction, entity, `t.\`id\` IN (${placeholders(some.length)})`, some, "share"))
          this.images.set(image.id, image);
    const found = [...new Set(ids)].flatMap((id) => this.images.get(id) ?? []);
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Must be told of every record that the transaction itself changes or deletes. */
  forget(id: string): void {
    this.existing.delete(id);
    this.images.delete(id);
  }

  private async findExisting(type: string, ids: readonly string[]): Promise<void> {
    const { table } = entityOf(this.model, type);
    for (const some of chunks(ids)) {
      const rows = await this.transaction.query(
        `SELECT \`id\` FROM \`${table}\` WHERE \`id\` IN (${placeholders(some.length)})${lockSql(this.transaction, "share")}`,
        some,
      );
      for (const row of rows) this.existing.add(row["id"] as string);
    }
  }

  private withExpected(type: string, ids: readonly string[], known: { has(id: string): boolean }): string[] {
    return [...new Set([...ids, ...[...(this.expected.get(type) ?? [])].filter((id) => !known.has(id))])];
  }

  /** Ids of records of this portfolio, by their type. */
  private byType(ids: readonly string[]): Map<string, string[]> {
    const types = groupBy(new Set(ids), (id) => this.model.directory.typeOf(id) ?? "");
    for (const type of types.keys()) if (!this.model.entities.has(type)) types.delete(type);
    return types;
  }
}

const chunks = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, i) => ids.slice(i * MOST_IDS, (i + 1) * MOST_IDS));
