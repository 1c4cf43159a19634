/** Reads from a mapping what a record's fields are filled with. */
import { parseMoment } from "../transport/moments.js";
import { isDay } from "../subgraphs/kernel/dates.js";
import { isCurrency } from "../subgraphs/kernel/decimals.js";
import { type CellReader, textsIn } from "./cellSpecs.js";
import type { CellKind, CellSpec, Condition } from "./cells.js";
import { parseNumber } from "./formats.js";
import { Section, suggest } from "./sections.js";
import type { FieldShape, MemberShape, ScalarKind, TypeShape } from "./shapes.js";

/** Which record a link names by a text. */
export interface LinkTarget {
  readonly type: string;
  /** The system whose external id the text is; null is the record's code. */
  readonly system: string | null;
  /** The kind of record of the same mapping, where it is one. */
  readonly kind: string | null;
}
/** A way to find the record a link names. */
export interface LinkSpec {
  readonly target: LinkTarget;
  readonly cell: CellSpec;
  /** What parts the texts of one cell; null where a cell holds one. */
  readonly split: string | null;
  /** What is done where no record has that key: the whole record is left out, or the link. */
  readonly missing: "skip" | "empty" | null;
}
export type FieldSpec =
  | { readonly kind: "scalar"; readonly scalar: ScalarKind; readonly cell: CellSpec; readonly currency: CellSpec | null }
  /** The first of `ways` whose text is not empty. */
  | { readonly kind: "link"; readonly ways: readonly LinkSpec[] }
  | { readonly kind: "links"; readonly ways: readonly LinkSpec[] }
  | { readonly kind: "items"; readonly items: readonly ItemSpec[] };
export type MemberSpec = Extract<FieldSpec, { kind: "scalar" | "link" }>;

/** An object of a list; left out where one of the members it needs is empty. */
export interface ItemSpec {
  readonly when: Condition | null;
  readonly each: EachSpec | null;
  readonly members: ReadonlyMap<string, MemberSpec>;
  readonly needed: readonly string[];
}
/** A cell that holds several texts. */
export interface EachSpec {
  readonly cell: CellSpec;
  readonly split: string;
}

const MERGES = ["firstFilled", "lastFilled", "first", "last", "most", "min", "max", "sum", "join", "union"] as const;
export type Merge = (typeof MERGES)[number];

/** What holds for a field whatever file fills it; null is not said. */
export interface FieldOptions {
  readonly merge: Merge | null;
  /** Whether a record that exists is brought in line with the file; null is where a file fills the field. */
  readonly set: "once" | "always" | null;
  /** What an empty cell does to a record that holds something. */
  readonly blank: "keep" | "clear" | null;
}
export interface ReadField {
  readonly spec: FieldSpec;
  readonly options: FieldOptions;
}

const OPTION_KEYS = ["merge", "set", "blank"];
const LINK_KEYS = ["link", "split", "missing"];
/** What is read from cells for each kind of value. */
export const CELL_KINDS: Readonly<Record<ScalarKind["kind"], CellKind>> = {
  text: "text",
  choice: "text",
  boolean: "text",
  integer: "number",
  decimal: "number",
  money: "number",
  date: "date",
  dateTime: "dateTime",
};
const COMPARABLE = new Set<ScalarKind["kind"]>(["integer", "decimal", "money", "date", "dateTime"]);

type Path = readonly (string | number)[];

/** Reads the fields of one record in one place of a mapping. */
export class FieldReader {
  constructor(
    private readonly cells: CellReader,
    private readonly shapes: ReadonlyMap<string, TypeShape>,
    /** What a link may name: the mapping's records and the type and system of each. */
    private readonly kinds: ReadonlyMap<string, { readonly type: string; readonly system: string }>,
    private readonly currency: string | null,
  ) {}

  /** The fields under `fields`, by row key. */
  read(section: Section | null, shape: TypeShape): Map<string, ReadField> {
    const fields = new Map<string, ReadField>();
    for (const name of section?.keys ?? []) {
      const field = shape.fields.get(name);
      if (field) fields.set(field.key, this.field(field, section!.raw(name), [...section!.path, name]));
      else
        section!.complain(
          name,
          shape.whyNot(name) ?? `is not a field of ${shape.type}${suggest(name, [...shape.fields.keys()])}; it has ${[...shape.fields.keys()].join(", ")}.`,
        );
    }
    return fields;
  }

