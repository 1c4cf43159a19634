/** Reads a mapping's YAML key by key; every complaint says what to write instead. */
import path from "node:path";
import { isCurrency } from "../subgraphs/kernel/decimals.js";
import { type CellDefaults, CellReader, DEFAULT_KEYS, NO_DEFAULTS, readDefaults } from "./cellSpecs.js";
import { type FieldOptions, FieldReader, type FieldSpec, type ReadField, isConstant } from "./fieldSpecs.js";
import { type FileSpec, type Kind, type Mapping, type SourceSpec, linksIn } from "./mapping.js";
import { type Complaints, Section, suggest } from "./sections.js";
import { type FieldShape, type TypeShape, readShapes } from "./shapes.js";
import { ENCODINGS, type TableSpec } from "./tables.js";

const TOP_KEYS = ["title", "system", "currency", "tolerate", "records", "files", ...DEFAULT_KEYS];
const RECORD_KEYS = ["type", "system", "tolerate", "fields"];
const FILE_KEYS = [
  "file",
  "optional",
  "encoding",
  "delimiter",
  "quote",
  "looseQuotes",
  "header",
  "columns",
  "ragged",
  "skip",
  "rows",
  "gives",
  ...DEFAULT_KEYS,
];
const MOST_FILES = 30;
const SOURCE_KEYS = ["key", "forEach", "when", "creates", "fields"];

interface RecordHead {
  readonly name: string;
  readonly section: Section;
  readonly shape: TypeShape;
  readonly type: string;
  readonly system: string;
}

export class MappingReader {
  private readonly shapes = readShapes();
  private readonly heads = new Map<string, RecordHead>();
  private readonly defaults: CellDefaults;
  private readonly currency: string | null;

  constructor(
    private readonly root: Section,
    private readonly complaints: Complaints,
  ) {
    root.only(TOP_KEYS);
    this.defaults = readDefaults(root, NO_DEFAULTS);
    this.currency = root.text("currency");
    if (this.currency !== null && !isCurrency(this.currency)) root.complain("currency", `"${this.currency}" is not an ISO 4217 currency like EUR or IDR.`);
  }

  read(name: string): Mapping {
    const system = this.root.needed("system", "the name of the system the files come from; the keys of its records are kept under it");
    if (system.length > 100) this.root.complain("system", "must have at most 100 characters.");
    this.readHeads(system);
    const fields = new Map<string, Map<string, ReadField[]>>([...this.heads.keys()].map((kind) => [kind, new Map()]));
    const constants = this.readConstants(fields);
    const files = this.root.sections("files").map((section) => this.file(section.only(FILE_KEYS), fields));
    if (files.length === 0) this.root.complain(null, "names no files: list them under `files:`.");
    if (files.length > MOST_FILES) this.root.complain("files", `are ${files.length}; ${MOST_FILES} is the most one mapping can have. Divide it.`);
    const kinds = [...this.heads.values()].map((head) => this.kind(head, constants.get(head.name)!, fields.get(head.name)!, files));
    return { name, title: this.root.text("title") ?? name, files, kinds: inOrder(kinds, this.root), complaints: this.complaints };
  }

  private readHeads(system: string): void {
    const records = this.root.section("records");
    if (!records) this.root.complain(null, "names no records: say under `records:` what is to be made.");
    const owners = new Map<string, string>();
    for (const name of records?.keys ?? []) {
      const section = records!.section(name)?.only(RECORD_KEYS);
      if (!section) continue;
      const type = section.needed("type", "the type of the graph its records are of, such as Customer");
      const shape = this.shapes.get(type);
      if (type && !shape)
        section.complain(
          "type",
          `"${type}" is not a type of the graph${suggest(type, [...this.shapes.keys()])}; known are ${[...this.shapes.keys()].join(", ")}.`,
        );
      const own = section.text("system") ?? system;
      const clash = owners.get(`${type} ${own}`);
      if (clash) section.complain(null, `and ${clash} are both ${type} records with keys of ${own}; give one of them a \`system\` of its own.`);
      owners.set(`${type} ${own}`, name);
      if (shape) this.heads.set(name, { name, section, shape, type, system: own });
    }
  }

  /** The fields under `records`: constants, or texts made of {key}. */
  private readConstants(fields: Map<string, Map<string, ReadField[]>>): Map<string, Map<string, FieldSpec>> {
    const cells = new CellReader(this.defaults, this.complaints, (column, at) =>
      this.complaints.add(at, `names the column ${column}, but no file is meant here; use {key}, or set the field under \`gives\`.`),
    );
    const reader = new FieldReader(cells, this.shapes, this.heads, this.currency);
    return new Map(
      [...this.heads.values()].map(({ name, section, shape }) => [name, this.keep(fields.get(name)!, reader.read(section.section("fields"), shape))]),
    );
  }
  private keep(all: Map<string, ReadField[]>, read: Map<string, ReadField>): Map<string, FieldSpec> {
    for (const [key, field] of read) all.set(key, [...(all.get(key) ?? []), field]);
    return new Map([...read].map(([key, { spec }]) => [key, spec]));
  }

