import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "csv-parse/sync";
import { loadStory } from "../../sample/replay.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";
import { Story } from "./story.js";

const story = new Story();
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
});
afterAll(() => graph.close());

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly message: string;
}
const report = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const environment = { ...process.env, NODE_OPTIONS: "" };
    execFile(process.execPath, ["docs/report.mjs", ...args], { env: environment }, (error, output, message) =>
      resolve({ code: Number(error?.code ?? 0), output, message }),
    );
  });

const fileOf = (text: string): string => {
  const file = path.join(graph.portfolios.settings.directory, `report-${text.length}.graphql`);
  writeFileSync(file, text);
  return file;
};

test("reads every agreement with its customers and services, as documented", async () => {
  const { code, output, message } = await report(`${graph.url}/graphql`, "docs/agreements.graphql", "agreements");
  expect([code, message]).toEqual([0, ""]);
  expect(output.split("\r\n", 1)).toEqual(["code,title,kind,state,startOn,endOn,value.amount,value.currency,customers.code,customers.name,services.name"]);
  const rows = parse(output, { columns: true }) as Record<string, string>[];
  const agreements = story.all("Agreement");
  expect(rows.map((row) => row["code"]).sort()).toEqual(agreements.map((agreement) => agreement["code"] as string).sort());
  for (const agreement of agreements) {
    const row = rows.find((candidate) => candidate["code"] === agreement["code"])!;
    const partners = (agreement["parties"] as { partyId: string }[]).map(({ partyId }) => story.get(partyId)).filter(({ type }) => type === "Customer");
    const names = (cell: string) => (cell === "" ? [] : cell.split("; ").sort());
    expect({ title: row["title"], endOn: row["endOn"], customers: names(row["customers.name"]!), services: names(row["services.name"]!) }).toEqual({
      title: agreement["title"],
      endOn: agreement["endOn"] ?? "",
      customers: partners.map((customer) => customer["name"] as string).sort(),
      services: ((agreement["serviceIds"] ?? []) as string[]).map((ref) => story.get(ref)["name"] as string).sort(),
    });
  }
});

test("turns pages until the last, nested lists, aliases, fragments and variables included", async () => {
  const file = fileOf(`
    query Needs($customer: String!, $first: Int = 2, $after: String) { # { a brace in a comment
      who: customer(code: $customer) { needs(first: $first, after: $after, filter: { statement: { not: "}" } }) { ...Page } }
    }
    fragment Page on BusinessNeedConnection {
      edges { node { what: statement ... on BusinessNeed { unit { name } } } }
      pageInfo { hasNextPage endCursor }
    }`);
  const [kembara, ...pages] = ["C-KEMBARA", 1, 2, 1000];
  const customer = story.coded("Customer", kembara as string);
  const needs = story.all("BusinessNeed", ({ customerId }) => customerId === customer.ref);
  expect(needs.length).toBeGreaterThan(2);
  for (const first of pages) {
    const { code, output } = await report(`${graph.url}/graphql`, file, "who.needs", "--variables", JSON.stringify({ customer: kembara, first }));
    expect(code).toBe(0);
    const rows = parse(output, { columns: true }) as Record<string, string>[];
    const shown = needs.map(({ statement, unitId }) => ({
      what: statement as string,
      "unit.name": unitId ? (story.get(unitId as string)["name"] as string) : "",
    }));
    const byWhat = (a: Record<string, string>, b: Record<string, string>) => (a["what"]! < b["what"]! ? -1 : 1);
    expect(rows.sort(byWhat)).toEqual(shown.sort(byWhat));
  }
});

test("is documented with the operation that is tested", () => {
  expect(readFileSync("docs/reports.md", "utf8")).toContain(`\`\`\`graphql\n${readFileSync("docs/agreements.graphql", "utf8")}\`\`\``);
});

test("names the columns of an empty list", async () => {
  const file = fileOf(
    "query None($after: String) { people(after: $after, filter: { code: { in: [] } }) { nodes { code manager { name } } pageInfo { hasNextPage endCursor } } }",
  );
  expect(await report(`${graph.url}/graphql`, file, "people")).toEqual({ code: 0, output: "code,manager.name\r\n", message: "" });
});

test("quotes cells and sends headers", async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers["x-tenant"]);
    response.end(
      JSON.stringify({
        data: {
          list: {
            nodes: [
              { a: 'say "hi"', b: ["x,y", null, 3], c: { d: "two\nlines" } },
              { a: null, b: [], c: null },
            ],
            pageInfo: { hasNextPage: false },
          },
        },
      }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const file = fileOf("{ list { nodes { a b c { d } } pageInfo { hasNextPage endCursor } } }");
  const { port } = server.address() as AddressInfo;
  const { output } = await report(`http://127.0.0.1:${port}`, file, "list", "--header", "x-tenant: one: two");
  server.close();
  expect(output).toBe('a,b,c.d\r\n"say ""hi""","x,y; ; 3","two\nlines"\r\n,,\r\n');
  expect(seen).toEqual(["one: two"]);
});

test.each([
  ["an unreachable graph", "http://127.0.0.1:1/graphql", "{ people { nodes { code } pageInfo { hasNextPage } } }", "people", /cannot be reached/],
  [
    "an answer with errors",
    "",
    "{ people { nodes { codes } pageInfo { hasNextPage } } }",
    "people",
    /The report ends here \(HTTP 400\)\.\nCannot query field "codes"/,
  ],
  ["a path that is no connection", "", "{ people { nodes { code } } }", "persons", /selects no nodes under persons/],
  ["a page without pageInfo", "", "{ people { nodes { code } } }", "people", /must select pageInfo/],
  [
    "an operation that does not turn the page",
    "",
    'query P($after: String, $x: String = "") { people(first: 1, filter: { code: { not: $x } }) { nodes { code } pageInfo { hasNextPage endCursor } } a: people(after: $after) { totalCount } }',
    "people",
    /must pass its variable \$after on/,
  ],
  [
    "a record that does not exist",
    "",
    'query N($after: String) { customer(code: "none") { needs(after: $after) { nodes { statement } pageInfo { hasNextPage } } } }',
    "customer.needs",
    /nothing at customer\.needs/,
  ],
])("ends with a message on %s", async (_, url, query, connection, message) => {
  const ended = await report(url || `${graph.url}/graphql`, fileOf(query), connection);
  expect(ended.code).toBe(1);
  expect(ended.message).toMatch(message);
  expect(ended.message).not.toMatch(/^\s+at /m);
});

test("writes nothing, not even the names of columns, where there is no answer", async () => {
  expect(await report("http://127.0.0.1:1/graphql", "docs/agreements.graphql", "agreements")).toMatchObject({ code: 1, output: "" });
});

test("says how it is used", async () => {
  const ended = await report("http://127.0.0.1:4000/graphql");
  expect(ended).toMatchObject({ code: 1, output: "" });
  expect(ended.message).toMatch(/^it takes a URL, an operation file and a path\nUsage: node docs\/report\.mjs URL/);
});
