/** A subgraph that hangs is the trouble of those who ask for it, and of nobody else. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Federation, ask, startFederation } from "../gateway/federations.js";
import { authors, books } from "../gateway/library.js";
import { FairClock } from "../support/clocks.js";

/** Takes requests and answers none. */
const silent = createServer(() => void taken++);
let taken = 0;
let federation: Federation;
beforeAll(async () => {
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const hangs = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/graphql`;
  federation = await startFederation([books, authors], { DEADLINE: "5" }, { books: hangs });
  // Planned, and its connections made.
  expect((await ask(federation.url, "{ authors { name } }")).status).toBe(200);
});
afterAll(async () => {
  await federation.stop();
  silent.closeAllConnections();
  silent.close();
});

test("while one hangs beneath more calls than it may have, what others know is answered at once", async () => {
  let open = true;
  const hanging = Promise.all(Array.from({ length: 300 }, () => ask(federation.url, "{ books { title } }"))).finally(() => (open = false));
  // As many as it may have connections.
  while (taken < 64) await wait(10);
  await wait(300);
  const clock = new FairClock();
  for (let i = 0; i < 50; i++) {
    const began = clock.now();
    const { body } = await ask(federation.url, "{ authors { name } }");
    expect(body.data.authors).toContainEqual({ name: "Andrea Hirata" });
    expect(clock.now() - began).toBeLessThan(1_000);
  }
  clock.stop();
  expect(open).toBe(true);
  for (const { status, body } of await hanging)
    expect([status, body.errors.map(({ extensions }: any) => extensions.code)]).toEqual([200, ["SUBGRAPH_UNREACHABLE"]]);
}, 60_000);
