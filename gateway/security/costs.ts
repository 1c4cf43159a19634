/** What an operation may cost at most, by the page sizes it asks for. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isUnionType,
} from "graphql";
import { type Count, type Prices, type Variables, addUp, multiply, valueOf } from "./prices.js";
import type { ListSize } from "./weights.js";

/** What an operation costs at most with such variables, in points. Throws BAD_USER_INPUT where it does not say how long a list may be that must be told. */
export type Cost = (variables: Variables) => number;

/** Items of a list whose size nobody can ask for. */
const ASSUMED_ITEMS = 10;
/** The argument that asks for a page of that size where no `@listSize` says so, of the list itself or of the lists of the connection it answers. */
const PAGE_SIZE: ListSize = { assumedSize: null, slicingArguments: ["first"], sizedFields: [], requiresOne: false };

/** How long lists directly on an object may be. */
interface Page {
  readonly items: Count;
  /** Names of the lists; null is all. */
  readonly of: ReadonlySet<string> | null;
}

/**
 * Compiles an operation that is valid to its cost. Values cost 0, each object 1, an object in a list as often as the list may be long, a mutation 10;
 * `@cost` and `@listSize` say otherwise. An operation costs 1 at least.
 */
export function costOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  prices: Prices,
): Cost {
  const cost = new CostCompiler(schema, operation, fragments, prices).compile();
  return (variables) => Math.max(1, valueOf(cost, variables));
}

/** What the operation's variables are where none is given. */
export const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): ReadonlyMap<string, ValueNode> =>
  new Map(variableDefinitions.flatMap(({ variable, defaultValue }) => (defaultValue ? [[variable.name.value, defaultValue] as const] : [])));

/** The document's fragments by their names. */
export const fragmentsOf = ({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));

class CostCompiler {
  private readonly defaults: ReadonlyMap<string, ValueNode>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly operation: OperationDefinitionNode,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly prices: Prices,
  ) {
    this.defaults = defaultsOf(operation);
  }

  compile(): Count {
    return this.selections(this.operation.selectionSet, this.schema.getRootType(this.operation.operation)!, null);
  }

  /** `page` is how long lists directly on this object may be, where that was asked for. */
  private selections({ selections }: SelectionSetNode, type: GraphQLCompositeType, page: Page | null): Count {
    return addUp(
      selections.map((selection): Count => {
        if (selection.kind === Kind.FIELD) return this.field(selection, type, page);
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value)!;
        const condition = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
        return this.selections(fragment.selectionSet, (condition as GraphQLCompositeType | undefined) ?? type, page);
      }),
    );
  }

  private field(field: FieldNode, parent: GraphQLCompositeType, page: Page | null): Count {
    const name = field.name.value;
    const definition = isUnionType(parent) ? undefined : parent.getFields()[name];
    // Introspection is bounded by the schema.
    if (!definition) return 0;
    const type = getNamedType(definition.type);
    const own = addUp([this.prices.ofField(parent, name), this.prices.ofArguments(parent, definition, field.arguments ?? [], this.defaults)]);
    const size = this.sizeOf(parent, definition);
    const asked = size && this.itemsOf(field, definition, size);
    let items: Count = 1;
    let lists = 0;
    for (let outer = getNullableType(definition.type); isListType(outer); outer = getNullableType(outer.ofType)) lists++;
    if (lists > 0) {
      const isMeant = asked !== null && size!.sizedFields.length === 0;
      items = isMeant ? asked : page && (!page.of || page.of.has(name)) ? page.items : ASSUMED_ITEMS;
      items = multiply(items, ASSUMED_ITEMS ** (lists - 1));
    }
    let inner: Count = 0;
    if (field.selectionSet && isCompositeType(type)) {
      const isSized = asked !== null && (lists === 0 || size!.sizedFields.length > 0);
      inner = this.selections(
        field.selectionSet,
        type,
        isSized ? { items: asked, of: size!.sizedFields.length > 0 ? new Set(size!.sizedFields) : null } : null,
      );
    }
    return addUp([own, multiply(items, addUp([this.prices.ofType(type), inner]))]);
  }

  /** What is said of how long the field's lists may be. */
  private sizeOf(parent: GraphQLCompositeType, { name, args }: GraphQLField<unknown, unknown>): ListSize | null {
    const types = isAbstractType(parent) ? [parent, ...this.schema.getPossibleTypes(parent)] : [parent];
    const said = types.map((type) => this.prices.weights.sizes.get(`${type.name}.${name}`)).find(Boolean);
    return said ?? (args.some((argument) => argument.name === PAGE_SIZE.slicingArguments[0]) ? PAGE_SIZE : null);
  }

  private itemsOf(field: FieldNode, definition: GraphQLField<unknown, unknown>, { slicingArguments, assumedSize, requiresOne }: ListSize): Count {
    const sizes = slicingArguments.map((argument) => this.argumentOf(field, definition, argument));
    const usual = definition.args.flatMap(({ name, defaultValue }) => (slicingArguments.includes(name) ? (sizeIn(defaultValue) ?? []) : []));
    const otherwise = assumedSize !== null ? Math.max(0, assumedSize) : usual.length > 0 ? Math.max(...usual) : ASSUMED_ITEMS;
    if (sizes.length === 0) return otherwise;
    const find: Cost = (variables) => {
      let most = -1;
      let given = 0;
      for (const size of sizes) {
        const items = size(variables);
        if (items === null) continue;
        given++;
        most = Math.max(most, items);
      }
      if (requiresOne && given !== 1) throw refuseSizes(field, slicingArguments);
      return most < 0 ? otherwise : most;
    };
    const isFixed = (field.arguments ?? []).every(({ name, value }) => !slicingArguments.includes(name.value) || value.kind === Kind.INT);
    return isFixed && !requiresOne ? find({}) : find;
  }

  /** The number an argument is given, 0 at least; null where it is none. */
  private argumentOf(field: FieldNode, definition: GraphQLField<unknown, unknown>, argument: string): (variables: Variables) => number | null {
    const otherwise = sizeIn(definition.args.find(({ name }) => name === argument)?.defaultValue);
    const value = field.arguments?.find(({ name }) => name.value === argument)?.value;
    if (!value) return () => otherwise;
    if (value.kind === Kind.INT) return () => sizeIn(Number(value.value));
    if (value.kind !== Kind.VARIABLE) return () => null;
    const name = value.name.value;
    const given = this.defaults.get(name);
    const fallback = given?.kind === Kind.INT ? sizeIn(Number(given.value)) : given ? null : otherwise;
    // What is no number is refused when the operation runs.
    return (variables) => (variables[name] === undefined ? fallback : sizeIn(variables[name]));
  }
}

const sizeIn = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? Math.max(0, value) : null);

function refuseSizes(field: FieldNode, slicingArguments: readonly string[]): GraphQLError {
  const message = `${field.name.value} takes exactly one of ${slicingArguments.join(", ")}; say by it how many items are wanted.`;
  return new GraphQLError(message, { nodes: field, extensions: { code: "BAD_USER_INPUT", http: { status: 400 } } });
}
