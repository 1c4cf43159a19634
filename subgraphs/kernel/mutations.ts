import type { Principal } from "../../transport/subgraph.js";
import type { Records } from "./rules.js";

/** The input of every verb names the record and the version it changes. */
export interface VerbInput {
  id: string;
  version: number;
}

/** Reads other portfolios through their subgraphs, as the caller. */
export interface Siblings {
  /** What `portfolio` answers of records of `type`, by id: the fields of `selection` (GraphQL, without braces). Throws SubgraphUnreachable. */
  read<T = Record<string, unknown>>(portfolio: string, type: string, ids: readonly string[], selection: string): Promise<Map<string, T>>;
}

/** Writes beyond the verb's own record, in its transaction, under the same rules. */
export interface Writes {
  create(type: string, values: Record<string, unknown>): Promise<string>;
  update(type: string, id: string, patch: Record<string, unknown>): Promise<void>;
}

export interface VerbCase<R, I, P> {
  readonly record: R;
  readonly input: I;
  /** What `prepare` answered. */
  readonly prepared: P;
  readonly records: Records;
  readonly writes: Writes;
  readonly principal: Principal;
  /** The moment of the write. */
  readonly now: string;
  /** Its day, YYYY-MM-DD, UTC. */
  readonly today: string;
}

/** A business act on one record of `type`: answers the columns it changes, or refuses. */
export interface Verb {
  readonly type: string;
  /** Asks other portfolios before the transaction begins; its answer is `prepared`. */
  readonly prepare?: ((input: never, siblings: Siblings) => Promise<unknown>) | undefined;
  readonly act: (verbCase: VerbCase<never, never, never>) => Record<string, unknown> | Promise<Record<string, unknown>>;
}

/** A verb that needs nothing from other portfolios. The patch uses row names: `ownerId`, `serviceIds`, money as MoneyValue. */
export const verb = <R, I extends VerbInput>(type: string, act: (verbCase: VerbCase<R, I, undefined>) => Partial<R> | Promise<Partial<R>>): Verb => ({
  type,
  act,
});

/** A verb that first asks other portfolios (`prepare`), outside the transaction. */
export const verbAsking = <R, I extends VerbInput, P>(
  type: string,
  prepare: (input: I, siblings: Siblings) => Promise<P>,
  act: (verbCase: VerbCase<R, I, P>) => Partial<R> | Promise<Partial<R>>,
): Verb => ({ type, prepare, act });

/** A creation under the name the business has for it; its input is the derived CreateXInput. */
export interface Creation {
  readonly creates: string;
}
export const creation = (type: string): Creation => ({ creates: type });

export type Verbs = Readonly<Record<string, Verb | Creation>>;
