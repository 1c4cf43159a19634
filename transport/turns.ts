/**
 * What takes some milliseconds and anybody can ask for (reading a large body, measuring, validating and compiling an operation nobody has asked before, judging
 * many records, writing a large answer, sending it) is done one piece at a time, each in a turn of the event loop of its own: however many come at once, what is
 * quick waits for one of them and not for all.
 */

const waiting: (() => void)[] = [];

/** Resolves in a turn of the event loop in which nobody else was given one, in the order of those who ask. */
export function takeTurn(): Promise<void> {
  return new Promise((begin) => {
    waiting.push(begin);
    if (waiting.length === 1) setImmediate(next);
  });
}

function next(): void {
  // It stays the first until the turn is over, so that who asks meanwhile does not set out a second time.
  waiting[0]!();
  setImmediate(() => {
    waiting.shift();
    if (waiting.length > 0) next();
  });
}

/** What `make` makes of each item, so many of them in one turn. */
export async function mapInTurns<T, R>(items: readonly T[], make: (item: T) => R, inOneTurn: number): Promise<R[]> {
  const made: R[] = [];
  for (const item of items) {
    if (made.length > 0 && made.length % inOneTurn === 0) await takeTurn();
    made.push(make(item));
  }
  return made;
}
