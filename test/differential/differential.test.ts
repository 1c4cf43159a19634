/**
 * Random operations are answered the same, byte for byte, by compiled programs, by Apollo's executor over graphql-js, and by one
 * schema without federation. 1,000 of them; 20,000 in the long run. `SEED=…` repeats a run.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DocumentNode, Kind, type OperationDefinitionNode, isInterfaceType, getNamedType, parse, validate } from "graphql";
import { loadStory } from "../../sample/replay.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { operationFiles, readQuestion } from "../questions/operations.js";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { Random } from "../support/random.js";
import { type Contestants, compare, openContestants } from "./comparison.js";
import { type GeneratedOperation, OperationMaker } from "./operations.js";
import { type Pools, isEntity, readPools } from "./pools.js";

const COUNT = process.env["LONG"] ? 20_000 : 1_000;
const SEED = Number(process.env["SEED"] ?? (process.env["LONG"] ? Date.now() % 1_000_000 : 20_261_127));

let portfolios: TestPortfolios;
let contestants: Contestants;
let pools: Pools;
beforeAll(async () => {
  portfolios = await openTestPortfolios();
  await loadStory(portfolios);
  contestants = await openContestants(portfolios);
  pools = await readPools(contestants.monolith, call);
}, 3_600_000);
afterAll(async () => {
  await contestants.stop();
  await portfolios.close();
});

/** Operations that the schema allows, so many; those it refuses (names that conflict) are made anew. */
function* makeOperations(maker: OperationMaker, count: number): Generator<GeneratedOperation & { document: DocumentNode }> {
  let refused = 0;
  for (let made = 0; made < count;) {
    const operation = maker.make();
    const document = parse(operation.text);
    if (validate(maker.schema, document).length > 0) {
      if (refused++ > count / 10) throw new Error(`Too many operations are not valid, such as ${operation.text}`);
      continue;
    }
    made++;
    yield { ...operation, document };
  }
}

