/** What is kept of answers: for how long, how much, and what is asked before one is given. */
import { beforeEach, expect, test } from "@jest/globals";
import { parse } from "graphql";
import type { RequestContext } from "../../gateway/contexts.js";
import { WrittenData } from "../../gateway/execution/compiled/answers.js";
import type { GatewayAnswer } from "../../gateway/execution/compiled/executor.js";
import { SubgraphSource } from "../../gateway/execution/sources.js";
import { KeptAnswers } from "../../gateway/kept/answers.js";
import { Shelf } from "../../gateway/kept/shelf.js";
import { States } from "../../gateway/kept/states.js";

const NOON = Date.parse("2026-03-01T12:00:00Z");
const MB = 1024 * 1024;

/** What is written, as the subgraph's state; how often it was asked for, and who waits to be told. */
let written: string;
let asked: number;
let waiting: (() => void)[];
let isSlow: boolean;
let isDown: boolean;
let ran: number;
beforeEach(() => {
  [written, asked, waiting, isSlow, isDown, ran] = ["1", 0, [], false, false, 0];
});

const sourceOf = (name: string, state?: () => Promise<string>): SubgraphSource =>
  new SubgraphSource(
    {
      name,
      execute: () => Promise.reject(new Error("nothing is fetched here")),
      ledger: () => Promise.resolve([]),
      head: () => Promise.resolve(0),
      exists: () => Promise.resolve([]),
      ...(state ? { state } : {}),
    },
    () => undefined,
  );
const newPortfolio = (): SubgraphSource =>
  sourceOf("books", async () => {
    asked++;
    if (isDown) throw new Error("away");
    // As it is now, whenever it is told.
    const state = written;
    if (isSlow) await new Promise<void>((tell) => waiting.push(tell));
    return state;
  });

const document = parse("{ book }");
const contextOf = (): RequestContext => ({
  principal: { subject: "eva", roles: ["developer"], customers: null },
  requestId: "r1",
  trail: { fetched: [], query: "{ book }" },
});
/** Asks for a text, which is read where none is kept; answers it and what it has cost. */
async function ask(kept: KeptAnswers, sources: readonly SubgraphSource[], read: () => GatewayAnswer, variables: Record<string, unknown> = {}) {
  const context = contextOf();
  const run = async (): Promise<GatewayAnswer> => {
    ran++;
    context.trail.spent = 7;
    return read();
  };
  const answer = await kept.answer(
    { document, queryHash: "hash", request: { variables }, context },
    { key: "all developer" },
    { sources: new Set(sources), run },
  );
  return { text: answer.data instanceof WrittenData ? answer.data.text : null, spent: context.trail.spent };
}
/** A megabyte of answers to any text, at noon. */
const newKept = (): KeptAnswers =>
  new KeptAnswers(
    MB,
    () => true,
    () => NOON,
  );
const answering = (text: string) => (): GatewayAnswer => ({ data: new WrittenData(text) });

test("is given until something is written, at the same price", async () => {
  const [kept, source] = [newKept(), newPortfolio()];
  expect(await ask(kept, [source], answering('{"book":1}'))).toEqual({ text: '{"book":1}', spent: 7 });
  expect(await ask(kept, [source], answering('{"book":2}'))).toEqual({ text: '{"book":1}', spent: 7 });
  written = "2";
  expect(await ask(kept, [source], answering('{"book":2}'))).toEqual({ text: '{"book":2}', spent: 7 });
  expect([ran, asked, kept.counts]).toEqual([2, 3, { given: 1, read: 2, past: 0 }]);
});

test("what is written while it is read is not missed afterwards", async () => {
  const [kept, source] = [newKept(), newPortfolio()];
  await ask(kept, [source], () => {
    written = "2";
    return { data: new WrittenData('{"book":1}') };
  });
  expect((await ask(kept, [source], answering('{"book":2}'))).text).toBe('{"book":2}');
});

