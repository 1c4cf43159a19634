/** Days and moments as text: what the graph, the rows and the databases all hold. */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Whether `text` is a day of the calendar, YYYY-MM-DD, from year 1000 on. */
export function isDay(text: string): boolean {
  const match = DAY.exec(text);
  if (!match || match[1]!.startsWith("0")) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
/** The day, UTC, of a moment. */
export const dayOf = (moment: string): string => moment.slice(0, 10);