  private field(shape: FieldShape, value: unknown, path: Path): ReadField {
    const section = isSection(value) ? Section.from(value, path, this.cells.complaints) : null;
    const options: FieldOptions = {
      merge: section?.option("merge", MERGES) ?? null,
      set: section?.option("set", ["once", "always"]) ?? null,
      blank: section?.option("blank", ["keep", "clear"]) ?? null,
    };
    if (options.merge) this.checkMerge(shape, options.merge, section!);
    if (options.set === "always" && shape.setter === "creation")
      section!.complain("set", "cannot be always: the graph never changes this field once the record is made.");
    return { spec: this.spec(shape, value, path), options };
  }

  private checkMerge(shape: FieldShape, merge: Merge, section: Section): void {
    const isList = shape.kind === "items" || shape.kind === "links";
    if (isList && !["union", "firstFilled", "lastFilled"].includes(merge))
      section.complain("merge", `${merge} does not go with a list; write union, firstFilled or lastFilled.`);
    if (!isList && merge === "union") section.complain("merge", "union goes with lists only.");
    const kind = shape.kind === "scalar" ? shape.scalar.kind : null;
    if ((merge === "min" || merge === "max") && !(kind && COMPARABLE.has(kind)))
      section.complain("merge", `${merge} goes with numbers, amounts and dates only.`);
    if (merge === "sum" && !(kind && ["integer", "decimal", "money"].includes(kind))) section.complain("merge", "sum goes with numbers and amounts only.");
    if (merge === "join" && kind !== "text") section.complain("merge", "join goes with texts only.");
  }

  private spec(shape: FieldShape, value: unknown, path: Path): FieldSpec {
    if (shape.kind === "scalar") return this.scalar(shape.scalar, value, path, OPTION_KEYS);
    if (shape.kind === "items") return { kind: "items", items: listIn(value, path).map((each) => this.item(shape.members, each.value, each.path)) };
    const values = shape.kind === "links" ? listIn(value, path) : [{ value, path }];
    return { kind: shape.kind, ways: values.flatMap((each) => this.ways(shape.targets, each.value, each.path, shape.kind === "links")) };
  }

  private scalar(scalar: ScalarKind, value: unknown, path: Path, more: readonly string[]): Extract<FieldSpec, { kind: "scalar" }> {
    const cell = this.cells.read(value, path, CELL_KINDS[scalar.kind], scalar.kind === "money" ? [...more, "currency"] : more);
    for (const text of textsIn(cell)) {
      const wrong = wrongText(scalar, text, cell);
      if (wrong) this.cells.complaints.add(path, wrong);
    }
    return { kind: "scalar", scalar, cell, currency: scalar.kind === "money" ? this.currencyOf(value, path) : null };
  }

  private currencyOf(value: unknown, path: Path): CellSpec | null {
    const own = isSection(value) && "currency" in value ? value["currency"] : this.currency;
    if (own === null) this.cells.complaints.add(path, "is an amount of money: say in which currency, with `currency: EUR` here or at the top of the mapping.");
    if (own === null) return null;
    const cell = this.cells.read(own, [...path, "currency"], "text");
    for (const text of textsIn(cell))
      if (!isCurrency(text)) this.cells.complaints.add([...path, "currency"], `"${text}" is not an ISO 4217 currency like EUR or IDR.`);
    return cell;
  }

  private item(members: ReadonlyMap<string, MemberShape>, value: unknown, path: Path): ItemSpec {
    const section = Section.from(value, path, this.cells.complaints)?.only(["when", "forEach", ...members.keys()]);
    const specs = new Map<string, MemberSpec>();
    for (const member of members.values())
      if (section?.has(member.name)) specs.set(member.key, this.member(member, section.raw(member.name), [...path, member.name]));
    const needed = [...members.values()].filter(({ required }) => required);
    for (const { name, key } of needed) if (section && !specs.has(key)) section.complain(null, `lacks ${name}, which every item needs.`);
    return {
      when: section?.has("when") ? this.cells.condition(section.raw("when"), [...path, "when"]) : null,
      each: section?.has("forEach") ? this.each(section) : null,
      members: specs,
      needed: needed.map(({ key }) => key),
    };
  }
  private member(shape: MemberShape, value: unknown, path: Path): MemberSpec {
    if (shape.kind === "scalar") return this.scalar(shape.scalar, value, path, []);
    return { kind: "link", ways: this.ways(shape.targets, value, path, false) };
  }

  /** `forEach: { column: NAME, split: ";" }`. */
  each(section: Section): EachSpec {
    const path = [...section.path, "forEach"];
    const each = section.section("forEach");
    return {
      cell: this.cells.read(section.raw("forEach"), path, "text", ["split"]),
      split: each?.needed("split", 'it says what parts the texts of the cell, such as ";"') ?? ";",
    };
  }

