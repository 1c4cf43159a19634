/**
 * `npm run bench -- writes [--mariadb]`: what a write costs: a mutation through the gateway over HTTP, beside the statements that the same facts
 * take by hand (record, its version, a ledger entry with its hash, the ledger's head, in one transaction), and a record of a batch, as imports write them.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import mysql from "mysql2/promise";
import { readSettings } from "../gateway/config.js";
import { startGateway } from "../gateway/server.js";
import { followFile } from "../gateway/supergraph.js";
import type { Portfolios } from "../start/portfolios.js";
import { connect, dataOf, post } from "./peers/load.js";
import { usageOf } from "./peers/processes.js";
import { CALL, openEmpty } from "./worlds.js";

const ROUNDS = 3;
const WRITES = 400;
const CONNECTIONS = 16;
const BATCH = 500;

export async function benchWrites(): Promise<void> {
  await openEmpty(async (portfolios) => {
    const database = process.env["DATABASE_URL"] ? await openByHand(process.env["DATABASE_URL"]) : null;
    const pids = [process.pid, ...(database ? [database.pid] : [])];
    const gateway = await startGateway({ settings: readSettings({ PORT: "0" }), supergraph: followFile("schema/supergraph.graphql"), reach: portfolios.reach });
    const pool = connect(gateway.url, CONNECTIONS);
    const writer = portfolios.local.get("people")!.writer(CALL);
    let made = 0;
    const ways: Record<string, () => Promise<number>> = {
      ...(database ? { "by hand": () => inParallel(() => database.write(`H${made++}`)) } : {}),
      "a mutation": () => inParallel(() => mutate(pool, `M${made++}`)),
      "a record of a batch": async () => {
        const inputs = Array.from({ length: BATCH }, () => ({ code: `B${made++}`, name: "A team" }));
        const outcomes = await writer.createMany("Team", inputs, { act: "create", tolerate: new Set() });
        if (outcomes.some(({ problems }) => problems.length > 0)) throw new Error(JSON.stringify(outcomes.find(({ problems }) => problems.length > 0)));
        return BATCH;
      },
    };
    const costs: Record<string, number[]> = {};
    // The first round is for the compiler.
    for (let round = 0; round <= ROUNDS; round++)
      for (const [name, way] of Object.entries(ways)) {
        const before = usageOf(pids).cpu;
        const writes = await way();
        if (round > 0) (costs[name] ??= []).push((usageOf(pids).cpu - before) / writes);
      }
    for (const [name, each] of Object.entries(costs)) {
      const middle = each.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
      console.log(`${name}: ${middle.toFixed(2)} ms of CPU, ${database ? "the database's and " : ""}the client's included`);
    }
    await checkCount(portfolios, made);
    await pool.close();
    await gateway.stop();
    await database?.close();
  });
}

async function inParallel(write: () => Promise<void>): Promise<number> {
  let left = WRITES;
  const loop = async (): Promise<void> => {
    while (left-- > 0) await write();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  return WRITES;
}

const MUTATION = 'mutation Create($code: String!) { createTeam(input: { code: $code, name: "A team" }) { team { code version } problems { message } } }';
async function mutate(pool: ReturnType<typeof connect>, code: string): Promise<void> {
  const answer = dataOf(await post(pool, "/graphql", JSON.stringify({ query: MUTATION, variables: { code } }))).toString();
  if (answer !== `{"createTeam":{"team":{"code":"${code}","version":1},"problems":[]}}`) throw new Error(`Not written: ${answer}`);
}

/** The same facts, written by whoever knows the tables: nothing is checked. */
async function openByHand(url: string): Promise<{ pid: number; write(code: string): Promise<void>; close(): Promise<void> }> {
  const pool = mysql.createPool({ uri: url.replace("{portfolio}", "people"), connectionLimit: CONNECTIONS });
  const [[row]] = (await pool.query("SELECT @@pid_file AS file")) as unknown as [[{ file: string }]];
  await pool.query(
    "CREATE TABLE by_hand (id VARCHAR(40) PRIMARY KEY, code VARCHAR(64) NOT NULL UNIQUE, name VARCHAR(200) NOT NULL, version INT NOT NULL, at VARCHAR(24) NOT NULL)",
  );
  await pool.query("CREATE TABLE by_hand_version LIKE by_hand");
  await pool.query("CREATE TABLE by_hand_change (seq BIGINT PRIMARY KEY, at VARCHAR(24), entityId VARCHAR(40), image LONGTEXT, hash VARCHAR(64))");
  await pool.query("CREATE TABLE by_hand_head (id INT PRIMARY KEY, seq BIGINT, hash VARCHAR(64))");
  await pool.query("INSERT INTO by_hand_head VALUES (1, 0, '')");
  return {
    pid: Number(readFileSync(row.file, "utf8")),
    write: async (code) => {
      const connection = await pool.getConnection();
      const at = new Date().toISOString();
      const record = [`tea_${code}`, code, "A team", 1, at];
      try {
        await connection.beginTransaction();
        await connection.query("INSERT INTO by_hand VALUES (?)", [record]);
        const [[head]] = (await connection.query("SELECT seq, hash FROM by_hand_head WHERE id = 1 FOR UPDATE")) as unknown as [[{ seq: number; hash: string }]];
        const hash = createHash("sha256")
          .update(JSON.stringify([head.hash, record]))
          .digest("hex");
        await connection.query("UPDATE by_hand_head SET seq = ?, hash = ? WHERE id = 1", [head.seq + 1, hash]);
        await connection.query("INSERT INTO by_hand_change VALUES (?)", [[head.seq + 1, at, record[0], JSON.stringify(record), hash]]);
        await connection.query("INSERT INTO by_hand_version VALUES (?)", [record]);
        await connection.commit();
      } finally {
        connection.release();
      }
    },
    close: () => pool.end(),
  };
}

/** That all of it was written. */
async function checkCount(portfolios: Portfolios, made: number): Promise<void> {
  const byHand = process.env["DATABASE_URL"] ? (ROUNDS + 1) * WRITES : 0;
  const head = await portfolios.reach("people").head(CALL);
  if (head !== made - byHand) throw new Error(`${made - byHand} were written, the ledger says ${head}`);
}
