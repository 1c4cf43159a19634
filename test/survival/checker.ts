/** What must be true after any crash, checked by plain SQL on the databases. */
import type { Portfolios } from "../../start/portfolios.js";
import { OPEN_SEQ } from "../../subgraphs/kernel/database/migration.js";
import { verifyRecords } from "../../subgraphs/kernel/writes/recordVerification.js";
import { verifyLedger } from "../../subgraphs/kernel/writes/verification.js";
import { call } from "../support/graph.js";
import type { Acknowledged, Seen } from "./writers.js";

/** What is wrong, a line each. */
export interface Findings {
  readonly lost: string[];
  readonly half: string[];
  readonly duplicate: string[];
  readonly ledger: string[];
  readonly insight: string[];
}
export const NOTHING: Findings = { lost: [], half: [], duplicate: [], ledger: [], insight: [] };

/** Checks the portfolio of people, which the writers wrote to, and what insight has read of it. */
export async function check(portfolios: Portfolios, { acknowledged, repeated }: Pick<Seen, "acknowledged" | "repeated">): Promise<Findings> {
  const { database, model } = portfolios.local.get("people")!;
  const read = (sql: string) => database.read(sql, []);
  const ledger: string[] = [];
  const [[count, first, last]] = (await read("SELECT COUNT(*), MIN(`seq`), MAX(`seq`) FROM `change`")) as [[number, number, number]];
  const [[head]] = (await read("SELECT `seq` FROM `ledger_head`")) as [[number]];
  if (first !== 1 || last !== count || head !== count) ledger.push(`${count} entries from ${first} to ${last}, the head counts ${head}`);
  const { fault } = await verifyLedger(database);
  if (fault) ledger.push(`${fault.seq} ${fault.what}`);
  const records = await verifyRecords(database, model);
  if (records.fault) ledger.push(`${records.fault.id} ${records.fault.what}`);
  return {
    lost: await findLost(read, acknowledged),
    half: (await Promise.all(Object.entries(HALVES).map(async ([what, sql]) => (await read(sql)).map(([id]) => `${what}: ${String(id)}`)))).flat(),
    duplicate: [...repeated, ...(await findDuplicates(read))],
    ledger,
    insight: await findDifferences(portfolios),
  };
}

type Read = (sql: string) => Promise<unknown[][]>;

async function findLost(read: Read, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const filed = new Map(
    (await read("SELECT `entityId`, `version`, `after` FROM `change`")).map(([id, version, after]) => [`${id as string} ${version as number}`, after]),
  );
  const stored = new Map(
    [...(await read("SELECT `id`, `version`, `name` FROM `team`")), ...(await read("SELECT `id`, `version`, `name` FROM `person`"))].map(([id, ...rest]) => [
      id as string,
      rest,
    ]),
  );
  return acknowledged.flatMap(({ id, version, code, name }) => {
    const after = JSON.parse((filed.get(`${id} ${version}`) ?? "null") as string) as Acknowledged | null;
    const [present, current] = (stored.get(id) ?? [0, ""]) as [number, string];
    const isThere = after?.code === code && after.name === name && (present > version || (present === version && current === name));
    return isThere ? [] : [`${code} at version ${version}`];
  });
}

/** Whether a row `v` of a twin lies in the era that its table is in. */
const isCurrent = (table: string): string => `v.era = (SELECT COALESCE(MAX(e.era), 0) FROM era e WHERE e.twin = '${table}_version' AND e.from_seq IS NOT NULL)`;

/** What stands without its counterpart: record, twin and ledger entry come and go together. */
const HALVES = Object.fromEntries(
  [
    ["team", "Team"],
    ["person", "Person"],
  ]
    .flatMap(([table, type]) => [
      [
        `${table} without its version row`,
        `SELECT id FROM ${table} t WHERE NOT EXISTS (SELECT 1 FROM ${table}_version v WHERE v.id = t.id AND v.version = t.version AND v.to_seq = ${OPEN_SEQ} AND ${isCurrent(table!)})`,
      ],
      [
        `version row without its ${table}`,
        `SELECT id FROM ${table}_version v WHERE to_seq = ${OPEN_SEQ} AND ${isCurrent(table!)} AND NOT EXISTS (SELECT 1 FROM ${table} t WHERE v.id = t.id AND v.version = t.version)`,
      ],
      [
        `${table} without its entry`,
        `SELECT id FROM ${table} t WHERE NOT EXISTS (SELECT 1 FROM \`change\` c WHERE c.entityId = t.id AND c.version = t.version)`,
      ],
      [
        `version row of a ${table} without its entry`,
        `SELECT id FROM ${table}_version v WHERE NOT EXISTS (SELECT 1 FROM \`change\` c WHERE c.seq = v.from_seq AND c.entityId = v.id)`,
      ],
      [
        `entry of a ${table} without its version row`,
        `SELECT seq FROM \`change\` c WHERE type = '${type}' AND NOT EXISTS (SELECT 1 FROM ${table}_version v WHERE v.id = c.entityId AND v.from_seq = c.seq)`,
      ],
      [
        `entry without its ${table}`,
        `SELECT seq FROM \`change\` c WHERE type = '${type}' AND NOT EXISTS (SELECT 1 FROM ${table} t WHERE t.id = c.entityId AND t.version >= c.version)`,
      ],
    ])
    .concat([
      [
        "team of a person without its version row",
        `SELECT recordId FROM person_teams t WHERE NOT EXISTS (SELECT 1 FROM person_teams_version v WHERE v.recordId = t.recordId AND v.toId = t.toId AND v.to_seq = ${OPEN_SEQ} AND ${isCurrent("person_teams")})`,
      ],
      [
        "version row without its team of a person",
        `SELECT recordId FROM person_teams_version v WHERE to_seq = ${OPEN_SEQ} AND ${isCurrent("person_teams")} AND NOT EXISTS (SELECT 1 FROM person_teams t WHERE v.recordId = t.recordId AND v.toId = t.toId)`,
      ],
    ]),
) as Record<string, string>;

/** Codes with which more than one record was created. */
async function findDuplicates(read: Read): Promise<string[]> {
  const created = (await read("SELECT `after` FROM `change` WHERE `operation` = 'create'")).map(
    ([after]) => (JSON.parse(after as string) as Acknowledged).code,
  );
  return created.filter((code, i) => created.indexOf(code) !== i);
}

/** Where insight, having read all there is, is not equal to the portfolio. */
async function findDifferences({ insight, local }: Portfolios): Promise<string[]> {
  const known = await insight.follower.catchUp(call, 60_000);
  const stale = known.filter((each) => each.stale).map(({ portfolio }) => `${portfolio} is not read to its end`);
  const differing: string[] = [];
  for (const [table, columns] of [
    ["team", "id, version, code, name"],
    ["person", "id, version, code, name"],
    ["person_teams", "recordId, position, toId"],
  ]) {
    const sql = `SELECT ${columns} FROM ${table} ORDER BY ${columns}`;
    const theirs = new Set((await insight.store.database.read(sql, [])).map((row) => JSON.stringify(row)));
    const ours = (await local.get("people")!.database.read(sql, [])).map((row) => JSON.stringify(row));
    if (theirs.size !== ours.length) differing.push(`${table}: ${theirs.size} rows instead of ${ours.length}`);
    differing.push(...ours.filter((row) => !theirs.has(row)).map((row) => `${table}: ${row}`));
  }
  return [...stale, ...differing];
}
