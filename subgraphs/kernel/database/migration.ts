/** Migrations, written once for SQLite, MySQL and MariaDB in the words of `declare.ts`. */
import { type QueryRunner, Table, TableColumn, type TableColumnOptions, TableIndex } from "typeorm";
import { Column, type Columns, dateTime, integer, text, values } from "../declare.js";
import { columnType } from "./columnTypes.js";
import { ENTRY_SELECTION, FIRST_HASH, entryCells, hashOf } from "./chain.js";

export type Dialect = "sqlite" | "mysql" | "mariadb";

/** One step of a portfolio's schema. Never changed once released; one change each, since MySQL cannot roll a half one back. */
export interface Migration {
  /** Unique in its portfolio and ending in its time, epoch milliseconds: `createServicePortfolio1763856000000`. */
  readonly name: string;
  readonly up: (schema: SchemaChanges) => Promise<void>;
}

/** A link's column in a migration or table: an id that may be null. */
export const linkColumn = (nullable: boolean): Column<unknown> => new Column("id", { nullable, setter: "client" });

/** Makes a transaction of a portfolio wait for all others that write to it. */
export const LOCK_THE_LEDGER = "UPDATE `ledger_head` SET `seq` = `seq` WHERE `id` = 1";
/** How many entries a migration chains with one statement. */
const CHAINED_AT_ONCE = 500;

/** Marks a version row that is still the current one. */
export const OPEN_SEQ = Number.MAX_SAFE_INTEGER;

/** The columns each entity table begins and ends with. */
const ENTITY_COLUMNS: Columns = { version: integer(1), createdAt: dateTime(), updatedAt: dateTime(), findings: values() };

/** What a table looks like, before any dialect. Indices are lists of column names. */
export interface TableShape {
  readonly name: string;
  readonly columns: Columns;
  readonly key: readonly string[];
  readonly unique: readonly (readonly string[])[];
  readonly indices: readonly (readonly string[])[];
  /** Whether rows are to lie in the order of the key on SQLite too, as they do on the others. */
  readonly isClustered?: boolean;
}

/** Indices of a table beside those on each of its links: `pages` are added, `lookups` take the place of those on their first columns. Its twin has neither. */
interface MoreIndices {
  readonly pages?: readonly (readonly string[])[];
  readonly lookups?: readonly (readonly string[])[];
}

/** The table of an entity and its twin of versions. */
export function entityShapes(name: string, columns: Columns, { pages = [], lookups = [] }: MoreIndices = {}): TableShape[] {
  const all = flatten({ ...ENTITY_COLUMNS, ...columns });
  const own = Object.entries(all)
    .filter(([, column]) => column.kind === "id")
    .map(([column]) => [column]);
  const unique = Object.entries(all)
    .filter(([, column]) => column.options.unique)
    .map(([column]) => [column]);
  const table: TableShape = { name, columns: { id: linkColumn(false), ...all }, key: ["id"], unique, indices: own };
  // Of both MariaDB would take the shorter for more than 200 parents, and read all rows of each.
  const kept = own.filter(([column]) => !lookups.some(([first]) => first === column));
  return [{ ...table, indices: [...kept, ...pages, ...lookups] }, twinShape(table)];
}

/** The table of a list and its twin of versions. Its rows may carry links of the record, and have more indices with them, which the twin has not. */
export function listShapes(
  name: string,
  members: Columns,
  unique: readonly (readonly string[])[] = [],
  { carried = {}, pages = [] }: { readonly carried?: Columns } & Pick<MoreIndices, "pages"> = {},
): TableShape[] {
  const all = flatten(members);
  if ("recordId" in all || "position" in all) throw new Error(`${name}: a list's member cannot be called record or position`);
  const indices = Object.entries(all)
    .filter(([, column]) => column.kind === "id")
    .map(([column]) => [column]);
  const columns = { recordId: linkColumn(false), position: integer(), ...all, ...carried };
  const table: TableShape = { name, columns, key: ["recordId", "position"], unique, indices };
  return [{ ...table, indices: [...indices, ...pages] }, twinShape(table)];
}

/** A twin lies by eras, and so do its indices: what held at a moment is found within one, without reading the others. */
const twinShape = (table: TableShape): TableShape => ({
  name: `${table.name}_version`,
  columns: { era: integer(), ...table.columns, from_seq: sequence(), to_seq: sequence() },
  key: ["era", ...table.key, "from_seq"],
  unique: [],
  indices: [[], ...table.unique, ...table.indices].map(twinIndex),
  isClustered: true,
});
/** The index of a twin on what its table has one on; on nothing, it tells how many versions have ended. */
const twinIndex = (columns: readonly string[]): string[] => (columns.length === 0 ? ["to_seq"] : ["era", ...columns]);
const VALIDITY = ["era", "to_seq", "from_seq"];

