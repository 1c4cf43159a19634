/** What is left real where the day is set by fake timers: whatever waits. */
export const TIMERS = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

/** How often a clock looks, in milliseconds. */
const TICK_MS = 10;

/** Counts the time in which this process ran or could have run: where other processes take the machine for a while, that is no delay of ours. */
export class FairClock {
  private starved = 0;
  private last = performance.now();
  private used = process.cpuUsage();
  private readonly timer = setInterval(() => this.look(), TICK_MS).unref();

  /** Milliseconds since some moment. */
  now(): number {
    this.look();
    return this.last - this.starved;
  }
  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.used);
    this.used = process.cpuUsage();
    this.starved += Math.max(0, now - this.last - TICK_MS - (user + system) / 1_000);
    this.last = now;
  }
}
