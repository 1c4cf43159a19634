/** Carries out an import: a pass over the files that writes nothing, then one for each kind of record. */
import { randomUUID } from "node:crypto";
import { type Listener, type Scope, Unreadable } from "./cells.js";
import { Draft } from "./drafts.js";
import type { FileSpec, Kind, Mapping, SourceSpec } from "./mapping.js";
import { BATCH, RecordWriter } from "./records.js";
import { Report, fieldName } from "./report.js";
import { RehearsingStore, WritingStore } from "./stores.js";
import type { Portfolios } from "../start/portfolios.js";
import type { CallContext } from "../transport/subgraph.js";
import { type KeyEntry, type Row, type Survey, giftsOf, rowsOf, surveyFiles } from "./survey.js";
import { type Value, evaluate } from "./values.js";

/** Told how far an import has come. */
export type Progress = (what: string, done: number, of: number) => void;

/** An import whose files have been looked through: they fit the mapping and can be read to their end. */
export interface Preparation {
  readonly mapping: Mapping;
  readonly folder: string;
  readonly survey: Survey;
  readonly report: Report;
}

/** Looks through the files; writes nothing. Throws a MappingError or a TableError. */
export async function prepareImport(mapping: Mapping, folder: string): Promise<Preparation> {
  const report = new Report(mapping);
  return { mapping, folder, survey: await surveyFiles(mapping, folder, report), report };
}

/** Who imports, and the request under which all of an import's changes stand in the ledgers. */
export const importCall = (mapping: Mapping): CallContext => ({
  principal: { subject: `import ${mapping.name}`, roles: [], customers: null },
  requestId: `import-${randomUUID()}`,
});

/** Writes what the files hold, or finds out what that would do. What is wrong with the data stands in the report. */
export async function runImport(
  preparation: Preparation,
  portfolios: Portfolios,
  options: { readonly dryRun: boolean; readonly call: CallContext; readonly progress: Progress },
): Promise<void> {
  const { mapping, survey, report } = preparation;
  const store = options.dryRun ? new RehearsingStore(portfolios, options.call) : new WritingStore(portfolios, options.call);
  const writer = new RecordWriter(mapping, store, report, (kind, key) => survey.keys.get(kind)?.has(key) === true, options.dryRun);
  for (const kind of mapping.kinds) {
    await writeKind(preparation, kind, writer, options.progress);
    writer.finish(kind);
  }
  await writer.complete();
}

async function writeKind({ folder, survey, report }: Preparation, kind: Kind, writer: RecordWriter, progress: Progress): Promise<void> {
  const keys = survey.keys.get(kind.name)!;
  report.shared(kind.name, keys.values());
  const drafts = new Drafts(kind, keys);
  let done = 0;
  const write = async (ready: readonly Draft[]) => {
    if (ready.length > 0) await writer.write(kind, ready);
    if ((done += ready.length) < keys.size) progress(kind.name, done, keys.size);
  };
  for (const source of kind.sources) {
    if (!survey.present.has(source.file)) continue;
    for await (const row of rowsOf(folder, source.file)) {
      if (!row.left) readRow(kind, source, row, drafts, report);
      if (drafts.ready.length >= BATCH) await write(drafts.ready.splice(0));
    }
  }
  await write([...drafts.ready.splice(0), ...drafts.unfinished()]);
  progress(kind.name, keys.size, keys.size);
}

/** The records of a kind that have some of their rows, and those that have all. */
class Drafts {
  readonly ready: Draft[] = [];
  private readonly open = new Map<string, Draft>();

  constructor(
    private readonly kind: Kind,
    private readonly keys: ReadonlyMap<string, KeyEntry>,
  ) {}

  of(key: string): Draft {
    let draft = this.open.get(key);
    if (!draft) this.open.set(key, (draft = new Draft(this.kind, key)));
    return draft;
  }
  /** One of the rows of `key` has been read. */
  close(key: string): void {
    const entry = this.keys.get(key);
    if (!entry || --entry.left > 0) return;
    const draft = this.open.get(key)!;
    this.open.delete(key);
    if (draft.origins.length > 0) this.ready.push(draft);
  }
  /** Records whose rows were fewer than the first pass had counted: a file changed meanwhile. */
  unfinished(): Draft[] {
    return [...this.open.values()].filter(({ origins }) => origins.length > 0);
  }
}

function readRow(kind: Kind, source: SourceSpec, row: Row, drafts: Drafts, report: Report): void {
  const { file } = source;
  const isMain = kind.name === file.rows;
  const unreadable = (reason: string) => (isMain ? report.skip(file, row.line, reason, false) : report.unreadableRow(file, row.line, kind.name, reason));
  let gifts;
  try {
    gifts = giftsOf(source, row);
  } catch (error) {
    if (error instanceof Unreadable) return; // the first pass has said so
    throw error;
  }
  const listener = listenerFor(file, row.line, report);
  for (const { key, scope } of gifts) {
    const draft = drafts.of(key);
    try {
      draft.take({ file, line: row.line }, isMain, source.creates, readFields(kind, source, scope, listener));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      unreadable(error.message);
    }
    drafts.close(key);
  }
}

function readFields(kind: Kind, { fields }: SourceSpec, scope: Scope, listener: Listener): Map<string, Value | null> {
  const values = new Map<string, Value | null>();
  for (const [key, spec] of fields)
    try {
      values.set(key, evaluate(spec, scope, listener));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new Unreadable(`${fieldName(kind, key)}: ${error.message}`);
    }
  return values;
}

function listenerFor(file: FileSpec, line: number, report: Report): Listener {
  return {
    emptied: (text, column) => report.emptied(file, line, column, text),
    unreadable: (reason, column) => report.unreadableCell(file, line, column, reason),
  };
}
