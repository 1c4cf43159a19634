/**
 * The same operations for every persona, each of whom may read something else: compiled programs, Apollo's executor over graphql-js, and one
 * schema whose fields fail where the policy file hides them answer the same data, and FORBIDDEN at the same paths. `SEED=…` repeats a run.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type DocumentNode, type GraphQLFormattedError, type GraphQLObjectType, isNonNullType, parse, validate } from "graphql";
import { followFile } from "../../gateway/supergraph.js";
import type { CallContext } from "../../transport/subgraph.js";
import { isForCustomers, isHidden, roles } from "../access/cells.js";
import { PATIENCE, type Tenants, executiveOf, openTenants } from "../access/tenants.js";
import { api } from "../schema/graph.js";
import { call, policy } from "../support/graph.js";
import { Random } from "../support/random.js";
import { isHollow, listErrors, showResult } from "./comparison.js";
import { type AskedGateway, loadGateway } from "./gateways.js";
import { reachGeneral } from "./general.js";
import { type Hides, type Monolith, createMonolith } from "./monolith.js";
import { type GeneratedOperation, OperationMaker } from "./operations.js";
import { type Pools, readPools } from "./pools.js";

/** Operations that the provider's people ask, each persona the same; and those that a customer's people ask. */
const COUNTS = process.env["LONG"] ? { provider: 1_500, customer: 6_000 } : { provider: 40, customer: 100 };
const SEED = Number(process.env["SEED"] ?? 5);

const provider = roles.filter((role) => !isForCustomers(role) && !["developer", "portfolio"].includes(role));
const EXECUTIVE = "customer executive";

let tenants: Tenants;
let compiled: AskedGateway;
let general: AskedGateway;
beforeAll(async () => {
  tenants = await openTenants();
  const surroundings = { supergraph: followFile("schema/supergraph.graphql"), call, policy };
  compiled = await loadGateway("compiled", { ...surroundings, reach: tenants.portfolios.reach });
  general = await loadGateway("general", { ...surroundings, reach: reachGeneral(tenants.portfolios) });
}, PATIENCE);
afterAll(async () => {
  await Promise.all([compiled.stop(), general.stop()]);
  await tenants.portfolios.close();
});

/** Who asks, and what they are to be answered. */
interface Persona {
  readonly call: CallContext;
  readonly monolith: Monolith;
}
const personaOf = (role: string): Persona => ({
  call: { ...call, principal: { ...(role === EXECUTIVE ? executiveOf(tenants.roots[0]!) : call.principal), roles: [role] } },
  monolith: createMonolith(tenants.portfolios, hidesOf(role)),
});
const hidesOf =
  (role: string): Hides =>
  (type, field) =>
    isHidden(role, type, field);

function* makeOperations(
  pools: Pools,
  count: number,
  tastes: ConstructorParameters<typeof OperationMaker>[3],
): Generator<GeneratedOperation & { document: DocumentNode }> {
  const { schema } = createMonolith(tenants.portfolios);
  const maker = new OperationMaker(schema, pools, new Random(SEED), tastes);
  for (let made = 0; made < count;) {
    const operation = maker.make();
    const document = parse(operation.text);
    if (validate(schema, document).length > 0) continue;
    made++;
    yield { ...operation, document };
  }
}

/** Whether null may stand for a field; else the operation is refused as a whole. */
const isNullable: Hides = (type, field) => !isNonNullType((api.getType(type) as GraphQLObjectType).getFields()[field]?.type);

/** What became of a persona's operations. */
class Seen {
  asked = 0;
  /** Those whose whole is refused, for a filter by what is hidden, or a null where none may be. */
  refused = 0;
  /** Fields that were null with FORBIDDEN. */
  hidden = 0;
  /** Characters of data. */
  shown = 0;
}

/** Asks all three; answers the difference in words, or null. */
async function compare({ call: asker, monolith }: Persona, operation: GeneratedOperation & { document: DocumentNode }, seen: Seen): Promise<string | null> {
  const { document, text, variables, operationName } = operation;
  const own = await compiled.ask(document, text, variables, operationName, asker);
  const other = await general.ask(document, text, variables, operationName, asker);
  const isRefused = own.errors.some(({ path, extensions }) => path === undefined && extensions?.["code"] === "FORBIDDEN");
  seen.asked++;
  seen.refused += Number(isRefused);
  seen.hidden += own.errors.filter(({ path, extensions }) => path !== undefined && extensions?.["code"] === "FORBIDDEN").length;
  seen.shown += own.data.length;
  const answers = [
    ...(isHollow(document) && sorted(own.data) !== sorted(other.data) ? [] : [other]),
    ...(isRefused ? [] : [showResult(await monolith.execute(document, variables, asker, operationName))]),
  ];
  if (own.spent !== other.spent && !isHollow(document)) return `${text}\n${JSON.stringify(variables)}\n${own.spent} points, elsewhere ${other.spent}`;
  const [mine, ...others] = [own, ...answers].map((each) => `${sorted(each.data)}\n${listNulls(each)}`);
  const different = others.find((each) => each !== mine);
  return different === undefined ? null : `${asker.principal.roles[0]}\n${text}\n${JSON.stringify(variables)}\n${mine}\nelsewhere:\n${different}`;
}

