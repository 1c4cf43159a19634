/** Failures in a row after which a subgraph is taken to be sick. */
const MOST_FAILURES = 10;
/** How often a sick subgraph is tried, in milliseconds. */
const INTERVAL_MS = 500;

/** Lets calls through while a subgraph is well, and none while it is sick but, now and then, a trial that tells whether it is well again. */
export class Breaker {
  private failures = 0;
  private triedAt = 0;
  private trial: Promise<boolean> | undefined;

  /** `tryOut` tells whether the subgraph answers. It must end within a second. */
  constructor(private readonly tryOut: () => Promise<boolean>) {}

  /** Whether a call may be sent. Of those that come while the subgraph is sick, one waits for the trial, the others are told at once. */
  async allows(): Promise<boolean> {
    if (this.failures < MOST_FAILURES) return true;
    if (this.trial || Date.now() < this.triedAt + INTERVAL_MS) return false;
    this.trial = this.tryOut();
    try {
      if (!(await this.trial)) return false;
      this.failures = 0;
      return true;
    } finally {
      this.trial = undefined;
      this.triedAt = Date.now();
    }
  }

  succeeded(): void {
    this.failures = 0;
  }
  failed(): void {
    if (++this.failures === MOST_FAILURES) this.triedAt = Date.now();
  }
}
