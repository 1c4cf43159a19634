/** Kept answers are never wrong: through two gateways, whoever writes and by whatever way, each read shows what was acknowledged before it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { ports } from "../../subgraphs/list.js";
import { reachGuarded } from "../../transport/guards.js";
import { Keyring } from "../../transport/keys.js";
import type { Service } from "../../transport/servers.js";
import { Signer } from "../../transport/signatures.js";
import { type Answer, type TestPortfolios, askOverHttp, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { writeKeys } from "../support/keys.js";
import { Random } from "../support/random.js";

const CUSTOMER = `query Watched($code: String!) {
  customer(code: $code) { code name version agreements { nodes { code title version services { nodes { code name version } } } } }
}`;
const REVENUE = 'query Revenue { customer(code: "C-0") { name revenue { year } } }';
const FOUND = "query Found { findCustomers(first: 1) { totalCount } }";
const RENAME = `mutation Rename($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { version } problems { message } } }`;
const RETITLE = `mutation Retitle($input: UpdateAgreementInput!) { updateAgreement(input: $input) { agreement { version } problems { message } } }`;

const folder = mkdtempSync(path.join(os.tmpdir(), "brm-kept-"));
const documents = path.join(folder, "documents.json");
beforeAll(() => writeFileSync(documents, JSON.stringify({ CUSTOMER, REVENUE, FOUND, RENAME })));
afterAll(() => rmSync(folder, { recursive: true }));

const openGateway = (reach: Parameters<typeof startGateway>[0]["reach"], environment: Record<string, string> = {}): Promise<Service> =>
  startGateway({
    settings: readSettings({ PORT: "0", RESPONSE_CACHE: "1", TRUSTED_DOCUMENTS_FILE: documents, COST_EXTENSION: "on", ...environment }),
    supergraph: followFile("schema/supergraph.graphql"),
    reach,
    log: () => undefined,
  });

/** How many requests a gateway has answered with what was kept, with what it read, and past what is kept. */
async function fates(url: string): Promise<{ given: number; read: number; past: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (fate: string) => Number(new RegExp(`^graph_kept_answers_total\\{fate="${fate}"\\} (\\d+)$`, "m").exec(text)![1]);
  return { given: of("given"), read: of("read"), past: of("past") };
}

/** Two gateways over the same databases, as two embedded processes or as two gateways of one distributed graph are. */
interface Twins {
  readonly urls: readonly string[];
  readonly portfolios: TestPortfolios;
  close(): Promise<void>;
}

async function openEmbedded(kind: string): Promise<Twins> {
  const settings = newDatabase(kind);
  const each = [await openTestPortfolios(settings), await openTestPortfolios(settings)];
  const gateways = [await openGateway(each[0]!.reach), await openGateway(each[1]!.reach)];
  return {
    urls: gateways.map(({ url }) => url),
    portfolios: each[0]!,
    async close() {
      for (const gateway of gateways) await gateway.stop();
      for (const portfolios of each) await portfolios.close();
    },
  };
}

async function openDistributed(kind: string, keys = (file: string) => file): Promise<Twins> {
  const portfolios = await openTestPortfolios(newDatabase(kind));
  const keyring = (await Keyring.open(keys(writeKeys(portfolios.settings.directory))))!;
  const signer = await Signer.open(keyring, "gateway");
  const served = new Map<string, Service>();
  for (const name of Object.keys(ports)) served.set(name, await serveSubgraph(portfolios.reach(name), { host: "127.0.0.1", port: 0, keyring }));
  const gateways: Service[] = [];
  for (let i = 0; i < 2; i++) gateways.push(await openGateway((name) => reachGuarded(name, served.get(name)!.url, signer)));
  return {
    urls: gateways.map(({ url }) => url),
    portfolios,
    async close() {
      for (const service of [...gateways, ...served.values()]) await service.stop();
      await portfolios.close();
    },
  };
}

/** The version that each record has at least, by its code: what was acknowledged. Names are their versions'. */
type Known = Map<string, { readonly id: string; version: number }>;

/** Three customers with an agreement each, of two services. */
async function makeRecords(portfolios: TestPortfolios): Promise<Known> {
  const known: Known = new Map();
  const create = async (portfolio: string, type: string, input: Record<string, unknown>) => {
    const subgraph = portfolios.subgraph(portfolio);
    const { record, problems } = await subgraph.writer(call).create(type, subgraph.coerce(`Create${type}Input`, input).input);
    expect(problems).toEqual([]);
    const id = record!.id;
    known.set(input["code"] as string, { id, version: 1 });
    return id;
  };
  for (let i = 0; i < 3; i++) {
    const serviceIds = [await create("service", "Service", service(`S-${i}a`)), await create("service", "Service", service(`S-${i}b`))];
    const partyId = await create("customer", "Customer", { code: `C-${i}`, name: "v1", kind: "EXTERNAL", segment: "STANDARD" });
    const input = { code: `A-${i}`, title: "v1", kind: "SLA", parties: [{ partyId, side: "CUSTOMER" }], serviceIds };
    await create("agreement", "Agreement", input);
  }
  return known;
}
const service = (code: string) => ({ code, name: "v1", kind: "BUSINESS" });

