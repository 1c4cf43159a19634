import { afterEach, describe, expect, test } from "@jest/globals";
import { openInsight } from "../../subgraphs/insight/index.js";
import { portfolios } from "../../subgraphs/list.js";
import { type LedgerEntry, type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios, policy } from "../support/graph.js";

const PAGE = `query ($after: String, $since: DateTime, $first: Int, $types: [String!]) {
  changes(after: $after, since: $since, first: $first, types: $types) {
    edges { cursor node { portfolio seq at type id operation version fields { field from to } before after record { id } } }
    pageInfo { hasNextPage endCursor }
    asOf { portfolio seq stale }
  }
}`;

describe.each(databaseKinds)("the feed of changes on %s", (kind) => {
  let graph: TestPortfolios;
  afterEach(() => graph.close());

  const open = async () => void (graph = await openTestPortfolios(newDatabase(kind)));
  const page = async (variables: object = {}) => (await graph.ask("insight", PAGE, variables as never))["changes"];
  const refusal = async (variables: object) => (await graph.reach("insight").execute({ query: PAGE, variables: variables as never }, call)).errors?.[0];
  const addTeam = (code: string) =>
    graph.ask("people", `mutation { createTeam(input: { code: "${code}", name: "${code}" }) { team { id } problems { code } } }`);
  const addService = (code: string) =>
    graph.ask("service", `mutation { createService(input: { code: "${code}", name: "${code}", kind: BUSINESS }) { service { id } } }`);

  test("misses nothing, gives nothing twice and keeps each portfolio's order, while several write", async () => {
    await open();
    let writing = true;
    const seen = new Map<string, number[]>();
    const reading = (async () => {
      let after: string | null = null;
      for (let idle = 0; idle < 2;) {
        const { edges, pageInfo } = await page({ after, first: 7 });
        for (const { node } of edges) seen.set(node.portfolio, [...(seen.get(node.portfolio) ?? []), node.seq]);
        after = pageInfo.endCursor;
        if (!writing && edges.length === 0) idle++;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (let i = 0; i < 20; i++) await (writer % 2 ? addTeam(`T${writer}-${i}`) : addService(`S${writer}-${i}`));
      }),
    );
    writing = false;
    await reading;
    const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
    expect(Object.fromEntries(seen)).toEqual({ people: upTo(40), service: upTo(40) });
  });

  test("shows a change with before and after, and the record while it exists", async () => {
    await open();
    const { createTeam } = await addTeam("T");
    const { id } = createTeam.team;
    await graph.ask("people", `mutation { updateTeam(input: { id: "${id}", version: 1, name: "New" }) { problems { code } } }`);
    const { edges } = await page();
    expect(edges.map(({ node }: any) => node)).toMatchObject([
      { portfolio: "people", seq: 1, type: "Team", id, operation: "create", version: 1, before: null, after: { code: "T", name: "T" }, record: { id } },
      { seq: 2, operation: "update", version: 2, fields: [{ field: "name", from: "T", to: "New" }], before: { name: "T" }, after: { name: "New" } },
    ]);
    expect(await page({ after: edges[0].cursor })).toMatchObject({ edges: [{ node: { seq: 2 } }], pageInfo: { hasNextPage: false } });
  });

  test("passes over other types, and goes on since a moment", async () => {
    await open();
    await addTeam("A");
    await addService("S");
    await new Promise((resolve) => setTimeout(resolve, 5));
    const since = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await addTeam("B");
    const codes = async (variables: object) => (await page(variables)).edges.map(({ node }: any) => node.after.code);
    expect(await codes({ types: ["Service"] })).toEqual(["S"]);
    expect(await codes({ since })).toEqual(["B"]);
    expect(await codes({ since: "1999-01-01T00:00:00Z" })).toEqual(["A", "S", "B"]);
    const { edges, pageInfo } = await page({ types: ["Customer"] });
    expect([edges, await codes({ after: pageInfo.endCursor })]).toEqual([[], []]);
    expect(await page({ first: 0 })).toMatchObject({ edges: [], pageInfo: { hasNextPage: true } });
  });

  test("survives a rebuild; a portfolio out of reach waits; one begun anew is said", async () => {
    await open();
    await addTeam("A");
    await addService("S");
    const { pageInfo } = await page();
    let state: "well" | "gone" | "emptied" = "gone";
    const people = graph.subgraph("people");
    const faulty: Subgraph = {
      ...people,
      head: (context) =>
        state === "gone" ? Promise.reject(new SubgraphUnreachable("people")) : state === "emptied" ? Promise.resolve(0) : people.head(context),
      ledger: (after, first, context) => (state === "gone" ? Promise.reject(new SubgraphUnreachable("people")) : people.ledger(after, first, context)),
    };
    const insight = await openInsight({
      portfolios,
      policy,
      settings: newDatabase(kind),
      reach: (name) => (name === "people" ? faulty : graph.reach(name)),
      report: () => undefined,
    });
    const ask = async (after: string) => (await insight.execute({ query: PAGE, variables: { after } }, call)) as any;
    await addTeam("B");
    await addService("T");
    const codes = (answer: any) => answer.data.changes.edges.map(({ node }: any) => node.after.code);
    const without = await ask(pageInfo.endCursor);
    expect(codes(without)).toEqual(["T"]);
    expect(without.data.changes.asOf).toContainEqual({ portfolio: "people", seq: 1, stale: true });
    state = "well";
    await insight.follower.rebuild(call);
    expect(codes(await ask(without.data.changes.pageInfo.endCursor))).toEqual(["B"]);
    state = "emptied";
    expect((await ask(pageInfo.endCursor)).errors[0].message).toMatch(/^The cursor is ahead of the people portfolio, which was restored or begun anew/);
    await insight.close();
  });

  test("a ledger that is none, or has a gap, waits as if it were out of reach: nothing of it is passed over", async () => {
    await open();
    for (const code of ["A", "B", "C"]) await addTeam(code);
    await addService("S");
    const people = graph.subgraph("people");
    let faults: { head?: unknown; spoil?: (entries: readonly LedgerEntry[]) => unknown } = {};
    const faulty: Subgraph = {
      ...people,
      head: async (context) => ("head" in faults ? (faults.head as number) : people.head(context)),
      ledger: async (...args) => (faults.spoil ?? ((entries) => entries))(await people.ledger(...args)) as LedgerEntry[],
    };
    const insight = await openInsight({
      portfolios,
      policy,
      settings: newDatabase(kind),
      reach: (name) => (name === "people" ? faulty : graph.reach(name)),
      report: () => undefined,
    });
    const ask = async (after: string | null) => (await insight.execute({ query: PAGE, variables: { after } }, call)) as any;
    const codes = (answer: any) => answer.data.changes.edges.map(({ node }: any) => node.after.code);
    for (const fault of [
      ...[null, "4", -1, 0.5].map((head) => ({ head })),
      { spoil: () => null },
      { spoil: () => ({}) },
      { spoil: () => [null] },
      { spoil: (entries: readonly LedgerEntry[]) => entries.slice(1) },
      { spoil: (entries: readonly LedgerEntry[]) => [...entries].reverse() },
    ]) {
      faults = fault;
      const answer = await ask(null);
      expect(answer.errors).toBeUndefined();
      expect(codes(answer)).toEqual(["S"]);
      expect(answer.data.changes.asOf).toContainEqual({ portfolio: "people", seq: 0, stale: true });
      faults = {};
      expect(codes(await ask(answer.data.changes.pageInfo.endCursor))).toEqual(["A", "B", "C"]);
    }
    await insight.close();
  });

  test("refuses more than 10,000 changes in one request, however many fields ask for them", async () => {
    await open();
    await addTeam("A");
    const ask = async (fields: number) => {
      const query = `{ ${Array.from({ length: fields }, (_, i) => `a${i}: changes(first: 1000) { nodes { id } }`).join(" ")} }`;
      return graph.reach("insight").execute({ query }, call);
    };
    const { data, errors } = await ask(10);
    expect([errors, Object.values(data!).map((feed) => (feed as { nodes: unknown[] }).nodes.length)]).toEqual([undefined, Array(10).fill(1)]);
    expect(await ask(11)).toEqual({
      data: { ...data, a10: null },
      errors: [
        {
          message: "The operation asks for more than 10000 changes; ask for them page after page.",
          path: ["a10"],
          extensions: { code: "OPERATION_TOO_LARGE" },
        },
      ],
    });
  });

  test.each([
    [{ after: "nonsense" }, "after is not a cursor of this feed; pass an endCursor it answered."],
    [{ after: Buffer.from('{"people":-1}').toString("base64url") }, "after is not a cursor of this feed; pass an endCursor it answered."],
    [{ after: Buffer.from('{"other":1}').toString("base64url") }, "after is not a cursor of this feed; pass an endCursor it answered."],
    [{ after: Buffer.from("[]").toString("base64url") }, "after is not a cursor of this feed; pass an endCursor it answered."],
    [{ types: ["Nonsense"] }, "There is no type Nonsense; types holds names such as Customer, CustomerUnit."],
    [{ first: 1001 }, "first must be from 0 to 1000; it is 1001."],
    [{ after: "x", since: "2026-01-01T00:00:00Z" }, "The feed goes on after a cursor or since a moment; name one of the two."],
  ])("refuses %j", async (variables, message) => {
    await open();
    expect(await refusal(variables)).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
  });
});
