/** What `diff` answers to odd questions, and of portfolios that do not answer it well. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openInsight } from "../../subgraphs/insight/index.js";
import { portfolios } from "../../subgraphs/list.js";
import { type GraphQLAnswer, type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios, policy } from "../support/graph.js";

const DIFF = `query ($id: ID!, $from: DateTime!, $to: DateTime) {
  diff(id: $id, from: $from, to: $to) { records { type change through fields { field from to } } unchanged missing }
}`;
const BEFORE = "2020-01-01T00:00:00Z";

describe.each(databaseKinds)("diff on %s", (kind) => {
  let graph: TestPortfolios;
  /** A customer with an opportunity. */
  let id: string;
  beforeAll(async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const { createCustomer } = await graph.ask(
      "customer",
      `mutation { createCustomer(input: { code: "C", name: "Koperasi", kind: EXTERNAL, segment: STANDARD }) { customer { id } problems { message } } }`,
    );
    id = createCustomer.customer.id;
    await graph.ask(
      "service",
      `mutation { createOpportunity(input: { code: "O", title: "Scan", kind: CHANGE, origin: JOINT, customerId: "${id}" }) { problems { message } } }`,
    );
  }, 120_000);
  afterAll(() => graph.close());
  const reached = ({ data }: any) => data.diff.records.map(({ type, change }: any) => `${type} ${change}`);

  test.each([
    ["an id of no type", { id: "nonsense", from: BEFORE }, "nonsense is not an id of any type."],
    ["the future", { from: "2999-01-01T00:00:00Z" }, "from and to are moments of the past."],
    ["an end in the future", { from: BEFORE, to: "2999-01-01T00:00:00Z" }, "from and to are moments of the past."],
    ["an end before the beginning", { from: BEFORE, to: "2019-01-01T00:00:00Z" }, "from is later than to; exchange them."],
  ])("refuses %s", async (_, variables, message) => {
    const answer = await graph.reach("insight").execute({ query: DIFF, variables: { id, ...variables } }, call);
    expect(answer).toMatchObject({ data: { diff: null }, errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }] });
  });

  test("a record that was at neither moment is null; one that was not yet there is new", async () => {
    const { diff } = await graph.ask("insight", DIFF, { id: `cus_${"0".repeat(26)}`, from: BEFORE });
    expect(diff).toBeNull();
    expect(reached({ data: await graph.ask("insight", DIFF, { id, from: BEFORE }) })).toEqual(["Customer CREATED", "Opportunity CREATED"]);
    expect((await graph.ask("insight", DIFF, { id, from: BEFORE, to: BEFORE }))["diff"]).toBeNull();
  });

  test("several that are asked for together are told as each is alone, those that do not exist included", async () => {
    const others: string[] = [];
    for (const code of ["D", "E"]) {
      const input = `code: "${code}", name: "Koperasi ${code}", kind: EXTERNAL, segment: STANDARD`;
      others.push((await graph.ask("customer", `mutation { createCustomer(input: { ${input} }) { customer { id } } }`))["createCustomer"].customer.id);
    }
    const input = `code: "P", title: "Print", kind: CHANGE, origin: JOINT, customerId: "${others[0]}"`;
    await graph.ask("service", `mutation { createOpportunity(input: { ${input} }) { problems { message } } }`);
    const ids = [id, ...others, `cus_${"0".repeat(26)}`];
    const query = `query ($of: [_Any!]!, $from: DateTime!) {
      _entities(representations: $of) { ... on Customer { diff(from: $from) { records { type id change through fields { field from to } } unchanged missing } } } }`;
    const told = async (some: readonly string[]) =>
      (await graph.ask("insight", query, { of: some.map((each) => ({ __typename: "Customer", id: each })), from: BEFORE }))["_entities"];
    const together = await told(ids);
    expect(together).toEqual((await Promise.all(ids.map((each) => told([each])))).flat());
    expect(together.map(({ diff }: any) => diff && diff.records.map(({ type }: any) => type))).toEqual([
      ["Customer", "Opportunity"],
      ["Customer", "Opportunity"],
      ["Customer"],
      null,
    ]);
  });

  test("what a portfolio does not answer, or answers in another shape, is named as missing and never taken for unchanged", async () => {
    const service = graph.subgraph("service");
    let spoil: (answer: GraphQLAnswer) => unknown = (answer) => answer;
    const faulty: Subgraph = { ...service, execute: async (...args) => spoil(await service.execute(...args)) as GraphQLAnswer };
    const insight = await openInsight({
      portfolios,
      policy,
      settings: newDatabase(kind),
      reach: (name) => (name === "service" ? faulty : graph.reach(name)),
      report: () => undefined,
    });
    const entities = (value: unknown) => () => ({ data: { _entities: [{ id, opportunities: value, developments: value }] } });
    for (const fault of [
      () => {
        throw new SubgraphUnreachable("service");
      },
      () => ({ data: null }),
      () => ({ data: { _entities: "all" } }),
      entities("many"),
      entities(undefined),
      entities([]),
      entities({ nodes: "many", pageInfo: {} }),
      entities({ nodes: [] }),
    ]) {
      spoil = fault;
      const answer = (await insight.execute({ query: DIFF, variables: { id, from: BEFORE } }, call)) as any;
      expect(answer.errors).toBeUndefined();
      expect([reached(answer), answer.data.diff.missing]).toEqual([["Customer CREATED"], ["service"]]);
    }
    spoil = (answer) => answer;
    const answer = (await insight.execute({ query: DIFF, variables: { id, from: BEFORE } }, call)) as any;
    expect([reached(answer), answer.data.diff.missing]).toEqual([["Customer CREATED", "Opportunity CREATED"], []]);
    await insight.close();
  });
});
