/** Reads from a mapping how texts are taken from cells, and which conditions there are. */
import { daysAfter } from "../subgraphs/kernel/dates.js";
import type { CellKind, CellSpec, Condition, Source, Template } from "./cells.js";
import { type DateFormat, type NumberFormat, PLAIN, exactOf, parseDate, parseNumber, readDateFormat } from "./formats.js";
import { type Complaints, Section } from "./sections.js";

/** What holds for every cell of a file unless the cell says otherwise. */
export interface CellDefaults {
  readonly dates: readonly DateFormat[];
  readonly numbers: NumberFormat;
  readonly empty: ReadonlySet<string>;
  readonly trim: CellSpec["trim"];
}
const ISO_DAY = [readDateFormat("YYYY-MM-DD")!];
const ISO_MOMENT = [readDateFormat("YYYY-MM-DDTHH:mm:ssZ")!, readDateFormat("YYYY-MM-DDTHH:mm:ss.000Z")!, ...ISO_DAY];
export const NO_DEFAULTS: CellDefaults = { dates: ISO_DAY, numbers: PLAIN, empty: new Set(), trim: "ends" };
export const DEFAULT_KEYS = ["dates", "numbers", "empty", "trim"] as const;

const STEP_KEYS = [
  "when",
  "trim",
  "empty",
  "match",
  "replace",
  "part",
  "letters",
  "pad",
  "map",
  "otherwise",
  "dates",
  "plusDays",
  "numbers",
  "times",
  "round",
  "cut",
  "slug",
  "default",
  "unreadable",
];
const CELL_KEYS = ["column", "text", "firstOf", ...STEP_KEYS];
const CONDITION_KEYS = ["is", "isNot", "filled", "matches", "after", "before", "from", "to", "least", "most"];
const LONGEST_SLUG = 200;

type Path = readonly (string | number)[];

/** Reads `dates`, `numbers`, `empty` and `trim`; what is not said is as in `outer`. */
export function readDefaults(section: Section, outer: CellDefaults): CellDefaults {
  return {
    dates: section.has("dates") ? readDates(section) : outer.dates,
    numbers: readNumbers(section) ?? outer.numbers,
    empty: section.has("empty") ? new Set(section.texts("empty")) : outer.empty,
    trim: section.option("trim", ["ends", "all", "none"]) ?? outer.trim,
  };
}

function readDates(section: Section): DateFormat[] {
  return section.texts("dates").flatMap((text) => {
    const format = readDateFormat(text);
    if (!format)
      section.complain(
        "dates",
        `"${text}" is no way to write a date: it needs a year (YYYY or YY), a month (MM) and a day (DD), each once, like DD/MM/YYYY; or write excel for a spreadsheet's day numbers.`,
      );
    return format ?? [];
  });
}
function readNumbers(section: Section): NumberFormat | null {
  const numbers = section.section("numbers")?.only(["decimal", "thousands"]);
  if (!numbers) return null;
  const decimal = numbers.option("decimal", [".", ","]) ?? ".";
  const thousands = numbers.text("thousands") ?? "";
  if (thousands.includes(decimal)) numbers.complain("thousands", "must differ from the decimal sign.");
  return { decimal, thousands };
}

/** Reads cells of one file, or of none. */
export class CellReader {
  constructor(
    readonly defaults: CellDefaults,
    readonly complaints: Complaints,
    /** Told of every column that is read, and where the mapping says so. */
    private readonly onColumn: (column: string, path: Path) => void,
  ) {}

  /** The cell at `value`: a text such as "AG-{Code}", or a section. `more` are further keys its section may have. */
  read(value: unknown, path: Path, as: CellKind, more: readonly string[] = []): CellSpec {
    if (typeof value === "string") return this.spec(this.template(value, path), null, as, path);
    const section = Section.from(value, path, this.complaints, 'must be a text such as "{Column}", or keys such as { column: NAME }.')?.only([
      ...CELL_KEYS,
      ...more,
    ]);
    if (!section) return this.spec({ kind: "template", template: [] }, null, as, path);
    return this.spec(this.source(section, as), section, as, path);
  }

