/** A portfolio's declarations, resolved: which tables and columns hold what, and what each link means. */
import {
  Column,
  type Entity,
  type Link,
  ListLink,
  type ListMembers,
  ManyLink,
  OneLink,
  ReverseLink,
  type Setter,
  ThroughLink,
  dateTime,
  integer,
  values,
} from "./declare.js";
import { EXTERNAL_IDS } from "./database/migration.js";
import { Directory } from "./ids.js";
import { pascalCase, snakeCase } from "./names.js";
import { carriedEnds, pagesOf } from "./linkPages.js";
import type { Portfolio } from "./portfolio.js";

/** A value of a row and where it is kept. */
export interface StoredField {
  /** Its key in a row: `name`, or `ownerId` for the link `owner`. */
  readonly key: string;
  /** The SDL field: `name`, `owner`. */
  readonly field: string;
  readonly column: Column<unknown>;
  /** Database columns: one, or amount and currency for money. */
  readonly columns: readonly string[];
  /** Types a link may name; undefined for plain columns. */
  readonly targets?: readonly string[];
  readonly setter: Setter;
}

/** A list of a record kept in a table of its own: (recordId, position, members…). */
export interface StoredList {
  readonly owner: string;
  readonly field: string;
  /** Its key in a row: `serviceIds` for a many link, `parties` for a list. */
  readonly key: string;
  readonly table: string;
  readonly members: readonly StoredField[];
  /** Whether a row holds bare ids, none of them twice (a many link), or objects. */
  readonly bare: boolean;
  /** Columns with one value for this owner type, where owner types share a table. */
  readonly constants: Readonly<Record<string, string>>;
  /** Links of the record, set once and for all, that its rows carry along: links that lead through it then ask its rows alone. */
  readonly carried: readonly StoredField[];
  /** Columns that say all such a link asks, in the order of its pages: each has an index. */
  readonly pages: readonly (readonly string[])[];
}

/** The pairs (parent, node) that a link joins, in SQL. */
export type LinkSource =
  /** Records of `table` whose column `column` names the parent. */
  | { readonly kind: "column"; readonly table: string; readonly column: string }
  /** `unique`: no two rows hold the same two. `alone`: the same pairs, of a table that knows them without the records between. */
  | ({ readonly kind: "pairs"; readonly unique: boolean; readonly alone?: PairsTable } & PairsTable);
/** Rows of `from` that hold the two ids in the expressions `parent` and `node`; `where` begins with " AND " or is empty. */
interface PairsTable {
  readonly from: string;
  readonly parent: string;
  readonly node: string;
  readonly where: string;
}
export type PairsSource = Extract<LinkSource, { kind: "pairs" }>;

/** A subquery of the pairs (parent, node) whose parent is one of `parents`, a list of expressions; of all pairs, where that is null. Each is there once. */
export const pairsSql = ({ from, parent, node, where }: PairsTable, parents: string | null): string =>
  `SELECT DISTINCT ${parent} AS parent, ${node} AS node FROM ${from} WHERE ${parents === null ? `${parent} IS NOT NULL` : `${parent} IN (${parents})`}${where}`;

/** A link that is followed, not stored in the row: reverse, through, or a many link read as a connection. */
export interface FollowedLink {
  readonly owner: string;
  readonly field: string;
  readonly source: LinkSource;
  /** Type of its records; null when they may be of several types. */
  readonly target: string | null;
  /** Whether the records live in this portfolio. */
  readonly local: boolean;
  /** For a through link: the type of the records that link the two. In its source they are `v`. */
  readonly because?: string;
}

export interface EntityModel {
  readonly type: string;
  readonly prefix: string;
  readonly table: string;
  readonly main: boolean;
  readonly stored: ReadonlyMap<string, StoredField>;
  readonly lists: ReadonlyMap<string, StoredList>;
  /** Columns that say all a link through its records asks of them, in the order of the link's pages: each has an index. */
  readonly pages: readonly (readonly string[])[];
  /** Columns that its records are looked up by together: each has an index, instead of the one on its first. */
  readonly lookups: readonly (readonly string[])[];
  /** Whether a delete mutation exists: no other portfolio can point to it. */
  readonly deletable: boolean;
}

