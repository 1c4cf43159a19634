/** The mutation of `operations/`: a new customer, asked for again and again, each with a code of its own, and whether all of them are there. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import mysql from "mysql2/promise";
import type { Question } from "./peers/load.js";

export const MUTATION = "M1";
const root = path.join(import.meta.dirname, "..");

/** New customers whose codes begin alike. */
export class Creations {
  private made = 0;
  private readonly query = readFileSync(path.join(import.meta.dirname, "operations", `${MUTATION}.graphql`), "utf8");

  constructor(private readonly prefix: string) {}

  /** The next one, which is asked for as soon as it is taken. */
  readonly next = (): Question => this.questionOf(`${this.prefix}${this.made++}`);

  /** Bytes of an answer's data, of a code of six digits. */
  get size(): number {
    return this.questionOf(`${this.prefix}123456`).expected.length;
  }

  private questionOf(code: string): Question {
    const customer = { code, name: `Customer ${code}`, industry: "Hospitals", version: 1 };
    const body = JSON.stringify({ query: this.query, operationName: "NewCustomer", variables: { code, name: customer.name } });
    return { body, expected: Buffer.from(JSON.stringify({ createCustomer: { customer } })) };
  }

  /** Throws unless each that was asked for is in the database at `url`: the record, its version, its entry in the ledger. */
  async check(url: string): Promise<void> {
    const connection = await mysql.createConnection({ uri: url.replace("{portfolio}", "customer"), rowsAsArray: true });
    const [rows] = await connection.query(
      `SELECT COUNT(DISTINCT c.id) FROM customer c
       JOIN \`change\` l ON l.entityId = c.id AND l.version = c.version AND l.operation = 'create'
       JOIN customer_version v ON v.id = c.id AND v.code = c.code AND v.from_seq = l.seq AND v.to_seq > l.seq
       WHERE c.code LIKE ? AND c.name = CONCAT('Customer ', c.code) AND c.industry = 'Hospitals'`,
      [`${this.prefix}%`],
    );
    await connection.end();
    const found = Number((rows as unknown[][])[0]![0]);
    if (found !== this.made) throw new Error(`${this.made} customers ${this.prefix}… were answered, ${found} are written`);
  }
}

/** Throws unless the ledger that all of them wrote is one chain, and every record what its entry says. */
export async function verifyCustomers(url: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, "dist/start/verify.js"), "customer", "--records"], {
    env: { ...process.env, DATABASE_URL: url },
  });
  console.log(stdout.trim());
}
