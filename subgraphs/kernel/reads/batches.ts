import DataLoader from "dataloader";
import { takeTurn } from "../../../transport/turns.js";

/** What SQLite takes as question marks of one statement, with room for a filter's. */
export const LARGEST_BATCH = 20_000;
/** Keys that are answered in one turn of the event loop, unless it is said: what is asked of each follows at once, and takes up to a tenth of a millisecond. */
const IN_ONE_TURN = 100;

/** Keys of one request that are asked for together, by what is asked of them. */
export class Batches {
  private readonly loaders = new Map<string, DataLoader<string, unknown>>();
  /** Answers that take several turns and are not all given yet. */
  private answering = 0;
  /** Batches that begin when those are given: what follows from each of them is asked for together. */
  private held: (() => void)[] = [];

  /**
   * What `batch` answers for `key`; keys asked for together, under one name, are one batch. `missing` where it answers nothing. Of many keys `inOneTurn` are
   * answered in each turn of the event loop.
   */
  load<T>(name: string, key: string, missing: T, batch: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>, inOneTurn = IN_ONE_TURN): Promise<T> {
    let loader = this.loaders.get(name);
    if (!loader) {
      const loadAll = async (keys: readonly string[]) => {
        const found = await batch(keys);
        const answers = keys.map((each) => found.get(each) ?? missing);
        return answers.length > inOneTurn ? this.inTurns(answers, inOneTurn) : answers;
      };
      const options = { maxBatchSize: LARGEST_BATCH, batchScheduleFn: (begin: () => void) => this.schedule(begin) };
      this.loaders.set(name, (loader = new DataLoader<string, unknown>(loadAll, options)));
    }
    return loader.load(key) as Promise<T>;
  }

  /** Begins a batch when all that is ready to run has run, as DataLoader does by itself. */
  protected schedule(begin: () => void): void {
    if (this.answering > 0) this.held.push(begin);
    else void Promise.resolve().then(() => process.nextTick(begin));
  }

  /** Holds back the batches that would begin before `answer` has ended, so that what follows from it is asked for together with them. */
  protected async holdingBack<T>(answer: () => Promise<T>): Promise<T> {
    this.answering++;
    try {
      return await answer();
    } finally {
      if (--this.answering === 0) for (const begin of this.held.splice(0)) this.schedule(begin);
    }
  }

  /** Promises of answers that are kept in one turn after the other. */
  private inTurns(answers: readonly unknown[], inOneTurn: number): Promise<unknown>[] {
    const turns: (() => void)[] = [];
    let turn: Promise<void>;
    const promised = answers.map((answer, i) => {
      if (i % inOneTurn === 0) turn = new Promise((keep) => turns.push(keep));
      return turn.then(() => answer);
    });
    void this.holdingBack(async () => {
      for (const keep of turns) {
        await takeTurn();
        keep();
      }
    });
    return promised;
  }
}
