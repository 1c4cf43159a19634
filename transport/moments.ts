const MOMENT = /^([1-9]\d{3}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A moment with its offset (RFC 3339) in UTC with milliseconds, or null where `text` is none. */
export function parseMoment(text: string): string | null {
  const day = MOMENT.exec(text)?.[1];
  const moment = new Date(text);
  if (day === undefined || Number.isNaN(moment.getTime())) return null;
  // The engine takes 30 February for 2 March.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? moment.toISOString() : null;
}
