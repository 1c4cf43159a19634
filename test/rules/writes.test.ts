/** How rules hold beyond single mutations: in batches, on records an import let in, and when what a record needs is deleted. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { call } from "../support/graph.js";
import { type Values, World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

/** Writes a batch as an import does; answers for each record the rule that refused it, or "written". */
async function batch(type: string, inputs: readonly Values[], tolerate: readonly string[] = []): Promise<{ ids: string[]; answers: string[] }> {
  const outcomes = await world.graph
    .subgraph(world.portfolioOf(type))
    .writer(call)
    .createMany(type, inputs, { act: "import", tolerate: new Set(tolerate) });
  return { ids: outcomes.map(({ record }) => record?.id ?? ""), answers: outcomes.map(({ problems }) => problems[0]?.rule ?? problems[0]?.code ?? "written") };
}

describe("in a batch", () => {
  test("a rule sees the records before it in the batch", async () => {
    const [one, other] = [await world.new("Customer"), await world.new("Customer")];
    const relationships = await batch("Relationship", [{ customerId: one }, { customerId: other }, { customerId: one }]);
    expect(relationships.answers).toEqual(["written", "written", "RELATIONSHIP_ONE_PER_CUSTOMER"]);
    expect(await world.linked("customer", "Customer", one, "relationship")).toEqual([relationships.ids[0]]);
    const [a, b, c] = [await world.new("Project"), await world.new("Project"), await world.new("Project")];
    const dependencies = [
      { projectId: a, dependsOnId: b },
      { projectId: b, dependsOnId: c },
      { projectId: c, dependsOnId: a },
      { projectId: a, dependsOnId: c },
    ];
    expect(
      (
        await batch(
          "ProjectDependency",
          dependencies.map((each) => ({ kind: "FINISH_TO_START", ...each })),
        )
      ).answers,
    ).toEqual(["written", "written", "PROJECT_DEPENDENCY_NO_CYCLE", "written"]);
  });

  test("each record stands or falls on its own", async () => {
    const customer = (code: string, segment: string) => ({ code, name: "C", kind: "EXTERNAL", segment });
    const { answers } = await batch("Customer", [
      customer("B-1", "STANDARD"),
      customer("B-2", "KEY"),
      customer("B-1", "STANDARD"),
      customer("B-3", "STANDARD"),
    ]);
    expect(answers).toEqual(["written", "CUSTOMER_SEGMENT_HAS_REASON", "DUPLICATE", "written"]);
  });
});

describe("a record that was let in with a broken rule", () => {
  const KEY = "CUSTOMER_SEGMENT_HAS_REASON";
  const letIn = async (code: string) => (await batch("Customer", [{ code, name: "C", kind: "EXTERNAL", segment: "KEY" }], [KEY])).ids[0]!;
  const findings = [{ rule: KEY, message: "A KEY customer needs a segmentReason; say why it is one, or make it STANDARD." }];

  test("says so, and still does after a change that does not touch it", async () => {
    const id = await letIn("F-1");
    expect(await world.read("Customer", id)).toMatchObject({ segment: "KEY", segmentReason: null, findings });
    const { record, problems } = await world.change("update", "Customer", id, { name: "Renamed" });
    expect({ problems, record }).toMatchObject({ problems: [], record: { name: "Renamed", version: 2, findings } });
    expect(await world.pick("Customer", id, "history { nodes { operation } }")).toEqual({
      history: { nodes: [{ operation: "update" }, { operation: "import" }] },
    });
  });

  test("is not changed in what breaks the rule, unless the change mends it", async () => {
    const id = await letIn("F-2");
    const refused = await world.change("update", "Customer", id, { segmentReason: " " });
    expect(refused).toMatchObject({ record: null, problems: [{ code: "RULE_BROKEN", rule: KEY, path: ["segmentReason"] }] });
    expect(await world.read("Customer", id)).toMatchObject({ version: 1, segmentReason: null, findings });
    expect((await world.change("update", "Customer", id, { segmentReason: "A tenth of our revenue" })).record).toMatchObject({ version: 2, findings: [] });
    expect((await world.change("update", "Customer", id, { segmentReason: null })).problems).toMatchObject([{ rule: KEY }]);
  });

  test("is not excused from another rule", async () => {
    const id = await letIn("F-3");
    expect((await world.change("update", "Customer", id, { parentId: id })).problems).toMatchObject([
      { code: "RULE_BROKEN", rule: "CUSTOMER_TREE", path: ["parentId"] },
    ]);
  });

  test("is found by a filter", async () => {
    const id = await letIn("F-4");
    const { customers } = await world.graph.ask("customer", `{ customers(first: 1000, filter: { hasFindings: true }) { nodes { id } } }`);
    expect(customers.nodes).toContainEqual({ id });
  });
});

describe("what a record needs is not deleted from under it", () => {
  /** Expects that of two records the first is deleted and the last is not. */
  async function keepsLast(type: string, ids: readonly [string, string], rule: string) {
    expect(await world.remove(type, ids[0])).toEqual({ deletedId: ids[0], problems: [] });
    const before = { heads: await world.heads(), record: await world.read(type, ids[1]) };
    expect(await world.remove(type, ids[1])).toEqual({
      deletedId: null,
      problems: [{ code: "RULE_BROKEN", rule, path: ["id"], retryable: false, message: expect.any(String) }],
    });
    expect({ heads: await world.heads(), record: await world.read(type, ids[1]) }).toEqual(before);
  }

  test("the last target of an SLA in force", async () => {
    const inForce = {
      state: "ACTIVE",
      startOn: "2026-01-01",
      parties: [{ partyId: await world.the("Customer"), side: "CUSTOMER" }],
      serviceIds: [await world.the("Service")],
    };
    const agreementId = await world.new("Agreement", { ...inForce, kind: "SLA" });
    const targets = [await world.new("ServiceLevelTarget", { agreementId }), await world.new("ServiceLevelTarget", { agreementId })] as const;
    await keepsLast("ServiceLevelTarget", targets, "AGREEMENT_ACTIVE_SLA_NEEDS_TARGET");
    await world.change("reviewAgreement", "Agreement", agreementId);
    expect((await world.remove("ServiceLevelTarget", targets[1])).problems).toEqual([]);
    const mou = await world.new("ServiceLevelTarget", { agreementId: await world.new("Agreement", inForce) });
    expect((await world.remove("ServiceLevelTarget", mou)).problems).toEqual([]);
  });

  test("the last offering of a service in the catalogue", async () => {
    const serviceId = await world.new("Service", { status: "OPERATIONAL" });
    const offerings = [await world.new("ServiceOffering", { serviceId }), await world.new("ServiceOffering", { serviceId })] as const;
    await keepsLast("ServiceOffering", offerings, "SERVICE_OPERATIONAL_NEEDS_OFFERING");
    await world.change("revertService", "Service", serviceId, { reason: "Not ready" });
    expect((await world.remove("ServiceOffering", offerings[1])).problems).toEqual([]);
  });

  test("nothing else of a service that came in without an offering is kept for it", async () => {
    const serviceId = await world.new("Service", { status: "OPERATIONAL" });
    for (const type of ["ServiceCost", "CompetitorBenchmark", "Requirement", "ServiceEvaluation", "ServiceDevelopment"])
      expect((await world.remove(type, await world.new(type, { serviceId }))).problems).toEqual([]);
  });
});
