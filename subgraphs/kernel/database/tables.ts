/** The tables a model needs, as shapes and as TypeORM's entity schemas (for migrations and the drift test). */
import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";
import type { Columns } from "../declare.js";
import { type EntityModel, type Model, type StoredField } from "../model.js";
import {
  type Dialect,
  ERA_SHAPES,
  EXTERNAL_IDS,
  LEDGER_SHAPES,
  REQUEST_SHAPES,
  type TableShape,
  columnType,
  entityShapes,
  indexName,
  listShapes,
} from "./migration.js";

const WRITTEN_BY_KERNEL = new Set(["id", "version", "createdAt", "updatedAt", "findings"]);

/** An entity's own columns, in the words of a migration. */
export const entityColumns = (entity: EntityModel): Columns => columnsOf([...entity.stored.values()].filter(({ key }) => !WRITTEN_BY_KERNEL.has(key)));
/** A list's own columns, in the words of a migration. */
export const columnsOf = (fields: Iterable<StoredField>): Columns =>
  Object.fromEntries([...fields].map((field) => [field.column.kind === "money" ? field.key : field.columns[0]!, field.column]));

/** All tables of a portfolio. */
export function shapesOf(model: Model): TableShape[] {
  const lists = [...model.entities.values()].flatMap(({ lists }) => [...lists.values()]).filter(({ table }) => table !== EXTERNAL_IDS.table);
  return [
    ...LEDGER_SHAPES,
    ...REQUEST_SHAPES,
    ...ERA_SHAPES,
    ...listShapes(EXTERNAL_IDS.table, EXTERNAL_IDS.columns, EXTERNAL_IDS.unique),
    ...[...model.entities.values()].flatMap((entity) => entityShapes(entity.table, entityColumns(entity), entity.indices)),
    ...lists.flatMap((list) => listShapes(list.table, columnsOf(list.members), [], { carried: columnsOf(list.carried), pages: list.pages })),
  ];
}

/** The twins among the tables of a portfolio. */
export const twinsOf = (model: Model): TableShape[] => shapesOf(model).filter(({ name }) => name.endsWith("_version"));

/** TypeORM's description of a table. */
export function schemaOf(shape: TableShape, dialect: Dialect): EntitySchema {
  const columns = Object.entries(shape.columns).map(([name, column]): [string, EntitySchemaColumnOptions] => {
    const { type, length, isNullable } = columnType(column, dialect);
    return [
      name,
      {
        type: type as EntitySchemaColumnOptions["type"] & string,
        nullable: isNullable,
        ...(length ? { length } : {}),
        ...(shape.key.includes(name) ? { primary: true } : {}),
      },
    ];
  });
  return new EntitySchema({
    name: shape.name,
    tableName: shape.name,
    withoutRowid: dialect === "sqlite" && shape.isClustered === true,
    columns: Object.fromEntries(columns),
    indices: [
      ...shape.unique.map((names) => ({ name: indexName(shape.name, names, true), columns: [...names], unique: true })),
      ...shape.indices.map((names) => ({ name: indexName(shape.name, names, false), columns: [...names] })),
    ],
  });
}
