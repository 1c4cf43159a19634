/** Customer.services and Service.customers: whatever links the two on a day, each pair once, and why. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import { isValid } from "../questions/shown.js";
import { Story } from "../questions/story.js";
import { databaseKinds, openTestGraph } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { TODAY, World, day } from "./world.js";

const PAGE = `(on: $on, where: $where, orderBy: $orderBy, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { node { id } because { __typename ... on Node { id } } }
}`;
type Values = Record<string, unknown>;

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  const ask = async (type: string, field: string, other: string, ids: readonly string[], variables: Values) => {
    const query = `query ($of: [_Any!]!, $on: Date, $where: ${other}Where, $orderBy: [${other}Order!], $first: Int, $after: String) {
      _entities(representations: $of) { ... on ${type} { page: ${field}${PAGE} } }
    }`;
    const { data, errors } = await world.ask(query, { of: ids.map((id) => ({ __typename: type, id })), ...variables });
    expect(errors).toBeUndefined();
    return data._entities.map(({ page }: any) => page) as any[];
  };
  const services = (ids: readonly string[], variables: Values = {}) => ask("Customer", "services", "Service", ids, variables);
  const customers = (ids: readonly string[], variables: Values = {}) => ask("Service", "customers", "Customer", ids, variables);
  const shown = ({ edges }: any) => edges.map(({ node, because }: any) => [node.id, because.map(({ id }: any) => id).sort()]);
  const use = (customerId: string, serviceId: string, from: number, to: number) =>
    world.make("ServiceUsage", { customerId, serviceId, periodFrom: day(from), periodTo: day(to) });
  const depend = (customerId: string, serviceId: string, values: Values = {}) =>
    world.make("ServiceDependency", { customerId, serviceId, businessActivity: "Pay", criticality: "ADMINISTRATIVE", ...values });

  test("each service once, with everything that links it, and nothing that is not valid", async () => {
    const customer = await world.customer();
    const [all, agreed, used, needed, ended, old, past] = await Promise.all(Array.from({ length: 7 }, () => world.service()));
    const both = await world.agreement([customer], { serviceIds: [all, agreed] });
    const usage = await use(customer, all!, -60, -1);
    const second = await use(customer, all!, -120, -61);
    const dependency = await depend(customer, all!);
    const oldest = await use(customer, used!, -400, -365);
    const just = await depend(customer, needed!, { validTo: TODAY });
    await world.agreement([customer], { serviceIds: [ended], endOn: day(-1) });
    await world.agreement([customer], { serviceIds: [ended], startOn: day(1) });
    await world.agreement([customer], { serviceIds: [ended], state: "DRAFT" });
    await use(customer, old!, -400, -366);
    await depend(customer, past!, { validTo: day(-1) });
    await depend(customer, past!, { validFrom: day(1) });
    await world.agreement([await world.customer()], { serviceIds: [ended] });
    const [page] = await services([customer]);
    expect(shown(page)).toEqual(
      [
        [all, [both, usage, second, dependency].sort()],
        [agreed, [both]],
        [used, [oldest]],
        [needed, [just]],
      ].sort(),
    );
    expect(page.totalCount).toBe(4);
    const { because } = page.edges.find(({ node }: any) => node.id === all);
    expect(because.map(({ __typename }: any) => __typename).sort()).toEqual(["Agreement", "ServiceDependency", "ServiceUsage", "ServiceUsage"]);
    const [tomorrow] = await services([customer], { on: day(1) });
    expect(shown(tomorrow).map(([id]: any) => id)).toEqual([all, agreed, ended, past].sort());
    const [before] = await services([customer], { on: day(-500) });
    expect(shown(before)).toEqual(
      [
        [all, [dependency]],
        [needed, [just]],
        [past, expect.any(Array)],
      ].sort(),
    );
  });

  test("in the other direction, with conditions, in an order, and page by page", async () => {
    const service = await world.service();
    const ids: string[] = [];
    for (const name of ["Delima", "Angsana", "Cendana", "Beringin"]) {
      ids.push(await world.customer({ name, ...(name === "Delima" ? { lifecycle: "SUSPENDED" } : {}) }));
      await use(ids.at(-1)!, service, -30, -1);
    }
    const [d, a, c, b] = ids;
    const where = { lifecycle: { eq: "ACTIVE" }, serviceUsages: { some: { service: { id: { eq: service } } } } };
    const orderBy = [{ field: "name" }];
    const [first] = await customers([service], { where, orderBy, first: 2 });
    expect([first.totalCount, shown(first).map(([id]: any) => id)]).toEqual([3, [a, b]]);
    const [second] = await customers([service], { where, orderBy, first: 2, after: first.pageInfo.endCursor });
    expect([shown(second).map(([id]: any) => id), second.pageInfo.hasNextPage]).toEqual([[c], false]);
    const [all] = await customers([service]);
    expect(shown(all).map(([id]: any) => id)).toEqual([d, a, c, b].sort());
  });

  test("as many statements for many parents and links as for one", async () => {
    const statements = (ask: () => Promise<unknown>) => countStatements(world.insight.store.database, ask);
    const service = await world.service();
    const parents = [await world.customer()];
    await use(parents[0]!, service, -30, -1);
    await services(parents);
    const few = await statements(() => services(parents));
    for (let i = 0; i < 5; i++) {
      parents.push(await world.customer());
      for (let j = 0; j < 4; j++) await use(parents.at(-1)!, await world.service(), -30, -1);
    }
    await services(parents);
    expect((await services(parents)).map(({ totalCount }) => totalCount)).toEqual([1, 4, 4, 4, 4, 4]);
    expect(await statements(() => services(parents))).toBe(few);
  });
});

test("in the story, through the gateway", async () => {
  const graph = await openTestGraph();
  try {
    await loadStory(graph.portfolios);
    const story = new Story();
    const links = (customer: string): [string, string][] => [
      ...story
        .all("Agreement", (each) => {
          const valid = isValid({ ...each, validFrom: each["startOn"], validTo: each["endOn"] }, "2026-11-23");
          return valid && ["ACTIVE", "UNDER_REVIEW"].includes(each["state"]) && each["parties"].some(({ partyId }: any) => partyId === customer);
        })
        .flatMap(({ serviceIds }) => (serviceIds as string[]).map((ref): [string, string] => [ref, "Agreement"])),
      ...story
        .all("ServiceUsage", ({ customerId, periodTo }) => customerId === customer && periodTo >= "2025-11-23")
        .map(({ serviceId }): [string, string] => [serviceId as string, "ServiceUsage"]),
      ...story
        .all("ServiceDependency", (each) => each["customerId"] === customer && isValid(each, "2026-11-23"))
        .map(({ serviceId }): [string, string] => [serviceId as string, "ServiceDependency"]),
    ];
    const { data, errors } = await graph.ask(`{ customers(first: 50) { nodes { code services(on: "2026-11-23", first: 100) {
      totalCount edges { node { code customers(on: "2026-11-23", first: 100) { nodes { code } } } because { __typename } } } } } }`);
    expect(errors).toBeUndefined();
    const expected = story.all("Customer").map(({ ref, code }) => {
      const services = [...new Set(links(ref).map(([service]) => service))];
      const why = services.map((service) => [
        story.get(service)["code"],
        links(ref)
          .filter(([each]) => each === service)
          .map(([, type]) => type)
          .sort(),
      ]);
      return [code, why.sort()];
    });
    const found = data["customers"].nodes.map(({ code, services }: any) => [
      code,
      services.edges.map(({ node, because }: any) => [node.code, because.map(({ __typename }: any) => __typename).sort()]).sort(),
    ]);
    expect(found.sort()).toEqual(expected.sort());
    for (const { code, services } of data["customers"].nodes)
      for (const { node } of services.edges) expect(node.customers.nodes.map((each: any) => each.code)).toContain(code);
  } finally {
    await graph.close();
  }
}, 120_000);
