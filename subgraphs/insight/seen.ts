/**
 * Insight's tables as those see them who are limited to customers. A statement is not sent to the tables it names, but to what concerns who asks of each
 * (`scope.ts` of the portfolios): at whatever depth it names them, it can tell, count or sort nothing else. What cannot be narrowed so is not sent.
 */
import type { Concern } from "../../transport/subgraph.js";
import { type EntityModel, type Model, type StoredField, type StoredList, entityOf } from "../kernel/model.js";
import { NOTHING, type Sql, join, sql } from "../kernel/reads/conditions.js";
import { scopeCondition } from "../kernel/reads/scopes.js";
import type { Scope } from "../kernel/scopes.js";

const TABLE = /\b(FROM|JOIN)\s+`(\w+)`/g;
/** Whatever is read but a statement in brackets, whose own tables are found by themselves. */
const ANYTHING_READ = /\b(?:FROM|JOIN)\s+(?!\()/g;

/** The statement on what those may see whom `concern` says. Throws when it reads something that is neither records nor a list of records. */
export function narrowToSeen(model: Model, concern: Concern, { text, cells }: Sql): Sql {
  const tables = new Set([...text.matchAll(TABLE)].map(([, , table]) => table!));
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  if (count(TABLE) !== count(ANYTHING_READ)) throw new Error(`a statement that cannot be narrowed to what may be seen: ${text}`);
  const narrowing = new Narrowing(model, concern, new Set(text.match(/\w+/g)));
  for (const table of tables) narrowing.add(table);
  const narrowed = text.replaceAll(TABLE, (_, word: string, table: string) => `${word} \`${nameOfSeen(table)}\``);
  const parts = narrowing.parts();
  return { text: `WITH ${parts.map((part) => part.text).join(", ")} ${narrowed}`, cells: [...parts.flatMap((part) => part.cells), ...cells] };
}

const nameOfSeen = (table: string): string => `seen_${table}`;
const nameOfIds = ({ table }: EntityModel): string => `seen_ids_${table}`;

/** What one statement reads: the ids of the records that may be seen, and the rows of its tables that are of them. */
class Narrowing {
  private readonly ids = new Map<string, Sql>();
  private readonly rows = new Map<string, Sql>();

  constructor(
    private readonly model: Model,
    private readonly concern: Concern,
    /** The words of the statement: columns that are not among them are left out. */
    private readonly words: ReadonlySet<string>,
  ) {}

  parts(): readonly Sql[] {
    return [...this.ids.values(), ...this.rows.values()];
  }

  add(table: string): void {
    const entity = [...this.model.entities.values()].find((each) => each.table === table);
    const list = entity ? undefined : this.listOf(table);
    if (entity) this.define(table, entity.stored.values(), `t.\`id\` IN ${this.seenIds(entity)}`, this.linksToSeen(entity));
    else if (list) this.define(table, list.members, this.itemCondition(list), new Set(), "`recordId`", "`position`");
    else throw new Error(`${table} holds no records, and is not shown to those who see only their own`);
  }

  /** Lists that several types share tell nobody whose they are. */
  private listOf(table: string): StoredList | undefined {
    const lists = [...this.model.entities.values()].flatMap(({ lists: own }) => [...own.values()]);
    return lists.find((list) => list.table === table && Object.keys(list.constants).length === 0);
  }

  /** The links of a record that may be seen for nothing else than that it links there: no need to look again, and databases find them by their indices. */
  private linksToSeen({ type, stored }: EntityModel): ReadonlySet<string> {
    const { scopes } = this.model.portfolio;
    const leadsToSeen = ({ field, targets = [] }: StoredField) =>
      targets.length === 1 && ((scopes[type] && needs(scopes[type], field)) || (scopes[targets[0]!] && admits(scopes[targets[0]!]!, type, field)));
    return new Set([...stored.values()].filter(leadsToSeen).map(({ field }) => field));
  }

  private define(table: string, fields: Iterable<StoredField>, condition: string, open: ReadonlySet<string>, ...more: string[]): void {
    const columns = [...fields].flatMap((field) =>
      field.columns
        .filter((column) => column === "id" || this.words.has(column))
        .map((column) => (open.has(field.field) ? `t.\`${column}\`` : this.shown(field, column))),
    );
    const text = `\`${nameOfSeen(table)}\` AS (SELECT ${[...more.map((column) => `t.${column}`), ...columns].join(", ")} FROM \`${table}\` t WHERE ${condition})`;
    this.rows.set(table, sql(text));
  }

  /** A link to a record that may not be seen is none. */
  private shown({ targets }: StoredField, column: string): string {
    return targets ? `CASE WHEN ${this.isSeen(`t.\`${column}\``, targets)} THEN t.\`${column}\` END AS \`${column}\`` : `t.\`${column}\``;
  }

  private itemCondition({ owner, bare, members }: StoredList): string {
    const ofSeen = `t.\`recordId\` IN ${this.seenIds(entityOf(this.model, owner))}`;
    return bare ? `${ofSeen} AND (${members.map(({ columns, targets }) => this.isSeen(`t.\`${columns[0]!}\``, targets!)).join(" AND ")})` : ofSeen;
  }

  private isSeen(column: string, targets: readonly string[]): string {
    const types = targets[0] === "*" ? [...this.model.entities.keys()] : targets;
    const scoped = types.filter((type) => this.model.portfolio.scopes[type]);
    return join(
      scoped.map((type) => sql(`${column} IN ${this.seenIds(entityOf(this.model, type))}`)),
      "OR",
      NOTHING,
    ).text;
  }

  private seenIds(entity: EntityModel): string {
    const name = nameOfIds(entity);
    if (!this.ids.has(name)) {
      const { text, cells } = scopeCondition(this.model, entity, this.concern, "t");
      this.ids.set(name, { text: `\`${name}\` AS (SELECT t.\`id\` FROM \`${entity.table}\` t WHERE ${text})`, cells });
    }
    return `(SELECT i.\`id\` FROM \`${name}\` i)`;
  }
}

/** Whether a scope lets in only records whose link leads to one that may be seen. */
function needs(scope: Scope, link: string): boolean {
  switch (scope.kind) {
    case "names":
    case "within":
      return scope.link === link;
    case "all":
      return scope.of.some((each) => needs(each, link));
    case "any":
      return scope.of.every((each) => needs(each, link));
    default:
      return false;
  }
}

/** Whether a scope lets in whatever a record of `type` that may be seen links to. */
function admits(scope: Scope, type: string, link: string): boolean {
  if (scope.kind === "pointedAt") return scope.type === type && scope.link === link;
  return scope.kind === "any" && scope.of.some((each) => admits(each, type, link));
}
