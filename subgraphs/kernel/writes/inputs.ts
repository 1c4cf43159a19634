/** Inputs of mutations and imports as values of rows: checked here, before anything is asked or written. */
import type { MoneyValue } from "../declare.js";
import { parseMoment } from "../../../transport/moments.js";
import { explainDay } from "../dates.js";
import { DECIMAL_SCALE, formatDecimal, isCurrency, minorDigitsOf, parseDecimal } from "../decimals.js";
import { type Directory, prefixOf } from "../ids.js";
import type { EntityModel, StoredField, StoredList } from "../model.js";
import { isBlank } from "../rules.js";
import { type Problem, problem } from "./problems.js";

/** A record's stored values by row key; lists included. */
export type Image = Record<string, unknown> & { id: string; version: number };
export type Values = Record<string, unknown>;

/** A link's id in some values, and the input field it stands in. */
export interface Reference {
  readonly id: string;
  readonly path: readonly string[];
}

/** No list of an input is longer. */
const LONGEST_LIST = 2_000;
const LONGEST_VALUES = 60_000;
const LONGEST_VALUE_TEXT = 2_000;

/** Reads an input object into row values. Problems are added to `problems`; a field that has one is left out. */
export function readInput(entity: EntityModel, input: Values, directory: Directory, problems: Problem[]): Values {
  const values: Values = {};
  for (const [key, value] of Object.entries(input)) {
    if (key === "id" || key === "version" || value === undefined) continue;
    const stored = entity.stored.get(key);
    const list = stored ? undefined : listByKey(entity, key);
    if (stored) keep(values, key, readField(stored, value, [key], directory, problems));
    else if (list) keep(values, key, readList(list, value, directory, problems));
  }
  return values;
}
const keep = (values: Values, key: string, value: unknown): void => {
  if (value !== undefined) values[key] = value;
};
/** The list whose row key is `key`. */
const listByKey = (entity: EntityModel, key: string): StoredList | undefined => [...entity.lists.values()].find((list) => list.key === key);

function readList(list: StoredList, value: unknown, directory: Directory, problems: Problem[]): unknown[] | undefined {
  const items = (value ?? []) as unknown[];
  if (items.length > LONGEST_LIST) {
    problems.push(problem("INVALID_INPUT", [list.key], `${list.key} has ${items.length} items; ${LONGEST_LIST} is the most.`));
    return undefined;
  }
  if (list.bare) {
    const ids = items.map((item, i) => readField(list.members[0]!, item, [list.key, String(i)], directory, problems));
    return [...new Set(ids)];
  }
  return items.map((item, i) =>
    Object.fromEntries(
      list.members.map((member) => [
        member.key,
        readField(member, (item as Values)[member.key] ?? null, [list.key, String(i), member.key], directory, problems),
      ]),
    ),
  );
}

function readField(field: StoredField, value: unknown, path: readonly string[], directory: Directory, problems: Problem[]): unknown {
  const invalid = (message: string): undefined => void problems.push(problem("INVALID_INPUT", path, message));
  if (value === null && field.column.options.initial !== undefined) return field.column.options.initial;
  if (value === null) return field.column.kind === "values" ? [] : field.column.options.nullable ? null : invalid(`${path.at(-1)} cannot be empty.`);
  const { kind, options } = field.column;
  switch (kind) {
    case "id":
      return readId(field, value as string, path, directory, invalid);
    case "text":
    case "longText":
      // What must be given must say something.
      if (!options.nullable && isBlank(value as string)) return invalid(`${path.at(-1)} cannot be blank.`);
      return readText(value as string, options.length ?? 0, path, invalid);
    case "integer":
      if ((value as number) < options.min! || (value as number) > options.max!) return invalid(`${path.at(-1)} must be from ${options.min} to ${options.max}.`);
      return value;
    case "decimal":
      return readNumber(() => formatDecimal(parseDecimal(value as string, DECIMAL_SCALE), DECIMAL_SCALE), path, invalid);
    case "money":
      return readMoney(value, path, invalid);
    case "date": {
      const problem = explainDay(value as string);
      return problem === null ? value : invalid(`${path.at(-1)} ${problem}`);
    }
    case "dateTime":
      return parseMoment(value as string) ?? invalid(`${path.at(-1)} is not a moment; write it like 2026-03-01T09:30:00Z.`);
    case "values":
      if (JSON.stringify(value).length > LONGEST_VALUES) return invalid(`${path.at(-1)} holds too much; ${LONGEST_VALUES} characters is the most.`);
      return (value as Values[]).map((item, i) => readValueObject(item, [...path, String(i)], problems));
    default:
      return value;
  }
}

