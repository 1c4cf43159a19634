/**
 * What takes some milliseconds and anybody can ask for (reading a large body, measuring, validating and compiling an operation nobody has asked before, judging
 * many records, writing a large answer, sending it) is done one piece at a time, each in a turn of the event loop of its own: however many come at once, what is
 * quick waits for one of them and not for all.
 */

/** Who waits for a turn, by for whom: in the order of their next turns. */
const waiting = new Map<object, (() => void)[]>();

/** Resolves in a turn of the event loop in which nobody else was given one, in the order of those who ask. Who asks for several at once names itself: it has one in each round. */
export function takeTurn(owner: object = {}): Promise<void> {
  return new Promise((begin) => {
    const own = waiting.get(owner);
    if (own) own.push(begin);
    else if (waiting.set(owner, [begin]).size === 1) setImmediate(next);
  });
}

function next(): void {
  const [owner, own] = waiting.entries().next().value!;
  own.shift()!();
  // It stays the first until the turn is over, so that who asks meanwhile does not set out a second time.
  setImmediate(() => {
    waiting.delete(owner);
    if (own.length > 0) waiting.set(owner, own);
    if (waiting.size > 0) next();
  });
}

/** Counts pieces of work that are done one after the other. */
export class Pace {
  private done = 0;

  constructor(private readonly inOneTurn: number) {}

  /** Whether, with so many more pieces, others are to have a turn before the next. */
  isDue(more = 1): boolean {
    if ((this.done += more) < this.inOneTurn) return false;
    this.done = 0;
    return true;
  }
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
