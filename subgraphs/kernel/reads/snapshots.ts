/** Where SELECTs on records are sent: to the records as they are, or as they were at a moment. */
import { GraphQLError } from "graphql";
import type { CallContext } from "../../../transport/subgraph.js";
import { takeTurn } from "../../../transport/turns.js";
import type { Database } from "../database/database.js";
import type { Cell } from "../database/values.js";
import { type Moment, findMoment } from "./moments.js";

/** Rows that one request may have read of a portfolio: more would hold the event loop, and fill the memory, of whoever answers them. */
const MOST_ROWS = 100_000;
/** Statements of one request, and rows of them, after which others have a turn where each holds the event loop. */
const IN_ONE_TURN = { statements: 12, rows: 1_000 };
/** What asks about more than this is read aside: it takes longer than going there. */
const MOST_CELLS = 250;

/** The committed state that one request reads: of now, or of a moment. */
export class Snapshot {
  private moment: Promise<Moment> | undefined;
  private rows = 0;
  private sinceTurn = { statements: 0, rows: 0 };
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly call: CallContext,
    private readonly most = MOST_ROWS,
  ) {}

  /** Whether statements are answered one after the other, with turns for others in between: on SQLite, which reads in this very thread. */
  get isInTurns(): boolean {
    return this.database.dialect === "sqlite";
  }

  /** Throws a GraphQLError, OPERATION_TOO_LARGE, where the request has read more rows than it may. */
  read(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    if (!this.isInTurns) return this.readNow(sql, cells);
    const reading = this.last.then(() => this.readInTurn(sql, cells));
    this.last = reading.catch(() => undefined);
    return reading;
  }

  private async readInTurn(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    const rows = await this.readNow(sql, cells);
    this.sinceTurn.statements++;
    this.sinceTurn.rows += rows.length;
    if (this.sinceTurn.statements >= IN_ONE_TURN.statements || this.sinceTurn.rows >= IN_ONE_TURN.rows) {
      this.sinceTurn = { statements: 0, rows: 0 };
      await takeTurn();
    }
    return rows;
  }

  private async readNow(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    if (this.rows > this.most) throw tooLarge(this.most);
    const text = sql.endsWith(" LIMIT ?") ? sql : `${sql} LIMIT ${this.most + 1}`;
    const rows = await this.send(text, cells);
    if ((this.rows += rows.length) > this.most) throw tooLarge(this.most);
    return rows;
  }

  private async send(sql: string, cells: readonly Cell[]): Promise<unknown[][]> {
    const { asOf } = this.call;
    if (asOf !== undefined) this.moment ??= findMoment(this.database, asOf);
    const text = this.moment ? asOfMoment(sql, await this.moment) : sql;
    return cells.length > MOST_CELLS ? this.database.readAside(text, cells, this.call) : this.database.read(text, cells, this.call);
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
