/** As-of through the gateway: embedded, and with every portfolio behind HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { loadStory } from "../../sample/replay.js";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { reachGuarded } from "../../transport/guards.js";
import type { Service } from "../../transport/servers.js";
import { type Answer, type TestGraph, askOverHttp, openTestGraph } from "../support/graph.js";

let graph: TestGraph;
let services: Service[];
let distributed: Service;
beforeAll(async () => {
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
  const names = [...graph.portfolios.local.keys(), "insight"];
  services = await Promise.all(names.map((name) => serveSubgraph(graph.portfolios.reach(name), { host: "127.0.0.1", port: 0 })));
  distributed = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach: (name) => reachGuarded(name, services[names.indexOf(name)]!.url),
    log: () => undefined,
  });
});
afterAll(async () => {
  await distributed.stop();
  await Promise.all(services.map((service) => service.stop()));
  await graph.close();
});

const PROMISES = `{ customer(code: "C-KEMBARA") { lifecycle deliverables(first: 50, orderBy: { field: dueOn }) { totalCount nodes { description state dueOn project { code plannedEnd manager { name } } } } agreements(first: 10) { nodes { code state value { amount currency } } } } }`;
const THEN = "2026-04-01T00:00:00Z";

test("one request goes through all portfolios as they were, the same embedded and distributed", async () => {
  const ask = (url: string, headers = {}) => askOverHttp(url, PROMISES, {}, headers);
  const [then, now] = [await ask(graph.url, { "x-as-of": THEN }), await ask(graph.url)];
  expect(then.errors).toBeUndefined();
  const due = ({ data }: Answer) => data["customer"].deliverables.nodes.map(({ dueOn }: any) => dueOn);
  expect([then, now].map((answer) => due(answer).includes("2026-06-15"))).toEqual([true, false]);
  expect(then.data["customer"].agreements.nodes).not.toEqual(now.data["customer"].agreements.nodes);
  expect(await ask(distributed.url, { "x-as-of": THEN })).toEqual(then);
  expect(await ask(distributed.url)).toEqual(now);
  // An offset is converted; the request's extensions say the same as the header.
  expect(await ask(graph.url, { "x-as-of": "2026-04-01T07:00:00+07:00" })).toEqual(then);
  expect(await askWith(graph.url, { asOf: THEN })).toEqual(then);
});

test("node and nodes answer as of the moment too; what insight works out of all portfolios is of the present", async () => {
  const { id } = (await graph.ask(`{ people(first: 1) { nodes { id } } }`)).data["people"].nodes[0];
  const ask = (query: string) => graph.ask(query, { id }, { "x-as-of": "2001-01-01T00:00:00Z" });
  expect((await ask(`query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }`)).data).toEqual({ node: null, nodes: [null] });
  for (const [field, query] of [
    ["findPeople", "{ findPeople { totalCount } }"],
    ["groupPeople", "{ groupPeople(by: [{ field: active }]) { totalGroups } }"],
    ["impact", "query ($id: ID!) { impact(of: $id, change: LEAVE) { complete } }"],
    ["verdicts", "{ verdicts(kind: EFFORT) { totalCount } }"],
    ["signals", "{ signals { totalCount } }"],
    ["keyFigures", '{ keyFigures(period: { from: "2026-01-01", to: "2026-03-31" }) { from } }'],
    // They would show what came after the moment.
    ["changes", "{ changes(first: 1) { nodes { seq } } }"],
    ["diff", 'query ($id: ID!) { diff(id: $id, from: "2001-01-01T00:00:00Z") { unchanged } }'],
  ]) {
    const { data, errors } = await ask(query!);
    expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
    const message = expect.stringMatching(
      new RegExp(`^${field} is of the present, .*leave out x-as-of\\. The portfolios' own fields are answered as of a moment`),
    );
    expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
  }
  // The portfolios' part of an answer is there all the same.
  const { data, errors } = await graph.ask(`{ customers(first: 1) { nodes { code health { verdict } } } }`, {}, { "x-as-of": THEN });
  expect(data["customers"].nodes).toEqual([{ code: "C-KEMBARA", health: null }]);
  expect(errors).toMatchObject([{ path: ["customers", "nodes", 0, "health"], message: expect.stringMatching(/^health is of the present/) }]);
});

describe("what is refused", () => {
  const FUTURE = "2999-01-01T00:00:00Z";
  test.each<[string, Record<string, string>, object | undefined, string]>([
    ["no moment", { "x-as-of": "yesterday" }, undefined, "x-as-of and extensions.asOf take a moment such as 2026-03-01T09:30:00Z."],
    ["a day of no calendar", { "x-as-of": "2026-02-30T00:00:00Z" }, undefined, "x-as-of and extensions.asOf take a moment such as 2026-03-01T09:30:00Z."],
    ["no text", {}, { asOf: 12 }, "x-as-of and extensions.asOf take a moment such as 2026-03-01T09:30:00Z."],
    ["the future", {}, { asOf: FUTURE }, "2999-01-01T00:00:00.000Z is still to come; x-as-of and extensions.asOf take a moment of the past."],
    ["two moments", { "x-as-of": THEN }, { asOf: "2026-04-02T00:00:00Z" }, "The header x-as-of and extensions.asOf name different moments; leave out one."],
  ])("%s", async (_, headers, extensions, message) => {
    expect(await askWith(graph.url, extensions, headers)).toMatchObject({ errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }] });
  });

  test("a mutation: nothing is written", async () => {
    const query = `mutation { createTeam(input: { code: "T-AS-OF", name: "Then" }) { team { id } } }`;
    const refused = await askOverHttp(graph.url, query, {}, { "x-as-of": THEN });
    expect(refused).toMatchObject({
      errors: [{ message: "Nothing can be written as of a moment; leave out x-as-of.", extensions: { code: "BAD_USER_INPUT" } }],
    });
    expect((await graph.ask(`{ team(code: "T-AS-OF") { id } }`)).data).toEqual({ team: null });
  });

  test("a subgraph refuses a header that is no moment", async () => {
    const response = await fetch(services[0]!.url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-as-of": "1; DROP TABLE" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { errors: [{ message: "x-as-of must be a moment such as 2026-03-01T09:30:00Z.", extensions: { code: "BAD_REQUEST" } }] },
    ]);
  });
});

/** Asks with extensions beside the operation. */
async function askWith(url: string, extensions: object | undefined, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query: PROMISES, extensions }),
  });
  return (await response.json()) as Answer;
}
