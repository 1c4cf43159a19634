/** Planning goes on in a thread of its own: bounded in time and in how many wait, and never in the way of those who ask for what is planned. */
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type GraphQLError, type GraphQLInterfaceType, parse, print } from "graphql";
import { readSettings } from "../../gateway/config.js";
import { fillSelections } from "../../gateway/execution/planning/hollows.js";
import { Planner, type PlannerTimes } from "../../gateway/execution/planning/planner.js";
import { limits } from "../../gateway/security/limits.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import type { Service } from "../../transport/servers.js";
import { type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { loadGateway } from "../differential/gateways.js";
import { api } from "../schema/graph.js";
import { call } from "../support/graph.js";
import { ask, compose, federate } from "./federations.js";
import { authors, binding, books } from "./library.js";

const SUPERGRAPH = compose([books, authors, binding].map((portfolio) => ({ ...portfolio, url: "http://127.0.0.1/" })));
const TITLES = "{ books { title } }";

const reachNobody = (name: string): Subgraph => {
  const refuse = () => Promise.reject(new SubgraphUnreachable(name));
  return { name, execute: refuse, ledger: refuse, head: refuse, exists: refuse };
};

let planner: Planner;
const lines: string[] = [];
const open = (text = SUPERGRAPH, times: Partial<PlannerTimes> = {}) => (planner = new Planner(text, (line) => void lines.push(line), { ...limits, ...times }));
afterEach(() => {
  planner.close();
  lines.length = 0;
});
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "planned",
    (error: GraphQLError) => error.extensions["code"],
  );

