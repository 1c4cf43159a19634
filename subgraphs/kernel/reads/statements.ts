/**
 * Every SELECT on a portfolio's records is built here, so that who may see what is said in one place: `recordConditions`.
 * As of when is said where they are sent (snapshots.ts), which is why every table here has an alias.
 */
import type { Concern } from "../../../transport/subgraph.js";
import { type Cell, fromCells } from "../database/values.js";
import { groupBy } from "../groups.js";
import { type EntityModel, type LinkSource, type Model, type PairsSource, type StoredField, type StoredList, entityOf, pairsSql } from "../model.js";
import { NOTHING, type Sql, filterCondition, join, linkedCondition, placeholders, sql } from "./conditions.js";
import { choosePairs, pairsOf, pairsTable } from "./pairs.js";
import { scopeCondition } from "./scopes.js";
import { type OrderInput, type OrderKey, afterCondition, orderKeys, orderSql, readCursor, writeCursor } from "./orders.js";

/** A record as read: the fields asked for, by row key. */
export type ReadRow = Record<string, unknown> & { __typename: string; id: string };
export interface Statement<T> {
  readonly sql: string;
  readonly cells: readonly Cell[];
  readonly decode: (rows: readonly (readonly unknown[])[]) => T;
}

/** Who looks: what a statement adds, so that it answers only what concerns them. */
export interface Viewer {
  readonly model: Model;
  /** Null is nobody who is limited. */
  readonly concern: Concern | null;
}

/** Which records of an entity a viewer may see. Every statement on records asks it. */
const recordConditions = (entity: EntityModel | null, { model, concern }: Viewer, alias = "t"): Sql[] =>
  entity && concern ? [scopeCondition(model, entity, concern, alias)] : [];

/** The records `v` through which a link leads, where they are others than the parent. */
function throughConditions(because: string | undefined, { model, concern }: Viewer): Sql[] {
  return because !== undefined && concern ? [scopeCondition(model, entityOf(model, because), concern, "v")] : [];
}

const select = (fields: readonly StoredField[], alias: string): string[] => fields.flatMap((field) => field.columns.map((column) => `${alias}.\`${column}\``));

function decodeRow(entity: EntityModel, fields: readonly StoredField[], cells: readonly unknown[], from: number): ReadRow {
  const row: ReadRow = { __typename: entity.type, id: "" };
  let offset = from;
  for (const field of fields) {
    row[field.key] = fromCells(field, cells, offset);
    offset += field.columns.length;
  }
  return row;
}

/** The stored fields with those keys, the id first. */
function fieldsOf(entity: EntityModel, keys: Iterable<string>): StoredField[] {
  const wanted = new Set(["id", ...keys]);
  return [...entity.stored.values()].filter(({ key }) => wanted.has(key));
}

/** Records whose `column` is one of `values`, and whose other columns are as `others` says, by the value, oldest first. */
export function selectBy(
  entity: EntityModel,
  keys: Iterable<string>,
  column: string,
  values: readonly string[],
  viewer: Viewer,
  others: Readonly<Record<string, string>> = {},
): Statement<Map<string, ReadRow[]>> {
  const fields = fieldsOf(entity, keys);
  const among = { text: `t.\`${column}\` IN (${placeholders(values.length)})`, cells: values };
  const equal = Object.entries(others).map(([other, value]) => sql(`t.\`${other}\` = ?`, value));
  const where = join([among, ...equal, ...recordConditions(entity, viewer)], "AND");
  // The id is read anyway, and comes first.
  const from = column === "id" ? 0 : 1;
  const columns = [...(from === 0 ? [] : [`t.\`${column}\``]), ...select(fields, "t")];
  return {
    // In the order of the column's index, which MySQL and MariaDB end with the id: nothing is sorted.
    sql: `SELECT ${columns.join(", ")} FROM \`${entity.table}\` t WHERE ${where.text} ORDER BY ${from === 0 ? "" : `${columns[0]!}, `}t.\`id\``,
    cells: where.cells,
    decode: (rows) =>
      groupBy(
        rows,
        (cells) => cells[0] as string,
        (cells) => decodeRow(entity, fields, cells, from),
      ),
  };
}

