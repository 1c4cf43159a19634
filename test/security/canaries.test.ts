/**
 * What only the inside knows never reaches a client: names, users and passwords of databases, hosts of subgraphs, folders, the
 * environment, texts and stacks of errors. All of them hold the word canary here, and databases fail in every way they can while
 * clients ask. LONG=1 for 10,000 answers, SEED for others.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import mysql from "mysql2/promise";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { loadStory } from "../../sample/replay.js";
import { type Portfolios, openPortfolios } from "../../start/portfolios.js";
import { reachGuarded } from "../../transport/guards.js";
import type { Service } from "../../transport/servers.js";
import type { Subgraph } from "../../transport/subgraph.js";
import { createMonolith } from "../differential/monolith.js";
import { OperationMaker } from "../differential/operations.js";
import { readPools } from "../differential/pools.js";
import { operationFiles, readQuestion } from "../questions/operations.js";
import { call, databaseKinds, removeDatabase } from "../support/graph.js";
import { Random } from "../support/random.js";
import { harmless, oversized } from "./attacks.js";

const ANSWERS = process.env["LONG"] ? 10_000 : 300;
const SEED = Number(process.env["SEED"] ?? 20_261_127);

/** What no answer may hold, in any case of letters: what is planted, and what errors of libraries look like. */
const INSIDE =
  /canary|node_modules|file:\/\/|\bat [\w.<>]+ \(|\.[tj]s:\d+|\bECONN|ENOTFOUND|EAI_AGAIN|\bER_[A-Z]+|SQLSTATE|SQLITE_|127\.0\.0\.1|You have an error in your SQL/i;

interface Fault {
  readonly name: string;
  /** What operators must be told; null where nothing is wrong. */
  readonly told: RegExp | null;
  /** Brings it about; what is answered ends it. */
  begin(admin: mysql.Connection): Promise<() => Promise<unknown>>;
}

const statement = (begin: string, end: string): Fault["begin"] => {
  return async (admin) => {
    await admin.query(begin);
    return () => admin.query(end);
  };
};

/** Ends all connections of the graph. */
async function endConnections(admin: mysql.Connection): Promise<void> {
  const [rows] = await admin.query<mysql.RowDataPacket[]>("SELECT id FROM information_schema.processlist WHERE user = 'canaryuser'");
  // One that has ended meanwhile is no trouble.
  for (const { id } of rows) await admin.query(`KILL ${Number(id)}`).catch(() => undefined);
}

const FAULTS: readonly Fault[] = [
  { name: "nothing", told: null, begin: async () => async () => undefined },
  {
    name: "a table that is gone",
    told: /'canary_people\.person' doesn't exist/,
    begin: statement("RENAME TABLE canary_people.person TO canary_people.canaryperson", "RENAME TABLE canary_people.canaryperson TO canary_people.person"),
  },
  {
    name: "a column that is gone",
    told: /Unknown column/,
    begin: statement(
      "ALTER TABLE canary_customer.customer RENAME COLUMN name TO canaryname",
      "ALTER TABLE canary_customer.customer RENAME COLUMN canaryname TO name",
    ),
  },
  {
    name: "a trigger that refuses",
    told: /canary in a trigger/,
    begin: statement(
      "CREATE TRIGGER canary_people.canarytrigger BEFORE INSERT ON canary_people.person FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'canary in a trigger'",
      "DROP TRIGGER canary_people.canarytrigger",
    ),
  },
  {
    name: "a password that is wrong",
    told: /canaryuser/,
    async begin(admin) {
      await admin.query("ALTER USER canaryuser IDENTIFIED BY 'another'");
      await endConnections(admin);
      return () => admin.query("ALTER USER canaryuser IDENTIFIED BY 'canarypassword'");
    },
  },
  {
    name: "connections that end",
    told: /Connection lost|Connection was killed|ECONNRESET/,
    async begin(admin) {
      let ending = true;
      const loop = (async () => {
        while (ending) {
          await endConnections(admin);
          await wait(10);
        }
      })();
      return async () => {
        ending = false;
        await loop;
      };
    },
  },
];

let portfolios: Portfolios;
let gateways: { whole: Service; lost: Service };
let admin: mysql.Connection;
let maker: OperationMaker;
const settings = {
  directory: mkdtempSync(path.join(os.tmpdir(), "brm-canary-")),
  get url() {
    const url = new URL(process.env["TEST_MYSQL_URL"]!.replace("{portfolio}", "canary_portfolio"));
    [url.username, url.password] = ["canaryuser", "canarypassword"];
    return url.href.replace("canary_portfolio", "canary_{portfolio}");
  },
};
/** What operators were told. */
const told: string[] = [];

const hasMariadb = databaseKinds.includes("MariaDB");
const withMariadb = hasMariadb ? test : test.skip;

beforeAll(async () => {
  if (!hasMariadb) return;
  process.env["BRM_CANARY"] = "canaryenvironment";
  admin = await mysql.createConnection({ uri: process.env["TEST_MYSQL_URL"]!.replace("{portfolio}", "") });
  await admin.query("CREATE OR REPLACE USER canaryuser IDENTIFIED BY 'canarypassword'");
  await admin.query("GRANT ALL ON `canary\\_%`.* TO canaryuser");
  portfolios = await openPortfolios(settings, { report: (error) => void told.push(inspect(error)) });
  await loadStory(portfolios);
  const monolith = createMonolith(portfolios);
  maker = new OperationMaker(monolith.schema, await readPools(monolith, call), new Random(SEED));
  const start = (reach: (name: string, url: string) => Subgraph) =>
    startGateway({
      settings: readSettings({ PORT: "0" }),
      supergraph: followFile("schema/supergraph.graphql"),
      reach,
      log: (line) => told.push(line),
    });
  gateways = {
    whole: await start(portfolios.reach),
    lost: await start((name) => (name === "project" ? reachGuarded(name, "http://canaryhost.invalid:4004/graphql") : portfolios.reach(name))),
  };
}, 120_000);
afterAll(async () => {
  if (!hasMariadb) return;
  delete process.env["BRM_CANARY"];
  await Promise.all(Object.values(gateways).map((gateway) => gateway.stop()));
  await portfolios.close();
  await removeDatabase({ ...settings, url: process.env["TEST_MYSQL_URL"]!.replace("{portfolio}", "canary_{portfolio}") });
  await admin.query("DROP USER canaryuser");
  await admin.end();
});

interface Asked {
  readonly query: string;
  readonly variables?: unknown;
  readonly headers?: Record<string, string>;
}

let persons = 0;
/** One of all that clients ask: questions, random operations, mutations, wrong variables, attacks. */
function makeRequest(random: Random): Asked {
  const kind = random.between(0, 9);
  if (kind < 3) {
    const { query, variables } = readQuestion(random.pick(operationFiles));
    return { query, variables };
  }
  if (kind < 6) {
    const { text, variables } = maker.make();
    return { query: text, variables };
  }
  if (kind < 8) {
    const query = "mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id name } problems { code message path } } }";
    const code = `P-BIRD-${++persons}`;
    return {
      query,
      variables: { input: { code, name: "Bird", email: `${code}@example.org` } },
      headers: random.chance(0.5) ? { "idempotency-key": code } : {},
    };
  }
  if (kind === 8)
    return { query: "query ($id: ID!, $first: Int) { node(id: $id) { id } customers(first: $first) { totalCount } }", variables: { id: {}, first: "many" } };
  return { query: random.pick([...harmless, ...oversized])[1] };
}

/** Sends a request; throws where the answer shows what is inside. Answers the codes of its errors. */
async function send({ url }: Service, { query, variables, headers = {} }: Asked): Promise<readonly string[]> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const shown = INSIDE.exec(text) ?? INSIDE.exec(JSON.stringify([...response.headers]));
  if (shown) throw new Error(`An answer shows ${shown[0]}: ${text.slice(Math.max(0, shown.index - 200), shown.index + 200)} to ${query.slice(0, 300)}`);
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions: { code: string } }[] };
  return errors.map(({ extensions }) => extensions.code);
}

