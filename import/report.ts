/** What an import did: every row of every file accounted for, every record, and all that a reader of the report should look at. */
import type { Draft, Origin } from "./drafts.js";
import type { FileSpec, Kind, Mapping } from "./mapping.js";
import type { Reference } from "./values.js";

/** A row and why it is named. */
export interface RowNote {
  readonly line: number;
  readonly reason: string;
}
/** read = kept + merged + skipped + refused. */
export interface FileReport {
  readonly file: string;
  /** False for an optional file that was not there. */
  present: boolean;
  /** Rows, without the header and blank lines. */
  read: number;
  /** Rows that are the first of a record. */
  kept: number;
  /** Further rows of a record, with the line and the record's key. */
  readonly merged: { readonly line: number; readonly into: string }[];
  /** Rows left out; `configured` where the mapping says so. */
  readonly skipped: (RowNote & { readonly configured: boolean })[];
  /** Rows whose record was refused. */
  readonly refused: RowNote[];
  /** Cells that the mapping reads as empty though they hold something. */
  readonly readAsEmpty: { readonly column: string; readonly text: string; readonly lines: number[] }[];
  /** Cells that could not be read and were left empty, since the mapping says so; or a whole row, for a record it does not stand for. */
  readonly unreadable: (RowNote & { readonly configured: boolean })[];
}
export interface RecordReport {
  readonly name: string;
  readonly type: string;
  readonly system: string;
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  /** Left out as the mapping says: for want of a record to add to, or of one it names. */
  leftOut: number;
  /** How many different keys each file has. */
  readonly keys: Record<string, number>;
  /** How many keys each two files share. */
  readonly shared: { readonly files: readonly [string, string]; readonly keys: number }[];
  /** Records whose merged rows had different values, by field. */
  readonly differing: Record<string, number>;
  /** Records whose field differs from the file and was left as it is, since it is set once, by field. */
  readonly leftAsTheyAre: Record<string, number>;
}
export interface FindingReport {
  readonly rule: string;
  readonly record: string;
  readonly message: string;
  readonly keys: { readonly key: string; readonly file: string; readonly line: number }[];
}
export interface UnresolvedReport extends RowNote {
  readonly file: string;
  readonly record: string;
  readonly key: string;
  readonly field: string;
  readonly names: string;
  readonly effect: "refused" | "left empty";
  readonly configured: boolean;
}

export class Report {
  readonly files: ReadonlyMap<FileSpec, FileReport>;
  readonly records: ReadonlyMap<string, RecordReport>;
  readonly findings: FindingReport[] = [];
  readonly unresolved: UnresolvedReport[] = [];
  /** Whether anything was skipped, refused or left empty that the mapping does not provide for. */
  troubled = false;
  private readonly findingIndex = new Map<string, FindingReport>();
  private readonly unresolvedLinks = new Set<string>();
  private readonly emptiedIndex = new Map<string, Set<number>>();

  constructor(readonly mapping: Mapping) {
    this.files = new Map(
      mapping.files.map((file) => [
        file,
        { file: file.file, present: true, read: 0, kept: 0, merged: [], skipped: [], refused: [], readAsEmpty: [], unreadable: [] },
      ]),
    );
    this.records = new Map(
      mapping.kinds.map(({ name, shape, system }) => [
        name,
        {
          name,
          type: shape.type,
          system,
          created: 0,
          updated: 0,
          unchanged: 0,
          refused: 0,
          leftOut: 0,
          keys: {},
          shared: [],
          differing: {},
          leftAsTheyAre: {},
        },
      ]),
    );
  }

  // --- rows ---

  absent(file: FileSpec): void {
    this.of(file).present = false;
  }
  read(file: FileSpec): void {
    this.of(file).read++;
  }
  keep(file: FileSpec): void {
    this.of(file).kept++;
  }
  skip(file: FileSpec, line: number, reason: string, configured: boolean): void {
    this.of(file).skipped.push({ line, reason, configured });
    this.troubled ||= !configured;
  }
  /** A row gives nothing to a record it does not stand for, since it cannot be read. */
  unreadableRow(file: FileSpec, line: number, kind: string, reason: string): void {
    this.of(file).unreadable.push({ line, reason: `${kind}: ${reason}`, configured: false });
    this.troubled = true;
  }
  /** A cell that cannot be read is taken as empty, as the mapping says. */
  unreadableCell(file: FileSpec, line: number, column: string, reason: string): void {
    if (this.seen(`unreadable\t${file.file}\t${column}`, line)) return;
    this.of(file).unreadable.push({ line, reason: `${column}: ${reason}`, configured: true });
  }
  emptied(file: FileSpec, line: number, column: string, text: string): void {
    const key = `${file.file}\t${column}\t${text}`;
    if (this.seen(key, line)) return;
    const { readAsEmpty } = this.of(file);
    const held = readAsEmpty.find((each) => each.column === column && each.text === text);
    if (held) held.lines.push(line);
    else readAsEmpty.push({ column, text, lines: [line] });
  }
  private seen(key: string, line: number): boolean {
    const lines = this.emptiedIndex.get(key) ?? new Set();
    this.emptiedIndex.set(key, lines);
    return lines.has(line) || !lines.add(line);
  }

