/** What a key figure is, and what it is given to find the records it counts. */
import type { Sql } from "../../kernel/reads/conditions.js";
import type { Period } from "../period.js";
import type { Reading } from "../reading.js";

/** In what a figure is told. */
type Unit = "PERCENT" | "COUNT" | "DAYS" | "POINTS";

/** What a figure is asked. */
export interface Question {
  readonly reading: Reading;
  readonly today: string;
  readonly period: Period;
  /** Customers' segments; null is all, and records of no customer too. */
  readonly segments: readonly string[] | null;
}

/** A record that a figure counts, as its kind finds it. */
export interface Counted {
  readonly id: string;
  /** The other record, where a pair is counted; else empty. */
  readonly withId: string;
  /** What it adds to the numerator and to the denominator; null where nobody can say. */
  readonly amount: number | null;
  readonly base: number | null;
  readonly segment: string | null;
}

interface Kind {
  readonly unit: Unit;
  /** What is divided by what, with the thresholds. */
  readonly definition: string;
  /** Whether it tells what is so today, whatever the period. */
  readonly today?: boolean;
  /** Whether the records it counts belong to customers. */
  readonly segmented: boolean;
  /** Why it has no value, where the denominator is 0. */
  readonly missing: string;
  /** Whether it is told for each service, too: that of the pair. */
  readonly byService?: boolean;
}
/** A figure that the database adds up. `rows` is a SELECT of id, withId, amount, base and customerId; a record of several customers has a row for each. */
export interface SummedFigure extends Kind {
  readonly rows: (question: Question) => Sql;
}
/** A figure worked out here, of what `list` finds. */
export interface ListedFigure extends Kind {
  readonly list: (question: Question) => Promise<readonly Counted[]>;
  /** Whether the value is the median of what is counted rather than a quotient. */
  readonly median?: boolean;
}
export type Figure = SummedFigure | ListedFigure;