  condition(value: unknown, path: Path): Condition {
    if (Array.isArray(value)) return { kind: "all", of: value.map((each, i) => this.condition(each, [...path, i])) };
    const section = Section.from(value, path, this.complaints);
    if (!section) return { kind: "all", of: [] };
    for (const kind of ["all", "any", "none"] as const)
      if (section.has(kind)) {
        section.only([kind]);
        return { kind, of: section.list(kind).map((each) => this.condition(each.value, each.path)) };
      }
    return this.cellCondition(section);
  }

  private cellCondition(section: Section): Condition {
    if (!CONDITION_KEYS.some((key) => section.has(key))) section.complain(null, `says nothing of the cell; add one of ${CONDITION_KEYS.join(", ")}.`);
    const as: CellKind = ["after", "before", "from", "to"].some((key) => section.has(key))
      ? "date"
      : section.has("least") || section.has("most")
        ? "number"
        : "text";
    const cell = this.read(Object.fromEntries(section.keys.map((key) => [key, section.raw(key)])), section.path, as, CONDITION_KEYS);
    const set = (key: string) => (section.has(key) ? new Set(section.texts(key)) : null);
    const day = (key: string, shift: number) => {
      const text = section.text(key);
      const found = text === null ? null : parseDate(text, ISO_DAY, false);
      if (text !== null && found === null) section.complain(key, `"${text}" is not a day; write it like 2026-03-31.`);
      return found && daysAfter(found, shift);
    };
    const number = (key: string) => {
      const text = section.text(key);
      if (text !== null && !parseNumber(text, PLAIN)) section.complain(key, `"${text}" is no number.`);
      return text !== null && parseNumber(text, PLAIN) ? text : null;
    };
    return {
      kind: "cell",
      cell,
      as,
      is: set("is"),
      isNot: set("isNot"),
      filled: section.yes("filled"),
      matches: this.pattern(section, "matches"),
      least: day("after", 1) ?? day("from", 0) ?? number("least"),
      most: day("before", -1) ?? day("to", 0) ?? number("most"),
    };
  }

  private source(section: Section, as: CellKind): Source {
    const given = ["column", "text", "firstOf"].filter((key) => section.has(key));
    if (given.length !== 1) {
      section.complain(
        given[1] ?? null,
        given.length === 0
          ? 'says not where the text comes from: add `column: NAME`, `text: "…{NAME}…"` or `firstOf: […]`.'
          : `can stand only once: there is ${given[0]} already.`,
      );
      return { kind: "template", template: [] };
    }
    if (section.has("text")) return this.template(section.text("text") ?? "", [...section.path, "text"]);
    if (section.has("firstOf")) return { kind: "firstOf", cells: section.list("firstOf").map(({ value, path }) => this.read(value, path, as)) };
    const columns = section.texts("column");
    for (const column of columns) this.onColumn(column, [...section.path, "column"]);
    return { kind: "columns", columns };
  }

  private template(text: string, path: Path): Source {
    const template: (string | { column: string })[] = [];
    for (const [part] of text.matchAll(/\{[^{}]*\}|[^{}]+|[{}]/g)) {
      const column = /^\{([^{}]+)\}$/.exec(part)?.[1]?.trim();
      if (column === undefined && /^[{}]/.test(part))
        this.complaints.add(path, `"${text}" has a brace too many or too few; a column stands in one pair: {Column}.`);
      if (column !== undefined && column !== "key" && column !== "each") this.onColumn(column, path);
      if (column === "each") this.onColumn("{each}", path);
      template.push(column === undefined ? part : { column });
    }
    return { kind: "template", template };
  }

