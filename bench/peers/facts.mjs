/** What is stored of a new customer, whoever writes it: the row, its first version and the ledger's entry, whose hash covers the one before. `npm run verify -- --records` finds all of them in order. */
import { createHash, randomBytes } from "node:crypto";

/** What `to_seq` of a version says that is still true. */
const OPEN_SEQ = 9_007_199_254_740_991;
const ENTRY = ["seq", "at", "by", "request", "type", "entityId", "version", "operation", "before", "after"];

/** Grows with time, as ours do. */
const createId = () => `cus_${Date.now().toString(32).toUpperCase().padStart(10, "0")}${randomBytes(8).toString("hex").toUpperCase()}`;

/** The whole record, in the order in which the ledger has it. */
export function newCustomer({ code, name, kind, industry, externalIds = [] }) {
  const now = new Date().toISOString();
  return {
    id: createId(),
    version: 1,
    createdAt: now,
    updatedAt: now,
    findings: [],
    code,
    verifiedOn: null,
    name,
    kind,
    lifecycle: "PROSPECT",
    segment: "STANDARD",
    segmentReason: null,
    industry,
    description: null,
    strategy: null,
    revenue: [],
    verifiedById: null,
    parentId: null,
    externalIds,
  };
}

/** Its row: an empty list is null, and keys have a table of their own. */
export function customerRow(record) {
  const row = { ...record, findings: null, revenue: null };
  delete row.externalIds;
  return row;
}

/** Its first version, in the era that the head of the ledger names. */
export const versionRow = (record, head, seq) => ({
  era: JSON.parse(head.eras ?? "{}").customer_version ?? 0,
  ...customerRow(record),
  from_seq: seq,
  to_seq: OPEN_SEQ,
});

/** The entry that follows the head; nothing is earlier than what was filed before. `act` is whose and what it was. */
export function entryRow(record, head, act) {
  const at = head.at < record.createdAt ? record.createdAt : head.at;
  const entry = {
    seq: Number(head.seq) + 1,
    at,
    by: act.by,
    request: act.request ?? `new-${record.code}`,
    type: "Customer",
    entityId: record.id,
    version: 1,
    operation: act.operation ?? "create",
    before: null,
    after: JSON.stringify(record),
  };
  const cells = [head.hash, ...ENTRY.map((column) => entry[column])];
  return { ...entry, hash: createHash("sha256").update(JSON.stringify(cells)).digest("hex") };
}
