import { createServer } from "node:http";
import type { Socket } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Listener, listen } from "../../transport/servers.js";

let listener: Listener;
const server = createServer();

beforeAll(async () => {
  listener = await listen(server, (_request, response) => void response.end("ok"), { host: "127.0.0.1", port: 0 });
});
afterAll(() => listener.stop());

test("an idle connection is kept for longer than its client is told, who may use it until then", async () => {
  const connected = once(server, "connection") as Promise<[Socket]>;
  const answers: Response[] = [];
  for (let i = 0; i < 2; i++) answers.push(await fetch(listener.origin));
  const [socket] = await connected;
  for (const answer of answers) {
    expect(await answer.text()).toBe("ok");
    const [, seconds] = /^timeout=(\d+)$/.exec(answer.headers.get("keep-alive")!)!;
    expect(Number(seconds)).toBe(65);
  }
  expect(socket.timeout).toBe(70_000);
});
