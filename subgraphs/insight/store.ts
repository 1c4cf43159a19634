/** Insight's own database: the current state of all portfolios, and how far each ledger has been read. It can be dropped at any time. */
import { createHash } from "node:crypto";
import type { LedgerEntry } from "../../transport/subgraph.js";
import type { Database, Transaction } from "../kernel/database/database.js";
import { EXTERNAL_IDS, type Migration, type TableShape, entityShapes, listShapes, sequence } from "../kernel/database/migration.js";
import { openDatabase } from "../kernel/database/open.js";
import { columnsOf, entityColumns } from "../kernel/database/tables.js";
import { choice, dateTime } from "../kernel/declare.js";
import { groupBy } from "../kernel/groups.js";
import { prefixOf } from "../kernel/ids.js";
import { type EntityModel, type Model, entityOf } from "../kernel/model.js";
import type { Portfolio } from "../kernel/portfolio.js";
import { placeholders } from "../kernel/reads/conditions.js";
import type { DatabaseSettings } from "../kernel/settings.js";
import { entityRows, insertRows, listRows } from "../kernel/writes/images.js";
import type { Image } from "../kernel/writes/inputs.js";

const POSITION: TableShape = {
  name: "position",
  columns: { portfolio: choice(), seq: sequence(), at: dateTime() },
  key: ["portfolio"],
  unique: [],
  indices: [],
};
const LOCK = "UPDATE `position` SET `seq` = `seq`";

/** How far a portfolio's ledger has been read, and when that entry was filed. */
export interface Position {
  readonly seq: number;
  readonly at: string;
}

export class Store {
  constructor(
    private readonly model: Model,
    readonly database: Database,
    /** The entity types of a portfolio. */
    private readonly typesOf: (portfolio: string) => readonly string[],
  ) {}

  /** How far each portfolio has been read. */
  async positions(): Promise<Map<string, Position>> {
    const rows = await this.database.read("SELECT `portfolio`, `seq`, `at` FROM `position`", []);
    return new Map(rows.map(([portfolio, seq, at]) => [portfolio as string, { seq: Number(seq), at: at as string }]));
  }

  /**
   * Applies a ledger's entries that follow `from`, all or nothing; false when somebody else has read on from there meanwhile.
   * Of several entries about a record only the last matters.
   */
  async apply(portfolio: string, from: number, entries: readonly LedgerEntry[]): Promise<boolean> {
    const last = entries.at(-1)!;
    const latest = new Map(entries.map((entry) => [entry.id, entry]));
    return this.database.transaction(async (transaction) => {
      const sql = "UPDATE `position` SET `seq` = ?, `at` = ? WHERE `portfolio` = ? AND `seq` = ?";
      if ((await transaction.execute(sql, [last.seq, last.at, portfolio, from])) !== 1) return false;
      for (const [type, some] of groupBy(latest.values(), (entry) => entry.type)) await this.replace(transaction, entityOf(this.model, type), some);
      return true;
    });
  }

  /** Whether an entry is about a record of that portfolio, as this store keeps it. */
  keeps(portfolio: string, { type, id, after }: LedgerEntry): boolean {
    return this.typesOf(portfolio).includes(type) && prefixOf(id) === entityOf(this.model, type).prefix && (after === null || after["id"] === id);
  }

  /** Drops all that is known of a portfolio, to be read anew; false when somebody else has read on from `from` meanwhile. */
  async forget(portfolio: string, from: number): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      if ((await transaction.execute("UPDATE `position` SET `seq` = 0 WHERE `portfolio` = ? AND `seq` = ?", [portfolio, from])) !== 1) return false;
      for (const type of this.typesOf(portfolio)) {
        const { table, lists, prefix } = entityOf(this.model, type);
        await transaction.execute(`DELETE FROM \`${table}\``, []);
        for (const list of lists.values()) await transaction.execute(`DELETE FROM \`${list.table}\` WHERE substr(\`recordId\`, 1, 4) = ?`, [`${prefix}_`]);
      }
      return true;
    });
  }

  private async replace(transaction: Transaction, entity: EntityModel, entries: readonly LedgerEntry[]): Promise<void> {
    const known = entries.filter(({ before, version }) => before !== null || version > 1).map(({ id }) => id);
    const images = entries.flatMap(({ after }) => (after ? [after as Image] : []));
    if (known.length > 0) {
      await transaction.execute(`DELETE FROM \`${entity.table}\` WHERE \`id\` IN (${placeholders(known.length)})`, known);
      for (const list of entity.lists.values())
        await transaction.execute(`DELETE FROM \`${list.table}\` WHERE \`recordId\` IN (${placeholders(known.length)})`, known);
    }
    await insertRows(transaction, entityRows(entity, images));
    for (const list of entity.lists.values()) await insertRows(transaction, listRows(list, images));
  }
}

/** Opens insight's database. `portfolios` are those it follows. One made for other tables is emptied, to be read anew. */
export async function openStore(model: Model, portfolios: readonly Portfolio[], settings: DatabaseSettings): Promise<Store> {
  const shapes = shapesOf(model);
  const names = portfolios.map(({ name }) => name);
  const database = await openDatabase({ name: "insight", shapes, migrations: [creation(shapes, names)], lock: LOCK }, settings);
  return new Store(model, database, (portfolio) => Object.keys(portfolios.find(({ name }) => name === portfolio)!.entities));
}

/** The tables without their twins: history stays with the owners. */
function shapesOf(model: Model): TableShape[] {
  const current = (shapes: readonly TableShape[]) => shapes.slice(0, 1);
  const entities = [...model.entities.values()];
  const lists = entities.flatMap(({ lists }) => [...lists.values()]).filter(({ table }) => table !== EXTERNAL_IDS.table);
  return [
    POSITION,
    ...current(listShapes(EXTERNAL_IDS.table, EXTERNAL_IDS.columns, EXTERNAL_IDS.unique)),
    ...entities.flatMap((entity) => current(entityShapes(entity.table, entityColumns(entity)))),
    ...lists.flatMap((list) => current(listShapes(list.table, columnsOf(list.members), [], { carried: columnsOf(list.carried) }))),
  ];
}

/** One migration whose name is a digest of the tables: other tables, another migration, which drops all there was. */
function creation(shapes: readonly TableShape[], portfolios: readonly string[]): Migration {
  const digest = createHash("sha256")
    .update(JSON.stringify([shapes, portfolios]))
    .digest("hex")
    .slice(0, 16);
  return {
    name: `readModel_${digest}_1763856000000`,
    up: async (schema) => {
      await schema.dropAll(["migration"]);
      await schema.create(shapes);
      for (const portfolio of portfolios) await schema.insert("position", { portfolio, seq: 0, at: "1970-01-01T00:00:00.000Z" });
    },
  };
}