export interface Model {
  readonly portfolio: Portfolio;
  readonly directory: Directory;
  readonly entities: ReadonlyMap<string, EntityModel>;
  /** By "Type.field", of own and of other portfolios' types. */
  readonly followed: ReadonlyMap<string, FollowedLink>;
}

const COMMON_COLUMNS = {
  version: integer(1).derived(),
  createdAt: dateTime().derived(),
  updatedAt: dateTime().derived(),
  findings: values().derived(),
};
const ID_COLUMN = new Column<string>("id", { nullable: false, setter: "kernel" });

/** The directory of all types of `portfolios`. */
export const directoryOf = (portfolios: readonly Portfolio[]): Directory =>
  new Directory(
    portfolios.flatMap((portfolio) =>
      Object.entries(portfolio.entities).map(([type, { prefix, main }]) => ({ type, prefix, portfolio: portfolio.name, main })),
    ),
  );

/** Resolves a portfolio's declarations. `all` are the portfolios of the graph. Throws on a declaration that means nothing. */
export function resolveModel(portfolio: Portfolio, all: readonly Portfolio[]): Model {
  const directory = directoryOf(all);
  const pointedTo = new Set(all.filter((other) => other !== portfolio).flatMap(targetsOf));
  const entities = new Map(Object.entries(portfolio.entities).map(([type, entity]) => [type, resolveEntity(type, entity, portfolio, pointedTo)]));
  const model = { portfolio, directory, entities, followed: new Map<string, FollowedLink>() };
  for (const [owner, links] of Object.entries(linksOf(portfolio, directory)))
    for (const [field, link] of Object.entries(links)) {
      const followed = resolveLink(model, owner, field, link);
      if (followed) model.followed.set(`${owner}.${field}`, followed);
    }
  return model;
}

/** The links of a portfolio by owner, with those every main entity has. */
function linksOf(portfolio: Portfolio, directory: Directory): Portfolio["links"] {
  const links: Record<string, Record<string, unknown>> = Object.fromEntries(Object.entries(portfolio.links).map(([type, own]) => [type, { ...own }]));
  for (const [type, { main }] of Object.entries(portfolio.entities)) if (main) links[type] = { verifiedBy: new OneLink(["Person"], true), ...links[type] };
  for (const type of Object.keys(links)) directory.entry(type);
  return links as Portfolio["links"];
}

function targetsOf(portfolio: Portfolio): string[] {
  return Object.values(portfolio.links).flatMap((links) =>
    Object.values(links).flatMap((link) => {
      if (link instanceof OneLink || link instanceof ManyLink) return [...link.targets];
      if (link instanceof ListLink) return Object.values(link.members).flatMap((member) => (member instanceof OneLink ? [...member.targets] : []));
      return [];
    }),
  );
}

