/** A budget of points for each subject, in one process: nobody gets more than there is, and gets back what was not used. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Federation, type Seen, ask, send, startFederation } from "../gateway/federations.js";
import { as, leftIn, writeTokens } from "./clients.js";
import { warehouse } from "./warehouse.js";

const NAMES = ["ann", "ben", "cat", "dan", "eve", "fay", "gus", "hal", "ida", "jon"];
const CAPACITY = 1_000;

let tokens: Awaited<ReturnType<typeof writeTokens>>;
let federation: Federation;
const origin = () => federation.url.replace("/graphql", "");
const calls = () => federation.subgraphs["warehouse"]!.calls;
beforeAll(async () => {
  tokens = await writeTokens(NAMES);
  federation = await startFederation([warehouse], { SERVICE_TOKENS: tokens.file, POINTS: String(CAPACITY), POINTS_PER_SECOND: "1", CORS_ORIGINS: "*" });
});
afterAll(async () => {
  await federation.stop();
  await tokens.remove();
});

const metric = async (name: string): Promise<number> =>
  Number(
    (await send(`${origin()}/metrics`)).text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))!
      .split(" ")[1],
  );

/** Asks, and says how long ago the first request was, in seconds: so many points may have come back since. */
function clientOf(name: string) {
  let began: number | undefined;
  return {
    ask: (query: string, variables?: object, headers: Record<string, string> = {}): Promise<Seen> => {
      began ??= performance.now();
      return ask(federation.url, query, { ...as(name), ...headers }, variables as never);
    },
    expectLeft(seen: Seen, points: number) {
      const seconds = Math.ceil((performance.now() - began!) / 1000);
      expect(leftIn(seen)).toBeGreaterThanOrEqual(points);
      expect(leftIn(seen)).toBeLessThanOrEqual(Math.min(CAPACITY, points + seconds));
    },
  };
}

test("answers say what is left, to pages of other origins too, and nothing else about it", async () => {
  const { status, headers, text } = await ask(federation.url, "{ things(first: 400, stock: 3) { name } }", { ...as("ann"), origin: "https://a.example" });
  expect([status, text]).toEqual([200, '{"data":{"things":[{"name":"0"},{"name":"1"},{"name":"2"}]}}\n']);
  expect(headers.get("ratelimit-policy")).toBe('"points";q=1000;qu="points";w=1000');
  expect(headers.get("ratelimit")).toBe('"points";r=997;t=3');
  expect(headers.get("retry-after")).toBeNull();
  expect(headers.get("access-control-expose-headers")).toBe("x-request-id,ratelimit-policy,ratelimit,retry-after");
});

test("who has not enough is refused with when to come again, nothing is executed, and others go on", async () => {
  const ben = clientOf("ben");
  // There are more than anybody could say.
  ben.expectLeft(await ben.ask("{ plain(stock: 905) { name } }"), 95);
  const [before, refused] = [calls().length, await metric('graph_points_total{fate="refused"}')];
  for (const times of [1, 2, 3]) {
    const { status, headers, body } = await ben.ask("{ things(first: 500, stock: 1) { name } }");
    const { requestId } = body.errors[0].extensions;
    const left = leftIn({ headers });
    const seconds = 500 - left;
    expect([times, status, Number(headers.get("retry-after"))]).toEqual([times, 429, seconds]);
    expect(body).toEqual({
      errors: [
        {
          message: `The operation may cost 500 points, and ${left} are left of your budget. Ask again in ${seconds} s, or for less.`,
          extensions: { code: "BUDGET_EXCEEDED", retryable: true, requestId },
        },
      ],
    });
  }
  expect(calls().length).toBe(before);
  expect(await metric('graph_points_total{fate="refused"}')).toBe(refused + 1500);
  expect((await ask(federation.url, "{ things(first: 500, stock: 1) { name } }", as("cat"))).status).toBe(200);
  // For less there is enough.
  expect((await ben.ask("{ things(first: 50, stock: 1) { name } }")).status).toBe(200);
});

