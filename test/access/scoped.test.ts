/** What customers' people are answered across portfolios: what a reader would work out who had nothing but the records that concern them. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { FOUND, NaiveRecords, type Row, type Where, WhereMaker } from "../insight/find.naive.js";
import { NaiveImpact } from "../insight/impact.naive.js";
import { NODES, STARTS, shown } from "../insight/impact.world.js";
import { call, databaseKinds } from "../support/graph.js";
import { Random } from "../support/random.js";
import { countStatements } from "../support/statements.js";
import { PATIENCE, type Tenants, executiveOf, openTenants } from "./tenants.js";

const SEED = Number(process.env["SEED"] ?? 20_261_127);
const ROUNDS = process.env["LONG"] ? 3_000 : 150;
const ID = /^[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
/** Days on which impacts start. */
const DAYS = process.env["LONG"] ? ["2025-11-01", "2026-06-15", "2026-11-27"] : ["2026-06-15"];

/** Fields by which records are found; links among them, to records that may not be seen as well. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Customer: ["kind", "lifecycle", "segment", "code", "parentId", "id"],
  Agreement: ["state", "kind", "endOn", "code", "id"],
  Service: ["kind", "status", "code", "ownerId", "id"],
  ServiceDependency: ["criticality", "serviceId", "unitId"],
  Application: ["lifecycle", "code", "id"],
  Project: ["status", "percentComplete", "managerId", "code"],
  Person: ["code", "employerId", "id"],
  Obligation: ["obligor", "state", "agreementId"],
  ServiceLevelTarget: ["metric", "serviceId", "agreementId"],
  Relationship: ["managerId", "customerId"],
};

describe.each(databaseKinds)("On %s, three customers' people", (kind) => {
  let tenants: Tenants;
  beforeAll(async () => {
    tenants = await openTenants(kind);
    // However busy the machine is: what follows is about answers, not about how soon they are there.
    await tenants.portfolios.insight.follower.catchUp(call, 60_000);
  }, PATIENCE);
  afterAll(() => tenants?.portfolios.close());

  async function ask(root: string, query: string, variables: Record<string, unknown> = {}): Promise<Record<string, any>> {
    const { data, errors } = await tenants.portfolios.reach("insight").execute({ query, variables }, { ...call, principal: executiveOf(root) });
    if (errors) throw new Error(JSON.stringify({ errors, query, variables }));
    return data!;
  }

  /** All records, by type. */
  function allRows(): Record<string, Row[]> {
    const rows: Record<string, Row[]> = {};
    for (const { type, image } of tenants.records.values()) (rows[type] ??= []).push(image);
    return rows;
  }
  /** The records that concern a customer, as if there were no others: links to others lead nowhere. */
  function seenRows(root: string): Record<string, Row[]> {
    const allowed = tenants.allowed(root);
    const isHidden = (value: unknown) => typeof value === "string" && ID.test(value) && tenants.records.has(value) && !allowed.has(value);
    const cut = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.filter((each) => !isHidden(each)).map(cut);
      if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cut(each)]));
      return isHidden(value) ? null : value;
    };
    const rows: Record<string, Row[]> = {};
    for (const [type, some] of Object.entries(allRows())) rows[type] = some.filter(({ id }) => allowed.has(id)).map((row) => cut(row) as Row);
    return rows;
  }
  /** A condition with a value of any record, whoever it concerns. */
  const conditionIn =
    (all: Record<string, Row[]>, random: Random) =>
    (type: string): Where => {
      const field = random.pick(FIELDS[type]!);
      const value = (random.pick(all[type]!)[field] ?? null) as string | null;
      return { [field]: value === null || random.chance(0.2) ? { isNull: random.chance(0.5) } : { [random.pick(["eq", "eq", "not"])]: value } };
    };

  test(
    `find what matches among what concerns them, and count no more: ${ROUNDS} nested conditions of seed ${SEED}`,
    async () => {
      const random = new Random(SEED);
      const seen = { answered: 0, found: 0 };
      const all = allRows();
      const worlds = tenants.roots.map((root) => ({ root, naive: new NaiveRecords(seenRows(root)) }));
      for (let round = 0; round < ROUNDS; round++) {
        const { root, naive } = worlds[round % worlds.length]!;
        const type = random.pick(Object.keys(FOUND));
        const where = new WhereMaker(random, naive.links, conditionIn(all, random)).make(type, 4);
        const { found } = await ask(root, `query ($where: ${type}Where) { found: ${FOUND[type]}(where: $where, first: 1000) { totalCount nodes { id } } }`, {
          where,
        });
        const expected = naive.find(type, where).map(({ id }) => ({ id }));
        expect({ round, type, where, nodes: found.nodes, count: found.totalCount }).toEqual({ round, type, where, nodes: expected, count: expected.length });
        if (found.totalCount > 0) seen.answered++;
        seen.found += found.totalCount as number;
      }
      expect(seen.answered).toBeGreaterThan(ROUNDS / 5);
      expect(seen.found).toBeGreaterThan(ROUNDS);
    },
    PATIENCE,
  );

  test(
    `group, count and sum what concerns them: ${ROUNDS} groupings`,
    async () => {
      const random = new Random(SEED + 1);
      const all = allRows();
      const worlds = tenants.roots.map((root) => ({ root, naive: new NaiveRecords(seenRows(root)) }));
      let groups = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const { root, naive } = worlds[round % worlds.length]!;
        const type = random.pick(Object.keys(naive.keys));
        const some = (from: object, most: number) => [...new Set(Array.from({ length: random.between(1, most) }, () => random.pick(Object.keys(from))))];
        const [by, measures] = [some(naive.keys[type]!, 2), some(naive.measures[type]!, 2)];
        const where = random.chance(0.3) ? {} : new WhereMaker(random, naive.links, conditionIn(all, random)).make(type, 2);
        const { grouped } = await ask(
          root,
          `query ($where: ${type}Where) { grouped: ${FOUND[type]!.replace("find", "group")}(where: $where, by: [${by.join()}], measures: [${measures.join()}], first: 1000) {
          totalGroups groups { keys { value node { id } } count measures { value currency } }
        } }`,
          { where },
        );
        const measuresOf = (each: readonly (readonly [unknown, unknown])[]) => [...each].sort((a, b) => String(a[1]).localeCompare(String(b[1])));
        const expected = naive.group(type, where, by, measures);
        const asked = { round, root, type, by, measures, where };
        expect({
          ...asked,
          total: grouped.totalGroups,
          groups: grouped.groups.map(({ keys, count, measures: values }: any) => ({
            keys: keys.map(({ value }: any) => value),
            nodes: keys.map(({ node }: any) => node?.id ?? null),
            count,
            measures: measuresOf(values.map(({ value, currency }: any) => [value, currency])),
          })),
        }).toEqual({
          ...asked,
          total: expected.length,
          groups: expected.map((group) => ({
            ...group,
            nodes: group.keys.map((key) => (key !== null && ID.test(key) ? key : null)),
            measures: measuresOf(group.measures),
          })),
        });
        groups += expected.length;
      }
      expect(groups).toBeGreaterThan(ROUNDS);
    },
    PATIENCE,
  );

  test("sort and page by what they see of links: a cursor holds nothing else", async () => {
    for (const root of tenants.roots) {
      const owners = new Map(seenRows(root)["Service"]!.map(({ id, ownerId }) => [id, ownerId as string | null]));
      const { findServices } = await ask(root, "{ findServices(first: 1000, orderBy: [{ field: code, direction: DESC }]) { edges { cursor node { id } } } }");
      expect(findServices.edges.map(({ node }: any) => node.id).sort()).toEqual([...owners.keys()].sort());
      for (const { cursor, node } of findServices.edges as { cursor: string; node: { id: string } }[]) {
        const [, code, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as string[];
        expect([code, id]).toEqual([tenants.records.get(node.id)!.image["code"], node.id]);
      }
    }
  });

  test(
    "are told whom and what of theirs a change reaches, along what they see, and of the rest that it is not said",
    async () => {
      let reached = 0;
      for (const root of tenants.roots) {
        const rows = seenRows(root);
        // The party of an agreement that may not be seen is nobody.
        const agreements = rows["Agreement"]!.map((row) => ({ ...row, parties: row["parties"].filter(({ partyId }: any) => partyId !== null) }));
        for (const on of DAYS) {
          const naive = new NaiveImpact({ ...rows, Agreement: agreements }, on);
          for (const [type, changes] of Object.entries(STARTS))
            for (const { id } of (rows[type] ?? []).slice(0, process.env["LONG"] ? 1000 : 6)) {
              const fields = changes.map((change) => `${change}: impact(of: $id, change: ${change}, on: $on) { complete counts { type count } ${NODES} }`);
              const answers = await ask(root, `query ($id: ID!, $on: Date) { ${fields.join(" ")} }`, { id, on });
              for (const change of changes) {
                const nodes = shown(answers[change]);
                const found = nodes.map(({ id: to, criticality, shortest, mostCritical }) => [
                  to,
                  { shortest: shortest.length, criticality, mostCritical: mostCritical.length },
                ]);
                const expected = [...naive.from(id, change)];
                expect({ id, on, change, complete: answers[change].complete, found: found.sort() }).toEqual({
                  id,
                  on,
                  change,
                  complete: true,
                  found: expected.sort(),
                });
                expect(answers[change].counts.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(expected.length);
                for (const hop of nodes.flatMap(({ shortest, mostCritical }) => [...shortest, ...mostCritical]))
                  expect([hop, naive.hasEdge(hop.from, hop.to, hop.link), hop.record === null || tenants.allowed(root).has(hop.record)]).toEqual([
                    hop,
                    true,
                    true,
                  ]);
                reached += found.length;
              }
            }
        }
      }
      expect(reached).toBeGreaterThan(50);
    },
    PATIENCE,
  );

  test("cannot tell by an impact what does not concern them from what does not exist", async () => {
    const [root] = tenants.roots as [string];
    const allowed = tenants.allowed(root);
    const nobody = (id: string) => `${id.slice(0, 4)}01J0000000000000000000000A`;
    const message = async (id: string, change: string) => {
      const query = "query ($id: ID!, $change: ImpactChange!) { impact(of: $id, change: $change) { complete } }";
      const { errors } = await tenants.portfolios.reach("insight").execute({ query, variables: { id, change } }, { ...call, principal: executiveOf(root) });
      return errors?.map((error) => ({ message: error.message.replaceAll(id, "ID"), code: error.extensions?.["code"] }));
    };
    let hidden = 0;
    for (const [id, { type }] of tenants.records) {
      if (allowed.has(id) || !(type in STARTS) || hidden > 60) continue;
      hidden++;
      expect([id, await message(id, STARTS[type]![0]!)]).toEqual([id, await message(nobody(id), STARTS[type]![0]!)]);
    }
    expect(hidden).toBeGreaterThan(50);

    const service = [...tenants.records].find(([id, { type }]) => type === "Service" && allowed.has(id))![0];
    const customers = [...tenants.records].filter(([, { type }]) => type === "Customer").map(([id]) => id);
    const ids = [...customers, nobody("cus_")];
    const { impact } = await ask(
      root,
      'query ($id: ID!, $ids: [ID!]!) { impact(of: $id, change: OUTAGE) { nodes(first: 1000) { nodes { node { id } } } verdicts(ids: $ids) { verdict node { id } missing of { id } } unknown(first: 1000, types: ["Customer"]) { node { id } missing of { id } } } }',
      { id: service, ids },
    );
    const hit = new Set(impact.nodes.nodes.map(({ node }: any) => node.id));
    const missing = "What you see does not lead to it; whether it is hit in another way is not said to those who see only their own.";
    expect(impact.verdicts).toEqual(
      ids.map((id) => {
        if (hit.has(id)) return { verdict: "IMPACTED", node: { id }, missing: null, of: null };
        if (allowed.has(id)) return { verdict: "UNKNOWN", node: { id }, missing, of: null };
        return { verdict: "UNKNOWN", node: null, missing: "There is no such record.", of: null };
      }),
    );
    expect(impact.unknown).toEqual(
      customers
        .filter((id) => allowed.has(id) && !hit.has(id))
        .sort()
        .map((id) => ({ node: { id }, missing, of: null })),
    );
  });

  test("are told the services of their customers and the customers of services, as far as both concern them", async () => {
    for (const root of tenants.roots) {
      const rows = seenRows(root);
      const day = "2026-06-15";
      const isValid = ({ validFrom, validTo }: Row) => (!validFrom || validFrom <= day) && (!validTo || validTo >= day);
      const yearBefore = "2025-06-15";
      const pairs = [
        ...rows["Agreement"]!.filter(
          ({ state, startOn, endOn }) => ["ACTIVE", "UNDER_REVIEW"].includes(state) && (!startOn || startOn <= day) && (!endOn || endOn >= day),
        ).flatMap(({ id, parties, serviceIds }) =>
          parties
            .filter(({ partyId }: any) => partyId?.startsWith("cus_"))
            .flatMap(({ partyId }: any) => serviceIds.map((service: string) => [partyId, service, id])),
        ),
        ...rows["ServiceUsage"]!.filter(({ periodFrom, periodTo }) => periodFrom <= day && periodTo >= yearBefore).map((row) => [
          row["customerId"],
          row["serviceId"],
          row.id,
        ]),
        ...rows["ServiceDependency"]!.filter(isValid).map((row) => [row["customerId"], row["serviceId"], row.id]),
      ].filter(([, service]) => service !== null) as [string, string, string][];
      for (const [type, field, from, to] of [
        ["Customer", "services", 0, 1],
        ["Service", "customers", 1, 0],
      ] as const) {
        const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { id ${field}(on: "${day}", first: 1000) { totalCount edges { node { id } because { __typename ... on Node { id } } } } } } }`;
        const { _entities: answered } = await ask(root, query, { r: rows[type]!.map(({ id }) => ({ __typename: type, id })) });
        for (const { id, [field]: connection } of answered) {
          const own = pairs.filter((pair) => pair[from] === id);
          const nodes = [...new Set(own.map((pair) => pair[to]))].sort();
          expect({
            id,
            count: connection.totalCount,
            edges: connection.edges.map(({ node, because }: any) => [node.id, because.map((each: any) => each.id)]),
          }).toEqual({
            id,
            count: nodes.length,
            edges: nodes.map((node) => [
              node,
              own
                .filter((pair) => pair[to] === node)
                .map(([, , record]) => record)
                .sort(),
            ]),
          });
        }
      }
      expect(pairs.length).toBeGreaterThan(0);
    }
  });

  test("are told how both sides keep the agreements they see, and which of their services those cover", async () => {
    const today = new Date().toISOString().slice(0, 10);
    const isInForce = ({ state, startOn, endOn }: Row) =>
      ["ACTIVE", "UNDER_REVIEW"].includes(state) && (!startOn || startOn <= today) && (!endOn || endOn >= today);
    let inputs = 0;
    for (const root of tenants.roots) {
      const rows = seenRows(root);
      const side = (name: string) => `${name} { verdict inputs { record { id } } }`;
      const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id obligationBalance { ${side("provider")} ${side("customer")} } ${side("agreementCoverage")} } } }`;
      const { _entities: answered } = await ask(root, query, { r: rows["Customer"]!.map(({ id }) => ({ __typename: "Customer", id })) });
      for (const { id, obligationBalance, agreementCoverage } of answered) {
        const agreements = rows["Agreement"]!.filter((row) => isInForce(row) && row["parties"].some(({ partyId }: any) => partyId === id)).map((row) => row.id);
        for (const who of ["PROVIDER", "CUSTOMER"]) {
          const counted = rows["Obligation"]!.filter(
            ({ agreementId, obligor, state, dueOn }) =>
              agreements.includes(agreementId) && obligor === who && (["MET", "BREACHED"].includes(state) || (state === "PENDING" && dueOn && dueOn < today)),
          );
          const told = obligationBalance[who.toLowerCase()].inputs.map(({ record }: any) => record.id);
          expect([id, who, told]).toEqual([id, who, counted.map((row) => row.id).sort()]);
          inputs += told.length as number;
        }
        const services = new Set(rows["Service"]!.map((row) => row.id));
        for (const { record } of agreementCoverage.inputs) expect(services.has(record.id)).toBe(true);
        inputs += agreementCoverage.inputs.length as number;
      }
    }
    expect(inputs).toBeGreaterThan(5);
  });

  test("cost as many statements as anybody else, and none that could read past what they see", async () => {
    const { insight } = tenants.portfolios;
    const query =
      '{ findCustomers(where: { agreements: { none: { services: { some: { owner: { code: { startsWith: "P" } } } } } } }) { totalCount nodes { id } } groupServices(by: [{ link: agreements }]) { totalGroups } }';
    const counts = [];
    for (const principal of [call.principal, executiveOf(tenants.roots[0]!)])
      counts.push(
        await countStatements(insight.store.database, async () => expect((await insight.execute({ query }, { ...call, principal })).errors).toBeUndefined()),
      );
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(counts[0]);

    const reading = insight.contextOf({ ...call, principal: executiveOf(tenants.roots[0]!) });
    const agreements = seenRows(tenants.roots[0]!)["Agreement"]!;
    for (const [table, key] of [
      ["agreement_services", "serviceIds"],
      ["agreement_parties", "parties"],
    ] as const) {
      const [row] = await reading.rows({ text: `SELECT COUNT(*) FROM \`${table}\` l`, cells: [] });
      expect([table, Number(row![0])]).toEqual([table, agreements.flatMap((agreement) => agreement[key] as unknown[]).length]);
    }
    for (const text of ["SELECT p.seq FROM `position` p", "SELECT t.id FROM service t", "SELECT x.externalId FROM `external_id` x"])
      await expect(reading.rows({ text, cells: [] })).rejects.toThrow(/may be seen|see only their own/);
  });
});
