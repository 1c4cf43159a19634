/** Each of the guards that lie one behind another, by itself: what holds where the one before it has been forgotten. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import type { GraphQLAnswer, Principal } from "../../transport/subgraph.js";
import { call } from "../support/graph.js";
import { PATIENCE, type Tenants, executiveOf, openTenants } from "./tenants.js";

/** Somebody who may do everything, but for one customer only. */
const limitedTo = (root: string): Principal => ({ subject: "eva", roles: ["developer"], customers: [root] });

describe("records, where the policy hides nothing and lets everybody write", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-layers-"));
  const file = path.join(folder, "policy.yaml");
  const before = process.env["POLICY"];
  let tenants: Tenants;
  let principal: Principal;
  beforeAll(async () => {
    writeFileSync(file, `limited: { hides: [] }\nroles: { developer: { reads: ["*"], writes: ["*"] }, portfolio: { reads: ["*"] } }\n`);
    process.env["POLICY"] = file;
    tenants = await openTenants();
    principal = limitedTo(tenants.roots[0]!);
  }, PATIENCE);
  afterAll(async () => {
    if (before === undefined) delete process.env["POLICY"];
    else process.env["POLICY"] = before;
    await tenants.portfolios.close();
    rmSync(folder, { recursive: true });
  });
  const ask = (name: string, query: string, variables = {}): Promise<GraphQLAnswer> =>
    tenants.portfolios.subgraph(name).execute({ query, variables }, { ...call, principal });
  const codesOf = ({ errors = [] }: GraphQLAnswer) => errors.map(({ extensions }) => extensions?.["code"]);

  test("are written by nobody who is limited, their own neither", async () => {
    const heads = () => Promise.all([...tenants.portfolios.local.values()].map((subgraph) => subgraph.head(call)));
    const held = await heads();
    const root = tenants.roots[0]!;
    const objective = [...tenants.allowed(root)].find((id) => tenants.records.get(id)!.type === "BusinessObjective");
    for (const [name, query] of [
      ["customer", `mutation { updateCustomer(input: { id: "${root}", version: 1, name: "Mine" }) { problems { code } } }`],
      ["customer", `mutation { deleteBusinessObjective(input: { id: "${objective}", version: 1 }) { problems { code } } }`],
      ["people", 'mutation { createTeam(input: { code: "MINE", name: "Mine" }) { problems { code } } }'],
    ] as const)
      expect([query, codesOf(await ask(name, query))]).toEqual([query, ["FORBIDDEN"]]);
    expect(await heads()).toEqual(held);
  });

  test("tell those who are limited nothing of what they were", async () => {
    const own = `customer(id: "${tenants.roots[0]!}")`;
    expect((await ask("customer", `{ ${own} { id } }`)).data).toEqual({ customer: { id: tenants.roots[0]! } });
    for (const history of ["nodes { by }", "totalCount"])
      expect(codesOf(await ask("customer", `{ ${own} { history(first: 1) { ${history} } } }`))).toEqual(["FORBIDDEN"]);
    for (const subgraph of tenants.portfolios.local.values())
      await expect(subgraph.ledger(0, 1, { ...call, principal })).rejects.toThrow("The ledger is not shown to those who see only their own.");
  });

  test("and say so over HTTP, as no fault of ours", async () => {
    const service = await serveSubgraph(tenants.portfolios.subgraph("people"), { host: "127.0.0.1", port: 0 });
    try {
      // Who names no principal is limited to nobody's records.
      const response = await fetch(new URL("/ledger", service.url));
      expect([response.status, await response.json()]).toEqual([
        403,
        { errors: [{ message: "The ledger is not shown to those who see only their own.", extensions: { code: "FORBIDDEN" } }] },
      ]);
    } finally {
      await service.stop();
    }
  });

  test("are not filtered by links to records that may be others'", async () => {
    const person = [...tenants.records].find(([, { type }]) => type === "Person")![0];
    const query = "query ($filter: StakeholderFilter) { stakeholders(filter: $filter) { totalCount } }";
    for (const filter of [
      { person: { eq: person } },
      { and: [{ person: { eq: person } }] },
      { not: { or: [{ person: { eq: person } }] } },
      { hasFindings: true },
    ])
      expect([filter, codesOf(await ask("customer", query, { filter }))]).toEqual([filter, ["FORBIDDEN"]]);
    const answer = await ask("customer", query, { filter: { customer: { eq: tenants.roots[0]! } } });
    expect([answer.errors, answer.data]).toEqual([undefined, { stakeholders: { totalCount: expect.any(Number) } }]);
  });
});

