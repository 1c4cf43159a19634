/**
 * What concerns one customer is never told to another: random operations over three customers' records, compared with the rows themselves.
 * LONG=1 asks 50,000 and writes ../survival/results.md. SEED=N repeats a run's choices.
 */
import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readSettings } from "../../gateway/config.js";
import type { Reach } from "../../gateway/execution/graph.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import type { Service } from "../../transport/servers.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { type Answer, askOverHttp, call, databaseKinds } from "../support/graph.js";
import { pluralOf } from "../../subgraphs/kernel/names.js";
import { Random } from "../support/random.js";
import { OperationMaker } from "./operations.js";
import { PATIENCE, type Tenants, canariesIn, executiveOf, openTenants } from "./tenants.js";

/** Operations asked on each kind of database. */
const OPERATIONS = process.env["LONG"] ? 50_000 : 240;
/** How often each customer asks the same text, about other records each time: planning is most of what a new text costs. */
const ROUNDS = process.env["LONG"] ? 10 : 2;
/** What is said where a machine has so much to do that time runs out. */
const LATE = ["DEADLINE_EXCEEDED", "OVERLOADED", "SUBGRAPH_UNREACHABLE"];
/** How often an operation may be asked for that reason. */
const MOST_TIMES = 5;
const SEED = Number(process.env["SEED"] ?? 20_261_127);
const IDS = /\b[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g;
/** Words of the API that stand in rows as well. */
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length >= 12 && !/^([A-Z_]+|[\d.-]+)$/.test(value) && !/^\d{4}-\d\d-\d\d/.test(value);

describe.each(databaseKinds)("Three customers side by side, on %s", (kind) => {
  let tenants: Tenants;
  let gateway: Service;
  const log: string[] = [];
  const serve = (reach: Reach) =>
    startGateway({
      settings: readSettings({ PORT: "0", DEADLINE: "25" }),
      supergraph: followFile("schema/supergraph.graphql"),
      reach,
      log: (line) => log.push(line),
    });

  beforeAll(async () => {
    tenants = await openTenants(kind);
    gateway = await serve(tenants.portfolios.reach);
  }, PATIENCE);
  afterAll(async () => {
    await gateway?.stop();
    await tenants?.portfolios.close();
  });
  const as = (root: string) => ({ "x-persona": "customer executive", "x-customers": root });
  const ask = (tenant: number, query: string, variables = {}, url = gateway.url) => askOverHttp(url, query, variables, as(tenants.roots[tenant]!));

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

  test(
    "Every list holds what concerns the customer: no row more, no row less, and counts say the same",
    async () => {
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
    },
    PATIENCE,
  );

  test(
    "A record by id, through node and nodes, and as an entity: null where it concerns others, as where there is none",
    async () => {
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
    },
    PATIENCE,
  );

  /** What one customer's people must not be told. */
  function watch(root: string): (query: string, variables: object, answer: Answer) => readonly string[] {
    const allowed = tenants.allowed(root);
    const secrets = secretsFor(allowed);
    const own = new Set([...allowed].map((id) => id.slice(4)));
    return (query, variables, answer) => {
      const whole = JSON.stringify(answer);
      const data = JSON.stringify(answer.data ?? null);
      const given = new Set(`${query} ${JSON.stringify(variables)}`.match(IDS));
      const shown = [...textsOf(answer, new Set<string>())].flatMap((text) => [text, ...cursorTexts(text)]);
      return [
        // What the asker wrote may come back in a message about what was asked.
        ...(whole.match(IDS) ?? []).filter((id) => !allowed.has(id) && tenants.records.has(id) && (!given.has(id) || data.includes(id))),
        ...shown.filter((text) => secrets.has(text)),
        ...[whole, ...shown].flatMap(canariesIn).filter((end) => !own.has(end)),
      ];
    };
  }
  const makerOf = (random: Random) => {
    const codes = [...tenants.records.values()].flatMap(({ image }) => (typeof image["code"] === "string" ? [image["code"]] : []));
    return new OperationMaker(random, [...tenants.records.keys()], codes);
  };

  test(`${OPERATIONS} random operations of seed ${SEED} answer no id and no text of a record that concerns others`, async () => {
    const maker = makerOf(new Random(SEED));
    const watches = tenants.roots.map(watch);
    const started = performance.now();
    const seen = { asked: 0, answered: 0, late: 0, slowest: 0, rows: 0, canaries: 0 };
    /** Asks until it is answered in time. What came late is looked at as any other: it tells nothing either. */
    const askWatched = async (tenant: number, text: string, variables: object): Promise<Answer> => {
      for (let times = 1; ; times++) {
        const began = performance.now();
        const answer = await ask(tenant, text, variables);
        seen.slowest = Math.max(seen.slowest, Math.round(performance.now() - began));
        const leaks = watches[tenant]!(text, variables, answer);
        if (leaks.length > 0) throw new Error(`${text}\n${JSON.stringify(variables)}\n${JSON.stringify({ leaks, answer }).slice(0, 4_000)}`);
        const errors = internalErrors(answer);
        if (times === MOST_TIMES || !errors.some(({ extensions }) => LATE.includes(extensions["code"]))) {
          expect(errors).toEqual([]);
          return answer;
        }
        seen.late++;
        console.log(`Late after ${Math.round(performance.now() - began)} ms: ${log.at(-1)}`);
      }
    };
    for (; seen.asked < OPERATIONS;) {
      const { text, choose } = maker.make();
      for (let i = 0; i < ROUNDS * 3 && seen.asked < OPERATIONS; i++) {
        const answer = await askWatched(i % 3, text, choose());
        const whole = JSON.stringify(answer);
        seen.asked++;
        if (seen.asked % 1_000 === 0) console.log(JSON.stringify({ kind, seed: SEED, ...seen }));
        if (answer.data) seen.answered++;
        seen.rows += whole.match(IDS)?.length ?? 0;
        seen.canaries += canariesIn(whole).length;
      }
    }
    console.log(JSON.stringify({ kind, seed: SEED, ...seen }));
    if (process.env["LONG"]) {
      const figures = `operations ${seen.asked}, with data ${seen.answered}, ids ${seen.rows}, canaries ${seen.canaries}; asked again ${seen.late}, slowest ${seen.slowest} ms · leaked: 0`;
      const seconds = Math.round((performance.now() - started) / 1000);
      appendFileSync("test/survival/results.md", `- ${new Date().toISOString()} · three customers on ${kind} · SEED=${SEED} · ${seconds} s · ${figures}\n`);
    }
    expect(seen.late / seen.asked).toBeLessThan(0.01);
    // The operations do reach records, and texts of them.
    expect(seen.answered / seen.asked).toBeGreaterThan(0.95);
    expect(seen.rows).toBeGreaterThan(OPERATIONS);
    expect(seen.canaries).toBeGreaterThan(OPERATIONS);
    expect(log.flatMap(canariesIn)).toEqual([]);
  }, 86_400_000);

  test.each(["customer", "agreement", "service", "insight"])(
    "it would be seen if %s forgot who asks",
    async (name) => {
      const { reach } = tenants.portfolios;
      const forgetful: Subgraph = {
        ...reach(name),
        execute: (request, context) => reach(name).execute(request, { ...context, principal: { ...context.principal, roles: ["developer"], customers: null } }),
      };
      const spoilt = await serve((each) => (each === name ? forgetful : reach(each)));
      const maker = makerOf(new Random(SEED));
      const leaks: string[] = [];
      for (let i = 0; i < 60 && leaks.length === 0; i++) {
        const { text, choose } = maker.make();
        const variables = choose();
        leaks.push(...watch(tenants.roots[0]!)(text, variables, await ask(0, text, variables, spoilt.url)));
      }
      await spoilt.stop();
      expect(leaks).not.toEqual([]);
    },
    240_000,
  );
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
const internalErrors = ({ errors }: Answer) => (errors ?? []).filter(({ extensions }) => !["FORBIDDEN", "BAD_USER_INPUT"].includes(extensions["code"]));
const isNode = (typeDefs: string, type: string): boolean => new RegExp(`type ${type} implements|type ${type} @key`).test(typeDefs);
