/** Verbs that bring a record from one state to another. */
import { refuse } from "./rules.js";

/** What a refused move is called, and what is said of it. */
interface Words {
  readonly rule: string;
  /** What stands before the state: "The agreement is". */
  readonly subject: string;
  /** What to do where no move leaves from the state. */
  readonly settled: string;
}

/** Refuses moves, by the states each leaves from, that do not leave from the state a record is in; says which do. */
export const allowing =
  <M extends string>({ rule, subject, settled }: Words, moves: Readonly<Record<M, readonly string[]>>) =>
  (state: string, wanted: M): void => {
    if (moves[wanted].includes(state)) return;
    const open = Object.entries<readonly string[]>(moves).flatMap(([move, states]) => (states.includes(state) ? [move] : []));
    refuse(rule, "id", `${subject} ${state} and cannot be ${wanted}. ${open.length > 0 ? `From here it can only be ${open.join(" or ")}.` : settled}`);
  };