test("holds for its day, and is not given around midnight, when subgraphs may have another", async () => {
  let now = NOON;
  const [kept, source] = [
    new KeptAnswers(
      MB,
      () => true,
      () => now,
    ),
    newPortfolio(),
  ];
  const askAt = async (moment: string, text: string) => ((now = Date.parse(moment)), (await ask(kept, [source], answering(text))).text);
  expect(await askAt("2026-03-01T00:01:00Z", "1")).toBe("1");
  expect(await askAt("2026-03-01T23:59:00Z", "2")).toBe("1");
  expect(await askAt("2026-03-01T23:59:01Z", "3")).toBe("3");
  expect(await askAt("2026-03-02T00:00:59Z", "4")).toBe("4");
  expect(await askAt("2026-03-02T00:01:00Z", "5")).toBe("5");
  expect(await askAt("2026-03-01T23:59:00Z", "6")).toBe("6");
});

test.each([
  ["has errors", { data: new WrittenData("1"), errors: [new Error("no")] as never }],
  ["is no text", { data: { book: 1 } }],
  ["is larger than an eighth of the memory", { data: new WrittenData("x".repeat(MB / 8)) }],
])("what %s is not kept", async (_, answer: GatewayAnswer) => {
  const [kept, source] = [newKept(), newPortfolio()];
  for (let i = 0; i < 2; i++) await ask(kept, [source], () => answer);
  expect([ran, kept.bytes]).toEqual([2, 0]);
});

test("other variables are another question", async () => {
  const [kept, source] = [newKept(), newPortfolio()];
  expect((await ask(kept, [source], answering("1"), { a: "1" })).text).toBe("1");
  expect((await ask(kept, [source], answering("2"), { a: 1 })).text).toBe("2");
  expect((await ask(kept, [source], answering("3"), { a: "1" })).text).toBe("1");
});

test.each([["1e999"], ["-0"]])("a number that JSON does not write as it reads it, %s, is not taken for another", async (number) => {
  const [kept, source] = [newKept(), newPortfolio()];
  await ask(kept, [source], answering("null"), { a: null });
  await ask(kept, [source], answering("zero"), { a: 0 });
  expect((await ask(kept, [source], answering("odd"), JSON.parse(`{"a":[${number}]}`))).text).toBe("odd");
  expect((await ask(kept, [source], answering("even"), JSON.parse(`{"a":${number}}`))).text).toBe("even");
});

test("takes no more memory than it is given", async () => {
  const [kept, source] = [
    new KeptAnswers(
      100_000,
      () => true,
      () => NOON,
    ),
    newPortfolio(),
  ];
  for (let i = 0; i < 100; i++) await ask(kept, [source], answering("x".repeat(2_000)), { i });
  expect(kept.bytes).toBeLessThanOrEqual(100_000);
  expect(kept.bytes).toBeGreaterThan(80_000);
  expect((await ask(kept, [source], answering("new"), { i: 0 })).text).toBe("new");
  expect((await ask(kept, [source], answering("new"), { i: 99 })).text).toBe("x".repeat(2_000));
  kept.clear();
  expect(kept.bytes).toBe(0);
});

test("lets go of what was not asked for longest", () => {
  const shelf = new Shelf<number>(30);
  for (const i of [1, 2, 3]) shelf.set(`${i}`, i, 10);
  shelf.get("1");
  shelf.set("4", 4, 10);
  shelf.set("4", 5, 20);
  expect(["1", "2", "3", "4"].map((key) => shelf.get(key))).toEqual([1, undefined, undefined, 5]);
  expect(shelf.bytes).toBe(30);
});

test("reads where a subgraph cannot say whether anything was written, and does not ask it again at once", async () => {
  isDown = true;
  const [kept, source] = [newKept(), newPortfolio()];
  for (let i = 0; i < 3; i++) expect((await ask(kept, [source], answering(`${i}`))).text).toBe(`${i}`);
  expect((await ask(kept, [sourceOf("insight")], answering("other"))).text).toBe("other");
  expect([asked, kept.counts]).toEqual([1, { given: 0, read: 0, past: 4 }]);
});

test("who comes while a subgraph is asked is told what it says to the next question", async () => {
  isSlow = true;
  const [states, source] = [new States(), newPortfolio()];
  const find = () => states.find(new Set([source]));
  const first = find();
  // Acknowledged after the first question was answered there, and before it is known here.
  written = "2";
  const others = [find(), find(), find()];
  expect(asked).toBe(1);
  waiting.shift()!();
  expect(await first).toEqual(["1"]);
  await new Promise(setImmediate);
  expect(asked).toBe(2);
  waiting.shift()!();
  expect(await Promise.all(others)).toEqual([["2"], ["2"], ["2"]]);
});
