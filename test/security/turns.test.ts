/** What takes long is begun one at a time, and what is quick goes on in between. */
import { once } from "node:events";
import http from "node:http";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { takeTurn } from "../../transport/turns.js";
import type { Answer } from "../support/graph.js";
import { type Federation, startFederation } from "../gateway/federations.js";
import { books } from "../gateway/library.js";

test("one is begun in each turn of the event loop, in the order they came, those that come meanwhile after them", async () => {
  const begun: string[] = [];
  const begin = async (name: string) => {
    await takeTurn();
    begun.push(name);
  };
  const all = ["a", "b", "c"].map(begin);
  const perTurn: number[] = [];
  const goOn = async (turns: number) => {
    for (let i = 0; i < turns; i++) {
      const before = begun.length;
      await turn();
      perTurn.push(begun.length - before);
    }
  };
  await goOn(2);
  // While others wait, and once nobody has asked for a while.
  all.push(begin("d"));
  await goOn(20);
  expect(begun).toEqual(["a", "b", "c", "d"]);
  all.push(begin("e"));
  await Promise.all(all);
  expect(begun).toEqual(["a", "b", "c", "d", "e"]);
  expect(Math.max(...perTurn)).toBe(1);
});

test("who asks for many at once has one in each round, and others wait for one of them and not for all", async () => {
  const begun: string[] = [];
  const begin = async (name: string, owner?: object) => {
    await takeTurn(owner);
    begun.push(name);
  };
  const many = { owner: "many" };
  const all = ["a", "b", "c", "d"].map((name) => begin(name, many));
  await turn();
  all.push(begin("x"), begin("e", many), begin("y"));
  await Promise.all(all);
  expect(begun).toEqual(["a", "x", "y", "b", "c", "d", "e"]);
});

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([books]);
});
afterAll(() => federation.stop());

const BODY = Buffer.from(JSON.stringify({ query: "{ __typename }", extensions: { filler: "x".repeat(100_000) } }));

test.each([
  ["of a length that is told", BODY, { "content-length": BODY.length }],
  ["in chunks", BODY, {}],
  ["compressed", gzipSync(BODY), { "content-encoding": "gzip" }],
])("of large bodies %s one is parsed in each turn, however many end at once", async (_, bytes, headers) => {
  let now = 0;
  let clock = setImmediate(function tick() {
    now++;
    clock = setImmediate(tick);
  });
  const parsedAt: number[] = [];
  const parse = JSON.parse;
  const watch = jest.spyOn(JSON, "parse").mockImplementation((text, ...others) => {
    if (text.length === BODY.length) parsedAt.push(now);
    return parse(text, ...others) as unknown;
  });
  try {
    const requests = Array.from({ length: 20 }, () =>
      http.request(federation.url, { method: "POST", agent: false, headers: { "content-type": "application/json", ...headers } }),
    );
    const answers = requests.map(async (request) => {
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      let text = "";
      for await (const chunk of response) text += String(chunk);
      return parse(text) as Answer;
    });
    for (const request of requests) request.write(bytes.subarray(0, -1));
    await wait(300);
    for (const request of requests) request.end(bytes.subarray(-1));
    for (const answer of await Promise.all(answers)) expect(answer).toEqual({ data: { __typename: "Query" } });
    expect(parsedAt).toHaveLength(20);
    expect(new Set(parsedAt).size).toBe(20);
  } finally {
    clearImmediate(clock);
    watch.mockRestore();
  }
});
