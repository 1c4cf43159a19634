/** Clients that ask for much and read nothing of it, and what they take from a gateway and from others. */
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ask, type Federation, type Foreign, type Seen, startFederation } from "../gateway/federations.js";
import { type Part, startPart } from "../support/processes.js";

const MB = 2 ** 20;
const texts: Foreign = {
  name: "texts",
  sdl: "type Query { text(letters: Int!): String }",
  resolvers: { Query: { text: (_: unknown, { letters }: any) => "x".repeat(letters) } },
};
const query = "query Text($letters: Int!) { text(letters: $letters) }";
const LARGE = 16 * MB;

let federation: Federation;
let gateway: Part;
let url: string;
beforeAll(async () => {
  federation = await startFederation([texts]);
  gateway = await startPart("gateway/main.ts", ["--supergraph", federation.file, "--port", "0"], {});
  url = `${gateway.url}/graphql`;
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await federation.stop();
});

const as = (persona: string) => ({ "x-persona": persona });
const askFor = (persona: string, letters: number) => ask(url, query, as(persona), { letters });

/** Asks over a connection of its own, on which nothing is read. */
function askAndWait(at: string, persona: string, path: string): Socket {
  const { hostname, port } = new URL(at);
  const client = connect(Number(port), hostname).pause();
  client.on("error", () => undefined);
  const body = JSON.stringify({ query, variables: { letters: LARGE } });
  const head = [`POST ${path} HTTP/1.1`, "host: localhost", `x-persona: ${persona}`, "content-type: application/json", `content-length: ${body.length}`];
  client.write([...head, "", body].join("\r\n"));
  return client;
}

async function figures(): Promise<Record<"rss" | "unread" | "refused" | "cut", number>> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)![1]);
  return {
    rss: read("process_resident_memory_bytes"),
    unread: read("graph_unread_bytes"),
    refused: read('graph_unread_total\\{fate="refused"\\}'),
    cut: read('graph_unread_total\\{fate="cut"\\}'),
  };
}

test.each([
  ["the short way", "/graphql"],
  ["the long way", "/graphql?long"],
])(
  "over %s: memory stays within bounds, others are answered meanwhile, and all are when those are gone",
  async (_, path) => {
    const known = await askFor("analyst", 3);
    expect([known.status, known.body]).toEqual([200, { data: { text: "xxx" } }]);
    const before = await figures();
    const asked = federation.subgraphs["texts"]!.calls.length;
    const clients: Socket[] = [];
    const most = { rss: 0, unread: 0 };
    const others: number[] = [];
    let denied: Seen | undefined;
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 4; i++) clients.push(askAndWait(url, "analyst", path));
      await wait(100);
      const { rss, unread } = await figures();
      most.rss = Math.max(most.rss, rss);
      most.unread = Math.max(most.unread, unread);
      others.push((await askFor("CIO", 3)).status);
      const own = await askFor("analyst", 3);
      if (own.status !== 200) denied = own;
    }
    expect(new Set(others)).toEqual(new Set([200]));
    const { refused, cut } = await figures();
    expect([most.unread > 128 * MB, most.unread <= 256 * MB + 1_000, refused > before.refused, cut > before.cut]).toEqual([true, true, true, true]);
    // What they asked for is 2.5 GB; answers are read, parsed and written besides.
    expect((most.rss - before.rss) / MB).toBeLessThan(1_000);
    expect([denied?.status, denied?.headers.get("retry-after"), denied?.body.errors[0].extensions.code]).toEqual([503, "1", "OVERLOADED"]);
    // Nothing of what was refused was executed.
    expect(federation.subgraphs["texts"]!.calls.length - asked).toBeLessThanOrEqual(80 + clients.length - (refused - before.refused));
    for (const client of clients) client.destroy();
    await wait(500);
    expect((await askFor("analyst", 3)).status).toBe(200);
    expect((await figures()).unread).toBe(0);
  },
  120_000,
);

test("a subgraph refuses whoever does not read its answers, until they do", async () => {
  const { url: subgraph } = federation.services["texts"]!;
  const call = (letters: number) => ask(subgraph, query, {}, { letters });
  const clients = Array.from({ length: 10 }, () => askAndWait(subgraph, "analyst", "/graphql"));
  let answer = await call(3);
  for (let i = 0; i < 100 && answer.status === 200; i++) {
    await wait(20);
    answer = await call(3);
  }
  expect([answer.status, answer.headers.get("retry-after"), answer.body.errors[0].extensions.code]).toEqual([503, "1", "OVERLOADED"]);
  for (const client of clients) client.destroy();
  for (let i = 0; i < 100 && answer.status !== 200; i++) {
    await wait(50);
    answer = await call(3);
  }
  expect(answer.status).toBe(200);
});
