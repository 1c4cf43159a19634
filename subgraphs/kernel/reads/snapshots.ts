/** Where SELECTs on records are sent: to the records as they are, or as they were at a moment. */
import { setImmediate as turn } from "node:timers/promises";
import { GraphQLError } from "graphql";
import type { CallContext } from "../../../transport/subgraph.js";
import type { Database } from "../database/database.js";
import type { Cell } from "../database/values.js";
import { type Moment, findMoment } from "./moments.js";

/** Rows that one request may have read of a portfolio: more would hold the event loop, and fill the memory, of whoever answers them. */
const MOST_ROWS = 100_000;
/**
 * Statements of one request after which others have a turn: on SQLite each holds the event loop. Counted, not timed, so that what is asked together does not
 * depend on how busy the machine is.
 */
const IN_ONE_TURN = 12;

/** The committed state that one request reads: of now, or of a moment. */
export class Snapshot {
  private moment: Promise<Moment> | undefined;
  private rows = 0;
  private statements = 0;

  constructor(
    private readonly database: Database,
    private readonly call: CallContext,
    private readonly most = MOST_ROWS,
  ) {}

  /** Throws a GraphQLError, OPERATION_TOO_LARGE, where the request has read more rows than it may. */
  async read(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    if (this.rows > this.most) throw tooLarge(this.most);
    if (++this.statements % IN_ONE_TURN === 0) await turn();
    const text = sql.endsWith(" LIMIT ?") ? sql : `${sql} LIMIT ${this.most + 1}`;
    const rows = await this.send(text, cells);
    if ((this.rows += rows.length) > this.most) throw tooLarge(this.most);
    return rows;
  }

  private async send(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    const { asOf } = this.call;
    if (asOf === undefined) return this.database.read(sql, cells, this.call);
    this.moment ??= findMoment(this.database, asOf);
    return this.database.read(asOfMoment(sql, await this.moment), cells, this.call);
  }
}

const tooLarge = (most: number): GraphQLError =>
  new GraphQLError(`The operation reads more than ${most} rows of one portfolio; ask for smaller pages, or in several requests.`, {
    extensions: { code: "OPERATION_TOO_LARGE" },
  });

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