/** A place in a ledger: a large whole number. */
export const sequence = () => new Column("money", { nullable: false, setter: "kernel" });

/** The hash of a ledger's entry. Null only where one was filed by what knows nothing of hashes. */
export const entryHash = () => text(64).optional();

/** The ledger as it was first made, without hashes: its head (one row) and its entries. */
const FIRST_LEDGER_SHAPES: TableShape[] = [
  { name: "ledger_head", columns: { id: integer(), seq: sequence(), at: dateTime() }, key: ["id"], unique: [], indices: [] },
  {
    name: "change",
    columns: {
      seq: sequence(),
      at: dateTime(),
      by: text(200),
      request: text(64),
      type: text(64),
      entityId: linkColumn(false),
      version: integer(),
      operation: text(64),
      before: values().optional(),
      after: values().optional(),
    },
    key: ["seq"],
    unique: [],
    indices: [
      ["entityId", "seq"],
      ["at", "seq"],
    ],
  },
];
/** The eras that twins are in, by twin, as JSON in the ledger's head. A twin that is not named is in its first, 0. */
export const currentEras = () => values().optional();

/** The ledger: its head, which knows the last entry's seq and hash and the eras that twins are in, and its entries. */
export const LEDGER_SHAPES: TableShape[] = FIRST_LEDGER_SHAPES.map((shape) => ({
  ...shape,
  columns: { ...shape.columns, hash: entryHash(), ...(shape.name === "ledger_head" ? { eras: currentEras() } : {}) },
}));

/** The eras of twins after their first: from which entry on each holds (null while it is being made), with how many rows it began, and when its making last went on. */
export const ERA_SHAPES: TableShape[] = [
  {
    name: "era",
    columns: { twin: text(64), era: integer(), from_seq: sequence().optional(), size: sequence(), at: dateTime() },
    key: ["twin", "era"],
    unique: [],
    indices: [],
  },
];

/** The mutations that were sent with an idempotency key, and what came of each. */
export const REQUEST_SHAPES: TableShape[] = [
  {
    name: "request",
    columns: { id: text(64), key: text(64), digest: text(64), at: dateTime(), outcome: values().optional() },
    key: ["id"],
    unique: [],
    indices: [["key"], ["at"]],
  },
];

/** Money becomes an amount and a currency; every other column stays. */
function flatten(columns: Columns): Columns {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, column]): [string, Column<unknown>][] =>
      column.kind === "money"
        ? [
            [`${name}Amount`, column],
            [`${name}Currency`, new Column("text", { ...column.options, length: 3 })],
          ]
        : [[name, column]],
    ),
  );
}

/** What other systems call the records of a portfolio: one table for all its types. */
export const EXTERNAL_IDS = {
  table: "external_id",
  columns: { type: text(64), system: text(100), externalId: text(200) },
  unique: [["type", "system", "externalId"]],
};

/** An index is named after its columns, but for eras and when versions held: names end at 64 letters. */
export const indexName = (table: string, columns: readonly string[], unique: boolean): string =>
  [unique ? "ux" : "ix", table, ...columns.filter((column) => !VALIDITY.includes(column))].join("_");

/** Every portfolio's: from here on, requests with an idempotency key are remembered. */
export const rememberRequests: Migration = {
  name: "rememberRequests1764201600000",
  up: (schema) => schema.create(REQUEST_SHAPES),
};

/** An index of a twin, by its name. */
interface TwinIndex {
  readonly name: string;
  readonly columnNames: string[];
}

/** The changes a migration can make. Each keeps a table's twin of versions in step. */
export class SchemaChanges {
  constructor(
    private readonly runner: QueryRunner,
    private readonly dialect: Dialect,
  ) {}

