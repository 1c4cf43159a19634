/** How many SQL statements the verdicts on records take, however many records there are. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { call, databaseKinds } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { World, day } from "./world.js";

const PERIOD = { from: day(-90), to: day(0) };
const QUALITY = "freshness { verdict missing record { id } } completeness { verdict missing inputs { name } }";
const COUNTS = "counts { verdict count }";
/** What is asked of records of each type. */
const SELECTIONS: Readonly<Record<string, string>> = {
  Customer: QUALITY,
  Agreement: QUALITY,
  Service: `${QUALITY} spend(period: $period) { kind costs } valueBySegment(period: $period) { segment value ${COUNTS} }`,
  Opportunity: QUALITY,
  Project: QUALITY,
  Application: QUALITY,
  Person: QUALITY,
  Team: QUALITY,
  Supplier: QUALITY,
};

describe.each(databaseKinds)("on %s", (kind) => {
  let world: World;
  const made: Record<string, string[]> = {};
  beforeAll(async () => {
    world = await World.open(kind);
  }, 120_000);
  afterAll(() => world.close());

  /** A record of each type, linked to each other. */
  async function fill(): Promise<void> {
    const person = await world.person();
    const team = await world.make("Team", { name: "Payments", leadId: person });
    const supplier = await world.make("Supplier", { name: "Langit" });
    const [customer, service] = [await world.customer(), await world.service({ ownerId: person })];
    const parties = [
      { partyId: team, side: "CUSTOMER", signatoryId: person },
      { partyId: supplier, side: "SUPPLIER", signatoryId: null },
    ];
    const contract = await world.agreement([], { kind: "UNDERPINNING_CONTRACT", parties, serviceIds: [service] });
    await world.agreement([customer], { serviceIds: [service] });
    await world.make("ServiceCost", { serviceId: service, kind: "OPEX", amount: { amount: "5", currency: "IDR" }, periodFrom: day(-60), periodTo: day(-30) });
    await world.make("ValueAssessment", {
      ...{ customerId: customer, serviceId: service, perceivedValue: 50, basis: "SURVEY", periodFrom: day(-60), periodTo: day(-30) },
    });
    const opportunity = await world.make("Opportunity", { title: "Scan", kind: "CHANGE", origin: "JOINT", customerId: customer, raisedById: person });
    const project = await world.make("Project", { name: "Faster", managerId: person });
    const application = await world.make("Application", { name: "Lama", kind: "COTS", contractId: contract });
    await world.make("ApplicationRole", { applicationId: application, holderId: person, role: "MANAGER" });
    for (const [type, id] of Object.entries({
      ...{ Customer: customer, Agreement: contract, Service: service, Opportunity: opportunity, Project: project },
      ...{ Application: application, Person: person, Team: team, Supplier: supplier },
    }))
      (made[type] ??= []).push(id);
  }

  const statements = (query: string, variables: Record<string, unknown>): Promise<number> =>
    countStatements(world.insight.store.database, async () => {
      expect((await world.ask(query, variables)).errors).toBeUndefined();
    });
  async function measure(): Promise<Record<string, number>> {
    const counted: Record<string, number> = {};
    // Whoever asks first pays for reading the ledgers.
    await world.insight.follower.catchUp(call, 60_000);
    for (const [type, selection] of Object.entries(SELECTIONS)) {
      const period = selection.includes("$period") ? { declared: ", $period: PeriodInput!", period: PERIOD } : { declared: "" };
      const query = `query ($of: [_Any!]!${period.declared}) { _entities(representations: $of) { ... on ${type} { ${selection} } } }`;
      counted[type] = await statements(query, { of: made[type]!.map((id) => ({ __typename: type, id })), ...period });
    }
    const page = `onlyLacking: false, first: 1000) { totalCount nodes { record { id } owner { id } ${QUALITY} } byOwner { records } byType { records } }`;
    counted["recordQuality"] = await statements(`{ recordQuality(${page} }`, {});
    return counted;
  }

  test("freshness, completeness, record quality, spend and value by segment take as many for many records as for one", async () => {
    await fill();
    const few = await measure();
    for (let i = 0; i < 6; i++) await fill();
    expect(await measure()).toEqual(few);
    for (const count of Object.values(few)) expect(count).toBeGreaterThan(0);
  });
});
