/** Conditions across portfolios, compiled to one SQL condition: scalars of a record, and its links followed to any sensible depth. */
import { badInput } from "../kernel/errors.js";
import { type EntityModel, type FollowedLink, type Model, type StoredField, type StoredList, entityOf } from "../kernel/model.js";
import { dayNumberSql } from "./days.js";
import {
  type Bounds,
  MOST_CONDITIONS,
  NOTHING,
  type Sql,
  boundsCondition,
  checkCells,
  fieldCondition,
  holdsNone,
  join,
  negate,
  sql,
} from "../kernel/reads/conditions.js";

type Where = Readonly<Record<string, unknown>>;

/** How deep links may be followed, and how many of and, or, not and every may stand within each other: SQLite's parser has room for a hundred brackets. */
const DEEPEST = 8;
const MOST_NESTED = 7;
/**
 * Links to many within each other that are followed record by record, by an index. Those further in are told by a set that is made once: otherwise the records
 * looked at would grow by a power with each link, and on SQLite nobody could end that.
 */
const MOST_WALKED = 2;
/** Days of linked records, which are looked at record by record too, that may be compared one within the other. */
const MOST_DAYS = 2;

/** A link as a where follows it: the FROM that leads to its records under the alias given, joined to the record outside. */
interface Step {
  /** The records' entity; null for the items of a list. */
  readonly entity: EntityModel | null;
  readonly list?: StoredList;
  /** Whether it leads to one record at most. */
  readonly isToOne?: true;
  readonly sql: (outer: string, inner: string) => Way;
}

/** How a step leads from the record outside, which is called `key` there and `parent` here. */
interface Way {
  readonly from: string;
  readonly parent: string;
  readonly key: string;
  /** What else holds of what it goes by: ` AND …`. */
  readonly also?: string;
}

/** Compiles the where inputs of one request. */
export class WhereCompiler {
  private conditions = 0;
  /** How many of and, or, not and every stand around what is compiled. */
  private nested = 0;
  /** How many links to many lead to what is compiled. */
  private many = 0;
  /** How many days of linked records stand around what is compiled. */
  private days = 0;

  constructor(private readonly model: Model) {}

  /** The condition that `where` sets on the records of `entity` under `alias`. */
  compile(entity: EntityModel, where: Where, alias = "t", depth = 0): Sql {
    const condition = this.all(
      where,
      (name, value) => this.entityCondition(entity, name, value, alias, depth),
      (inner) => this.compile(entity, inner, alias, depth),
    );
    return checkCells(condition, "where");
  }

  private all(where: Where, one: (name: string, value: unknown) => Sql, nested: (where: Where) => Sql): Sql {
    const inner = (each: Where) => this.nest(nested, each);
    return join(
      Object.entries(where).flatMap(([name, value]) => {
        if (value === null || value === undefined) return [];
        if (++this.conditions > MOST_CONDITIONS) throw badInput(`A where holds at most ${MOST_CONDITIONS} conditions; ask in several requests.`);
        if (name === "and") return [join((value as Where[]).map(inner), "AND")];
        if (name === "or") return [join((value as Where[]).map(inner), "OR", NOTHING)];
        if (name === "not") return [negate(inner(value as Where))];
        return [one(name, value)];
      }),
      "AND",
    );
  }

  private nest(nested: (where: Where) => Sql, where: Where): Sql {
    if (this.nested >= MOST_NESTED) throw badInput(`A where holds at most ${MOST_NESTED} of and, or, not and every within each other; write it flatter.`);
    this.nested++;
    const condition = nested(where);
    this.nested--;
    return condition;
  }

  private entityCondition(entity: EntityModel, name: string, value: unknown, alias: string, depth: number): Sql {
    if (name === COMPARE)
      return join(
        (value as Where[]).map((each) => this.dateCondition(entity, each, alias, depth)),
        "AND",
      );
    if (name === "hasFindings") return sql(`${alias}.\`findings\` IS ${value ? "NOT NULL" : "NULL"}`);
    const stored = entity.stored.get(name);
    if (stored) return fieldCondition(stored, value as Where, alias);
    const one = entity.stored.get(`${name}Id`) ?? polymorphicField(entity.stored.values(), name);
    if (one?.targets) return this.exists(this.oneStep(one, targetOf(one, name)), value as Where, alias, depth);
    const list = entity.lists.get(name);
    if (list && !list.bare) return this.manyCondition(listStep(list), value as Where, alias, depth);
    const link = this.model.followed.get(`${entity.type}.${name}`);
    if (!link) throw new Error(`${entity.type}Where.${name} is not compiled`);
    return this.manyCondition(this.linkStep(link), value as Where, alias, depth);
  }

