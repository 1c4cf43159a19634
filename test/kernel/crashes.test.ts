/** Gateway and subgraph are killed while clients write; LONG=1 for 200 kills and 10,000 writes, SEED for another order. */
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { openDatabase } from "../../subgraphs/kernel/database/open.js";
import { planOf } from "../../subgraphs/kernel/database/plan.js";
import { resolveModel } from "../../subgraphs/kernel/model.js";
import { people } from "../../subgraphs/people/index.js";
import { portfolios } from "../../subgraphs/list.js";
import { askOverHttp, newDatabase } from "../support/graph.js";
import { type Part, runToEnd, startPart } from "../support/processes.js";
import { Random } from "../support/random.js";
import { findLosses } from "./acknowledgements.js";

const KILLS = process.env["LONG"] ? 200 : 3;
const WRITES = process.env["LONG"] ? 10_000 : 60;
const CLIENTS = 8;
const SEED = Number(process.env["SEED"] ?? 20_261_127);

const settings = newDatabase();
// An address of its own: the parts listen on their usual ports.
const host = process.platform === "linux" ? `127.1.${1 + (process.pid % 250)}.2` : "127.0.0.1";
const environment = { DATA_DIR: settings.directory, DATABASE_URL: "", HOST: host, SUBGRAPH_URL: `http://${host}:{port}/graphql`, DEADLINE: "2" };
const starts = {
  gateway: () => startPart("gateway/main.ts", [], environment),
  people: () => startPart("start/subgraph.ts", ["people"], environment),
};
let isOver = false;
let isAbandoned = false;
const parts = new Map<keyof typeof starts, Part>();
afterAll(() => {
  isOver = isAbandoned = true;
  for (const { child } of parts.values()) child.kill("SIGKILL");
});

const CREATE = "mutation ($input: CreatePersonInput!) { write: createPerson(input: $input) { person { id version } problems { code } } }";
const UPDATE = "mutation ($input: UpdatePersonInput!) { write: updatePerson(input: $input) { person { id version } problems { code } } }";

let url = "";
let writes = 0;
const acknowledged = new Map<string, { version: number; name: string }>();

/** Sends a write under its key until it is answered; its first answer may have been lost. */
async function writeSurely(key: string, query: string, input: Record<string, unknown>): Promise<{ id: string; version: number }> {
  for (;;) {
    const answer = await askOverHttp(url, query, { input }, { "idempotency-key": key }).catch(() => null);
    const write = answer?.data?.["write"];
    if (write?.problems.length > 0) throw new Error(JSON.stringify(write.problems));
    if (write) return write.person;
    if (isAbandoned) throw new Error(`${key} was not answered in time`);
    await wait(50);
  }
}

/** Creates people and renames each four times, one write after the other. */
async function writeOn(client: number): Promise<void> {
  for (let person = 0; !isOver; person++) {
    let known: { id: string; version: number } | undefined;
    for (let step = 0; step < 5; step++) {
      const name = `${client}-${person}-${step}`;
      known = known
        ? await writeSurely(name, UPDATE, { id: known.id, version: known.version, name })
        : await writeSurely(name, CREATE, { code: `${client}-${person}`, name });
      if (known.version !== step + 1) throw new Error(`${name} was written as version ${known.version}`);
      acknowledged.set(known.id, { version: known.version, name });
      writes++;
    }
  }
}

test(
  `what was acknowledged is there, once and whole, after ${KILLS} kills`,
  async () => {
    for (const name of ["people", "gateway"] as const) parts.set(name, await starts[name]());
    url = parts.get("gateway")!.url;
    const random = new Random(SEED);
    const clients = Array.from({ length: CLIENTS }, (_, client) => writeOn(client));
    for (let kills = 0; kills < KILLS; kills++) {
      await wait(random.between(50, 1_000));
      const name = random.chance(0.7) ? "people" : "gateway";
      const { child } = parts.get(name)!;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      parts.set(name, await starts[name]());
    }
    while (writes < WRITES) await wait(100);
    isOver = true;
    await Promise.all(clients);

    const database = await openDatabase(planOf(resolveModel(people, portfolios)), settings);
    try {
      expect(await findLosses(database, acknowledged)).toEqual([]);
      expect(writes).toBeGreaterThanOrEqual(WRITES);
      const verified = await runToEnd("start/verify.ts", ["people", "--records"], environment);
      expect([verified.code, verified.output]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^people: ${writes} entries fit, and ${acknowledged.size} records; hash [0-9a-f]{64}\\.$`)),
      ]);

      // The checker sees what is lost: a record, a write, and an entry.
      const [first, second, third] = [...acknowledged.keys()] as [string, string, string];
      await database.transaction(async (transaction) => {
        await transaction.execute("DELETE FROM `person` WHERE `id` = ?", [first]);
        await transaction.execute("UPDATE `person` SET `version` = 4, `name` = 'before' WHERE `id` = ?", [second]);
        await transaction.execute("DELETE FROM `change` WHERE `entityId` = ? AND `version` = 3", [third]);
      });
      expect(await findLosses(database, acknowledged)).toEqual([
        `${first} is lost`,
        `${second} is 4 before, acknowledged was 5 ${acknowledged.get(second)!.name}`,
        `${second} is at 4, its entries are 1,2,3,4,5`,
        `${third} is at 5, its entries are 1,2,4,5`,
        `${first} has entries and no record`,
      ]);
    } finally {
      await database.close();
    }
  },
  process.env["LONG"] ? 3_600_000 : 300_000,
);
