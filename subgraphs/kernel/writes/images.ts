/** Whole stored records: reading them inside a transaction, writing them, and telling two apart. */
import type { Transaction } from "../database/database.js";
import { type Cell, fromCells, toCells } from "../database/values.js";
import { type EntityModel, type StoredField, type StoredList } from "../model.js";
import { placeholders } from "../reads/conditions.js";
import { groupBy } from "../groups.js";
import type { Image, Values } from "./inputs.js";

export type Lock = "share" | "update";
const LOCKS = { share: " LOCK IN SHARE MODE", update: " FOR UPDATE" } as const;
/** On SQLite a transaction is alone from its first statement on. */
export const lockSql = (transaction: Transaction, lock: Lock | null): string => (transaction.dialect === "sqlite" || lock === null ? "" : LOCKS[lock]);

/** Whole images of the records that `condition` (on alias t) picks, oldest first, locked until the transaction ends unless `lock` is null. */
export async function readImages(
  transaction: Transaction,
  entity: EntityModel,
  condition: string,
  cells: readonly Cell[],
  lock: Lock | null,
): Promise<Image[]> {
  const rows = await transaction.query(`SELECT t.* FROM \`${entity.table}\` t WHERE ${condition} ORDER BY t.\`id\`${lockSql(transaction, lock)}`, cells);
  const images = rows.map((row) => Object.fromEntries([...entity.stored.values()].map((field) => [field.key, fieldOf(field, row)])) as Image);
  if (images.length === 0) return images;
  for (const list of entity.lists.values()) {
    const items = await readItems(
      transaction,
      list,
      images.map(({ id }) => id),
    );
    for (const image of images) image[list.key] = items.get(image.id) ?? [];
  }
  return images;
}
const fieldOf = (field: StoredField, row: Readonly<Record<string, Cell>>): unknown =>
  fromCells(
    field,
    field.columns.map((column) => row[column] ?? null),
    0,
  );

async function readItems(transaction: Transaction, list: StoredList, owners: readonly string[]): Promise<Map<string, unknown[]>> {
  const rows = await transaction.query(
    `SELECT * FROM \`${list.table}\` WHERE \`recordId\` IN (${placeholders(owners.length)}) ORDER BY \`recordId\`, \`position\``,
    owners,
  );
  const itemOf = (row: Record<string, Cell>) =>
    list.bare ? row["toId"] : Object.fromEntries(list.members.map((member) => [member.key, fieldOf(member, row)]));
  return groupBy(rows, (row) => row["recordId"] as string, itemOf);
}

/** A table's rows to be inserted. */
export interface Rows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly cells: readonly (readonly Cell[])[];
}

/** The row of an image in its entity's table. */
export const entityRows = (entity: EntityModel, images: readonly Image[]): Rows => ({
  table: entity.table,
  columns: [...entity.stored.values()].flatMap(({ columns }) => columns),
  cells: images.map((image) => [...entity.stored.values()].flatMap((field) => toCells(field, image[field.key]))),
});

/** The rows of one of the lists of some images. */
export function listRows(list: StoredList, images: readonly Image[]): Rows {
  const constants = Object.entries(list.constants);
  return {
    table: list.table,
    columns: ["recordId", "position", ...constants.map(([column]) => column), ...[...list.members, ...list.carried].flatMap(({ columns }) => columns)],
    cells: images.flatMap((image) => {
      const carried = list.carried.flatMap((field) => toCells(field, image[field.key]));
      const cellsOf = (item: unknown) => [...constants.map(([, value]) => value), ...itemCells(list, item), ...carried];
      return (image[list.key] as unknown[]).map((item, position) => [image.id, position, ...cellsOf(item)]);
    }),
  };
}
const itemCells = (list: StoredList, item: unknown): Cell[] =>
  list.bare ? [item as string] : list.members.flatMap((member) => toCells(member, (item as Values)[member.key]));

/** As many cells as one INSERT carries, and rows: SQLite limits both. */
const MOST_CELLS = 20_000;
const MOST_ROWS = 400;

/** Inserts rows, many at a time. */
export async function insertRows(transaction: Transaction, { table, columns, cells }: Rows): Promise<void> {
  const step = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_CELLS / columns.length)));
  for (let from = 0; from < cells.length; from += step) {
    const some = cells.slice(from, from + step);
    const row = `(${placeholders(columns.length)})`;
    await transaction.execute(
      `INSERT INTO \`${table}\` (${columns.map((column) => `\`${column}\``).join(", ")}) VALUES ${some.map(() => row).join(", ")}`,
      some.flat(),
    );
  }
}

/** The stored keys, lists included, in which two images differ; `version` and `updatedAt` do not count. */
export function changedKeys(entity: EntityModel, before: Image, after: Image): string[] {
  const stored = [...entity.stored.values()]
    .filter((field) => !BOOKKEEPING.has(field.key) && !sameCells(field, before[field.key], after[field.key]))
    .map(({ key }) => key);
  const lists = [...entity.lists.values()].filter((list) => !sameList(list, before, after)).map(({ key }) => key);
  return [...stored, ...lists];
}
const BOOKKEEPING = new Set(["version", "updatedAt"]);
const sameCells = (field: StoredField, before: unknown, after: unknown): boolean =>
  JSON.stringify(toCells(field, before)) === JSON.stringify(toCells(field, after));
export const sameList = (list: StoredList, before: Image, after: Image): boolean =>
  JSON.stringify(listRows(list, [before]).cells) === JSON.stringify(listRows(list, [after]).cells);
