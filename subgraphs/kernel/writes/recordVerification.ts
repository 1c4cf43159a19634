/** Verifies that records are what the ledger says of them: each is its newest entry's image, and none is there without one. */
import type { Database, Transaction } from "../database/database.js";
import { LOCK_THE_LEDGER } from "../database/migration.js";
import { groupBy } from "../groups.js";
import type { EntityModel, Model } from "../model.js";
import { placeholders } from "../reads/conditions.js";
import { changedKeys, readImages } from "./images.js";
import type { Image } from "./inputs.js";

/** A record that is not what the ledger says. */
export interface RecordFault {
  readonly type: string;
  readonly id: string;
  readonly what: "edited" | "missing" | "inserted";
  /** What is seen. */
  readonly message: string;
}

/** The newest entry about a record. */
interface Newest {
  readonly seq: number;
  readonly id: string;
  readonly after: Image | null;
}

const PAGE = 500;

/** Compares all records with the ledger; answers how many and the first that differs. May run beside writers, who wait for a page (500 records) at most. */
export async function verifyRecords(database: Database, model: Model): Promise<{ records: number; fault: RecordFault | null }> {
  let records = 0;
  for (let last: string | null = ""; last !== null;) {
    const after: string = last;
    const page = await database.transaction(async (transaction) => {
      await transaction.execute(LOCK_THE_LEDGER, []);
      return comparePage(transaction, model, after);
    });
    records += page.records;
    if (page.fault) return { records, fault: page.fault };
    last = page.last;
  }
  for (const entity of model.entities.values()) {
    const unfiled = `NOT EXISTS (SELECT 1 FROM \`change\` c WHERE c.\`entityId\` = t.\`id\`)`;
    const [row] = await database.read(`SELECT t.\`id\` FROM \`${entity.table}\` t WHERE ${unfiled} ORDER BY t.\`id\` LIMIT 1`, []);
    if (row) return { records, fault: { type: entity.type, id: row[0] as string, what: "inserted", message: "the ledger has no entry of it" } };
  }
  return { records, fault: null };
}

/** Compares the records of the ids that follow `after`; `last` is the last of them, null when there are no more. */
async function comparePage(
  transaction: Transaction,
  model: Model,
  after: string,
): Promise<{ records: number; last: string | null; fault: RecordFault | null }> {
  const newest = "SELECT `entityId`, MAX(`seq`) AS `seq` FROM `change` WHERE `entityId` > ? GROUP BY `entityId` ORDER BY `entityId` LIMIT ?";
  const rows = await transaction.query(
    `SELECT c.\`seq\`, c.\`type\`, c.\`entityId\`, c.\`after\` FROM (${newest}) n JOIN \`change\` c ON c.\`seq\` = n.\`seq\` ORDER BY c.\`entityId\``,
    [after, PAGE],
  );
  const byType = groupBy(
    rows,
    (row) => row["type"] as string,
    (row): Newest => ({
      seq: Number(row["seq"]),
      id: row["entityId"] as string,
      after: row["after"] === null ? null : (JSON.parse(row["after"] as string) as Image),
    }),
  );
  const last = rows.length < PAGE ? null : (rows.at(-1)!["entityId"] as string);
  let records = 0;
  for (const [type, entries] of byType) {
    const entity = model.entities.get(type);
    if (!entity) continue;
    const ids = entries.map(({ id }) => id);
    const stored = await readImages(transaction, entity, `t.\`id\` IN (${placeholders(ids.length)})`, ids, null);
    const images = new Map(stored.map((image) => [image.id, image]));
    records += images.size;
    for (const entry of entries) {
      const fault = compare(entity, entry, images.get(entry.id));
      if (fault) return { records, last, fault };
    }
  }
  return { records, last, fault: null };
}

function compare(entity: EntityModel, { seq, id, after }: Newest, image: Image | undefined): RecordFault | null {
  const found = (what: RecordFault["what"], message: string): RecordFault => ({ type: entity.type, id, what, message });
  if (!after) return image ? found("inserted", `entry ${seq} deleted it`) : null;
  if (!image) return found("missing", `entry ${seq} left it there`);
  const filed = completed(entity, after);
  const keys = [...changedKeys(entity, filed, image), ...(["version", "updatedAt"] as const).filter((key) => filed[key] !== image[key])];
  return keys.length > 0 ? found("edited", `${keys.join(", ")} ${keys.length === 1 ? "is" : "are"} not as entry ${seq} left it`) : null;
}

/** An image that was filed before lists of today came about has none of them. */
const completed = (entity: EntityModel, image: Image): Image => ({ ...Object.fromEntries([...entity.lists.keys()].map((key) => [key, []])), ...image });
