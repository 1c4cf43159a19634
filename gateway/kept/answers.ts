/**
 * Answers that are given again for as long as nothing was written that could change them. What was written is asked of the subgraphs before each,
 * not guessed by time: who has seen a write acknowledged, by whatever gateway, import or other way, is never given what was before it.
 */
import type { Rights } from "../../transport/access/policy.js";
import type { RequestContext } from "../contexts.js";
import { WrittenData } from "../execution/compiled/answers.js";
import type { Execution, GatewayAnswer, ProgramRequest } from "../execution/compiled/executor.js";
import type { SubgraphSource } from "../execution/sources.js";
import { Shelf } from "./shelf.js";
import { States } from "./states.js";

/** An answer's data, and what was so when it was read. */
interface Kept {
  readonly text: string;
  /** Points. */
  readonly cost: number;
  /** The day and the states of all subgraphs asked, from before they were. */
  readonly state: string;
}

/** What became of requests whose answers may be kept. */
interface KeptCounts {
  /** Given again. */
  given: number;
  read: number;
  /** Read, because it could not be said whether anything was written. */
  past: number;
}

/** Of all the memory there is no answer takes more than this part. */
const LARGEST_PART = 1 / 8;
/** Keys longer than this, in characters, are not kept: variables may be as long as a request. */
const LONGEST_KEY = 10_000;
/** Subgraphs may have another day within so many milliseconds of midnight: their clocks may go as far apart as signed calls allow (30 s), and a request takes 25 s at most. */
const MIDNIGHT_MS = 60_000;
const DAY_MS = 86_400_000;

export class KeptAnswers {
  readonly counts: KeptCounts = { given: 0, read: 0, past: 0 };
  private readonly states = new States();
  private shelf: Shelf<Kept>;

  /** Keeps so many bytes at most, of texts that `isKnown` says are known beforehand. */
  constructor(
    private readonly most: number,
    private readonly isKnown: (text: string) => boolean,
    private readonly clock = Date.now,
  ) {
    this.shelf = new Shelf(most);
  }

  /** Bytes that are taken, at most. */
  get bytes(): number {
    return this.shelf.bytes;
  }

  /** Lets go of all, and of what is being read. */
  clear(): void {
    this.shelf = new Shelf(this.most);
  }

  /** The answer to a request: the one that is kept, where that is what executing would come to, or else what it comes to. */
  async answer(request: ProgramRequest, rights: Pick<Rights, "key">, { sources, run }: Execution): Promise<GatewayAnswer> {
    const context = request.context as RequestContext;
    const key = this.keyOf(request, rights);
    if (key === null || sources === null || sources.size === 0) return run();
    const { shelf, counts } = this;
    const state = await this.findState(sources);
    if (state === null) {
      counts.past++;
      return run();
    }
    const kept = shelf.get(key);
    if (kept?.state === state) {
      counts.given++;
      context.trail.spent = kept.cost;
      return { data: new WrittenData(kept.text) };
    }
    counts.read++;
    const answer = await run();
    const { data, ...more } = answer;
    const cost = context.trail.spent;
    // What was written meanwhile may be in it or not: from then on the state is another, and it is not given to anybody.
    if (data instanceof WrittenData && Object.keys(more).length === 0 && cost !== undefined && Number.isFinite(cost)) {
      const { text } = data;
      const bytes = bytesOf(key) + bytesOf(text) + bytesOf(state);
      if (bytes <= this.most * LARGEST_PART) shelf.set(key, { text, cost, state }, bytes);
    }
    return answer;
  }

  /** What an answer is known by: everything of the request that it depends on. Null where it is not kept. */
  private keyOf({ queryHash, request: { operationName, variables }, context: given }: ProgramRequest, { key: rights }: Pick<Rights, "key">): string | null {
    const { principal, asOf, trail } = given as RequestContext;
    // What customers' people see depends on more portfolios than their operation names.
    if (principal.customers !== null || trail.query === undefined || !this.isKnown(trail.query)) return null;
    let isExact = true;
    const key = JSON.stringify([queryHash, operationName ?? "", rights, asOf ?? "", variables ?? {}], (_, value: unknown) => {
      // 1e999 and -0 are numbers to whoever reads JSON, and others to whoever writes it.
      if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) isExact = false;
      return value;
    });
    return isExact && key.length <= LONGEST_KEY ? key : null;
  }

  /** What is so from now on or later: the day, and what each subgraph has been told. Null where that is not certain. */
  private async findState(sources: ReadonlySet<SubgraphSource>): Promise<string | null> {
    const now = this.clock();
    if (now % DAY_MS < MIDNIGHT_MS || now % DAY_MS > DAY_MS - MIDNIGHT_MS) return null;
    const states = await this.states.find(sources);
    return states && JSON.stringify([Math.floor(now / DAY_MS), ...states]);
  }
}

/** What a text takes in memory at most. */
const bytesOf = (text: string): number => 2 * text.length + 100;
