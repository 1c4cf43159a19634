/** Databases of before there were eras: their twins are laid out anew by the next start, also where one was cut off in it. */
import { expect, test } from "@jest/globals";
import type { DataSource } from "typeorm";
import type { Database } from "../../subgraphs/kernel/database/database.js";
import { call, databaseKinds, newDatabase, removeDatabase } from "../support/graph.js";
import { Random } from "../support/random.js";
import { checkMoments, erasOf } from "./ledgerTruth.js";
import { openPeople } from "./people.js";

const MIGRATIONS = ["createEras1764288000000", "addErasOfHead1764288000001", "clusterTwins1764288000002"];
const SOME = { act: "test", tolerate: new Set<string>() };

/** A twin as it stands: its columns as they are declared, those of its key, and those of its indices by name. */
interface Twin {
  readonly columns: Map<string, string>;
  readonly key: string[];
  readonly indices: Map<string, string[]>;
}

async function twinsOf({ dialect, read }: { dialect: string; read: (sql: string) => Promise<unknown[][]> }): Promise<Map<string, Twin>> {
  const sqlite = dialect === "sqlite";
  const columns = sqlite
    ? "SELECT m.name, c.name, c.type || CASE c.`notnull` WHEN 1 THEN ' NOT NULL' ELSE '' END FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY c.cid"
    : "SELECT table_name, column_name, '' FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY ordinal_position";
  const indices = sqlite
    ? "SELECT m.name, CASE l.origin WHEN 'pk' THEN 'PRIMARY' ELSE l.name END, i.name FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i WHERE m.type = 'table' ORDER BY i.seqno"
    : "SELECT table_name, index_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY seq_in_index";
  const twins = new Map<string, Twin>();
  for (const [table, column, type] of (await read(columns)) as [string, string, string][]) {
    if (!table.endsWith("_version")) continue;
    if (!twins.has(table)) twins.set(table, { columns: new Map(), key: [], indices: new Map() });
    twins.get(table)!.columns.set(column, type);
  }
  for (const [table, index, column] of (await read(indices)) as [string, string, string][]) {
    const twin = twins.get(table);
    if (!twin) continue;
    if (index === "PRIMARY") twin.key.push(column);
    else twin.indices.set(index, [...(twin.indices.get(index) ?? []), column]);
  }
  return twins;
}

const list = (names: readonly string[]) => `(${names.map((name) => `\`${name}\``).join(", ")})`;
const without = (names: readonly string[], ...others: string[]) => names.filter((name) => !others.includes(name));

/** Statements that lay a twin out as it was: key without the era, each index ending in when versions held. */
function undo(name: string, { columns, key, indices }: Twin, isSqlite: boolean): string[] {
  const olds = [...indices].map(([index, names]) => [index, list([...without(names, "era", "to_seq"), "to_seq", "from_seq"])] as const);
  if (!isSqlite)
    return [
      `ALTER TABLE \`${name}\` DROP PRIMARY KEY, DROP COLUMN \`era\`, ADD PRIMARY KEY ${list(without(key, "era"))}, ${olds.map(([index, old]) => `DROP INDEX \`${index}\`, ADD INDEX \`${index}\` ${old}`).join(", ")}`,
    ];
  const rest = without([...columns.keys()], "era");
  return [
    `CREATE TABLE \`old\` (${rest.map((column) => `\`${column}\` ${columns.get(column)!}`).join(", ")}, PRIMARY KEY ${list(without(key, "era"))})`,
    `INSERT INTO \`old\` SELECT ${rest.map((column) => `\`${column}\``).join(", ")} FROM \`${name}\``,
    `DROP TABLE \`${name}\``,
    `ALTER TABLE \`old\` RENAME TO \`${name}\``,
    ...olds.map(([index, old]) => `CREATE INDEX \`${index}\` ON \`${name}\` ${old}`),
  ];
}

/** Makes a database what it was before there were eras, but for what a start that was cut off had done. */
async function undoEras(database: Database, isCutOff: boolean): Promise<void> {
  const isSqlite = database.dialect === "sqlite";
  const twins = await twinsOf({ dialect: database.dialect, read: (sql) => database.read(sql, []) });
  expect(twins.get("person_version")!.key).toEqual(["era", "id", "from_seq"]);
  await database.transaction(async (transaction) => {
    for (const [name, twin] of twins)
      if (!isCutOff || name !== "person_version") for (const statement of undo(name, twin, isSqlite)) await transaction.execute(statement, []);
    if (!isCutOff) for (const statement of ["DROP TABLE `era`", "ALTER TABLE `ledger_head` DROP COLUMN `eras`"]) await transaction.execute(statement, []);
    await transaction.execute("DELETE FROM `migration` WHERE `name` IN (?, ?, ?)", MIGRATIONS);
  });
}

const cases = databaseKinds.flatMap((kind) => [
  { kind, isCutOff: false, what: "one of before" },
  // On SQLite a start migrates wholly or not at all.
  ...(kind === "SQLite" ? [] : [{ kind, isCutOff: true, what: "one whose migration was cut off" }]),
]);
test.each(cases)(
  "$what answers any moment as the ledger does, and goes on with eras: on $kind",
  async ({ kind, isCutOff }) => {
    const settings = newDatabase(kind);
    const random = new Random(7);
    const failures: unknown[] = [];
    const open = (leastEnded?: number) => openPeople({ ...settings, ...(leastEnded ? { leastEnded } : {}) }, (error) => failures.push(error));
    const before = await open();
    const writer = before.writer(call);
    const { record: team } = await writer.create("Team", { code: "T", name: "Team" });
    const created = await writer.createMany(
      "Person",
      Array.from({ length: 30 }, (_, i) => ({ code: `P${i}`, name: `Name ${i}`, teamIds: [team!.id] })),
      SOME,
    );
    const managerId = created[0]!.record!.id;
    for (const [i, { record }] of created.entries()) {
      const { problems } = await writer.update("Person", record!.id, 1, i === 0 ? { name: "7" } : { managerId, ...(i % 2 ? { teamIds: [] } : {}) });
      expect(problems).toEqual([]);
    }
    const twins = await twinsOf({ dialect: before.database.dialect, read: (sql) => before.database.read(sql, []) });
    await undoEras(before.database, isCutOff);
    await before.close();

    const [people, other] = await Promise.all([open(10), open()]);
    await other.close();
    try {
      expect(await twinsOf({ dialect: people.database.dialect, read: (sql) => people.database.read(sql, []) })).toEqual(twins);
      const { writer: source } = people.database as unknown as { writer: DataSource };
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      expect(await people.database.read("SELECT DISTINCT `era` FROM `person_version`", [])).toEqual([[0]]);
      expect(await people.database.read("SELECT COUNT(*) FROM `person_version`", [])).toEqual([[60]]);
      await checkMoments(people, random, 10);
      people.eras.notice({ first: 1, last: 10 });
      await people.eras.settle();
      expect(failures).toEqual([]);
      expect([(await erasOf(people)).begun, (await erasOf(people, "person_teams_version")).begun]).toEqual([1, 1]);
      expect((await people.writer(call).update("Person", managerId, 2, { name: "77" })).problems).toEqual([]);
      await checkMoments(people, random, 10);
    } finally {
      await people.close();
      await removeDatabase(settings);
    }
  },
  180_000,
);