function resolveEntity(type: string, entity: Entity, portfolio: Portfolio, pointedTo: ReadonlySet<string>): EntityModel {
  const stored = new Map<string, StoredField>();
  const lists = new Map<string, StoredList>();
  const keep = (field: StoredField) => stored.set(field.key, field);
  keep(plainField("id", ID_COLUMN));
  for (const [name, column] of Object.entries({ ...COMMON_COLUMNS, ...entity.columns })) keep(plainField(name, column));
  const links: Record<string, Link> = { ...(entity.main ? { verifiedBy: new OneLink(["Person"], true) } : {}), ...portfolio.links[type] };
  for (const [field, link] of Object.entries(links)) {
    if (link instanceof OneLink) keep(linkField(field, link));
    if (link instanceof ManyLink)
      lists.set(field, {
        owner: type,
        field,
        key: idsKey(field),
        table: `${snakeCase(type)}_${snakeCase(field)}`,
        bare: true,
        constants: {},
        members: [linkField("to", new OneLink(link.targets, false))],
        ...carriedBy(type, field, portfolio),
      });
    if (link instanceof ListLink)
      lists.set(field, {
        owner: type,
        field,
        key: field,
        table: `${snakeCase(type)}_${snakeCase(field)}`,
        bare: false,
        constants: {},
        members: membersOf(link.members),
        ...carriedBy(type, field, portfolio),
      });
  }
  lists.set("externalIds", {
    owner: type,
    field: "externalIds",
    key: "externalIds",
    table: EXTERNAL_IDS.table,
    bare: false,
    constants: { type },
    members: [plainField("system", EXTERNAL_IDS.columns.system), { ...plainField("id", EXTERNAL_IDS.columns.externalId), columns: ["externalId"] }],
    carried: [],
    pages: [],
  });
  return {
    type,
    prefix: entity.prefix,
    table: snakeCase(type),
    main: entity.main,
    stored,
    lists,
    pages: pagesOf(type, (field) => stored.get(`${field}Id`)?.columns[0], portfolio),
    lookups: entity.lookups.map((fields) => fields.map((field) => (stored.get(`${field}Id`) ?? stored.get(field))!.columns[0]!)),
    deletable: !entity.main && !pointedTo.has(type),
  };
}

/** What the rows of a list carry, and the indices with it. */
function carriedBy(type: string, field: string, portfolio: Portfolio): Pick<StoredList, "carried" | "pages"> {
  const ends = carriedEnds(type, field, portfolio).map(({ member, to, link }) => ({
    member,
    carried: linkField(to, new OneLink(link.targets, link.nullable, "kernel")),
  }));
  return {
    carried: [...new Map(ends.map(({ carried }) => [carried.key, carried])).values()],
    pages: ends.map(({ member, carried }) => [`${member}Id`, carried.columns[0]!]),
  };
}

/** The row key of a many link: services → serviceIds, about → aboutIds (the type IdsKey of declare.ts). */
const idsKey = (field: string): string => `${field.replace(/ies$/, "y").replace(/s$/, "")}Ids`;

const plainField = (name: string, column: Column<unknown>): StoredField => ({
  key: name,
  field: name,
  column,
  columns: column.kind === "money" ? [`${name}Amount`, `${name}Currency`] : [name],
  setter: column.options.setter,
});
const linkField = (name: string, link: OneLink<boolean>): StoredField => ({
  key: `${name}Id`,
  field: name,
  column: new Column("id", { nullable: link.nullable, setter: link.setter }),
  columns: [`${name}Id`],
  targets: link.targets,
  setter: link.setter,
});
const membersOf = (members: ListMembers): StoredField[] =>
  Object.entries(members).map(([name, member]) => (member instanceof OneLink ? linkField(name, member) : plainField(name, member)));

function resolveLink(model: Model, owner: string, field: string, link: unknown): FollowedLink | null {
  if (link instanceof ManyLink) {
    const list = storedList(model, owner, field);
    const target = link.targets.length === 1 && link.targets[0] !== "*" ? link.targets[0]! : null;
    return {
      owner,
      field,
      target,
      local: isLocal(model, target),
      source: { kind: "pairs", from: `\`${list.table}\` l`, parent: "l.`recordId`", node: "l.`toId`", where: "", unique: true },
    };
  }
  if (link instanceof ReverseLink) {
    const [type = "", ...path] = link.of.split(".");
    const end = endOf(model, type, path.join("."));
    if (!end.list) return { owner, field, target: type, local: true, source: { kind: "column", table: end.table, column: end.column } };
    return {
      owner,
      field,
      target: type,
      local: true,
      source: { kind: "pairs", from: `\`${end.table}\` l`, parent: `l.\`${end.column}\``, node: "l.`recordId`", where: "", unique: end.unique },
    };
  }
  if (link instanceof ThroughLink) return resolveThrough(model, owner, field, link);
  return null;
}

