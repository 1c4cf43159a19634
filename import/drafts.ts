/** Many rows become one record: what each of its fields is in the end. */
import { type FieldOptions, type Merge, isConstant } from "./fieldSpecs.js";
import { add, compare, exactOf, formatExact } from "./formats.js";
import { DEAF, Unreadable } from "./cells.js";
import type { FileSpec, Kind } from "./mapping.js";
import { type Amount, type Scalar, type Value, evaluate, textOf } from "./values.js";

/** A row that gave something to a record. */
export interface Origin {
  readonly file: FileSpec;
  readonly line: number;
}

/** As many rows that merely name a record are remembered; a message names the first. */
const MOST_ORIGINS = 5;

/** A record as its rows have it so far. */
export class Draft {
  /** The rows that stand for the record. */
  readonly rows: Origin[] = [];
  /** The first rows that gave something to it. */
  readonly origins: Origin[] = [];
  /** Whether one of its files may make a record. */
  creates = false;
  /** Fields that are what the mapping assumes, since no file fills them. */
  readonly assumed = new Set<string>();
  private readonly fields = new Map<string, Merging>();

  constructor(
    readonly kind: Kind,
    readonly key: string,
  ) {}

  /** Takes in what a row says. `main` is whether the row stands for this record. Throws Unreadable, with nothing taken, where amounts cannot be merged. */
  take(origin: Origin, main: boolean, creates: boolean, values: ReadonlyMap<string, Value | null>): void {
    for (const [key, value] of values) this.fields.get(key)?.check(value);
    if (main) this.rows.push(origin);
    if (this.origins.length < MOST_ORIGINS) this.origins.push(origin);
    this.creates ||= creates;
    for (const [key, value] of values) {
      let merging = this.fields.get(key);
      if (!merging) this.fields.set(key, (merging = new Merging(mergeOf(this.kind.options.get(key), value))));
      merging.take(value);
    }
  }

  /** What its fields are; null is a field that its files name and leave empty. */
  values(): Map<string, Value | null> {
    const values = new Map<string, Value | null>([...this.fields].map(([key, merging]) => [key, merging.result()]));
    const scope = { cell: () => "", key: this.key };
    for (const [key, spec] of this.kind.fields) {
      if ((values.get(key) ?? null) !== null) continue;
      values.set(key, evaluate(spec, scope, DEAF));
      if (isConstant(spec)) this.assumed.add(key);
    }
    return values;
  }

  /** The fields for which rows that were merged had different values. */
  differing(): string[] {
    return [...this.fields].filter(([, merging]) => merging.differed).map(([key]) => key);
  }
}

const mergeOf = (options: FieldOptions | undefined, value: Value | null): Merge => options?.merge ?? (Array.isArray(value) ? "union" : "firstFilled");

/** One field of a draft. */
class Merging {
  differed = false;
  private value: Value | null = null;
  private taken = 0;
  private counts: Map<string, { value: Value; times: number }> | null = null;

  constructor(private readonly merge: Merge) {}

  /** Amounts in different currencies are never added or compared. */
  check(value: Value | null): void {
    const [held, given] = [this.value as Amount | null, value as Amount | null];
    if (["sum", "min", "max"].includes(this.merge) && held?.currency !== given?.currency && held && given)
      throw new Unreadable(`an amount in ${given.currency} cannot be merged (${this.merge}) with one in ${held.currency}`);
  }

  take(value: Value | null): void {
    this.taken++;
    if (CHOOSING.has(this.merge) && value !== null && this.value !== null && textOf(value) !== textOf(this.value)) this.differed = true;
    if (this.merge === "first") this.value = this.taken === 1 ? value : this.value;
    else if (this.merge === "last") this.value = value;
    else if (value !== null) this.value = this.value === null && this.merge !== "most" && this.merge !== "union" ? value : this.join(value);
  }

  result(): Value | null {
    return this.value;
  }

  private join(value: Value): Value {
    const held = this.value;
    switch (this.merge) {
      case "lastFilled":
        return value;
      case "min":
      case "max":
        return order(value as Scalar, held as Scalar) < 0 === (this.merge === "min") ? value : held!;
      case "sum":
        return sum(held as Scalar, value as Scalar);
      case "join":
        return (held as string).split(JOINT).includes(value as string) ? held! : `${held as string}${JOINT}${value as string}`;
      case "union":
        return union([...((held ?? []) as Value[]), ...(Array.isArray(value) ? (value as Value[]) : [value])]) as unknown as Value;
      case "most":
        return this.mostOften(value);
      default:
        return held!;
    }
  }

  private mostOften(value: Value): Value {
    this.counts ??= new Map();
    const text = textOf(value);
    const times = (this.counts.get(text)?.times ?? 0) + 1;
    this.counts.set(text, { value, times });
    // The first of those that are equally frequent.
    return [...this.counts.values()].reduce((best, each) => (each.times > best.times ? each : best)).value;
  }
}
const JOINT = "; ";

/** Ways to merge that take one value and drop the others. */
const CHOOSING = new Set<Merge>(["firstFilled", "lastFilled", "first", "last", "most"]);

function union(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter((value) => !seen.has(textOf(value)) && seen.add(textOf(value)));
}

function order(a: Scalar, b: Scalar): number {
  if (typeof a === "object" && typeof b === "object") return compare(exactOf(a.amount), exactOf(b.amount));
  if (typeof a === "string" && typeof b === "string" && /^-?[\d.]+$/.test(a) && /^-?[\d.]+$/.test(b)) return compare(exactOf(a), exactOf(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function sum(a: Scalar, b: Scalar): Scalar {
  if (typeof a === "number") return a + (b as number);
  if (typeof a === "object") return { ...a, amount: formatExact(add(exactOf(a.amount), exactOf((b as Amount).amount))) };
  return formatExact(add(exactOf(a as string), exactOf(b as string)));
}
