/** Verdicts that look at all records of a kind: how much of the catalogue stands on a supplier, and which records can be trusted. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds } from "../support/graph.js";
import { TODAY, World, day } from "./world.js";
import { fieldsOf, verdictsOf } from "./verdicts.world.js";

type Values = Record<string, any>;

describe.each(databaseKinds)("verdicts over a catalogue on %s", (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  test("a supplier weighs as much as the share of the catalogue that stands on it, or may", async () => {
    const supplier = await world.make("Supplier", { name: "Langit" });
    const other = await world.make("Supplier", { name: "Kabel" });
    const weight = async (id = supplier) => {
      const [shown] = (await verdictsOf(world, "SUPPLIER_WEIGHT", [id]))["nodes"] as Values[];
      expect((await fieldsOf(world, "Supplier", [id], "concentration VERDICT"))[0]!["concentration"]).toEqual(shown);
      return shown!;
    };
    expect(await weight()).toMatchObject({ verdict: "UNKNOWN", value: null, missing: ["Services in the catalogue."] });
    const parties = [
      { partyId: await world.make("Team", { name: "Operations" }), side: "CUSTOMER", signatoryId: null },
      { partyId: supplier, side: "SUPPLIER", signatoryId: null },
    ];
    const services: string[] = [];
    for (let i = 0; i < 10; i++) services.push(await world.service());
    const contractId = await world.agreement([], { kind: "UNDERPINNING_CONTRACT", parties, serviceIds: [services[9]] });
    await world.service({ status: "DEFINED" });
    const deliver = async (serviceId: string, values: Values = {}) => {
      const applicationId = await world.make("Application", { name: "Lama", kind: "COTS", ...values });
      await world.make("ApplicationFunction", { applicationId, name: "Book", supportIds: [serviceId] });
    };
    expect(await weight()).toMatchObject({ verdict: "UNKNOWN", value: null, missing: ["Of 10 of the services, the applications that deliver them."] });
    for (let i = 2; i < 9; i++) await deliver(services[i]!);
    // One of ten stands on it, two may: from 10 to 30 percent.
    await deliver(services[9]!, { contractId });
    await deliver(services[9]!, { contractId });
    const missing = ["Of 2 of the services, the applications that deliver them."];
    expect(await weight()).toMatchObject({ verdict: "UNKNOWN", value: null, missing });
    await deliver(services[0]!);
    // From 10 to 20: at 20 it is fair already.
    expect(await weight()).toMatchObject({ verdict: "UNKNOWN", value: null });
    await deliver(services[1]!);
    const shown = await weight();
    expect(shown).toMatchObject({ verdict: "GOOD", value: "10", missing: [] });
    expect(shown["inputs"]).toEqual([
      { name: "services in the catalogue", value: "10", record: null },
      { name: "service that stands on it", value: null, record: { id: services[9] } },
    ]);
    await deliver(services[0]!, { contractId });
    expect(await weight()).toMatchObject({ verdict: "FAIR", value: "20" });
    await deliver(services[1]!, { contractId });
    await deliver(services[2]!, { contractId });
    expect(await weight()).toMatchObject({ verdict: "POOR", value: "40" });
    expect(await weight(other)).toMatchObject({ verdict: "GOOD", value: "0", missing: [] });
  });

  // --- freshness and completeness ---

  const both = async (type: string, id: string): Promise<Values> => (await fieldsOf(world, type, [id], "freshness VERDICT completeness VERDICT"))[0]!;
  const MAKE: Readonly<Record<string, (values: Values) => Promise<string>>> = {
    Customer: (values) => world.customer(values),
    Agreement: (values) => world.agreement([], values),
    Service: (values) => world.service(values),
    Opportunity: async (values) => world.make("Opportunity", { title: "Scan", kind: "CHANGE", origin: "JOINT", customerId: await world.customer(), ...values }),
    Project: (values) => world.make("Project", { name: "Faster", ...values }),
    Application: (values) => world.make("Application", { name: "Lama", kind: "COTS", ...values }),
    Person: (values) => world.person(values),
    Team: (values) => world.make("Team", { name: "Payments", ...values }),
    Supplier: (values) => world.make("Supplier", { name: "Langit", ...values }),
  };

  test.each([
    ["Customer", 180, 365],
    ["Agreement", 365, 540],
    ["Service", 365, 540],
    ["Opportunity", 180, 365],
    ["Project", 180, 365],
    ["Application", 365, 540],
    ["Person", 730, 1095],
    ["Team", 365, 540],
    ["Supplier", 365, 540],
  ])("a %s is fresh for %i days, stale from then on, and long so after %i", async (type, good, fair) => {
    const make = MAKE[type]!;
    for (const [age, verdict] of [
      [0, "GOOD"],
      [good, "GOOD"],
      [good + 1, "FAIR"],
      [fair, "FAIR"],
      [fair + 1, "POOR"],
    ] as const) {
      const { freshness } = await both(type, await make({ verifiedOn: day(-age) }));
      expect(freshness).toMatchObject({ verdict, value: String(age), missing: [], inputs: [{ name: "verified on", value: day(-age), record: null }] });
    }
    const { freshness } = await both(type, await make({}));
    const missing = ["Somebody's word that the record is right: it was never verified."];
    expect(freshness).toMatchObject({ verdict: "UNKNOWN", value: null, missing, inputs: [] });
    expect(freshness.rule).toContain(`GOOD up to ${good}, FAIR up to ${fair}`);
  });

  test("who verified it is shown", async () => {
    const verifiedById = await world.person();
    const { freshness } = await both("Customer", await world.customer({ verifiedOn: TODAY, verifiedById }));
    expect(freshness.inputs).toContainEqual({ name: "verified by", value: null, record: { id: verifiedById } });
  });

  /** What each type lacks when it is made with the least it needs. */
  test.each([
    ["Customer", "0", ["The industry.", "A relationship manager who is still there.", "A decision maker who is still there."]],
    ["Agreement", "66.666667", ["Who signed it for us and is still there."]],
    ["Opportunity", "0", ["Who raised it.", "The needs it answers."]],
    ["Project", "0", ["A manager who is still there.", "Its planned start.", "Its planned end."]],
    ["Application", "0", ["Its functional fit.", "Its technical fit.", "Its criticality.", "A business owner who is still there."]],
    ["Person", "0", ["An address for mail.", "An employer or a manager."]],
    ["Team", "0", ["A lead who is still there.", "A member who is still there."]],
    ["Supplier", "0", ["Somebody there to talk to.", "A contract in force."]],
  ])("a bare %s says %s percent of what it should", async (type, value, missing) => {
    const { completeness } = await both(type, await MAKE[type]!({}));
    expect(completeness).toMatchObject({ verdict: value === "0" ? "POOR" : "FAIR", value, missing });
  });

  test("a record that says all it should is complete", async () => {
    const [person, team] = [await world.person(), await world.make("Team", { name: "Payments" })];
    const customer = await world.customer({ industry: "Shipping" });
    await world.make("Relationship", { customerId: customer, managerId: person });
    await world.make("Stakeholder", { customerId: customer, personId: await world.person(), role: "DECISION_MAKER" });
    const parties = [
      { partyId: team, side: "PROVIDER", signatoryId: person },
      { partyId: customer, side: "CUSTOMER", signatoryId: null },
    ];
    const application = await world.make("Application", { name: "Lama", kind: "COTS", functionalFit: 60, technicalFit: 50, criticality: "MISSION_CRITICAL" });
    await world.make("ApplicationRole", { applicationId: application, holderId: team, role: "BUSINESS_OWNER" });
    const service = await world.service({ sourcing: "INTERNAL", ownerId: person });
    const led = await world.make("Team", { name: "Payments", leadId: person });
    await world.person({ teamIds: [led] });
    const supplier = await world.make("Supplier", { name: "Langit" });
    await world.person({ employerId: supplier });
    const contract = await world.agreement([], {
      kind: "UNDERPINNING_CONTRACT",
      parties: [
        { ...parties[0], side: "CUSTOMER" },
        { partyId: supplier, side: "SUPPLIER", signatoryId: null },
      ],
    });
    const need = await world.make("BusinessNeed", { customerId: customer, statement: "Scan.", priority: "MEDIUM" });
    for (const [type, id] of [
      ["Customer", customer],
      ["Agreement", await world.agreement([customer], { parties })],
      ["Service", service],
      ["Project", await world.make("Project", { name: "Faster", managerId: person, plannedStart: TODAY, plannedEnd: TODAY })],
      ["Application", application],
      ["Opportunity", await MAKE["Opportunity"]!({ raisedById: person, needIds: [need] })],
      ["Person", await world.person({ email: "dewi@example.org", managerId: person })],
      ["Team", led],
      ["Supplier", supplier],
    ] as const)
      expect((await both(type, id))["completeness"]).toMatchObject({ verdict: "GOOD", value: "100", missing: [] });
    await world.make("ServiceOffering", { serviceId: service, package: "Gold", per: "MONTH", price: null });
    expect((await both("Service", service))["completeness"]).toMatchObject({ verdict: "FAIR", missing: ["The price of each offering."] });
    await world.change("Agreement", contract, { endOn: day(-1) });
    expect((await both("Supplier", supplier))["completeness"]).toMatchObject({ verdict: "FAIR", value: "50", missing: ["A contract in force."] });
  });

  test("those who have left no longer answer for anything", async () => {
    const [left, customer] = [await world.person(), await world.customer({ industry: "Shipping" })];
    await world.make("Relationship", { customerId: customer, managerId: left });
    await world.make("Stakeholder", { customerId: customer, personId: left, role: "DECISION_MAKER" });
    expect((await both("Customer", customer))["completeness"]).toMatchObject({ verdict: "GOOD" });
    await world.carryOut("deactivatePerson", "Person", left);
    expect((await both("Customer", customer))["completeness"]).toMatchObject({ verdict: "POOR", value: "33.333333" });
  });

  test("records that can be trusted or not are counted by owner; what has ended is left out", async () => {
    const owner = await world.person();
    const own = (values: Values) => world.service({ ownerId: owner, sourcing: "INTERNAL", ...values });
    const [fresh, stale, never, bare] = [
      await own({ verifiedOn: TODAY }),
      await own({ verifiedOn: day(-366) }),
      await own({}),
      await own({ verifiedOn: TODAY, sourcing: null }),
    ];
    await own({ verifiedOn: day(-900), status: "RETIRED" });
    const ask = async (variables: Values): Promise<Values> => {
      const query = `query ($types: [String!], $owners: [ID!], $onlyLacking: Boolean! = true, $first: Int, $after: String) {
        page: recordQuality(types: $types, owners: $owners, onlyLacking: $onlyLacking, first: $first, after: $after) {
          totalCount nodes { record { id } owner { id } freshness { verdict } completeness { verdict } } pageInfo { hasNextPage endCursor }
          byOwner { owner { id } records stale neverVerified incomplete } byType { type records stale neverVerified incomplete }
        }
      }`;
      const { data, errors } = await world.ask(query, { first: 100, ...variables });
      expect(errors).toBeUndefined();
      return data.page as Values;
    };
    const page = await ask({ owners: [owner] });
    const shown = ({ nodes }: Values) => nodes.map(({ record, freshness, completeness }: Values) => [record.id, freshness.verdict, completeness.verdict]);
    expect(shown(page)).toEqual([
      [stale, "FAIR", "GOOD"],
      [never, "UNKNOWN", "GOOD"],
      [bare, "GOOD", "FAIR"],
    ]);
    expect(page["byOwner"]).toEqual([{ owner: { id: owner }, records: 4, stale: 1, neverVerified: 1, incomplete: 1 }]);
    expect(page["byType"]).toContainEqual({ type: "Service", records: 4, stale: 1, neverVerified: 1, incomplete: 1 });
    expect(page["byType"]).toContainEqual({ type: "Project", records: 0, stale: 0, neverVerified: 0, incomplete: 0 });
    expect(shown(await ask({ owners: [owner], onlyLacking: false })).map(([id]: string[]) => id)).toEqual([fresh, stale, never, bare]);
    expect(await ask({ owners: [owner], types: ["Project"] })).toMatchObject({ totalCount: 0, byOwner: [], byType: [{ type: "Project", records: 0 }] });
    const first = await ask({ owners: [owner], first: 2 });
    expect([...shown(first), ...shown(await ask({ owners: [owner], first: 2, after: first["pageInfo"].endCursor }))]).toEqual(shown(page));
    expect((await ask({ types: ["Project"] }))["byOwner"]).toContainEqual(expect.objectContaining({ owner: null, incomplete: expect.any(Number) }));
  });

  test("who answers for an opportunity, a team and a supplier; those that have ended are left out", async () => {
    const owner = await world.person();
    const customerId = await world.customer();
    await world.make("Relationship", { customerId, managerId: owner });
    const opportunity = (state: string) => world.make("Opportunity", { title: "Scan", kind: "CHANGE", origin: "JOINT", customerId, state });
    const [open, team] = [await opportunity("QUALIFIED"), await world.make("Team", { name: "Payments", leadId: owner })];
    await opportunity("DECLINED");
    const [supplier, former, gone] = await Promise.all(["Langit", "Kabel", "Awan"].map((name) => world.make("Supplier", { name })));
    const sign = (partyId: string, values: Values) =>
      world.agreement([], {
        kind: "UNDERPINNING_CONTRACT",
        parties: [
          { partyId: team, side: "CUSTOMER", signatoryId: owner },
          { partyId, side: "SUPPLIER", signatoryId: null },
        ],
        ...values,
      });
    await sign(supplier!, { verifiedOn: TODAY });
    await sign(former!, { endOn: day(-1), verifiedOn: TODAY });
    await sign(gone!, { verifiedOn: TODAY });
    await world.carryOut("deactivateSupplier", "Supplier", gone!);
    const query = `query ($types: [String!], $owners: [ID!]) { recordQuality(types: $types, owners: $owners) { nodes { record { id } owner { id } } } }`;
    const { data } = await world.ask(query, { types: ["Opportunity", "Team", "Supplier"], owners: [owner] });
    const owned = data.recordQuality.nodes as { record: { id: string }; owner: { id: string } }[];
    expect(new Set(owned.map(({ record }) => record.id))).toEqual(new Set([open, team, supplier]));
    expect(new Set(owned.map(({ owner: { id } }) => id))).toEqual(new Set([owner]));
  });
});
