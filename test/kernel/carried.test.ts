/** Links that the rows of a list carry along: an application of its functions, so that a service's applications are read from what supports it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OPEN_SEQ } from "../../subgraphs/kernel/database/migration.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { createAll } from "../support/records.js";
import { explainPlan, watchStatements } from "../support/statements.js";

const TABLE = "application_function_supports";
const INDEX = `ix_${TABLE}_toId_applicationId`;
const MIGRATIONS = ["carryApplications1764374400000", "indexApplicationsOfServices1764374400001", "requireApplications1764460800000"];

interface Function {
  readonly id: string;
  readonly application: string;
  supports: string[];
}

describe.each(databaseKinds)("what lists carry on %s", (kind) => {
  const settings = newDatabase(kind);
  let graph: TestPortfolios;
  let services: string[];
  let functions: Function[];
  let before: string;
  let supportedBefore: Function[];

  beforeAll(async () => {
    graph = await openTestPortfolios(settings);
    const make = async (portfolio: string, type: string, inputs: readonly Record<string, unknown>[]) =>
      (await createAll(graph, portfolio, type, inputs)).map(({ id }) => id);
    services = await make(
      "service",
      "Service",
      [0, 1].map((i) => ({ code: `S-${i}`, name: `Service ${i}`, kind: "BUSINESS" })),
    );
    const applications = await make(
      "application",
      "Application",
      Array.from({ length: 12 }, (_, i) => ({ code: `A-${i}`, name: `Application ${i}`, kind: "IN_HOUSE", lifecycle: "ACTIVE" })),
    );
    const plans = Array.from({ length: 60 }, (_, i) => ({
      application: applications[(i * 5) % 12]!,
      supports: services.filter((_, place) => place === 0 || i % 30 === 7),
    }));
    const ids = await make(
      "application",
      "ApplicationFunction",
      plans.map(({ application, supports }, i) => ({ applicationId: application, name: `Function ${i}`, supportIds: supports })),
    );
    functions = plans.map((plan, i) => ({ ...plan, id: ids[i]! }));
    supportedBefore = functions.map((each) => ({ ...each }));
    before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    // The first application goes from the hub, and comes to the other.
    for (const each of functions.filter(({ application }) => application === applications[0])) {
      each.supports = services.slice(1);
      const { problems } = await graph.subgraph("application").writer(call).update("ApplicationFunction", each.id, 1, { supportIds: each.supports });
      expect(problems).toEqual([]);
    }
  }, 240_000);
  afterAll(() => graph.close());

  const isSmaller = (a: string, b: string) => (a < b ? -1 : 1);
  const applicationsOf = (service: string, of = functions) =>
    [...new Set(of.flatMap(({ supports, application }) => (supports.includes(service) ? [application] : [])))].sort(isSmaller);
  const pagesOf = (first: number, of = functions) =>
    services.map((service) => ({
      totalCount: applicationsOf(service, of).length,
      nodes: applicationsOf(service, of)
        .slice(0, first)
        .map((id) => ({ id })),
    }));

  /** The pages of applications that services answer, and the statements that led to them. */
  async function ask(fields: string, asOf?: string) {
    const subgraph = graph.subgraph("application");
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Service { applications${fields} } } }`;
    const variables = { r: services.map((id) => ({ __typename: "Service", id })) };
    const asked = () => subgraph.execute({ query, variables }, asOf === undefined ? call : { ...call, asOf });
    const { answer, statements } = await watchStatements(subgraph.database, asked);
    expect(answer.errors).toBeUndefined();
    return { pages: (answer.data!["_entities"] as { applications: any }[]).map((each) => each.applications), statements };
  }
  const checkPages = async () => {
    for (const first of [1, 2, 5, 1000]) {
      expect((await ask(`(first: ${first}) { totalCount nodes { id } }`)).pages).toEqual(pagesOf(first));
      expect((await ask(`(first: ${first}) { totalCount nodes { id } }`, before)).pages).toEqual(pagesOf(first, supportedBefore));
    }
  };

  test("a service's applications are those of the functions that support it, now and at any moment", async () => {
    expect(pagesOf(1).map(({ totalCount }) => totalCount)).toEqual([11, 3]);
    expect(pagesOf(1, supportedBefore).map(({ totalCount }) => totalCount)).toEqual([12, 2]);
    await checkPages();
  });

  test("each is there because of its functions", async () => {
    const { pages } = await ask("(first: 3) { edges { node { id } because { id } } }");
    for (const [i, service] of services.entries())
      expect(pages[i].edges).toEqual(
        applicationsOf(service)
          .slice(0, 3)
          .map((id) => ({
            node: { id },
            because: functions.filter(({ application, supports }) => application === id && supports.includes(service)).map((each) => ({ id: each.id })),
          })),
      );
  });

  test("they are read without the functions, from an index that says all", async () => {
    const { statements } = await ask("(first: 2) { nodes { id } }");
    expect(statements).toHaveLength(1);
    expect(statements[0]).not.toContain("`application_function`");
    const cells = [...services.map((id) => `'${id}'`), "3"];
    const text = (await explainPlan(graph.subgraph("application").database, statements[0]!, cells)).find((line) => /\bf\b/.test(line));
    expect(text).toMatch(kind === "SQLite" ? `USING COVERING INDEX ${INDEX}` : new RegExp(`${INDEX} .*Using index`));
  });

  test("a database of before is made to carry them by the next start, versions too", async () => {
    const { database } = graph.subgraph("application");
    await database.transaction(async (transaction) => {
      await transaction.execute(kind === "SQLite" ? `DROP INDEX \`${INDEX}\`` : `DROP INDEX \`${INDEX}\` ON \`${TABLE}\``, []);
      for (const table of [TABLE, `${TABLE}_version`]) await transaction.execute(`ALTER TABLE \`${table}\` DROP COLUMN \`applicationId\``, []);
      await transaction.execute("DELETE FROM `migration` WHERE `name` IN (?, ?, ?)", MIGRATIONS);
    });
    const later = await openTestPortfolios(settings);
    await graph.close();
    graph = later;
    await checkPages();
    expect(await nullable()).toEqual([]);
  });

  /** Which of the two tables take rows that carry nothing. */
  async function nullable(): Promise<unknown[]> {
    const columns =
      kind === "SQLite"
        ? "SELECT m.`name` FROM `sqlite_master` m JOIN pragma_table_info(m.`name`) c WHERE c.`name` = 'applicationId' AND NOT c.`notnull`"
        : "SELECT `table_name` FROM `information_schema`.`columns` WHERE `table_schema` = DATABASE() AND `column_name` = 'applicationId' AND `is_nullable` = 'YES'";
    const rows = await graph.subgraph("application").database.read(columns, []);
    return rows.flat().filter((table) => String(table).startsWith(TABLE));
  }

  test("a database whose columns were not required is filled from any era, and required by the next start", async () => {
    const { database } = graph.subgraph("application");
    const change = kind === "SQLite" ? "ALTER COLUMN `applicationId` TO" : "MODIFY COLUMN";
    const rows = await database.read(`SELECT \`recordId\` FROM \`${TABLE}_version\``, []);
    await database.transaction(async (transaction) => {
      for (const table of [TABLE, `${TABLE}_version`]) await transaction.execute(`ALTER TABLE \`${table}\` ${change} \`applicationId\` varchar(40)`, []);
      // A process of before has written these, and the list has begun an era since, its records have not.
      await transaction.execute(`UPDATE \`${TABLE}\` SET \`applicationId\` = NULL WHERE \`position\` = 0`, []);
      await transaction.execute(`UPDATE \`${TABLE}_version\` SET \`applicationId\` = NULL, \`era\` = 1 WHERE \`to_seq\` = ${OPEN_SEQ}`, []);
      await transaction.execute("DELETE FROM `migration` WHERE `name` = ?", MIGRATIONS.slice(-1));
    });
    expect(await nullable()).toHaveLength(2);
    const later = await openTestPortfolios(settings);
    await graph.close();
    graph = later;
    expect(await nullable()).toEqual([]);
    const filled = await graph.subgraph("application").database.read(`SELECT \`recordId\`, \`applicationId\` FROM \`${TABLE}_version\``, []);
    expect(filled).toHaveLength(rows.length);
    const applicationOf = new Map(functions.map(({ id, application }) => [id, application]));
    for (const [id, application] of filled) expect(application).toBe(applicationOf.get(id as string));
    for (const first of [1, 1000]) expect((await ask(`(first: ${first}) { totalCount nodes { id } }`)).pages).toEqual(pagesOf(first));
  });

  test("who would add applications to a service as before fails, and nothing is stored", async () => {
    const { database } = graph.subgraph("application");
    const countAll = async () =>
      Promise.all([TABLE, `${TABLE}_version`].map(async (table) => Number((await database.read(`SELECT COUNT(*) FROM \`${table}\``, []))[0]![0])));
    const before = await countAll();
    for (const [table, columns, cells] of [
      [TABLE, "`recordId`, `position`, `toId`", [functions[0]!.id, 99, services[0]!]],
      [`${TABLE}_version`, "`era`, `recordId`, `position`, `toId`, `from_seq`, `to_seq`", [0, functions[0]!.id, 99, services[0]!, 1, OPEN_SEQ]],
    ] as const) {
      const write = database.transaction((transaction) =>
        transaction.execute(`INSERT INTO \`${table}\` (${columns}) VALUES (${cells.map(() => "?").join(", ")})`, [...cells]),
      );
      await expect(write).rejects.toThrow(/applicationId/);
    }
    expect(await countAll()).toEqual(before);
  });
});
