import { setImmediate as turn } from "node:timers/promises";

/** Lets one task pass at a time, in the order they came, with a turn of the event loop before each: SQLite's work never waits for anything, so a long queue would let nothing else run. */
export class Turnstile {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all before it have ended, however they ended. */
  pass<T>(task: () => Promise<T>): Promise<T> {
    const passed = this.last.then(() => turn()).then(task);
    this.last = passed.catch(() => undefined);
    return passed;
  }
}
