/** Days and moments as text: what the graph, the rows and the databases all hold. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What is wrong with a text that should be a day, YYYY-MM-DD, from the year 1000 on, as the end of a sentence; null where nothing is. */
export function explainDay(text: string): string | null {
  const moment = new Date(`${text}T00:00:00Z`);
  if (!DAY.test(text) || Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(text)) return "is not a day of the calendar; write YYYY-MM-DD.";
  // Programs write 0001-01-01 where they have no day, and people 0206 for 2026: neither may be counted from.
  return text.startsWith("0") ? "lies before the year 1000; leave it out where no day is meant." : null;
}

/** Whether `text` is such a day. */
export const isDay = (text: string): boolean => explainDay(text) === null;

const DAY_MS = 86_400_000;

/** The day so many days later; earlier where they are negative. */
export const daysAfter = (day: string, days: number): string => dayOf(new Date(Date.parse(day) + days * DAY_MS).toISOString());

/** How many days lie from the one day to the other. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** The day, UTC, of a moment. */
export const dayOf = (moment: string): string => moment.slice(0, 10);
