import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import { createId } from "../../subgraphs/kernel/ids.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";
import { operationFiles, readQuestion } from "./operations.js";

const COPIES = 3;
const questions = operationFiles.map(readQuestion);

let graph: TestGraph;
const before = new Map<string, Asked>();
const after = new Map<string, Asked>();
beforeAll(async () => {
  graph = await openTestGraph();
  await loadStory(graph.portfolios);
  // Whoever asks first pays for reading the ledgers, and for finding where in them a moment is.
  for (const question of questions) await ask(question);
  for (const question of questions) before.set(question.file, await ask(question));
  for (const subgraph of graph.portfolios.local.values()) await multiplyRecords(subgraph);
  for (const question of questions) after.set(question.file, await ask(question));
});
afterAll(() => graph.close());

interface Asked {
  readonly statements: Record<string, number>;
  readonly records: number;
}

/** How many statements each portfolio's database is sent for a question, and how many objects come back. */
async function ask({ query, variables }: (typeof questions)[number]): Promise<Asked> {
  const statements: Record<string, number> = {};
  for (const [name, { database }] of graph.portfolios.local) database.onStatement = () => void (statements[name] = (statements[name] ?? 0) + 1);
  const { data, errors } = await graph.ask(query, variables);
  for (const { database } of graph.portfolios.local.values()) database.onStatement = null;
  expect(errors).toBeUndefined();
  return { statements, records: JSON.stringify(data).split("{").length };
}

/** Copies every record, with the same links: every list of the graph that links to a record grows by as many copies of it. */
async function multiplyRecords({ model, database }: LocalSubgraph): Promise<void> {
  for (const entity of model.entities.values()) {
    const columns = [...entity.stored.values()].flatMap((field) => field.columns);
    const rows = await database.read(`SELECT ${columns.map((column) => `\`${column}\``).join(", ")} FROM \`${entity.table}\``, []);
    const ids = rows.map((row) => row[columns.indexOf("id")] as string);
    for (let copy = 1; copy <= COPIES; copy++) {
      const copies = new Map(ids.map((id) => [id, createId(entity.prefix, Date.now())]));
      const changed = (column: string, cell: unknown) =>
        column === "id" ? copies.get(cell as string) : column === "code" ? `${cell as string}-${copy}` : cell;
      await insert(
        database,
        entity.table,
        columns,
        rows.map((row) => row.map((cell, i) => changed(columns[i]!, cell))),
      );
      for (const list of entity.lists.values()) {
        if (list.field === "externalIds") continue;
        const held = ["recordId", "position", ...[...list.members, ...list.carried].flatMap((member) => member.columns)];
        const items = await database.read(`SELECT ${held.map((column) => `\`${column}\``).join(", ")} FROM \`${list.table}\``, []);
        const own = items.filter(([id]) => copies.has(id as string));
        await insert(
          database,
          list.table,
          held,
          own.map(([id, ...rest]) => [copies.get(id as string), ...rest]),
        );
      }
    }
  }
}

async function insert(database: LocalSubgraph["database"], table: string, columns: string[], rows: unknown[][]): Promise<void> {
  const sql = `INSERT INTO \`${table}\` (${columns.map((column) => `\`${column}\``).join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  await database.transaction(async (transaction) => {
    for (const row of rows) await transaction.execute(sql, row as never);
  });
}

test.each(questions.map(({ number, file }) => [number, file]))("question %i takes as many statements for four times the records", (_, file) => {
  const [few, many] = [before.get(file as string)!, after.get(file as string)!];
  expect(many.statements).toEqual(few.statements);
  expect(Object.keys(few.statements)).not.toEqual([]);
  expect(many.records).toBeGreaterThanOrEqual(few.records);
});

test("most answers grow with the records", () => {
  expect(questions.filter(({ file }) => after.get(file)!.records > before.get(file)!.records * 2).length).toBeGreaterThan(questions.length / 2);
});
