/** A new customer as statements written by hand, in one transaction. Nothing is checked but what the database checks: a code that is taken. */
import { customerRow, entryRow, newCustomer, versionRow } from "./facts.mjs";

const insert = (connection, table, row) => connection.query(`INSERT INTO customer.${table} (??) VALUES (?)`, [Object.keys(row), Object.values(row)]);

export async function createCustomer(pool, input) {
  const record = newCustomer(input);
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    await insert(connection, "customer", customerRow(record));
    const [[[seq, at, hash, eras]]] = await connection.query("SELECT seq, at, hash, eras FROM customer.ledger_head WHERE id = 1 FOR UPDATE");
    const head = { seq, at, hash, eras };
    const entry = entryRow(record, head, { by: "floor" });
    await connection.query("UPDATE customer.ledger_head SET seq = ?, at = ?, hash = ? WHERE id = 1", [entry.seq, entry.at, entry.hash]);
    await insert(connection, "`change`", entry);
    await insert(connection, "customer_version", versionRow(record, head, entry.seq));
    await connection.commit();
    return record;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}
