import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";
import { CURSOR, answers } from "./answers.js";
import { operationFiles, readQuestion } from "./operations.js";
import { outOfOrder } from "./orders.js";
import { Story } from "./story.js";

const story = new Story();
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
});
afterAll(() => graph.close());

const today = () => new Date().toISOString().slice(0, 10);

/** Lists in an order that depends on nothing but their items, and cursors without what is in them. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, key === "endCursor" && typeof item === "string" ? CURSOR : unordered(item)]));
}

describe.each(operationFiles.map(readQuestion))("question $number: $file", ({ number, variables, query }) => {
  test("is answered as the story has it", async () => {
    const { data, errors } = await graph.ask(query, variables);
    expect(errors).toBeUndefined();
    expect(unordered(data)).toEqual(unordered(answers[number]!(story, variables, today())));
    expect(outOfOrder(query, data)).toEqual([]);
  });
});