/** A value object kept as JSON: its texts and amounts are held to the same limits as columns; GraphQL has seen to the rest. */
function readValueObject(item: Values, path: readonly string[], problems: Problem[]): Values {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => {
      const at = [...path, key];
      const invalid = (message: string): undefined => void problems.push(problem("INVALID_INPUT", at, message));
      if (typeof value === "string") return [key, readText(value, LONGEST_VALUE_TEXT, at, invalid)];
      if (!isMoneyInput(value)) return [key, value];
      const money = readMoney(value, at, invalid);
      return [key, money && { amount: formatDecimal(money.minor, minorDigitsOf(money.currency), true), currency: money.currency }];
    }),
  );
}
const isMoneyInput = (value: unknown): boolean => typeof value === "object" && value !== null && "amount" in value && "currency" in value;

type Invalid = (message: string) => undefined;

function readId(field: StoredField, id: string, path: readonly string[], directory: Directory, invalid: Invalid): string | undefined {
  // The items of a list that holds nothing but ids have a number for a name.
  const name = /^\d+$/.test(path.at(-1)!) ? path.at(-2) : field.field;
  const type = directory.typeOf(id);
  const any = field.targets?.includes("*") === true;
  if (type && (any || field.targets?.includes(type))) return id;
  const wanted = any ? "a record" : field.targets?.join(" or ");
  return invalid(
    type ? `${name} must be the id of ${wanted}; this is the id of ${type}.` : `${name} must be the id of ${wanted}; "${id.slice(0, 60)}" is no id.`,
  );
}

function readText(text: string, longest: number, path: readonly string[], invalid: Invalid): string | undefined {
  // No text of that many letters is short enough, whatever letters they are, and it may be long.
  const length = text.length > 2 * longest ? text.length : [...text].length;
  if (length > longest) return invalid(`${path.at(-1)} has ${length} characters; ${longest} is the most.`);
  if (text.includes("\u0000")) return invalid(`${path.at(-1)} holds a NUL character; remove it.`);
  if (!text.isWellFormed()) return invalid(`${path.at(-1)} holds half a character (a lone surrogate); remove it.`);
  return text;
}

function readMoney(value: unknown, path: readonly string[], invalid: Invalid): MoneyValue | undefined {
  const { amount, currency } = value as { amount: string; currency: string };
  if (!isCurrency(currency)) return invalid(`"${currency.slice(0, 10)}" is not an ISO 4217 currency like EUR or IDR.`);
  return readNumber(() => ({ minor: parseDecimal(amount, minorDigitsOf(currency)), currency }), path, invalid);
}

function readNumber<T>(parse: () => T, path: readonly string[], invalid: Invalid): T | undefined {
  try {
    return parse();
  } catch (error) {
    return invalid(`${path.at(-1)}: ${(error as Error).message}.`);
  }
}

/** Every link in some values. */
export function referencesIn(entity: EntityModel, values: Values): Reference[] {
  const found: Reference[] = [];
  const note = (value: unknown, path: readonly string[]) => {
    if (typeof value === "string" && prefixOf(value)) found.push({ id: value, path });
  };
  for (const [key, value] of Object.entries(values)) {
    if (entity.stored.get(key)?.targets) note(value, [key]);
    const list = listByKey(entity, key);
    for (const [i, item] of ((list ? value : []) as unknown[]).entries()) {
      if (list!.bare) note(item, [key, String(i)]);
      else for (const member of list!.members) if (member.targets) note((item as Values)[member.key], [key, String(i), member.key]);
    }
  }
  return found;
}

/** The values of a new record before any input: defaults, empty lists, null. */
export function initialValues(entity: EntityModel): Values {
  const values: Values = {};
  for (const { key, column } of entity.stored.values()) values[key] = column.options.initial ?? (column.kind === "values" ? [] : null);
  for (const list of entity.lists.values()) values[list.key] = [];
  return values;
}