  /** Creates the ledger, not chained yet, and the table of external ids. */
  async createLedger(): Promise<void> {
    await this.create([...FIRST_LEDGER_SHAPES, ...listShapes(EXTERNAL_IDS.table, EXTERNAL_IDS.columns, EXTERNAL_IDS.unique)]);
    await this.insert("ledger_head", { id: 1, seq: 0, at: "1970-01-01T00:00:00.000Z" });
  }
  /** Creates the table of an entity and its twin. Money is one column here. */
  async createEntity(table: string, columns: Columns): Promise<void> {
    await this.create(entityShapes(table, columns));
  }
  /** Creates the table of a list and its twin. */
  async createList(table: string, members: Columns, unique: readonly (readonly string[])[] = []): Promise<void> {
    await this.create(listShapes(table, members, unique));
  }
  /** Adds a column, which must be nullable, to an entity's or list's table and its twin. */
  async addColumn(table: string, name: string, column: Column<unknown>): Promise<void> {
    for (const [flat, declared] of Object.entries(flatten({ [name]: column })))
      for (const target of [table, `${table}_version`]) await this.runner.addColumn(target, new TableColumn(this.columnOptions(flat, declared, false)));
  }

  /** Has the rows of a list and of its twin carry a link of its record, an `owner`, whoever wrote them. */
  async carry(list: string, owner: string, column: string): Promise<void> {
    for (const [table, of, within] of [
      [list, owner, ""],
      [`${list}_version`, `${owner}_version`, ` AND v.\`era\` = \`${list}_version\`.\`era\``],
    ] as const) {
      if (!(await this.runner.hasColumn(table, column))) await this.runner.query(`ALTER TABLE \`${table}\` ADD COLUMN \`${column}\` varchar(40)`);
      const linked = `SELECT MAX(v.\`${column}\`) FROM \`${of}\` v WHERE v.\`id\` = \`${table}\`.\`recordId\`${within}`;
      await this.runner.query(`UPDATE \`${table}\` SET \`${column}\` = (${linked}) WHERE \`${column}\` IS NULL`);
    }
  }
  /** Adds an index to the table of an entity or a list, not to its twin, where a start that was cut off has not. */
  async addIndex(table: string, columns: readonly string[]): Promise<void> {
    const name = indexName(table, columns, false);
    if (!(await this.hasIndex(table, name))) await this.runner.createIndex(table, new TableIndex({ name, columnNames: [...columns] }));
  }
  /** Adds an index, as `addIndex` does, instead of the one on its first column. */
  async widenIndex(table: string, columns: readonly string[]): Promise<void> {
    await this.addIndex(table, columns);
    const single = indexName(table, columns.slice(0, 1), false);
    if (await this.hasIndex(table, single)) await this.runner.dropIndex(table, single);
  }
  private async hasIndex(table: string, name: string): Promise<boolean> {
    return (await this.runner.getTable(table))!.indices.some((index) => index.name === name);
  }

  /** Adds a column, which must be nullable, to a table of the ledger, where a start that was cut off has not. These tables have no twins. */
  async addLedgerColumn(table: "change" | "ledger_head", name: string, column: Column<unknown>): Promise<void> {
    if (!(await this.runner.hasColumn(table, name))) await this.runner.addColumn(table, new TableColumn(this.columnOptions(name, column, false)));
  }
  /** Gives every entry of the ledger its hash, a page at a time, while nobody else can file one. */
  async chainLedger(): Promise<void> {
    await this.runner.query(LOCK_THE_LEDGER);
    const page = `SELECT ${ENTRY_SELECTION} FROM \`change\` WHERE \`seq\` > ? ORDER BY \`seq\` LIMIT ${CHAINED_AT_ONCE}`;
    let hash = FIRST_HASH;
    for (let last = 0; ;) {
      const entries = ((await this.runner.query(page, [last])) as Record<string, unknown>[]).map(entryCells);
      if (entries.length === 0) break;
      const hashed = entries.map((cells) => [cells[0], (hash = hashOf(hash, cells))]);
      await this.runner.query(
        `UPDATE \`change\` SET \`hash\` = CASE \`seq\` ${"WHEN ? THEN ? ".repeat(hashed.length)}END WHERE \`seq\` IN (${hashed.map(() => "?").join(", ")})`,
        [...hashed.flat(), ...hashed.map(([seq]) => seq)],
      );
      last = Number(entries.at(-1)![0]);
    }
    await this.runner.query("UPDATE `ledger_head` SET `hash` = ? WHERE `id` = 1", [hash]);
  }