describe("a subgraph, asked past the gateway", () => {
  let tenants: Tenants;
  beforeAll(async () => {
    tenants = await openTenants();
  }, PATIENCE);
  afterAll(() => tenants.portfolios.close());

  /** What a subgraph answers a customer's people, by the ids of the records; none is left out of what they may see. */
  async function readAll(name: string, root: string, plural: string, fields: string): Promise<Map<string, Record<string, any>>> {
    const query = `{ all: ${plural}(first: 1000) { nodes { id ${fields} } } }`;
    const { data, errors } = await tenants.portfolios.subgraph(name).execute({ query }, { ...call, principal: executiveOf(root) });
    expect(errors).toBeUndefined();
    return new Map((data!["all"] as { nodes: { id: string }[] }).nodes.map((node) => [node.id, node]));
  }

  test.each([
    ["agreement", "agreements", "services", "serviceIds"],
    ["project", "deliverables", "customers", "customerIds"],
  ])("of %s, %s lead by %s to what may be seen in other portfolios, and count nothing else", async (name, plural, link, ids) => {
    let hidden = 0;
    for (const root of tenants.roots) {
      const allowed = tenants.allowed(root);
      const answered = await readAll(name, root, plural, `${link}(first: 100) { totalCount nodes { id } }`);
      for (const [id, record] of answered) {
        const linked = tenants.records.get(id)!.image[ids] as string[];
        const seen = linked.filter((each) => allowed.has(each));
        expect({ id, count: record[link].totalCount, ids: record[link].nodes.map((node: { id: string }) => node.id).sort() }).toEqual({
          id,
          count: seen.length,
          ids: seen.sort(),
        });
        hidden += linked.length - seen.length;
      }
    }
    expect(hidden).toBeGreaterThan(0);
  });

  test("lists hold no item of somebody else's", async () => {
    let hidden = 0;
    for (const root of tenants.roots) {
      const allowed = tenants.allowed(root);
      for (const [id, { parties }] of await readAll("agreement", root, "agreements", "parties { side party { ... on Node { id } } }")) {
        const all = tenants.records.get(id)!.image["parties"] as { partyId: string; side: string }[];
        const seen = all.filter(({ partyId }) => allowed.has(partyId)).map(({ partyId, side }) => ({ side, party: { id: partyId } }));
        expect({ id, parties }).toEqual({ id, parties: seen });
        hidden += all.length - seen.length;
      }
    }
    expect(hidden).toBeGreaterThan(0);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ["a filter in the text", "{ stakeholders(filter: { influence: { gte: 3 } }) { totalCount } }", {}],
    ["a filter in a variable", "query ($f: StakeholderFilter) { stakeholders(filter: $f) { totalCount } }", { f: { and: [{ influence: { gte: 3 } }] } }],
    ["an order in a variable", "query ($o: [StakeholderOrder!]) { stakeholders(orderBy: $o) { totalCount } }", { o: [{ field: "influence" }] }],
    ["a variable within the text", "query ($o: StakeholderOrderField!) { stakeholders(orderBy: [{ field: $o }]) { totalCount } }", { o: "influence" }],
    ["what a variable is by default", "query ($o: StakeholderOrderField! = influence) { stakeholders(orderBy: [{ field: $o }]) { totalCount } }", {}],
  ])("keeps the policy of its own: no list tells a hidden field, by %s", async (_, query, variables) => {
    const subgraph = tenants.portfolios.subgraph("customer");
    const answer = await subgraph.execute({ query, variables }, { ...call, principal: limitedTo(tenants.roots[0]!) });
    expect(answer).toEqual({
      errors: [
        { message: expect.stringMatching(/^Stakeholder records may not be (filtered|sorted or grouped) by influence\.$/), extensions: { code: "FORBIDDEN" } },
      ],
    });
    expect((await subgraph.execute({ query, variables }, call)).errors).toBeUndefined();
  });
});
