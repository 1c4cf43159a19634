/** What a computed field may ask for while it is answered. Every call is batched over all parents of the request. */
export interface FieldContext {
  /** Today, YYYY-MM-DD, UTC. */
  readonly today: string;
  /** Rows of this portfolio's `type` whose `column` equals `value`, and others what `where` says of them, oldest first; of their columns those named, or all. */
  rows<R = Record<string, unknown>>(
    type: string,
    column: string,
    value: string,
    columns?: readonly (keyof R & string)[],
    where?: Readonly<Record<string, string>>,
  ): Promise<R[]>;
  /** The row with that id, or null. */
  row<R = Record<string, unknown>>(type: string, id: string | null): Promise<R | null>;
  /** The items of a stored list of the record `id` of `type`: bare ids of a many link, objects of a list. */
  list<T = string>(type: string, field: string, id: string): Promise<readonly T[]>;
  /** Rows of this portfolio that the link `field` of the record `id` of `type`, own or another portfolio's, leads to; 1,000 at most. */
  linked<R = Record<string, unknown>>(type: string, field: string, id: string): Promise<R[]>;
}

/** A field that is not stored: computed from the row's columns `needs`. */
export interface ComputedField {
  readonly needs: readonly string[];
  readonly resolve: (row: never, args: never, context: FieldContext) => unknown;
}
/**
 * A computed field. `needs` names the columns of the row it reads (`ownerId` for a link; nothing for lists: `context.list` reads them).
 * A record of any portfolio is answered as `{ __typename, id }`; money as MoneyValue; lists of local records as rows.
 */
export const field = <R, A = object>(needs: readonly (keyof R & string)[], resolve: (row: R, args: A, context: FieldContext) => unknown): ComputedField => ({
  needs,
  resolve,
});
export type Fields = Readonly<Record<string, Readonly<Record<string, ComputedField>>>>;
