/** A mapping: which file, which rows and which columns become which records and links. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { CellSpec, Condition } from "./cells.js";
import type { EachSpec, FieldOptions, FieldSpec, LinkSpec, LinkTarget } from "./fieldSpecs.js";
import { MappingReader } from "./mappingReader.js";
import { type Complaints, MappingError, readYaml } from "./sections.js";
import type { TypeShape } from "./shapes.js";
import type { TableSpec } from "./tables.js";

export interface Mapping {
  /** The file's name without folder and ending. */
  readonly name: string;
  readonly title: string;
  readonly files: readonly FileSpec[];
  /** In an order in which each can name those before it. */
  readonly kinds: readonly Kind[];
  /** What is said against it when it meets its files. */
  readonly complaints: Complaints;
}

/** A kind of record: what the mapping makes of one type. */
export interface Kind {
  readonly name: string;
  readonly shape: TypeShape;
  /** The system under which its keys are filed as external ids. */
  readonly system: string;
  readonly tolerate: ReadonlySet<string>;
  /** Fields that are the same whatever file the record comes from; they stand in where no file fills them. */
  readonly fields: ReadonlyMap<string, FieldSpec>;
  readonly options: ReadonlyMap<string, FieldOptions>;
  readonly sources: readonly SourceSpec[];
}

/** What a file's rows give to one kind of record. */
export interface SourceSpec {
  readonly kind: string;
  readonly file: FileSpec;
  readonly key: CellSpec;
  readonly each: EachSpec | null;
  readonly when: Condition | null;
  /** Whether a key only this file has makes a record. */
  readonly creates: boolean;
  readonly fields: ReadonlyMap<string, FieldSpec>;
}

export interface FileSpec extends TableSpec {
  readonly optional: boolean;
  /** What is done with a row that has too few cells; null is not said. */
  readonly ragged: "skip" | "fill" | null;
  readonly skip: readonly { readonly when: Condition; readonly reason: string }[];
  /** The kind of record each row stands for; null where a row stands for several. */
  readonly rows: string | null;
  readonly gives: readonly SourceSpec[];
  /** Complains of every column that the mapping names and the file, which has `columns`, does not have. */
  checkColumns(columns: readonly string[]): void;
}

/** Reads the mapping at `file`. Throws a MappingError that says all that is wrong with it. */
export function readMapping(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new MappingError([
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}); name a mapping file, such as import/mappings/us-itdb-2012.yaml.`,
    ]);
  }
  return parseMapping(file, text);
}

/** Reads a mapping from its text; `file` is what it is called in complaints. */
export function parseMapping(file: string, text: string): Mapping {
  const { root, complaints } = readYaml(file, text);
  complaints.throwIfAny();
  const mapping = new MappingReader(root, complaints).read(path.basename(file).replace(/\.ya?ml$/, ""));
  complaints.throwIfAny();
  return mapping;
}

/** Every link in a field. */
export function linksIn(spec: FieldSpec): LinkSpec[] {
  if (spec.kind === "scalar") return [];
  if (spec.kind === "items") return spec.items.flatMap(({ members }) => [...members.values()].flatMap(linksIn));
  return [...spec.ways];
}

/** Every place in which records are looked up for a mapping's links. */
export const targetsOf = (kind: Kind): LinkTarget[] =>
  [kind.fields, ...kind.sources.map(({ fields }) => fields)].flatMap((fields) => [...fields.values()].flatMap(linksIn).map(({ target }) => target));
