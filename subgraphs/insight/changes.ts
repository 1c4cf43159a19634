/** `changes`: the ledgers of all portfolios as one feed, read straight from their owners. */
import { GraphQLError } from "graphql";
import { type LedgerEntry, SubgraphUnreachable } from "../../transport/subgraph.js";
import { takeTurn } from "../../transport/turns.js";
import { decodeCursor, encodeCursor } from "../kernel/cursors.js";
import { badInput } from "../kernel/errors.js";
import type { Model } from "../kernel/model.js";
import { checkFirst } from "../kernel/pages.js";
import { fieldChanges, readableChanges } from "../kernel/reads/history.js";
import type { Resolvers } from "../kernel/resolvers.js";
import type { Reach } from "../kernel/siblings.js";
import type { Reading } from "./reading.js";

interface FeedArguments {
  readonly after?: string | null;
  readonly since?: string | null;
  readonly first?: number | null;
  readonly types?: readonly string[] | null;
}
interface Change extends LedgerEntry {
  readonly portfolio: string;
}
/** How far each portfolio's ledger has been read. */
type Positions = Record<string, number>;

const LARGEST_PAGE = 1000;
/** A page that finds few of the types wanted ends after so many entries, and says that the ledgers go on. */
const MOST_SCANNED = 20_000;
/** Changes that one request may ask for. */
const MOST_CHANGES = 10_000;

/** The resolvers of the feed over those portfolios. */
export function changesResolvers(model: Model, portfolios: readonly string[], reach: Reach): Resolvers {
  return {
    Query: {
      changes: async (_: unknown, { after, since, first, types }: FeedArguments, reading: Reading) => {
        const wanted = checkFirst(first ?? 100);
        if (reading.countChanges(wanted) > MOST_CHANGES) throw tooLarge();
        if (after && since) throw badInput("The feed goes on after a cursor or since a moment; name one of the two.");
        const unknown = types?.find((type) => !model.entities.has(type));
        if (unknown !== undefined)
          throw badInput(`There is no type ${unknown}; types holds names such as ${[...model.entities.keys()].slice(0, 2).join(", ")}.`);
        const feed = new Feed(portfolios.map((name) => new Ledger(name, reach, reading.call)));
        await feed.begin(after ? readCursor(after, portfolios) : {}, since ?? null);
        const page = await feed.page(wanted, types ? new Set(types) : null);
        // What is asked of its changes follows in the same turn.
        await takeTurn();
        return page;
      },
    },
    FeedChange: {
      fields: ({ type, before, after }: Change, _: unknown, { rights }: Reading) =>
        readableChanges(model.entities.get(type), fieldChanges(before, after), rights),
      record: async ({ portfolio, type, id, after }: Change, _: unknown, reading: Reading) => {
        if (after === null) return null;
        const exists = await reading.load(
          `exists ${portfolio}`,
          id,
          false,
          async (ids) => new Map((await reach(portfolio).exists(ids, reading.call)).map((each) => [each, true])),
        );
        return exists ? { __typename: type, id } : null;
      },
    },
  };
}

const tooLarge = (): GraphQLError =>
  new GraphQLError(`The operation asks for more than ${MOST_CHANGES} changes; ask for them page after page.`, { extensions: { code: "OPERATION_TOO_LARGE" } });

/** One portfolio's ledger, read on from a position. */
class Ledger {
  position = 0;
  /** Where the page begins. */
  start = 0;
  /** When the entry at the position was filed. */
  at = "1970-01-01T00:00:00.000Z";
  isStale = false;
  private buffer: LedgerEntry[] = [];
  private hasEnded = false;

  constructor(
    readonly name: string,
    private readonly reach: Reach,
    private readonly call: Reading["call"],
  ) {}

  /** Goes to a position, or to the last entry filed by a moment. Refuses a position the ledger has not reached. */
  async begin(position: number, since: string | null): Promise<void> {
    await this.ask(async () => {
      const head = await this.reach(this.name).head(this.call);
      if (!Number.isSafeInteger(head) || head < 0) throw new SubgraphUnreachable(this.name);
      if (head < position)
        throw badInput(`The cursor is ahead of the ${this.name} portfolio, which was restored or begun anew: read the feed from the start, or since a moment.`);
      this.position = since === null ? position : await this.lastBy(since, head);
      const [entry] = this.position > 0 ? await this.read(this.position - 1, 1) : [];
      this.at = entry?.at ?? this.at;
    });
    // What cannot be asked stays where it is.
    if (this.isStale) this.position = position;
    this.start = this.position;
  }