test("points come back by time", async () => {
  const dan = clientOf("dan");
  dan.expectLeft(await dan.ask("{ plain(stock: 1000) { name } }"), 0);
  const refused = await dan.ask("{ things(first: 2, stock: 1) { name } }");
  expect(refused.status).toBe(429);
  await wait(1000 * Number(refused.headers.get("retry-after")) + 20);
  expect((await dan.ask("{ things(first: 2, stock: 1) { name } }")).status).toBe(200);
});

test("an answer that cost more than was foreseen is paid for by and by", async () => {
  const eve = clientOf("eve");
  eve.expectLeft(await eve.ask("{ plain(stock: 3000) { name } }"), 0);
  const { status, headers } = await eve.ask("{ things(first: 1) { name } }");
  expect(status).toBe(429);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(1995);
});

test("a hundred requests at once never take more than there is, whatever else they say, and give it back", async () => {
  const before = calls().length;
  const fay = clientOf("fay");
  const seen = await Promise.all(
    Array.from({ length: 100 }, (_, i) => {
      const headers = {
        "x-request-id": `r${i}`,
        "x-forwarded-for": `10.0.0.${i}`,
        "x-persona": "CIO",
        "x-customers": `cus_${i}`,
        ...(i % 2 === 0 ? {} : { authorization: `Basic ${Buffer.from("fay:fay").toString("base64")}` }),
      };
      // Each is another operation, or the same again, which goes the short way.
      return fay.ask(`query Q${i % 3} { slow(ms: 700, first: 90) { name } }`, undefined, headers);
    }),
  );
  const answered = seen.filter(({ status }) => status === 200);
  // 11 * 90 is 990.
  expect(answered.length).toBe(11);
  expect(calls().length).toBe(before + 11);
  for (const { status, body } of seen)
    expect([200, 429].includes(status) && (status === 200 || body.errors[0].extensions.code === "BUDGET_EXCEEDED")).toBe(true);
  fay.expectLeft(await fay.ask("{ thing { name } }"), 1_000 - 12);
});

test("what a budget can never hold is too much at any time", async () => {
  const { status, body, headers } = await ask(federation.url, "{ things(first: 1001) { name } }", as("gus"));
  expect([status, body.errors[0].extensions.code, headers.get("retry-after"), headers.get("ratelimit")]).toEqual([400, "COST_TOO_HIGH", null, null]);
  expect(body.errors[0].message).toBe(
    "The operation may cost 1001 points, and a budget holds 1000. Ask for smaller pages by first, or for fewer lists within lists.",
  );
});

test("metrics tell what was taken and given back", async () => {
  const read = () => Promise.all(["taken", "refunded"].map((fate) => metric(`graph_points_total{fate="${fate}"}`)));
  const [taken, refunded] = await read();
  for (let times = 0; times < 3; times++) await ask(federation.url, "{ things(first: 100, stock: 4) { name } }", as("hal"));
  expect(await read()).toEqual([taken! + 300, refunded! + 288]);
  expect(await metric("graph_budgets_shared")).toBe(0);
});

test("a client that leaves before its answer is charged what that might have cost", async () => {
  const ida = clientOf("ida");
  ida.expectLeft(await ida.ask("{ thing { name } }"), 999);
  const leave = new AbortController();
  const asked = fetch(federation.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...as("ida") },
    body: JSON.stringify({ query: "{ slow(ms: 300, first: 800) { name } }" }),
    signal: leave.signal,
  });
  await wait(100);
  leave.abort();
  await expect(asked).rejects.toThrow();
  await wait(500);
  ida.expectLeft(await ida.ask("{ thing { name } }"), 198);
});

test("without budgets nothing is said of them; costs are told all the same", async () => {
  const other = await startFederation([warehouse], { POINTS: "off", COST_EXTENSION: "on" });
  try {
    for (let times = 0; times < 3; times++) {
      const { headers, body } = await ask(other.url, "{ things(first: 1000000, stock: 1) { name } }");
      expect([headers.get("ratelimit"), headers.get("ratelimit-policy"), body.extensions]).toEqual([null, null, { cost: { requested: 1_000_000, actual: 1 } }]);
    }
  } finally {
    await other.stop();
  }
});
