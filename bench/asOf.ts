/**
 * `npm run bench -- as-of [--scale N]`: reads as of a moment beside the same reads now, on N times 100,000 records of one type with ten
 * changes each. The versions are laid out directly: eleven of each record, of which the sixth holds at the moment asked about.
 */
import type { Portfolios } from "../start/portfolios.js";
import { CALL, median, openEmpty, time } from "./worlds.js";

const RECORDS = 100_000;
const CHANGES = 10;
const PARENTS = 50;
const OPEN_SEQ = Number.MAX_SAFE_INTEGER;

const READS: Readonly<Record<string, string>> = {
  "a record by its id": `query ($id: ID!) { person(id: $id) { code name email } }`,
  "a record by its code": `{ person(code: "C-500") { name email } }`,
  "a page of a list": "{ people(first: 50) { nodes { code name } pageInfo { endCursor } } }",
  "50 parents, a page of each": "{ people(first: 50) { nodes { name directReports(first: 5) { nodes { name } totalCount } } } }",
  "50 records and a link of each": "{ people(first: 50) { nodes { name manager { name } teams { nodes { code } } } } }",
  "a filter over all, counted": '{ people(first: 20, filter: { name: { contains: "77" } }) { totalCount nodes { name } } }',
};

export async function benchAsOf(scale: number): Promise<void> {
  await openEmpty(async (portfolios) => {
    const records = Math.round(RECORDS * scale);
    const id = await seed(portfolios, records);
    console.log(`${records} records with ${CHANGES} changes each: milliseconds now, as of the middle of them, and their ratio`);
    const people = portfolios.local.get("people")!;
    const asOf = momentOf((records + PARENTS) * 5 + 1);
    for (const [name, query] of Object.entries(READS)) {
      const ask = async (context: typeof CALL) => {
        const { errors } = await people.execute({ query, variables: { id } }, context);
        if (errors) throw new Error(JSON.stringify(errors));
      };
      const read = { now: () => ask(CALL), then: () => ask({ ...CALL, asOf }) };
      const now = await median(41, () => time(read.now));
      const then = await median(41, () => time(read.then));
      console.log(`${name}: ${now} ${then} ${(then / now).toFixed(2)}`);
    }
  });
}

const momentOf = (seq: number): string => new Date(Date.UTC(2026, 0, 1) + seq * 10).toISOString();

/** Lays out records, versions and the ledger's seqs and moments. Round r gives every record its r-th version. */
async function seed({ local }: Portfolios, records: number): Promise<string> {
  const { database } = local.get("people")!;
  const ids = Array.from({ length: records }, (_, i) => `per_${String(i).padStart(26, "0")}`);
  const teams = Array.from({ length: PARENTS }, (_, i) => `tea_${String(i).padStart(26, "0")}`);
  const step = records + PARENTS;
  const common = ["version", "createdAt", "updatedAt"];
  const columns = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const insert = async (table: string, names: readonly string[], rows: Iterable<(string | number | null)[]>) => {
    const flush = (some: (string | number | null)[][]) =>
      database.transaction((transaction) =>
        transaction.execute(`INSERT INTO \`${table}\` (${columns(names)}) VALUES ${some.map(() => `(${names.map(() => "?").join()})`).join()}`, some.flat()),
      );
    const pending: (string | number | null)[][] = [];
    for (const row of rows) if (pending.push(row) === 1_500) await flush(pending.splice(0));
    if (pending.length > 0) await flush(pending);
  };
  const person = (i: number, version: number) => [
    ids[i]!,
    version,
    momentOf(0),
    momentOf(version),
    `C-${i}`,
    `Name ${i} of ${version}`,
    `p${i}@example.org`,
    1,
    ids[Math.floor(i / 10)]!,
  ];
  const personColumns = ["id", ...common, "code", "name", "email", "active", "managerId"];
  const team = (i: number, version: number) => [teams[i]!, version, momentOf(0), momentOf(version), `T-${i}`, `Team ${i}`, 1];
  const teamColumns = ["id", ...common, "code", "name", "active"];
  const from = (version: number, i: number) => (version - 1) * step + i + 1;
  const versions = function* <T extends (string | number | null)[]>(count: number, offset: number, row: (i: number, version: number) => T) {
    for (let version = 1; version <= CHANGES + 1; version++)
      for (let i = 0; i < count; i++) yield [...row(i, version), from(version, offset + i), version === CHANGES + 1 ? OPEN_SEQ : from(version + 1, offset + i)];
  };
  const twin = (names: readonly string[]) => [...names, "from_seq", "to_seq"];
  const current = function* <T>(count: number, row: (i: number, version: number) => T) {
    for (let i = 0; i < count; i++) yield row(i, CHANGES + 1);
  };
  await insert("person", personColumns, current(records, person));
  await insert("person_version", twin(personColumns), versions(records, 0, person));
  await insert("team", teamColumns, current(PARENTS, team));
  await insert("team_version", twin(teamColumns), versions(PARENTS, records, team));
  const member = (i: number) => [ids[i]!, 0, teams[i % PARENTS]!];
  const listColumns = ["recordId", "position", "toId"];
  await insert("person_teams", listColumns, current(records, member));
  await insert("person_teams_version", twin(listColumns), versions(records, 0, member));
  const entry = function* () {
    for (let seq = 1; seq <= step * (CHANGES + 1); seq += 1_000) yield [seq, momentOf(seq), "bench", "bench", "Person", ids[0]!, 1, "update"];
  };
  await database.transaction((transaction) =>
    transaction.execute("UPDATE `ledger_head` SET `seq` = ?, `at` = ?", [step * (CHANGES + 1), momentOf(step * (CHANGES + 1))]),
  );
  await insert("change", ["seq", "at", "by", "request", "type", "entityId", "version", "operation"], entry());
  return ids[Math.floor(records / 2)]!;
}
