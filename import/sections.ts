/** Reads a mapping's YAML key by key, and says of everything that means nothing where it stands and what to write instead. */
import { LineCounter, type Document, isMap, isNode, isScalar, parseDocument } from "yaml";

/** A mapping, or what it says of the files, cannot be used. The message has one line for each complaint. */
export class MappingError extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(complaints.join("\n"));
  }
}

type Path = readonly (string | number)[];
const MOST_COMPLAINTS = 25;

/** What is wrong with a mapping, gathered so that all of it is said at once. */
export class Complaints {
  private readonly found: { readonly line: number; readonly text: string }[] = [];

  constructor(
    private readonly name: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  add(path: Path, message: string): void {
    const line = this.lineOf(path);
    this.found.push({ line, text: `${this.name}:${line}: ${path.length > 0 ? `${path.join(".")}: ` : ""}${message}` });
  }

  /** Throws a MappingError if anything was added. */
  throwIfAny(): void {
    if (this.found.length === 0) return;
    const texts = [...new Set([...this.found].sort((a, b) => a.line - b.line).map(({ text }) => text))];
    const rest = texts.length - MOST_COMPLAINTS;
    throw new MappingError(rest > 0 ? [...texts.slice(0, MOST_COMPLAINTS), `… and ${rest} more.`] : texts);
  }

  /** The line of the key at `path`, or of the nearest thing above it that stands in the file. */
  private lineOf(path: Path): number {
    for (let depth = path.length; depth > 0; depth--) {
      const parent = this.document.getIn(path.slice(0, depth - 1), true);
      const last = path[depth - 1];
      const key = isMap(parent)
        ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
        : this.document.getIn(path.slice(0, depth), true);
      if (isNode(key) && key.range) return this.lines.linePos(key.range[0]).line;
    }
    return 1;
  }
}

/** Reads YAML whose every scalar is text: `005` stays 005, and `no` stays no. Throws a MappingError where it is not YAML. */
export function readYaml(name: string, text: string): { root: Section; complaints: Complaints } {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", merge: true, lineCounter: lines });
  if (document.errors.length > 0)
    throw new MappingError(
      document.errors.map(
        ({ message, pos }) =>
          `${name}:${lines.linePos(pos[0]).line}: is not YAML: ${message.split("\n")[0]!.replace(/ at line.*$/, "")}. Check indentation, colons and quotes.`,
      ),
    );
  const complaints = new Complaints(name, document, lines);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw new MappingError([`${name}: ${(error as Error).message}. An alias (*name) repeats what an anchor (&name) above it marks.`]);
  }
  return { root: Section.from(content, [], complaints) ?? new Section([], {}, complaints), complaints };
}

/** A YAML mapping: keys with values. */
export class Section {
  constructor(
    readonly path: Path,
    private readonly content: Readonly<Record<string, unknown>>,
    readonly complaints: Complaints,
  ) {}

  /** `value` as a section; null, with a complaint, where it is none. */
  static from(
    value: unknown,
    path: Path,
    complaints: Complaints,
    otherwise = "must be keys with values, each on a line of its own like `key: value`.",
  ): Section | null {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return new Section(path, value as Record<string, unknown>, complaints);
    complaints.add(path, otherwise);
    return null;
  }

  get keys(): string[] {
    return Object.keys(this.content);
  }
  has(key: string): boolean {
    return key in this.content;
  }
  raw(key: string): unknown {
    return this.content[key];
  }
  complain(key: string | null, message: string): void {
    this.complaints.add(key === null ? this.path : [...this.path, key], message);
  }

  /** Complains of every key that is not one of `known`. */
  only(known: readonly string[]): this {
    for (const key of this.keys) if (!known.includes(key)) this.complain(key, this.strange(key, known));
    return this;
  }
  private strange(key: string, known: readonly string[]): string {
    if (this.content[key] === null && this.keys.length === 1) return `a text with a column in braces stands in quotes: "{${key}}".`;
    return `is not a key that can stand here${suggest(key, known)}; known are ${known.join(", ")}.`;
  }

  /** The text under `key`; null where the key is missing. */
  text(key: string): string | null {
    const value = this.content[key];
    if (value === undefined) return null;
    if (typeof value === "string") return value;
    this.complain(key, isBraced(value) ? `a text with a column in braces stands in quotes: "{${Object.keys(value)[0]}}".` : "must be one text.");
    return null;
  }
  /** The text under `key`, which may not be missing or empty. */
  needed(key: string, what: string): string {
    const text = this.text(key);
    if (text === null && !this.has(key)) this.complain(null, `lacks \`${key}\`: ${what}.`);
    else if (text === "") this.complain(key, `is empty: ${what}.`);
    return text ?? "";
  }
  /** One of `options`. */
  option<T extends string>(key: string, options: readonly T[]): T | null {
    const text = this.text(key);
    if (text === null || (options as readonly string[]).includes(text)) return text as T | null;
    this.complain(key, `"${text}" must be one of ${options.join(", ")}${suggest(text, options)}.`);
    return null;
  }
  yes(key: string): boolean | null {
    const found = this.option(key, ["true", "false"]);
    return found === null ? null : found === "true";
  }
  /** A whole number from `least` to `most`. */
  whole(key: string, least: number, most: number): number | null {
    const text = this.text(key);
    if (text === null) return null;
    const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.complain(key, `"${text}" must be a whole number from ${least} to ${most}.`);
    return null;
  }
  /** One text or a list of texts; empty where the key is missing. */
  texts(key: string): string[] {
    const value = this.content[key];
    if (value === undefined) return [];
    if (typeof value === "string") return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    this.complain(key, "must be one text or a list of texts like [a, b].");
    return [];
  }
  /** Pairs of texts: `{ from: to }`. */
  pairs(key: string): [string, string][] {
    const section = this.section(key);
    return section ? section.keys.map((from) => [from, section.text(from) ?? ""]) : [];
  }
  /** The section under `key`; null where the key is missing. */
  section(key: string): Section | null {
    const value = this.content[key];
    return value === undefined || value === "" ? null : Section.from(value, [...this.path, key], this.complaints);
  }
  /** The value under `key` as a list of raw values with their paths; one that is no list is a list of one. */
  list(key: string): { value: unknown; path: Path }[] {
    const value = this.content[key];
    if (value === undefined || value === "") return [];
    const path = [...this.path, key];
    return Array.isArray(value) ? value.map((item: unknown, i) => ({ value: item, path: [...path, i] })) : [{ value, path }];
  }
  /** The sections in the list under `key`. */
  sections(key: string): Section[] {
    return this.list(key).flatMap(({ value, path }) => Section.from(value, path, this.complaints) ?? []);
  }
}

/** Whether YAML read `{Column}` as a mapping with an empty value, since it was not quoted. */
const isBraced = (value: unknown): value is Record<string, null> =>
  typeof value === "object" && value !== null && Object.values(value).length === 1 && Object.values(value)[0] === null;

/** ", did you mean X?" for the option that is nearly `text`. */
export function suggest(text: string, options: readonly string[]): string {
  const limit = Math.max(2, Math.floor(text.length / 3));
  const [best] = options
    .map((option) => ({ option, distance: distanceBetween(text.toLowerCase(), option.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= limit ? ` (did you mean ${best.option}?)` : "";
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
