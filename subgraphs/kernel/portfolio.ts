import type { Entity, Links } from "./declare.js";
import type { Fields } from "./fields.js";
import type { Verbs } from "./mutations.js";
import type { Derivations, Rules } from "./rules.js";
import type { Expand, Scopes } from "./scopes.js";
import type { Migration } from "./database/migration.js";

/** Everything one portfolio declares; the kernel makes a subgraph of it. */
export interface Portfolio {
  /** Name of the subgraph, of `schema/<name>.graphql` and of its database. */
  readonly name: string;
  readonly entities: Readonly<Record<string, Entity>>;
  readonly links: Links;
  readonly fields: Fields;
  readonly rules: Rules;
  readonly derivations: Derivations;
  readonly mutations: Verbs;
  readonly migrations: readonly Migration[];
  /** Whom records concern. */
  readonly scopes: Scopes;
  /** How customers are expanded to whom and what is theirs: declared by the one portfolio that keeps them. */
  readonly expand?: Expand;
}
