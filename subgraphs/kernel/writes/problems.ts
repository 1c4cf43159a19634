/** Why a mutation wrote nothing: expected failures are data. */

/** The closed list of common.graphql. */
export type ProblemCode =
  "INVALID_INPUT" | "NOT_FOUND" | "CONFLICT" | "DUPLICATE" | "UNKNOWN_REFERENCE" | "RULE_BROKEN" | "STILL_REFERENCED" | "PORTFOLIO_UNREACHABLE";

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly path: readonly string[];
  readonly rule: string | null;
  readonly retryable: boolean;
}

/** A problem with the input field at `path`. Only an unreachable portfolio is worth trying again. */
export const problem = (code: ProblemCode, path: readonly string[], message: string, rule: string | null = null): Problem => ({
  code,
  message,
  path,
  rule,
  retryable: code === "PORTFOLIO_UNREACHABLE",
});

/** Problems of one mutation that are told each. */
const MOST_TOLD = 100;

/** The problems that are told of a mutation: of very many the first, and how many more there are. */
export function shorten(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MOST_TOLD;
  if (more <= 0) return problems;
  return [...problems.slice(0, MOST_TOLD), { ...problems[MOST_TOLD]!, path: [], message: `There are ${more} more problems; mend those before first.` }];
}

/** Ends a transaction without writing; `current` is the record of a CONFLICT. */
export class Rejection extends Error {
  constructor(
    readonly problems: readonly Problem[],
    readonly current: Record<string, unknown> | null = null,
  ) {
    super(problems.map(({ message }) => message).join(" "));
  }
}
export const reject = (...problems: Problem[]): never => {
  throw new Rejection(problems);
};
