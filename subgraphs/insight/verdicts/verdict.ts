/** What every verdict says beside itself: what it was worked out from, and what is missing to say more. */
import { formatDecimal, minorDigitsOf } from "../../kernel/decimals.js";
import type { Model } from "../../kernel/model.js";
import { type Search, stubOf } from "../search.js";
import { averageOf } from "../sums.js";

/** Something a verdict was worked out from: its name, what it says, and the record that says it. */
export interface Input {
  readonly name: string;
  readonly value: string | null;
  readonly recordId: string | null;
}

/** The inputs as the graph shows them. */
export const showInputs = (inputs: readonly Input[], model: Model): object[] =>
  inputs.map(({ name, value, recordId }) => ({ name, value, record: stubOf(model, recordId) }));

/** "IDR 780000.00". */
export const showAmount = (minor: number, currency: string): string => `${currency} ${formatDecimal(minor, minorDigitsOf(currency), true)}`;

export const LEVELS = ["POOR", "FAIR", "GOOD", "UNKNOWN"] as const;
export type Level = (typeof LEVELS)[number];

/** A verdict on a record. */
export interface Verdict {
  readonly recordId: string;
  readonly level: Level;
  /** The figure it goes by; null where that is not known exactly. */
  readonly value: string | null;
  readonly inputs: readonly Input[];
  /** What is missing to say more, a sentence each. */
  readonly missing: readonly string[];
}

/** A kind of verdict: the type it is about, when it is which level, and the verdicts on all records of the type within the scope of a search. */
export interface VerdictKind {
  readonly type: string;
  readonly rule: string;
  find(search: Search): Promise<Verdict[]>;
}

/** Whether a number at its least and at its most comes to the same level: that level; else UNKNOWN. */
export const levelBetween = (levelOf: (number: number) => Level, least: number, most: number): Level =>
  levelOf(least) === levelOf(most) ? levelOf(least) : "UNKNOWN";

/** The more, the better. */
export const fromOn =
  ({ good, fair }: { readonly good: number; readonly fair: number }) =>
  (number: number): Level =>
    number >= good ? "GOOD" : number >= fair ? "FAIR" : "POOR";
/** The less, the better. */
export const upTo =
  ({ good, fair }: { readonly good: number; readonly fair: number }) =>
  (number: number): Level =>
    number <= good ? "GOOD" : number <= fair ? "FAIR" : "POOR";
/** The less, the better; the thresholds themselves are worse already. */
export const below =
  ({ poor, fair }: { readonly poor: number; readonly fair: number }) =>
  (number: number): Level =>
    number >= poor ? "POOR" : number >= fair ? "FAIR" : "GOOD";

/** The level and the percentage of a part in a whole, of which some may belong to the part or not. */
export function judgeShare(
  { part, whole, unknown }: { readonly part: number; readonly whole: number; readonly unknown: number },
  levelOf: (percent: number) => Level,
): Pick<Verdict, "level" | "value"> {
  if (whole === 0) return { level: "UNKNOWN", value: null };
  return {
    level: levelBetween(levelOf, (part * 100) / whole, ((part + unknown) * 100) / whole),
    value: unknown === 0 ? averageOf(String(part * 100), whole, 0) : null,
  };
}
