/** What an object of a type answers of an operation, and what asking it for that costs: the same to who writes answers and to who only counts them. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  isAbstractType,
  isCompositeType,
  isUnionType,
} from "graphql";
import { defaultsOf } from "../../security/costs.js";
import { type Count, type Prices, addUp } from "../../security/prices.js";
import { type ReadCondition, isLeftOut } from "./conditions.js";

/** An operation, and the schema it is asked of. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** An operation whose answers are priced. */
export interface Priced extends Operation {
  readonly prices: Prices;
}

/** Fields by response name, in the order of the operation; several of one name are merged. */
export type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/** The fields that an object of `type` answers. Of an abstract type, which nobody answered: those of all types it may be. */
export function fieldsOf(priced: Operation, type: GraphQLCompositeType, sets: readonly SelectionSetNode[], read: ReadCondition): Fields {
  const fields = new Map<string, FieldNode[]>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (isLeftOut(selection, read)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        fields.set(name, [...(fields.get(name) ?? []), selection]);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : priced.fragments.get(selection.name.value)!;
      const condition = fragment.typeCondition && priced.schema.getType(fragment.typeCondition.name.value);
      if (!condition || (isCompositeType(condition) && mayBe(priced.schema, type, condition))) collect(fragment.selectionSet);
    }
  };
  for (const set of sets) collect(set);
  return fields;
}

/** What asking an object of `type` for each of its fields costs, whatever they answer. */
export function countsOf({ prices, operation }: Priced, type: GraphQLCompositeType, fields: Fields): Count[] {
  const defaults = defaultsOf(operation);
  return [...fields.values()].map(([node]): Count => {
    const definition = isUnionType(type) ? undefined : type.getFields()[node!.name.value];
    if (!definition) return 0;
    return addUp([prices.ofField(type, definition.name), prices.ofArguments(type, definition, node!.arguments ?? [], defaults)]);
  });
}

function mayBe(schema: GraphQLSchema, type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean {
  if (type === condition) return true;
  if (isAbstractType(type)) return !isAbstractType(condition) || schema.getPossibleTypes(type).some((each) => schema.isSubType(condition, each));
  return isAbstractType(condition) && schema.isSubType(condition, type);
}
