/** Of reads that one caller asks alike, those that come while one is under way are answered by one more, which begins after they came. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { setTimeout as wait } from "node:timers/promises";
import { GraphQLError } from "graphql";
import { type Federation, type Foreign, ask, startFederation } from "./federations.js";

/** A subgraph whose answers wait until they are let go; each says what was so when it began. */
interface Reading {
  /** Lets it answer, or fail. */
  readonly end: (failure?: Error) => void;
}
let readings: Reading[] = [];
let truth = 1;
const slow: Foreign = {
  name: "slow",
  sdl: "type Query { truth(of: String): Int } type Mutation { change: Int! }",
  resolvers: {
    Query: {
      truth() {
        const seen = truth;
        return new Promise((resolve, reject) => readings.push({ end: (failure) => (failure ? reject(failure) : resolve(seen)) }));
      },
    },
    Mutation: { change: () => ++truth },
  },
};

const QUERY = "query Truth($of: String) { truth(of: $of) }";
let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([slow], { COST_EXTENSION: "on" });
  // Operations that nobody has asked yet go the long way.
  const first = read();
  (await begun(1))[0]!.end();
  await first;
});
afterAll(() => federation.stop());
beforeEach(() => {
  readings = [];
  truth = 1;
});
afterEach(() => {
  for (const { end } of readings) end();
});

/** Asks once; the answer's body. */
const read = async (headers: Record<string, string> = {}, of = "all"): Promise<any> => (await ask(federation.url, QUERY, headers, { of })).body;
/** Waits until so many reads have begun, and sees that no more do. */
async function begun(count: number): Promise<readonly Reading[]> {
  for (let tries = 0; tries < 500 && readings.length < count; tries++) await wait(10);
  await wait(100);
  expect(readings.length).toBe(count);
  return readings;
}
const joined = async (): Promise<number> =>
  Number(/^graph_coalesced_total (\d+)$/m.exec(await (await fetch(federation.url.replace("/graphql", "/metrics"))).text())![1]);
const told = (value: number) => ({ data: { truth: value }, extensions: { cost: expect.objectContaining({ actual: 1 }) } });

test("those who come while it is read are answered by one more read, with what was written before they came", async () => {
  const before = await joined();
  const first = read();
  await begun(1);
  truth = 2;
  const others = [read(), read(), read(), read()];
  const [under] = await begun(1);
  under!.end();
  expect(await first).toEqual(told(1));
  const [, next] = await begun(2);
  // Whoever comes now is not answered by what has begun.
  truth = 3;
  const late = read();
  await begun(2);
  next!.end();
  for (const other of others) expect(await other).toEqual(told(2));
  (await begun(3))[2]!.end();
  expect(await late).toEqual(told(3));
  expect((await joined()) - before).toBe(3);
});

test("another caller, another moment and other variables are read for themselves, at once", async () => {
  const asked = [read(), read({ "x-persona": "developer" }), read({ "x-persona": "analyst" }), read({ "x-as-of": "2026-01-01T00:00:00Z" }), read({}, "other")];
  // The first two are the same caller.
  for (const { end } of await begun(4)) end();
  (await begun(5))[4]!.end();
  for (const each of asked) expect(await each).toEqual(told(1));
});

test("a failure is nobody's but who read it: the others read for themselves", async () => {
  const first = read();
  await begun(1);
  const others = [read(), read(), read()];
  await begun(1);
  readings[0]!.end();
  (await begun(2))[1]!.end(new GraphQLError("Not now.", { extensions: { code: "BAD_USER_INPUT" } }));
  for (const { end } of (await begun(4)).slice(2)) end();
  expect(await first).toEqual(told(1));
  const bodies = await Promise.all(others);
  expect(bodies.filter(({ errors }) => errors)).toMatchObject([{ data: { truth: null }, errors: [{ message: "Not now.", path: ["truth"] }] }]);
  expect(bodies.filter(({ errors }) => !errors)).toEqual([told(1), told(1)]);
});

test("when who reads for others leaves, the others are answered", async () => {
  const first = read();
  await begun(1);
  const leaving = new AbortController();
  const leader = fetch(federation.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY, variables: { of: "all" } }),
    signal: leaving.signal,
  });
  await begun(1);
  const others = [read(), read()];
  await begun(1);
  readings[0]!.end();
  await begun(2);
  leaving.abort();
  await expect(leader).rejects.toThrow(/abort/);
  for (const { end } of (await begun(4)).slice(2)) end();
  for (const each of [first, ...others]) expect(await each).toEqual(told(1));
});

test("nobody waits for a read that hangs longer than two seconds", async () => {
  const hanging = read();
  await begun(1);
  const began = performance.now();
  const other = read();
  await wait(1_000);
  expect(readings.length).toBe(1);
  (await begun(2))[1]!.end();
  expect(await other).toEqual(told(1));
  expect(performance.now() - began).toBeGreaterThan(1_900);
  readings[0]!.end();
  expect(await hanging).toEqual(told(1));
});

test("mutations that are alike are each carried out", async () => {
  const changes = await Promise.all(Array.from({ length: 4 }, () => ask(federation.url, "mutation { change }")));
  expect(changes.map(({ body }) => body.data.change).sort()).toEqual([2, 3, 4, 5]);
});