  /** Lays the twins of before there were eras out by them, where a start that was cut off has not: all that is in one is its first era. */
  async clusterTwins(): Promise<void> {
    const columns =
      this.dialect === "sqlite"
        ? "(SELECT m.`name` AS `table_name`, c.`name` AS `column_name` FROM `sqlite_master` m JOIN pragma_table_info(m.`name`) c WHERE m.`type` = 'table')"
        : "(SELECT `table_name`, `column_name` FROM `information_schema`.`columns` WHERE `table_schema` = DATABASE())";
    const unclustered = `SELECT \`table_name\` AS \`name\` FROM ${columns} c GROUP BY \`table_name\` HAVING SUM(\`column_name\` = 'from_seq') > 0 AND SUM(\`column_name\` = 'era') = 0`;
    for (const { name } of (await this.runner.query(unclustered)) as { name: string }[]) {
      const twin = (await this.runner.getTable(name))!;
      const indices = twin.indices.map((index) => ({
        name: index.name!,
        columnNames: twinIndex(index.columnNames.filter((each) => !VALIDITY.includes(each))),
      }));
      await (this.dialect === "sqlite" ? this.replaceTwin(twin, indices) : this.alterTwin(twin, indices));
    }
  }
  private async replaceTwin(twin: Table, indices: readonly TwinIndex[]): Promise<void> {
    const names = twin.columns.map(({ name }) => `\`${name}\``).join(", ");
    await this.runner.query(`ALTER TABLE \`${twin.name}\` RENAME TO \`before_eras\``);
    for (const { name } of indices) await this.runner.query(`DROP INDEX \`${name}\``);
    const columns = [this.columnOptions("era", integer(), true), ...twin.columns];
    await this.runner.createTable(new Table({ name: twin.name, columns, indices: [...indices], withoutRowid: true }));
    await this.runner.query(`INSERT INTO \`${twin.name}\` (\`era\`, ${names}) SELECT 0, ${names} FROM \`before_eras\``);
    await this.runner.query("DROP TABLE `before_eras`");
  }
  /** In one statement, which these servers carry out as a whole or not at all. */
  private async alterTwin(twin: Table, indices: readonly TwinIndex[]): Promise<void> {
    const list = (names: readonly string[]) => `(${names.map((name) => `\`${name}\``).join(", ")})`;
    const changes = [
      "ADD COLUMN `era` int NOT NULL FIRST",
      "DROP PRIMARY KEY",
      `ADD PRIMARY KEY ${list(["era", ...twin.primaryColumns.map(({ name }) => name)])}`,
      ...indices.flatMap(({ name, columnNames }) => [`DROP INDEX \`${name}\``, `ADD INDEX \`${name}\` ${list(columnNames)}`]),
    ];
    await this.runner.query(`ALTER TABLE \`${twin.name}\` ${changes.join(", ")}`);
  }

  /** Drops every table of this database but those named. */
  async dropAll(keep: readonly string[]): Promise<void> {
    const tables =
      this.dialect === "sqlite"
        ? "SELECT `name` FROM `sqlite_master` WHERE `type` = 'table' AND `name` NOT LIKE 'sqlite%'"
        : "SELECT `table_name` AS `name` FROM `information_schema`.`tables` WHERE `table_schema` = DATABASE()";
    for (const { name } of (await this.runner.query(tables)) as { name: string }[]) if (!keep.includes(name)) await this.runner.query(`DROP TABLE \`${name}\``);
  }

  /** Inserts a row of texts and numbers. */
  async insert(table: string, row: Readonly<Record<string, string | number>>): Promise<void> {
    const names = Object.keys(row);
    await this.runner.query(
      `INSERT INTO \`${table}\` (${names.map((name) => `\`${name}\``).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      Object.values(row),
    );
  }

  /** Creates tables as they are, where a start that was cut off has not. */
  async createMissing(shapes: readonly TableShape[]): Promise<void> {
    for (const shape of shapes) if (!(await this.runner.hasTable(shape.name))) await this.create([shape]);
  }
  /** Creates tables as they are. */
  async create(shapes: readonly TableShape[]): Promise<void> {
    for (const shape of shapes) {
      const columns = Object.entries(shape.columns).map(([name, column]) => this.columnOptions(name, column, shape.key.includes(name)));
      const indices = [
        ...shape.unique.map((names) => new TableIndex({ name: indexName(shape.name, names, true), columnNames: [...names], isUnique: true })),
        ...shape.indices.map((names) => new TableIndex({ name: indexName(shape.name, names, false), columnNames: [...names] })),
      ];
      await this.runner.createTable(
        new Table({ name: shape.name, columns, indices, withoutRowid: this.dialect === "sqlite" && shape.isClustered === true }),
        false,
      );
    }
  }
  private columnOptions(name: string, column: Column<unknown>, isPrimary: boolean): TableColumnOptions {
    return { name, isPrimary, ...columnType(column, this.dialect) };
  }
}
