/** An operation's answer as JSON text, written by a function generated for the operation: its fields in its order, and nothing else. */
import {
  type FieldNode,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  Kind,
  type SelectionSetNode,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import type { Count, Variables } from "../../security/prices.js";
import { type Fields, type Priced, countsOf, fieldsOf } from "./fields.js";
import { isOfSchema } from "./introspection.js";
import type { Data } from "./merge.js";
import { Unusual, isInherited, isOwnName } from "./unusual.js";

/** The data of an answer as JSON, and what it has cost, in points: that is counted while it is written. */
interface Text {
  readonly text: string;
  readonly cost: number;
}

/**
 * Writes the data of an answer. Throws Unusual at whatever the types do not allow (a null where none may be, a value of another type):
 * what is left of the answer is then for Apollo's shaping to say.
 */
export type Write = (data: Data, variables: Variables) => Text;

/** Of more objects and fields than this no code is generated: that would hold the event loop. An object that may be of any type counts as one of each; the largest question has 400. */
const MOST_PARTS = 2_000;

export interface Written extends Priced {
  /** The values of the variables that `@skip` and `@include` name. */
  readonly conditions: Readonly<Record<string, boolean>>;
}

/** Generates the writer of an operation's answers. Throws Unusual where the operation holds what is not covered. */
export function compileWriter(written: Written): Write {
  const root = written.schema.getRootType(written.operation.operation);
  if (!root) throw new Unusual("an operation without a root type");
  return new WriterCompiler(written).compile(root);
}

/** The names of the variables that decide whether parts of an operation are answered. */
export function conditionsOf(document: { readonly definitions: readonly unknown[] }): string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== "object" || value === null) return;
    const node = value as { kind?: string; name?: { value: string }; arguments?: readonly { value: { kind: string; name?: { value: string } } }[] };
    if (node.kind === Kind.DIRECTIVE && (node.name?.value === "skip" || node.name?.value === "include")) {
      const condition = node.arguments?.[0]?.value;
      if (condition?.kind === Kind.VARIABLE) names.add(condition.name!.value);
    }
    for (const [key, part] of Object.entries(value)) if (key !== "loc") visit(part);
  };
  visit(document.definitions);
  return [...names];
}

class WriterCompiler {
  private readonly functions: string[] = [];
  private readonly constants: unknown[] = [];
  private parts = 0;
  /** What the arguments of some fields cost, which follows from variables. */
  private readonly counts: Exclude<Count, number>[] = [];

  constructor(private readonly written: Written) {}

  compile(root: GraphQLObjectType): Write {
    const main = this.objectFunction(root, [this.written.operation.selectionSet], true);
    const source = `"use strict";\nlet n, w;\n${this.functions.join("\n")}\nreturn (o, counts) => { n = 0; w = counts; return { text: ${main}(o), cost: n }; };`;
    const names = this.constants.map((_, i) => `c${i}`);
    // Built of the schema's names and of response names, both of letters, digits and underscores.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const make = new Function("text", "many", "unusual", ...names, source) as (...args: unknown[]) => (data: Data, counts: readonly number[]) => Text;
    const write = make(writeText, writeMany, refuse, ...this.constants);
    const { counts } = this;
    return (data, variables) => write(data, counts.length === 0 ? NO_COUNTS : counts.map((count) => count(variables)));
  }

  /** The name of a function that writes an object of that type. */
  private objectFunction(type: GraphQLObjectType, sets: readonly SelectionSetNode[], isRoot = false): string {
    const index = this.functions.push("") - 1;
    const fields = fieldsOf(this.written, type, sets, (name) => this.written.conditions[name]);
    if ((this.parts += 1 + fields.size) > MOST_PARTS) throw new Unusual("an operation of very many parts");
    let body = isRoot ? "" : `if (o.__typename !== undefined && o.__typename !== ${JSON.stringify(type.name)}) unusual("type");\n`;
    body += this.countCode(type, fields, isRoot);
    let separator = "{";
    for (const [name, nodes] of fields) {
      const key = `${separator}${JSON.stringify(name)}:`;
      separator = ",";
      body += this.fieldCode(type, name, nodes, key);
    }
    this.functions[index] = `function f${index}(o) { let s = "", v;\n${body}return s + ${JSON.stringify(fields.size === 0 ? "{}" : "}")}; }`;
    return `f${index}`;
  }

