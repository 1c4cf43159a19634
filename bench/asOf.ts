/**
 * `npm run bench -- as-of [--scale N]`: reads as of a moment beside the same reads now, on N times 100,000 records of one type with ten
 * changes each, as of the middle of the changes and of the end of an era, when the most versions lie in it. Versions are laid out directly;
 * eras are begun by what begins them in a portfolio.
 */
import type { Portfolios } from "../start/portfolios.js";
import { twinsOf } from "../subgraphs/kernel/database/tables.js";
import { Eras } from "../subgraphs/kernel/writes/eras.js";
import { CALL, measureInTurn, openEmpty, time } from "./worlds.js";

const RECORDS = 100_000;
const CHANGES = 10;
const PARENTS = 50;
const OPEN_SEQ = Number.MAX_SAFE_INTEGER;
const LAID_AT_ONCE = 1_000;

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
    const people = portfolios.local.get("people")!;
    const ends = await people.database.read("SELECT `from_seq`, `size` FROM `era` WHERE `twin` = 'person_version' ORDER BY `era`", []);
    const [middle, end] = [(records + PARENTS) * 5 + 1, Number(ends.at(-1)?.[0] ?? 1) - 1];
    console.log(
      `${records} records with ${CHANGES} changes each, in ${ends.length + 1} eras. Milliseconds now; as of their middle and of the end of an era; ratios`,
    );
    for (const [name, query] of Object.entries(READS)) {
      const ask = async (context: typeof CALL) => {
        const { errors } = await people.execute({ query, variables: { id } }, context);
        if (errors) throw new Error(JSON.stringify(errors));
      };
      const reads = [CALL, { ...CALL, asOf: momentOf(middle) }, { ...CALL, asOf: momentOf(end) }];
      // In turn, so that whatever else the machine does befalls all three.
      const times = await measureInTurn(
        41,
        reads.map((context) => () => time(() => ask(context))),
      );
      console.log(
        `${name}: ${times.join(" ")} ${times
          .slice(1)
          .map((each) => (each / times[0]!).toFixed(2))
          .join(" ")}`,
      );
    }
  });
}

const momentOf = (seq: number): string => new Date(Date.UTC(2026, 0, 1) + seq * 10).toISOString();

/** Lays out records, versions and the ledger's seqs and moments. Round r gives every record its r-th version, in the era then in force. */
async function seed({ local }: Portfolios, records: number): Promise<string> {
  const { database, model } = local.get("people")!;
  const eras = new Eras(database, twinsOf(model), undefined, (error) => {
    throw error;
  });
  const ids = Array.from({ length: records }, (_, i) => `per_${String(i).padStart(26, "0")}`);
  const teams = Array.from({ length: PARENTS }, (_, i) => `tea_${String(i).padStart(26, "0")}`);
  const step = records + PARENTS;
  const columns = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  const insert = (table: string, names: readonly string[], rows: readonly (string | number | null)[][]) =>
    database.transaction((transaction) =>
      transaction.execute(`INSERT INTO \`${table}\` (${columns(names)}) VALUES ${rows.map(() => `(${names.map(() => "?").join()})`).join()}`, rows.flat()),
    );
  const common = ["version", "createdAt", "updatedAt"];
  const person = (i: number, version: number) => {
    const [code, name, email] = [`C-${i}`, `Name ${i} of ${version}`, `p${i}@example.org`];
    return [ids[i]!, version, momentOf(0), momentOf(version), code, name, email, 1, ids[Math.floor(i / 10)]!];
  };
  const member = (i: number) => [ids[i]!, 0, teams[i % PARENTS]!];
  const team = (i: number, version: number) => [teams[i]!, version, momentOf(0), momentOf(version), `T-${i}`, `Team ${i}`, 1];
  const people: Kind = {
    ids,
    offset: 0,
    tables: [
      { name: "person", columns: ["id", ...common, "code", "name", "email", "active", "managerId"], row: person },
      { name: "person_teams", columns: ["recordId", "position", "toId"], row: member },
    ],
  };
  const kinds: Kind[] = [people, { ids: teams, offset: records, tables: [{ name: "team", columns: ["id", ...common, "code", "name", "active"], row: team }] }];
  const lay = async (kind: Kind, version: number, numbers: readonly number[], first: number) => {
    for (const { name, columns: names, row } of kind.tables) {
      const rows = numbers.map((i) => row(i, version));
      const twin = `${name}_version`;
      const [[era]] = (await database.read("SELECT COALESCE(MAX(`era`), 0) FROM `era` WHERE `twin` = ?", [twin])) as [[number]];
      const close = `UPDATE \`${twin}\` SET \`to_seq\` = \`from_seq\` + ? WHERE \`era\` = ? AND \`${names[0]!}\` BETWEEN ? AND ? AND \`to_seq\` = ?`;
      const [begin, end] = [kind.ids[numbers[0]!]!, kind.ids[numbers.at(-1)!]!];
      if (version > 1) await database.transaction((transaction) => transaction.execute(close, [step, era, begin, end, OPEN_SEQ]));
      const opened = rows.map((cells, i) => [...cells, era, first + i, OPEN_SEQ]);
      await insert(twin, [...names, "era", "from_seq", "to_seq"], opened);
      if (version === CHANGES + 1) await insert(name, names, rows);
    }
  };
  for (let version = 1; version <= CHANGES + 1; version++)
    for (const kind of kinds)
      for (let begin = 0; begin < kind.ids.length; begin += LAID_AT_ONCE) {
        const numbers = Array.from({ length: Math.min(LAID_AT_ONCE, kind.ids.length - begin) }, (_, i) => begin + i);
        const first = (version - 1) * step + kind.offset + begin + 1;
        const last = first + numbers.length - 1;
        await lay(kind, version, numbers, first);
        const entry = [last, momentOf(last), "bench", "bench", "Person", ids[0]!, version, "update"];
        await insert("change", ["seq", "at", "by", "request", "type", "entityId", "version", "operation"], [entry]);
        await database.transaction((transaction) => transaction.execute("UPDATE `ledger_head` SET `seq` = ?, `at` = ?", [last, momentOf(last)]));
        eras.notice({ first, last });
        await eras.settle();
      }
  return ids[Math.floor(records / 2)]!;
}

/** Records of one type and the tables they are kept in, the record's id first. */
interface Kind {
  readonly ids: readonly string[];
  /** How many records of other types come before these in a round. */
  readonly offset: number;
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly row: (i: number, version: number) => (string | number | null)[];
  }[];
}
