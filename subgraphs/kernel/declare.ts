/**
 * The words in which a portfolio declares what it stores: columns (`entities.ts`) and links (`links.ts`).
 * They are data. The kernel derives SDL, tables, loaders, filters, inputs and resolvers from them.
 */

/** How a column's values look in a row (JavaScript) and are kept in the database. */
export type ColumnKind =
  | "id" // varchar(40), a prefixed ULID
  | "text" // varchar(length)
  | "longText" // text, at most `length` characters
  | "choice" // varchar(40), one of an SDL enum's values
  | "integer" // integer within [min, max]
  | "decimal" // bigint of millionths
  | "boolean"
  | "date" // varchar(10), YYYY-MM-DD
  | "dateTime" // varchar(24), UTC RFC 3339 with milliseconds
  | "money" // two columns: <name>Amount (integer minor units) and <name>Currency (ISO 4217)
  | "values"; // JSON: a list of value objects, replaced whole

/** Who may set a column: clients always, clients at creation only, verbs (and creation), or only the write path. */
export type Setter = "client" | "creation" | "verb" | "kernel";

interface ColumnOptions {
  readonly length?: number;
  readonly min?: number;
  readonly max?: number;
  readonly nullable: boolean;
  readonly setter: Setter;
  readonly initial?: unknown;
  readonly unique?: boolean;
}

/** A stored field. `T` is the type of its value in a row. */
export class Column<T> {
  declare readonly type: T;
  constructor(
    readonly kind: ColumnKind,
    readonly options: ColumnOptions,
  ) {}

  private with(options: Partial<ColumnOptions>): this {
    return new Column<T>(this.kind, { ...this.options, ...options }) as this;
  }
  /** May be null. */
  optional(): Column<T | null> {
    return this.with({ nullable: true });
  }
  /** The value of a new record that names none. */
  default(value: T): this {
    return this.with({ initial: value });
  }
  /** Set at creation, afterwards changed only by the verbs of `mutations.ts` (a state, most often). */
  governed(): this {
    return this.with({ setter: "verb" });
  }
  /** Set at creation and never changed. */
  fixed(): this {
    return this.with({ setter: "creation" });
  }
  /** Never an input: `derivations` of `rules.ts` compute it before each write. */
  derived(): this {
    return this.with({ setter: "kernel" });
  }
  /** No two records of the type share a value. */
  unique(): this {
    return this.with({ unique: true });
  }
}

const column = <T>(kind: ColumnKind, options: Partial<ColumnOptions> = {}): Column<T> => new Column<T>(kind, { nullable: false, setter: "client", ...options });

/** Text of at most `length` characters (500 at most: longer text is `longText`). */
export const text = (length: number) => column<string>("text", { length });
/** Text of at most `length` characters, 10,000 if not said. Cannot be sorted by. */
export const longText = (length = 10_000) => column<string>("longText", { length });
/** One of the values of the SDL enum that is the field's type. */
export const choice = <T extends string = string>() => column<T>("choice");
/** A whole number from `min` to `max`, both included. */
export const integer = (min = -2_147_483_648, max = 2_147_483_647) => column<number>("integer", { min, max });
/** An exact decimal number between ±9,007,199,254 with at most 6 decimals; a string in a row, kept as integer millionths. */
export const decimal = () => column<string>("decimal");
export const boolean = () => column<boolean>("boolean");
/** A calendar day, YYYY-MM-DD. */
export const date = () => column<string>("date");
/** A moment, UTC RFC 3339 with milliseconds. */
export const dateTime = () => column<string>("dateTime");
/** An amount in minor units (a safe integer) and its ISO 4217 currency. */
export const money = () => column<MoneyValue>("money");
/** A list of value objects of the SDL object type that is the field's type; no links inside; replaced whole by an update. */
export const values = <T extends object = Record<string, unknown>>() => column<T[]>("values", { initial: [] });

/** An amount of money in a row: integer minor units of `currency`. */
export interface MoneyValue {
  minor: number;
  currency: string;
}

/** A record of a portfolio: its columns and how its ids begin. */
export interface Entity<C extends Columns = Columns> {
  readonly prefix: string;
  readonly columns: C;
  readonly main: boolean;
  /** Fields and links that its records are looked up by together: each has an index. */
  readonly lookups: readonly (readonly string[])[];
}
export type Columns = Record<string, Column<unknown>>;

/** An entity with ids `<prefix>_<ULID>`. `lookups`: fields and links that its records are looked up by together. */
export const entity = <C extends Columns>(prefix: string, columns: C, ...lookups: readonly (readonly string[])[]): Entity<C> => ({
  prefix,
  columns,
  main: false,
  lookups,
});

