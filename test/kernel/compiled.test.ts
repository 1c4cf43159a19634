/** What compiled reads cover, what they leave to graphql-js, and that both answer alike where an operation means harm. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { reachGeneral } from "../differential/general.js";

const PEOPLE = 30;
let portfolios: TestPortfolios;
let people: LocalSubgraph;
beforeAll(async () => {
  portfolios = await openTestPortfolios();
  people = portfolios.subgraph("people");
  const writer = people.writer(call);
  for (let i = 0; i < PEOPLE; i++) {
    const { record, problems } = await writer.create("Person", { code: `P-${i}`, name: `Person ${i}`, email: `p${i}@example.com` }, "createPerson");
    expect(problems).toEqual([]);
    await writer.update("Person", record!["id"] as string, 1, { name: `Person ${i} again` });
  }
});
afterAll(() => portfolios.close());

/** An answer as JSON text, and how it was executed. */
async function ask(query: string, variables: Record<string, unknown> = {}): Promise<{ text: string; general: string; compiled: number }> {
  const before = people.counts.compiled;
  const answer = await people.execute({ query, variables }, call);
  const general = await reachGeneral(portfolios)("people").execute({ query, variables }, call);
  return { text: JSON.stringify(answer), general: JSON.stringify(general), compiled: people.counts.compiled - before };
}

test("names that objects inherit are names like others; __proto__ is left to graphql-js", async () => {
  const inherited = await ask('{ person(code: "P-1") { constructor: code toString: name valueOf: __typename hasOwnProperty: version } }');
  expect(inherited).toMatchObject({
    text: '{"data":{"person":{"constructor":"P-1","toString":"Person 1 again","valueOf":"Person","hasOwnProperty":2}}}',
    compiled: 1,
  });
  const prototype = await ask('{ person(code: "P-1") { __proto__: code name } }');
  expect(prototype).toMatchObject({ text: '{"data":{"person":{"__proto__":"P-1","name":"Person 1 again"}}}', compiled: 0 });
  const nested = await ask("{ __proto__: people(first: 1, orderBy: { field: code }) { __proto__: nodes { code } } }");
  expect(nested).toMatchObject({ text: '{"data":{"__proto__":{"__proto__":[{"code":"P-0"}]}}}', compiled: 0 });
});

test("a condition that is null is refused as graphql-js refuses it", async () => {
  const { text, general, compiled } = await ask('query ($with: Boolean = true) { person(code: "P-1") { code name @include(if: $with) } }', { with: null });
  expect([text, compiled]).toEqual([general, 0]);
  expect(JSON.parse(text).errors[0].message).toContain('"if"');
  const left = await ask('query ($with: Boolean = true) { person(code: "P-1") { code name @include(if: $with) } }');
  expect(left).toMatchObject({ text: '{"data":{"person":{"code":"P-1","name":"Person 1 again"}}}', compiled: 1 });
});

const HISTORIES = `query ($first: Int!) { people(first: $first, orderBy: { field: createdAt }) { nodes { history(first: 1) {
  totalCount nodes { operation version fields { field } } edges { cursor node { seq } } pageInfo { hasNextPage hasPreviousPage } } } } }`;

test("histories are compiled, in as many statements for one record as for thirty", async () => {
  const statements: number[] = [];
  for (const first of [1, PEOPLE]) {
    let count = 0;
    people.database.onStatement = () => void count++;
    const before = people.counts.compiled;
    const { data } = await people.execute({ query: HISTORIES, variables: { first } }, call);
    people.database.onStatement = null;
    expect(people.counts.compiled - before).toBe(1);
    const { nodes } = data!["people"] as { nodes: any[] };
    expect(nodes.length).toBe(first);
    for (const { history } of nodes) {
      expect(history.totalCount).toBe(2);
      expect(history.nodes).toEqual([{ operation: "update", version: 2, fields: [{ field: "name" }] }]);
      expect([history.edges.length, history.pageInfo]).toEqual([1, { hasNextPage: true, hasPreviousPage: false }]);
    }
    statements.push(count);
  }
  expect(statements).toEqual([3, 3]);
});

test("a history reads on from its cursor, and refuses another's", async () => {
  const first = await ask('{ person(code: "P-1") { history(first: 1) { pageInfo { endCursor } } } }');
  const { endCursor } = JSON.parse(first.text).data.person.history.pageInfo;
  const query = 'query ($after: String) { person(code: "P-1") { history(after: $after) { nodes { operation } pageInfo { hasNextPage hasPreviousPage } } } }';
  const second = await ask(query, { after: endCursor });
  expect(second).toMatchObject({
    text: '{"data":{"person":{"history":{"nodes":[{"operation":"createPerson"}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true}}}}}',
    compiled: 1,
  });
  const wrong = await ask(query, { after: "nowhere" });
  expect([wrong.text, wrong.compiled]).toEqual([wrong.general, 0]);
  expect(JSON.parse(wrong.text).errors[0].extensions.code).toBe("BAD_USER_INPUT");
});
