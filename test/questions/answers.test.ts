import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import { type Answer, type TestGraph, openTestGraph } from "../support/graph.js";
import { answers, views } from "./answers.js";
import { figures, findings } from "./findings.js";
import { operationFiles, readQuestion } from "./operations.js";
import { outOfOrder } from "./orders.js";
import { CURSOR } from "./shown.js";
import { Story } from "./story.js";

const story = new Story();
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
}, 180_000);
afterAll(() => graph.close());

const today = () => new Date().toISOString().slice(0, 10);

/** Lists in an order that depends on nothing but their items, and cursors without what is in them. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, key === "endCursor" && typeof item === "string" ? CURSOR : unordered(item)]));
}

/** What a record is known by in an answer. */
function signOf(ref: string): string {
  const record = story.get(ref);
  if (record.type === "Person") return record["name"] as string;
  if (record.type === "ServiceDevelopment") return record["stage"] as string;
  return ["code", "statement", "title", "expectedNeed", "package", "description", "name"].map((key) => record[key] as string | undefined).find(Boolean)!;
}
const at = (data: unknown, path: string) => path.split(".").reduce<any>((value, key) => value?.[key], data);

describe.each(operationFiles.map(readQuestion))("question $number: $file", ({ number, variables, query }) => {
  let answer: Answer;
  beforeAll(async () => {
    answer = await graph.ask(query, variables);
  });

  test("is answered as the story has it", () => {
    expect(answer.errors).toBeUndefined();
    const view = views[number] ?? ((data: unknown) => data);
    expect(unordered(view(answer.data))).toEqual(unordered(answers[number]!(story, variables, today())));
    expect(outOfOrder(query, answer.data)).toEqual([]);
  });

  test("finds what it must, and no near miss", () => {
    expect(findings[number]).toBeDefined();
    for (const { in: part = (data: unknown) => data, has, lacks } of findings[number]!) {
      const text = JSON.stringify(part(answer.data));
      const isFound = (ref: string) => text.includes(JSON.stringify(signOf(ref)));
      expect(has.filter((ref) => !isFound(ref))).toEqual([]);
      expect(lacks.filter(isFound)).toEqual([]);
    }
    const expected = figures[number] ?? {};
    expect(Object.fromEntries(Object.keys(expected).map((path) => [path, at(answer.data, path)]))).toEqual(expected);
  });
});