  private spec(source: Source, section: Section | null, as: CellKind, path: Path): CellSpec {
    const constant = source.kind === "template" && source.template.every((part) => typeof part === "string");
    const defaults = constant ? { ...NO_DEFAULTS, dates: as === "dateTime" ? ISO_MOMENT : ISO_DAY } : this.defaults;
    const own = section ? readDefaults(section, defaults) : defaults;
    const map = section?.has("map") ? new Map(section.pairs("map")) : null;
    const cell: CellSpec = {
      source,
      when: section?.has("when") ? this.condition(section.raw("when"), [...path, "when"]) : null,
      ...own,
      match: section ? this.pattern(section, "match") : null,
      part: section ? this.part(section) : null,
      replace: section?.pairs("replace") ?? [],
      letters: section?.option("letters", ["upper", "lower"]) ?? null,
      pad: section ? this.padding(section) : null,
      map,
      otherwise: section?.text("otherwise") ?? null,
      plusDays: section?.has("plusDays") ? this.read(section.raw("plusDays"), [...path, "plusDays"], "number") : null,
      times: section ? this.factor(section) : null,
      round: section?.whole("round", 0, 12) ?? null,
      cut: section?.whole("cut", 1, 10_000) ?? null,
      slug: section?.whole("slug", 16, LONGEST_SLUG) ?? null,
      fallback: section?.text("default") ?? null,
      unreadable: section?.option("unreadable", ["skip", "empty"]) ?? null,
    };
    if (section) this.checkSteps(section, cell, as);
    return cell;
  }

  /** Steps that can have no effect are mistakes. */
  private checkSteps(section: Section, cell: CellSpec, as: CellKind): void {
    if (cell.otherwise !== null && !cell.map && !cell.match)
      section.complain("otherwise", "goes with `map` or `match`: it is what a text becomes that they do not know.");
    if (cell.plusDays && as !== "date" && as !== "dateTime") section.complain("plusDays", "can only be added to a date.");
    if ((cell.times || cell.round !== null) && as !== "number") section.complain(cell.times ? "times" : "round", "can only be done to a number.");
    if (cell.source.kind !== "firstOf") return;
    const lost = section.keys.filter((key) => STEP_KEYS.includes(key) && !["when", "default"].includes(key));
    if (lost.length > 0) section.complain(lost[0]!, "cannot be done to firstOf as a whole; write it into the alternatives.");
  }

  private pattern(section: Section, key: string): RegExp | null {
    const text = section.text(key);
    if (text === null) return null;
    try {
      return new RegExp(text, "u");
    } catch (error) {
      section.complain(key, `is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, "")}.`);
      return null;
    }
  }
  private part(section: Section): [number, number] | null {
    const text = section.text("part");
    if (text === null) return null;
    const match = /^(\d+)-(\d*)$/.exec(text.trim());
    const [from, to] = [Number(match?.[1]), match?.[2] ? Number(match[2]) : Number.MAX_SAFE_INTEGER];
    if (match && from >= 1 && to >= from) return [from, to];
    section.complain("part", `"${text}" must name the first and the last character, counted from 1, like 1-3 (or 5- for all from the fifth on).`);
    return null;
  }
  private padding(section: Section): CellSpec["pad"] {
    const pad = section.section("pad")?.only(["to", "with"]);
    if (!pad) return null;
    const sign = pad.text("with") ?? "0";
    if ([...sign].length !== 1) pad.complain("with", "must be one character.");
    return { to: pad.whole("to", 1, 100) ?? 1, with: sign };
  }
  private factor(section: Section): CellSpec["times"] {
    const text = section.text("times");
    if (text === null) return null;
    if (parseNumber(text, PLAIN)) return exactOf(text);
    section.complain("times", `"${text}" is no number; write one like 1000000 or 0.01.`);
    return null;
  }
}

/** The texts that a cell can come to whatever the file says: a constant, what a map makes, what stands in for nothing. */
export function textsIn(spec: CellSpec): string[] {
  if (spec.source.kind === "firstOf") return [...spec.source.cells.flatMap(textsIn), ...(spec.fallback === null ? [] : [spec.fallback])];
  const made = spec.map ? [...spec.map.values(), ...(spec.otherwise === null ? [] : [spec.otherwise])] : [];
  const constant = spec.source.kind === "template" && !spec.map ? constantOf(spec.source.template) : [];
  return [...made, ...constant, ...(spec.fallback === null ? [] : [spec.fallback])].filter((text) => text !== "");
}
const constantOf = (template: Template): string[] => (template.every((part) => typeof part === "string") ? [template.join("")] : []);