  private file(section: Section, fields: Map<string, Map<string, ReadField[]>>): FileSpec {
    const table = this.table(section);
    const columns: { column: string; at: readonly (string | number)[] }[] = [];
    const cells = new CellReader(readDefaults(section, this.defaults), this.complaints, (column, at) => columns.push({ column, at }));
    const gives: SourceSpec[] = [];
    const checkColumns = (present: readonly string[]) => {
      for (const { column, at } of columns) this.checkColumn(table, column, at, present);
    };
    const file: FileSpec = {
      ...table,
      optional: section.yes("optional") ?? false,
      ragged: section.option("ragged", ["skip", "fill"]),
      skip: this.skips(section, cells),
      rows: null,
      gives,
      checkColumns,
    };
    const given = section.section("gives");
    if (!given) section.complain(null, "says not what it gives: name records under `gives:`.");
    for (const name of given?.keys ?? []) {
      const head = this.heads.get(name);
      const source = head && given!.section(name)?.only(SOURCE_KEYS);
      if (!head)
        given!.complain(name, `is not one of the mapping's records${suggest(name, [...this.heads.keys()])}; they are ${[...this.heads.keys()].join(", ")}.`);
      if (source) gives.push(this.source(head, source, file, cells, fields, columns));
    }
    return Object.assign(file, { rows: this.rowsOf(section, gives) });
  }

  private table(section: Section): TableSpec {
    const file = section.needed("file", "the name of the file in the folder of the import");
    if (path.isAbsolute(file) || file.split(/[\\/]/).includes(".."))
      section.complain("file", "must lie in the folder of the import: no / in front and no `..`.");
    const delimiter = section.text("delimiter") ?? ",";
    const sign = delimiter === "tab" ? "\t" : delimiter;
    if ([...sign].length !== 1) section.complain("delimiter", "must be one character, such as ; or tab.");
    const quote = section.text("quote") ?? '"';
    if (quote !== "none" && [...quote].length !== 1) section.complain("quote", "must be one character, or none.");
    return {
      file,
      delimiter: sign,
      quote: quote === "none" ? "" : quote,
      encoding: section.option("encoding", ENCODINGS) ?? "utf-8",
      looseQuotes: section.yes("looseQuotes") ?? false,
      header: section.whole("header", 1, 10_000) ?? 1,
      columns: section.has("columns") ? section.texts("columns") : null,
    };
  }

  private skips(section: Section, cells: CellReader): FileSpec["skip"] {
    return section.sections("skip").map((each) => {
      each.only(["when", "reason"]);
      if (!each.has("when")) each.complain(null, "lacks `when`: the condition under which a row is left out.");
      return {
        when: cells.condition(each.raw("when") ?? {}, [...each.path, "when"]),
        reason: each.needed("reason", "the report says it of each row left out"),
      };
    });
  }

  private source(
    head: RecordHead,
    section: Section,
    file: FileSpec,
    cells: CellReader,
    fields: Map<string, Map<string, ReadField[]>>,
    columns: readonly { column: string; at: readonly (string | number)[] }[],
  ): SourceSpec {
    const reader = new FieldReader(cells, this.shapes, this.heads, this.currency);
    if (!section.has("key")) section.complain(null, `lacks \`key\`: the column that tells one ${head.name} from another.`);
    const before = columns.length;
    const source: SourceSpec = {
      kind: head.name,
      file,
      key: cells.read(section.raw("key") ?? "", [...section.path, "key"], "text"),
      each: section.has("forEach") ? reader.each(section) : null,
      when: section.has("when") ? cells.condition(section.raw("when"), [...section.path, "when"]) : null,
      creates: section.yes("creates") ?? true,
      fields: this.keep(fields.get(head.name)!, reader.read(section.section("fields"), head.shape)),
    };
    const stray = source.each ? undefined : columns.slice(before).find(({ column, at }) => column === "{each}" && !this.standsInItem(section, at));
    if (stray) this.complaints.add(stray.at, "{each} is a part of the cell that `forEach` splits; there is none here.");
    return source;
  }
  /** Whether an item of a list around `at` has a forEach of its own. */
  private standsInItem(section: Section, at: readonly (string | number)[]): boolean {
    let value: unknown = Object.fromEntries(section.keys.map((key) => [key, section.raw(key)]));
    for (const step of at.slice(section.path.length)) {
      value = (value as Record<string | number, unknown>)[step];
      if (typeof value === "object" && value !== null && "forEach" in value) return true;
    }
    return false;
  }

  private rowsOf(section: Section, gives: readonly SourceSpec[]): string | null {
    const name = section.text("rows");
    const candidates = gives.filter(({ each }) => !each).map(({ kind }) => kind);
    if (name === null) return gives.length > 0 && !gives[0]!.each ? gives[0]!.kind : null;
    if (!candidates.includes(name)) section.complain("rows", `"${name}" must be one of what the file gives without forEach: ${candidates.join(", ")}.`);
    return name;
  }

