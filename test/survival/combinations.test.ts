/**
 * The questions asked while subgraphs are down, in every combination of one and two, LONG=1 in all: what the others know arrives, every null
 * a fault caused has its error, nothing else is touched; writes are refused or whole.
 */
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type DocumentNode, Kind, type SelectionSetNode, parse, print, visit } from "graphql";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { loadStory } from "../../sample/replay.js";
import { openOne, openPortfolios } from "../../start/portfolios.js";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { ports } from "../../subgraphs/list.js";
import { reachGuarded } from "../../transport/guards.js";
import type { Service } from "../../transport/servers.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { type Answer, askOverHttp, newDatabase, removeDatabase } from "../support/graph.js";
import { Losses } from "./losses.js";

const isLong = Boolean(process.env["LONG"]);
const names = Object.keys(ports);
/** Each combination of one and two subgraphs; in the long run all there are. */
const combinations = Array.from({ length: 2 ** names.length - 1 }, (_, i) => names.filter((_, bit) => (i + 1) & (1 << bit))).filter(
  ({ length }) => isLong || length <= 2,
);

const FOLDER = "schema/operations";
/**
 * Those that cross most portfolios; in the long run all but two, which say in their data what they could not ask and leave it out, so that they are
 * not the less of what they were: diff and changes have tests of their own.
 */
const CHOSEN = isLong ? /^(?!30-|36-)/ : /^(01|04|15|23|25|27)-/;
const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } } as const;
const questions = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".graphql") && CHOSEN.test(name))
  .map((file) => {
    const text = readFileSync(`${FOLDER}/${file}`, "utf8");
    const document = visit(parse(text, { noLocation: true }), { SelectionSet: askForType }) as DocumentNode;
    return { file, document, query: print(document), variables: JSON.parse(/^# variables: (.*)$/m.exec(text)?.[1] ?? "{}") as Record<string, unknown> };
  });

/** Has the answer say of which type each object is. */
function askForType(set: SelectionSetNode, _key: unknown, parent: unknown): SelectionSetNode | undefined {
  return (parent as { kind: Kind }).kind === Kind.OPERATION_DEFINITION ? undefined : { ...set, selections: [...set.selections, TYPENAME] };
}

/** How far insight has come in the portfolios is not told of those that are down. */
const forgetKnowledge = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data), (_, value: { __typename?: string }) => (value?.__typename === "PortfolioKnowledge" ? null : value)) as unknown;

/** A subgraph that is stopped and served again at the same place. */
interface Part {
  readonly subgraph: Subgraph & { close(): Promise<void> };
  readonly url: string;
  served: Service | null;
}
const settings = newDatabase();
const parts = new Map<string, Part>();
let gateway: Service;
let ids: { readonly customer: string; readonly service: string };
const ask = (query: string, variables = {}): Promise<Answer> => askOverHttp(gateway.url, query, variables);
const losses = new Losses(readFileSync("schema/supergraph.graphql", "utf8"));
const whole = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  const portfolios = await openPortfolios(settings);
  await loadStory(portfolios);
  await portfolios.close();
  const known = new Map<string, Subgraph>();
  const reach = (name: string) => known.get(name) ?? known.set(name, reachGuarded(name, parts.get(name)!.url)).get(name)!;
  for (const name of names) {
    const subgraph = await openOne(name, settings, reach);
    const served = await serveSubgraph(subgraph, { host: "127.0.0.1", port: 0 });
    parts.set(name, { subgraph, url: served.url, served });
  }
  gateway = await startGateway({
    settings: readSettings({ PORT: "0" }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach: (name) => reachGuarded(name, parts.get(name)!.url),
    log: () => undefined,
  });
  for (const { file, query, variables } of questions) {
    const { data, errors } = await ask(query, variables);
    expect({ file, errors }).toEqual({ file, errors: undefined });
    whole.set(file, data);
  }
  const { data } = await ask('{ customer(code: "C-KEMBARA") { id } services(first: 1) { nodes { id } } }');
  ids = { customer: data["customer"].id as string, service: data["services"].nodes[0].id as string };
}, 300_000);
afterAll(async () => {
  await gateway.stop();
  for (const { subgraph, served } of parts.values()) {
    await served?.stop();
    await subgraph.close();
  }
  await removeDatabase(settings);
});