function resolveThrough(model: Model, owner: string, field: string, link: ThroughLink): FollowedLink {
  const via = entityOf(model, link.via);
  const from = endOf(model, link.via, link.from);
  const to = endOf(model, link.via, link.to);
  // The list alone says which it is of, where nothing else is asked of the records between.
  const listAlone = link.from === "id" && to.list && Object.keys(link.where).length === 0;
  const parent = listAlone ? "t.`recordId`" : from.list ? `f.\`${from.column}\`` : `v.\`${from.column}\``;
  const node = to.list ? `t.\`${to.column}\`` : `v.\`${to.column}\``;
  const joins = (from.list ? ` JOIN \`${from.table}\` f ON f.recordId = v.id` : "") + (to.list ? ` JOIN \`${to.table}\` t ON t.recordId = v.id` : "");
  const target = link.target ?? (to.targets.length === 1 ? to.targets[0] : undefined);
  if (!target) throw new Error(`${owner}.${field}: ${link.via}.${link.to} may name several types; say which`);
  const whereOf = (node: string): string => {
    const conditions = Object.entries(link.where).map(([key, allowed]) => `v.\`${key}\` IN (${allowed.map((value) => `'${value}'`).join(", ")})`);
    if (to.targets.length > 1) conditions.push(`substr(${node}, 1, 4) = '${model.directory.entry(target).prefix}_'`);
    if (!to.list) conditions.push(`${node} IS NOT NULL`);
    return conditions.map((condition) => ` AND ${condition}`).join("");
  };
  const isCarried = via.lists.get(link.from.split(".")[0]!)?.pages.some(([first, second]) => first === from.column && second === to.column) === true;
  const carried = `f.\`${to.column}\``;
  return {
    owner,
    field,
    target,
    local: isLocal(model, target),
    source: {
      kind: "pairs",
      from: listAlone ? `\`${to.table}\` t` : `\`${via.table}\` v${joins}`,
      parent,
      node,
      where: whereOf(node),
      unique: false,
      ...(isCarried ? { alone: { from: `\`${from.table}\` f`, parent, node: carried, where: whereOf(carried) } } : {}),
    },
    ...(link.via === owner ? {} : { because: link.via }),
  };
}

interface LinkEnd {
  readonly table: string;
  readonly column: string;
  readonly list: boolean;
  /** Whether no record names the same one twice. */
  readonly unique: boolean;
  readonly targets: readonly string[];
}
/** The column that keeps the stored link `path` ("field" or "list.member") of `type`; "id" is the record itself. */
export function endOf(model: Pick<Model, "entities" | "portfolio">, type: string, path: string): LinkEnd {
  const entity = entityOf(model, type);
  if (path === "id") return { table: entity.table, column: "id", list: false, unique: true, targets: [type] };
  const [field = "", member] = path.split(".");
  const one = entity.stored.get(`${field}Id`);
  if (one?.targets && !member) return { table: entity.table, column: one.columns[0]!, list: false, unique: true, targets: one.targets };
  const list = entity.lists.get(field);
  const held = list?.members.find((candidate) => candidate.field === (member ?? "to") && candidate.targets);
  if (!list || !held) throw new Error(`${model.portfolio.name}: ${type}.${path} is not a stored link`);
  return { table: list.table, column: held.columns[0]!, list: true, unique: list.bare, targets: held.targets! };
}

/** The entity `type` of the portfolio. */
export function entityOf(model: Pick<Model, "entities" | "portfolio">, type: string): EntityModel {
  const found = model.entities.get(type);
  if (!found) throw new Error(`${type} is not an entity of the ${model.portfolio.name} portfolio`);
  return found;
}
function storedList(model: Model, owner: string, field: string): StoredList {
  const list = entityOf(model, owner).lists.get(field);
  if (!list) throw new Error(`${owner}.${field} is not a list`);
  return list;
}
const isLocal = (model: Model, target: string | null): boolean => target !== null && model.entities.has(target);

/** The connection type of a link: that of its target where the records are local, else one of its own. */
export const connectionNameOf = (link: FollowedLink): string =>
  link.because || !link.local ? `${link.owner}${pascalCase(link.field)}Connection` : `${link.target}Connection`;
