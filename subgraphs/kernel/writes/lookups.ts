/** Finding stored records by what other systems, or people, call them: committed rows, many at a time, for imports. */
import type { Database } from "../database/database.js";
import { EXTERNAL_IDS } from "../database/migration.js";
import { fromCells } from "../database/values.js";
import { groupBy } from "../groups.js";
import type { EntityModel, StoredField, StoredList } from "../model.js";
import { placeholders } from "../reads/conditions.js";
import type { Image } from "./inputs.js";

/** Whole images of the records that `system` calls by one of `externalIds`, by external id. One statement, and one for each list of the type. */
export async function findImages(database: Database, entity: EntityModel, system: string, externalIds: readonly string[]): Promise<Map<string, Image>> {
  const fields = [...entity.stored.values()];
  const rows = await database.read(`SELECT x.\`externalId\`, ${columnsOf(fields, "t")} FROM ${byExternalId(entity, externalIds)}`, [
    entity.type,
    system,
    ...externalIds,
  ]);
  const images = new Map(rows.map((row) => [row[0] as string, decode(fields, row, 1) as Image]));
  for (const list of entity.lists.values()) {
    const items = await itemsOf(
      database,
      list,
      [...images.values()].map(({ id }) => id),
    );
    for (const image of images.values()) image[list.key] = items.get(image.id) ?? [];
  }
  return images;
}

/** The ids of the records that `system` calls by one of `externalIds`, by external id. */
export async function findIds(database: Database, entity: EntityModel, system: string, externalIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await database.read(`SELECT x.\`externalId\`, t.\`id\` FROM ${byExternalId(entity, externalIds)}`, [entity.type, system, ...externalIds]);
  return new Map(rows as [string, string][]);
}

/** The ids of the records with one of `codes`, by code. */
export async function findIdsByCode(database: Database, entity: EntityModel, codes: readonly string[]): Promise<Map<string, string>> {
  const rows = await database.read(`SELECT \`code\`, \`id\` FROM \`${entity.table}\` WHERE \`code\` IN (${placeholders(codes.length)})`, codes);
  return new Map(rows as [string, string][]);
}

const byExternalId = (entity: EntityModel, externalIds: readonly string[]): string =>
  `\`${EXTERNAL_IDS.table}\` x JOIN \`${entity.table}\` t ON t.\`id\` = x.\`recordId\` WHERE x.\`type\` = ? AND x.\`system\` = ? AND x.\`externalId\` IN (${placeholders(externalIds.length)})`;

async function itemsOf(database: Database, list: StoredList, records: readonly string[]): Promise<Map<string, unknown[]>> {
  if (records.length === 0) return new Map();
  const rows = await database.read(
    `SELECT l.\`recordId\`, ${columnsOf(list.members, "l")} FROM \`${list.table}\` l WHERE l.\`recordId\` IN (${placeholders(records.length)}) ORDER BY l.\`recordId\`, l.\`position\``,
    records,
  );
  return groupBy(
    rows,
    (row) => row[0] as string,
    (row) => (list.bare ? row[1] : decode(list.members, row, 1)),
  );
}

const columnsOf = (fields: readonly StoredField[], alias: string): string =>
  fields.flatMap(({ columns }) => columns.map((column) => `${alias}.\`${column}\``)).join(", ");

function decode(fields: readonly StoredField[], cells: readonly unknown[], from: number): Record<string, unknown> {
  let offset = from;
  return Object.fromEntries(
    fields.map((field) => {
      const value = fromCells(field, cells, offset);
      offset += field.columns.length;
      return [field.key, value];
    }),
  );
}
