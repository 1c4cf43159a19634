/** What no library would send, over sockets of our own. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { deflateRawSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { ask, type Federation, send, startFederation } from "../gateway/federations.js";
import { authors, binding, books } from "../gateway/library.js";
import { FairClock } from "../support/clocks.js";

let federation: Federation;
beforeAll(async () => {
  federation = await startFederation([books, authors, binding], { CORS_ORIGINS: "https://app.example" });
});
afterAll(() => federation.stop());
// Whatever came in, others are served.
afterEach(async () => expect((await ask(federation.url, "{ slow(ms: 1) }")).body).toEqual({ data: { slow: 1 } }));

const calls = () => federation.subgraphs["books"]!.calls.length;

/** Sends bytes on a connection and answers all that comes back until the server closes it. */
async function sendRaw(...parts: (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(federation.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, "close");
  return answer;
}
const firstLine = (answer: string): string => answer.split("\r\n", 1)[0]!;

const body = '{"query":"{ __typename }"}';
const request = (...headers: string[]): string => ["POST /graphql HTTP/1.1", "host: localhost", "connection: close", ...headers, "", ""].join("\r\n");

test.each([
  ["a line that is no request", "HELLO\r\n\r\n", "400 Bad Request"],
  ["bytes of another protocol", Buffer.from([0x16, 3, 1, 2, 0, 1, 0]), "400 Bad Request"],
  ["a header without a name", "GET /livez HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n", "400 Bad Request"],
  ["two lengths", request("content-type: application/json", "content-length: 26", "content-length: 27") + body, "400 Bad Request"],
  ["a length and chunks", request("content-type: application/json", "content-length: 26", "transfer-encoding: chunked") + body, "400 Bad Request"],
  ["chunks that are none", `${request("content-type: application/json", "transfer-encoding: chunked")}zz\r\n`, "400 Bad Request"],
  ["a head of 100 KB", `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, "431 Request Header Fields Too Large"],
  ["no host", "GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n", "400 Bad Request"],
])("answers %s", async (_, bytes, status) => {
  expect(firstLine(await sendRaw(bytes))).toBe(`HTTP/1.1 ${status}`);
});

test("closes a connection whose request does not come to the end of its head", async () => {
  const began = Date.now();
  expect(firstLine(await sendRaw("POST /graphql HTTP/1.1\r\nhost: x\r\n"))).toBe("HTTP/1.1 408 Request Timeout");
  expect(Date.now() - began).toBeLessThan(10_000);
});

test("answers a body in pieces of one byte", async () => {
  const answer = await sendRaw(request("content-type: application/json", `content-length: ${body.length}`), ...body);
  expect(answer).toContain('{"data":{"__typename":"Query"}}');
});

/** A request that its client does not end the connection with. */
function asking(query: string): string {
  const text = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
}

test("begins one request of a connection at a time, in whatever hurry they come, and answers them in their order", async () => {
  const before = calls();
  const answer = sendRaw(asking("{ slow(ms: 1000) }"), asking("{ slow(ms: 1) }"), asking("{ slow(ms: 2) }"), request("content-length: 0"));
  while (calls() === before) await wait(5);
  await wait(300);
  expect(calls()).toBe(before + 1);
  expect((await answer).match(/"slow":\d+/g)).toEqual(['"slow":1000', '"slow":1', '"slow":2']);
  expect(calls()).toBe(before + 3);
});

test("takes a client that closes its side of the connection for one that has gone: nothing is done for it any longer", async () => {
  const { hostname, port } = new URL(federation.url);
  const socket = connect(Number(port), hostname);
  const before = calls();
  socket.write(asking("{ slow(ms: 5000) }"));
  while (calls() === before) await wait(5);
  const { signal } = federation.subgraphs["books"]!.calls.at(-1)!.context;
  const clock = new FairClock();
  const left = clock.now();
  socket.end();
  if (!signal!.aborted) await once(signal!, "abort");
  expect(clock.now() - left).toBeLessThan(100);
  clock.stop();
  socket.resume();
  await once(socket, "close");
  expect(socket.bytesRead).toBe(0);
});

test("cuts a connection that asks on and on without waiting for answers, and begins nothing more of it", async () => {
  const before = calls();
  expect(await sendRaw(asking("{ slow(ms: 2000) }") + asking("{ slow(ms: 1) }").repeat(150))).toBe("");
  await wait(100);
  expect(calls()).toBeLessThanOrEqual(before + 1);
});

test.each([
  ["application/json; charset=iso-8859-1", 415, "BAD_REQUEST"],
  ["application/json; charset=utf-7", 415, "BAD_REQUEST"],
  ["application/json; charset=klingon", 415, "BAD_REQUEST"],
  ["text/plain", 400, "BAD_REQUEST"],
  ["text/plain;application/json", 400, "BAD_REQUEST"],
  ["application/x-www-form-urlencoded", 400, "BAD_REQUEST"],
  ["multipart/form-data; boundary=x", 400, "BAD_REQUEST"],
  ["application/graphql", 400, "BAD_REQUEST"],
  ["application/xml", 400, "BAD_REQUEST"],
])("refuses a body of type %s from a hostile page", async (type, status, code) => {
  const before = federation.subgraphs["books"]!.calls.length;
  const answer = await send(federation.url, {
    method: "POST",
    headers: { "content-type": type, origin: "https://evil.example" },
    body: '{"query":"mutation { retitle(isbn: 1, title: \\"x\\") { title } }"}',
  });
  expect([answer.status, answer.body.errors[0].extensions.code, answer.headers.get("access-control-allow-origin")]).toEqual([status, code, null]);
  expect(federation.subgraphs["books"]!.calls.length).toBe(before);
});

test("refuses what a page of elsewhere can send by GET", async () => {
  const before = federation.subgraphs["books"]!.calls.length;
  for (const query of ["{ books { title } }", 'mutation { retitle(isbn: 1, title: "x") { title } }'])
    expect((await send(`${federation.url}?query=${encodeURIComponent(query)}`, { headers: { origin: "https://evil.example" } })).status).toBe(400);
  expect(federation.subgraphs["books"]!.calls.length).toBe(before);
});

test("measures a compressed body by what it holds", async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20, " "));
  expect(bomb.length).toBeLessThan(100_000);
  const answer = await send(federation.url, { method: "POST", headers: { "content-type": "application/json", "content-encoding": "gzip" }, body: bomb });
  expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([413, "BODY_TOO_LARGE"]);
});

const compressed = gzipSync(body);
test.each([
  ["gzip", "that is none", Buffer.from(body)],
  ["gzip", "that ends too early", compressed.subarray(0, 20)],
  ["gzip", "with something after its end", Buffer.concat([compressed, Buffer.from("xx")])],
  ["deflate", "without its head", deflateRawSync(body)],
  ["br", "that is none", Buffer.from("hello world garbage")],
])("refuses %s %s as its client's mistake, and tells operators of no failure", async (encoding, _, bytes) => {
  federation.log.length = 0;
  const answer = await send(federation.url, { method: "POST", headers: { "content-type": "application/json", "content-encoding": encoding }, body: bytes });
  const { message, extensions } = answer.body.errors[0];
  expect([answer.status, extensions.code, message]).toEqual([400, "BAD_REQUEST", "The body is not compressed as content-encoding says."]);
  expect(federation.log).toEqual([]);
});

test.each([
  ["", {}],
  [" and compressed", { "content-encoding": "gzip" }],
])("writes nothing of a text that is not UTF-8, as it would have to guess letters%s", async (_, headers) => {
  const before = calls();
  const bytes = Buffer.from('{"query":"mutation { retitle(isbn: 1, title: \\"M\u00fcller\\") { title } }"}', "latin1");
  const sent = "content-encoding" in headers ? gzipSync(bytes) : bytes;
  const answer = await send(federation.url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: sent });
  const { message, extensions } = answer.body.errors[0];
  expect([answer.status, extensions.code, message]).toEqual([400, "BAD_REQUEST", "The body holds bytes that are not UTF-8; write it in UTF-8."]);
  expect(calls()).toBe(before);
});
