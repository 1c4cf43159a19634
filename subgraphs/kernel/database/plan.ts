/** What a database is to be, and how TypeORM brings it about. */
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from "typeorm";
import type { Model } from "../model.js";
import { type Dialect, LOCK_THE_LEDGER, type Migration, SchemaChanges, type TableShape } from "./migration.js";
import { schemaOf, shapesOf } from "./tables.js";

/** How long a start waits for another that brings the same database up to date. */
export const MIGRATION_LOCK_SECONDS = 120;

/** What a database is called, how it comes about, and what is in it then. */
export interface DatabasePlan {
  readonly name: string;
  readonly shapes: readonly TableShape[];
  readonly migrations: readonly Migration[];
  /** A statement that changes nothing but makes a transaction the only writer: the first of each on SQLite. */
  readonly lock: string;
}

/** The database of a model's portfolio. */
export const planOf = (model: Model): DatabasePlan => ({
  name: model.portfolio.name,
  shapes: shapesOf(model),
  migrations: model.portfolio.migrations,
  lock: LOCK_THE_LEDGER,
});

/** Connects to the database of those options; its migrations are yet to be run. */
export async function openSource(plan: DatabasePlan, dialect: Dialect, options: DataSourceOptions): Promise<DataSource> {
  const source = new DataSource({
    ...options,
    entities: plan.shapes.map((shape) => schemaOf(shape, dialect)),
    migrations: plan.migrations.map((migration) => migrationClass(migration, dialect)),
    migrationsTableName: "migration",
    logging: false,
  });
  return source.initialize();
}

/** TypeORM takes migrations as classes. */
function migrationClass(migration: Migration, dialect: Dialect): new () => MigrationInterface {
  return class implements MigrationInterface {
    name = migration.name;
    up(runner: QueryRunner): Promise<void> {
      return migration.up(new SchemaChanges(runner, dialect));
    }
    down(): Promise<void> {
      return Promise.reject(new Error("Migrations only go forward; restore a backup instead."));
    }
  };
}