/** Whether an answer shows a record or an item of any list. */
function showsRows(document: DocumentNode, text: string): boolean {
  const data = JSON.parse(text) as Record<string, unknown> | null;
  const query = contestants.monolith.schema.getQueryType()!;
  const { selectionSet } = document.definitions.find((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION)!;
  return selectionSet.selections.some((selection) => {
    if (selection.kind !== Kind.FIELD) return false;
    const value = data?.[selection.alias?.value ?? selection.name.value];
    const type = getNamedType(query.getFields()[selection.name.value]?.type);
    return isEntity(type) || isInterfaceType(type) ? value !== null && value !== undefined : hasItems(value);
  });
}
const hasItems = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : typeof value === "object" && value !== null && Object.values(value).some(hasItems);

/** What was executed how, since the last time. */
function countSince(before?: Counted): Counted {
  const { compiled, shaped, general } = contestants.compiled.gateway.counts;
  const fetches = [...portfolios.local.values()].map(({ counts }) => counts);
  const sum = (key: "compiled" | "general") => fetches.reduce((total, counts) => total + counts[key], 0);
  return {
    compiled: compiled - (before?.compiled ?? 0),
    shaped: shaped - (before?.shaped ?? 0),
    all: compiled + shaped + general - (before?.all ?? 0),
    fetchesCompiled: sum("compiled") - (before?.fetchesCompiled ?? 0),
    fetches: sum("compiled") + sum("general") - (before?.fetches ?? 0),
  };
}
interface Counted {
  readonly compiled: number;
  readonly shaped: number;
  readonly all: number;
  readonly fetchesCompiled: number;
  readonly fetches: number;
}

test(
  `${COUNT} random operations of seed ${SEED} differ in nothing`,
  async () => {
    console.log(`Seed ${SEED}: SEED=${SEED} repeats it.`);
    const maker = new OperationMaker(contestants.monolith.schema, pools, new Random(SEED));
    const before = countSince();
    let withRows = 0;
    let reorderedByApollo = 0;
    let refusals = 0;
    let nulledByApollo = 0;
    let misplacedByApollo = 0;
    let unwritten = 0;
    let asked = 0;
    for (const operation of makeOperations(maker, COUNT)) {
      if (++asked % 1_000 === 0) console.log(`${asked} operations asked`);
      const { compiled } = contestants.compiled.gateway.counts;
      const { data, difference, reordered, hollow, misplaced, refused } = await compare(contestants, operation.document, operation);
      expect(difference).toBeNull();
      if (showsRows(operation.document, data)) withRows++;
      if (reordered) reorderedByApollo++;
      if (hollow) nulledByApollo++;
      if (misplaced) misplacedByApollo++;
      if (refused) refusals++;
      else if (contestants.compiled.gateway.counts.compiled === compiled) unwritten++;
    }
    const counted = countSince(before);
    const shares = {
      // Run by a compiled program; and answered by its own writer, unless something was refused.
      compiled: (counted.compiled + counted.shaped) / COUNT,
      written: 1 - unwritten / COUNT,
      fetchesCompiled: counted.fetchesCompiled / counted.fetches,
      withRows: withRows / COUNT,
      visited: maker.visited(),
    };
    console.log(JSON.stringify(shares));
    expect(nulledByApollo / COUNT).toBeLessThan(0.02);
    expect(misplacedByApollo / COUNT).toBeLessThan(0.02);
    expect(reorderedByApollo / COUNT).toBeLessThan(0.02);
    expect(shares.compiled).toBe(1);
    expect(shares.written).toBeGreaterThanOrEqual(0.98);
    expect(refusals / COUNT).toBeLessThan(0.05);
    expect(shares.fetchesCompiled).toBeGreaterThanOrEqual(0.98);
    expect(shares.withRows).toBeGreaterThanOrEqual(0.8);
    expect(shares.visited).toBeGreaterThanOrEqual(0.95);
  },
  COUNT * 10_000,
);

test("every question is answered the same, all of it compiled", async () => {
  const before = countSince();
  for (const file of operationFiles) {
    const { query, variables } = readQuestion(file);
    const { data, difference } = await compare(contestants, parse(query), { text: query, variables });
    expect({ file, difference }).toEqual({ file, difference: null });
    expect(data.length).toBeGreaterThan(100);
  }
  const { compiled, all, fetchesCompiled, fetches } = countSince(before);
  expect({ compiled, fetchesCompiled }).toEqual({ compiled: operationFiles.length, fetchesCompiled: fetches });
  expect(all).toBe(operationFiles.length);
});

describe("a bug would be seen", () => {
  type Bug = (execute: Subgraph["execute"]) => Subgraph["execute"];
  const bugs: Record<string, Bug> = {
    "the entities of a fetch in the wrong order": (execute) => async (request, context) => {
      const answer = await execute(request, context);
      const entities = answer.data?.["_entities"];
      return Array.isArray(entities) && entities.length > 1 ? { ...answer, data: { _entities: [...entities].reverse() } } : answer;
    },
    "a variable that is lost on the way": (execute) => (request, context) =>
      execute({ ...request, variables: Object.fromEntries(Object.entries(request.variables ?? {}).filter(([name]) => !/^v\d/.test(name))) }, context),
    "the last item of a page left out": (execute) => async (request, context) => {
      const shorten = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(shorten);
        if (typeof value !== "object" || value === null) return value;
        return Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [name, name === "nodes" && Array.isArray(inner) ? inner.slice(0, 2).map(shorten) : shorten(inner)]),
        );
      };
      const answer = await execute(request, context);
      return { ...answer, data: shorten(answer.data) as never };
    },
  };
  test.each(Object.entries(bugs))("%s", async (_, bug) => {
    const spoilt = await openContestants({ ...portfolios, reach: (name) => ({ ...portfolios.reach(name), execute: bug(portfolios.reach(name).execute) }) });
    const maker = new OperationMaker(contestants.monolith.schema, pools, new Random(SEED));
    let difference: string | null = null;
    for (const operation of makeOperations(maker, 400)) if (({ difference } = await compare(spoilt, operation.document, operation)).difference !== null) break;
    await spoilt.stop();
    expect(difference).not.toBeNull();
  });
});
