/** Links that the rows of a list carry along: an application of its functions, so that a service's applications are read from what supports it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { createAll } from "../support/records.js";
import { explainPlan, watchStatements } from "../support/statements.js";

const TABLE = "application_function_supports";
const INDEX = `ix_${TABLE}_toId_applicationId`;
const MIGRATIONS = ["carryApplications1764374400000", "indexApplicationsOfServices1764374400001"];

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
      await transaction.execute("DELETE FROM `migration` WHERE `name` IN (?, ?)", MIGRATIONS);
    });
    const later = await openTestPortfolios(settings);
    await graph.close();
    graph = later;
    await checkPages();
    const missing = `SELECT COUNT(*) FROM \`${TABLE}_version\` WHERE \`applicationId\` IS NULL`;
    expect(Number((await graph.subgraph("application").database.read(missing, []))[0]![0])).toBe(0);
  });
});
