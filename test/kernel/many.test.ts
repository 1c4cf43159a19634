/** Very many records at once: as many statements as for few, the same answers, and others have their turns meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Batches } from "../../subgraphs/kernel/reads/batches.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { watchStatements } from "../support/statements.js";

/** What `act` answers, and how many turns of the event loop others had meanwhile. */
async function countTurns<T>(act: () => Promise<T>): Promise<{ answer: T; turns: number }> {
  let turns = 0;
  let clock = setImmediate(function tick() {
    turns++;
    clock = setImmediate(tick);
  });
  try {
    return { answer: await act(), turns };
  } finally {
    clearImmediate(clock);
  }
}

describe("keys of a batch", () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);

  test.each([
    [100, 100, 1],
    [101, 100, 2],
    [1_000, 100, 10],
    [10, 1, 10],
  ])("%i of them, %i in each turn, are answered in %i turns, and what follows from them is one batch", async (many, inOneTurn, expected) => {
    const batches = new Batches();
    const asked: [string, number][] = [];
    const answer = (name: string) => async (some: readonly string[]) => {
      asked.push([name, some.length]);
      return new Map(some.map((key) => [key, `${name} of ${key}`]));
    };
    let turn = 0;
    const answeredIn = new Map<number, number>();
    const follow = async (key: string) => {
      const first = await batches.load("first", key, null, answer("first"), inOneTurn);
      answeredIn.set(turn, (answeredIn.get(turn) ?? 0) + 1);
      return [first, await batches.load("second", key, null, answer("second"), inOneTurn), await batches.load("third", "one", null, answer("third"))];
    };
    let clock = setImmediate(function tick() {
      turn++;
      clock = setImmediate(tick);
    });
    const answers = await Promise.all(keys.slice(0, many).map(follow));
    clearImmediate(clock);
    expect(answers).toEqual(keys.slice(0, many).map((key) => [`first of ${key}`, `second of ${key}`, "third of one"]));
    expect(asked).toEqual([
      ["first", many],
      ["second", many],
      ["third", 1],
    ]);
    expect([answeredIn.size, Math.max(...answeredIn.values())]).toEqual([expected, inOneTurn]);
  });

  test("all are told of a failure, and what is asked afterwards is answered", async () => {
    const batches = new Batches();
    const fail = () => Promise.reject(new Error("No."));
    const outcomes = await Promise.allSettled(keys.map((key) => batches.load("failing", key, null, fail)));
    expect(new Set(outcomes.map((outcome) => (outcome.status === "rejected" ? String(outcome.reason) : "answered")))).toEqual(new Set(["Error: No."]));
    expect(await batches.load("other", "k", "nothing", async () => new Map())).toBe("nothing");
  });
});

const MANY = 600;
describe.each(databaseKinds)("a page of 600 records on %s", (kind) => {
  let portfolios: TestPortfolios;
  beforeAll(async () => {
    portfolios = await openTestPortfolios(newDatabase(kind));
    const writer = portfolios.subgraph("customer").writer(call);
    const make = async (type: string, records: readonly object[]): Promise<string[]> => {
      const outcomes = await writer.createMany(type, records as never, { act: "create", tolerate: new Set() });
      return outcomes.map(({ record, problems }) => (expect(problems).toEqual([]), record!.id));
    };
    const customers = await make("Customer", Array.from({ length: MANY }, (_, i) => ({ code: `C-${i}`, name: `Customer ${i}`, kind: "EXTERNAL" }))); // prettier-ignore
    await make("CustomerUnit", customers.flatMap((customerId, i) => [0, 1, 2].map((no) => ({ name: `Unit ${i}.${no}`, customerId })))); // prettier-ignore
  }, 120_000);
  afterAll(() => portfolios.close());

  const PAGE = `query ($first: Int!) { customers(first: $first, orderBy: { field: code }) { nodes {
    code units(first: 2, orderBy: { field: name }) { totalCount nodes { name customer { code name } } pageInfo { hasNextPage } }
    stakeholders(first: 2) { totalCount } children(first: 2) { nodes { code } } history(first: 1) { nodes { operation } } } } }`;

  test("takes as many statements as one of three; every record is answered as it is alone; others have turns meanwhile", async () => {
    const { database } = portfolios.subgraph("customer");
    const ask = (first: number) => watchStatements(database, () => countTurns(() => portfolios.ask("customer", PAGE, { first })));
    const [few, many] = [await ask(3), await ask(MANY)];
    expect(many.statements).toHaveLength(few.statements.length);
    const { nodes } = many.answer.answer["customers"];
    const codes = Array.from({ length: MANY }, (_, i) => `C-${i}`).sort();
    expect(nodes).toEqual(
      codes.map((code) => ({
        code,
        units: {
          totalCount: 3,
          nodes: [0, 1].map((no) => ({ name: `Unit ${code.slice(2)}.${no}`, customer: { code, name: `Customer ${code.slice(2)}` } })),
          pageInfo: { hasNextPage: true },
        },
        stakeholders: { totalCount: 0 },
        children: { nodes: [] },
        history: { nodes: [{ operation: "create" }] },
      })),
    );
    expect(nodes.slice(0, 3)).toEqual(few.answer.answer["customers"].nodes);
    expect(many.answer.turns).toBeGreaterThan(8);
  }, 60_000);
});
