import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestPortfolios, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";

describe.each(databaseKinds)("records on %s", (kind) => {
  let graph: TestPortfolios;
  beforeAll(async () => {
    graph = await openTestPortfolios(newDatabase(kind));
  });
  afterAll(() => graph.close());

  const create = async (portfolio: string, type: string, input: Record<string, unknown>, selection = "id version"): Promise<Record<string, any>> => {
    const field = type.charAt(0).toLowerCase() + type.slice(1);
    const data = await graph.ask(
      portfolio,
      `mutation ($input: Create${type}Input!) { create${type}(input: $input) { ${field} { ${selection} } problems { code message path rule retryable } } }`,
      { input },
    );
    return data[`create${type}`];
  };

  test("a record is created, read by id and code, and listed with exact values", async () => {
    const { service, problems } = await create("service", "Service", {
      code: "S-1",
      name: "Gaji 💶 שכר",
      kind: "BUSINESS",
      sourcing: "INTERNAL",
      status: "DEFINED",
    });
    expect(problems).toEqual([]);
    const offering = await create(
      "service",
      "ServiceOffering",
      { serviceId: service.id, package: "Gold", price: { amount: "1250000.50", currency: "IDR" }, per: "MONTH" },
      "id price { amount currency } service { name section }",
    );
    expect(offering["problems"]).toEqual([]);
    expect(offering["serviceOffering"]).toMatchObject({
      price: { amount: "1250000.50", currency: "IDR" },
      service: { name: "Gaji 💶 שכר", section: "PIPELINE" },
    });
    const data = await graph.ask(
      "service",
      `{ byCode: service(code: "S-1") { id name } byId: service(id: "${service.id}") { code offerings { nodes { id package } } } none: service(code: "nope") { id } services { totalCount nodes { id } } }`,
    );
    expect(data).toEqual({
      byCode: { id: service.id, name: "Gaji 💶 שכר" },
      byId: { code: "S-1", offerings: { nodes: [{ id: offering["serviceOffering"].id, package: "Gold" }] } },
      none: null,
      services: { totalCount: 1, nodes: [{ id: service.id }] },
    });
  });

  test("an update names the version it is based on; a stale one gets the current record", async () => {
    const { person } = await create("people", "Person", { code: "P-1", name: "Ani" });
    const update = (version: number, name: string) =>
      graph.ask("people", `mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { person { version name } problems { code path } } }`, {
        input: { id: person.id, version, name },
      });
    expect(await update(1, "Budi")).toEqual({ updatePerson: { person: { version: 2, name: "Budi" }, problems: [] } });
    expect(await update(1, "Citra")).toEqual({ updatePerson: { person: { version: 2, name: "Budi" }, problems: [{ code: "CONFLICT", path: ["version"] }] } });
  });

  test("of 64 concurrent writers that retry on CONFLICT none loses its change", async () => {
    const { person } = await create("people", "Person", { code: "P-64", name: "0" });
    const read = () => graph.ask("people", `{ person(id: "${person.id}") { version name } }`);
    const increment = async (): Promise<void> => {
      const { person: current } = await read();
      const input = { id: person.id, version: current.version, name: String(Number(current.name) + 1) };
      const { updatePerson } = await graph.ask("people", `mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { problems { code } } }`, {
        input,
      });
      if (updatePerson.problems.length > 0) {
        expect(updatePerson.problems).toEqual([{ code: "CONFLICT" }]);
        await increment();
      }
    };
    await Promise.all(Array.from({ length: 64 }, increment));
    expect((await read())["person"]).toEqual({ version: 65, name: "64" });
  });

  test("history shows who changed what, from what to what, newest first", async () => {
    const { team } = await create("people", "Team", { code: "T-1", name: "Core" });
    await graph.ask("people", `mutation ($input: UpdateTeamInput!) { updateTeam(input: $input) { problems { code } } }`, {
      input: { id: team.id, version: 1, name: "Core team" },
    });
    const { team: read } = await graph.ask(
      "people",
      `{ team(code: "T-1") { history(first: 1) { totalCount nodes { by request operation version fields { field from to } } pageInfo { hasNextPage endCursor } } } }`,
    );
    expect(read.history).toMatchObject({
      totalCount: 2,
      nodes: [{ by: "tester", request: "test", operation: "update", version: 2, fields: [{ field: "name", from: "Core", to: "Core team" }] }],
      pageInfo: { hasNextPage: true },
    });
    const { team: rest } = await graph.ask(
      "people",
      `{ team(code: "T-1") { history(after: "${read.history.pageInfo.endCursor}") { nodes { operation version } pageInfo { hasNextPage hasPreviousPage } } } }`,
    );
    expect(rest.history).toEqual({ nodes: [{ operation: "create", version: 1 }], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
  });

  test("a duplicate code, an over-long text and an unknown reference are problems and write nothing", async () => {
    await create("people", "Supplier", { code: "SUP", name: "First" });
    const head = await graph.subgraph("people").head({} as never);
    expect((await create("people", "Supplier", { code: "SUP", name: "Second" }))["problems"]).toMatchObject([{ code: "DUPLICATE", path: ["code"] }]);
    expect((await create("people", "Supplier", { code: "x".repeat(65), name: "Long" }))["problems"]).toEqual([
      { code: "INVALID_INPUT", message: "code has 65 characters; 64 is the most.", path: ["code"], rule: null, retryable: false },
    ]);
    const nobody = "per_01J00000000000000000000000";
    expect((await create("people", "Person", { code: "P-x", name: "X", managerId: nobody }))["problems"]).toMatchObject([
      { code: "UNKNOWN_REFERENCE", path: ["managerId"] },
    ]);
    const customer = "cus_01J00000000000000000000000";
    expect((await create("people", "Person", { code: "P-x", name: "X", employerId: customer }))["problems"]).toMatchObject([
      { code: "UNKNOWN_REFERENCE", path: ["employerId"] },
    ]);
    expect((await create("people", "Person", { code: "P-x", name: "X", managerId: customer }))["problems"]).toMatchObject([
      { code: "INVALID_INPUT", path: ["managerId"] },
    ]);
    expect(await graph.subgraph("people").head({} as never)).toBe(head);
    expect(await graph.ask("people", `{ suppliers { totalCount } person(code: "P-x") { id } }`)).toEqual({ suppliers: { totalCount: 1 }, person: null });
  });

  test("of very many problems a hundred are told, and how many more there are; nothing is written", async () => {
    const { customer } = await create("customer", "Customer", { code: "C-many", name: "C", kind: "EXTERNAL", segment: "STANDARD" });
    const head = await graph.subgraph("customer").head({} as never);
    const serviceIds = Array.from({ length: 150 }, (_, i) => `S-${i}`);
    const { businessNeed, problems } = await create("customer", "BusinessNeed", { customerId: customer.id, statement: "More", priority: "HIGH", serviceIds });
    expect([businessNeed, problems.length]).toEqual([null, 101]);
    expect(problems[99]).toMatchObject({
      code: "INVALID_INPUT",
      message: 'serviceIds must be the id of Service; "S-99" is no id.',
      path: ["serviceIds", "99"],
    });
    expect(problems[100]).toMatchObject({ code: "INVALID_INPUT", message: "There are 50 more problems; mend those before first.", path: [] });
    expect(await graph.subgraph("customer").head({} as never)).toBe(head);
  });

  test("a record that others point to is not deleted; the refusal names one", async () => {
    const { customer } = await create("customer", "Customer", { code: "C-del", name: "C", kind: "EXTERNAL", segment: "STANDARD" });
    const { businessDriver, problems } = await create("customer", "BusinessDriver", { kind: "STRATEGY", statement: "Grow", customerIds: [customer.id] });
    expect(problems).toEqual([]);
    const { anticipation } = await create("customer", "Anticipation", {
      customerId: customer.id,
      driverId: businessDriver.id,
      expectedNeed: "More",
      likelihood: 50,
    });
    const remove = (type: string, id: string) =>
      graph.ask("customer", `mutation { delete${type}(input: { id: "${id}", version: 1 }) { deletedId problems { code message } } }`);
    const refused = await remove("BusinessDriver", businessDriver.id);
    expect(refused["deleteBusinessDriver"]).toMatchObject({
      deletedId: null,
      problems: [{ code: "STILL_REFERENCED", message: expect.stringContaining(anticipation.id) }],
    });
    expect((await remove("Anticipation", anticipation.id))["deleteAnticipation"]).toEqual({ deletedId: anticipation.id, problems: [] });
    expect((await remove("BusinessDriver", businessDriver.id))["deleteBusinessDriver"]).toEqual({ deletedId: businessDriver.id, problems: [] });
    expect(await graph.ask("customer", `{ businessDriver(id: "${businessDriver.id}") { id } }`)).toEqual({ businessDriver: null });
  });
});
