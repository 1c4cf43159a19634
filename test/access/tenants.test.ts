/** What concerns one customer is never told to another: random operations over three customers' records, compared with the rows themselves. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import type { Service } from "../../transport/servers.js";
import { type Answer, askOverHttp, call, databaseKinds } from "../support/graph.js";
import { pluralOf } from "../../subgraphs/kernel/names.js";
import { Random } from "../support/random.js";
import { OperationMaker } from "./operations.js";
import { type Tenants, executiveOf, openTenants } from "./tenants.js";

const OPERATIONS = process.env["LONG"] ? 50_000 : 240;
const IDS = /\b[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g;
/** Words of the API that stand in rows as well. */
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length >= 12 && !/^([A-Z_]+|[\d.-]+)$/.test(value) && !/^\d{4}-\d\d-\d\d/.test(value);

describe.each(databaseKinds)("Three customers side by side, on %s", (kind) => {
  let tenants: Tenants;
  const gateways: Service[] = [];

  beforeAll(async () => {
    tenants = await openTenants(kind);
    for (const root of tenants.roots)
      gateways.push(
        await startGateway({
          settings: { ...readSettings({ PORT: "0" }), principal: executiveOf(root) },
          supergraph: followFile("schema/supergraph.graphql"),
          reach: tenants.portfolios.reach,
          log: () => undefined,
        }),
      );
  }, 240_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await tenants?.portfolios.close();
  });
  const ask = (tenant: number, query: string, variables = {}) => askOverHttp(gateways[tenant]!.url, query, variables);

  /** The texts only of records that the customer may not see. */
  function secretsFor(allowed: ReadonlySet<string>): Set<string> {
    const [open, secret] = [new Set<string>(), new Set<string>()];
    for (const [id, { image }] of tenants.records) textsOf(image, allowed.has(id) ? open : secret);
    return new Set([...secret].filter((text) => !open.has(text)));
  }

  test("Each has records, and none sees all", () => {
    for (const root of tenants.roots) {
      const allowed = tenants.allowed(root);
      expect(allowed.size).toBeGreaterThan(15);
      expect(allowed.size).toBeLessThan(tenants.records.size / 2);
      expect(secretsFor(allowed).size).toBeGreaterThan(100);
    }
  });

  test("Every list holds what concerns the customer: no row more, no row less, and counts say the same", async () => {
    for (const [tenant, root] of tenants.roots.entries()) {
      const allowed = tenants.allowed(root);
      for (const subgraph of tenants.portfolios.local.values())
        for (const entity of subgraph.model.entities.values()) {
          const plural = pluralOf(entity.type);
          const { data, errors } = await ask(tenant, `{ list: ${plural}(first: 1000) { totalCount nodes { id } } }`);
          const expected = [...allowed].filter((id) => tenants.records.get(id)!.type === entity.type);
          expect({ type: entity.type, errors, count: data["list"].totalCount, ids: data["list"].nodes.map(({ id }: { id: string }) => id).sort() }).toEqual({
            type: entity.type,
            errors: undefined,
            count: expected.length,
            ids: expected.sort(),
          });
        }
    }
  }, 240_000);

  test("A record by id, through node and nodes, and as an entity: null where it concerns others, as where there is none", async () => {
    for (const [tenant, root] of tenants.roots.entries()) {
      const allowed = tenants.allowed(root);
      const ids = [...tenants.records.keys()];
      for (let from = 0; from < ids.length; from += 500) {
        const some = ids.slice(from, from + 500);
        const { data } = await ask(tenant, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: some });
        expect(data["nodes"]).toEqual(some.map((id) => (allowed.has(id) ? { id } : null)));
      }
      for (const [name, subgraph] of tenants.portfolios.local) {
        const query = "query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on Node { id } } }";
        // Every portfolio is asked for the others' records too: it must not lend them links.
        const representations = ids
          .map((id) => ({ __typename: tenants.records.get(id)!.type, id }))
          .filter(({ __typename }) => isNode(subgraph.typeDefs, __typename));
        const principal = executiveOf(root);
        const answer = await subgraph.execute({ query, variables: { representations } }, { ...call, principal });
        expect(answer.errors).toBeUndefined();
        const seen = (answer.data!["_entities"] as ({ id: string } | null)[]).flatMap((each) => each?.id ?? []);
        expect([name, seen]).toEqual([name, representations.map(({ id }) => id).filter((id) => allowed.has(id))]);
      }
    }
  }, 240_000);

  test(`${OPERATIONS} random operations answer no id and no text of a record that concerns others`, async () => {
    const random = new Random(20_261_127);
    const allowed = tenants.roots.map((root) => tenants.allowed(root));
    const secrets = allowed.map(secretsFor);
    const codes = [...tenants.records.values()].flatMap(({ image }) => (typeof image["code"] === "string" ? [image["code"]] : []));
    const maker = new OperationMaker(random, [...tenants.records.keys()], codes);
    let rows = 0;
    for (let i = 0; i < OPERATIONS; i++) {
      const tenant = i % 3;
      const query = maker.make();
      const answer = await ask(tenant, query);
      const given = new Set(query.match(IDS));
      const texts = textsOf(answer, new Set<string>());
      const leaked = [...(JSON.stringify(answer).match(IDS) ?? [])].filter((id) => !allowed[tenant]!.has(id) && tenants.records.has(id));
      // What the asker wrote may come back in a message about what was asked.
      const told = leaked.filter((id) => !given.has(id) || JSON.stringify(answer.data ?? null).includes(id));
      const overheard = [...texts].filter((text) => secrets[tenant]!.has(text) || [...cursorTexts(text)].some((inner) => secrets[tenant]!.has(inner)));
      if (told.length > 0 || overheard.length > 0) throw new Error(`${query}\n${JSON.stringify({ told, overheard, answer }).slice(0, 4_000)}`);
      expect(internalErrors(answer)).toEqual([]);
      rows += JSON.stringify(answer).match(IDS)?.length ?? 0;
    }
    // The operations do reach records.
    expect(rows).toBeGreaterThan(OPERATIONS);
  }, 86_400_000);
});

function textsOf(value: unknown, texts: Set<string>): Set<string> {
  if (isText(value)) texts.add(value);
  else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) textsOf(each, texts);
  return texts;
}
/** What a cursor holds. */
function cursorTexts(text: string): Set<string> {
  try {
    return textsOf(JSON.parse(Buffer.from(text, "base64url").toString("utf8")), new Set());
  } catch {
    return new Set();
  }
}
const internalErrors = ({ errors }: Answer) =>
  (errors ?? []).filter(({ extensions }) => !["FORBIDDEN", "BAD_USER_INPUT", "OPERATION_TOO_LARGE"].includes(extensions["code"]));
const isNode = (typeDefs: string, type: string): boolean => new RegExp(`type ${type} implements|type ${type} @key`).test(typeDefs);