/** The threads of this process. */
const threads = () => readdirSync("/proc/self/task").length;
const isLinux = process.platform === "linux";
/** How far a thread of this process stands behind others, by `nice`: the 19th field of what Linux tells of it. */
const niceOf = (thread: string): number => Number(readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ")[1]!.split(" ")[16]);

(isLinux ? test : test.skip)("the thread that plans stands behind the others, and no other does", async () => {
  const before = readdirSync("/proc/self/task");
  const own = niceOf(String(process.pid));
  await open().plan(TITLES, undefined);
  const more = readdirSync("/proc/self/task").filter((thread) => !before.includes(thread));
  expect(more.map(niceOf).filter((nice) => nice > own)).toEqual([own + 10]);
  expect(before.map(niceOf).every((nice) => nice === own)).toBe(true);
});

test("an operation is planned in the thread, as JSON that is Apollo's plan", async () => {
  open();
  const { node } = await planner.plan("query Books($isbn: ID!) { book(isbn: $isbn) { title } }", "Books");
  expect(node).toMatchObject({ kind: "Fetch", serviceName: "books", variableUsages: ["isbn"], operationName: "Books__books__0" });
}, 60_000);

test("what clients see of a supergraph is read in the thread, and planned by there; one that cannot be served says why and plans nothing", async () => {
  open();
  const { apiSdl, ready } = planner.read();
  const types = new Map(parse(await apiSdl).definitions.flatMap((each) => ("name" in each && each.name ? [[each.name.value, each]] : [])));
  expect([types.has("Book"), types.has("join__Graph")]).toEqual([true, false]);
  await ready;
  expect(await codeOf(planner.plan(TITLES, undefined))).toBe("planned");
  planner.close();
  open("type Query { no: Supergraph }");
  const refused = planner.read();
  await expect(refused.apiSdl).rejects.toThrow("Supergraph");
  await expect(refused.ready).rejects.toThrow("Supergraph");
  expect(await codeOf(planner.plan(TITLES, undefined))).toBe("OVERLOADED");
  expect(lines).toEqual([]);
}, 60_000);

test("a supergraph that can be shown and not planned for is not ready, and says why", async () => {
  // Of a subgraph that has a field of a type which it does not have.
  const corrupted = SUPERGRAPH.replace(/(type Author[^{]*)@join__type\(graph: BOOKS[^)]*\)/, "$1");
  expect(corrupted).not.toBe(SUPERGRAPH);
  open(corrupted);
  const { apiSdl, ready } = planner.read();
  await expect(ready).rejects.toThrow('Cannot find type "Author" in subgraph "books"');
  expect(parse(await apiSdl).definitions).not.toEqual([]);
  expect(await codeOf(planner.plan(TITLES, undefined))).toBe("OVERLOADED");
  expect(lines).toEqual([]);
}, 60_000);

test("what the supergraph does not allow is refused, and the next is planned", async () => {
  open();
  const wrong = planner.plan("{ nothing }", undefined);
  const right = planner.plan(TITLES, undefined);
  await expect(wrong).rejects.toThrow('Cannot query field "nothing" on type "Query".');
  expect((await right).node).toMatchObject({ kind: "Fetch", serviceName: "books" });
}, 60_000);

test("more than may wait are refused at once, the others planned", async () => {
  open();
  const asked = Array.from({ length: limits.waitingPlans + 5 }, () => codeOf(planner.plan(TITLES, undefined)));
  const codes = await Promise.all(asked);
  expect(codes.filter((code) => code === "planned")).toHaveLength(limits.waitingPlans);
  expect(codes.filter((code) => code === "OVERLOADED")).toHaveLength(5);
}, 60_000);

test("one that takes too long is refused, and the thread is there again for those that wait", async () => {
  open(SUPERGRAPH, { planning: 0 });
  await planner.start();
  await expect(planner.plan(TITLES, undefined)).rejects.toThrow("The operation takes longer than 0 s to plan; ask in several requests.");
  planner.close();
  open();
  expect(await codeOf(planner.plan(TITLES, undefined))).toBe("planned");
  expect(lines).toEqual([]);
}, 60_000);

(isLinux ? test : test.skip)(
  "a thread that has nothing to plan for a while ends, and is there again for the next operation",
  async () => {
    open(SUPERGRAPH, { planningIdle: 500 });
    expect(await codeOf(planner.plan(TITLES, undefined))).toBe("planned");
    const running = threads();
    for (const limit = Date.now() + 30_000; threads() === running; await wait(50)) if (Date.now() > limit) throw new Error("it has not ended");
    expect(threads()).toBe(running - 1);
    expect(await codeOf(planner.plan("{ books { isbn } }", undefined))).toBe("planned");
    expect(lines).toEqual([]);
  },
  60_000,
);

test("a thread that cannot be started is told of, and whoever waits is refused for the time being", async () => {
  open("type Query { no: Supergraph }");
  expect(await codeOf(planner.plan(TITLES, undefined))).toBe("OVERLOADED");
  expect(lines).toEqual([expect.stringMatching(/^The planner's thread has ended and is started anew: /)]);
}, 60_000);

test("where the thread ends of itself whoever waits is refused at once, and the next operation starts another", async () => {
  open();
  await planner.start();
  const asked = Array.from({ length: 3 }, () => codeOf(planner.plan(TITLES, undefined)));
  const thread = () => (planner as unknown as { thread: { worker: Worker } }).thread.worker;
  const first = thread();
  await first.terminate();
  expect(await Promise.all(asked)).toEqual(["OVERLOADED", "OVERLOADED", "OVERLOADED"]);
  expect(lines).toEqual(["The planner's thread has ended and is started anew: it ended with exit code 1"]);
  expect(await codeOf(planner.plan(TITLES, undefined))).toBe("planned");
  expect(thread()).not.toBe(first);
}, 60_000);

test("a planner that is retired plans what waits; one that is closed refuses it", async () => {
  open();
  const waiting = codeOf(planner.plan(TITLES, undefined));
  planner.retire();
  expect(await waiting).toBe("planned");
  open();
  const refused = codeOf(planner.plan(TITLES, undefined));
  planner.close();
  expect(await refused).toBe("OVERLOADED");
}, 60_000);

test("where all that is selected of an object has a condition, its type is selected too", () => {
  const filled = (text: string) => print(fillSelections(parse(text))).replace(/\s+/g, " ");
  expect(filled("query ($a: Boolean!) { books { title @include(if: $a) ...B @skip(if: $a) } }")).toBe(
    "query ($a: Boolean!) { books { __typename title @include(if: $a) ...B @skip(if: $a) } }",
  );
  expect(filled("query ($a: Boolean!) { books { isbn title @include(if: $a) } }")).toBe("query ($a: Boolean!) { books { isbn title @include(if: $a) } }");
});

describe("through the gateway", () => {
  const usual = limits.planning;
  const change = (planning: number) => Object.assign(limits, { planning });
  let gateway: Service | undefined;
  afterEach(async () => {
    change(usual);
    await gateway?.stop();
    gateway = undefined;
  });

  test("more new operations at once than may wait are refused, those that are planned go on", async () => {
    const { supergraph, reach } = federate([books, authors, binding]);
    const loaded = await loadGateway("compiled", { supergraph, reach, call });
    const ask = async (text: string) => {
      const { data, errors } = await loaded.ask(parse(text), text, {});
      return errors[0]?.extensions?.["code"] ?? (JSON.parse(data) as Record<string, unknown>);
    };
    await ask(TITLES);
    // Compiled ahead only once the thread is there.
    await loaded.gateway.expect(["{ books { isbn } }"]);
    const fresh = Array.from({ length: limits.waitingPlans + 6 }, (_, i) => ask(`{ books { a${i}: title } }`));
    const known = await ask(TITLES);
    expect(known).toHaveProperty("books");
    const answers = await Promise.all(fresh);
    expect(answers.filter((answer) => answer === "OVERLOADED")).toHaveLength(5);
    expect(answers.filter((answer) => typeof answer === "object")).toHaveLength(limits.waitingPlans + 1);
    await loaded.stop();
  }, 60_000);

  test("an operation that takes too long is refused with 400, those that are planned go on", async () => {
    // Nothing is compiled ahead, so that nothing else is refused.
    const { name, read, watch } = followFile("schema/supergraph.graphql");
    const settings = readSettings({ PORT: "0" });
    gateway = await startGateway({ settings, supergraph: { name, read, watch }, reach: reachNobody, log: () => undefined });
    const { url } = gateway;
    const known = () => ask(`${url}/graphql`, "{ __typename }");
    expect((await known()).body).toEqual({ data: { __typename: "Query" } });
    change(1);
    const types = api.getPossibleTypes(api.getType("Node") as GraphQLInterfaceType);
    let refused: unknown;
    for (let i = 0; i < 600 && refused === undefined; i++) {
      await wait(100);
      const text = `{ a${i}: node(id: "svc_1") { ${types.map(({ name }) => `... on ${name} { version }`).join(" ")} } }`;
      const { status, body } = await ask(`${url}/graphql`, text);
      if (body.errors?.[0].extensions.code === "OPERATION_TOO_LARGE") refused = { status, data: body.data, message: body.errors[0].message };
    }
    expect(refused).toEqual({ status: 400, data: undefined, message: "The operation takes longer than 0.001 s to plan; ask in several requests." });
    expect((await known()).body).toEqual({ data: { __typename: "Query" } });
  }, 120_000);
});