  private ways(targets: readonly string[], value: unknown, path: Path, several: boolean): LinkSpec[] {
    const section = isSection(value) ? Section.from(value, path, this.cells.complaints) : null;
    if (!section) {
      this.cells.complaints.add(path, "is a link: say to what and by which key, like { link: customer, column: Customer No }.");
      return [];
    }
    if (section.has("firstOf") && !section.has("link")) {
      section.only(["firstOf", ...OPTION_KEYS]);
      return section.list("firstOf").flatMap((each) => this.ways(targets, each.value, each.path, several));
    }
    const target = this.target(section, targets);
    if (section.has("split") && !several) section.complain("split", "goes with links to several records only; this one is to one.");
    const cell = this.cells.read(value, path, "text", [...LINK_KEYS, ...OPTION_KEYS]);
    return target ? [{ target, cell, split: section.text("split"), missing: section.option("missing", ["skip", "empty"]) }] : [];
  }

  private target(section: Section, targets: readonly string[]): LinkTarget | null {
    const target = typeof section.raw("link") === "string" ? this.kindTarget(section) : this.outsideTarget(section);
    if (target && !targets.includes("*") && !targets.includes(target.type)) {
      section.complain("link", `names a ${target.type}; this link is to ${targets.join(" or ")}.`);
      return null;
    }
    return target;
  }
  private kindTarget(section: Section): LinkTarget | null {
    const name = section.text("link")!;
    const kind = this.kinds.get(name);
    if (!kind)
      section.complain(
        "link",
        `"${name}" is not one of the mapping's records${suggest(name, [...this.kinds.keys()])}; they are ${[...this.kinds.keys()].join(", ")}. For a record made elsewhere write { type: Person, by: code }.`,
      );
    return kind ? { ...kind, kind: name } : null;
  }
  private outsideTarget(section: Section): LinkTarget | null {
    if (!section.has("link"))
      section.complain(null, "lacks `link`: the name of one of the mapping's records, or { type: Person, by: code } for a record made elsewhere.");
    const link = section.section("link")?.only(["type", "by", "system"]);
    if (!link) return null;
    const type = link.needed("type", "the type of the record, such as Person");
    if (type && !this.shapes.has(type)) link.complain("type", `"${type}" is not a type of the graph${suggest(type, [...this.shapes.keys()])}.`);
    if (link.has("by") === link.has("system")) link.complain(null, "needs either `by: code` or `system: NAME`, the system whose key it is.");
    if (link.option("by", ["code"]) && this.shapes.has(type) && !this.shapes.get(type)!.fields.has("code"))
      link.complain("by", `cannot be code: a ${type} has none; use system.`);
    return { type, system: link.text("system"), kind: null };
  }
}

/** Whether a field is the same for every record and every row: something the mapping assumes, not something a file says. */
export const isConstant = (spec: FieldSpec): boolean =>
  spec.kind === "scalar" &&
  spec.cell.when === null &&
  spec.cell.source.kind === "template" &&
  spec.cell.source.template.every((part) => typeof part === "string");

const isSection = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
/** A list as it stands, under `items`, or a single value. */
function listIn(value: unknown, path: Path): { value: unknown; path: Path }[] {
  if (isSection(value) && "items" in value) return listIn(value["items"], [...path, "items"]);
  return Array.isArray(value) ? value.map((item: unknown, i) => ({ value: item, path: [...path, i] })) : [{ value, path }];
}

/** What is wrong with a text that the mapping itself gives a field; null where nothing is. */
function wrongText(scalar: ScalarKind, text: string, cell: CellSpec): string | null {
  switch (scalar.kind) {
    case "choice":
      return scalar.values.includes(text) ? null : `"${text}" is not one of ${scalar.values.join(", ")}${suggest(text, scalar.values)}.`;
    case "boolean":
      return text === "true" || text === "false" ? null : `"${text}" must be true or false.`;
    case "integer":
    case "decimal":
    case "money":
      return parseNumber(text, cell.numbers) ? null : `"${text}" is no number.`;
    case "date":
      return isDay(text) || cell.map ? null : `"${text}" is not a day from the year 1000 on; write it like 2026-03-31.`;
    case "dateTime":
      return isDay(text) || parseMoment(text) || cell.map ? null : `"${text}" is not a moment; write it like 2026-03-31T09:30:00Z.`;
    default:
      return null;
  }
}
