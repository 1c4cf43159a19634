/** What a change reaches and along which paths, what can be said of the rest, whom to call, and what happens when it is too much. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createId } from "../../subgraphs/kernel/ids.js";
import { databaseKinds } from "../support/graph.js";
import { countStatements } from "../support/statements.js";
import { ImpactWorld, type Node, type Values } from "./impact.world.js";

const ON = "2026-06-15";

describe.each(databaseKinds)("impact on %s", (kind) => {
  let world: ImpactWorld;
  beforeAll(async () => void (world = await ImpactWorld.open(kind)));
  afterAll(() => world.close());

  const service = (values: Values = {}) => world.make("Service", values);
  const customer = (values: Values = {}) => world.make("Customer", values);
  const depend = (customerId: string, serviceId: string, values: Values = {}) => world.make("ServiceDependency", { customerId, serviceId, ...values });
  const use = (customerId: string, serviceId: string) =>
    world.make("ServiceUsage", { customerId, serviceId, periodFrom: "2026-01-01", periodTo: "2026-03-31" });
  const promise = async (customerIds: readonly string[], serviceIds: readonly string[], values: Values = {}) =>
    world.make("Agreement", { serviceIds, parties: customerIds.map((partyId) => ({ partyId, side: "CUSTOMER", signatoryId: null })), ...values });
  /** A contract that supplies those services, between a supplier and a team of ours. */
  const contract = async (supplier: string, serviceIds: readonly string[]) =>
    world.make("Agreement", {
      kind: "UNDERPINNING_CONTRACT",
      serviceIds,
      parties: [
        { partyId: supplier, side: "SUPPLIER", signatoryId: null },
        { partyId: await world.make("Team", {}), side: "CUSTOMER", signatoryId: null },
      ],
    });
  const application = async (supportIds: readonly string[], values: Values = {}) => {
    const applicationId = await world.make("Application", values);
    await world.make("ApplicationFunction", { applicationId, supportIds });
    return applicationId;
  };
  const links = (path: Node["shortest"]) => path.map(({ link, to }) => [link, to]);
  const pathsOf = async (start: string, change: string) =>
    Object.fromEntries((await world.reached(start, change, ON)).map(({ id, shortest }) => [id, links(shortest)]));

  describe("paths", () => {
    test("goes on from record to record, and says at each what it has become", async () => {
      const supplier = await world.make("Supplier", {});
      const below = await service({ kind: "SUPPORTING" });
      const bought = await contract(supplier, [below]);
      const above = await service({ dependsOnIds: [below] });
      const hit = await customer();
      const agreement = await promise([hit], [above]);
      const target = await world.make("ServiceLevelTarget", { agreementId: agreement, serviceId: above });
      // A supplier who leaves lets contracts expire; that is an outage of what they supply, and changes what is promised of it.
      expect(await pathsOf(supplier, "LEAVE")).toEqual({
        [bought]: [["Supplier.agreements", bought]],
        [below]: [
          ["Supplier.agreements", bought],
          ["Agreement.services", below],
        ],
        [above]: [
          ["Supplier.agreements", bought],
          ["Agreement.services", below],
          ["Service.supports", above],
        ],
        [agreement]: [
          ["Supplier.agreements", bought],
          ["Agreement.services", below],
          ["Service.supports", above],
          ["Service.agreements", agreement],
        ],
        [target]: [
          ["Supplier.agreements", bought],
          ["Agreement.services", below],
          ["Service.supports", above],
          ["Service.targets", target],
        ],
        [hit]: [
          ["Supplier.agreements", bought],
          ["Agreement.services", below],
          ["Service.supports", above],
          ["Service.agreements", agreement],
          ["Agreement.customers", hit],
        ],
      });
      // One who becomes another changes the contract only, which is with no customer.
      expect(await pathsOf(supplier, "CHANGE")).toEqual({ [bought]: [["Supplier.agreements", bought]] });
    });

    test("an application that a contract buys fails when it expires; a late project delays what is promised, and projects after it", async () => {
      const carried = await service();
      const contractId = await contract(await world.make("Supplier", {}), [await service({ status: "RETIRED", retiredReason: "Old." })]);
      const bought = await application([carried], { contractId });
      expect(await pathsOf(contractId, "EXPIRE")).toEqual({
        [bought]: [["Agreement.applications", bought]],
        [carried]: [
          ["Agreement.applications", bought],
          ["Application.functions", carried],
        ],
      });
      const [late, next, waiting] = [await world.make("Project", {}), await world.make("Project", {}), await customer()];
      await world.make("ProjectDependency", { projectId: next, dependsOnId: late });
      await world.make("Deliverable", { projectId: next, serviceId: carried });
      const agreementId = await promise([waiting], [carried]);
      const obligation = await world.make("Obligation", { agreementId });
      const toService = [
        ["Project.dependents", next],
        ["Project.deliverables", carried],
      ];
      for (const change of ["DELAY", "RETIRE"])
        expect(await pathsOf(late, change)).toEqual({
          [next]: [["Project.dependents", next]],
          [carried]: toService,
          [agreementId]: [...toService, ["Service.agreements", agreementId]],
          [waiting]: [...toService, ["Service.agreements", agreementId], ["Agreement.customers", waiting]],
          [obligation]: [...toService, ["Service.agreements", agreementId], ["Agreement.obligations", obligation]],
        });
    });

    test("the most critical path may be longer than the shortest, and its least critical hop is what counts", async () => {
      const [below, hit, told] = [await service(), await customer(), await customer()];
      const above = await service({ dependsOnIds: [below] });
      await depend(hit, below, { criticality: "ADMINISTRATIVE" });
      await depend(hit, above, { criticality: "MISSION_CRITICAL" });
      await use(told, below);
      const found = new Map((await world.reached(below, "OUTAGE", ON)).map((each) => [each.id, each]));
      expect(found.get(hit)).toMatchObject({ criticality: "MISSION_CRITICAL", shortest: [{ criticality: "ADMINISTRATIVE" }] });
      expect(links(found.get(hit)!.mostCritical)).toEqual([
        ["Service.supports", above],
        ["Service.customerDependencies", hit],
      ]);
      expect(found.get(told)).toMatchObject({ criticality: null, mostCritical: [{ link: "Service.usages" }] });

      const weak = await application([below], { criticality: "BUSINESS_OPERATIONAL" });
      const [there] = (await world.reached(weak, "OUTAGE", ON)).filter(({ id }) => id === hit);
      expect(there).toMatchObject({ criticality: "BUSINESS_OPERATIONAL" });
      expect(links(there!.mostCritical)).toEqual([
        ["Application.functions", below],
        ["Service.supports", above],
        ["Service.customerDependencies", hit],
      ]);
      expect(links(there!.shortest)).toEqual([
        ["Application.functions", below],
        ["Service.customerDependencies", hit],
      ]);
    });

    test("of equally short paths the one is shown whose links the table names first, then by ids", async () => {
      const [below, both, hit] = [await service(), await customer(), await customer()];
      await use(both, below);
      await depend(both, below);
      expect(await pathsOf(below, "OUTAGE")).toMatchObject({ [both]: [["Service.customerDependencies", both]] });
      const above = [await service({ dependsOnIds: [below] }), await service({ dependsOnIds: [below] }), await service({ dependsOnIds: [below] })].sort();
      for (const each of [...above].reverse()) await depend(hit, each);
      const paths = await pathsOf(below, "OUTAGE");
      expect(paths[hit]).toEqual([
        ["Service.supports", above[0]],
        ["Service.customerDependencies", hit],
      ]);
    });

    test("cycles are harmless: each record comes once, and where it starts never", async () => {
      const first = await service();
      const second = await service({ dependsOnIds: [first] });
      const third = await service({ dependsOnIds: [second] });
      await world.world.change("Service", first, { dependsOnIds: [third] });
      for (const change of ["RETIRE", "OUTAGE", "CHANGE"])
        expect(await pathsOf(first, change)).toEqual({
          [second]: [["Service.supports", second]],
          [third]: [
            ["Service.supports", second],
            ["Service.supports", third],
          ],
        });
      const [upper, lower] = [await promise([await customer()], [first]), await promise([await customer()], [first])];
      await world.make("Underpinning", { upperId: upper, lowerId: lower });
      await world.make("Underpinning", { upperId: lower, lowerId: upper });
      expect((await world.reached(upper, "EXPIRE", ON)).map(({ id }) => id)).not.toContain(upper);
    });

    test("pages of records go on from a cursor, of the types wanted, nearest first", async () => {
      const below = await service();
      const above = await service({ dependsOnIds: [below] });
      const far = [await customer(), await customer(), await customer()];
      for (const each of far) await depend(each, above);
      const page = async (args: string) =>
        (await world.ask(below, ["OUTAGE"], ON, `nodes(${args}) { nodes { node { id } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } }`))[
          "OUTAGE"
        ].nodes;
      expect(await page("first: 1")).toMatchObject({
        nodes: [{ node: { id: above } }],
        totalCount: 4,
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
      });
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const { nodes, pageInfo }: any = await page(`first: 2, types: ["Customer"]${after ? `, after: "${after}"` : ""}`);
        seen.push(...nodes.map(({ node }: any) => node.id));
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      expect(seen).toEqual([...far].sort());
    });
  });

  describe("verdicts", () => {
    const verdictsOf = async (start: string, change: string, ids: readonly string[], on = ON) => {
      const { [change]: impact } = await world.ask(start, [change], on, "verdicts(ids: $ids) { verdict missing node { id } of { id } }", { ids });
      return impact.verdicts.map(({ verdict, missing, of }: any) => (verdict === "UNKNOWN" ? [verdict, missing, of?.id ?? null] : verdict));
    };
    const unknown = (missing: string, of: string | null): unknown[] => ["UNKNOWN", missing, of];

    test("a service that is retired: not hit only where all it stands on is recorded", async () => {
      const owner = await world.make("Person", {});
      const start = await service({ ownerId: owner });
      const above = await service({ dependsOnIds: [start] });
      const silent = await service();
      const supporting = await service({ kind: "SUPPORTING" });
      const [onSilent, onSupporting] = [await service({ dependsOnIds: [silent] }), await service({ dependsOnIds: [supporting] })];
      const notSaid = "What it depends on is not recorded.";
      expect(await verdictsOf(start, "RETIRE", [start, above, silent, onSilent, supporting, onSupporting])).toEqual([
        "IMPACTED",
        "IMPACTED",
        unknown(notSaid, silent),
        unknown(notSaid, silent),
        "NOT_IMPACTED",
        "NOT_IMPACTED",
      ]);

      const [hit, safe, risky, none, former, lapsed] = [
        await customer(),
        await customer(),
        await customer(),
        await customer(),
        await customer({ lifecycle: "FORMER" }),
        await customer(),
      ];
      await depend(hit, above);
      for (const each of [safe, risky]) await depend(each, onSupporting);
      await depend(risky, onSilent);
      await depend(lapsed, onSupporting, { validTo: "2026-06-14" });
      expect(await verdictsOf(start, "RETIRE", [hit, safe, risky, none, former, lapsed])).toEqual([
        "IMPACTED",
        "NOT_IMPACTED",
        unknown(notSaid, silent),
        unknown("No dependency on any service is recorded for that day.", none),
        "NOT_IMPACTED",
        unknown("No dependency on any service is recorded for that day.", lapsed),
      ]);
      expect(await verdictsOf(start, "RETIRE", [lapsed], "2026-06-14")).toEqual(["NOT_IMPACTED"]);

      // Promises are as sure as what they promise.
      const [sure, unsure] = [await promise([safe], [onSupporting]), await promise([risky], [onSupporting, onSilent])];
      const target = await world.make("ServiceLevelTarget", { agreementId: sure });
      expect(await verdictsOf(start, "RETIRE", [sure, unsure, target])).toEqual([
        "NOT_IMPACTED",
        unknown(notSaid, silent),
        unknown("The service it is promised for is not recorded.", target),
      ]);
      // Who is told is recorded with the service, not with the person.
      const other = await world.make("Person", {});
      expect(await verdictsOf(start, "RETIRE", [owner, other])).toEqual(["IMPACTED", "NOT_IMPACTED"]);
      expect(await verdictsOf(silent, "RETIRE", [other])).toEqual([unknown("Who owns it is not recorded.", silent)]);
      const supplier = await world.make("Supplier", {});
      const gone = createId("cus", Date.now());
      expect(await verdictsOf(start, "RETIRE", [supplier, gone, "nonsense"])).toEqual([
        unknown("No link says whether such a change hits a record of type Supplier.", null),
        unknown("There is no such record.", null),
        unknown("There is no such record.", null),
      ]);
    });

    test("validity that contradicts itself says nothing of any day", async () => {
      const [start, other, mistaken] = [await service(), await service({ kind: "SUPPORTING" }), await customer()];
      await depend(mistaken, other);
      const wrong = { customerId: mistaken, serviceId: start, validFrom: "2027-01-01", validTo: "2025-01-01" };
      await world.tolerated("ServiceDependency", "DEPENDENCY_ENDS_AFTER_IT_STARTS", wrong);
      for (const day of ["2024-12-31", "2026-06-15", "2027-06-15"]) {
        expect((await world.reached(start, "OUTAGE", day)).map(({ id }) => id)).toEqual([]);
        expect(await verdictsOf(start, "OUTAGE", [mistaken], day)).toEqual([unknown("One of its dependencies ends before it begins.", mistaken)]);
      }
    });

    test("people who leave, contracts that end and projects that are late have gaps of their own", async () => {
      const [leaver, stays] = [await world.make("Person", {}), await world.make("Person", {})];
      const [looked, orphan] = [await world.make("Application", { kind: "IN_HOUSE" }), await world.make("Application", { kind: "IN_HOUSE" })];
      await world.make("ApplicationRole", { applicationId: looked, holderId: stays });
      await world.make("ApplicationInterface", { sourceId: looked, targetId: orphan });
      const supporting = await service({ kind: "SUPPORTING", ownerId: stays });
      const [managed, unmanaged] = [await world.make("Project", { managerId: stays }), await world.make("Project", {})];
      for (const projectId of [managed, unmanaged]) await world.make("Deliverable", { projectId, serviceId: supporting });
      expect(await verdictsOf(leaver, "LEAVE", [looked, orphan, managed, unmanaged])).toEqual([
        "NOT_IMPACTED",
        unknown("Nobody is recorded to have a role in it that day.", orphan),
        "NOT_IMPACTED",
        unknown("Who manages it is not recorded.", unmanaged),
      ]);
      // A service is hit by a leaver through its applications: it is as sure as they are.
      const owned = { ownerId: stays };
      const [sure, unsure] = [await service(owned), await service(owned)];
      for (const [applicationId, supportId] of [
        [looked, sure],
        [orphan, unsure],
      ])
        await world.make("ApplicationFunction", { applicationId, supportIds: [supportId] });
      for (const each of [sure, unsure]) await world.world.change("Service", each, { dependsOnIds: [supporting] });
      expect(await verdictsOf(leaver, "LEAVE", [sure, unsure])).toEqual(["NOT_IMPACTED", unknown("Nobody is recorded to have a role in it that day.", orphan)]);

      const [ends, bought] = [await contract(await world.make("Supplier", {}), [supporting]), await world.make("Application", { kind: "COTS" })];
      await world.make("ApplicationInterface", { sourceId: looked, targetId: bought });
      expect(await verdictsOf(ends, "EXPIRE", [looked, bought, sure])).toEqual([
        "NOT_IMPACTED",
        unknown("The contract it is bought by is not recorded.", bought),
        "IMPACTED",
      ]);

      const late = await world.make("Project", {});
      expect(await verdictsOf(late, "DELAY", [sure])).toEqual([unknown("None of its deliverables is recorded.", late)]);
      await world.make("Deliverable", { projectId: late, serviceId: unsure });
      expect(await verdictsOf(late, "DELAY", [sure, unsure, managed])).toEqual([
        "NOT_IMPACTED",
        "IMPACTED",
        unknown("What it depends on is not recorded.", managed),
      ]);
    });

    test("of several changes that are asked about together each says what it says alone", async () => {
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Service { impact(change: OUTAGE, on: "${ON}") {
        counts { type count } customers { customer { id } call { id } agreements { id } units { id } } roles { role }
        unknown(first: 1000, types: ["Customer", "Service", "Project"]) { node { __typename ... on Customer { id } ... on Service { id } ... on Project { id } } missing of { __typename } } } } } }`;
      const told = async (ids: readonly string[]) => {
        const { data, errors } = await world.world.ask(query, { of: ids.map((id) => ({ __typename: "Service", id })) });
        expect(errors).toBeUndefined();
        return data._entities;
      };
      const [lone, below] = [await service(), await service({ kind: "SUPPORTING" })];
      const above = await service({ dependsOnIds: [below] });
      const [hit, far] = [await customer(), await customer()];
      await depend(hit, above);
      await promise([far], [lone]);
      await world.reached(lone, "OUTAGE", ON);
      const starts = [lone, below, above, await service()];
      await world.reached(starts[3]!, "OUTAGE", ON);
      const together = await told(starts);
      for (const [i, start] of starts.entries()) expect([start, together[i]]).toEqual([start, (await told([start]))[0]]);
      expect(together.some(({ impact }: any) => impact.unknown.length > 0)).toBe(true);
      expect(together.map(({ impact }: any) => impact.customers.map((each: any) => each.customer.id))).toEqual([[far], [hit], [hit], []]);
    });

    test("all that is unknown is listed by id, page by page, of the types wanted", async () => {
      const start = await service();
      const ask = async (args: string): Promise<string[]> =>
        (await world.ask(start, ["OUTAGE"], ON, `unknown(${args}) { node { id } verdict missing }`))["OUTAGE"].unknown.map((each: any) => {
          expect(each).toMatchObject({ verdict: "UNKNOWN", missing: expect.stringMatching(/\.$/) });
          return each.node.id;
        });
      const whole = await ask("first: 1000");
      const store = world.world.insight.store.database;
      const all = (await store.read("SELECT `id` FROM `customer` UNION ALL SELECT `id` FROM `service` ORDER BY 1", [])).map(([id]) => String(id));
      const said = (await world.ask(start, ["OUTAGE"], ON, "verdicts(ids: $ids) { verdict }", { ids: all }))["OUTAGE"].verdicts;
      expect(whole).toEqual(all.filter((_, i) => said[i].verdict === "UNKNOWN"));
      expect(whole.length).toBeGreaterThan(10);
      const paged: string[] = [];
      for (;;) {
        const page = await ask(`first: 3${paged.length > 0 ? `, after: "${paged.at(-1)}"` : ""}`);
        paged.push(...page);
        if (page.length < 3) break;
      }
      expect(paged).toEqual(whole);
      expect(await ask('first: 1000, types: ["Service"]')).toEqual(whole.filter((id) => id.startsWith("svc_")));
      expect(await world.refusal(start, "OUTAGE", ON, 'unknown(types: ["Milestone"]) { missing }')).toMatchObject({
        message: "types names Milestone; write Service, Agreement, ServiceLevelTarget, Customer, CustomerUnit or another type a change can reach.",
      });
    });
  });

  describe("customers", () => {
    const customersOf = async (start: string, change: string, args = "") =>
      (
        await world.ask(
          start,
          [change],
          ON,
          `customers${args} { customer { id } criticality agreements { id } targets { id } services { id } units { id } call { id } missing }`,
        )
      )[change].customers;
    const ids = (some: { id: string }[]) => some.map(({ id }) => id).sort();

    test("are shown most critical first, with what of theirs is hit and whom to call", async () => {
      const start = await service();
      const other = await service();
      const [manager, leftManager, decider] = [await world.make("Person", {}), await world.world.leaver("2026-01-01"), await world.make("Person", {})];
      const [light, grave, told] = [await customer(), await customer(), await customer()];
      const unitId = await world.make("CustomerUnit", { customerId: grave });
      await depend(light, start, { criticality: "ADMINISTRATIVE" });
      await depend(grave, start, { criticality: "MISSION_CRITICAL", unitId });
      await world.make("Relationship", { customerId: light, managerId: manager });
      await world.make("Relationship", { customerId: grave, managerId: leftManager });
      await world.make("Stakeholder", { customerId: grave, personId: decider });
      const agreement = await promise([told, grave], [start, other]);
      const target = await world.make("ServiceLevelTarget", { agreementId: agreement, serviceId: start });
      const notHit = await promise([grave], [other]);
      const found = await customersOf(start, "RETIRE");
      expect(found.map(({ customer: { id }, criticality, call }: any) => [id, criticality, call?.id ?? null])).toEqual([
        [grave, "MISSION_CRITICAL", decider],
        [light, "ADMINISTRATIVE", manager],
        [told, null, null],
      ]);
      expect([ids(found[0].agreements), ids(found[0].targets), ids(found[0].services), ids(found[0].units)]).toEqual([
        [agreement],
        [target],
        [start],
        [unitId],
      ]);
      expect(ids(found[0].agreements)).not.toContain(notHit);
      expect([ids(found[1].agreements), ids(found[1].services), found[1].missing]).toEqual([[], [start], null]);
      expect(found[2].missing).toBe("Neither a manager of the relationship nor anybody who decides for the customer is recorded and there.");
      expect((await customersOf(start, "RETIRE", "(first: 1)")).map((each: any) => each.customer.id)).toEqual([grave]);
      expect((await customersOf(start, "RETIRE", `(first: 5, after: "${grave}")`)).map((each: any) => each.customer.id)).toEqual([light, told]);
      expect(await world.refusal(start, "RETIRE", ON, `customers(after: "${manager}") { missing }`)).toMatchObject({
        message: "after is not a cursor of these records; pass one they were answered with.",
      });
      // Whoever leaves is not called about it.
      await world.make("Stakeholder", { customerId: light, personId: decider });
      expect((await customersOf(manager, "LEAVE")).map((each: any) => [each.customer.id, each.call.id])).toEqual([[light, decider]]);
    });

    test("somebody who leaves: each role, who else holds it, and what stands on it where nobody does", async () => {
      const [leaver, colleague, gone, team, idle] = [
        await world.make("Person", {}),
        await world.make("Person", {}),
        await world.world.leaver("2026-01-01"),
        await world.make("Team", {}),
        await world.make("Team", {}),
      ];
      await world.world.carryOut("deactivateTeam", "Team", idle);
      const [shared, alone, mixed] = [await service(), await service(), await service()];
      const [onShared, onAlone, onMixed] = [await application([shared]), await application([alone]), await application([mixed])];
      const hold = (applicationId: string, holderId: string, role: string, values: Values = {}) =>
        world.make("ApplicationRole", { applicationId, holderId, role, ...values });
      for (const each of [leaver, colleague, team]) await hold(onShared, each, "SUPPORTER");
      await hold(onAlone, leaver, "DEVELOPER");
      // None of these takes over: one is gone, a team is no longer active, one begins too late, one has another role.
      for (const each of [gone, idle]) await hold(onAlone, each, "DEVELOPER");
      await hold(onAlone, colleague, "DEVELOPER", { validFrom: "2026-06-16" });
      await hold(onAlone, colleague, "SUPPORTER");
      await hold(onMixed, leaver, "MANAGER", { validTo: "2026-06-14" });
      const hit = await customer();
      await depend(hit, alone);
      const { LEAVE } = await world.ask(leaver, ["LEAVE"], ON, "roles { role application { id } others { id } }");
      const roles = LEAVE.roles.map(({ application: { id }, role, others }: any) => [id, role, ids(others)]);
      expect(roles).toEqual(
        [
          [onShared, "SUPPORTER", [colleague, team].sort()],
          [onAlone, "DEVELOPER", []],
        ].sort(([a], [b]) => (a! < b! ? -1 : 1)),
      );
      const toAlone = [
        ["Person.applicationRoles", onAlone],
        ["Application.functions", alone],
      ];
      expect(await pathsOf(leaver, "LEAVE")).toEqual({
        [onShared]: [["Person.applicationRoles", onShared]],
        [onAlone]: toAlone.slice(0, 1),
        [alone]: toAlone,
        [hit]: [...toAlone, ["Service.customerDependencies", hit]],
      });
      const other = await world.ask(shared, ["RETIRE"], ON, "roles { role }");
      expect(other["RETIRE"].roles).toEqual([]);
    });
  });

  describe("asked wrongly", () => {
    test.each([
      ["a record that does not exist", "svc_01BX5ZZKBKACTAV9WEVGEMMVRZ", "RETIRE", ON, "There is no Service svc_01BX5ZZKBKACTAV9WEVGEMMVRZ."],
      [
        "a type nothing starts at",
        "cus_01BX5ZZKBKACTAV9WEVGEMMVRZ",
        "RETIRE",
        ON,
        /^cus_01BX5ZZKBKACTAV9WEVGEMMVRZ is no id of Service, .*; an impact starts at one of these\.$/,
      ],
      ["no id at all", "nonsense", "RETIRE", ON, /^nonsense is no id of/],
      [
        "a change that makes no sense",
        "svc_01BX5ZZKBKACTAV9WEVGEMMVRZ",
        "LEAVE",
        ON,
        "LEAVE means nothing for a record of type Service; ask for RETIRE, OUTAGE, CHANGE, DELAY.",
      ],
      ["another", "agr_01BX5ZZKBKACTAV9WEVGEMMVRZ", "OUTAGE", ON, "OUTAGE means nothing for a record of type Agreement; ask for CHANGE, DELAY, EXPIRE."],
      ["a day too early", "svc_01BX5ZZKBKACTAV9WEVGEMMVRZ", "RETIRE", "1989-12-31", "on is 1989-12-31; it must be a day from 1990-01-01 to 2199-12-31."],
      ["a day too late", "svc_01BX5ZZKBKACTAV9WEVGEMMVRZ", "RETIRE", "2200-01-01", "on is 2200-01-01; it must be a day from 1990-01-01 to 2199-12-31."],
    ])("%s is refused with what to do", async (_, id, change, on, message) => {
      const matching = typeof message === "string" ? message : expect.stringMatching(message);
      expect(await world.refusal(id, change, on)).toMatchObject({ message: matching, extensions: { code: "BAD_USER_INPUT" } });
    });
    test("a day that is none is refused", async () => {
      expect(await world.refusal(await service(), "RETIRE", "2026-02-30")).toMatchObject({ message: expect.stringMatching(/2026-02-30/) });
    });
  });

  describe("too much", () => {
    /** Rows laid out in the read model itself: nothing else is as quick. */
    async function insert(table: string, columns: readonly string[], rows: readonly (string | number)[][]): Promise<void> {
      const { database } = world.world.insight.store;
      const names = columns.map((column) => `\`${column}\``).join();
      for (let at = 0; at < rows.length; at += 2_500) {
        const some = rows.slice(at, at + 2_500);
        const sql = `INSERT INTO \`${table}\` (${names}) VALUES ${some.map((row) => `(${row.map(() => "?").join()})`).join()}`;
        await database.transaction((transaction) => transaction.execute(sql, some.flat()));
      }
    }
    const numbered = (prefix: string, i: number) => `${prefix}_${String(i).padStart(26, "0")}`;
    const common = ["id", "version", "createdAt", "updatedAt"];
    const moment = "2026-01-01T00:00:00.000Z";

    test("a hub with 50,000 customers gives a bounded answer that says so, and no counts", async () => {
      const [hub, quiet] = [await service(), await service()];
      await world.reached(hub, "OUTAGE", ON);
      const columns = [...common, "customerId", "serviceId", "businessActivity", "criticality", "vitalBusinessFunction"];
      const rows = Array.from({ length: 50_000 }, (_, i) => [numbered("dep", i), 1, moment, moment, numbered("cus", i), hub, "Pay", "ADMINISTRATIVE", 0]);
      await insert("service_dependency", columns, rows);
      const beyond = numbered("cus", 49_999);
      await insert(
        "customer",
        [...common, "code", "name", "kind", "lifecycle", "segment", "revenue"],
        [[beyond, 1, moment, moment, "FAR", "Far", "EXTERNAL", "ACTIVE", "STANDARD", "[]"]],
      );
      const fields = `complete bounded counts { type count atLeast } customers(first: 2) { customer { id } } nodes(first: 2) { totalCount nodes { node { id } } pageInfo { hasNextPage } }
        verdicts(ids: $ids) { verdict missing }`;
      const { OUTAGE } = await world.ask(hub, ["OUTAGE"], ON, fields, { ids: [numbered("cus", 0), beyond] });
      const bounded = expect.stringMatching(
        /^It reaches more than 20000 records or follows more than 100000 links, or 500000 together with what else is asked about, and what lies beyond was not followed; start from/,
      );
      expect(OUTAGE).toEqual({
        complete: false,
        bounded,
        counts: [{ type: "Customer", count: null, atLeast: 20_000 }],
        customers: [{ customer: { id: numbered("cus", 0) } }, { customer: { id: numbered("cus", 1) } }],
        nodes: { totalCount: null, nodes: [{ node: { id: numbered("cus", 0) } }, { node: { id: numbered("cus", 1) } }], pageInfo: { hasNextPage: true } },
        verdicts: [
          { verdict: "IMPACTED", missing: null },
          { verdict: "UNKNOWN", missing: bounded },
        ],
      });
      // What is asked about in the same request is not bounded by it.
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Service { impact(change: OUTAGE, on: "${ON}") { complete counts { count } } } } }`;
      const of = [hub, quiet].map((id) => ({ __typename: "Service", id }));
      expect((await world.world.ask(query, { of })).data._entities).toEqual([
        { impact: { complete: false, counts: [{ count: null }] } },
        { impact: { complete: true, counts: [] } },
      ]);
    }, 120_000);

    test("50,000 links to few customers are all followed, and counted once each; 100,001 are too many", async () => {
      const [hub, few] = [await service(), [await customer(), await customer()]];
      await world.reached(hub, "OUTAGE", ON);
      const columns = [...common, "customerId", "serviceId", "periodFrom", "periodTo"];
      const rows = Array.from({ length: 100_001 }, (_, i) => [numbered("use", i), 1, moment, moment, few[i % 2]!, hub, "2026-01-01", "2026-03-31"]);
      const ask = async () => (await world.ask(hub, ["OUTAGE"], ON, "complete counts { type count atLeast }"))["OUTAGE"];
      await insert("service_usage", columns, rows.slice(0, 50_000));
      expect(await ask()).toEqual({ complete: true, counts: [{ type: "Customer", count: 2, atLeast: 2 }] });
      // Eleven that stand before it would follow 550,000 of them together.
      const before: string[] = [];
      for (let i = 0; i < 11; i++) before.push(await application([hub]));
      await world.reached(before[0]!, "CHANGE", ON);
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Application { impact(change: OUTAGE, on: "${ON}") { complete bounded counts { type count atLeast } } } } }`;
      const together = async (ids: readonly string[]) => {
        const { data } = await world.world.ask(query, { of: ids.map((id) => ({ __typename: "Application", id })) });
        return data._entities.map(({ impact: { complete, bounded, counts } }: any) => [complete, bounded !== null, counts]);
      };
      const counts = (type: string, atLeast: number, isAll: boolean) => ({ type, count: isAll ? atLeast : null, atLeast });
      const whole = [true, false, [counts("Customer", 2, true), counts("Service", 1, true)]];
      expect(await together(before.slice(-1))).toEqual([whole]);
      expect(await together(before)).toEqual([
        ...before.slice(0, 9).map(() => whole),
        [false, true, [counts("Customer", 2, false), counts("Service", 1, false)]],
        [false, true, [counts("Service", 1, false)]],
      ]);
      await insert("service_usage", columns, rows.slice(50_000));
      expect(await ask()).toEqual({ complete: false, counts: [{ type: "Customer", count: null, atLeast: 2 }] });
    }, 120_000);

    test("statements do not grow with what is reached, nor with how many starts there are", async () => {
      const { database } = world.world.insight.store;
      const fields =
        "counts { count } customers { customer { id } call { id } targets { id } } nodes(first: 1000) { totalCount } verdicts(ids: $ids) { verdict } unknown { missing }";
      const wide = async (breadth: number): Promise<string> => {
        const start = await service();
        for (let i = 0; i < breadth; i++) {
          const above = await service({ dependsOnIds: [start] });
          const hit = await customer();
          await depend(hit, above, { unitId: await world.make("CustomerUnit", { customerId: hit }) });
          await world.make("ServiceLevelTarget", { agreementId: await promise([hit], [above]), serviceId: above });
        }
        return start;
      };
      const count = async (act: () => Promise<unknown>): Promise<number> => {
        await act();
        return countStatements(database, act);
      };
      const [narrow, broad] = [await wide(1), await wide(15)];
      const customers = (await world.reached(broad, "OUTAGE", ON)).filter(({ type }) => type === "Customer");
      expect(customers).toHaveLength(15);
      const aside = [await service(), await service()];
      const one = await count(() => world.ask(narrow, ["OUTAGE"], ON, fields, { ids: aside }));
      expect(await count(() => world.ask(broad, ["OUTAGE"], ON, fields, { ids: aside }))).toBe(one);
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Service { impact(change: OUTAGE, on: "${ON}") { counts { count } } } } }`;
      const ofSome = (some: string[]) => count(() => world.world.ask(query, { of: some.map((id) => ({ __typename: "Service", id })) }));
      expect(await ofSome([narrow, broad])).toBe(await ofSome([broad]));
    });
  });
});
