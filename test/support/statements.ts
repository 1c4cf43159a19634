import type { Database } from "../../subgraphs/kernel/database/database.js";

/** How many statements a database is sent while `act` is under way, other than those of its transactions. */
export async function countStatements(database: Database, act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  database.onStatement = () => void count++;
  try {
    await act();
    return count;
  } finally {
    database.onStatement = null;
  }
}
