/** Rows of the portfolio as a rule or verb sees them inside the write's transaction. */
export interface Records {
  /** Whole rows of `type` whose columns equal `where` (a list means one of), locked against change until the end. */
  find<R = Record<string, unknown>>(type: string, where: Where): Promise<R[]>;
  /** The record, or null. */
  get<R = Record<string, unknown>>(type: string, id: string): Promise<R | null>;
  /** Rows of `type` whose many link or list member `link` ("services", "parties.party") names one of `ids`. */
  linking<R = Record<string, unknown>>(type: string, link: string, ids: readonly string[]): Promise<R[]>;
  /** Makes this transaction wait its turn among all writers of the portfolio: for rules over many records (trees). */
  serialise(): Promise<void>;
}
export type Where = Readonly<Record<string, unknown>>;

/**
 * What a rule is asked about. `before` is null for a new record. `act` is what is done: create, update or the verb.
 * Before a record is deleted, the rules of those it points to are asked with `act` deleteX, and `before` and `after` the same.
 */
interface RuleCase<R> {
  readonly before: R | null;
  readonly after: R;
  readonly act: string;
  readonly records: Records;
  /** The day of the write, YYYY-MM-DD, UTC. */
  readonly today: string;
}
/** What is wrong and what to do about it; `path` is the input field it is about. */
export interface Violation {
  readonly path: readonly string[];
  readonly message: string;
}
/** Something that must hold before a record is written. */
export interface Rule<R = never> {
  readonly name: string;
  readonly check: (ruleCase: RuleCase<R>) => Violation | undefined | Promise<Violation | undefined>;
}

/** A rule on every write of a type. Its name is SCREAMING_SNAKE and appears in problems, findings and `tolerate:` of mappings. */
export const rule = <R>(name: string, check: Rule<R>["check"]): Rule<R> => ({ name, check });

/** A verb or rule refuses the write; nothing is written. */
export class Refusal extends Error {
  constructor(
    readonly rule: string,
    readonly path: readonly string[],
    message: string,
  ) {
    super(message);
  }
}
/** Refuses the write for breaking `ruleName`; `message` says what is wrong and what to do. */
export const refuse = (ruleName: string, path: string | readonly string[], message: string): never => {
  throw new Refusal(ruleName, typeof path === "string" ? [path] : path, message);
};

/** A rule that the day `last`, where both are known, does not lie before the day `first`. */
export const inOrder = <R>(name: string, first: keyof R & string, last: keyof R & string): Rule<R> =>
  rule<R>(name, ({ after }) => {
    const [from, to] = [after[first], after[last]];
    return typeof from === "string" && typeof to === "string" && to < from
      ? { path: [last], message: `${last} lies before ${first}; correct one of them.` }
      : undefined;
  });

/** A rule that following `link` (a one link of `type` to itself) from a record never comes back to it. */
export const noCycle = <R extends { id: string }>(name: string, type: string, link: string): Rule<R> =>
  rule<R>(name, async ({ after, records }) => {
    const column = `${link}Id` as keyof R;
    let next = after[column] as string | null;
    if (next === null) return undefined;
    await records.serialise();
    const seen = new Set<string>([after.id]);
    while (next !== null) {
      if (seen.has(next)) return { path: [column as string], message: `This ${link} would make a cycle; choose one that is not below this record.` };
      seen.add(next);
      next = ((await records.get(type, next))?.[column as string] as string | null | undefined) ?? null;
    }
    return undefined;
  });

/** Values the write path computes before rules are checked and the row is written; keys are columns. */
export type Derivation<R = never> = (derived: {
  readonly before: R | null;
  readonly after: R;
  readonly now: string;
  readonly today: string;
  readonly reason: string | null;
}) => Partial<R>;

export type Rules = Readonly<Record<string, readonly Rule<never>[]>>;
export type Derivations = Readonly<Record<string, (derived: never) => object>>;

/** Whether nothing is said in a text. */
export const isBlank = (text: string | null): boolean => text === null || text.trim() === "";
