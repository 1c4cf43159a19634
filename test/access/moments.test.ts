/** What a customer's people see of the past: what concerned them then, under the same guards as now. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestGraph, call, databaseKinds, newDatabase, openTestGraph } from "../support/graph.js";

describe.each(databaseKinds)("The past, as a customer's people see it, on %s", (kind) => {
  let graph: TestGraph;
  const ids: Record<string, string> = {};
  let then: string;

  beforeAll(async () => {
    graph = await openTestGraph(newDatabase(kind));
    const writer = (name: string) => graph.portfolios.subgraph(name).writer(call);
    const create = async (name: string, type: string, input: Record<string, unknown>): Promise<string> => (await writer(name).create(type, input)).record!.id;
    const change = async (name: string, type: string, id: string, input: Record<string, unknown>) =>
      expect((await writer(name).update(type, id, 1, input)).problems).toEqual([]);
    const partyOf = (partyId: string) => [{ partyId, side: "CUSTOMER" }];
    for (const code of ["ONE", "TWO"]) ids[code] = await create("customer", "Customer", { code, name: code, kind: "EXTERNAL" });
    const [one, two] = [ids["ONE"]!, ids["TWO"]!];
    ids["moved"] = await create("agreement", "Agreement", { code: "MOVED", title: "Of one", kind: "SLA", parties: partyOf(one) });
    ids["inner"] = await create("agreement", "Agreement", { code: "INNER", title: "Inside", kind: "SLA", parties: partyOf(one) });
    ids["talk"] = await create("customer", "Interaction", {
      level: "STRATEGIC",
      kind: "MEETING",
      heldAt: "2026-01-10T09:00:00.000Z",
      decisions: "Of one alone.",
      aboutIds: [one],
    });
    await wait(5);
    then = new Date().toISOString();
    await wait(5);
    await change("agreement", "Agreement", ids["moved"], { title: "Of two", parties: partyOf(two) });
    await change("agreement", "Agreement", ids["inner"], { kind: "OLA" });
    await change("customer", "Interaction", ids["talk"], { aboutIds: [one, two], decisions: "Of both." });
  }, 60_000);
  afterAll(() => graph?.close());

  const QUERY = `query ($moved: ID!, $ids: [ID!]!, $customer: ID!) {
    agreement(id: $moved) { title } byCode: agreement(code: "MOVED") { title } nodes(ids: $ids) { id }
    agreements(orderBy: [{ field: code }]) { totalCount nodes { code title } }
    filtered: agreements(filter: { title: { eq: "Of one" } }) { totalCount }
    interactions { totalCount nodes { decisions } }
    customer(id: $customer) { agreements(orderBy: [{ field: code }]) { totalCount nodes { code } } }
  }`;
  const see = async (customer: string, asOf?: string) => {
    const variables = { moved: ids["moved"], ids: [ids["moved"], ids["inner"], ids["talk"]], customer: ids[customer] };
    const headers = { "x-persona": "customer executive", "x-customers": ids[customer]!, ...(asOf === undefined ? {} : { "x-as-of": asOf }) };
    const { data, errors } = await graph.ask(QUERY, variables, headers);
    expect(errors).toBeUndefined();
    return data;
  };
  /** What is seen of no record but the customer itself. */
  const NOTHING = {
    agreement: null,
    byCode: null,
    nodes: [null, null, null],
    agreements: { totalCount: 0, nodes: [] },
    filtered: { totalCount: 0 },
    interactions: { totalCount: 0, nodes: [] },
    customer: { agreements: { totalCount: 0, nodes: [] } },
  };

  test("whom records concerned then sees them as they were, and whom they concern now does not", async () => {
    expect(await see("ONE", then)).toEqual({
      agreement: { title: "Of one" },
      byCode: { title: "Of one" },
      nodes: [{ id: ids["moved"] }, { id: ids["inner"] }, { id: ids["talk"] }],
      agreements: {
        totalCount: 2,
        nodes: [
          { code: "INNER", title: "Inside" },
          { code: "MOVED", title: "Of one" },
        ],
      },
      filtered: { totalCount: 1 },
      interactions: { totalCount: 1, nodes: [{ decisions: "Of one alone." }] },
      customer: { agreements: { totalCount: 2, nodes: [{ code: "INNER" }, { code: "MOVED" }] } },
    });
    expect(await see("TWO", then)).toEqual(NOTHING);
  });

  test("now it is the other way round, and what became the provider's own or is said of both concerns neither", async () => {
    expect(await see("ONE")).toEqual(NOTHING);
    expect(await see("TWO")).toEqual({
      ...NOTHING,
      agreement: { title: "Of two" },
      byCode: { title: "Of two" },
      nodes: [{ id: ids["moved"] }, null, null],
      agreements: { totalCount: 1, nodes: [{ code: "MOVED", title: "Of two" }] },
      customer: { agreements: { totalCount: 1, nodes: [{ code: "MOVED" }] } },
    });
  });

  test("what is hidden now is hidden of the past, and a comparison with the past is refused", async () => {
    const headers = { "x-persona": "customer executive", "x-customers": ids["ONE"]!, "x-as-of": then };
    const hidden = await graph.ask("query ($id: ID!) { agreement(id: $id) { title history(first: 1) { totalCount } } }", { id: ids["moved"] }, headers);
    expect(hidden.data).toEqual({ agreement: { title: "Of one", history: null } });
    expect(hidden.errors).toMatchObject([{ path: ["agreement", "history"], extensions: { code: "FORBIDDEN" } }]);
    const compared = await graph.ask("query ($id: ID!, $then: DateTime!) { diff(id: $id, from: $then) { unchanged } }", { id: ids["moved"], then }, headers);
    expect([compared.data, compared.errors?.map(({ extensions }) => extensions["code"])]).toEqual([{ diff: null }, ["FORBIDDEN"]]);
  });
});
