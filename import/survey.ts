/**
 * The first pass over the files, before anything is written: whether every file can be read to its end and has the columns
 * the mapping names, which rows are left out and why, and how many rows give something to each key.
 * It holds one small entry for each key of each kind of record until the import ends (some 150 bytes): with it, the second
 * pass knows when a record has all its rows, and holds no more than the records that still wait for one.
 */
import { type Scope, Unreadable, holds, readCell, DEAF } from "./cells.js";
import type { FileSpec, Mapping, SourceSpec } from "./mapping.js";
import type { Report } from "./report.js";
import { type TableRow, TableError, openTable } from "./tables.js";
import { scopesOf } from "./values.js";

/** What is known of a key. */
export interface KeyEntry {
  /** How many rows are still to come that give something to it. */
  left: number;
  /** The files that have it: the sum of 2 to the power of the index of each. */
  files: number;
}
export interface Survey {
  /** By kind, then by key. */
  readonly keys: ReadonlyMap<string, Map<string, KeyEntry>>;
  /** The files that are there. */
  readonly present: ReadonlySet<FileSpec>;
}

const LONGEST_KEY = 200;
const MOST_FILE_ERRORS = 10;

/** Looks through all files. Throws a MappingError where the mapping does not fit them and a TableError where one cannot be read. */
export async function surveyFiles(mapping: Mapping, folder: string, report: Report): Promise<Survey> {
  const present = await presentFiles(mapping, folder);
  for (const file of present) file.checkColumns((await openHeader(folder, file)).columns);
  mapping.complaints.throwIfAny();
  const keys = new Map(mapping.kinds.map(({ name }) => [name, new Map<string, KeyEntry>()]));
  for (const [index, file] of mapping.files.entries()) {
    if (!present.has(file)) report.absent(file);
    else for await (const row of rowsOf(folder, file)) surveyRow(file, index, row, keys, report);
  }
  return { keys, present };
}

/** Throws one TableError that names every file that is missing. */
async function presentFiles(mapping: Mapping, folder: string): Promise<Set<FileSpec>> {
  const present = new Set<FileSpec>();
  const errors: TableError[] = [];
  for (const file of mapping.files)
    try {
      await openHeader(folder, file);
      present.add(file);
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      if (!(file.optional && error.missing)) errors.push(error);
    }
  if (errors.length > 0)
    throw new TableError(
      errors.every(({ whose }) => whose === "mapping") ? "mapping" : errors[0]!.whose,
      errors
        .slice(0, MOST_FILE_ERRORS)
        .map(({ message }) => message)
        .join("\n"),
    );
  return present;
}
async function openHeader(folder: string, file: FileSpec): Promise<{ columns: readonly string[] }> {
  const { columns, rows } = await openTable(folder, file);
  await rows[Symbol.asyncIterator]().return?.(undefined);
  return { columns };
}

/** A row of a file, by column name. */
export interface Row extends Scope {
  readonly line: number;
  /** Why the row is left out, and whether the mapping says so; null where it is not. */
  readonly left: { readonly reason: string; readonly configured: boolean } | null;
}

/** The rows of a file. */
export async function* rowsOf(folder: string, file: FileSpec): AsyncGenerator<Row> {
  const { columns, rows } = await openTable(folder, file);
  const index = new Map(columns.map((column, i) => [column, i]));
  for await (const row of rows) {
    const cell = (column: string) => row.cells[index.get(column) ?? -1] ?? "";
    yield { line: row.line, cell, left: reasonToLeave(file, columns.length, row, { cell }) };
  }
}

function reasonToLeave(file: FileSpec, width: number, { cells }: TableRow, scope: Scope): Row["left"] {
  const reason = raggedness(cells, width, file.ragged);
  if (reason) return { reason, configured: file.ragged !== null };
  const skip = file.skip.find(({ when }) => holds(when, scope));
  return skip ? { reason: skip.reason, configured: true } : null;
}
function raggedness(cells: readonly string[], width: number, ragged: FileSpec["ragged"]): string | null {
  if (cells.length === width || (cells.length < width && ragged === "fill")) return null;
  if (cells.length < width) return `has ${cells.length} cells where the header has ${width}`;
  return cells.slice(width).some((cell) => cell.trim() !== "")
    ? `has ${cells.length} cells where the header has ${width}; most often a delimiter stands in a cell that is not quoted`
    : null;
}

/** What a row gives to one kind of record: the keys, and for each the part of the row that is about it. */
export interface Gift {
  readonly key: string;
  readonly scope: Scope;
}
/** Throws Unreadable where a key is. */
export function giftsOf(source: SourceSpec, row: Scope): Gift[] {
  if (source.when && !holds(source.when, row)) return [];
  const seen = new Set<string>();
  return scopesOf(source.each, row, DEAF).flatMap((scope) => {
    const key = readCell(source.key, "text", scope, DEAF);
    if ([...key].length > LONGEST_KEY) throw new Unreadable(`its key for ${source.kind} has more than ${LONGEST_KEY} characters`);
    if (key === "" || seen.has(key)) return [];
    seen.add(key);
    return [{ key, scope: { cell: scope.cell, key, ...(scope.each === undefined ? {} : { each: scope.each }) } }];
  });
}

function surveyRow(file: FileSpec, index: number, row: Row, keys: Survey["keys"], report: Report): void {
  report.read(file);
  if (row.left) return report.skip(file, row.line, row.left.reason, row.left.configured);
  let given = 0;
  for (const source of file.gives) {
    const isMain = source.kind === file.rows;
    try {
      const gifts = giftsOf(source, row);
      given += gifts.length;
      for (const { key } of gifts) count(keys.get(source.kind)!, key, index, () => report.distinct(source.kind, file));
      if (isMain && gifts.length === 0) report.skip(file, row.line, ...whyNoKey(source, row));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (isMain) report.skip(file, row.line, error.message, false);
      else report.unreadableRow(file, row.line, source.kind, error.message);
    }
  }
  if (file.rows === null) {
    if (given > 0) report.keep(file);
    else report.skip(file, row.line, "gives nothing: it has no key", true);
  }
}
const whyNoKey = (source: SourceSpec, row: Scope): [string, boolean] =>
  source.when && !holds(source.when, row) ? [`is not for ${source.kind}: its \`when\` does not hold`, true] : [`has no key for ${source.kind}`, false];

function count(keys: Map<string, KeyEntry>, key: string, index: number, onNewInFile: () => void): void {
  const entry = keys.get(key);
  const file = 1 << index;
  if (entry) entry.left++;
  else keys.set(key, { left: 1, files: file });
  if (entry && (entry.files & file) !== 0) return;
  if (entry) entry.files |= file;
  onNewInFile();
}
