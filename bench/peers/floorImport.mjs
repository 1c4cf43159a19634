/** `node floorImport.mjs FILE`: customers of a CSV file as statements written by hand, 500 in a transaction, with their keys, versions and entries in the ledger. Nothing is looked up or checked. */
import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import mysql from "mysql2/promise";
import { customerRow, entryRow, newCustomer, versionRow } from "./facts.mjs";

const BATCH = 500;
const act = { by: "floor", request: `floor-${Date.now()}`, operation: "import" };
const connection = await mysql.createConnection({ uri: process.env.DATABASE_URL.replace("{portfolio}", "customer"), charset: "utf8mb4" });
const insert = (table, rows) => connection.query(`INSERT INTO ${table} (??) VALUES ?`, [Object.keys(rows[0]), rows.map((row) => Object.values(row))]);
const keyRow = ({ id, externalIds: [key] }) => ({ recordId: id, position: 0, type: "Customer", system: key.system, externalId: key.id });

async function write(records) {
  await connection.beginTransaction();
  await insert("customer", records.map(customerRow));
  await insert("external_id", records.map(keyRow));
  const [[before]] = await connection.query("SELECT seq, at, hash, eras FROM ledger_head WHERE id = 1 FOR UPDATE");
  const entries = [];
  let head = before;
  for (const record of records) entries.push((head = entryRow(record, head, act)));
  await connection.query("UPDATE ledger_head SET seq = ?, at = ?, hash = ? WHERE id = 1", [head.seq, head.at, head.hash]);
  await insert("`change`", entries);
  await insert(
    "customer_version",
    records.map((record, i) => versionRow(record, before, entries[i].seq)),
  );
  const { era, to_seq } = versionRow(records[0], before, 0);
  await insert(
    "external_id_version",
    records.map((record, i) => ({ era, ...keyRow(record), from_seq: entries[i].seq, to_seq })),
  );
  await connection.commit();
}

let batch = [];
for await (const { number, name, industry } of createReadStream(process.argv[2]).pipe(parse({ columns: true }))) {
  batch.push(newCustomer({ code: number, name, kind: "EXTERNAL", industry, externalIds: [{ system: "bench", id: number }] }));
  if (batch.length < BATCH) continue;
  await write(batch);
  batch = [];
}
if (batch.length > 0) await write(batch);
await connection.end();
