import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Shape, shapes } from "../support/shapes.js";
import { call } from "../support/graph.js";

/** From a customer through its agreements and services to projects, applications and people, and back. */
const HEADLINE = `
  query FromCustomerToPeople($code: String!) {
    customer(code: $code) {
      name
      relationship { manager { name } }
      agreements(first: 5) {
        totalCount
        nodes {
          title state
          parties { side party { __typename ... on Customer { name } ... on Supplier { name } } signatory { name } }
          services {
            nodes {
              name section
              projects { edges { node { name status manager { name } } because { change } } }
              applications { nodes { name owner { name email } services { nodes { name } } } }
              customersAgreed { nodes { name } }
            }
          }
        }
      }
    }
  }`;

describe.each(shapes)("the headline path, $name", ({ open, distributed }) => {
  let shape: Shape;
  const ids: Record<string, string> = {};

  async function mutate(name: string, input: Record<string, unknown>): Promise<{ id: string; version: number }> {
    const type = /^[a-z]+([A-Z]\w+)$/.exec(name)![1]!;
    const field = type.charAt(0).toLowerCase() + type.slice(1);
    const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const { data, errors } = await shape.ask(
      `mutation ($input: ${inputType}!) { ${name}(input: $input) { ${field} { id version } problems { code message path } } }`,
      { input },
    );
    expect(errors).toBeUndefined();
    expect(data[name].problems).toEqual([]);
    return data[name][field];
  }

  beforeAll(async () => {
    shape = await open();
    const create = async (ref: string, type: string, input: Record<string, unknown>) => void (ids[ref] = (await mutate(`create${type}`, input)).id);
    await create("manager", "Person", { code: "P-1", name: "Rina", email: "rina@example.test" });
    await create("owner", "Person", { code: "P-2", name: "Owen", email: "owen@example.test" });
    await create("supplier", "Supplier", { code: "SUP-1", name: "Cloudsmith" });
    await create("customer", "Customer", { code: "CUS-1", name: "Bank Samudra", kind: "EXTERNAL", segment: "STANDARD" });
    await create("relationship", "Relationship", { customerId: ids["customer"], managerId: ids["manager"] });
    await create("service", "Service", {
      code: "SVC-1",
      name: "Payments",
      kind: "BUSINESS",
      sourcing: "INTERNAL",
      status: "OPERATIONAL",
      ownerId: ids["owner"],
    });
    await create("agreement", "Agreement", {
      code: "AGR-1",
      title: "Payments SLA",
      kind: "SLA",
      state: "AGREED",
      startOn: "2026-01-01",
      serviceIds: [ids["service"]],
      parties: [
        { partyId: ids["customer"], side: "CUSTOMER", signatoryId: ids["manager"] },
        { partyId: ids["supplier"], side: "SUPPLIER" },
      ],
    });
    await create("target", "ServiceLevelTarget", {
      agreementId: ids["agreement"],
      serviceId: ids["service"],
      aspect: "WARRANTY",
      metric: "AVAILABILITY",
      comparator: "AT_LEAST",
      value: "99.9",
      unit: "%",
    });
    await create("project", "Project", { code: "PRJ-1", name: "New core", kind: "PROJECT", status: "PLANNED", managerId: ids["manager"] });
    await create("application", "Application", { code: "APP-1", name: "Ledgerly", kind: "IN_HOUSE", lifecycle: "ACTIVE" });
    await create("role", "ApplicationRole", { applicationId: ids["application"], holderId: ids["owner"], role: "BUSINESS_OWNER", validFrom: "2025-01-01" });
    await create("function", "ApplicationFunction", { applicationId: ids["application"], name: "Settle", supportIds: [ids["service"]] });
    await create("deliverable", "Deliverable", { projectId: ids["project"], serviceId: ids["service"], change: "CHANGED", customerIds: [ids["customer"]] });
    await mutate("activateAgreement", { id: ids["agreement"], version: 1 });
    await mutate("startProject", { id: ids["project"], version: 1 });
  }, 120_000);
  afterAll(() => shape.close());

  test("one request goes from a customer to the people behind its services", async () => {
    const { data, errors } = await shape.ask(HEADLINE, { code: "CUS-1" });
    expect(errors).toBeUndefined();
    expect(data["customer"]).toEqual({
      name: "Bank Samudra",
      relationship: { manager: { name: "Rina" } },
      agreements: {
        totalCount: 1,
        nodes: [
          {
            title: "Payments SLA",
            state: "ACTIVE",
            parties: [
              { side: "CUSTOMER", party: { __typename: "Customer", name: "Bank Samudra" }, signatory: { name: "Rina" } },
              { side: "SUPPLIER", party: { __typename: "Supplier", name: "Cloudsmith" }, signatory: null },
            ],
            services: {
              nodes: [
                {
                  name: "Payments",
                  section: "CATALOGUE",
                  projects: { edges: [{ node: { name: "New core", status: "UNDERWAY", manager: { name: "Rina" } }, because: [{ change: "CHANGED" }] }] },
                  applications: {
                    nodes: [{ name: "Ledgerly", owner: { name: "Owen", email: "owen@example.test" }, services: { nodes: [{ name: "Payments" }] } }],
                  },
                  customersAgreed: { nodes: [{ name: "Bank Samudra" }] },
                },
              ],
            },
          },
        ],
      },
    });
  });

  test("node and nodes find records of every portfolio, and null where there is none, even when only id is asked", async () => {
    const gone = "svc_01J00000000000000000000000";
    const { data } = await shape.ask(
      `query ($ids: [ID!]!, $gone: ID!) { node(id: $gone) { id } nodes(ids: $ids) { id __typename ... on Customer { name } ... on Application { name } } }`,
      { ids: [ids["customer"], gone, ids["application"], "nonsense", ids["target"]], gone },
    );
    expect(data).toEqual({
      node: null,
      nodes: [
        { id: ids["customer"], __typename: "Customer", name: "Bank Samudra" },
        null,
        { id: ids["application"], __typename: "Application", name: "Ledgerly" },
        null,
        { id: ids["target"], __typename: "ServiceLevelTarget" },
      ],
    });
  });

  test("a link to a record that does not exist is refused through the portfolio that would own it", async () => {
    const input = { code: "AGR-2", title: "t", kind: "SLA", serviceIds: [ids["service"], "svc_01J00000000000000000000000"], parties: [] };
    const head = await shape.reach("agreement").head(call);
    const { data } = await shape.ask(
      `mutation ($input: CreateAgreementInput!) { createAgreement(input: $input) { agreement { id } problems { code path retryable } } }`,
      { input },
    );
    expect(data["createAgreement"]).toEqual({ agreement: null, problems: [{ code: "UNKNOWN_REFERENCE", path: ["serviceIds", "1"], retryable: false }] });
    expect(await shape.reach("agreement").head(call)).toBe(head);
  });

  test("retiring a service that an active agreement names asks the agreement portfolio", async () => {
    const retire = (input: Record<string, unknown>) =>
      shape.ask(`mutation ($input: RetireServiceInput!) { retireService(input: $input) { service { status } problems { code rule } } }`, {
        input: { id: ids["service"], version: 1, ...input },
      });
    expect((await retire({ reason: "old" })).data["retireService"]).toEqual({
      service: null,
      problems: [{ code: "RULE_BROKEN", rule: "SERVICE_RETIREMENT_ACKNOWLEDGES_AGREEMENTS" }],
    });
  });

  const whereItCanBeStopped = distributed ? test : test.skip;
  whereItCanBeStopped("a portfolio out of reach leaves the rest of the answer, refuses writes that need it, and is back when it is", async () => {
    const restart = await shape.stopSubgraph!("service");
    const { data, errors } = await shape.ask(
      `query ($code: String!) { customer(code: $code) { name agreements { nodes { title services { nodes { id name } } } } } }`,
      { code: "CUS-1" },
    );
    expect(data["customer"]).toEqual({ name: "Bank Samudra", agreements: { nodes: [{ title: "Payments SLA", services: { nodes: [null] } }] } });
    expect(errors).toMatchObject([{ extensions: { code: "SUBGRAPH_UNREACHABLE", retryable: true } }]);
    expect(JSON.stringify(errors)).not.toMatch(/127\.|ECONN|http:|\bat /);
    const head = await shape.reach("agreement").head(call);
    const input = { code: "AGR-3", title: "t", kind: "SLA", serviceIds: [ids["service"]], parties: [] };
    const refused = await shape.ask(
      `mutation ($input: CreateAgreementInput!) { createAgreement(input: $input) { agreement { id } problems { code message path retryable } } }`,
      { input },
    );
    expect(refused.data["createAgreement"]).toEqual({
      agreement: null,
      problems: [
        {
          code: "PORTFOLIO_UNREACHABLE",
          message: "Nothing was written: The service portfolio is out of reach; try again.",
          path: ["serviceIds", "0"],
          retryable: true,
        },
      ],
    });
    expect(await shape.reach("agreement").head(call)).toBe(head);
    const found = await shape.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids: [ids["service"], ids["customer"]] });
    expect(found.data).toEqual({ nodes: [null, { id: ids["customer"] }] });
    expect(found.errors).toMatchObject([{ path: ["nodes", 0], extensions: { code: "SUBGRAPH_UNREACHABLE" } }]);
    await restart();
    expect((await shape.ask(`{ service(code: "SVC-1") { name } }`)).data).toEqual({ service: { name: "Payments" } });
  });
});
