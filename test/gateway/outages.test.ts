import { afterEach, expect, test } from "@jest/globals";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { ask, compose, createForeignSubgraph, startFederation, type Federation } from "./federations.js";
import { authors, binding, books } from "./library.js";

let federation: Federation | undefined;
let impostor: Server | undefined;
afterEach(async () => {
  await federation?.stop();
  impostor?.closeAllConnections();
  impostor?.close();
  federation = impostor = undefined;
});

const unreachable = (name: string, path: unknown[]) => ({
  message: `The ${name} portfolio is out of reach; try again.`,
  path,
  extensions: { code: "SUBGRAPH_UNREACHABLE", retryable: true, requestId: "r1" },
});
/** What must not be in an answer: addresses, ports, stacks, files. */
const insides = /127\.0\.0\.1|localhost|:\d{4,5}|ECONN|\bat \w+.*\(|\.ts|\.js|stack|cause|serviceName/i;

async function serveImpostor(listener: RequestListener): Promise<string> {
  impostor = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => impostor!.once("listening", resolve));
  return `http://127.0.0.1:${(impostor.address() as AddressInfo).port}/graphql`;
}

/** The library with something else where its authors should be. */
async function startWithImpostor(listener: RequestListener): Promise<Federation> {
  return startFederation([books, authors, binding], {}, { authors: await serveImpostor(listener) });
}

test("answers what is left when a subgraph is down, and what the matter is at every null", async () => {
  federation = await startFederation([books, authors, binding]);
  await federation.services["authors"]!.stop();
  const { status, body, text } = await ask(federation.url, "{ books { title spine author { id writer: name born } } authors { name } }", {
    "x-request-id": "r1",
  });
  expect(status).toBe(200);
  expect(body.data).toBeNull();
  const nested = await ask(federation.url, "{ books { title spine author { id writer: name born } } }", { "x-request-id": "r1" });
  expect(nested.body).toEqual({
    data: {
      books: [
        { title: "Laskar Pelangi", spine: 26.45, author: { id: "a1", writer: null, born: null } },
        { title: "Bumi Manusia", spine: 26.75, author: { id: "a2", writer: null, born: null } },
        { title: "Saman", spine: 9.75, author: { id: "a3", writer: null, born: null } },
      ],
    },
    errors: [0, 1, 2].flatMap((index) => ["writer", "born"].map((field) => unreachable("authors", ["books", index, "author", field]))),
  });
  for (const answer of [text, nested.text]) expect(answer).not.toMatch(insides);
  expect(federation.log.at(-1)).toMatch(/^Request r1: subgraph authors is out of reach: .*ECONNREFUSED/);
});

test("names the root fields of a subgraph that is down", async () => {
  federation = await startFederation([books, authors, binding]);
  await federation.services["books"]!.stop();
  const { body } = await ask(federation.url, "{ one: coded two: uncoded ...More } fragment More on Query { three: slow(ms: 1) refused @include(if: false) }", {
    "x-request-id": "r1",
  });
  expect(body).toEqual({
    data: { one: null, two: null, three: null },
    errors: ["three", "one", "two"].map((field) => unreachable("books", [field])),
  });
});