  private checkColumn(table: TableSpec, column: string, at: readonly (string | number)[], present: readonly string[]): void {
    if (column === "{each}") return;
    const times = present.filter((name) => name === column).length;
    if (times === 1) return;
    if (times > 1)
      return this.complaints.add(
        at,
        `${table.file} has ${times} columns called "${column}"; rename one, or name all columns with \`columns:\` and begin to read below their line with \`header: ${table.header + 1}\`.`,
      );
    const hint =
      present.length === 1 && table.columns === null
        ? ` It seems to have one column only, "${present[0]!.slice(0, 100)}"; is the delimiter "${table.delimiter === "\t" ? "tab" : table.delimiter}" right?`
        : ` It has: ${present.join(", ")}.`;
    this.complaints.add(at, `${table.file} has no column "${column}"${suggest(column, present)}.${hint}`);
  }

  private kind({ name, section, shape, system }: RecordHead, fields: Map<string, FieldSpec>, all: Map<string, ReadField[]>, files: readonly FileSpec[]): Kind {
    const sources = files.flatMap(({ gives }) => gives.filter(({ kind }) => kind === name));
    if (sources.length === 0) section.complain(null, "is given by no file; name it under `gives` of one, or leave it out.");
    const creating = sources.filter(({ creates }) => creates);
    for (const field of shape.fields.values())
      if (field.required && creating.length > 0 && !all.has(field.key))
        section.complain(null, `nothing fills ${field.name}, which every ${shape.type} needs; set it under \`fields\`.`);
    return { name, shape, system, tolerate: this.tolerated(section, shape), fields, options: this.options(section, shape, all), sources };
  }

  private tolerated(section: Section, shape: TypeShape): Set<string> {
    const known = new Set([...this.heads.values()].flatMap((head) => head.shape.rules));
    for (const rule of this.root.texts("tolerate"))
      if (!known.has(rule))
        this.root.complain(
          "tolerate",
          `"${rule}" is not a rule of the mapping's records${suggest(rule, [...known])}; their rules are ${[...known].join(", ")}.`,
        );
    for (const rule of section.texts("tolerate"))
      if (!shape.rules.includes(rule))
        section.complain(
          "tolerate",
          `"${rule}" is not a rule of ${shape.type}${suggest(rule, shape.rules)}; its rules are ${shape.rules.join(", ") || "none"}.`,
        );
    return new Set([...this.root.texts("tolerate"), ...section.texts("tolerate")]);
  }

  private options(section: Section, shape: TypeShape, all: ReadonlyMap<string, readonly ReadField[]>): Map<string, FieldOptions> {
    const agreed = <T>(field: FieldShape, name: string, said: readonly (T | null)[]): T | null => {
      const different = new Set(said.filter((each) => each !== null));
      if (different.size > 1) section.complain(null, `${field.name} has two different \`${name}\`: ${[...different].join(" and ")}. Say it once.`);
      return [...different][0] ?? null;
    };
    return new Map(
      [...all].map(([key, fields]) => {
        const shapeOfKey = [...shape.fields.values()].find((field) => field.key === key)!;
        const options = fields.map((field) => field.options);
        const set = agreed(
          shapeOfKey,
          "set",
          options.map((each) => each.set),
        );
        const merge = agreed(
          shapeOfKey,
          "merge",
          options.map((each) => each.merge),
        );
        const blank = agreed(
          shapeOfKey,
          "blank",
          options.map((each) => each.blank),
        );
        return [key, { merge, blank, set: set ?? (shapeOfKey.setter !== "client" || fields.every(({ spec }) => isConstant(spec)) ? "once" : null) }];
      }),
    );
  }
}

/** Kinds such that each stands behind those it names; a link a record can do without may point forward, where it must. */
function inOrder(kinds: readonly Kind[], root: Section): Kind[] {
  const ordered: Kind[] = [];
  const waiting = new Map(kinds.map((kind) => [kind.name, kind]));
  const isFree = (kind: Kind, all: boolean) => ![...neededKinds(kind, all)].some((name) => name !== kind.name && waiting.has(name));
  while (waiting.size > 0) {
    const next = [...waiting.values()].find((kind) => isFree(kind, true)) ?? [...waiting.values()].find((kind) => isFree(kind, false));
    if (!next) {
      root.complain("records", `${[...waiting.keys()].join(" and ")} need each other before they can be made; leave one of the links out.`);
      return ordered;
    }
    ordered.push(next);
    waiting.delete(next.name);
  }
  return ordered;
}

/** The kinds that records of `kind` name; without `all`, only by links they cannot do without. */
function neededKinds(kind: Kind, all: boolean): Set<string> {
  const required = new Set([...kind.shape.fields.values()].filter((field) => field.required).map(({ key }) => key));
  const names = [kind.fields, ...kind.sources.map(({ fields }) => fields)].flatMap((fields) =>
    [...fields].flatMap(([key, spec]) => (all || required.has(key) ? linksIn(spec).flatMap(({ target }) => target.kind ?? []) : [])),
  );
  return new Set(names);
}