interface Answered {
  readonly data: string;
  readonly errors: readonly GraphQLFormattedError[];
}

/** Errors by code and by the place of the null that they explain: of several that have made the same null, it is chance which are told. */
function listNulls({ data, errors }: Answered): string {
  const whole: unknown = JSON.parse(data);
  return listErrors(errors.map((error) => (error.path ? { ...error, path: placeOfNull(whole, error.path) } : error)));
}

function placeOfNull(data: unknown, path: readonly (string | number)[]): (string | number)[] {
  let value = data;
  const place = [];
  for (const step of path) {
    if (value === null) break;
    value = (value as Record<string | number, unknown>)[step];
    place.push(step);
  }
  return place;
}

/** Data in any order of fields: Apollo's executor has one of its own where fragments repeat them (see differential.test.ts). */
const sorted = (text: string): string =>
  JSON.stringify(JSON.parse(text), (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

test(
  `${COUNTS.provider} operations of seed ${SEED}, each asked by ${provider.length} personas`,
  async () => {
    const pools = await readPools(createMonolith(tenants.portfolios), call);
    const personas = provider.map((role) => ({ role, ...personaOf(role), seen: new Seen() }));
    const isHiddenFromSome: Hides = (type, field) => provider.some((role) => isHidden(role, type, field));
    const tastes = {
      seeks: (type: string, field: string) => isHiddenFromSome(type, field) && isNullable(type, field),
      avoids: (type: string, field: string) => isHiddenFromSome(type, field) && !isNullable(type, field),
    };
    for (const operation of makeOperations(pools, COUNTS.provider, tastes))
      for (const persona of personas) expect(await compare(persona, operation, persona.seen)).toBeNull();
    console.log(JSON.stringify(personas.map(({ role, seen }) => ({ role, ...seen }))));
    for (const { role, seen } of personas) {
      expect(seen.refused / seen.asked).toBeLessThan(0.3);
      expect({ role, hides: seen.hidden > 0 }).toEqual({ role, hides: isHidden(role, "Stakeholder", "stance") || isHidden(role, "Customer", "revenue") });
      expect(seen.shown / seen.asked).toBeGreaterThan(100);
    }
  },
  COUNTS.provider * 10_000,
);

test(
  `${COUNTS.customer} operations of seed ${SEED}, asked by a customer's people`,
  async () => {
    const persona = personaOf(EXECUTIVE);
    const pools = await readPools(createMonolith(tenants.portfolios), persona.call, hidesOf(EXECUTIVE));
    const seen = new Seen();
    const before = { ...countReads() };
    for (const operation of makeOperations(pools, COUNTS.customer, { avoids: hidesOf(EXECUTIVE) })) expect(await compare(persona, operation, seen)).toBeNull();
    const after = countReads();
    const reads = { compiled: after.compiled - before.compiled, general: after.general - before.general };
    console.log(JSON.stringify({ ...seen, reads }));
    expect(seen.refused / seen.asked).toBeLessThan(0.3);
    expect(seen.hidden).toBeGreaterThan(0);
    expect(seen.shown / seen.asked).toBeGreaterThan(100);
    expect(reads.compiled / (reads.compiled + reads.general)).toBeGreaterThan(0.8);
  },
  COUNTS.customer * 2_000,
);
/** How portfolios answered so far; the reference's reads are not among them. */
const countReads = () =>
  [...tenants.portfolios.local.values()].reduce((sum, { counts }) => ({ compiled: sum.compiled + counts.compiled, general: sum.general + counts.general }), {
    compiled: 0,
    general: 0,
  });

test(
  "a compiled read that forgets whom it is for would be seen",
  async () => {
    const persona = personaOf(EXECUTIVE);
    const pools = await readPools(createMonolith(tenants.portfolios), persona.call, hidesOf(EXECUTIVE));
    const { reach } = tenants.portfolios;
    const sound = compiled;
    compiled = await loadGateway("compiled", {
      supergraph: followFile("schema/supergraph.graphql"),
      call,
      policy,
      reach: (name) => ({
        ...reach(name),
        execute: (request, context) => reach(name).execute(request, { ...context, principal: { ...context.principal, roles: ["developer"], customers: null } }),
      }),
    });
    let difference: string | null = null;
    for (const operation of makeOperations(pools, 200, { avoids: hidesOf(EXECUTIVE) }))
      if ((difference ??= await compare(persona, operation, new Seen())) !== null) break;
    await compiled.stop();
    compiled = sound;
    expect(difference).not.toBeNull();
  },
  PATIENCE,
);
