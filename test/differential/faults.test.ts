/** What fails fails the same in compiled programs and in Apollo's executor: the data left, and the errors by code and path. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse, validate } from "graphql";
import { loadStory } from "../../sample/replay.js";
import { features } from "../gateway/features.js";
import { federate } from "../gateway/federations.js";
import { type TestPortfolios, call, openTestPortfolios } from "../support/graph.js";
import { Random } from "../support/random.js";
import { isHollow, listErrors } from "./comparison.js";
import { spoil } from "./faults.js";
import { type AskedGateway, loadGateway } from "./gateways.js";
import { OperationMaker } from "./operations.js";
import { readPools } from "./pools.js";
import { createMonolith } from "./monolith.js";
import { reachGeneral } from "./general.js";
import { followFile } from "../../gateway/supergraph.js";

const COUNT = process.env["LONG"] ? 3_000 : 150;
const SEED = Number(process.env["SEED"] ?? 7);
/** Of the foreign federations: each operation with so many seeds. */
const ROUNDS = process.env["LONG"] ? 100 : 15;

let portfolios: TestPortfolios;
beforeAll(async () => {
  portfolios = await openTestPortfolios();
  await loadStory(portfolios);
}, 120_000);
afterAll(() => portfolios.close());

/** The same supergraph, executed both ways. */
interface Gateways {
  readonly compiled: AskedGateway;
  readonly general: AskedGateway;
}

test(
  `${COUNT} random operations over failing portfolios`,
  async () => {
    console.log(`Seed ${SEED}: SEED=${SEED} repeats it.`);
    const supergraph = followFile("schema/supergraph.graphql");
    const general = reachGeneral(portfolios);
    const compiledGateway = await loadGateway("compiled", { supergraph, reach: (name) => spoil(portfolios.reach(name), () => SEED), call });
    const generalGateway = await loadGateway("general", { supergraph, reach: (name) => spoil(general(name), () => SEED), call });
    const monolith = createMonolith(portfolios);
    const maker = new OperationMaker(monolith.schema, await readPools(monolith, call), new Random(SEED), { isOnce: true });
    const seen = { failed: 0, thrown: 0 };
    for (let i = 0; i < COUNT; i++) {
      const { text, variables, operationName } = maker.make();
      const document = parse(text);
      if (validate(monolith.schema, document).length > 0) continue;
      await compareFailures({ compiled: compiledGateway, general: generalGateway }, { text, variables, operationName }, seen);
    }
    await compiledGateway.stop();
    await generalGateway.stop();
    console.log(JSON.stringify(seen));
    expect(seen.failed).toBeGreaterThan(COUNT / 5);
    expect(seen.thrown).toBeLessThan(COUNT / 20);
  },
  COUNT * 1_000,
);

test("foreign federations whose portfolios fail", async () => {
  const seen = { failed: 0, thrown: 0 };
  let asked = 0;
  for (const { portfolios: foreign, operations } of features) {
    let seed = 0;
    const { supergraph, reach } = federate(foreign);
    const surroundings = { supergraph, reach: (name: string) => spoil(reach(name), () => seed), call };
    const gateways = { compiled: await loadGateway("compiled", surroundings), general: await loadGateway("general", surroundings) };
    for (; seed < ROUNDS; seed++)
      for (const { query, variables = {} } of operations) {
        asked++;
        await compareFailures(gateways, { text: query, variables }, seen);
      }
    await gateways.compiled.stop();
    await gateways.general.stop();
  }
  console.log(JSON.stringify({ asked, ...seen }));
  expect(seen.failed).toBeGreaterThan(asked / 5);
  expect(seen.thrown).toBeLessThan(asked / 20);
}, 300_000);

async function compareFailures(
  { compiled, general }: Gateways,
  { text, variables, operationName }: { text: string; variables: Readonly<Record<string, unknown>>; operationName?: string | undefined },
  seen: { failed: number; thrown: number },
): Promise<void> {
  const document = parse(text);
  // Subgraphs are asked in other words then, and so fail otherwise.
  if (isHollow(document)) return;
  const own = await compiled.ask(document, text, variables, operationName);
  const apollo = await general.ask(document, text, variables, operationName);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  if (apollo.errors.length > 0) seen.failed++;
  // It gives up on the whole where what it is answered is no list; what is left is answered here.
  if (apollo.thrown) {
    seen.thrown++;
    return;
  }
  const place = `${text}\n${JSON.stringify(variables)}`;
  expect({ place, data: own.data, thrown: own.thrown }).toEqual({ place, data: apollo.data, thrown: false });
  expect({ place, spent: own.spent }).toEqual({ place, spent: apollo.spent });
  expect({ place, errors: listSent(own.errors) }).toEqual({ place, errors: listSent(apollo.errors) });
}

/**
 * The errors that subgraphs sent. What a transport or an answer that is none leaves is told at each null by compiled programs, and once or
 * not at all by Apollo's executor. Which item of a list it is, Apollo's executor gets wrong where a fetch is for some of them only.
 */
const listSent = (errors: Parameters<typeof listErrors>[0]): string =>
  listErrors(
    errors
      .filter(({ extensions }) => !["SUBGRAPH_UNREACHABLE", "INTERNAL_SERVER_ERROR"].includes(String(extensions?.["code"])))
      .map((error) => (error.path ? { ...error, path: error.path.map((step) => (typeof step === "number" ? "@" : step)) } : error)),
  );
