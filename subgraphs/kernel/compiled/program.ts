/**
 * Reads, compiled: an operation's selections become a program that answers all objects at one place together, with one statement for
 * each level and link. What it does not cover, and every failure, is answered by the general path (resolvers and graphql-js), its reference.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type VariableDefinitionNode,
  getNamedType,
  getOperationAST,
  getVariableValues,
  print,
} from "graphql";
import type { Model, StoredList } from "../model.js";
import { camelCase, pluralOf } from "../names.js";
import { type Needs, needsOf } from "../reads/selections.js";
import { ROOT } from "../reads/statements.js";
import type { RequestContext } from "../resolvers.js";
import { compileCompletion, constant, together } from "./completers.js";
import { ConnectionCompiler } from "./connections.js";
import { ObjectCompiler } from "./objects.js";
import { type Completion, type Out, type Row, type Run, type Variables, argumentReader, definitionOf } from "./run.js";
import { type Conditions, type SelectedField, Selections, Unusual, conditionsOf } from "./selections.js";

/** An operation, ready to run. Rejects where the general path is to answer. */
export type Program = (variables: Variables, context: RequestContext) => Promise<Out>;

/** Variants of a program are made for each set of conditions that is met; of more conditions than this, none. */
const MOST_CONDITIONS = 5;

export class ProgramCompiler {
  private readonly needs: Needs;
  /** The stored lists by the types of their items. */
  private readonly itemTypes = new Map<string, StoredList>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly model: Model,
  ) {
    this.needs = needsOf(model);
    for (const entity of model.entities.values()) {
      const type = schema.getType(entity.type) as GraphQLObjectType;
      for (const list of entity.lists.values())
        if (!list.bare && list.field !== "externalIds") this.itemTypes.set(getNamedType(type.getFields()[list.field]!.type).name, list);
    }
  }

  /** The program of an operation; null where it is not covered. */
  compile(document: DocumentNode, operationName?: string): Program | null {
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.QUERY) return null;
    const fragments = new Map(
      document.definitions.filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
    );
    const names = [...conditionsOf(document.definitions)];
    if (names.length > MOST_CONDITIONS) return null;
    const make = (conditions: Conditions | null) => this.variant(operation, new Selections(this.schema, fragments, conditions));
    const variants = new Map<string, Program>();
    try {
      // With all that may be asked for, to find what is not covered.
      make(null);
    } catch (error) {
      if (error instanceof Unusual) return null;
      throw error;
    }
    const definitions = operation.variableDefinitions ?? [];
    const plain = definitions.filter((definition) => !isRepresentations(definition));
    const lists = definitions.filter(isRepresentations).map(({ variable }) => variable.name.value);
    return (given, context) => {
      // One mistake is enough: the general path tells them.
      const { coerced, errors } = getVariableValues(this.schema, plain, given, { maxErrors: 1 });
      if (errors) throw new Unusual("wrong variables");
      for (const name of lists) coerced[name] = checkRepresentations(given[name]);
      for (const name of names) if (typeof coerced[name] !== "boolean") throw new Unusual("a condition that is neither true nor false");
      const key = names.map((name) => Number(coerced[name])).join("");
      let variant = variants.get(key);
      if (!variant) variants.set(key, (variant = make(coerced as Conditions)));
      return variant(coerced, context);
    };
  }

  private variant(operation: OperationDefinitionNode, selections: Selections): Program {
    const type = this.schema.getQueryType()!;
    const roots = new RootCompiler(new ObjectCompiler(this.schema, this.model, this.needs, this.itemTypes, selections));
    const fields = selections.of(type, [operation.selectionSet]).map((field) => ({ name: field.name, complete: roots.compile(type, field) }));
    return async (variables, context) => {
      const run = { variables, context };
      const values = await together(fields.map(({ complete }) => complete([null], run)));
      return Object.fromEntries(fields.map(({ name }, i) => [name, values[i]![0]]));
    };
  }
}

/** Whether a variable is defined as gateways do it that send representations: `[_Any!]!`. */
const isRepresentations = ({ type, defaultValue }: VariableDefinitionNode): boolean => !defaultValue && print(type) === "[_Any!]!";

/** Representations are taken as they come; coerced by graphql-js, each of them would cost a path to say what is wrong with it. */
function checkRepresentations(value: unknown): unknown {
  if (!Array.isArray(value) || value.some((each) => typeof each !== "object" || each === null)) throw new Unusual("wrong representations");
  return value;
}

/** Compiles the fields of Query. */
class RootCompiler {
  constructor(private readonly objects: ObjectCompiler) {}

  compile(type: GraphQLObjectType, field: SelectedField): Completion {
    if (field.field === "__typename") return constant(type.name);
    const definition = definitionOf(type, field);
    if (field.field === "_entities") return this.entities(definition, field);
    for (const entity of this.objects.model.entities.values()) {
      if (field.field === pluralOf(entity.type)) {
        const page = new ConnectionCompiler(this.objects).compile(type, field, null, entity.type);
        return (_, run) => page([{ __typename: type.name, id: ROOT }], run);
      }
      if (field.field === camelCase(entity.type)) return this.record(entity.type, definition, field);
    }
    throw new Unusual(`the field ${field.field}`);
  }

  private record(type: string, definition: GraphQLField<unknown, unknown>, field: SelectedField): Completion {
    const plan = this.objects.objectPlan(getNamedType(definition.type) as GraphQLObjectType, field.sets);
    const { main, stored } = this.objects.model.entities.get(type)!;
    const read = argumentReader(definition, field);
    return async (_, run) => {
      const { id, code } = read(run) as { id?: string | null; code?: string | null };
      if (!id && !(main && code)) throw new Unusual("no key");
      const keys = [...plan.keys, ...(stored.has("code") ? ["code"] : [])];
      const [column, key] = id ? ["id", id] : ["code", code!];
      const row = (await run.context.loaders.recordsOf(type, column, [key], keys)).get(key)?.[0];
      return !row || (id && code && row["code"] !== code) ? [null] : plan.build([row], run);
    };
  }

  private entities(definition: GraphQLField<unknown, unknown>, field: SelectedField): Completion {
    const complete = compileCompletion<Run>(definition.type, field.sets, (type, sets) => this.objects.objects(type as GraphQLOutputType, sets));
    const read = argumentReader(definition, field);
    return (_, run) => {
      const { representations } = read(run) as { representations: readonly Partial<Row>[] };
      const rows = representations.map(({ __typename, id }) => {
        if (typeof __typename !== "string" || typeof id !== "string" || !this.objects.model.directory.has(__typename)) throw new Unusual("a representation");
        return this.objects.model.directory.typeOf(id) === __typename ? { __typename, id } : null;
      });
      return complete([rows], run);
    };
  }
}
