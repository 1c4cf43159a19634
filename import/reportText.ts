/** The report as a person reads it, and as a program does. */
import { groupBy } from "../subgraphs/kernel/groups.js";
import type { FileReport, RecordReport, Report, RowNote } from "./report.js";

/** What stands above a report. */
export interface Heading {
  readonly folder: string;
  readonly dryRun: boolean;
  readonly seconds: number;
  /** The request under which the changes stand in the ledgers. */
  readonly request: string;
  /** Why the import stopped before its end; null where it did not. */
  readonly stopped: string | null;
}

/** The whole report as JSON. */
export const toJson = (report: Report, heading: Heading): string =>
  `${JSON.stringify(
    {
      mapping: report.mapping.name,
      title: report.mapping.title,
      ...heading,
      clean: !report.troubled && heading.stopped === null,
      files: [...report.files.values()].map((file) => ({ ...file, counts: countsOf(file) })),
      records: [...report.records.values()],
      findings: report.findings,
      unresolved: report.unresolved,
    },
    null,
    1,
  )}\n`;

const countsOf = ({ read, kept, merged, skipped, refused }: FileReport) => ({
  read,
  kept,
  merged: merged.length,
  skipped: skipped.length,
  refused: refused.length,
});

/** The report as text; long lists are cut short, the JSON has them whole. */
export function toText(report: Report, { folder, dryRun, seconds, request, stopped }: Heading): string {
  const lines = [
    `${report.mapping.title}: ${dryRun ? "dry run, nothing was written" : `imported from ${folder}`}, ${seconds.toFixed(1)} s${dryRun ? "" : `, request ${request}`}`,
    "",
  ];
  lines.push(...fileTable([...report.files.values()]), "");
  for (const file of report.files.values()) lines.push(...fileNotes(file));
  lines.push(...recordTable([...report.records.values()], dryRun), "");
  for (const record of report.records.values()) lines.push(...recordNotes(record));
  lines.push(...findingNotes(report), ...unresolvedNotes(report));
  lines.push(stopped ?? verdict(report, dryRun));
  return `${lines.join("\n").replace(/\n{3,}/g, "\n\n")}\n`;
}

function verdict(report: Report, dryRun: boolean): string {
  if (!report.troubled) return dryRun ? "The import would go through." : "Done.";
  return "Some rows were skipped, refused or left incomplete in ways the mapping does not provide for: see above. Correct the files, or say in the mapping what to do with such rows, and run it again.";
}

const number = (value: number): string => value.toLocaleString("en-US");

/** Columns of text, the first to the left and the rest to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "));
}

const fileTable = (files: readonly FileReport[]): string[] =>
  table([
    ["file", "rows read", "kept", "merged", "skipped", "refused"],
    ...files.map((file) => [file.file, ...(file.present ? Object.values(countsOf(file)).map(number) : ["not there", "", "", "", ""])]),
  ]);

const recordTable = (records: readonly RecordReport[], dryRun: boolean): string[] =>
  table([
    ["records", dryRun ? "to create" : "created", dryRun ? "to update" : "updated", "unchanged", "refused", "left out"],
    ...records.map(({ name, type, created, updated, unchanged, refused, leftOut }) => [
      `${name} (${type})`,
      ...[created, updated, unchanged, refused, leftOut].map(number),
    ]),
  ]);

function fileNotes(file: FileReport): string[] {
  const lines = [
    ...byReason(file.skipped.filter(({ configured }) => configured)).map((note) => `  skipped as the mapping says: ${note}`),
    ...byReason(file.skipped.filter(({ configured }) => !configured)).map((note) => `  SKIPPED: ${note}`),
    ...byReason(file.refused).map((note) => `  REFUSED: ${note}`),
    ...byReason(file.unreadable.filter(({ configured }) => configured)).map((note) => `  read as empty, since it is unreadable: ${note}`),
    ...byReason(file.unreadable.filter(({ configured }) => !configured)).map((note) => `  UNREADABLE: ${note}`),
    ...file.readAsEmpty.map(({ column, text, lines: at }) => `  read as empty: "${text}" in ${column}, ${listLines(at)}`),
    ...(file.merged.length > 0 ? [`  merged into a record of an earlier row: ${listLines(file.merged.map(({ line }) => line))}`] : []),
  ];
  return lines.length > 0 ? [file.file, ...lines, ""] : [];
}

const MOST_REASONS = 20;
const MOST_LINES = 8;

function byReason(notes: readonly RowNote[]): string[] {
  const texts = [
    ...groupBy(
      notes,
      ({ reason }) => reason,
      ({ line }) => line,
    ),
  ].map(([reason, at]) => `${reason}, ${listLines(at)}`);
  return texts.length > MOST_REASONS ? [...texts.slice(0, MOST_REASONS), `and ${number(texts.length - MOST_REASONS)} reasons more`] : texts;
}
function listLines(lines: readonly number[]): string {
  const shown = lines.slice(0, MOST_LINES).join(", ");
  if (lines.length === 1) return `line ${shown}`;
  return `${number(lines.length)} rows (line ${shown}${lines.length > MOST_LINES ? ", …" : ""})`;
}

function recordNotes({ name, keys, shared, differing, leftAsTheyAre }: RecordReport): string[] {
  const files = Object.entries(keys);
  const lines = [
    ...(files.length > 1 ? [`  ${files.map(([file, count]) => `${number(count)} in ${file}`).join(", ")}`] : []),
    ...shared.map(({ files: both, keys: count }) => `  ${number(count)} in both ${both.join(" and ")}`),
    ...Object.entries(differing).map(([field, count]) => `  ${field} differed between merged rows of ${number(count)} records`),
    ...Object.entries(leftAsTheyAre).map(
      ([field, count]) => `  ${field} of ${number(count)} records differs from the file and is left as it is: it is set once`,
    ),
  ];
  return lines.length > 0 ? [name, ...lines, ""] : [];
}

const findingNotes = ({ findings }: Report): string[] =>
  findings.length === 0
    ? []
    : [
        "Let in with a finding",
        ...findings.map(
          ({ rule, record, keys }) =>
            `  ${rule}: ${number(keys.length)} ${record} (${keys
              .slice(0, MOST_LINES)
              .map(({ key, line }) => `${key} line ${line}`)
              .join(", ")}${keys.length > MOST_LINES ? ", …" : ""})`,
        ),
        "",
      ];

function unresolvedNotes({ unresolved }: Report): string[] {
  if (unresolved.length === 0) return [];
  const lines = unresolved
    .slice(0, MOST_REASONS)
    .map(({ file, line, record, key, field, reason, effect }) => `  ${file} line ${line}: ${record} ${key}, ${field}: ${reason}; ${effect}`);
  return [
    "References that lead nowhere",
    ...lines,
    ...(unresolved.length > MOST_REASONS ? [`  and ${number(unresolved.length - MOST_REASONS)} more`] : []),
    "",
  ];
}
