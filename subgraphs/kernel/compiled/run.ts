/** What the parts of a compiled read have in common. */
import { type GraphQLField, type GraphQLObjectType, Kind, type ValueNode, getArgumentValues } from "graphql";
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

/** Objects of those fields, made of a list of values for each field. */
type Assemble = (columns: readonly unknown[][], count: number) => Out[];

/** Generates how objects are made whose fields stand in the order of `names`: all of one shape, as the engine likes them. */
export function assembler(names: readonly string[]): Assemble {
  // Response names are letters, digits and underscores; in brackets, __proto__ is a field like any other.
  const fields = names.map((name, i) => `${name === "__proto__" ? '["__proto__"]' : name}: columns[${i}][i]`);
  const source = `const made = new Array(count); for (let i = 0; i < count; i++) made[i] = { ${fields.join(", ")} }; return made;`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return new Function("columns", "count", source) as Assemble;
}

/** Builds objects whose fields stand in the order of the operation. */
export function builder<Source>(
  fields: readonly { readonly name: string; readonly plan: FieldPlan<Source> }[],
): (rows: readonly Source[], run: Run) => Out[] | Promise<Out[]> {
  const assemble = assembler(fields.map(({ name }) => name));
  return (rows, run) => {
    if (rows.length === 0) return [];
    return after(together(fields.map(({ plan }) => plan(rows, run))), (columns) => assemble(columns, rows.length));
  };
}

/** What the schema says of a selected field. */
export function definitionOf(type: GraphQLObjectType, { field }: SelectedField): GraphQLField<unknown, unknown> {
  const definition = type.getFields()[field];
  if (!definition) throw new Unusual(`the field ${type.name}.${field}`);
  return definition;
}

/** How the arguments of a selected field are read, defaults included. The same object answers each time where no variable is named in them. */
export function argumentReader(definition: GraphQLField<unknown, unknown>, { node }: SelectedField): (run: Run) => Readonly<Record<string, unknown>> {
  if (definition.args.length === 0) return () => NO_ARGUMENTS;
  if (node.arguments?.some(({ value }) => namesVariable(value))) return ({ variables }) => getArgumentValues(definition, node, variables);
  let known: Record<string, unknown> | undefined;
  return () => (known ??= getArgumentValues(definition, node));
}

const NO_ARGUMENTS = Object.freeze({});

function namesVariable(value: ValueNode): boolean {
  if (value.kind === Kind.LIST) return value.values.some(namesVariable);
  if (value.kind === Kind.OBJECT) return value.fields.some((field) => namesVariable(field.value));
  return value.kind === Kind.VARIABLE;
}
