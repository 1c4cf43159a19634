/** Where SELECTs on records are sent: to the records as they are, or as they were at a moment. */
import type { CallContext } from "../../../transport/subgraph.js";
import type { Database } from "../database/database.js";
import type { Cell } from "../database/values.js";
import { type Moment, findMoment } from "./moments.js";

/** The committed state that one request reads: of now, or of a moment. */
export class Snapshot {
  private moment: Promise<Moment> | undefined;

  constructor(
    private readonly database: Database,
    private readonly call: CallContext,
  ) {}

  async read(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    const { asOf } = this.call;
    if (asOf === undefined) return this.database.read(sql, cells, this.call);
    this.moment ??= findMoment(this.database, asOf);
    return this.database.read(asOfMoment(sql, await this.moment), cells, this.call);
  }
}

const TABLE = /\b(FROM|JOIN) `(\w+)` (?!WHERE|ON|ORDER|GROUP|LIMIT)(\w+)/g;
const ANY_TABLE = /\b(?:FROM|JOIN) `/g;

/** The statement on the records as they were then: each table gives way to the versions that held, of the one era that has them. */
function asOfMoment(sql: string, { seq, eras }: Moment): string {
  let tables = 0;
  const text = sql.replaceAll(TABLE, (_, word: string, table: string, alias: string) => {
    tables++;
    const twin = `${table}_version`;
    const held = `\`${twin}\` WHERE \`era\` = ${eras.get(twin) ?? 0} AND \`from_seq\` <= ${seq} AND \`to_seq\` > ${seq}`;
    return `${word} (SELECT * FROM ${table === "change" ? `\`change\` WHERE \`seq\` <= ${seq}` : held}) ${alias}`;
  });
  // A table that is not renamed would answer what is true now.
  if (tables !== sql.match(ANY_TABLE)?.length) throw new Error(`a table without an alias: ${sql}`);
  return text;
}