  /** The next entry, not taken yet; null where there is none for now. `wanted` says how many more may be taken at most. */
  async peek(wanted: number): Promise<LedgerEntry | null> {
    if (this.buffer.length === 0 && !this.hasEnded) {
      await this.ask(async () => void (this.buffer = [...(await this.read(this.position, Math.min(wanted, LARGEST_PAGE)))]));
      this.hasEnded = this.buffer.length === 0;
    }
    return this.buffer[0] ?? null;
  }
  take(): Change {
    const entry = this.buffer.shift()!;
    this.position = entry.seq;
    this.at = entry.at;
    return { ...entry, portfolio: this.name };
  }

  /** Entries after a position. What is no ledger, or has a gap, is as good as no answer. */
  private async read(after: number, first: number): Promise<readonly LedgerEntry[]> {
    // In process, on SQLite, each page that is read holds the event loop.
    if (first > 1) await takeTurn();
    const entries = (await this.reach(this.name).ledger(after, first, this.call)) as readonly (LedgerEntry | null)[] | null;
    if (!Array.isArray(entries) || entries.some((entry: LedgerEntry | null, i) => entry?.seq !== after + 1 + i)) throw new SubgraphUnreachable(this.name);
    return entries as readonly LedgerEntry[];
  }

  /** The last entry filed by `since`: a ledger's moments never go back. */
  private async lastBy(since: string, head: number): Promise<number> {
    let [low, high] = [0, head];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [entry] = await this.read(middle - 1, 1);
      if (entry && entry.at <= since) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** A portfolio out of reach is stale and ends here, for now. */
  private async ask(act: () => Promise<void>): Promise<void> {
    if (this.isStale) return;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof SubgraphUnreachable)) throw error;
      this.isStale = true;
      this.hasEnded = true;
    }
  }
}

class Feed {
  constructor(private readonly ledgers: readonly Ledger[]) {}

  async begin(positions: Positions, since: string | null): Promise<void> {
    await Promise.all(this.ledgers.map((ledger) => ledger.begin(positions[ledger.name] ?? 0, since)));
  }

  async page(first: number, types: ReadonlySet<string> | null): Promise<object> {
    const startCursor = encodeCursor(this.positions());
    const edges: { node: Change; cursor: () => string }[] = [];
    // Of entries of some types only there may be few.
    const next = () => this.next(types ? LARGEST_PAGE : first - edges.length + 1);
    let ledger = await next();
    for (let scanned = 0; ledger && edges.length < first && scanned < MOST_SCANNED; scanned++) {
      const node = ledger.take();
      const positions = this.positions();
      if (!types || types.has(node.type)) edges.push({ node, cursor: () => encodeCursor(positions) });
      ledger = await next();
    }
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: {
        hasNextPage: ledger !== null,
        hasPreviousPage: this.ledgers.some(({ start }) => start > 0),
        startCursor,
        endCursor: encodeCursor(this.positions()),
      },
      asOf: this.ledgers.map(({ name, position, at, isStale }) => ({ portfolio: name, seq: position, at, stale: isStale })),
    };
  }

  /** The ledger whose next entry is the oldest; null where none goes on. */
  private async next(wanted: number): Promise<Ledger | null> {
    const heads = await Promise.all(this.ledgers.map((ledger) => ledger.peek(wanted)));
    let oldest = -1;
    heads.forEach((entry, i) => {
      if (entry && (oldest < 0 || entry.at < heads[oldest]!.at)) oldest = i;
    });
    return this.ledgers[oldest] ?? null;
  }

  private positions(): Positions {
    return Object.fromEntries(this.ledgers.map(({ name, position }) => [name, position]));
  }
}

function readCursor(cursor: string, portfolios: readonly string[]): Positions {
  const positions = decodeCursor(cursor);
  const valid =
    typeof positions === "object" &&
    positions !== null &&
    Object.entries(positions).every(([name, seq]) => portfolios.includes(name) && Number.isSafeInteger(seq) && (seq as number) >= 0);
  if (!valid || Array.isArray(positions)) throw badInput("after is not a cursor of this feed; pass an endCursor it answered.");
  return positions as Positions;
}