  // --- records ---

  distinct(kind: string, file: FileSpec): void {
    const { keys } = this.record(kind);
    keys[file.file] = (keys[file.file] ?? 0) + 1;
  }

  /** A record is in the graph as its rows have it. */
  settled(draft: Draft, how: "created" | "updated" | "unchanged", findings: readonly { rule: string; message: string }[]): void {
    const record = this.record(draft.kind.name);
    record[how]++;
    this.countRows(draft);
    for (const key of draft.differing()) bump(record.differing, fieldName(draft.kind, key));
    for (const { rule, message } of findings) this.found(draft, rule, message);
  }
  private countRows({ rows: [first, ...more], key }: Draft): void {
    if (first) this.of(first.file).kept++;
    for (const { file, line } of more) this.of(file).merged.push({ line, into: key });
  }
  private found(draft: Draft, rule: string, message: string): void {
    const id = `${rule}\t${draft.kind.name}`;
    let finding = this.findingIndex.get(id);
    if (!finding) {
      this.findingIndex.set(id, (finding = { rule, record: draft.kind.name, message, keys: [] }));
      this.findings.push(finding);
    }
    finding.keys.push({ key: draft.key, ...placeOf(draft) });
  }

  /** A record is not in the graph, or not as its rows have it. */
  refused(draft: Draft, reason: string): void {
    this.record(draft.kind.name).refused++;
    this.troubled = true;
    for (const { file, line } of draft.rows) this.of(file).refused.push({ line, reason: `${draft.kind.name} ${draft.key}: ${reason}` });
    if (draft.rows.length > 0) return;
    const { file, line } = draft.origins[0]!;
    this.of(file).unreadable.push({ line, reason: `${draft.kind.name} ${draft.key} is refused: ${reason}`, configured: false });
  }
  /** There is no record that the file could add to. */
  withoutRecord(draft: Draft): void {
    this.record(draft.kind.name).leftOut++;
    for (const { file, line } of draft.rows) this.skip(file, line, `there is no ${draft.kind.name} ${draft.key} to add to`, true);
  }
  /** A link could not be followed. */
  unresolvedLink(draft: Draft, key: string, reference: Reference, effect: UnresolvedReport["effect"]): void {
    if (!this.isNew(`${draft.kind.name}\t${draft.key}\t${key}\t${reference.key}`)) return; // it is tried again
    const configured = reference.missing !== null;
    const { kind, type, system } = reference.target;
    const names = kind ?? `${type} by ${system ?? "code"}`;
    this.troubled ||= !configured;
    this.unresolved.push({
      ...placeOf(draft),
      record: draft.kind.name,
      key: draft.key,
      field: fieldName(draft.kind, key),
      names,
      reason: `there is no ${names} "${reference.key}"`,
      effect,
      configured,
    });
  }
  /** A record is left out because the mapping says so of links that lead nowhere. */
  leftOut(draft: Draft, reason: string): void {
    this.record(draft.kind.name).leftOut++;
    for (const { file, line } of draft.rows) this.skip(file, line, reason, true);
  }
  leftAsItIs(kind: Kind, key: string): void {
    bump(this.record(kind.name).leftAsTheyAre, fieldName(kind, key));
  }
  /** Counts the keys that files share; `files` of a key is the sum of 2 to the power of the index of each that has it. */
  shared(kind: string, keys: Iterable<{ readonly files: number }>): void {
    const masks = new Map<number, number>();
    for (const { files } of keys) masks.set(files, (masks.get(files) ?? 0) + 1);
    const { files } = this.mapping;
    for (const [i, one] of files.entries())
      for (const [j, other] of files.entries()) {
        const pair = (1 << i) | (1 << j);
        const count = i < j ? [...masks].reduce((sum, [mask, times]) => sum + ((mask & pair) === pair ? times : 0), 0) : 0;
        if (count > 0) this.record(kind).shared.push({ files: [one.file, other.file], keys: count });
      }
  }

  private isNew(link: string): boolean {
    if (this.unresolvedLinks.has(link)) return false;
    this.unresolvedLinks.add(link);
    return true;
  }
  private of(file: FileSpec): FileReport {
    return this.files.get(file)!;
  }
  private record(kind: string): RecordReport {
    return this.records.get(kind)!;
  }
}

/** A field as the schema names it. */
export const fieldName = (kind: Kind, key: string): string => [...kind.shape.fields.values()].find((field) => field.key === key)?.name ?? key;
const bump = (counts: Record<string, number>, key: string): void => void (counts[key] = (counts[key] ?? 0) + 1);
const placeOf = ({ origins }: Draft): { file: string; line: number } => {
  const { file, line } = origins[0] as Origin;
  return { file: file.file, line };
};
