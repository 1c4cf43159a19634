import type { Database } from "../../subgraphs/kernel/database/database.js";

/** What `act` answers, and the statements that a database is sent meanwhile, other than those of its transactions. */
export async function watchStatements<T>(database: Database, act: () => Promise<T>): Promise<{ readonly answer: T; readonly statements: readonly string[] }> {
  const statements: string[] = [];
  database.onStatement = (sql) => void statements.push(sql);
  try {
    return { answer: await act(), statements };
  } finally {
    database.onStatement = null;
  }
}

/** How many statements a database is sent while `act` is under way, other than those of its transactions. */
export const countStatements = async (database: Database, act: () => Promise<unknown>): Promise<number> =>
  (await watchStatements(database, act)).statements.length;

/** How a database would carry a statement out, a line for each step; the cells of its question marks are written into it. */
export async function explainPlan(database: Database, statement: string, cells: readonly string[]): Promise<string[]> {
  let cell = 0;
  const sql = statement.replaceAll("?", () => cells[cell++]!);
  const plan = await database.read(`EXPLAIN ${database.dialect === "sqlite" ? "QUERY PLAN " : ""}${sql}`, []);
  return plan.map((row) => row.join(" "));
}
