/** The question customers' people ask (35) is answered to them, each for their own customer; what the provider makes of its customers is refused to them. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import { answers } from "../questions/answers.js";
import { operationFiles, readQuestion } from "../questions/operations.js";
import { Story, type Told } from "../questions/story.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";

const story = new Story();
const customers = story.all("Customer").map(({ code }) => code as string);
const { query } = operationFiles.map(readQuestion).find(({ number }) => number === 35)!;

let graph: TestGraph;
const ids = new Map<string, string>();
beforeAll(async () => {
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
  const { data } = await graph.ask("{ customers(first: 100) { nodes { id code } } }");
  for (const { id, code } of data["customers"].nodes) ids.set(code, id);
}, 180_000);
afterAll(() => graph.close());

const asExecutiveOf = (code: string) => ({ "x-persona": "customer executive", "x-customers": ids.get(code)! });

/** The services of which a customer's people are told: those of the catalogue. */
const inCatalogue = (code: string): boolean => story.coded("Service", code)["status"] === "OPERATIONAL";
const nameable = (service: any): unknown => (service && inCatalogue(service.code) ? service : null);
const treeOf = (customer: Told): Told[] => [customer, ...story.all("Customer", ({ parentId }) => parentId === customer.ref).flatMap(treeOf)];

/** What of the provider's answer concerns the customer's people (domain.md, "Who a record concerns"). */
function concerning(code: string, { customer }: any): object {
  const tree = treeOf(story.coded("Customer", code)).map(({ ref }) => ref);
  const isConsumed = (service: string) =>
    ["ServiceUsage", "ServiceDependency"].some(
      (type) =>
        story.all(type, ({ customerId, serviceId }) => tree.includes(customerId as string) && story.get(serviceId as string)["code"] === service).length > 0,
    );
  const ofService = ({ service, ...rest }: any) => ({ ...rest, service: nameable(service) });
  return {
    customer: {
      ...customer,
      agreements: {
        nodes: customer.agreements.nodes
          .filter((agreement: any) => ["SLA", "SERVICE_CONTRACT", "MOU"].includes(story.coded("Agreement", agreement.code)["kind"] as string))
          .map((agreement: any) => ({
            ...agreement,
            services: {
              nodes: agreement.services.nodes
                .filter((service: any) => inCatalogue(service.code))
                .map((service: any) => (isConsumed(service.code) ? service : { ...service, competitors: { nodes: [] } })),
            },
            targets: agreement.targets.map(ofService),
          })),
      },
      ownPrices: { nodes: customer.ownPrices.nodes.filter(({ service }: any) => inCatalogue(service.code)) },
      valueSeen: { nodes: customer.valueSeen.nodes.map(ofService) },
      comingServices: { nodes: customer.comingServices.nodes.map(ofService) },
      comingProjects: {
        edges: customer.comingProjects.edges.map(({ node, because }: any) => ({ node, because: because.map(ofService) })),
      },
    },
  };
}
/** Lists in an order that depends on nothing but their items. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, unordered(item)]),
  );
}

describe.each(customers)("the executive of %s", (code) => {
  test("is answered what they pay and get, as far as it concerns them", async () => {
    const { data, errors } = await graph.ask(query, { customer: code }, asExecutiveOf(code));
    expect(errors).toBeUndefined();
    const today = new Date().toISOString().slice(0, 10);
    expect(unordered(data)).toEqual(unordered(concerning(code, answers[35]!(story, { customer: code }, today))));
  });

  test("is answered nothing of any other customer", async () => {
    const own = treeOf(story.coded("Customer", code)).map((each) => each["code"]);
    for (const other of customers.filter((each) => !own.includes(each)))
      expect(await graph.ask(query, { customer: other }, asExecutiveOf(code))).toEqual({ data: { customer: null } });
  });
});

test("most customers' answers hold agreements, prices of others and what is coming", () => {
  const all = customers.map((code) => (concerning(code, answers[35]!(story, { customer: code }, "2026-11-27")) as any).customer);
  expect(all.filter(({ agreements }) => agreements.nodes.length > 0).length).toBeGreaterThan(customers.length / 2);
  expect(JSON.stringify(all)).toContain('"competitor"');
  expect(all.filter(({ comingProjects }) => comingProjects.edges.length > 0).length).toBeGreaterThan(2);
});

test("what they may see, they may ask for across portfolios", async () => {
  const asked = "{ findCustomers { totalCount nodes { code } } groupCustomers(by: [{ field: kind }]) { groups { count } } }";
  const { data, errors } = await graph.ask(asked, {}, asExecutiveOf("C-KEMBARA"));
  expect(errors).toBeUndefined();
  const own = treeOf(story.coded("Customer", "C-KEMBARA")).map((each) => ({ code: each["code"] }));
  expect(unordered(data["findCustomers"])).toEqual(unordered({ totalCount: own.length, nodes: own }));
  expect(data["groupCustomers"].groups.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(own.length);
});

test.each([
  ["signals", "{ signals { totalCount } }"],
  ["diff", `{ diff(id: "cus_01J0000000000000000000000A", from: "2026-01-01T00:00:00Z") { unchanged } }`],
  ["changes", "{ changes { nodes { seq } } }"],
  ["verdicts", "{ verdicts(kind: EFFORT) { totalCount } }"],
  ["keyFigures", '{ keyFigures(period: { from: "2026-01-01", to: "2026-03-31" }) { from } }'],
])("%s is refused to them, which joins the records of all", async (field, text) => {
  const { data, errors } = await graph.ask(text, {}, asExecutiveOf("C-KEMBARA"));
  expect(data?.[field] ?? null).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
});
