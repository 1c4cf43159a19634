/** Periods that key figures are asked about. */
import { isDay } from "../../kernel/dates.js";
import { badInput } from "../../kernel/errors.js";
import { daysAfter, daysBetween } from "../signals/kind.js";

/** From the first day to the last, both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const EARLIEST = "1990-01-01";
const LATEST = "2199-12-31";

/** The period asked about. Refuses one that ends before it begins, or lies out of all range. */
export function checkPeriod(period: Period): Period {
  for (const day of [period.from, period.to])
    if (!isDay(day) || day < EARLIEST || day > LATEST) throw badInput(`period names ${day}; its days must lie from ${EARLIEST} to ${LATEST}.`);
  if (period.to < period.from) throw badInput(`period ends on ${period.to}, before it begins on ${period.from}; exchange the two.`);
  return period;
}

/** The period of the same number of days just before. */
export function periodBefore({ from, to }: Period): Period {
  const last = daysAfter(from, -1);
  return { from: daysAfter(last, -daysBetween(from, to)), to: last };
}