/** Asks so many at once until `count` are answered; the codes of all errors. */
async function askMany(gateway: Service, random: Random, count: number): Promise<Set<string>> {
  const codes = new Set<string>();
  let left = count;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) for (const code of await send(gateway, makeRequest(random))) codes.add(code);
    }),
  );
  return codes;
}

const OF_FAULTS = ["INTERNAL_SERVER_ERROR", "SUBGRAPH_UNREACHABLE", "DEADLINE_EXCEEDED", "OVERLOADED", "DATABASE_UNAVAILABLE"];
const share = Math.ceil(ANSWERS / (FAULTS.length + 1));
const longest = process.env["LONG"] ? 1_800_000 : 120_000;

withMariadb.each(FAULTS)(
  `no answer shows the inside, with $name (seed ${SEED})`,
  async ({ told: expected, begin }) => {
    told.length = 0;
    const end = await begin(admin);
    try {
      const codes = await askMany(gateways.whole, new Random(SEED), share);
      if (expected === null) return expect(codes).not.toContain("INTERNAL_SERVER_ERROR");
      // The fault was felt, and operators were told what clients were not.
      expect(OF_FAULTS.some((code) => codes.has(code))).toBe(true);
      expect(told.find((line) => expected.test(line))).toBeDefined();
    } finally {
      await end();
    }
  },
  longest,
);

withMariadb(
  `no answer shows the inside, with a portfolio at a host that is not there (seed ${SEED})`,
  async () => {
    told.length = 0;
    const codes = await askMany(gateways.lost, new Random(SEED), share);
    expect([codes.has("SUBGRAPH_UNREACHABLE"), told.some((line) => line.includes("canaryhost"))]).toEqual([true, true]);
  },
  longest,
);