/** Every record of an answer: its version, and the version its name is of. */
function* versionsOf(answer: Answer): Generator<{ code: string; version: number; named: number }> {
  const of = ({ code, version, ...names }: Record<string, any>) => ({ code, version, named: Number((names["name"] ?? names["title"]).slice(1)) });
  const { customer } = answer.data;
  yield of(customer);
  for (const agreement of customer.agreements.nodes) {
    yield of(agreement);
    for (const each of agreement.services.nodes) yield of(each);
  }
}

/** Writes the next version of a record by one of the ways there are; once it is acknowledged, it is known. */
async function write(random: Random, { urls, portfolios }: Twins, known: Known, code: string): Promise<void> {
  const { id, version } = known.get(code)!;
  const name = `v${version + 1}`;
  const viaGateway = async (query: string, input: object) => {
    const answer = await askOverHttp(random.pick(urls), query, { input });
    expect([answer.errors, Object.values(answer.data)[0].problems]).toEqual([undefined, []]);
  };
  if (code.startsWith("C")) await viaGateway(RENAME, { id, version, name });
  else if (code.startsWith("A")) await viaGateway(RETITLE, { id, version, title: name });
  // As imports do, and whatever else does not pass a gateway.
  else
    await portfolios.ask("service", `mutation ($input: UpdateServiceInput!) { updateService(input: $input) { service { id } } }`, {
      input: { id, version, name },
    });
  known.get(code)!.version++;
}

const ROUNDS = Number(process.env["LONG"] ? 2_000 : 60);
const shapes = databaseKinds.flatMap((kind) => [
  { name: `embedded on ${kind}`, open: () => openEmbedded(kind) },
  { name: `distributed on ${kind}`, open: () => openDistributed(kind) },
]);

