/** A record's history: the ledger's entries about it, newest first, top-N for many records in one statement. */
import type { Rights } from "../../../transport/access/policy.js";
import type { EntityModel } from "../model.js";
import type { Statement } from "./statements.js";
import { groupBy } from "../groups.js";
import { placeholders } from "./conditions.js";
import { showMoney } from "../decimals.js";
import type { MoneyValue } from "../declare.js";
import { badInput } from "../errors.js";
import { ENTRY_SELECTION } from "../database/chain.js";
import { entryOf } from "../writes/ledger.js";

/** One change as the graph shows it. */
export interface Change {
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly request: string;
  readonly operation: string;
  readonly version: number;
  readonly fields: readonly { field: string; from: unknown; to: unknown }[];
}
export interface HistoryArguments {
  readonly first: number;
  readonly after: string | null;
}

/** Up to `first + 1` changes of each record. */
export function selectHistory(ids: readonly string[], { first, after }: HistoryArguments): Statement<Map<string, Change[]>> {
  const before = after === null ? "" : " AND `seq` < ?";
  const numbered = `SELECT ${ENTRY_SELECTION}, ROW_NUMBER() OVER (PARTITION BY \`entityId\` ORDER BY \`seq\` DESC) AS place FROM \`change\` c WHERE \`entityId\` IN (${placeholders(ids.length)})${before}`;
  return {
    sql: `SELECT ${ENTRY_SELECTION} FROM (${numbered}) page WHERE place <= ? ORDER BY \`entityId\`, place`,
    cells: [...ids, ...(after === null ? [] : [readSeq(after)]), first + 1],
    decode: (rows) => groupBy(rows, (row) => row[5] as string, changeOf),
  };
}
export function countHistory(ids: readonly string[]): Statement<Map<string, number>> {
  return {
    sql: `SELECT \`entityId\`, COUNT(*) FROM \`change\` c WHERE \`entityId\` IN (${placeholders(ids.length)}) GROUP BY \`entityId\``,
    cells: ids,
    decode: (rows) => new Map(rows.map((row) => [row[0] as string, Number(row[1])])),
  };
}

export const historyCursor = (change: Change): string => Buffer.from(`seq ${change.seq}`).toString("base64url");
function readSeq(cursor: string): number {
  const match = /^seq (\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!match) throw badInput("after is not a cursor of a history; pass an endCursor it answered.");
  return Number(match[1]);
}

const NOT_SHOWN = new Set(["id", "version", "createdAt", "updatedAt"]);

function changeOf(row: readonly unknown[]): Change {
  const { before, after, ...entry } = entryOf(row);
  return { ...entry, fields: fieldChanges(before, after) };
}

export type FieldChanges = Change["fields"];

/** Those changes whose fields may be read. Images name fields by their keys; what no field is known for is not shown. */
export function readableChanges(entity: EntityModel | undefined, changes: FieldChanges, rights: Rights): FieldChanges {
  if (rights.isWhole) return changes;
  return changes.filter(({ field: key }) => {
    const field = entity?.stored.get(key)?.field ?? [...(entity?.lists.values() ?? [])].find((list) => list.key === key)?.field;
    return entity !== undefined && field !== undefined && rights.mayRead(entity.type, field);
  });
}

type Image = Readonly<Record<string, unknown>> | null;

/** The stored fields in which two images of a record differ; null is before the first and after the last. */
export function fieldChanges(before: Image, after: Image): FieldChanges {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter((name) => !NOT_SHOWN.has(name));
  const fields = names.map((field) => ({ field, from: shown(before?.[field]), to: shown(after?.[field]) }));
  return fields.filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}
/** Empty lists say nothing; amounts are shown in units of their currency. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(shown);
  if (typeof value !== "object" || value === null) return value ?? null;
  const { minor, currency } = value as Partial<MoneyValue>;
  if (typeof minor === "number" && typeof currency === "string") return showMoney({ minor, currency });
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}
