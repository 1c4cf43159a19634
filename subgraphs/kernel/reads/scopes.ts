/** Whom a record concerns, as SQL. What no scope is declared for is the provider's own: nothing of it concerns anybody else. */
import type { Concern } from "../../../transport/subgraph.js";
import { type EntityModel, type Model, endOf, entityOf } from "../model.js";
import type { Scope } from "../scopes.js";
import { NOTHING, type Sql, join, placeholders, sql } from "./conditions.js";

/** How many records deep a scope may hang on others. */
const DEEPEST = 8;

/** The condition that a record of `entity`, its table under `alias`, concerns them. */
export function scopeCondition(model: Model, entity: EntityModel, concern: Concern, alias: string): Sql {
  return conditionOf(model, entity, concern, alias, 0);
}

function conditionOf(model: Model, entity: EntityModel, concern: Concern, alias: string, depth: number): Sql {
  const scope = model.portfolio.scopes[entity.type];
  if (!scope) return NOTHING;
  if (depth > DEEPEST) throw new Error(`the scope of ${entity.type} hangs on itself`);
  return compile(model, entity, scope, concern, alias, depth);
}

function compile(model: Model, entity: EntityModel, scope: Scope, concern: Concern, alias: string, depth: number): Sql {
  const inner = `${alias}_${depth + 1}`;
  switch (scope.kind) {
    case "all":
    case "any":
      return join(
        scope.of.map((each) => compile(model, entity, each, concern, alias, depth)),
        scope.kind === "all" ? "AND" : "OR",
        NOTHING,
      );
    case "names": {
      const end = endOf(model, entity.type, scope.link);
      if (!end.list) return among(`${alias}.\`${end.column}\``, concern.customers);
      const conditions = Object.entries(scope.where).map(([column, value]) => sql(`${inner}.\`${column}\` = ?`, value));
      return isIn(`${alias}.\`id\``, `${inner}.\`recordId\``, `\`${end.table}\` ${inner}`, [
        among(`${inner}.\`${end.column}\``, concern.customers),
        ...conditions,
      ]);
    }
    case "onlyTheirs": {
      const end = endOf(model, entity.type, scope.link);
      const column = `${inner}.\`${end.column}\``;
      const others = exists(`\`${end.table}\` ${inner}`, `${inner}.\`recordId\` = ${alias}.\`id\``, [
        sql(`substr(${column}, 1, 4) = ?`, `${model.directory.entry("Customer").prefix}_`),
        not(among(column, concern.customers)),
      ]);
      return not(others);
    }
    case "within": {
      const field = entity.stored.get(`${scope.link}Id`);
      const target = field?.targets?.length === 1 ? entityOf(model, field.targets[0]!) : null;
      if (!target) throw new Error(`${entity.type}.${scope.link} is no link to one type of this portfolio`);
      const condition = conditionOf(model, target, concern, inner, depth + 1);
      return isIn(`${alias}.\`${field!.columns[0]!}\``, `${inner}.\`id\``, `\`${target.table}\` ${inner}`, [condition]);
    }
    case "pointedAt": {
      const from = entityOf(model, scope.type);
      const end = endOf(model, scope.type, scope.link);
      if (end.list) throw new Error(`${scope.type}.${scope.link} is a list`);
      const condition = conditionOf(model, from, concern, inner, depth + 1);
      return isIn(`${alias}.\`id\``, `${inner}.\`${end.column}\``, `\`${from.table}\` ${inner}`, [condition]);
    }
    case "holds": {
      const column = `${alias}.\`${columnOf(entity, scope.key)}\``;
      const values = scope.allowed.filter((value) => value !== null);
      const holding = values.length === 0 ? [] : [among(column, values)];
      return join([...holding, ...(scope.allowed.includes(null) ? [sql(`${column} IS NULL`)] : [])], "OR", NOTHING);
    }
    case "listed":
      return among(`${alias}.\`${columnOf(entity, scope.key)}\``, concern[scope.as]);
  }
}

function columnOf(entity: EntityModel, key: string): string {
  const column = entity.stored.get(key)?.columns[0];
  if (!column) throw new Error(`${entity.type} has no column ${key}`);
  return column;
}

const among = (column: string, values: readonly string[]): Sql =>
  values.length === 0 ? NOTHING : sql(`${column} IN (${placeholders(values.length)})`, ...values);
const not = ({ text, cells }: Sql): Sql => ({ text: `NOT (${text})`, cells });
/** Told by a set that is the same for every record: databases make it once, or go by an index from its ids to the records. */
const isIn = (column: string, node: string, from: string, conditions: readonly Sql[]): Sql => {
  const { text, cells } = join(conditions, "AND");
  return { text: `${column} IN (SELECT ${node} FROM ${from} WHERE ${text})`, cells };
};
const exists = (from: string, on: string, conditions: readonly Sql[]): Sql => {
  const { text, cells } = join([sql(on), ...conditions], "AND");
  return { text: `EXISTS (SELECT 1 FROM ${from} WHERE ${text})`, cells };
};
