/** Days and moments as text: what the graph, the rows and the databases all hold. */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether `text` is a day of the calendar, YYYY-MM-DD, from year 1000 on. */
export function isDay(text: string): boolean {
  const match = DAY.exec(text);
  if (!match || match[1]!.startsWith("0")) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
/** A moment as UTC with milliseconds, or null where `text` is none (an offset is needed). */
export function toMoment(text: string): string | null {
  if (!MOMENT.test(text) || !isDay(text.slice(0, 10))) return null;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
/** The day, UTC, of a moment. */
export const dayOf = (moment: string): string => moment.slice(0, 10);
