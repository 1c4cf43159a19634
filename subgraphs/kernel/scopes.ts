/**
 * The words in which a portfolio declares whom a record concerns (`scope.ts`): what people of a customer see of it.
 * An entity without a scope is the provider's own. Nobody else's people are limited, so nothing here applies to them.
 */
import type { CallContext, Concern } from "../../transport/subgraph.js";

/** Which records of an entity concern a customer's people. */
export type Scope =
  /** Those whose stored link ("customer", "parties.party"; "id" is the record itself) names one of their customers; `where` narrows a list's items. */
  | { readonly kind: "names"; readonly link: string; readonly where: Where }
  /** Those whose list `link` names no customer but theirs. */
  | { readonly kind: "onlyTheirs"; readonly link: string }
  /** Those whose link `link` names a record of this portfolio that concerns them. */
  | { readonly kind: "within"; readonly link: string }
  /** Those to which a record of `type` that concerns them points by its link `link`. */
  | { readonly kind: "pointedAt"; readonly type: string; readonly link: string }
  /** Those whose column `key` holds one of `allowed`; null among them is "nothing". */
  | { readonly kind: "holds"; readonly key: string; readonly allowed: readonly (string | null)[] }
  /** Those whose column `key` holds an id that the customer portfolio lists as theirs. */
  | { readonly kind: "listed"; readonly key: string; readonly as: "people" | "services" }
  | { readonly kind: "all" | "any"; readonly of: readonly Scope[] };
type Where = Readonly<Record<string, string>>;

/** By entity type. */
export type Scopes = Readonly<Record<string, Scope>>;

/** Records whose stored link names one of their customers; of a list, by an item that holds the values of `where`. */
export const naming = (link: string, where: Where = {}): Scope => ({ kind: "names", link, where });
/** Records whose list names no customer but theirs. */
export const onlyNaming = (link: string): Scope => ({ kind: "onlyTheirs", link });
/** Records that hang on a record of this portfolio that concerns them. */
export const within = (link: string): Scope => ({ kind: "within", link });
/** Records to which one that concerns them points by its one link. */
export const pointedAtBy = (type: string, link: string): Scope => ({ kind: "pointedAt", type, link });
/** Records whose choice, text or link is one of those; null is none at all. */
export const holding = (key: string, ...allowed: (string | null)[]): Scope => ({ kind: "holds", key, allowed });
/** Records whose id in `key` is among the people they deal with, or the services they consume. */
export const listedIn = (as: "people" | "services", key: string): Scope => ({ kind: "listed", key, as });
/** Records that fit all of these. */
export const all = (...of: Scope[]): Scope => ({ kind: "all", of });
/** Records that fit at least one of these. */
export const any = (...of: Scope[]): Scope => ({ kind: "any", of });

/** Rows of a SELECT on the portfolio's tables. */
type Select = (sql: string, cells: readonly string[]) => Promise<readonly (readonly unknown[])[]>;

/** What the customer portfolio alone can say: whose organisation tree, people and services belong to those customers. */
export type Expand = (select: Select, customers: readonly string[]) => Promise<Concern>;

/** Finds for whom a call is made; null is a caller who is not limited. Asked at most once for each call. */
export type FindConcern = (call: CallContext) => Promise<Concern | null>;
