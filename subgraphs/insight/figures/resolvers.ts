/** `keyFigures`: each with its definition, what is divided by what, and the records behind it. */
import { decodeCursor, encodeCursor } from "../../kernel/cursors.js";
import { badInput } from "../../kernel/errors.js";
import { answerPage, checkFirst } from "../../kernel/pages.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import type { Reading } from "../reading.js";
import { RULES_VERSION } from "../rules.js";
import { type Period, checkPeriod, periodBefore } from "../period.js";
import { SEGMENTS } from "../scopes.js";
import { stubOf } from "../search.js";
import type { Counted, Figure, Question } from "./figure.js";
import { type FigureName, KEY_FIGURES } from "./figures.js";
import { type Place, type Tallied, type Tally, noTally, tally } from "./tallies.js";

interface FigureArguments {
  readonly period: Period;
  readonly segments?: readonly string[] | null;
  readonly names?: readonly FigureName[] | null;
}

export const figureResolvers: Resolvers = {
  Query: {
    keyFigures: (_: unknown, { period, segments, names }: FigureArguments, reading: Reading) => {
      const question = { reading, today: reading.today, period: checkPeriod(period)!, segments: segments ?? null };
      const wanted = [...new Set(names ?? (Object.keys(KEY_FIGURES) as FigureName[]))];
      return {
        ...question.period,
        figures: wanted.map((name) => new KeyFigure(name, KEY_FIGURES[name], question)),
        rulesVersion: RULES_VERSION,
        asOf: () => reading.asOf(),
      };
    },
  },
};

interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** One figure. Its methods are the fields of the SDL's KeyFigure. */
class KeyFigure {
  private readonly tallied: Tallied;
  private adding: Promise<Tally> | undefined;

  constructor(
    readonly name: FigureName,
    private readonly figure: Figure,
    private readonly question: Question,
  ) {
    this.tallied = tally(figure, question);
  }

  get unit(): string {
    return this.figure.unit;
  }
  get definition(): string {
    return this.figure.definition;
  }
  get ofToday(): boolean {
    return this.figure.today ?? false;
  }
  async value(): Promise<string | null> {
    return valueOf(this.figure, await this.total());
  }
  async numerator(): Promise<string | null> {
    return shownNumerator(this.figure, await this.total());
  }
  async denominator(): Promise<string | null> {
    return shownDenominator(this.figure, await this.total());
  }
  async unknown(): Promise<number> {
    return (await this.total()).unknown;
  }
  async missing(): Promise<string | null> {
    if (valueOf(this.figure, await this.total()) !== null) return null;
    return this.question.segments !== null && !this.figure.segmented ? "Its records belong to no customer; ask without segments." : this.figure.missing;
  }
  async before(): Promise<string | null> {
    if (this.ofToday) return null;
    const question = { ...this.question, period: periodBefore(this.question.period) };
    return valueOf(this.figure, await tally(this.figure, question).total());
  }

  async bySegment(): Promise<object[] | null> {
    if (!this.figure.segmented) return null;
    const tallies = await this.tallied.bySegment();
    const asked = SEGMENTS.filter((segment) => this.question.segments?.includes(segment) ?? true);
    return asked.map((segment) => ({ segment, ...shown(this.figure, tallies.get(segment) ?? noTally) }));
  }

  async byService({ first, after }: PageArguments): Promise<object[] | null> {
    const count = checkFirst(first ?? 100);
    if (!this.figure.byService) return null;
    const before = tally(this.figure, { ...this.question, period: periodBefore(this.question.period) });
    const [now, then] = [await this.tallied.byPartner(after ?? "", count), await before.byPartner(after ?? "", MOST_SERVICES)];
    return [...now].map(([id, sums]) => ({
      service: { __typename: "Service", id },
      ...shown(this.figure, sums),
      before: valueOf(this.figure, then.get(id) ?? noTally),
    }));
  }

  records({ first, after }: PageArguments): object {
    const page = { first: checkFirst(first), after: after ?? null };
    const place = page.after === null ? null : readCursor(page.after);
    const { model } = this.question.reading;
    return answerPage<Omit<Counted, "segment">>(page, {
      read: () => this.tallied.page(place, page.first + 1),
      count: () => this.tallied.count(),
      cursorOf: ({ id, withId }) => encodeCursor([id, withId]),
      nodeOf: ({ id, withId, amount, base }) => ({
        record: stubOf(model, id),
        with: stubOf(model, withId || null),
        numerator: amount === null || base === null ? null : decimal(amount),
        denominator: amount === null || base === null || !isQuotient(this.figure) ? null : decimal(base),
      }),
    });
  }

  private total(): Promise<Tally> {
    return (this.adding ??= this.tallied.total());
  }
}

/** How many services a value of the period before is looked up among. */
const MOST_SERVICES = 100_000;

const isMedian = (figure: Figure): boolean => "median" in figure && figure.median === true;
const isQuotient = (figure: Figure): boolean => figure.unit !== "COUNT" && !isMedian(figure);

/** At most two decimals. */
const decimal = (number: number): string => String(Math.round(number * 100) / 100);

function valueOf(figure: Figure, { numerator, denominator, median }: Tally): string | null {
  if (isMedian(figure)) return median === null ? null : decimal(median);
  if (figure.unit === "COUNT") return decimal(numerator);
  return denominator === 0 ? null : decimal((figure.unit === "PERCENT" ? 100 * numerator : numerator) / denominator);
}
const shownNumerator = (figure: Figure, { numerator }: Tally): string | null => (isMedian(figure) ? null : decimal(numerator));
const shownDenominator = (figure: Figure, { denominator }: Tally): string | null => (figure.unit === "COUNT" ? null : decimal(denominator));

const shown = (figure: Figure, sums: Tally): object => ({
  value: valueOf(figure, sums),
  numerator: shownNumerator(figure, sums),
  denominator: shownDenominator(figure, sums),
  unknown: sums.unknown,
});

function readCursor(cursor: string): Place {
  const parsed = decodeCursor(cursor);
  const [id, withId] = Array.isArray(parsed) && parsed.length === 2 ? (parsed as unknown[]) : [];
  if (typeof id !== "string" || typeof withId !== "string") throw badInput("after is not a cursor of these records; pass an endCursor they answered.");
  return [id, withId];
}
