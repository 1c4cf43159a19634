import { Kind, parse, type FieldNode, type SelectionSetNode } from "graphql";
import { type Variables, isLeftOut } from "./compiled/conditions.js";

type Path = readonly (string | number)[];

/** No more paths than this: a list of a thousand records would otherwise say a thousand times that one subgraph is away. */
const most = 100;

/** The paths in its own answer at which a fetch that failed leaves nulls: its root fields, or the fields of the entities it was to complete. */
export function listNulls(query: string, variables: Variables = {}): readonly Path[] {
  const operation = parse(query, { noLocation: true }).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) return [];
  const fields = listFields(operation.selectionSet, variables);
  const entities = fields.find((field) => field.name.value === "_entities");
  const paths = entities ? listEntityNulls(entities, variables) : fields.map((field) => [keyOf(field)]);
  return paths.slice(0, most);
}

function listEntityNulls(entities: FieldNode, variables: Variables): Path[] {
  const representations = variables["representations"] as readonly { __typename: string }[];
  return representations.slice(0, most).flatMap(({ __typename }, index) => {
    const fields = listFields(entities.selectionSet, variables, __typename);
    // None where the fetch selects by an interface: then it is the entity that is incomplete.
    return fields.length > 0 ? fields.map((field) => ["_entities", index, keyOf(field)]) : [["_entities", index]];
  });
}

/** The fields asked for at this level, those of fragments on `typename` included. */
function listFields(selectionSet: SelectionSetNode | undefined, variables: Variables, typename?: string): FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (isLeftOut(selection, (name) => variables[name])) return [];
    if (selection.kind === Kind.FIELD) return selection.name.value === "__typename" ? [] : [selection];
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
    const type = selection.typeCondition?.name.value;
    return type === undefined || type === typename ? listFields(selection.selectionSet, variables, typename) : [];
  });
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}
