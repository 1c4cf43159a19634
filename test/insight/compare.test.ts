/** Conditions that compare days: of a record, and of the earliest or latest of what it is linked to. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { World } from "./world.js";

type Values = Record<string, unknown>;

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  async function find(type: string, where: Values): Promise<string[]> {
    const { data, errors } = await world.ask(`query ($where: ${type}Where) { found: find${type}s(where: $where, first: 1000) { nodes { id } } }`, { where });
    expect(errors).toBeUndefined();
    return data.found.nodes.map(({ id }: { id: string }) => id);
  }
  const project = (values: Values) => world.make("Project", { name: "p", ...values });
  const own = (fields: string[], other: string[], daysAfter: Values) => ({ compare: [{ date: { fields }, with: { fields: other }, daysAfter }] });

  test("of a record's own days, the first that is filled", async () => {
    const leap = await project({ approvedEnd: "2024-02-28", plannedEnd: "2024-03-01" });
    const year = await project({ approvedEnd: "2023-12-31", plannedEnd: "2099-01-01", actualEnd: "2024-12-31" });
    const early = await project({ approvedEnd: "2024-03-01", plannedEnd: "2024-02-28" });
    const missing = await project({ plannedEnd: "2024-03-01" });
    const end = ["actualEnd", "plannedEnd"];
    expect(await find("Project", own(end, ["approvedEnd"], { eq: 2 }))).toEqual([leap]);
    expect(await find("Project", own(end, ["approvedEnd"], { gte: 2, lt: 367 }))).toEqual([leap, year]);
    expect(await find("Project", own(end, ["approvedEnd"], { gt: 366 }))).toEqual([]);
    expect(await find("Project", own(end, ["approvedEnd"], { lte: -2 }))).toEqual([early]);
    expect(await find("Project", { not: own(end, ["approvedEnd"], { gte: 0 }) })).toEqual([early, missing]);
  });

  test("of the earliest and latest linked records that match", async () => {
    const [before, after, none] = [await world.service(), await world.service(), await world.service()];
    const deliver = async (serviceId: string, plannedEnd: string) =>
      world.make("Deliverable", { projectId: await project({ plannedEnd }), serviceId, change: "CHANGED" });
    const agree = (serviceId: string, endOn: string, kind: string) => world.agreement([], { serviceIds: [serviceId], endOn, kind, startOn: "2020-01-01" });
    await agree(before, "2030-06-30", "SERVICE_CONTRACT");
    await agree(before, "2030-01-31", "SERVICE_CONTRACT");
    await agree(before, "2031-12-31", "MOU");
    await deliver(before, "2030-02-01");
    await deliver(before, "2030-07-01");
    await agree(after, "2030-06-30", "SERVICE_CONTRACT");
    await deliver(after, "2030-06-30");
    await deliver(none, "2030-06-30");
    const contracts = { agreements: { fields: ["endOn"], where: { kind: { eq: "SERVICE_CONTRACT" } } } };
    const projects = { projects: { fields: ["actualEnd", "plannedEnd"] } };
    const among = (condition: Values) => ({ id: { in: [before, after, none] }, compare: [condition] });
    expect(await find("Service", among({ date: { latest: projects }, with: { latest: contracts }, daysAfter: { gt: 0 } }))).toEqual([before]);
    expect(await find("Service", among({ date: { latest: projects }, with: { latest: contracts }, daysAfter: { gte: 0 } }))).toEqual([before, after]);
    expect(await find("Service", among({ date: { earliest: projects }, with: { earliest: contracts }, daysAfter: { eq: 1 } }))).toEqual([before]);
    const all = { agreements: { fields: ["endOn"] } };
    expect(await find("Service", among({ date: { latest: projects }, with: { latest: all }, daysAfter: { gt: 0 } }))).toEqual([]);
  });

  test.each([
    [{ date: {}, with: { fields: ["endOn"] } }, "one of the three"],
    [{ date: { fields: ["startOn"], latest: { obligations: { fields: ["dueOn"] } } }, with: { fields: ["endOn"] } }, "one of the three"],
    [{ date: { latest: {} }, with: { fields: ["endOn"] } }, "latest names one link"],
    [{ date: { fields: [] }, with: { fields: ["endOn"] } }, "fields names at least one field"],
  ])("refuses %j", async (condition, message) => {
    const query = "query ($where: AgreementWhere) { findAgreements(where: $where) { totalCount } }";
    const { errors } = await world.ask(query, { where: { compare: [{ ...condition, daysAfter: { gt: 0 } }] } });
    expect(errors![0]).toMatchObject({ message: expect.stringContaining(message), extensions: { code: "BAD_USER_INPUT" } });
  });

  test("links are counted by how many different ones there are, and nothing else", async () => {
    const ask = (measure: string) =>
      world.ask(
        `{ groupAnticipations(by: [{ field: driver }], measures: [{ function: ${measure}, field: customer }]) { groups { count measures { value } } } }`,
      );
    const customer = await world.customer();
    for (const customerId of [customer, customer, await world.customer()]) await world.make("Anticipation", { customerId, expectedNeed: "n" });
    expect((await ask("COUNT_DISTINCT")).data.groupAnticipations.groups).toEqual([{ count: 3, measures: [{ value: "2" }] }]);
    expect((await ask("MAX")).errors![0]).toMatchObject({
      message: "customer is a link; of links there is COUNT_DISTINCT only.",
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});
