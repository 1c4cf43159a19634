/** What an operation asks of the schema itself: no subgraph is asked, graphql-js answers. */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  executeSync,
} from "graphql";
import type { Variables } from "./conditions.js";
import type { Data } from "./merge.js";

/** Whether a field is one of the two by which a schema is asked. */
export const isOfSchema = (field: string): boolean => field === "__schema" || field === "__type";

/** Answers what an operation asks of the schema, by response names. */
export type Introspect = (variables: Variables) => Data;

/** Compiles what an operation asks of the schema; null where that is nothing. */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Introspect | null {
  const selectionSet = keepOfSchema(operation.selectionSet, fragments);
  if (selectionSet.selections.length === 0) return null;
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [{ ...operation, directives: [], selectionSet }, ...fragments.values()] };
  return (variableValues) => {
    const { data, errors } = executeSync({ schema, document, rootValue: {}, variableValues });
    if (!data || errors) throw new Error("the schema could not be asked", { cause: errors });
    return data;
  };
}

/** What of the root's selections asks the schema. */
function keepOfSchema({ kind, selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): SelectionSetNode {
  const kept = selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return isOfSchema(selection.name.value) ? [selection] : [];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
    const inner = keepOfSchema(fragment.selectionSet, fragments);
    return inner.selections.length === 0 ? [] : [{ kind: Kind.INLINE_FRAGMENT, directives: selection.directives ?? [], selectionSet: inner }];
  });
  return { kind, selections: kept };
}
