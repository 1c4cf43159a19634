import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ask, type Federation, startFederation } from "../gateway/federations.js";
import { authors, binding, books } from "../gateway/library.js";
import { FairClock } from "../support/clocks.js";

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([books, authors, binding], { DEADLINE: "1" });
});
afterAll(() => federation.stop());

test("answers within the deadline, what a subgraph does not know by then as null", async () => {
  const began = Date.now();
  const { status, body } = await ask(federation.url, "{ slow(ms: 3000) }", { "x-request-id": "r1" });
  expect(Date.now() - began).toBeLessThan(2_500);
  expect([status, body]).toEqual([
    200,
    {
      data: { slow: null },
      errors: [
        {
          message: "The books portfolio is out of reach; try again.",
          path: ["slow"],
          extensions: { code: "SUBGRAPH_UNREACHABLE", retryable: true, requestId: "r1" },
        },
      ],
    },
  ]);
});

test("a client that goes is no longer worked for", async () => {
  const client = new AbortController();
  const before = federation.subgraphs["books"]!.calls.length;
  const asked = fetch(federation.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"query":"{ slow(ms: 900) oldest { name } }"}',
    signal: client.signal,
  });
  while (federation.subgraphs["books"]!.calls.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  const { signal } = federation.subgraphs["books"]!.calls.at(-1)!.context;
  const clock = new FairClock();
  const left = clock.now();
  client.abort();
  await expect(asked).rejects.toThrow("aborted");
  if (!signal!.aborted) await once(signal!, "abort");
  expect(clock.now() - left).toBeLessThan(100);
  clock.stop();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  // What would have followed was not asked for.
  expect(federation.subgraphs["authors"]!.calls).toEqual([]);
});
