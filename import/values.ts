/** What a row says of a record: typed values, with links still by the keys of the file. */
import { isCurrency } from "../subgraphs/kernel/decimals.js";
import { parseMoment } from "../transport/moments.js";
import { isDay } from "../subgraphs/kernel/dates.js";
import { type Listener, type Scope, Unreadable, holds, nameOf, readCell, shorten, splitCell } from "./cells.js";
import { CELL_KINDS, type EachSpec, type FieldSpec, type ItemSpec, type LinkSpec, type LinkTarget } from "./fieldSpecs.js";
import type { ScalarKind } from "./shapes.js";

/** A link to the record that `target` knows by `key`. */
export class Reference {
  constructor(
    readonly target: LinkTarget,
    readonly key: string,
    readonly missing: LinkSpec["missing"],
  ) {}
}
export interface Amount {
  readonly amount: string;
  readonly currency: string;
}
export type Scalar = string | number | boolean | Amount;
export interface Item {
  readonly members: Readonly<Record<string, Scalar | Reference>>;
  readonly needed: readonly string[];
}
export type Value = Scalar | Reference | readonly Reference[] | readonly Item[];

/** What a field is filled with from a row; null where the row says nothing. Throws Unreadable. */
export function evaluate(spec: FieldSpec, scope: Scope, listener: Listener): Value | null {
  switch (spec.kind) {
    case "scalar":
      return evaluateScalar(spec, scope, listener);
    case "link":
      for (const way of spec.ways) {
        const [found] = referencesOf(way, scope, listener);
        if (found) return found;
      }
      return null;
    case "links": {
      const found = spec.ways.flatMap((way) => referencesOf(way, scope, listener));
      return found.length > 0 ? found : null;
    }
    default: {
      const found = spec.items.flatMap((item) => itemsOf(item, scope, listener));
      return found.length > 0 ? found : null;
    }
  }
}

function evaluateScalar({ scalar, cell, currency }: Extract<FieldSpec, { kind: "scalar" }>, scope: Scope, listener: Listener): Scalar | null {
  const text = readCell(cell, CELL_KINDS[scalar.kind], scope, listener);
  if (text === "") return null;
  try {
    return toScalar(scalar, text, () => (currency ? readCell(currency, "text", scope, listener) : ""));
  } catch (error) {
    if (!(error instanceof Unreadable) || cell.unreadable !== "empty") throw error;
    listener.unreadable(error.message, nameOf(cell));
    return null;
  }
}

function toScalar(scalar: ScalarKind, text: string, currency: () => string): Scalar {
  const unless = <T>(ok: boolean, value: T, what: string): T => {
    if (ok) return value;
    throw new Unreadable(`"${shorten(text)}" is ${what}`);
  };
  switch (scalar.kind) {
    case "choice":
      return unless(scalar.values.includes(text), text, `none of ${scalar.values.join(", ")}; add it to the \`map\``);
    case "boolean":
      return unless(text === "true" || text === "false", text === "true", "neither true nor false; add it to the `map`");
    case "integer":
      return unless(/^-?\d{1,15}$/.test(text), Number(text), "no whole number; `round: 0` rounds it");
    case "money": {
      const code = currency();
      if (!isCurrency(code)) throw new Unreadable(code === "" ? "the amount has no currency" : `"${shorten(code)}" is not an ISO 4217 currency`);
      return { amount: text, currency: code };
    }
    case "date":
      return unless(isDay(text), text, "not a day from the year 1000 on");
    case "dateTime":
      return unless(parseMoment(text) !== null || isDay(text), isDay(text) ? `${text}T00:00:00.000Z` : text, "not a moment");
    default:
      return text;
  }
}

function referencesOf({ target, cell, split, missing }: LinkSpec, scope: Scope, listener: Listener): Reference[] {
  const keys =
    split === null
      ? [readCell(cell, "text", scope, listener)]
      : partsOf({ cell, split }, scope, listener).map((each) => readCell(partOf(cell), "text", { ...inherit(scope), each }, listener));
  return keys.filter((key) => key !== "").map((key) => new Reference(target, key, missing));
}
const partsOf = ({ cell, split }: EachSpec, scope: Scope, listener: Listener): string[] => splitCell(cell, split, scope, listener);
/** The same steps, done to one part of the cell. */
const partOf = (cell: LinkSpec["cell"]): LinkSpec["cell"] => ({ ...cell, when: null, source: { kind: "template", template: [{ column: "each" }] } });
const inherit = (scope: Scope): Scope => ({
  cell: (column) => scope.cell(column),
  ...(scope.key === undefined ? {} : { key: scope.key }),
  ...(scope.each === undefined ? {} : { each: scope.each }),
});

/** A scope for each part of the cell that `each` splits; the scope itself where there is none. */
export const scopesOf = (each: EachSpec | null, scope: Scope, listener: Listener): Scope[] =>
  each === null
    ? [scope]
    : partsOf(each, scope, listener).map((part) => ({
        ...inherit(scope),
        each: readCell(partOf(each.cell), "text", { ...inherit(scope), each: part }, listener),
      }));

function itemsOf(spec: ItemSpec, scope: Scope, listener: Listener): Item[] {
  if (spec.when && !holds(spec.when, scope)) return [];
  return scopesOf(spec.each, scope, listener).flatMap((each) => {
    const members: Record<string, Scalar | Reference> = {};
    for (const [key, member] of spec.members) {
      const value = evaluate(member, each, listener) as Scalar | Reference | null;
      if (value === null && spec.needed.includes(key)) return [];
      if (value !== null) members[key] = value;
    }
    return { members, needed: spec.needed };
  });
}

/** Two values that are the same have the same text. */
export const textOf = (value: Value): string =>
  JSON.stringify(value, (_, each: unknown) => (each instanceof Reference ? [each.target.type, each.target.system, each.key] : each));
