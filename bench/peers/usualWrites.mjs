/** A new customer by TypeORM, in one transaction, with its version and the ledger's entry. Nothing is checked but what the schema and the database check. */
import { customerRow, entryRow, newCustomer, versionRow } from "./facts.mjs";

export const createCustomer = (source, input) =>
  source.transaction(async (manager) => {
    const record = newCustomer(input);
    await manager.save("Customer", customerRow(record));
    const head = await manager.findOne("LedgerHead", { where: { id: 1 }, lock: { mode: "pessimistic_write" } });
    const entry = entryRow(record, head, { by: "usual" });
    await manager.save("Change", entry);
    await manager.save("CustomerVersion", versionRow(record, head, entry.seq));
    await manager.update("LedgerHead", { id: 1 }, { seq: entry.seq, at: entry.at, hash: entry.hash });
    return record;
  });
