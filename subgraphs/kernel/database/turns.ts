/** Leaves the event loop to others now and then: reading an SQLite file holds it, and what one request reads would follow without a gap. */
/** How long statements follow each other in one turn of the event loop, in milliseconds. */
const LONGEST_MS = 10;

/** When the first statement of this turn began; null before it. */
let began: number | null = null;
const end = (): void => void (began = null);

/** Whether statements have followed each other in this turn of the event loop for long. */
export function isTurnLong(): boolean {
  if (began !== null) return performance.now() - began > LONGEST_MS;
  began = performance.now();
  setImmediate(end);
  return false;
}