  private itemCondition(list: StoredList, name: string, value: unknown, alias: string, depth: number): Sql {
    const byKey = list.members.find(({ key }) => key === name);
    if (byKey) return fieldCondition(byKey, value as Where, alias);
    const member = list.members.find(({ field }) => field === name) ?? polymorphicField(list.members, name);
    if (!member) throw new Error(`the where of ${list.table}.${name} is not compiled`);
    return this.exists(this.oneStep(member, targetOf(member, name)), value as Where, alias, depth);
  }

  private manyCondition(step: Step, { some, none, every, count }: Where, alias: string, depth: number): Sql {
    const conditions: Sql[] = [];
    if (some) conditions.push(this.exists(step, some as Where, alias, depth));
    if (none) conditions.push(negate(this.exists(step, none as Where, alias, depth)));
    if (every) conditions.push(negate(this.nest((each) => this.exists(step, each, alias, depth, negate), every as Where)));
    if (count) conditions.push(this.countCondition(step, count as Where, alias, depth));
    return join(conditions, "AND");
  }

  private exists(step: Step, where: Where, outer: string, depth: number, change: (condition: Sql) => Sql = (condition) => condition): Sql {
    const { from, parent, key, also = "", inner, isSet } = this.follow(step, outer, depth);
    const { text, cells } = change(this.inside(step, where, inner, depth + 1));
    if (isSet) return { text: `${key} IN (SELECT ${parent} FROM ${from} WHERE ${text}${also})`, cells };
    return { text: `EXISTS (SELECT 1 FROM ${from} WHERE ${parent} = ${key}${also} AND ${text})`, cells };
  }

  private countCondition(step: Step, { of, ...range }: Where, outer: string, depth: number): Sql {
    const { from, parent, key, also = "", inner, isSet } = this.follow(step, outer, depth);
    const { text, cells } = this.inside(step, (of ?? {}) as Where, inner, depth + 1);
    const number = step.entity ? `COUNT(DISTINCT ${inner}.\`id\`)` : "COUNT(*)";
    if (!isSet) return boundsCondition({ text: `(SELECT ${number} FROM ${from} WHERE ${parent} = ${key}${also} AND ${text})`, cells }, range);
    // Of whom there are none nothing stands in the set.
    const change = holdsNone(range) ? negate : (condition: Sql) => condition;
    const having = change(boundsCondition(sql(number), range));
    const set = `SELECT ${parent} FROM ${from} WHERE ${text}${also} GROUP BY ${parent} HAVING ${having.text}`;
    return change({ text: `${key} IN (${set})`, cells: [...cells, ...having.cells] });
  }

  // --- days of a record and of what it is linked to, compared ---

  private dateCondition(entity: EntityModel, { date, with: other, daysAfter }: Where, alias: string, depth: number): Sql {
    const [one, two] = [date, other].map((each) => this.dayNumber(entity, each as Where, alias, depth)) as [Sql, Sql];
    const days: Sql = { text: `(${one.text} - ${two.text})`, cells: [...one.cells, ...two.cells] };
    const held = boundsCondition(days, daysAfter as Bounds);
    // Where a day is missing it does not hold, nor does its opposite hold the less.
    return { text: `CASE WHEN ${held.text} THEN 1 ELSE 0 END = 1`, cells: held.cells };
  }

