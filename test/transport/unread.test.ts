/** What answers hold that their clients do not read, over sockets of our own. */
import { createServer } from "node:http";
import { type Socket, connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Listener, listen } from "../../transport/servers.js";
import { UnreadAnswers } from "../../transport/unread.js";

const MB = 2 ** 20;
/** More than the system takes from a process for a client that reads nothing. */
const LARGE = 16 * MB;
const MOST = 56 * MB;

let unread: UnreadAnswers;
let listener: Listener;
const clients: Socket[] = [];

beforeEach(async () => {
  unread = new UnreadAnswers(({ req }) => String(req.headers["x-holder"]), MOST);
  listener = await listen(
    createServer(),
    (request, response) => {
      if (unread.refuse(response)) response.writeHead(503).end();
      else setTimeout(() => response.end(Buffer.alloc(Number(request.url!.slice(1)), "x")), 100);
    },
    { host: "127.0.0.1", port: 0 },
    { unread },
  );
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await listener.stop();
  await until(() => unread.bytes === 0);
  expect(unread.bytes).toBe(0);
});

/** Waits until something is so, for ten seconds at most. */
async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo() && performance.now() < end) await wait(5);
}
/** Asks for so many bytes over a connection of its own, and reads none of them. */
async function askAndWait(holder: string, bytes = LARGE): Promise<Socket> {
  const { hostname, port } = new URL(listener.origin);
  const client = connect(Number(port), hostname).pause();
  client.on("error", () => undefined);
  clients.push(client);
  const before = unread.bytes;
  client.write(`GET /${bytes} HTTP/1.1\r\nhost: localhost\r\nx-holder: ${holder}\r\n\r\n`);
  await until(() => unread.bytes !== before);
  return client;
}
/** Reads an answer to its end, with a pause after each piece; answers how many bytes came. */
async function read(client: Socket, pause = 0): Promise<number> {
  let bytes = 0;
  for await (const piece of client) {
    bytes += (piece as Buffer).length;
    if (bytes > LARGE) break;
    if (pause > 0) await wait(pause);
  }
  return bytes;
}
const status = async (holder: string): Promise<number> => (await fetch(`${listener.origin}/2`, { headers: { "x-holder": holder } })).status;

test("what is read at once is not counted, and what is not is as long as it waits", async () => {
  await fetch(`${listener.origin}/1000`, { headers: { "x-holder": "eva" } });
  expect(unread.bytes).toBe(0);
  const client = await askAndWait("eva");
  expect(unread.bytes).toBeGreaterThanOrEqual(LARGE);
  expect(unread.bytes).toBeLessThan(LARGE + 1_000);
  expect(await read(client)).toBeGreaterThan(LARGE);
  await until(() => unread.bytes === 0);
  expect(unread.bytes).toBe(0);
  expect(unread.counts).toEqual({ refused: 0, cut: 0 });
});

test("beyond the bound whoever holds most asks for nothing more, and others are answered; who reads nothing is cut, and then all are answered", async () => {
  const patient = await askAndWait("ada");
  for (let i = 0; i < 3; i++) await askAndWait("eva");
  expect(unread.bytes).toBeGreaterThan(MOST);
  expect([await status("eva"), await status("ada"), await status("bob")]).toEqual([503, 200, 200]);
  // Slower than the time that others are given, but it goes on.
  const reading = read(patient, 20);
  await until(() => unread.counts.cut === 3);
  expect(unread.counts).toEqual({ refused: 1, cut: 3 });
  expect(await status("eva")).toBe(200);
  expect(await reading).toBeGreaterThan(LARGE);
}, 60_000);

test("never is there more than twice the bound: the newest answers of whoever holds most are given up", async () => {
  const innocent = await askAndWait("ada");
  const { hostname, port } = new URL(listener.origin);
  // All at once: none is held yet when the last is begun.
  for (let i = 0; i < 30; i++) {
    const client = connect(Number(port), hostname).pause();
    client.on("error", () => undefined);
    client.write(`GET /${LARGE} HTTP/1.1\r\nhost: localhost\r\nx-holder: eva\r\n\r\n`);
    clients.push(client);
  }
  let most = 0;
  await until(() => {
    most = Math.max(most, unread.bytes);
    return unread.counts.cut === 25;
  });
  expect(most).toBeGreaterThan(MOST);
  expect(most).toBeLessThanOrEqual(2 * MOST);
  // Six of them and their heads fit; one is the innocent's.
  expect(unread.counts).toEqual({ refused: 0, cut: 25 });
  expect(await status("ada")).toBe(200);
  expect(await read(innocent)).toBeGreaterThan(LARGE);
}, 60_000);

test("one answer by itself is kept for its client, however large it is", async () => {
  const client = await askAndWait("eva", 7 * LARGE);
  expect(unread.bytes).toBeGreaterThan(7 * LARGE);
  expect(await read(client)).toBeGreaterThan(LARGE);
  expect(unread.counts.cut).toBe(0);
});
