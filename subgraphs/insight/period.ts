/** Periods that verdicts and key figures are asked about, and how days are reckoned from them. */
import { daysAfter, daysBetween } from "../kernel/dates.js";
import { badInput } from "../kernel/errors.js";

/** From the first day to the last, both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** The period asked about. Refuses one that ends before it begins. */
export function checkPeriod(period: Period | null | undefined): Period | null {
  if (period && period.to < period.from) throw badInput(`period ends on ${period.to}, before it begins on ${period.from}; exchange the two.`);
  return period ?? null;
}

/** The period of the same number of days just before. */
export function periodBefore({ from, to }: Period): Period {
  const last = daysAfter(from, -1);
  return { from: daysAfter(last, -daysBetween(from, to)), to: last };
}

/** The same day so many months before; the last of its month, where that month is shorter. */
export function monthsBefore(day: string, months: number): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const first = new Date(Date.UTC(year, month - 1 - months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), Math.min(date, last))).toISOString().slice(0, 10);
}
