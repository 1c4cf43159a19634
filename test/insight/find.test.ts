import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { Random } from "../support/random.js";

type Row = Record<string, any> & { id: string };
type Where = Record<string, any>;
interface LinkOf {
  readonly target: string;
  readonly many: boolean;
  follow(row: Row): Row[];
}

const seed = Number(process.env["SEED"] ?? 20261123);
const ROUNDS = process.env["LONG"] ? 5000 : 400;
const FOUND: Record<string, string> = {
  Customer: "findCustomers",
  Agreement: "findAgreements",
  Service: "findServices",
  Application: "findApplications",
  Project: "findProjects",
  Person: "findPeople",
};

describe.each(databaseKinds)("conditions across portfolios on %s", (kind) => {
  let graph: TestPortfolios;
  const random = new Random(seed);
  const rows: Record<string, Row[]> = {};
  const byId = (type: string, ...ids: (string | null)[]) => rows[type]!.filter(({ id }) => ids.includes(id));

  /** The links as a reader of domain.md would follow them, over the rows in memory. */
  const links: Record<string, Record<string, LinkOf>> = {
    Customer: {
      parent: { target: "Customer", many: false, follow: (row) => byId("Customer", row["parentId"]) },
      children: { target: "Customer", many: true, follow: (row) => rows["Customer"]!.filter(({ parentId }) => parentId === row.id) },
      agreements: {
        target: "Agreement",
        many: true,
        follow: (row) => rows["Agreement"]!.filter(({ parties }) => parties.some((party: any) => party.partyId === row.id)),
      },
      serviceDependencies: {
        target: "ServiceDependency",
        many: true,
        follow: (row) => rows["ServiceDependency"]!.filter(({ customerId }) => customerId === row.id),
      },
      projects: {
        target: "Project",
        many: true,
        follow: (row) =>
          byId(
            "Project",
            ...rows["Deliverable"]!.filter(({ customerIds, state }) => customerIds.includes(row.id) && state !== "DROPPED").map(({ projectId }) => projectId),
          ),
      },
    },
    Agreement: {
      services: { target: "Service", many: true, follow: (row) => byId("Service", ...row["serviceIds"]) },
      customers: { target: "Customer", many: true, follow: (row) => byId("Customer", ...row["parties"].map(({ partyId }: any) => partyId)) },
    },
    Service: {
      owner: { target: "Person", many: false, follow: (row) => byId("Person", row["ownerId"]) },
      dependsOn: { target: "Service", many: true, follow: (row) => byId("Service", ...row["dependsOnIds"]) },
      supports: { target: "Service", many: true, follow: (row) => rows["Service"]!.filter(({ dependsOnIds }) => dependsOnIds.includes(row.id)) },
      agreements: { target: "Agreement", many: true, follow: (row) => rows["Agreement"]!.filter(({ serviceIds }) => serviceIds.includes(row.id)) },
      applications: {
        target: "Application",
        many: true,
        follow: (row) =>
          byId(
            "Application",
            ...rows["ApplicationFunction"]!.filter(({ supportIds }) => supportIds.includes(row.id)).map(({ applicationId }) => applicationId),
          ),
      },
      customerDependencies: {
        target: "ServiceDependency",
        many: true,
        follow: (row) => rows["ServiceDependency"]!.filter(({ serviceId }) => serviceId === row.id),
      },
    },
    ServiceDependency: {
      customer: { target: "Customer", many: false, follow: (row) => byId("Customer", row["customerId"]) },
      service: { target: "Service", many: false, follow: (row) => byId("Service", row["serviceId"]) },
    },
    Application: {
      services: {
        target: "Service",
        many: true,
        follow: (row) =>
          byId("Service", ...rows["ApplicationFunction"]!.filter(({ applicationId }) => applicationId === row.id).flatMap(({ supportIds }) => supportIds)),
      },
    },
    Project: {
      manager: { target: "Person", many: false, follow: (row) => byId("Person", row["managerId"]) },
      customers: {
        target: "Customer",
        many: true,
        follow: (row) =>
          byId(
            "Customer",
            ...rows["Deliverable"]!.filter(({ projectId, state }) => projectId === row.id && state !== "DROPPED").flatMap(({ customerIds }) => customerIds),
          ),
      },
    },
    Person: {
      ownsServices: { target: "Service", many: true, follow: (row) => rows["Service"]!.filter(({ ownerId }) => ownerId === row.id) },
      managesProjects: { target: "Project", many: true, follow: (row) => rows["Project"]!.filter(({ managerId }) => managerId === row.id) },
    },
  };
  const scalars: Record<string, (random: Random) => Where> = {
    Customer: (r) => ({ kind: { eq: r.pick(["INTERNAL", "EXTERNAL"]) } }),
    Agreement: (r) => ({ state: { [r.pick(["eq", "not"])]: r.pick(["ACTIVE", "DRAFT"]) } }),
    Service: (r) => ({ kind: { eq: r.pick(["BUSINESS", "SUPPORTING"]) } }),
    ServiceDependency: (r) => ({ criticality: { in: r.pick([["MISSION_CRITICAL"], ["MISSION_CRITICAL", "ADMINISTRATIVE"]]) } }),
    Application: (r) => ({ lifecycle: { in: r.pick([["PHASE_OUT", "END_OF_LIFE"], ["ACTIVE"]]) } }),
    Project: (r) => ({ percentComplete: { [r.pick(["gte", "lt"])]: r.between(0, 100) } }),
    Person: (r) => ({ code: { gte: `P${r.between(0, 6)}` } }),
  };

  /** Days of each type that are compared. */
  const days: Record<string, string[]> = {
    Customer: ["verifiedOn"],
    Agreement: ["startOn", "endOn"],
    Service: ["verifiedOn"],
    ServiceDependency: ["validFrom", "validTo"],
    Application: ["verifiedOn"],
    Project: ["actualEnd", "plannedEnd", "approvedEnd"],
    Person: ["verifiedOn"],
  };
  /** Types that are compared themselves, not only as what others are linked to. */
  const comparable = Object.keys(FOUND);

  beforeAll(async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const add = async (portfolio: string, type: string, inputs: Where[]) => {
      const outcomes = await graph.subgraph(portfolio).writer(call).createMany(type, inputs, { act: "create", tolerate: new Set() });
      for (const { problems } of outcomes) expect(problems).toEqual([]);
      rows[type] = [...(rows[type] ?? []), ...outcomes.map(({ record }) => record as Row)];
    };
    const many = (count: number, make: (i: number) => Where) => Array.from({ length: count }, (_, i) => make(i));
    const some = (type: string, most: number) => [...new Set(many(random.between(0, most), () => random.pick(rows[type]!).id as never))] as unknown as string[];
    const one = (type: string) => random.pick(rows[type]!).id;
    const maybe = <T>(value: T) => (random.chance(0.3) ? null : value);
    const anyDay = () => random.pick(["2023-12-31", "2024-02-28", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01", "2025-03-01", "2025-03-02"]);
    const maybeDay = () => maybe(anyDay());
    await add(
      "people",
      "Person",
      many(7, (i) => ({ code: `P${i}`, name: `n${i}`, verifiedOn: maybeDay() })),
    );
    await add(
      "customer",
      "Customer",
      many(6, (i) => ({ code: `C${i}`, name: "c", kind: random.pick(["INTERNAL", "EXTERNAL"]), segment: "STANDARD", verifiedOn: maybeDay() })),
    );
    await add(
      "customer",
      "Customer",
      many(8, (i) => ({
        code: `D${i}`,
        name: "c",
        kind: random.pick(["INTERNAL", "EXTERNAL"]),
        segment: "STANDARD",
        parentId: maybe(one("Customer")),
        verifiedOn: maybeDay(),
      })),
    );
    await add(
      "service",
      "Service",
      many(5, (i) => ({
        code: `S${i}`,
        name: "s",
        kind: random.pick(["BUSINESS", "SUPPORTING"]),
        sourcing: "INTERNAL",
        ownerId: maybe(one("Person")),
        verifiedOn: maybeDay(),
      })),
    );
    await add(
      "service",
      "Service",
      many(7, (i) => ({
        code: `T${i}`,
        name: "s",
        kind: random.pick(["BUSINESS", "SUPPORTING"]),
        sourcing: "INTERNAL",
        ownerId: maybe(one("Person")),
        verifiedOn: maybeDay(),
        dependsOnIds: some("Service", 3),
      })),
    );
    await add(
      "agreement",
      "Agreement",
      many(24, (i) => ({
        code: `A${i}`,
        title: "a",
        kind: "MOU",
        startOn: `202${random.between(5, 6)}-${random.pick(["01", "03", "04", "11"])}-15`,
        endOn: maybe(random.pick(["2027-02-28", "2027-03-01", "2028-02-29", "2028-12-31"])),
        value: maybe({ amount: `${random.between(1, 900)}.25`, currency: random.pick(["EUR", "IDR"]) }),
        state: random.pick(["ACTIVE", "DRAFT"]),
        serviceIds: [one("Service"), ...some("Service", 2)],
        parties: [
          { partyId: one("Customer"), side: "CUSTOMER", signatoryId: null },
          ...some("Customer", 2).map((partyId) => ({ partyId, side: "PROVIDER", signatoryId: null })),
        ],
      })),
    );
    await add(
      "customer",
      "ServiceDependency",
      many(20, () => ({
        customerId: one("Customer"),
        serviceId: one("Service"),
        businessActivity: "b",
        criticality: random.pick(["MISSION_CRITICAL", "BUSINESS_CRITICAL", "ADMINISTRATIVE"]),
        validFrom: maybe(random.pick(["2023-12-31", "2024-02-28"])),
        validTo: maybe(random.pick(["2025-03-01", "2025-03-02"])),
      })),
    );
    await add(
      "application",
      "Application",
      many(9, (i) => ({
        code: `B${i}`,
        name: "b",
        kind: "SAAS",
        lifecycle: random.pick(["ACTIVE", "PHASE_OUT", "END_OF_LIFE"]),
        endReason: "r",
        verifiedOn: maybeDay(),
      })),
    );
    await add(
      "application",
      "ApplicationFunction",
      many(14, () => ({ applicationId: one("Application"), name: "f", supportIds: some("Service", 3) })),
    );
    await add(
      "project",
      "Project",
      many(10, (i) => ({
        code: `J${i}`,
        name: "j",
        kind: "PROJECT",
        managerId: maybe(one("Person")),
        percentComplete: random.between(0, 100),
        approvedEnd: maybeDay(),
        plannedEnd: maybeDay(),
      })),
    );
    await add(
      "project",
      "Deliverable",
      many(25, () => ({
        projectId: one("Project"),
        serviceId: one("Service"),
        change: "CHANGED",
        customerIds: some("Customer", 2),
        state: random.pick(["OPEN", "DROPPED"]),
      })),
    );
    // However busy the machine is: what follows is about answers, not about how soon they are there.
    await graph.insight.follower.catchUp(call, 60_000);
  }, 120_000);
  afterAll(() => graph.close());

  /** A day of a record of the type, or of what one of its links leads to. */
  function randomDay(type: string, depth: number): Where {
    const fields = (of: string) => random.pick([days[of]!, days[of]!.toReversed(), [random.pick(days[of]!)]]);
    const many = Object.entries(links[type]!).filter(([, link]) => link.many);
    if (depth === 0 || many.length === 0 || random.chance(0.4)) return { fields: fields(type) };
    const [name, { target }] = random.pick(many);
    return {
      [random.pick(["earliest", "latest"])]: { [name]: { fields: fields(target), ...(random.chance(0.4) ? { where: randomWhere(target, depth - 1) } : {}) } },
    };
  }
  const randomComparison = (type: string, depth: number): Where => ({
    date: randomDay(type, depth),
    with: randomDay(type, depth),
    daysAfter: { [random.pick(["eq", "gt", "gte", "lt", "lte"])]: random.pick([-1096, -367, -366, -2, -1, 0, 1, 2, 60, 61, 366, 1096]) },
  });

  function randomWhere(type: string, depth: number): Where {
    const where: Where = {};
    for (let i = random.between(1, 2); i > 0; i--) {
      const shape = depth > 0 ? random.next() : 0;
      if (shape < 0.25) Object.assign(where, scalars[type]!(random));
      else if (shape < 0.33 && comparable.includes(type))
        where["compare"] = Array.from({ length: random.between(1, 2) }, () => randomComparison(type, depth - 1));
      else if (shape < 0.45) {
        const word = random.pick(["and", "or", "not"]);
        where[word] = word === "not" ? randomWhere(type, depth - 1) : Array.from({ length: random.between(0, 2) }, () => randomWhere(type, depth - 1));
      } else {
        const [name, link] = random.pick(Object.entries(links[type]!));
        const inner = () => randomWhere(link.target, depth - 1);
        where[name] = !link.many
          ? inner()
          : random.pick([
              () => ({ some: inner() }),
              () => ({ none: inner() }),
              () => ({ every: inner() }),
              () => ({ count: { ...(random.chance(0.5) ? { of: inner() } : {}), [random.pick(["eq", "gt", "gte", "lt", "lte"])]: random.between(0, 3) } }),
            ])();
      }
    }
    return where;
  }

  test("random nested conditions answer what a naive evaluator does, with the right count", async () => {
    // Whether a portfolio was asked within 250 ms depends on the machine; how far it has been read does not.
    const heads = await Promise.all([...graph.local.keys()].map(async (portfolio) => ({ portfolio, seq: await graph.reach(portfolio).head(call) })));
    for (let round = 0; round < ROUNDS; round++) {
      const type = random.pick(Object.keys(FOUND));
      const where = randomWhere(type, 4);
      const { [FOUND[type]!]: found } = (await ask(
        `query ($where: ${type}Where) { ${FOUND[type]}(where: $where, first: 100) { totalCount nodes { id } asOf { portfolio seq } } }`,
        { where },
      )) as any;
      const expected = rows[type]!.filter((row) => matches(type, row, where))
        .map(({ id }) => ({ id }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      expect({ round, seed, type, where, nodes: found.nodes, count: found.totalCount }).toEqual({
        round,
        seed,
        type,
        where,
        nodes: expected,
        count: expected.length,
      });
      expect(found.asOf).toEqual(heads);
    }
  }, 300_000);

  test("a client reads its own writes", async () => {
    for (let i = 0; i < 20; i++) {
      await graph.ask("people", `mutation { createPerson(input: { code: "W${i}", name: "w" }) { problems { code } } }`);
      const read = async () => (await ask(`{ findPeople(where: { code: { eq: "W${i}" } }) { totalCount asOf { portfolio stale } } }`)) as any;
      let { findPeople } = await read();
      // A machine too busy to read on within 250 ms says so.
      while (findPeople.asOf.find(({ portfolio }: any) => portfolio === "people").stale) ({ findPeople } = await read());
      expect(findPeople.totalCount).toBe(1);
    }
  });

  test("list items, polymorphic links, and too deep a where", async () => {
    const { findAgreements } = (await ask(
      `{ findAgreements(where: { parties: { some: { side: { eq: CUSTOMER }, partyIsCustomer: { code: { startsWith: "C" } } } } }, first: 100) { totalCount } }`,
    )) as any;
    const starting = new Set(rows["Customer"]!.filter(({ code }) => code.startsWith("C")).map(({ id }) => id));
    expect(findAgreements.totalCount).toBe(
      rows["Agreement"]!.filter(({ parties }) => parties.some((party: any) => party.side === "CUSTOMER" && starting.has(party.partyId))).length,
    );
    let where: Where = {};
    for (let i = 0; i < 9; i++) where = { parent: where };
    const answer = await graph
      .reach("insight")
      .execute({ query: "query ($where: CustomerWhere) { findCustomers(where: $where) { totalCount } }", variables: { where } }, call);
    expect(answer.errors).toMatchObject([
      { message: "A where follows at most 8 links one after the other; ask for ids first and for the rest then.", extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  const shown = (groups: any[]) =>
    groups.map(({ keys, count, measures }) => ({
      keys: keys.map((key: any) => key.value),
      count,
      measures: measures.map((measure: any) => [measure.value, measure.currency]),
    }));
  const group = async (field: string, args: string) =>
    shown(((await ask(`{ ${field}(${args}, first: 1000) { groups { keys { value node { id } } count measures { value currency } } } }`)) as any)[field].groups);
  const naive = (records: Row[], keysOf: (row: Row) => (string | null)[][], measuresOf: (rows: Row[]) => [string | null, string | null][]) => {
    const found = new Map<string, { keys: (string | null)[]; rows: Row[] }>();
    for (const row of records)
      for (const keys of keysOf(row))
        (found.get(JSON.stringify(keys)) ?? found.set(JSON.stringify(keys), { keys, rows: [] }).get(JSON.stringify(keys))!).rows.push(row);
    const label = (keys: (string | null)[]) => keys.map((key) => key ?? "").join("\u0000");
    return [...found.values()]
      .map(({ keys, rows: some }) => ({ keys, count: some.length, measures: measuresOf(some) }))
      .sort((a, b) => b.count - a.count || (label(a.keys) < label(b.keys) ? -1 : 1));
  };
  const orNull = (ids: string[]): (string | null)[] => (ids.length > 0 ? ids : [null]);
  const sums = (some: Row[]): [string | null, string | null][] => {
    const totals = new Map<string, number>();
    for (const { value } of some) if (value) totals.set(value.currency, (totals.get(value.currency) ?? 0) + value.minor);
    return [...totals].map(([currency, minor]): [string, string] => [`${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`, currency]);
  };
  const bySum = (groups: any[]) => groups.map((each) => ({ ...each, measures: [...each.measures].sort((a, b) => String(a[1]).localeCompare(String(b[1]))) }));

  const inGroup: Record<string, Record<string, (row: Row) => (string | null)[]>> = {
    Agreement: {
      "{ field: state }": ({ state }) => [state],
      "{ field: startOn, bucket: YEAR }": ({ startOn }) => [startOn.slice(0, 4)],
      "{ field: startOn, bucket: MONTH }": ({ startOn }) => [startOn.slice(0, 7)],
      "{ link: customers }": (row) => linkedOf("Agreement", "customers", row),
      "{ link: services }": (row) => linkedOf("Agreement", "services", row),
    },
    Project: {
      "{ field: manager }": ({ managerId }) => [managerId],
      "{ field: percentComplete }": ({ percentComplete }) => [String(percentComplete)],
      "{ link: customers }": (row) => linkedOf("Project", "customers", row),
    },
    Service: {
      "{ field: kind }": ({ kind }) => [kind],
      "{ field: owner }": ({ ownerId }) => [ownerId],
      "{ link: supports }": (row) => linkedOf("Service", "supports", row),
      "{ link: agreements }": (row) => linkedOf("Service", "agreements", row),
      "{ link: applications }": (row) => linkedOf("Service", "applications", row),
    },
    Customer: {
      "{ field: kind }": ({ kind }) => [kind],
      "{ link: agreements }": (row) => linkedOf("Customer", "agreements", row),
      "{ link: projects }": (row) => linkedOf("Customer", "projects", row),
    },
  };
  function linkedOf(type: string, link: string, row: Row): (string | null)[] {
    return orNull([...new Set(links[type]![link]!.follow(row).map(({ id }) => id))]);
  }
  type MeasureOf = (some: Row[]) => [string | null, string | null][];
  const numbers = (some: Row[]): number[] => some.map(({ percentComplete }) => percentComplete);
  const measured: Record<string, Record<string, MeasureOf>> = {
    Agreement: {
      "{ function: SUM, field: value }": (some) => (sums(some).length > 0 ? sums(some) : [[null, null]]),
      "{ function: MAX, field: startOn }": (some) => [
        [
          some
            .map(({ startOn }) => startOn)
            .sort()
            .at(-1),
          null,
        ],
      ],
      "{ function: COUNT_DISTINCT, link: customers }": (some) => [
        [String(new Set(some.flatMap((row) => links["Agreement"]!["customers"]!.follow(row))).size), null],
      ],
    },
    Project: {
      "{ function: SUM, field: percentComplete }": (some) => [[String(numbers(some).reduce((a, b) => a + b, 0)), null]],
      "{ function: AVG, field: percentComplete }": (some) => [[String(Number((numbers(some).reduce((a, b) => a + b, 0) / some.length).toFixed(6))), null]],
      "{ function: MIN, field: percentComplete }": (some) => [[String(Math.min(...numbers(some))), null]],
      "{ function: COUNT_DISTINCT, link: customers }": (some) => [
        [String(new Set(some.flatMap((row) => links["Project"]!["customers"]!.follow(row))).size), null],
      ],
    },
    Service: {
      "{ function: COUNT_DISTINCT, link: applications }": (some) => [
        [String(new Set(some.flatMap((row) => links["Service"]!["applications"]!.follow(row))).size), null],
      ],
    },
    Customer: {
      "{ function: COUNT_DISTINCT, link: agreements }": (some) => [
        [String(new Set(some.flatMap((row) => links["Customer"]!["agreements"]!.follow(row))).size), null],
      ],
    },
  };

  test("random groupings over random conditions answer what a naive evaluator does", async () => {
    for (let round = 0; round < ROUNDS / 2; round++) {
      const type = random.pick(Object.keys(inGroup));
      const by = [...new Set([random.pick(Object.keys(inGroup[type]!)), random.pick(Object.keys(inGroup[type]!))])];
      const measures = [...new Set(Array.from({ length: random.between(0, 2) }, () => random.pick(Object.keys(measured[type]!))))];
      const where = randomWhere(type, 3);
      const field = type === "Project" ? "groupProjects" : `group${type}s`;
      const { [field]: answer } = (await ask(
        `query ($where: ${type}Where) { ${field}(where: $where, by: [${by.join()}], measures: [${measures.join()}], first: 1000) { totalGroups groups { keys { value } count measures { value currency } } } }`,
        { where },
      )) as any;
      const keysOf = (row: Row): (string | null)[][] =>
        by.reduce<(string | null)[][]>((all, key) => all.flatMap((keys) => inGroup[type]![key]!(row).map((value) => [...keys, value])), [[]]);
      const expected = naive(
        rows[type]!.filter((row) => matches(type, row, where)),
        keysOf,
        (some) => measures.flatMap((measure) => measured[type]![measure]!(some)),
      );
      const asked = { round, seed, type, by, measures, where };
      expect({ ...asked, total: answer.totalGroups, groups: bySum(shown(answer.groups)) }).toEqual({
        ...asked,
        total: expected.length,
        groups: bySum(expected),
      });
    }
  }, 300_000);

  test.each([
    [
      "too many conditions",
      { or: Array.from({ length: 201 }, () => ({ code: { eq: "C" } })) },
      "A where holds at most 200 conditions; ask in several requests.",
    ],
    [
      "too many, however nested",
      { and: Array.from({ length: 101 }, () => ({ parent: { code: { eq: "C" } } })) },
      "A where holds at most 200 conditions; ask in several requests.",
    ],
  ])("%s are refused", async (_, where, message) => {
    for (const field of ["findCustomers(where: $where) { totalCount }", "groupCustomers(where: $where, by: [{ field: kind }]) { totalGroups }"]) {
      const answer = await graph.reach("insight").execute({ query: `query ($where: CustomerWhere) { ${field} }`, variables: { where } }, call);
      expect(answer.errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
    }
  });

  test("what cannot be true finds nothing; a page that is too large is refused", async () => {
    const impossible = { and: [{ code: { eq: "C0" } }, { code: { eq: "C1" } }] };
    const query = "query ($where: CustomerWhere) { findCustomers(where: $where) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }";
    for (const where of [impossible, { code: { in: [] } }, { or: [] }, { agreements: { count: { lt: 0 } } }])
      expect(await ask(query, { where })).toEqual({ findCustomers: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } });
    const answer = await graph.reach("insight").execute({ query: "{ findCustomers(first: 1001) { totalCount } }" }, call);
    expect(answer.errors).toMatchObject([{ message: "first must be from 0 to 1000; it is 1001.", extensions: { code: "BAD_USER_INPUT" } }]);
  });

  test("groups by a link, a to-one link and a quarter, with sums by currency, averages and distinct counts", async () => {
    const none: [null, null][] = [[null, null]];

    const byCustomer = naive(
      rows["Agreement"]!,
      (row) => orNull(links["Agreement"]!["customers"]!.follow(row).map(({ id }) => id)).map((id) => [id, row["state"]]),
      (some) => (sums(some).length ? sums(some) : none),
    );
    const answered = await group("groupAgreements", "by: [{ link: customers }, { field: state }], measures: [{ function: SUM, field: value }]");
    expect(bySum(answered)).toEqual(bySum(byCustomer));

    const quarter = (day: string) => `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
    expect(
      await group(
        "groupAgreements",
        "by: [{ field: startOn, bucket: QUARTER }], measures: [{ function: COUNT_DISTINCT, link: services }, { function: MIN, field: startOn }]",
      ),
    ).toEqual(
      naive(
        rows["Agreement"]!,
        (row) => [[quarter(row["startOn"])]],
        (some) => [
          [String(new Set(some.flatMap(({ serviceIds }) => serviceIds)).size), null],
          [some.map(({ startOn }) => startOn).sort()[0], null],
        ],
      ),
    );
    const average = (some: Row[]) => String(Number((some.reduce((sum, { percentComplete }) => sum + percentComplete, 0) / some.length).toFixed(6)));
    expect(await group("groupProjects", "by: [{ field: manager }], measures: [{ function: AVG, field: percentComplete }]")).toEqual(
      naive(
        rows["Project"]!,
        (row) => [[row["managerId"]]],
        (some) => [[average(some), null]],
      ),
    );
    expect(await group("groupProjects", "where: { percentComplete: { gte: 50 } }, by: [{ link: customers }], having: { gte: 2 }")).toEqual(
      naive(
        rows["Project"]!.filter(({ percentComplete }) => percentComplete >= 50),
        (row) => orNull(links["Project"]!["customers"]!.follow(row).map(({ id }) => id)).map((id) => [id]),
        () => [],
      ).filter(({ count }) => count >= 2),
    );
  });

  test.each([
    ["by: []", "by names from 1 to 3 keys; it names 0."],
    ["by: [{}]", "A key names a field or a link, one of the two."],
    ["by: [{ field: name, bucket: YEAR }]", "name is no date; a bucket goes with a date."],
    ["by: [{ field: name }], measures: [{ function: SUM, field: createdAt }]", "createdAt is no number; SUM goes with numbers and money."],
    ["by: [{ field: name }], orderBy: { measure: 0 }", "There is no measure 0; measures are counted from 0."],
  ])("groupProjects(%s) is refused with what to do", async (args, message) => {
    const answer = await graph.reach("insight").execute({ query: `{ groupProjects(${args}) { totalGroups } }` }, call);
    expect(answer.errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
  });

  async function ask(query: string, variables: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const answer = await graph.reach("insight").execute({ query, variables }, call);
    if (answer.errors) throw new Error(JSON.stringify({ errors: answer.errors, variables }));
    return answer.data!;
  }

  /** Whether two days lie to each other as wanted; where one is missing they do not. */
  function isSo(type: string, row: Row, { date, with: other, daysAfter }: Where): boolean {
    const [one, two] = [dayOf(type, row, date), dayOf(type, row, other)];
    return one !== null && two !== null && matchesScalar((Date.parse(one) - Date.parse(two)) / 86_400_000, daysAfter);
  }
  function dayOf(type: string, row: Row, day: Where): string | null {
    const filled = (record: Row, fields: string[]): string | null => fields.map((field) => record[field] ?? null).find((each) => each !== null) ?? null;
    if (day["fields"]) return filled(row, day["fields"]);
    const [[which, linked]] = Object.entries(day) as [[string, Where]];
    const [[name, { fields, where }]] = Object.entries(linked) as [[string, Where]];
    const { target, follow } = links[type]![name]!;
    const found = follow(row)
      .filter((record) => matches(target, record, where ?? {}))
      .flatMap((record) => filled(record, fields) ?? [])
      .sort();
    return found.at(which === "earliest" ? 0 : -1) ?? null;
  }

  function matches(type: string, row: Row, where: Where): boolean {
    return Object.entries(where).every(([name, condition]) => {
      if (name === "and") return condition.every((each: Where) => matches(type, row, each));
      if (name === "or") return condition.some((each: Where) => matches(type, row, each));
      if (name === "not") return !matches(type, row, condition);
      if (name === "compare") return condition.every((each: Where) => isSo(type, row, each));
      const link = links[type]![name];
      if (!link) return matchesScalar(row[name], condition);
      const records = [...new Set(link.follow(row))];
      if (!link.many) return records.some((record) => matches(link.target, record, condition));
      const holds = (record: Row, inner: Where) => matches(link.target, record, inner);
      if (condition.some) return records.some((record) => holds(record, condition.some));
      if (condition.none) return !records.some((record) => holds(record, condition.none));
      if (condition.every) return records.every((record) => holds(record, condition.every));
      const { of, ...range } = condition.count;
      return matchesScalar(records.filter((record) => holds(record, of ?? {})).length, range);
    });
  }
});

function matchesScalar(value: any, condition: Where): boolean {
  return Object.entries(condition).every(([word, wanted]) => {
    switch (word) {
      case "eq":
        return value === wanted;
      case "not":
        return value !== wanted;
      case "in":
        return wanted.includes(value);
      case "gt":
        return value > wanted;
      case "gte":
        return value >= wanted;
      case "lt":
        return value < wanted;
      default:
        return value <= wanted;
    }
  });
}
