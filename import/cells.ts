/** From the cells of a row to one text: where it is taken from, and what is done to it, in this order. */
import { createHash } from "node:crypto";
import { type DateFormat, type Exact, type NumberFormat, addDays, compare, exactOf, formatExact, multiply, parseDate, parseNumber, round } from "./formats.js";

/** What a text is taken from: a row's cells, the record's own key, and the part of a cell that is being read. */
export interface Scope {
  /** The text of a column; "" where the row has none. */
  cell(column: string): string;
  readonly key?: string;
  readonly each?: string;
}

export type Template = readonly (string | { readonly column: string })[];

/** Where a text comes from. */
export type Source =
  /** The first of some columns whose cell is not empty. */
  | { readonly kind: "columns"; readonly columns: readonly string[] }
  /** A text with columns in it; empty where one of its columns is. */
  | { readonly kind: "template"; readonly template: Template }
  /** The first of several ways that gives something. */
  | { readonly kind: "firstOf"; readonly cells: readonly CellSpec[] };

export interface CellSpec {
  readonly source: Source;
  readonly when: Condition | null;
  readonly trim: "ends" | "all" | "none";
  /** Texts that mean nothing is known. */
  readonly empty: ReadonlySet<string>;
  readonly match: RegExp | null;
  /** First and last character, counted from 1. */
  readonly part: readonly [number, number] | null;
  readonly replace: readonly (readonly [string, string])[];
  readonly letters: "upper" | "lower" | null;
  readonly pad: { readonly to: number; readonly with: string } | null;
  readonly map: ReadonlyMap<string, string> | null;
  /** What a text becomes that `match` or `map` does not know; null is unreadable. */
  readonly otherwise: string | null;
  /** Days and moments are read by these. */
  readonly dates: readonly DateFormat[];
  readonly plusDays: CellSpec | null;
  readonly numbers: NumberFormat;
  readonly times: Exact | null;
  readonly round: number | null;
  readonly cut: number | null;
  readonly slug: number | null;
  readonly fallback: string | null;
  readonly unreadable: "skip" | "empty" | null;
}

/** What a text has to be. */
export type CellKind = "text" | "date" | "dateTime" | "number";

export type Condition =
  | { readonly kind: "all" | "any" | "none"; readonly of: readonly Condition[] }
  | {
      readonly kind: "cell";
      readonly cell: CellSpec;
      readonly as: CellKind;
      readonly is: ReadonlySet<string> | null;
      readonly isNot: ReadonlySet<string> | null;
      readonly filled: boolean | null;
      readonly matches: RegExp | null;
      readonly least: string | null;
      readonly most: string | null;
    };

/** A cell cannot be read as what it has to be. */
export class Unreadable extends Error {}

/** Hears of what is not in the record though it was in the file: a text that means nothing, an unreadable one let go. */
export interface Listener {
  emptied(text: string, column: string): void;
  unreadable(reason: string, column: string): void;
}
export const DEAF: Listener = { emptied: () => undefined, unreadable: () => undefined };

/** The text a spec gives, "" where there is none; days, moments and numbers in the form the graph takes. Throws Unreadable. */
export function readCell(spec: CellSpec, as: CellKind, scope: Scope, listener: Listener): string {
  if (spec.when && !holds(spec.when, scope)) return "";
  if (spec.source.kind === "firstOf") {
    for (const cell of spec.source.cells) {
      const found = readCell(cell, as, scope, listener);
      if (found !== "") return found;
    }
    return spec.fallback ?? "";
  }
  try {
    const found = convert(spec, as, scope, listener);
    return found === "" && spec.fallback !== null ? spec.fallback : found;
  } catch (error) {
    if (!(error instanceof Unreadable) || spec.unreadable !== "empty") throw error;
    listener.unreadable(error.message, nameOf(spec));
    return spec.fallback ?? "";
  }
}

function convert(spec: CellSpec, as: CellKind, scope: Scope, listener: Listener): string {
  const raw = takeText(spec, scope, listener);
  if (raw === "") return "";
  const text = translate(reshape(spec, raw), raw, spec);
  if (text === "") return "";
  const read = as === "number" ? readNumber(spec, text, raw) : as === "text" ? text : readDay(spec, as, text, raw, scope, listener);
  return finish(spec, read);
}

/** The first text of the source that is not empty and does not mean so. */
function takeText(spec: CellSpec, scope: Scope, listener: Listener): string {
  const { source } = spec;
  if (source.kind === "columns") {
    for (const column of source.columns) {
      const text = clean(spec, scope.cell(column), column, listener);
      if (text !== "") return text;
    }
    return "";
  }
  let whole = "";
  for (const part of (source as { template: Template }).template) {
    const text = typeof part === "string" ? part : clean(spec, fill(part.column, scope), part.column, listener);
    if (text === "") return "";
    whole += text;
  }
  return clean(spec, whole, nameOf(spec), listener);
}
const fill = (column: string, scope: Scope): string => (column === "key" ? (scope.key ?? "") : column === "each" ? (scope.each ?? "") : scope.cell(column));

function clean(spec: CellSpec, text: string, column: string, listener: Listener): string {
  const trimmed = spec.trim === "none" ? text : spec.trim === "all" ? text.trim().replace(/\s+/g, " ") : text.trim();
  if (trimmed === "" || !spec.empty.has(trimmed)) return trimmed;
  listener.emptied(trimmed, column);
  return "";
}