test.each<[string, RequestListener]>([
  ["a page instead of JSON", (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway at 10.1.2.3:9999</h1>")],
  ["JSON that is no answer", (_, response) => response.end('{"message":"no route to 10.1.2.3:9999"}')],
  ["errors that are no errors", (_, response) => response.end('{"errors":"10.1.2.3:9999"}')],
  ["a list", (_, response) => response.end("[1]")],
  ["half an answer", (_, response) => response.writeHead(200, { "content-length": 100 }).write('{"data":{', () => response.destroy())],
  ["nothing but the end of the connection", (request) => request.socket.destroy()],
])("takes %s for a subgraph out of reach", async (_, listener) => {
  federation = await startWithImpostor(listener);
  const { body, text } = await ask(federation.url, "{ book(isbn: 1) { title author { name } } }", { "x-request-id": "r1" });
  expect(body).toEqual({ data: { book: { title: "Laskar Pelangi", author: { name: null } } }, errors: [unreachable("authors", ["book", "author", "name"])] });
  expect(text).not.toMatch(insides);
});

test("takes a subgraph's errors for an answer whatever its HTTP status is", async () => {
  federation = await startWithImpostor((_, response) =>
    response.writeHead(403).end('{"errors":[{"message":"Not for you.","path":["_entities",0,"name"],"extensions":{"code":"FORBIDDEN"}}]}'),
  );
  const { body } = await ask(federation.url, "{ book(isbn: 1) { author { name } } }", { "x-request-id": "r1" });
  expect(body.errors).toEqual([{ message: "Not for you.", path: ["book", "author", "name"], extensions: { code: "FORBIDDEN", requestId: "r1" } }]);
});

test("says when to come again where a subgraph has more to do than it can, and only then", async () => {
  const message = "The portfolio has more to do than it can; try again in a second.";
  const url = await serveImpostor((_, response) => {
    response.end(JSON.stringify({ data: { coded: null }, errors: [{ message, path: ["coded"], extensions: { code: "OVERLOADED", retryable: true } }] }));
  });
  federation = await startFederation([books, authors], {}, { books: url });
  const { headers, body } = await ask(federation.url, "{ coded authors { id } }", { "x-request-id": "r1" });
  expect(body.errors).toEqual([{ message, path: ["coded"], extensions: { code: "OVERLOADED", retryable: true, requestId: "r1" } }]);
  expect([body.data.coded, body.data.authors.length > 0, headers.get("retry-after")]).toEqual([null, true, "1"]);
  expect((await ask(federation.url, "{ authors { id } }")).headers.get("retry-after")).toBeNull();
});

test("masks a subgraph that breaks its own schema", async () => {
  federation = await startWithImpostor((_, response) => response.end('{"data":{"authors":"at 10.1.2.3:9999"}}'));
  const { status, body } = await ask(federation.url, "{ authors { name } }", { "x-request-id": "r1" });
  expect(status).toBe(500);
  expect(body).toEqual({ errors: [{ message: "The request failed; quote this request id.", extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "r1" } }] });
});

test("serves a subgraph again once it is back", async () => {
  let isUp = false;
  federation = await startWithImpostor((_, response) => {
    if (isUp) response.end('{"data":{"_entities":[{"name":"Andrea"}]}}');
    else response.destroy();
  });
  expect((await ask(federation.url, "{ book(isbn: 1) { author { name } } }")).body.data).toEqual({ book: { author: { name: null } } });
  isUp = true;
  expect((await ask(federation.url, "{ book(isbn: 1) { author { name } } }")).body).toEqual({ data: { book: { author: { name: "Andrea" } } } });
});

test("masks what fails in process, and logs its stack once", async () => {
  const log: string[] = [];
  const gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: {
      name: "library",
      read: async () => compose([books, authors].map((portfolio) => ({ ...portfolio, url: "http://in.process/" }))),
      watch: () => () => {},
    },
    // One subgraph answers an error with insides, the other rejects.
    reach: (name) => ({
      ...createForeignSubgraph(name === "books" ? books : authors),
      ...(name === "authors" && { execute: () => Promise.reject(new TypeError("disk /data is full")) }),
    }),
    log: (line) => void log.push(line),
  });
  try {
    const { status, body, text } = await ask(`${gateway.url}/graphql`, "{ coded books { author { name } } }", { "x-request-id": "r1" });
    expect(status).toBe(200);
    expect(body.data.books).toEqual([{ author: { name: null } }, { author: { name: null } }, { author: { name: null } }]);
    expect(body.errors).toEqual([
      { message: "The shelf is locked.", path: ["coded"], extensions: { code: "SHELF_LOCKED", shelf: 4, requestId: "r1" } },
      ...[0, 1, 2].map((index) => ({
        message: "The request failed; quote this request id.",
        path: ["books", index, "author", "name"],
        extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "r1" },
      })),
    ]);
    expect(text).not.toMatch(/disk|TypeError/);
    expect(log).toEqual([
      expect.stringMatching(/^Request r1 failed at books\.0\.author\.name and 2 more: TypeError: disk \/data is full\n +at .*outages\.test/),
    ]);
  } finally {
    await gateway.stop();
  }
});

test("what a subgraph answers under __proto__ and constructor changes nothing", async () => {
  federation = await startWithImpostor((_, response) =>
    response.end('{"data":{"_entities":[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"name":"Andrea"}]}}'),
  );
  const { body } = await ask(federation.url, "{ book(isbn: 1) { title author { id name } } }");
  expect(body).toEqual({ data: { book: { title: "Laskar Pelangi", author: { id: "a1", name: "Andrea" } } } });
  expect(({} as any).polluted).toBeUndefined();
});
