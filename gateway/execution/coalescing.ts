/**
 * Coalesces reads: what one caller asks again and again while it is being answered is read once more, for all of them, as soon as it has been.
 * Nobody joins a read that has begun: it may show what was so before a write that has been acknowledged to them since.
 */
import { answerInTime } from "../../transport/deadlines.js";
import type { RequestContext } from "../contexts.js";
import { WrittenData } from "./compiled/answers.js";
import type { GatewayAnswer } from "./compiled/executor.js";

/** A read that has begun. */
interface Read {
  /** Settles when it has ended. */
  readonly ended: Promise<unknown>;
  /** What those who ask meanwhile are answered with; null where each has to ask for itself. Undefined as long as nobody asks. */
  next?: Promise<Common | null>;
}

/** What several may be answered with: data without errors. */
interface Common {
  readonly data: WrittenData;
  /** Points that it has cost. */
  readonly spent: number;
}

/** Longest time anybody waits for another's read, in milliseconds: who asks for themselves then has most of their time left. */
const PATIENCE_MS = 2_000;

export class Coalescer {
  /** Requests answered so far with what another has read. */
  joined = 0;
  private reads = new Map<string, Read>();

  /** What `run` reads, or another's that was asked by the same `key` and begins later than this one is asked. */
  answer(key: string, context: RequestContext, run: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    const read = this.reads.get(key);
    if (!read) return this.begin(key, run);
    if (read.next) return this.join(read.next, context, run);
    const answer = this.follow(read, key, context, run);
    read.next = answer.then(
      (known) => commonOf(known, context),
      () => null,
    );
    return answer;
  }

  /** Lets nobody join what is asked so far. */
  clear(): void {
    this.reads = new Map();
  }

  private begin(key: string, run: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    const ended = run();
    const read: Read = { ended };
    this.reads.set(key, read);
    const leave = () => void (this.reads.get(key) === read && this.reads.delete(key));
    ended.then(leave, leave);
    return ended;
  }

  private async follow({ ended }: Read, key: string, context: RequestContext, run: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    await waitFor(ended, context);
    return this.begin(key, run);
  }

  private async join(next: Promise<Common | null>, context: RequestContext, run: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    const common = await waitFor(next, context);
    if (!common) return run();
    this.joined++;
    context.trail.spent = common.spent;
    return { data: common.data };
  }
}

function commonOf({ data, ...more }: GatewayAnswer, { trail: { spent } }: RequestContext): Common | null {
  if (!(data instanceof WrittenData) || Object.keys(more).length > 0 || spent === undefined || !Number.isFinite(spent)) return null;
  return { data, spent };
}

/** What comes of another's read; null where it fails or takes too long, or who waits has gone. */
async function waitFor<T>(read: Promise<T>, { signal }: RequestContext): Promise<T | null> {
  try {
    return await answerInTime({ deadline: Date.now() + PATIENCE_MS, ...(signal ? { signal } : {}) }, () => read);
  } catch {
    return null;
  }
}
