import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { loadStory } from "../../sample/replay.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";

const exporter = new InMemorySpanExporter();
let graph: TestGraph;
beforeAll(async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
}, 120_000);
afterAll(() => graph.close());

test("a trace tells which subgraphs were asked, and which statements that took", async () => {
  exporter.reset();
  const { data } = await graph.ask('{ customer(code: "C-PADI") { name relationship { manager { name } } } }', {}, { "x-request-id": "r1" });
  expect(data["customer"].name).toEqual(expect.any(String));
  const spans = exporter.getFinishedSpans().filter(({ name }) => name !== "transaction");
  const fetches = spans.filter(({ name }) => name.startsWith("fetch"));
  expect(fetches.map(({ name, attributes }) => [name, attributes])).toEqual([
    ["fetch customer", { requestId: "r1" }],
    ["fetch people", { requestId: "r1" }],
  ]);
  // A customer and its relationship; a person.
  for (const [i, fetch] of fetches.entries()) {
    const reads = spans.filter(({ name, parentSpanId }) => name === "read" && parentSpanId === fetch.spanContext().spanId);
    expect(reads.length).toBe([2, 1][i]);
    for (const { attributes } of reads) expect(attributes["db.query.text"]).toMatch(/^SELECT .* WHERE .*\?/);
    expect(JSON.stringify(reads.map(({ attributes }) => attributes))).not.toContain("C-PADI");
  }
});

test("a write is a transaction of its fetch", async () => {
  exporter.reset();
  await graph.ask('mutation { createTeam(input: { code: "T-TRACED", name: "Traced" }) { problems { code } } }');
  const [fetch] = exporter.getFinishedSpans().filter(({ name }) => name === "fetch people");
  const parents = exporter
    .getFinishedSpans()
    .filter(({ name }) => name === "transaction")
    .map(({ parentSpanId }) => parentSpanId);
  expect(parents).toContain(fetch!.spanContext().spanId);
});