describe.each(shapes)("$name", ({ open }) => {
  let twins: Twins;
  let known: Known;
  beforeAll(async () => {
    twins = await open();
    known = await makeRecords(twins.portfolios);
  }, 180_000);
  afterAll(() => twins.close());

  test("each read shows what was acknowledged before it, whoever wrote it", async () => {
    const seed = Number(process.env["SEED"] ?? 20261127);
    const random = new Random(seed);
    let [reads, writes] = [0, 0];
    const read = async (url: string) => {
      const before = new Map([...known].map(([code, { version }]) => [code, version]));
      const answer = await askOverHttp(url, CUSTOMER, { code: `C-${random.between(0, 2)}` });
      expect(answer.errors).toBeUndefined();
      const seen = [...versionsOf(answer)];
      expect(seen).toHaveLength(4);
      for (const { code, version, named } of seen) {
        expect({ seed, code, named, isOld: version < before.get(code)! }).toEqual({ seed, code, named: version, isOld: false });
      }
      reads++;
    };
    for (let round = 0; round < ROUNDS; round++) {
      // Writers of records of their own, readers at both gateways, all at once; what is read right after that is kept, then given.
      const written = new Set(Array.from({ length: random.between(0, 2) }, () => random.pick([...known.keys()])));
      writes += written.size;
      const readers = Array.from({ length: random.between(2, 6) }, () => read(random.pick(twins.urls)));
      await Promise.all([...[...written].map((code) => write(random, twins, known, code)), ...readers]);
      for (const url of twins.urls) await read(url);
    }
    const { given, read: missed } = (await Promise.all(twins.urls.map(fates))).reduce((a, b) => ({
      given: a.given + b.given,
      read: a.read + b.read,
      past: a.past + b.past,
    }));
    // The first reads of each gateway go the long way.
    expect(given + missed).toBeGreaterThan(reads / 2);
    expect(given).toBeGreaterThan(reads / 5);
    expect(writes).toBeGreaterThan(ROUNDS / 2);
  }, 600_000);

  test("a kept answer is the same to the byte, and costs the same points", async () => {
    const url = twins.urls[0]!;
    await askOverHttp(url, CUSTOMER, { code: "C-1" });
    const first = await askOverHttp(url, CUSTOMER, { code: "C-1" });
    const before = await fates(url);
    const second = await askOverHttp(url, CUSTOMER, { code: "C-1" });
    expect(await fates(url)).toEqual({ ...before, given: before.given + 1 });
    expect(JSON.stringify(second.data)).toBe(JSON.stringify(first.data));
    expect(second.extensions!["cost"].actual).toBe(first.extensions!["cost"].actual);
    expect(first.extensions!["cost"].actual).toBeGreaterThan(1);
  });

  /** What becomes of asking three times. A gateway that does not know the operation goes the long way first, which keeps nothing. */
  const askThrice = async (query: string, headers: Record<string, string>) => {
    const url = twins.urls[1]!;
    const variables = query.includes("$code") ? { code: "C-0" } : {};
    const before = await fates(url);
    const answers: Answer[] = [];
    for (let i = 0; i < 3; i++) answers.push(await askOverHttp(url, query, variables, headers));
    const after = await fates(url);
    return { answers, given: after.given - before.given, read: after.read - before.read, past: after.past - before.past };
  };

  test("nobody is given what was read for others", async () => {
    const { answers: seen, ...asDeveloper } = await askThrice(REVENUE, {});
    expect(asDeveloper).toEqual({ given: 1, read: 1, past: 0 });
    expect(seen[2]!.data).toEqual({ customer: { name: expect.any(String), revenue: [] } });
    const { answers: hidden, ...asOwner } = await askThrice(REVENUE, { "x-persona": "service owner" });
    expect(asOwner).toEqual({ given: 0, read: 0, past: 0 });
    expect(hidden.map(({ data }) => data["customer"].revenue)).toEqual([null, null, null]);
    expect(hidden[2]!.errors![0]!.extensions["code"]).toBe("FORBIDDEN");
    // Whose rights are others reads first, whatever is kept of the same question.
    await askThrice(CUSTOMER, {});
    for (const persona of ["relationship manager", "analyst"]) {
      const { answers, ...fate } = await askThrice(CUSTOMER, { "x-persona": persona });
      expect([persona, fate, answers[2]!.errors]).toEqual([persona, { given: 2, read: 1, past: 0 }, undefined]);
    }
  });

  test("customers' people are read for each time", async () => {
    const { id } = known.get("C-0")!;
    const { answers, ...fate } = await askThrice(CUSTOMER, { "x-persona": "customer executive", "x-customers": id });
    expect(fate).toEqual({ given: 0, read: 0, past: 0 });
    expect(answers[0]!.data["customer"].code).toBe("C-0");
  });

  test("the past has answers of its own", async () => {
    const moment = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const version = known.get("C-0")!.version;
    await write(new Random(1), twins, known, "C-0");
    const past = await askThrice(CUSTOMER, { "x-as-of": moment });
    const now = await askThrice(CUSTOMER, {});
    expect([past, now].map(({ answers }) => answers.map(({ data }) => data["customer"].version))).toEqual([
      [version, version, version],
      [version + 1, version + 1, version + 1],
    ]);
    expect([past.read, past.given]).toEqual([1, 2]);
  });

  test.each([
    ["of a text that is not listed", `${CUSTOMER} `, 0],
    ["across portfolios, which knows what was written a little later", FOUND, 2],
  ])("an answer %s is not kept", async (_, query, past) => {
    const { answers, ...fate } = await askThrice(query, {});
    expect(fate).toEqual({ given: 0, read: 0, past });
    expect(answers[1]!.errors).toBeUndefined();
  });

  test("a mutation is carried out as often as it is asked", async () => {
    const { id, version } = known.get("C-2")!;
    for (let i = 0; i < 3; i++) {
      const answer = await askOverHttp(twins.urls[0]!, RENAME, { input: { id, name: `v${version + i + 1}`, version: version + i } });
      expect(answer.data["updateCustomer"]).toEqual({ customer: { version: version + i + 1 }, problems: [] });
    }
    known.get("C-2")!.version += 3;
  });
});

test("a gateway whose key does not let it ask for the state reads each time", async () => {
  const twins = await openDistributed("SQLite", (file) => {
    const older = path.join(folder, "older.yaml");
    writeFileSync(older, readWithoutState(file));
    return older;
  });
  try {
    await makeRecords(twins.portfolios);
    for (let i = 0; i < 4; i++) expect((await askOverHttp(twins.urls[0]!, CUSTOMER, { code: "C-0" })).data["customer"].name).toBe("v1");
    expect(await fates(twins.urls[0]!)).toEqual({ given: 0, read: 0, past: 3 });
  } finally {
    await twins.close();
  }
}, 180_000);
const readWithoutState = (file: string): string => readFileSync(file, "utf8").replace(/^ +- state\n/m, "");