/** Stops those named and serves all others; answers when the gateway has noticed who is back. */
async function bringDown(down: ReadonlySet<string>): Promise<void> {
  for (const [name, part] of parts) {
    if (down.has(name) && part.served) {
      await part.served.stop();
      part.served = null;
    } else if (!down.has(name) && !part.served) {
      part.served = await serveSubgraph(part.subgraph, { host: "127.0.0.1", port: Number(new URL(part.url).port) });
      const began = Date.now();
      while ((await ask(ALIVE[name]!)).errors) {
        if (Date.now() > began + 2_000) throw new Error(`${name} is back, and not asked`);
        await wait(20);
      }
    }
  }
}
const ALIVE: Readonly<Record<string, string>> = {
  customer: "{ customers { totalCount } }",
  agreement: "{ agreements { totalCount } }",
  service: "{ services { totalCount } }",
  project: "{ projects { totalCount } }",
  application: "{ applications { totalCount } }",
  people: "{ people { totalCount } }",
  insight: "{ findPeople { totalCount } }",
};

/** What the customer portfolio holds, by its own SQL. */
async function countUsages(): Promise<number> {
  const [[count]] = (await (parts.get("customer")!.subgraph as LocalSubgraph).database.read("SELECT COUNT(*) FROM service_usage", [])) as [[number]];
  return count;
}
/** Writes a record of the customer portfolio that names one of the service portfolio. */
async function writeUsage(): Promise<Answer> {
  const input = { customerId: ids.customer, serviceId: ids.service, periodFrom: "2020-01-01", periodTo: "2020-01-31" };
  const mutation = "mutation ($input: CreateServiceUsageInput!) { createServiceUsage(input: $input) { serviceUsage { version } problems { code path } } }";
  return ask(mutation, { input });
}

const cases = combinations.map((down) => [down.join(" and "), new Set(down)] as const);

test.each(cases)(
  "the questions without %s",
  async (_, down) => {
    await bringDown(down);
    let nulls = 0;
    for (const { file, document, query, variables } of questions) {
      const { data, errors = [] } = await ask(query, variables);
      const { data: left, lost } = losses.remainsOf(document, whole.get(file)!, down);
      expect({ file, data: forgetKnowledge(data) }).toEqual({ file, data: forgetKnowledge(left) });
      const places = errors.map(({ path }) => JSON.stringify(path));
      // One for each, and of nothing else; what is gone with an object it had to be in may be told once.
      expect({ file, twice: places.filter((place, i) => places.indexOf(place) !== i) }).toEqual({ file, twice: [] });
      expect({ file, elsewhere: places.filter((place) => !lost.has(place) && !isGoneWith(lost, place, data)) }).toEqual({ file, elsewhere: [] });
      expect({ file, untold: [...lost].filter((place) => isNullIn(data, JSON.parse(place) as string[]) && !places.includes(place)) }).toEqual({
        file,
        untold: [],
      });
      for (const { extensions } of errors) expect(extensions).toEqual({ code: "SUBGRAPH_UNREACHABLE", retryable: true, requestId: expect.any(String) });
      nulls += lost.size;
    }
    expect(nulls).toBeGreaterThan(0);
  },
  isLong ? 600_000 : 60_000,
);

// Afterwards: what is written is in the answers to some of the questions.
test.each(cases)(
  "a write without %s",
  async (_, down) => {
    await bringDown(down);
    const before = await countUsages();
    const { data, errors } = await writeUsage();
    if (down.has("customer")) {
      expect({ data, codes: errors?.map(({ extensions }) => [extensions["code"], extensions["retryable"]]) }).toEqual({
        data: null,
        codes: [["SUBGRAPH_UNREACHABLE", false]],
      });
    } else {
      const problems = down.has("service") ? [{ code: "PORTFOLIO_UNREACHABLE", path: ["serviceId"] }] : [];
      expect({ data, errors }).toEqual({ data: { createServiceUsage: { serviceUsage: problems.length > 0 ? null : { version: 1 }, problems } } });
    }
    expect((await countUsages()) - before).toBe(down.has("service") || down.has("customer") ? 0 : 1);
  },
  60_000,
);

/** Whether the place is null because of what is lost in it. */
const isGoneWith = (lost: ReadonlySet<string>, place: string, data: unknown): boolean =>
  isNullIn(data, JSON.parse(place) as string[]) && [...lost].some((each) => each.startsWith(`${place.slice(0, -1)},`));

/** Whether the place itself is there and null, not something it would be in. */
function isNullIn(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const step of path) {
    if (value === null) return false;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value === null;
}