  /** The number of a day: of the first field that is filled, of the record or of the earliest or latest of those linked to it. */
  private dayNumber(entity: EntityModel, date: Where, alias: string, depth: number): Sql {
    const given = Object.entries(date).filter(([, value]) => value !== null && value !== undefined);
    const [[kind, value] = ["", undefined]] = given;
    if (given.length !== 1) throw badInput("A day that is compared is of fields, earliest or latest: one of the three.");
    if (kind === "fields") return { text: dayNumberSql(firstFilled(entity, value as string[], alias)), cells: [] };
    const links = Object.entries(value as Where).filter(([, each]) => each !== null && each !== undefined);
    if (links.length !== 1) throw badInput(`${kind} names one link.`);
    const [name, { fields, where }] = links[0] as [string, { fields: string[]; where?: Where | null }];
    const step = this.linkStep(this.model.followed.get(`${entity.type}.${name}`)!);
    if (this.days >= MOST_DAYS)
      throw badInput(`Days of linked records are compared at most ${MOST_DAYS} deep within each other; ask for ids first and for the rest then.`);
    this.days++;
    const { from, parent, key, also = "", inner } = this.follow(step, alias, depth);
    const condition = this.inside(step, where ?? {}, inner, depth + 1);
    this.days--;
    const number = dayNumberSql(firstFilled(step.entity!, fields, inner));
    return {
      text: `(SELECT ${kind === "earliest" ? "MIN" : "MAX"}(${number}) FROM ${from} WHERE ${parent} = ${key}${also} AND ${condition.text})`,
      cells: condition.cells,
    };
  }

  private follow(step: Step, outer: string, depth: number): Way & { inner: string; isSet: boolean } {
    if (depth >= DEEPEST) throw badInput(`A where follows at most ${DEEPEST} links one after the other; ask for ids first and for the rest then.`);
    const inner = `e${depth + 1}`;
    return { ...step.sql(outer, inner), inner, isSet: !step.isToOne && this.many >= MOST_WALKED };
  }
  private inside(step: Step, where: Where, alias: string, depth: number): Sql {
    const many = step.isToOne ? 0 : 1;
    this.many += many;
    const condition = step.entity ? this.compile(step.entity, where, alias, depth) : this.items(step.list!, where, alias, depth);
    this.many -= many;
    return condition;
  }
  private items(list: StoredList, where: Where, alias: string, depth: number): Sql {
    return this.all(
      where,
      (name, value) => this.itemCondition(list, name, value, alias, depth),
      (inner) => this.items(list, inner, alias, depth),
    );
  }

  private oneStep(field: StoredField, target: string): Step {
    const entity = entityOf(this.model, target);
    return {
      entity,
      isToOne: true,
      sql: (outer, inner) => ({ from: `\`${entity.table}\` ${inner}`, parent: `${inner}.\`id\``, key: `${outer}.\`${field.columns[0]!}\`` }),
    };
  }
  private linkStep({ source, target }: FollowedLink): Step {
    const entity = entityOf(this.model, target!);
    return {
      entity,
      sql: (outer, inner) =>
        source.kind === "column"
          ? { from: `\`${entity.table}\` ${inner}`, parent: `${inner}.\`${source.column}\``, key: `${outer}.\`id\`` }
          : {
              from: `${source.from} JOIN \`${entity.table}\` ${inner} ON ${inner}.\`id\` = ${source.node}`,
              parent: source.parent,
              key: `${outer}.\`id\``,
              also: source.where,
            },
    };
  }
}

const listStep = (list: StoredList): Step => ({
  entity: null,
  list,
  sql: (outer, inner) => ({ from: `\`${list.table}\` ${inner}`, parent: `${inner}.\`recordId\``, key: `${outer}.\`id\`` }),
});

/** The condition that compares days. */
export const COMPARE = "compare";

/** The columns that hold days, by name of the field. */
export const dayFields = (entity: EntityModel): StoredField[] => [...entity.stored.values()].filter(({ column }) => column.kind === "date");

function firstFilled(entity: EntityModel, fields: readonly string[], alias: string): string {
  if (fields.length === 0) throw badInput("fields names at least one field.");
  const columns = fields.map((field) => `${alias}.\`${entity.stored.get(field)!.columns[0]!}\``);
  return columns.length === 1 ? columns[0]! : `COALESCE(${columns.join(", ")})`;
}

/** `holderIsPerson` is the link `holder` where it names a Person. */
export const polymorphicName = (field: string, target: string): string => `${field}Is${target}`;
const polymorphicField = (fields: Iterable<StoredField>, name: string): StoredField | undefined =>
  [...fields].find(({ field, targets }) => targets && targets.length > 1 && targets.some((target) => polymorphicName(field, target) === name));
const targetOf = ({ field, targets }: StoredField, name: string): string => targets!.find((target) => polymorphicName(field, target) === name) ?? targets![0]!;