const mainColumns = {
  code: text(64).unique(),
  verifiedOn: date().optional(),
};
/** One of the main entities: it also has a `code` unique in its type, `verifiedOn`, `verifiedBy` and `interactions`. */
export const mainEntity = <C extends Columns>(prefix: string, columns: C): Entity<typeof mainColumns & C> => ({
  prefix,
  columns: { ...mainColumns, ...columns },
  main: true,
  lookups: [],
});

/** A link to at most one record; stored as the column `<field>Id`. */
export class OneLink<N extends boolean = false> {
  readonly kind = "one";
  constructor(
    readonly targets: readonly string[],
    readonly nullable: N,
    readonly setter: Setter = "client",
  ) {}
  optional(): OneLink<true> {
    return new OneLink(this.targets, true, this.setter);
  }
  fixed(): OneLink<N> {
    return new OneLink(this.targets, this.nullable, "creation");
  }
  governed(): OneLink<N> {
    return new OneLink(this.targets, this.nullable, "verb");
  }
}
/** A link to several records; stored as rows (recordId, position, toId) of the table `<owner>_<field>`; in a row, a list of ids under `services` → `serviceIds`, `about` → `aboutIds`. */
export class ManyLink {
  readonly kind = "many";
  constructor(readonly targets: readonly string[]) {}
}
/** A list of value objects that hold links; stored as rows of `<owner>_<field>`; in a row, a list of objects. Replaced whole. */
export class ListLink<M extends ListMembers = ListMembers> {
  readonly kind = "list";
  constructor(readonly members: M) {}
}
export type ListMembers = Record<string, Column<unknown> | OneLink<boolean>>;
/** The other direction of a stored link `Type.field` (or `Type.list.member`) of the same portfolio. Nothing is stored. */
export class ReverseLink {
  readonly kind = "reverse";
  constructor(readonly of: string) {}
}
/** A shortcut over the records of `via`: from whatever its link `from` names to whatever its link `to` names. Nothing is stored. */
export class ThroughLink {
  readonly kind = "through";
  constructor(
    readonly via: string,
    readonly from: string,
    readonly to: string,
    readonly where: Readonly<Record<string, readonly string[]>>,
    readonly target: string | undefined,
  ) {}
}
export type Link = OneLink<boolean> | ManyLink | ListLink | ReverseLink | ThroughLink;
export type Links = Record<string, Record<string, Link>>;

/** Links to one record of one of the `targets` (types of any portfolio; "*" is any entity). */
export const one = (...targets: string[]) => new OneLink(targets, false as const);
/** Links to several records of one of the `targets`. */
export const many = (...targets: string[]) => new ManyLink(targets);
/** A list of value objects of which at least one member is a link. */
export const list = <M extends ListMembers>(members: M) => new ListLink(members);
/** The reverse of the stored link `Type.field` or `Type.list.member`. */
export const reverse = (of: string) => new ReverseLink(of);
/**
 * From the records that `via.from` names to those that `via.to` names, over records of `via` that match `where`.
 * `from` and `to` are stored links of `via` ("field" or "list.member"), or "id", `via` itself; `target` says which type is meant where `to` may name several.
 */
export const through = (via: string, from: string, to: string, where: Record<string, readonly string[]> = {}, target?: string) =>
  new ThroughLink(via, from, to, where, target);

type MemberValue<M> = M extends Column<infer T> ? T : M extends OneLink<infer N> ? (N extends true ? string | null : string) : never;
type ListItem<M> = {
  -readonly [K in keyof M as M[K] extends OneLink<boolean> ? `${string & K}Id` : K]: MemberValue<M[K]>;
};
/** The row key of a many link: services → serviceIds, about → aboutIds. */
type IdsKey<F extends string> = F extends `${infer S}ies` ? `${S}yIds` : F extends `${infer S}s` ? `${S}Ids` : `${F}Ids`;
type LinkColumns<L> = {
  -readonly [
    K in keyof L as L[K] extends OneLink<boolean> ? `${string & K}Id` : L[K] extends ManyLink ? IdsKey<string & K> : L[K] extends ListLink ? K : never
  ]: L[K] extends OneLink<infer N>
    ? N extends true
      ? string | null
      : string
    : L[K] extends ManyLink
      ? string[]
      : L[K] extends ListLink<infer M>
        ? ListItem<M>[]
        : never;
};
type ColumnValues<C> = { -readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never };

/** What every stored record has. */
interface Stored {
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  findings: Finding[];
  externalIds: ExternalId[];
}
export interface Finding {
  rule: string;
  message: string;
}
interface ExternalId {
  system: string;
  id: string;
}
/** The row of an entity: `Row<typeof entities.Service, typeof links.Service>`. */
export type Row<E extends Entity, L = object> = Stored & ColumnValues<E["columns"]> & LinkColumns<L>;