/** The items of a stored list, by owner, in their order. */
export function selectList(list: StoredList, owners: readonly string[], viewer: Viewer): Statement<Map<string, unknown[]>> {
  const where = join(
    [{ text: `l.\`recordId\` IN (${placeholders(owners.length)})`, cells: owners }, ...constantConditions(list), ...ownerConditions(list, viewer)],
    "AND",
  );
  return {
    sql: `SELECT l.\`recordId\`, ${select(list.members, "l").join(", ")} FROM \`${list.table}\` l WHERE ${where.text} ORDER BY l.\`recordId\`, l.\`position\``,
    cells: where.cells,
    decode: (rows) =>
      groupBy(
        rows,
        (cells) => cells[0] as string,
        (cells) => decodeItem(list, cells, 1),
      ),
  };
}
const constantConditions = (list: StoredList): Sql[] =>
  Object.entries(list.constants).map(([column, value]) => ({ text: `l.\`${column}\` = ?`, cells: [value] }));

function ownerConditions({ owner }: StoredList, viewer: Viewer): Sql[] {
  const entity = viewer.model.entities.get(owner)!;
  return recordConditions(entity, viewer, "o").map(({ text, cells }) => ({
    text: `EXISTS (SELECT 1 FROM \`${entity.table}\` o WHERE o.\`id\` = l.\`recordId\` AND ${text})`,
    cells,
  }));
}

/** A list's item: a bare id, or an object by member key. */
function decodeItem(list: StoredList, cells: readonly unknown[], from: number): unknown {
  if (list.bare) return cells[from];
  let offset = from;
  const item: Record<string, unknown> = {};
  for (const member of list.members) {
    item[member.key] = fromCells(member, cells, offset);
    offset += member.columns.length;
  }
  return item;
}

/** A page of a list: of all records, or of those that a link leads to from each of `parents`. */
export interface PageRequest {
  readonly entity: EntityModel | null;
  readonly source: LinkSource | null;
  /** The type of the records through which the link leads, `v` in its source. */
  readonly because?: string | undefined;
  readonly parents: readonly string[];
  readonly keys: ReadonlySet<string>;
  /** Whether items are wanted with their cursors: they are, unless this is false. */
  readonly cursors?: boolean;
  /** Whether it is wanted to know if there are more: it is, unless this is false. */
  readonly beyond?: boolean;
  readonly filter: Readonly<Record<string, unknown>>;
  /** A further condition on the records, whose table is `t`. */
  readonly condition?: Sql;
  /** The ids of those that may be seen, where another portfolio keeps them and not all may. */
  readonly seen?: readonly string[];
  readonly orderBy: readonly OrderInput[];
  readonly first: number;
  readonly after: string | null;
  readonly viewer: Viewer;
}
export interface PageItem {
  readonly row: ReadRow | string;
  readonly cursor: string;
}
/** The parent under which the only list of a root read is filed. */
export const ROOT = "";

/** Up to `first` items for each parent, and one more where it is wanted to know of it, in one statement. Items of another portfolio are bare ids. */
export function selectPage(request: PageRequest): Statement<Map<string, PageItem[]>> {
  const { entity, orderBy } = request;
  const order = orderKeys(entity, orderBy, "t", entity ? "t.`id`" : "p.node");
  const pairs = order.length === 1 ? pairsRequestOf(request) : null;
  return pairs ? selectChosen(pairs, order[0]!) : selectAll(request, order);
}

/** The same request of a link's pairs, where they say all; null where the records are asked. */
function pairsRequestOf(request: PageRequest): PagePairsRequest | null {
  const { source, parents } = request;
  // One parent's records lie in their order by an index on the column; of several each whole list would be read.
  if (source?.kind !== "column" || parents.length < 2) return isOfPairs(request) ? request : null;
  const pairs: PairsSource = { kind: "pairs", from: `\`${source.table}\` r`, parent: `r.\`${source.column}\``, node: "r.`id`", where: "", unique: true };
  return pairsRequestOf({ ...request, source: pairs });
}

