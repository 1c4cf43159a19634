/** What the parts of a compiled read have in common. */
import { type GraphQLField, type GraphQLObjectType, getArgumentValues } from "graphql";
import type { RequestContext } from "../resolvers.js";
import { type Complete, after, together } from "./completers.js";
import { type SelectedField, Unusual } from "./selections.js";

export type Variables = Readonly<Record<string, unknown>>;
export type Out = Record<string, unknown>;
/** A record as far as it is known: its type, its id and, where they were read, its columns. */
export type Row = Out & { readonly __typename: string; readonly id: string };

/** One running of a program. */
export interface Run {
  readonly context: RequestContext;
  readonly variables: Variables;
}
export type Completion = Complete<Run>;
type Several = unknown[] | Promise<unknown[]>;

/** How a field of objects is answered, given their rows. */
export type FieldPlan<Source = Row> = (rows: readonly Source[], run: Run) => Several;

/** How objects of one type are answered, and which columns that needs. */
export interface ObjectPlan {
  readonly keys: ReadonlySet<string>;
  readonly build: (rows: readonly Row[], run: Run) => Out[] | Promise<Out[]>;
}

/** Builds objects whose fields stand in the order of the operation. */
export function builder<Source>(
  fields: readonly { readonly name: string; readonly plan: FieldPlan<Source> }[],
): (rows: readonly Source[], run: Run) => Out[] | Promise<Out[]> {
  return (rows, run) => {
    if (rows.length === 0) return [];
    const assemble = (columns: readonly unknown[][]): Out[] =>
      rows.map((_, row) => {
        const out: Out = {};
        for (let i = 0; i < fields.length; i++) out[fields[i]!.name] = columns[i]![row];
        return out;
      });
    return after(together(fields.map(({ plan }) => plan(rows, run))), assemble);
  };
}

/** What the schema says of a selected field. */
export function definitionOf(type: GraphQLObjectType, { field }: SelectedField): GraphQLField<unknown, unknown> {
  const definition = type.getFields()[field];
  if (!definition) throw new Unusual(`the field ${type.name}.${field}`);
  return definition;
}

/** The arguments of a selected field, defaults included. */
export const argumentsOf = (definition: GraphQLField<unknown, unknown>, { node }: SelectedField, { variables }: Run): Record<string, unknown> =>
  definition.args.length === 0 ? {} : getArgumentValues(definition, node, variables);
