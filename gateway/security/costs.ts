/** How many objects an operation may answer at most, by the page sizes it asks for. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isUnionType,
} from "graphql";

type Variables = Readonly<Record<string, unknown>>;
/** How many objects an operation answers at most with such variables. */
export type Cost = (variables: Variables) => number;

/** Items of a list whose size nobody can ask for. */
const ASSUMED_ITEMS = 10;
/** The argument that asks for a page of that size, of the list itself or of the lists of the connection it answers. */
const PAGE_SIZE = "first";

/** Compiles an operation that is valid to its cost. Values count 0, each object 1, an object in a list as often as the list may be long. */
export function costOf(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): Cost {
  return new CostCompiler(schema, operation, fragments).compile();
}

class CostCompiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly operation: OperationDefinitionNode,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  compile(): Cost {
    return this.selections(this.operation.selectionSet, this.schema.getRootType(this.operation.operation)!, null);
  }

  /** `page` is how long the lists directly on this object may be, where a page size was asked for. */
  private selections({ selections }: SelectionSetNode, type: GraphQLCompositeType, page: Cost | null): Cost {
    const counts = selections.map((selection): Cost => {
      if (selection.kind === Kind.FIELD) return this.field(selection, type, page);
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value)!;
      const condition = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
      return this.selections(fragment.selectionSet, (condition as GraphQLCompositeType | undefined) ?? type, page);
    });
    return (variables) => counts.reduce((sum, count) => sum + count(variables), 0);
  }

  private field(field: FieldNode, parent: GraphQLCompositeType, page: Cost | null): Cost {
    const definition = isUnionType(parent) ? undefined : parent.getFields()[field.name.value];
    // Introspection is bounded by the schema.
    if (!definition) return always(0);
    const type = getNamedType(definition.type);
    if (!field.selectionSet || !isCompositeType(type)) return always(0);
    const asked = this.pageSize(field, definition);
    const outer = isNonNullType(definition.type) ? definition.type.ofType : definition.type;
    if (!isListType(outer)) {
      const inner = this.selections(field.selectionSet, type, asked);
      return (variables) => 1 + inner(variables);
    }
    const items = asked ?? page ?? (() => ASSUMED_ITEMS);
    const inner = this.selections(field.selectionSet, type, null);
    return (variables) => items(variables) * (1 + inner(variables));
  }

  private pageSize(field: FieldNode, definition: GraphQLField<unknown, unknown>): Cost | null {
    const argument = definition.args.find(({ name }) => name === PAGE_SIZE);
    if (!argument) return null;
    const otherwise = typeof argument.defaultValue === "number" ? argument.defaultValue : ASSUMED_ITEMS;
    const value = field.arguments?.find(({ name }) => name.value === PAGE_SIZE)?.value;
    if (value?.kind === Kind.INT) return always(Number(value.value));
    if (value?.kind !== Kind.VARIABLE) return always(otherwise);
    const name = value.name.value;
    const given = this.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
    const fallback = given?.kind === Kind.INT ? Number(given.value) : otherwise;
    // What is no number is refused when the operation runs.
    return (variables) => (typeof variables[name] === "number" ? Math.max(0, variables[name]) : fallback);
  }
}

const always =
  (count: number): Cost =>
  () =>
    Math.max(0, count);