/** The page of a link whose pairs alone say what is on it: only the records on it are read. */
function selectChosen(request: PagePairsRequest, key: OrderKey): Statement<Map<string, PageItem[]>> {
  const { entity, source, parents, first, after, beyond = true, cursors = true } = request;
  const begin = after === null ? null : readCursor([key], after);
  const size = beyond ? first + 1 : first;
  const chosen = choosePairs({
    source,
    parents,
    through: throughConditions(request.because, request.viewer),
    nodeConditions: (node) => [...nodeConditions(request, node), ...(begin ? [afterCondition([{ ...key, column: node }], begin)] : [])],
    descending: key.descending,
    size,
  });
  const order = size === 1 ? "" : ` ORDER BY p.parent, p.node${key.descending ? " DESC" : ""}`;
  const cursorOf = (id: string) => (cursors ? writeCursor([key], [id]) : "");
  const ofParent = (row: readonly unknown[]) => row[0] as string;
  if (!entity)
    return {
      sql: size === 1 ? chosen.text : `SELECT p.parent, p.node FROM (${chosen.text}) p${order}`,
      cells: chosen.cells,
      decode: (rows) => groupBy(rows, ofParent, ([, id]): PageItem => ({ row: id as string, cursor: cursorOf(id as string) })),
    };
  const fields = fieldsOf(entity, request.keys);
  return {
    sql: `SELECT p.parent, ${select(fields, "t").join(", ")} FROM (${chosen.text}) p JOIN \`${entity.table}\` t ON t.\`id\` = p.node${order}`,
    cells: chosen.cells,
    decode: (rows) =>
      groupBy(rows, ofParent, (cells): PageItem => {
        const row = decodeRow(entity, fields, cells, 1);
        return { row, cursor: cursorOf(row.id) };
      }),
  };
}

/** A page for which the records are asked: all they are, or all that a link leads to. */
function selectAll(request: PageRequest, order: readonly OrderKey[]): Statement<Map<string, PageItem[]>> {
  const { first, cursors = true, beyond = true } = request;
  const entity = request.entity!;
  const plan = planOf(request);
  const fields = fieldsOf(entity, request.keys);
  const columns = [plan.parent, ...select(fields, "t"), ...(cursors ? order.map(({ column }) => column) : [])];
  const conditions = request.after === null ? plan.where : [...plan.where, afterCondition(order, readCursor(order, request.after))];
  const where = join(conditions, "AND");
  const cells = [...plan.cells, ...where.cells, beyond ? first + 1 : first];
  const decode = (rows: readonly (readonly unknown[])[]) =>
    groupBy(
      rows,
      (row) => row[0] as string,
      (row): PageItem => ({
        row: decodeRow(entity, fields, row, 1),
        cursor: cursors ? writeCursor(order, row.slice(columns.length - order.length, columns.length) as Cell[]) : "",
      }),
    );
  if (request.parents.length <= 1)
    return { sql: `SELECT ${columns.join(", ")} FROM ${plan.from} WHERE ${where.text} ORDER BY ${orderSql(order)} LIMIT ?`, cells, decode };
  const named = columns.map((column, i) => `${column} AS c${i}`).join(", ");
  const numbered = `SELECT ${named}, ROW_NUMBER() OVER (PARTITION BY ${plan.parent} ORDER BY ${orderSql(order)}) AS place FROM ${plan.from} WHERE ${where.text}`;
  return { sql: `SELECT ${columns.map((_, i) => `c${i}`).join(", ")} FROM (${numbered}) page WHERE place <= ? ORDER BY c0, place`, cells, decode };
}

/** How many items each parent's whole list has. */
export function countPage(request: PageRequest): Statement<Map<string, number>> {
  const plan = isOfPairs(request) ? planOfPairs(request) : planOf(request);
  const where = join(plan.where, "AND");
  const grouped = request.source ? ` GROUP BY ${plan.parent}` : "";
  return {
    sql: `SELECT ${plan.parent}, COUNT(*) FROM ${plan.from} WHERE ${where.text}${grouped}`,
    cells: [...plan.cells, ...where.cells],
    decode: (rows) => new Map(rows.map((row) => [row[0] as string, Number(row[1])])),
  };
}

/** The ids of those of `ids` that are records of `entity`. */
export function selectExisting(entity: EntityModel, ids: readonly string[], viewer: Viewer): Statement<string[]> {
  const where = join([{ text: `t.\`id\` IN (${placeholders(ids.length)})`, cells: ids }, ...recordConditions(entity, viewer)], "AND");
  return { sql: `SELECT t.\`id\` FROM \`${entity.table}\` t WHERE ${where.text}`, cells: where.cells, decode: (rows) => rows.map(([id]) => id as string) };
}

