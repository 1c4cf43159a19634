/** Operations as Apollo's planner is to be asked for them. */
import { type DocumentNode, type FieldNode, Kind, visit } from "graphql";

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

/**
 * Adds `__typename` wherever all that is selected of an object has a condition. The planner would else fetch the object only where one
 * of them holds, and where none does its answer would be null instead of an object without fields.
 */
export function fillSelections(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field({ selectionSet, ...field }) {
      if (!selectionSet?.selections.every(({ directives = [] }) => directives.length > 0)) return undefined;
      return { ...field, selectionSet: { ...selectionSet, selections: [TYPENAME, ...selectionSet.selections] } };
    },
  });
}
