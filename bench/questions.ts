/** What is asked in measurements: the operations of `operations/`, each with many variables in turn, and questions of schema/operations. */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import mysql from "mysql2/promise";

export const OPERATIONS = ["Q1", "Q2", "Q3", "Q4"] as const;
export type OperationName = (typeof OPERATIONS)[number];
export const isOperationName = (name: string): name is OperationName => (OPERATIONS as readonly string[]).includes(name);

/** Different variables that each operation is asked with, in turn: more than there are connections, so that nobody asks what another is being answered. */
const TURNS = 200;

/** The codes that each operation is asked with, of the portfolios at a URL that holds {portfolio}. */
export async function readCodes(url: string): Promise<Readonly<Record<OperationName, string[]>>> {
  const end = url.lastIndexOf("/");
  const connection = await mysql.createConnection({ uri: url.slice(0, end), rowsAsArray: true });
  const tableOf = (portfolio: string, table: string) => `${url.slice(end + 1).replace("{portfolio}", portfolio)}.${table}`;
  const [customer, agreement, parties] = [tableOf("customer", "customer"), tableOf("agreement", "agreement"), tableOf("agreement", "agreement_parties")];
  const codes = async (table: string) => ((await connection.query(`SELECT code FROM ${table} ORDER BY code`))[0] as string[][]).map(([code]) => code!);
  const [customers, agreements] = [await codes(customer), await codes(agreement)];
  const busy = await codes(`${customer} JOIN (SELECT partyId FROM ${parties} GROUP BY partyId HAVING COUNT(*) >= 5) busy ON partyId = id`);
  await connection.end();
  const spread = (all: string[], count: number, page: number) =>
    Array.from({ length: count }, (_, i) => all[Math.floor((i * Math.max(1, all.length - page)) / count)]!);
  return {
    Q1: spread(busy, TURNS, 0),
    Q2: spread(customers, TURNS, 50),
    Q3: spread(customers, TURNS, 0),
    Q4: spread(agreements, TURNS, 500),
  };
}

/** The bodies of an operation's requests, one for each code; `dialect` is the folder of another server's texts. */
export function bodiesOf(name: OperationName, codes: readonly string[], dialect = ""): string[] {
  const query = readFileSync(path.join(import.meta.dirname, "operations", dialect, `${name}.graphql`), "utf8");
  const operationName = /query (\w+)/.exec(query)![1];
  return codes.map((code) => JSON.stringify({ query, operationName, variables: { code } }));
}

const folder = path.join(import.meta.dirname, "../schema/operations");
/** A question of the schema's, by its number, with the variables that it comes with. */
export function bodyOf(number: string): string {
  const file = readdirSync(folder).find((name) => name.startsWith(`${number}-`));
  if (file === undefined) throw new Error(`No operation is called ${number}; there are ${OPERATIONS.join(", ")} and the numbers of schema/operations`);
  const query = readFileSync(path.join(folder, file), "utf8");
  return JSON.stringify({ query, variables: JSON.parse(/^# variables: (.*)$/m.exec(query)![1]!) as unknown });
}

/** The numbers of the schema's questions. */
export const listNumbers = (): string[] => readdirSync(folder).flatMap((name) => /^(\d+)-/.exec(name)?.[1] ?? []);