/** The ids to which a link leads from any of `parents`, seen or not. */
export function selectNodes(source: PairsSource, parents: readonly string[]): Statement<string[]> {
  return {
    sql: `SELECT DISTINCT p.node FROM (${pairsSql(source, placeholders(parents.length))}) p`,
    cells: parents,
    decode: (rows) => rows.map(([id]) => id as string),
  };
}

/** So many pairs of a parent and a node, at most, are looked up one by one where an index has both. */
const MOST_LOOKUPS = 1_000;

/** Ids of the records `v` of a through link's source that join each of `parents` to each of `nodes`, by "parent node". */
export function selectBecause(
  { from, parent, node, where }: PairsSource,
  because: string | undefined,
  parents: readonly string[],
  nodes: readonly string[],
  viewer: Viewer,
): Statement<Map<string, string[]>> {
  const through = join(throughConditions(because, viewer), "AND");
  // By the parents alone where there are more: SQLite would look all of them up, MySQL would give up on the index.
  const among = parents.length * nodes.length > MOST_LOOKUPS ? `COALESCE(${node}, '')` : node;
  return {
    sql: `SELECT DISTINCT ${parent}, ${node}, v.\`id\` FROM ${from} WHERE ${parent} IN (${placeholders(parents.length)}) AND ${among} IN (${placeholders(nodes.length)})${where} AND ${through.text} ORDER BY v.\`id\``,
    cells: [...parents, ...nodes, ...through.cells],
    decode: (rows) =>
      groupBy(
        rows,
        (row) => `${String(row[0])} ${String(row[1])}`,
        (row) => row[2] as string,
      ),
  };
}

/** A page of a link that is kept as pairs. */
type PagePairsRequest = PageRequest & { readonly source: PairsSource };

/** Whether nothing is asked of the records a link leads to but their ids: each of them exists, since none is deleted that is pointed to. */
function isOfPairs(request: PageRequest): request is PagePairsRequest {
  const { entity, source, filter, condition, viewer } = request;
  if (source?.kind !== "pairs") return false;
  return (
    !entity || (!condition && recordConditions(entity, viewer).length === 0 && Object.values(filter).every((value) => value === null || value === undefined))
  );
}

/** What a page asks of the ids a link leads to, in the expression `node`. */
function nodeConditions({ entity, filter, seen }: PageRequest, node: string): Sql[] {
  const isSeen = seen && (seen.length === 0 ? NOTHING : { text: `${node} IN (${placeholders(seen.length)})`, cells: seen });
  return [...(entity ? [] : [linkedCondition(filter, node)]), ...(isSeen ? [isSeen] : [])];
}

interface PagePlan {
  readonly from: string;
  /** Cells of question marks inside `from`. */
  readonly cells: readonly Cell[];
  readonly where: readonly Sql[];
  readonly parent: string;
}

function planOf(request: PageRequest): PagePlan {
  const { entity, source, parents, filter, condition, because, viewer } = request;
  const where = [filterCondition(entity!, filter, "t"), ...(condition ? [condition] : []), ...recordConditions(entity, viewer)];
  const table = `\`${entity!.table}\` t`;
  if (source === null) return { from: table, cells: [], where, parent: `'${ROOT}'` };
  if (source.kind === "column") {
    const column = `t.\`${source.column}\``;
    return { from: table, cells: [], where: [{ text: `${column} IN (${placeholders(parents.length)})`, cells: parents }, ...where], parent: column };
  }
  // Distinct in any case: MariaDB would else begin at the records, and read all pairs for a few parents.
  const { from, cells } = pairsTable(source, parents, throughConditions(because, viewer));
  return { from: `${from} JOIN ${table} ON t.\`id\` = p.node`, cells, where, parent: "p.parent" };
}

/** The same of a page whose pairs say all. */
function planOfPairs(request: PagePairsRequest): PagePlan {
  const { node, where, ...pairs } = pairsOf(request.source, request.parents, throughConditions(request.because, request.viewer), "distinct");
  return { ...pairs, where: [...where, ...nodeConditions(request, node)] };
}
