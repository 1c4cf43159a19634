/** Leaves the event loop to others now and then: in process, on SQLite, each ledger that is read holds it. */

/** How long ledgers are read in one turn of the event loop, in milliseconds. */
const LONGEST_MS = 10;

/** When the first was read in this turn; null before it. */
let began: number | null = null;
const end = (): void => void (began = null);

/** Whether ledgers have been read in this turn for long; what follows at once counts. */
export function isTurnLong(): boolean {
  if (began !== null) return performance.now() - began > LONGEST_MS;
  began = performance.now();
  setImmediate(end);
  return false;
}
