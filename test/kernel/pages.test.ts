/** Pages of links that lead through other records, where some parents have many more of them than a page shows. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { createAll } from "../support/records.js";
import { explainPlan, watchStatements } from "../support/statements.js";

/** With so many, nodes are not looked up one by one. */
const OTHERS = 30;

describe.each(databaseKinds)("pages of hubs on %s", (kind) => {
  let graph: TestPortfolios;
  /** A hub, a service with few projects, one that has its first after `before`, and others with one each. */
  let services: string[];
  let projects: string[];
  let deliverables: { readonly id: string; readonly service: string; readonly project: string; readonly isDropped: boolean }[];
  let before: string;

  beforeAll(async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const make = async (portfolio: string, type: string, inputs: readonly Record<string, unknown>[]) =>
      (await createAll(graph, portfolio, type, inputs)).map(({ id }) => id);
    services = await make(
      "service",
      "Service",
      ["HUB", "FEW", "LATER", ...Array.from({ length: OTHERS }, (_, i) => `S-${i}`)].map((code) => ({ code, name: code, kind: "BUSINESS" })),
    );
    projects = await make(
      "project",
      "Project",
      Array.from({ length: 40 }, (_, i) => ({ code: `P-${i}`, name: `Project ${i}` })),
    );
    const plans = [
      ...Array.from({ length: 400 }, (_, i) => ({ service: services[0]!, project: projects[(i * 7) % 40]!, isDropped: (i * 7) % 40 < 4 || i % 3 === 0 })),
      ...[5, 3, 3, 0].map((i) => ({ service: services[1]!, project: projects[i]!, isDropped: i === 0 })),
      ...services.slice(3).map((service, i) => ({ service, project: projects[i]!, isDropped: false })),
    ];
    const ids = await make(
      "project",
      "Deliverable",
      plans.map(({ service, project, isDropped }) => ({
        serviceId: service,
        projectId: project,
        change: "CHANGED",
        ...(isDropped ? { state: "DROPPED", dropReason: "Nobody needs it." } : {}),
      })),
    );
    deliverables = plans.map((plan, i) => ({ ...plan, id: ids[i]! }));
    before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const [id] = await make("project", "Deliverable", [{ serviceId: services[2]!, projectId: projects[0]!, change: "NEW" }]);
    deliverables.push({ id: id!, service: services[2]!, project: projects[0]!, isDropped: false });
  }, 240_000);
  afterAll(() => graph.close());

  const isSmaller = (a: string, b: string) => (a < b ? -1 : 1);
  /** The projects that a service has deliverables of, but for dropped ones, by id. */
  const projectsOf = (service: string) =>
    [...new Set(deliverables.flatMap((each) => (each.service === service && !each.isDropped ? [each.project] : [])))].sort(isSmaller);

  /** The pages that services answer, and the statements that led to them. */
  async function ask(field: string, ids = services, asOf?: string) {
    const subgraph = graph.subgraph("project");
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Service { page: ${field} } } }`;
    const variables = { r: ids.map((id) => ({ __typename: "Service", id })) };
    const asked = () => subgraph.execute({ query, variables }, asOf === undefined ? call : { ...call, asOf });
    const { answer, statements } = await watchStatements(subgraph.database, asked);
    expect(answer.errors).toBeUndefined();
    return { pages: (answer.data!["_entities"] as { page: any }[]).map((each) => each.page), statements };
  }

  test.each([1, 2, 5, 1000])("first: %i answers each service's own first projects, each once, in one statement", async (first) => {
    const { pages, statements } = await ask(`projects(first: ${first}) { nodes { id } pageInfo { hasNextPage } }`);
    expect(pages).toEqual(
      services.map((service) => ({
        nodes: projectsOf(service)
          .slice(0, first)
          .map((id) => ({ id })),
        pageInfo: { hasNextPage: projectsOf(service).length > first },
      })),
    );
    expect(statements).toHaveLength(1);
  });

  test("pages follow each other to the end, in either direction", async () => {
    for (const direction of ["ASC", "DESC"]) {
      const read: string[] = [];
      for (let after = ""; ;) {
        const { pages } = await ask(
          `projects(first: 7, orderBy: [{ field: id, direction: ${direction} }]${after}) { nodes { id } pageInfo { hasNextPage endCursor } }`,
          services.slice(0, 1),
        );
        read.push(...pages[0].nodes.map((node: { id: string }) => node.id));
        if (!pages[0].pageInfo.hasNextPage) break;
        after = `, after: "${pages[0].pageInfo.endCursor}"`;
      }
      const all = projectsOf(services[0]!);
      expect(read).toEqual(direction === "ASC" ? all : all.reverse());
    }
    expect(projectsOf(services[0]!)).toHaveLength(36);
  });

  test.each([2, 1000])("each of %i projects a service says through which deliverables it is there", async (first) => {
    const { pages, statements } = await ask(`projects(first: ${first}) { edges { node { id } because { id } } }`);
    expect(statements.some((sql) => sql.includes("COALESCE(v.`projectId`, '')"))).toBe(first === 1000);
    const because = (service: string, project: string) =>
      deliverables.filter((each) => each.service === service && each.project === project && !each.isDropped).map(({ id }) => ({ id }));
    for (const [i, service] of services.entries())
      expect(pages[i].edges).toEqual(
        projectsOf(service)
          .slice(0, first)
          .map((id) => ({ node: { id }, because: because(service, id).sort((a, b) => isSmaller(a.id, b.id)) })),
      );
  });

  test.each([1, 2, 5, 1000])("first: %i answers each service's own first deliverables, now and at a moment, in one statement", async (first) => {
    const own = (service: string) => deliverables.flatMap((each) => (each.service === service ? [{ id: each.id }] : [])).sort((a, b) => isSmaller(a.id, b.id));
    const expected = services.map((service) => ({ nodes: own(service).slice(0, first), pageInfo: { hasNextPage: own(service).length > first } }));
    const { pages, statements } = await ask(`deliverables(first: ${first}) { nodes { id } pageInfo { hasNextPage } }`);
    expect(pages).toEqual(expected);
    expect(statements).toHaveLength(1);
    const then = await ask(`deliverables(first: ${first}) { nodes { id } pageInfo { hasNextPage } }`, services, before);
    expect(then.pages).toEqual(expected.map((page, i) => (services[i] === services[2] ? { nodes: [], pageInfo: { hasNextPage: false } } : page)));
  });

  test("a moment's pages are those of then", async () => {
    const { pages } = await ask("projects(first: 5) { nodes { id } }", services, before);
    expect(pages.slice(0, 3).map(({ nodes }) => nodes.length)).toEqual([5, 2, 0]);
    const now = (await ask("projects(first: 5) { nodes { id } }")).pages;
    expect(now.slice(0, 3).map(({ nodes }) => nodes.length)).toEqual([5, 2, 1]);
  });

  test("their pairs are read from an index that says all, not from the deliverables", async () => {
    const { statements } = await ask("projects(first: 5) { nodes { id } }");
    const cells = [...services.map((id) => `'${id}'`), "6"];
    const text = (await explainPlan(graph.subgraph("project").database, statements[0]!, cells)).find((line) => /\bv\b/.test(line));
    expect(text).toMatch(
      kind === "SQLite" ? "USING COVERING INDEX ix_deliverable_serviceId_projectId_state" : /ix_deliverable_serviceId_projectId_state .*Using index/,
    );
  });
});
