import DataLoader from "dataloader";
import { takeTurn } from "../../../transport/turns.js";

/** What SQLite takes as question marks of one statement, with room for a filter's. */
export const LARGEST_BATCH = 20_000;
/** Items that are answered in one turn of the event loop, unless it is said: what is asked of each follows at once, and takes up to a tenth of a millisecond. */
const IN_ONE_TURN = 100;

/** What the fields of one request ask for together, by what is asked. */
export class Batches {
  private readonly loaders = new Map<string, DataLoader<unknown, unknown>>();
  /** Answers that take several turns and are not all given yet. */
  private answering = 0;
  /** Batches that begin when those are given: what follows from each of them is asked for together. */
  private held: (() => void)[] = [];

  /** What `batch` answers for `key`, `missing` where it answers nothing. Otherwise as `together`. */
  load<T>(name: string, key: string, missing: T, batch: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>, inOneTurn?: number): Promise<T> {
    const answerAll = async (keys: readonly string[]): Promise<T[]> => {
      const found = await batch(keys);
      return keys.map((each) => found.get(each) ?? missing);
    };
    return this.together(name, key, answerAll, inOneTurn);
  }

  /**
   * What `batch` answers at the place of `item`, which is thrown where it is an Error; items asked for together, under one name, are one batch. Of many items
   * `inOneTurn` are answered in each turn of the event loop.
   */
  together<K, T>(name: string, item: K, batch: (items: readonly K[]) => Promise<readonly T[]>, inOneTurn = IN_ONE_TURN): Promise<T> {
    let loader = this.loaders.get(name);
    if (!loader) {
      const answerAll = async (items: readonly unknown[]) => {
        const answers = await batch(items as readonly K[]);
        return answers.length > inOneTurn ? this.inTurns(answers, inOneTurn) : answers;
      };
      // What is no key is not asked for again.
      const cache = typeof item === "string";
      const options = { cache, maxBatchSize: LARGEST_BATCH, batchScheduleFn: (begin: () => void) => this.schedule(begin) };
      this.loaders.set(name, (loader = new DataLoader<unknown, unknown>(answerAll, options)));
    }
    return loader.load(item) as Promise<T>;
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
      return turn.then(() => {
        if (answer instanceof Error) throw answer;
        return answer;
      });
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