  /** Counts what an object costs, and each of its fields, whatever is in it. */
  private countCode(type: GraphQLObjectType, fields: Fields, isRoot: boolean): string {
    const own = countsOf(this.written, type, fields);
    const known = own.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : 0), isRoot ? 0 : this.written.prices.ofType(type));
    const others = own.flatMap((count) => (typeof count === "number" ? [] : [` + w[${this.counts.push(count) - 1}]`]));
    return known === 0 && others.length === 0 ? "" : `n += ${known}${others.join("")};\n`;
  }

  private fieldCode(type: GraphQLObjectType, name: string, nodes: readonly FieldNode[], key: string): string {
    const field = nodes[0]!.name.value;
    if (field === "__typename") return `s += ${JSON.stringify(key + JSON.stringify(type.name))};\n`;
    // What else `__typename` says, an object can no longer say its type by.
    if (!isOwnName(name) || name === "__typename") throw new Unusual(`a field ${field} as ${name}`);
    const value = isInherited(name) ? `Object.hasOwn(o, "${name}") ? o.${name} : undefined` : `o.${name}`;
    if (isOfSchema(field)) return `s += ${JSON.stringify(key)} + (${value}).text;\n`;
    const definition = type.getFields()[field];
    if (!definition) throw new Unusual(`a field ${field}`);
    const sets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
    return `s += ${JSON.stringify(key)}; v = ${value};\n${this.valueCode(definition.type, sets, "v", 0)}\n`;
  }

  private valueCode(type: GraphQLOutputType, sets: readonly SelectionSetNode[], v: string, depth: number): string {
    const present = this.presentCode(getNullableType(type), sets, v, depth);
    if (isNonNullType(type)) return `if (${v} === null || ${v} === undefined) unusual("null"); ${present}`;
    return `if (${v} === null || ${v} === undefined) s += "null"; else { ${present} }`;
  }

  private presentCode(type: GraphQLOutputType, sets: readonly SelectionSetNode[], v: string, depth: number): string {
    if (isListType(type)) {
      const [list, i, item] = [`a${depth}`, `i${depth}`, `e${depth}`];
      const ofType = type.ofType as GraphQLOutputType;
      const isOfObjects = isCompositeType(getNullableType(ofType));
      const write = isOfObjects ? this.itemFunction(ofType, sets) : null;
      const code = write ? `s += ${write}(${item});` : this.valueCode(ofType, sets, item, depth + 1);
      const few = `s += "["; for (let ${i} = 0; ${i} < ${list}.length; ${i}++) { if (${i}) s += ","; const ${item} = ${list}[${i}]; ${code} } s += "]";`;
      const all = write ? `if (${list}.length > ${FEW}) s += many(${list}, ${write}); else { ${few} }` : few;
      return `if (!Array.isArray(${v})) unusual("list"); { const ${list} = ${v}; ${all} }`;
    }
    if (isLeafType(type)) {
      const cost = this.written.prices.ofType(type);
      return `${cost === 0 ? "" : `n += ${cost}; `}${this.leafCode(type, v)}`;
    }
    if (isObjectType(type)) return `if (typeof ${v} !== "object") unusual("object"); s += ${this.objectFunction(type, sets)}(${v});`;
    if (!isAbstractType(type)) throw new Unusual("a type");
    const cases = this.written.schema
      .getPossibleTypes(type)
      .map((each) => `case ${JSON.stringify(each.name)}: s += ${this.objectFunction(each, sets)}(${v}); break;`);
    return `switch (${v}.__typename) { ${cases.join(" ")} default: unusual("type"); }`;
  }

  /** The name of a function that writes an item of a list of objects. */
  private itemFunction(type: GraphQLOutputType, sets: readonly SelectionSetNode[]): string {
    const index = this.functions.push("") - 1;
    this.functions[index] = `function f${index}(v) { let s = ""; ${this.valueCode(type, sets, "v", 0)} return s; }`;
    return `f${index}`;
  }

  private leafCode(type: GraphQLLeafType, v: string): string {
    if (isEnumType(type)) {
      const values = `c${this.constants.push(new Set(type.getValues().map(({ name }) => name))) - 1}`;
      return `if (!${values}.has(${v})) unusual("enum"); s += '"' + ${v} + '"';`;
    }
    if (!isSpecifiedScalarType(type)) return `s += typeof ${v} === "string" ? text(${v}) : JSON.stringify(${v});`;
    switch (type.name) {
      case "Boolean":
        return `if (typeof ${v} !== "boolean") unusual("boolean"); s += ${v};`;
      case "Int":
        return `if (!Number.isSafeInteger(${v})) unusual("int"); s += ${v};`;
      case "Float":
        return `if (!Number.isFinite(${v})) unusual("float"); s += ${v};`;
      default:
        return `if (typeof ${v} !== "string") unusual("string"); s += text(${v});`;
    }
  }
}

const NO_COUNTS: readonly number[] = [];

function refuse(what: string): never {
  throw new Unusual(what);
}

/** Items of a list of objects that are put together one by one. */
const FEW = 64;

/** A list of many objects as JSON. The engine keeps what is put together one by one as a tree, of as many parts as there are values; here it is made one text after each few. */
function writeMany(items: readonly unknown[], write: (item: unknown) => string): string {
  const texts: string[] = [];
  for (let from = 0; from < items.length; from += FEW)
    texts.push(
      items
        .slice(from, from + FEW)
        .map(write)
        .join(","),
    );
  return `[${texts.join(",")}]`;
}

/** Longer texts are searched for what must be escaped by the engine's own loop. */
const SHORT = 42;
// eslint-disable-next-line no-control-regex
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** A text as JSON. */
function writeText(text: string): string {
  if (text.length >= SHORT) return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}
