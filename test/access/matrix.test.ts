/** Every role, every field, by every way to it: compared with the policy file, cell by cell. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { getNamedType, isInputObjectType, isObjectType } from "graphql";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { camelCase, pluralOf } from "../../subgraphs/kernel/names.js";
import type { Service } from "../../transport/servers.js";
import type { Principal } from "../../transport/subgraph.js";
import { api, entityTypes } from "../schema/graph.js";
import { type Answer, askOverHttp, call } from "../support/graph.js";
import { type Cell, cells, isForCustomers, isHidden, keeps, mayWrite, roles } from "./cells.js";
import { PATIENCE, type Tenants, executiveOf, openTenants } from "./tenants.js";

/** In a short run, each role's own hidden cells and a few others; in a long one (LONG=1), all. */
const isLong = Boolean(process.env["LONG"]);
const EVERY = isLong ? 1 : 23;
const isTaken = (role: string, type: string, place: number): boolean =>
  (entityTypes.findIndex((entity) => entity.type === type) + place) % EVERY === 0 ||
  (!isForCustomers(role) && cells.some((cell) => cell.type === type && isHidden(role, type, cell.field)));
const others = roles.filter((role) => role !== "developer" && role !== "portfolio");

describe("The policy, cell by cell", () => {
  let tenants: Tenants;
  let gateway: Service;
  /** One that refuses operations with hidden fields. */
  let strict: Service;
  const principalOf = (role: string): Principal => (isForCustomers(role) ? executiveOf(tenants.roots[0]!) : { subject: role, roles: [role], customers: null });

  beforeAll(async () => {
    tenants = await openTenants();
    const serve = (environment: Record<string, string>) =>
      startGateway({
        settings: readSettings({ PORT: "0", ...environment }),
        supergraph: followFile("schema/supergraph.graphql"),
        reach: tenants.portfolios.reach,
        log: () => undefined,
      });
    gateway = await serve({});
    strict = await serve({ HIDDEN_FIELDS: "refuse" });
  }, PATIENCE);
  afterAll(async () => {
    await gateway?.stop();
    await strict?.stop();
    await tenants?.portfolios.close();
  });
  const ask = (role: string, query: string, variables = {}, { url } = gateway): Promise<Answer> =>
    askOverHttp(url, query, variables, { "x-persona": role, ...(isForCustomers(role) ? { "x-customers": tenants.roots[0]! } : {}) });
  /** A record of the type that the role sees; null where there is none. */
  const recordOf = (role: string, type: string): string | null => {
    const allowed = isForCustomers(role) ? tenants.allowed(tenants.roots[0]!) : null;
    return [...tenants.records].find(([id, record]) => record.type === type && (!allowed || allowed.has(id)))?.[0] ?? null;
  };
  const forbiddenPaths = ({ errors }: Answer) =>
    (errors ?? []).filter(({ extensions }) => extensions["code"] === "FORBIDDEN").map(({ path }) => path?.join("."));
  /** Nothing is answered, at the root or at all. */
  const isRefused = ({ data, errors }: Answer) =>
    Object.values((data as object | null) ?? {}).every((root) => root === null) &&
    errors !== undefined &&
    errors.every(({ extensions }) => extensions["code"] === "FORBIDDEN");

  /** Ways to select fields of a record: each answers the operation's text, and where in the answer the record is. */
  const paths: Record<string, (type: string, id: string, fields: string) => { query: string; at: (data: any) => any; place: string }> = {
    direct: (type, id, fields) => ({ query: `{ ${camelCase(type)}(id: "${id}") { ${fields} } }`, at: (data) => data[camelCase(type)], place: camelCase(type) }),
    alias: (type, id, fields) => ({ query: `{ other: ${camelCase(type)}(id: "${id}") { ${fields} } }`, at: (data) => data.other, place: "other" }),
    fragment: (type, id, fields) => ({
      query: `query { ${camelCase(type)}(id: "${id}") { ...Some } } fragment Some on ${type} { ... on Node { ... on ${type} { ${fields} } } }`,
      at: (data) => data[camelCase(type)],
      place: camelCase(type),
    }),
    list: (type, id, fields) => ({
      query: `{ all: ${pluralOf(type)}(filter: { id: { eq: "${id}" } }) { edges { node { ${fields} } } } }`,
      at: (data) => data.all.edges[0].node,
      place: "all.edges.0.node",
    }),
    node: (type, id, fields) => ({ query: `{ node(id: "${id}") { ... on ${type} { ${fields} } } }`, at: (data) => data.node, place: "node" }),
    interface: (type, id, fields) => ({
      query: `{ nodes(ids: ["${id}"]) { id ... on ${type} { ${fields} } } }`,
      at: (data) => data.nodes[0],
      place: "nodes.0",
    }),
  };
  const select = (some: readonly Cell[]) => some.map(({ field, selection }) => `f_${field}: ${field}${selection}`).join(" ");

  test.each(others.flatMap((role) => Object.keys(paths).map((path) => [role, path] as const)))(
    "%s, %s: what is hidden is null with FORBIDDEN at its path, or refused; nothing else is",
    async (role, path) => {
      for (const { type } of entityTypes) {
        const id = recordOf(role, type);
        if (id === null || !isTaken(role, type, Object.keys(paths).indexOf(path))) continue;
        const own = cells.filter((cell) => cell.type === type);
        const shown = own.filter((cell) => cell.isNullable || !isHidden(role, type, cell.field));
        const { query, at, place } = paths[path]!(type, id, select(shown));
        const answer = await ask(role, query);
        const expected = shown.filter(({ field }) => isHidden(role, type, field)).map(({ field }) => `${place}.f_${field}`);
        expect({ type, forbidden: forbiddenPaths(answer).sort(), errors: answer.errors?.length ?? 0 }).toEqual({
          type,
          forbidden: expected.sort(),
          errors: expected.length,
        });
        for (const { field } of shown) if (isHidden(role, type, field)) expect(at(answer.data)[`f_${field}`]).toBeNull();
        expect(Object.keys(at(answer.data)).filter((key) => key !== "id")).toEqual(shown.map(({ field }) => `f_${field}`));
        for (const cell of own.filter((each) => !shown.includes(each))) {
          const refused = await ask(role, paths[path]!(type, id, select([cell])).query);
          expect([type, cell.field, isRefused(refused)]).toEqual([type, cell.field, true]);
        }
      }
    },
    120_000,
  );

  test.each(others)(
    "%s, where hidden fields refuse: the operation is answered nothing, by whatever way, skipped or not; without them it is answered",
    async (role) => {
      for (const { type } of entityTypes) {
        const id = recordOf(role, type);
        const own = cells.filter((cell) => cell.type === type);
        const hidden = own.filter(({ field }) => isHidden(role, type, field));
        if (id === null || (hidden.length === 0 && !isTaken(role, type, 0))) continue;
        const refusals = hidden.map(({ field }) => `${type}.${field} may not be read.`).sort();
        const skipped = hidden.map(({ field, selection }) => `${field} @include(if: false)${selection}`).join(" ");
        for (const path of hidden.length > 0 ? Object.values(paths) : [])
          for (const fields of [select(hidden), skipped]) {
            const { data, errors } = await ask(role, path(type, id, `version ${fields}`).query, {}, strict);
            expect([type, data, errors?.map(({ message }) => message).sort()]).toEqual([type, null, refusals]);
            expect(errors!.every(({ extensions }) => extensions["code"] === "FORBIDDEN")).toBe(true);
          }
        const { query, at } = paths["list"]!(type, id, select(own.filter((cell) => !hidden.includes(cell)).slice(0, 20)));
        const open = await ask(role, query, {}, strict);
        expect([type, open.errors, typeof at(open.data)]).toEqual([type, undefined, "object"]);
      }
    },
    120_000,
  );

  test.each(others)("%s, straight from the subgraph as an entity: a hidden field refuses the call", async (role) => {
    for (const [name, subgraph] of tenants.portfolios.local)
      for (const entity of subgraph.model.entities.values()) {
        const id = recordOf(role, entity.type);
        if (id === null) continue;
        for (const { type, field, selection } of cells.filter((cell) => cell.type === entity.type && isTaken(role, cell.type, 0))) {
          if (!new RegExp(`\\b${field}\\b`).test(subgraph.typeDefs)) continue;
          const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${field}${selection} } } }`;
          const answer = await subgraph.execute({ query, variables: { r: [{ __typename: type, id }] } }, { ...call, principal: principalOf(role) });
          const codes = (answer.errors ?? []).map(({ extensions }) => extensions?.["code"]);
          if (codes.includes("GRAPHQL_VALIDATION_FAILED")) continue; // another portfolio's field
          expect([name, type, field, codes]).toEqual([name, type, field, isHidden(role, type, field) ? ["FORBIDDEN"] : []]);
        }
      }
  });

  test.each(others)(
    "%s: filters, orders, conditions and groupings on hidden fields are refused, in the text and in variables",
    async (role) => {
      const found = [
        "Agreement",
        "Application",
        "Customer",
        "Obligation",
        "Opportunity",
        "Person",
        "Project",
        "Service",
        "ServiceLevelTarget",
        "ServiceLevelAchievement",
      ];
      for (const { type } of entityTypes) {
        const inputs = (name: string) => {
          const input = api.getType(name);
          return isInputObjectType(input) ? Object.values(input.getFields()) : [];
        };
        const plural = pluralOf(type);
        const values = (name: string): string[] => ((api.getType(name) as any)?.getValues() ?? []).map((value: { name: string }) => value.name);
        const filters = inputs(`${type}Filter`).filter(
          ({ type: input }) => /Filter$/.test(getNamedType(input).name) && getNamedType(input).name !== `${type}Filter`,
        );
        for (const { name, type: input } of filters.filter((filter, i) => isTaken(role, type, i) && (isLong || i < 2 || isHidden(role, type, filter.name)))) {
          // Those who see only their own filter by no link; test/access/tenants.test.ts tells.
          if (isForCustomers(role) && getNamedType(input).name === "IDFilter") continue;
          const hidden = isHidden(role, type, name);
          const variables = { filter: { not: { or: [{ [name]: { isNull: true } }] } } };
          const asked = [
            await ask(role, `{ ${plural}(first: 1, filter: { and: [{ ${name}: { isNull: true } }] }) { totalCount } }`),
            await ask(role, `query ($filter: ${type}Filter) { ${plural}(first: 1, filter: $filter) { totalCount } }`, variables),
          ];
          expect([type, name, asked.map(isRefused), asked.map(({ errors }) => errors !== undefined)]).toEqual([type, name, [hidden, hidden], [hidden, hidden]]);
        }
        const some = (choices: readonly string[]) => choices.filter((field, i) => isLong || i < 1 || isHidden(role, type, field));
        for (const field of some(values(`${type}OrderField`))) {
          const answer = await ask(role, `query ($order: [${type}Order!]) { ${plural}(first: 1, orderBy: $order) { totalCount } }`, { order: [{ field }] });
          expect([type, field, answer.errors !== undefined]).toEqual([type, field, isHidden(role, type, field)]);
        }
        if (!found.includes(type)) continue;
        const Plural = plural[0]!.toUpperCase() + plural.slice(1);
        const isOut = isHidden(role, "Query", `group${Plural}`);
        for (const field of some(values(`${type}GroupField`))) {
          const answer = await ask(role, `{ group${Plural}(by: [{ field: ${field} }]) { totalGroups } }`);
          expect([type, field, isRefused(answer)]).toEqual([type, field, isOut || isHidden(role, type, field)]);
        }
        for (const field of some(values(`${type}MeasureField`))) {
          const answer = await ask(role, `{ group${Plural}(by: [{ field: createdAt }], measures: [{ function: MAX, field: ${field} }]) { totalGroups } }`);
          expect([type, field, isRefused(answer)]).toEqual([type, field, isOut || isHidden(role, type, field)]);
        }
      }
    },
    240_000,
  );

  test.each(others)("%s: conditions across portfolios on hidden fields are refused, however deep", async (role) => {
    const where = { serviceDependencies: { some: { service: { agreements: { none: { value: { currency: "EUR", gt: "1" } } } } } } };
    const answer = await ask(role, "query ($where: CustomerWhere) { findCustomers(where: $where) { totalCount } }", { where });
    expect(isRefused(answer)).toBe(isHidden(role, "Query", "findCustomers") || isHidden(role, "Agreement", "value"));
    const stakeholders = await ask(role, "{ findCustomers(where: { stakeholders: { some: { influence: { gte: 3 } } } }) { totalCount } }");
    expect(isRefused(stakeholders)).toBe(isHidden(role, "Query", "findCustomers") || isHidden(role, "Stakeholder", "influence"));
    const day = "{ fields: [inactiveSince] }";
    const compared = await ask(
      role,
      `{ findPeople(where: { compare: [{ date: ${day}, with: { fields: [verifiedOn] }, daysAfter: { gt: 0 } }] }) { totalCount } }`,
    );
    expect(isRefused(compared)).toBe(isHidden(role, "Query", "findPeople") || isHidden(role, "Person", "inactiveSince"));
  });

  test.each(others)(
    "%s: histories, the feed and comparisons hold no hidden field",
    async (role) => {
      for (const { type } of entityTypes) {
        const id = recordOf(role, type);
        if (id === null || !isTaken(role, type, 0)) continue;
        const answer = await ask(role, `{ node(id: "${id}") { ... on ${type} { history(first: 50) { nodes { fields { field } } } } } }`);
        if (isHidden(role, type, "history")) {
          expect([type, answer.data["node"], forbiddenPaths(answer)]).toEqual([type, { history: null }, ["node.history"]]);
          continue;
        }
        expect(answer.errors).toBeUndefined();
        const fields = answer.data["node"].history.nodes.flatMap((node: any) => node.fields.map(({ field }: { field: string }) => field)) as string[];
        expect([type, fields.filter((field) => isHidden(role, type, field))]).toEqual([type, []]);
        expect(fields.length).toBeGreaterThan(0);
      }
      const feed = await ask(role, `{ changes(first: 1000, types: ["Stakeholder", "Customer", "Person", "Agreement"]) { nodes { type fields { field } } } }`);
      if (isHidden(role, "Query", "changes")) expect(isRefused(feed)).toBe(true);
      else {
        const told = feed.data["changes"].nodes.flatMap(({ type, fields }: any) => fields.filter(({ field }: any) => isHidden(role, type, field)));
        expect(told).toEqual([]);
        expect(feed.data["changes"].nodes.length).toBeGreaterThan(20);
      }
    },
    120_000,
  );

  test.each(others)("%s: signals and impact are answered as far as all they show may be read", async (role) => {
    for (const [root, query] of [
      ["signals", "{ signals(first: 1) { totalCount } }"],
      ["impact", `{ impact(change: OUTAGE, of: "${recordOf("developer", "Service")!}") { __typename } }`],
      ["diff", `{ diff(id: "${recordOf("developer", "Customer")!}", from: "2026-01-01T00:00:00Z") { unchanged } }`],
    ] as const) {
      const answer = await ask(role, query);
      const isForbidden = (answer.errors ?? []).some(({ extensions }) => extensions["code"] === "FORBIDDEN");
      expect([root, isForbidden]).toEqual([root, isHidden(role, "Query", root)]);
    }
  });

  test.each(others)("%s: how far portfolios are known, and whom to call, is told as far as it may be read", async (role) => {
    const { data, errors } = await ask(
      role,
      `{ findCustomers(first: 1) { asOf { portfolio seq at stale } }
        impact(change: OUTAGE, of: "${recordOf(role, "Service")!}") { customers(first: 1) { criticality call { id } missing } } }`,
    );
    const told = { PortfolioKnowledge: data["findCustomers"].asOf, CustomerImpact: data["impact"].customers };
    expect(told.PortfolioKnowledge).toHaveLength(6);
    const hidden = Object.entries(told).flatMap(([type, records]: [string, object[]]) =>
      records.flatMap((record) => Object.keys(record).filter((field) => isHidden(role, type, field))),
    );
    expect(errors?.map(({ extensions }) => extensions["code"]) ?? []).toEqual(hidden.map(() => "FORBIDDEN"));
    for (const [type, records] of Object.entries(told))
      for (const [field, value] of Object.entries(records[0] ?? {})) if (isHidden(role, type, field)) expect([type, field, value]).toEqual([type, field, null]);
  });

  test.each(others)(
    "%s: every mutation is asked for by whom the file says, and else nothing is written",
    async (role) => {
      const mutations = Object.values(api.getMutationType()!.getFields());
      const heads = () => Promise.all([...tenants.portfolios.local.values()].map((subgraph) => subgraph.head(call)));
      const before = await heads();
      for (const { name, type, args } of mutations) {
        const payload = getNamedType(type);
        const written = payload.name === "DeletePayload" ? name.slice("delete".length) : payload.name.replace(/Payload$/, "");
        const allowed = mayWrite(role, name, written) && !isForCustomers(role);
        if (allowed) continue;
        expect(isObjectType(payload)).toBe(true);
        const query = `mutation ($input: ${String(args[0]!.type)}) { ${name}(input: $input) { problems { code } } }`;
        // What GraphQL would refuse for its shape is refused before rights are asked.
        const input = inputOf(getNamedType(args[0]!.type).name);
        const answer = await ask(role, query, { input });
        expect([name, isRefused(answer)]).toEqual([name, true]);
      }
      expect(await heads()).toEqual(before);
      for (const [type, field] of keeps(role).map((each) => each.split("."))) {
        const query = `mutation ($input: Update${type}Input!) { update${type}(input: $input) { problems { code } } }`;
        expect(isRefused(await ask(role, query, { input: { id: recordOf(role, type!), version: 1, [field!]: null } }))).toBe(true);
      }
    },
    120_000,
  );

  /** The least that an input type takes. */
  function inputOf(name: string): Record<string, unknown> {
    const input = api.getType(name);
    if (!isInputObjectType(input)) throw new Error(name);
    const required = Object.values(input.getFields()).filter(({ type, defaultValue }) => String(type).endsWith("!") && defaultValue === undefined);
    return Object.fromEntries(required.map((field) => [field.name, leastOf(String(field.type).replace(/!$/, ""))]));
  }
  function leastOf(type: string): unknown {
    if (type.startsWith("[")) return [];
    const named = api.getType(type);
    if (isInputObjectType(named)) return inputOf(type);
    const choices = (named as any).getValues?.() as { name: string }[] | undefined;
    if (choices) return choices[0]!.name;
    return { Int: 1, Boolean: true, Date: "2026-01-01", DateTime: "2026-01-01T00:00:00Z", Decimal: "1" }[type] ?? "x";
  }
});
