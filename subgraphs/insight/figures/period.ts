/** The period that a key figure is compared with. */
import { daysAfter, daysBetween } from "../signals/kind.js";
import type { Period } from "../verdicts/period.js";

/** The period of the same number of days just before. */
export function periodBefore({ from, to }: Period): Period {
  const last = daysAfter(from, -1);
  return { from: daysAfter(last, -daysBetween(from, to)), to: last };
}
