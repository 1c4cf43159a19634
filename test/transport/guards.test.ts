import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Cancellation } from "../../transport/deadlines.js";
import { reachGuarded } from "../../transport/guards.js";
import { type CallContext, type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";

let server: Server;
let subgraph: Subgraph;
/** Requests that came so far, and how each is answered. */
let asked: string[];
let answer: RequestListener;

const well: RequestListener = (_, response) => void response.end('{"data":{"a":1}}');
const sick: RequestListener = (request) => void request.socket.destroy();
const silent: RequestListener = () => undefined;

beforeEach(async () => {
  asked = [];
  answer = well;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push(body ? (JSON.parse(body) as { query: string }).query : request.url!);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  subgraph = reachGuarded("there", `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const context = (ms = 5_000): CallContext => ({
  principal: { subject: "tester", roles: [], customers: null },
  requestId: "r1",
  deadline: Date.now() + ms,
});
const ask = (query = "{ a }", ms?: number) => subgraph.execute({ query }, context(ms));
const causeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "none",
    (error: SubgraphUnreachable) => (error.cause as Error).message,
  );
/** Fails so often and is well then. */
const failing =
  (times: number): RequestListener =>
  (request, response) =>
    (times-- > 0 ? sick : well)(request, response);

test("a read that fails twice is answered the third time", async () => {
  answer = failing(2);
  expect(await ask("query A { a }")).toEqual({ data: { a: 1 } });
  expect(asked).toEqual(["query A { a }", "query A { a }", "query A { a }"]);
});

test("a read that fails three times is out of reach", async () => {
  answer = sick;
  await expect(ask()).rejects.toThrow(SubgraphUnreachable);
  expect(asked.length).toBe(3);
});

test.each(["mutation { a }", "  mutation A { a }", "query A { a } mutation B { a }", "fragment F on Query { a } mutation { a }", "#query\nmutation { a }"])(
  "%j is sent once",
  async (query) => {
    answer = sick;
    await expect(ask(query)).rejects.toThrow(SubgraphUnreachable);
    expect(asked).toEqual([query]);
  },
);

test("a subgraph is left alone as long as it asks to be, or not asked again", async () => {
  let times = 1;
  answer = (request, response) => (times-- > 0 ? void response.writeHead(503, { "retry-after": "1" }).end("{}") : well(request, response));
  const began = Date.now();
  expect(await ask()).toEqual({ data: { a: 1 } });
  expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  expect(asked.length).toBe(2);
  answer = (_, response) => void response.writeHead(429, { "retry-after": "60" }).end('{"errors":[{"message":"Slowly."}]}');
  expect(await causeOf(ask())).toBe("The answer's status was 429.");
  expect(asked.length).toBe(3);
});

test("retries are few where much fails", async () => {
  let isOdd = true;
  answer = (request, response) => {
    isOdd = !isOdd;
    (isOdd ? well : sick)(request, response);
  };
  for (let i = 0; i < 40; i++) await ask().catch(() => undefined);
  // Ten in hand, and a tenth of forty calls.
  expect(asked.length - 40).toBeGreaterThanOrEqual(10);
  expect(asked.length - 40).toBeLessThanOrEqual(14);
});

test("a sick subgraph is not asked, and asked again by itself once it is well", async () => {
  answer = sick;
  for (let i = 0; i < 10; i++) await expect(ask("mutation { a }")).rejects.toThrow(SubgraphUnreachable);
  expect(await causeOf(ask())).toBe("Nothing was sent: it has failed too often.");
  expect(await causeOf(ask("mutation { a }"))).toBe("Nothing was sent: it has failed too often.");
  expect(asked.length).toBe(10);
  await wait(550);
  // One is tried, with a read that means nothing.
  expect(await Promise.all([causeOf(ask()), causeOf(ask())])).toEqual(Array(2).fill("Nothing was sent: it has failed too often."));
  expect(asked.slice(10)).toEqual(["{ __typename }"]);
  answer = well;
  const healed = Date.now() + 2_000;
  while ((await ask("mutation { a }").catch(() => null)) === null) await wait(20);
  expect(Date.now()).toBeLessThan(healed);
  expect(asked.at(-1)).toBe("mutation { a }");
});

test("a subgraph that is silent is sick after ten calls, and no caller waits for it then", async () => {
  answer = silent;
  expect(await Promise.all(Array.from({ length: 10 }, () => causeOf(ask("{ a }", 1_000))))).toEqual(Array(10).fill(expect.stringMatching(/^No answer within/)));
  expect(asked.length).toBe(10);
  const began = Date.now();
  expect(await causeOf(ask())).toBe("Nothing was sent: it has failed too often.");
  expect(Date.now() - began).toBeLessThan(200);
});

const bomb = gzipSync(`{"data":{"a":"${"x".repeat(64 * 2 ** 20)}"}}`);
test.each<[string, RequestListener, string | RegExp]>([
  ["what is no JSON", (_, response) => void response.end("<p>It works!</p>"), "The answer, of status 200, is not JSON."],
  ["what is no answer", (_, response) => void response.end('["a"]'), "The answer has the wrong shape."],
  ["a failure of its server's", (_, response) => void response.writeHead(500).end("Internal"), "The answer, of status 500, is not JSON."],
  ["that it is busy", (_, response) => void response.writeHead(503).end(), "The answer's status was 503."],
  [
    "less than it said",
    (_, response) => void response.writeHead(200, { "content-length": 100 }).write('{"data"', () => response.destroy()),
    /closed|terminated|aborted/,
  ],
  // Inflated it would be 64 MB; nobody does.
  ["what is compressed", (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb), "The answer, of status 200, is not JSON."],
])("a subgraph that answers %s is sick after ten times", async (_, listener, cause) => {
  answer = listener;
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 10; i++) expect(await causeOf(ask("mutation { a }"))).toEqual(typeof cause === "string" ? cause : expect.stringMatching(cause));
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  expect(await causeOf(ask("mutation { a }"))).toBe("Nothing was sent: it has failed too often.");
  expect(asked.length).toBe(10);
});

test("callers that go do not make it sick", async () => {
  answer = silent;
  for (let i = 0; i < 11; i++) {
    const caller = new Cancellation();
    const call = subgraph.execute({ query: "{ a }" }, { ...context(), signal: caller });
    await wait(10);
    caller.abort();
    expect(await causeOf(call)).toBe("The caller has gone.");
  }
  answer = well;
  expect(await ask()).toEqual({ data: { a: 1 } });
});

test("no more than 256 calls are under way", async () => {
  answer = silent;
  const calls = Array.from({ length: 256 }, () => causeOf(ask("{ a }", 1_500)));
  expect(await causeOf(ask())).toBe("Nothing was sent: it has too many calls under way.");
  await Promise.all(calls);
});

test("an answer of 33 MB is none", async () => {
  answer = (_, response) => void response.end(`{"data":{"a":"${"x".repeat(33 * 2 ** 20)}"}}`);
  expect(await causeOf(ask("mutation { a }"))).toMatch(/max response size|exceeded/i);
});
