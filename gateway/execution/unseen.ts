/**
 * Whether a subgraph may have worked for an answer that nobody sees. Such an answer costs its whole price where who asks can bring it about: else the dearest
 * operations would be free to whoever leaves before they are answered, or asks beside them for what must fail.
 */
import { TemporaryFailure } from "../../transport/deadlines.js";
import type { AnswerError, GraphQLAnswer } from "../../transport/subgraph.js";

/** What befalls a subgraph, whoever asks. */
const FAULTS: ReadonlySet<unknown> = new Set(["SUBGRAPH_UNREACHABLE", "DATABASE_UNAVAILABLE", "READ_ONLY"]);

/** Whether a call failed because nobody waited for it any longer, or because its answer was too long to be taken. */
export function isGivenUp(error: unknown): boolean {
  if (error instanceof TemporaryFailure) return error.code === "DEADLINE_EXCEEDED";
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "UND_ERR_RES_EXCEEDED_MAX_SIZE" || isGivenUp(error.cause);
}

/** Whether errors have taken with them more than the fields they are of, or tell of work that was given up. */
export const hidesWork = ({ data, errors = [] }: GraphQLAnswer): boolean =>
  errors.some((error) => {
    const code = error.extensions?.["code"];
    return code === "DEADLINE_EXCEEDED" || (!FAULTS.has(code) && reachesUp(error, data));
  });

/** Whether the null that an error leaves stands above its field. An answer without data, even null, was not executed. */
function reachesUp({ path }: AnswerError, data: GraphQLAnswer["data"]): boolean {
  if (data === undefined) return false;
  let value: unknown = data;
  for (const step of path ?? []) {
    if (typeof value !== "object" || value === null) return true;
    value = (value as Record<string | number, unknown>)[step];
  }
  return data === null;
}