/** Takes a piece, replaces, changes letters, pads. Answers null where the pattern does not fit. */
function reshape(spec: CellSpec, raw: string): string | null {
  let text = raw;
  if (spec.match) {
    const found = spec.match.exec(text);
    if (!found) return null;
    text = found[1] ?? found[0];
  }
  for (const [from, to] of spec.replace) text = text.replaceAll(from, to);
  if (spec.part) text = [...text].slice(spec.part[0] - 1, spec.part[1]).join("");
  if (spec.letters) text = spec.letters === "upper" ? text.toUpperCase() : text.toLowerCase();
  if (spec.pad) text = text.padStart(spec.pad.to, spec.pad.with);
  return text;
}

function translate(text: string | null, raw: string, spec: CellSpec): string {
  if (text === null) {
    if (spec.otherwise !== null) return spec.otherwise;
    throw new Unreadable(`"${shorten(raw)}" does not look like ${spec.match!.source}`);
  }
  if (!spec.map) return text;
  const found = spec.map.get(text) ?? spec.otherwise;
  if (found === null) throw new Unreadable(`"${shorten(raw)}" is not in the map`);
  return found;
}

function readDay(spec: CellSpec, as: CellKind, text: string, raw: string, scope: Scope, listener: Listener): string {
  const day = parseDate(text, spec.dates, as === "dateTime");
  if (day === null) throw new Unreadable(`"${shorten(raw)}" is not a date written ${spec.dates.map((format) => format.text).join(" or ")}`);
  if (!spec.plusDays) return day;
  const days = readCell(spec.plusDays, "number", scope, listener);
  if (days === "") return "";
  const later = addDays(day.slice(0, 10), Number(days));
  if (later === "" || !/^-?\d+$/.test(days)) throw new Unreadable(`"${shorten(days)}" is no number of days to add`);
  return later + day.slice(10);
}

function readNumber(spec: CellSpec, text: string, raw: string): string {
  let number = parseNumber(text, spec.numbers);
  if (number === null) throw new Unreadable(`"${shorten(raw)}" is not a number written like ${example(spec.numbers)}`);
  if (spec.times) number = multiply(number, spec.times);
  if (spec.round !== null) number = round(number, spec.round);
  return formatExact(number);
}
const example = ({ decimal, thousands }: NumberFormat): string => `1${thousands.slice(0, 1)}250${decimal}50`;

function finish(spec: CellSpec, text: string): string {
  const cut = spec.cut === null ? text : [...text].slice(0, spec.cut).join("").trimEnd();
  return spec.slug === null ? cut : slugOf(cut, spec.slug);
}

/** Capital letters, digits and hyphens, at most `longest` of them. What was lost on the way is told apart by six hex digits of its SHA-256. */
export function slugOf(text: string, longest: number): string {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase();
  const slug = plain.replace(/[^A-Z0-9]+/g, "-").replace(/^-|-$/g, "");
  if (slug.length <= longest && slug.replaceAll("-", " ") === text) return slug;
  const mark = createHash("sha256").update(text).digest("hex").slice(0, 6).toUpperCase();
  return `${slug.slice(0, longest - 7).replace(/-$/, "")}-${mark}`;
}

/** Whether a condition holds. A cell that cannot be read counts as empty. */
export function holds(condition: Condition, scope: Scope): boolean {
  if (condition.kind !== "cell")
    return condition.kind === "all"
      ? condition.of.every((each) => holds(each, scope))
      : condition.of.some((each) => holds(each, scope)) === (condition.kind === "any");
  const text = readQuietly(condition.cell, condition.as, scope);
  if (condition.filled !== null && (text !== "") !== condition.filled) return false;
  if (condition.is && !condition.is.has(text)) return false;
  if (condition.isNot?.has(text)) return false;
  if (condition.matches && !condition.matches.test(text)) return false;
  if (condition.least === null && condition.most === null) return true;
  if (text === "") return false;
  return (
    (condition.least === null || order(text, condition.least, condition.as) >= 0) && (condition.most === null || order(text, condition.most, condition.as) <= 0)
  );
}
const order = (a: string, b: string, as: CellKind): number => (as === "number" ? compare(exactOf(a), exactOf(b)) : a < b ? -1 : a > b ? 1 : 0);

function readQuietly(cell: CellSpec, as: CellKind, scope: Scope): string {
  try {
    return readCell(cell, as, scope, DEAF);
  } catch (error) {
    if (error instanceof Unreadable) return "";
    throw error;
  }
}

/** The texts in a cell that holds several, parted by `split`. */
export const splitCell = (spec: CellSpec, split: string, scope: Scope, listener: Listener): string[] =>
  readRaw(spec, scope, listener)
    .split(split)
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** What the cell holds before anything is done to it. */
const readRaw = (spec: CellSpec, scope: Scope, listener: Listener): string =>
  spec.when && !holds(spec.when, scope) ? "" : spec.source.kind === "firstOf" ? readCell(spec, "text", scope, listener) : takeText(spec, scope, listener);

/** What a spec reads, for people: its columns. */
export const nameOf = (spec: CellSpec): string => columnsIn({ ...spec, when: null, plusDays: null }).join(", ");

/** The columns a spec reads. */
function columnsIn(spec: CellSpec): string[] {
  const { source } = spec;
  const own =
    source.kind === "columns"
      ? source.columns
      : source.kind === "firstOf"
        ? source.cells.flatMap(columnsIn)
        : source.template.flatMap((part) => (typeof part === "string" ? [] : [part.column]));
  return [...own, ...(spec.plusDays ? columnsIn(spec.plusDays) : []), ...(spec.when ? columnsOfCondition(spec.when) : [])];
}
const columnsOfCondition = (condition: Condition): string[] =>
  condition.kind === "cell" ? columnsIn(condition.cell) : condition.of.flatMap(columnsOfCondition);

const LONGEST_QUOTE = 60;
export const shorten = (text: string): string => (text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
