/** Whether the lists of an answer are in the order that their operation asks for. */
import { type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, type ValueNode, parse } from "graphql";

/** What is out of order, by path; lists whose items do not show the field they are sorted by are passed over. */
export function outOfOrder(operation: string, data: unknown): string[] {
  const definitions = parse(operation).definitions;
  const fragments = new Map(
    definitions.flatMap((definition) => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [])),
  );
  const root = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
  return [...wrong(root.selectionSet, data, "", fragments)];
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function* wrong(set: SelectionSetNode, value: any, path: string, fragments: Fragments): Generator<string> {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    for (const item of value) yield* wrong(set, item, path, fragments);
    return;
  }
  for (const field of fieldsOf(set, fragments)) {
    const key = field.alias?.value ?? field.name.value;
    const order = orderOf(field);
    const items: any[] = value[key]?.nodes ?? value[key]?.edges?.map(({ node }: any) => node) ?? [];
    if (
      order &&
      !isSorted(
        items.map((item) => item?.[order.field]),
        order.descending,
      )
    )
      yield `${path}.${key} by ${order.field}`;
    if (field.selectionSet) yield* wrong(field.selectionSet, value[key], `${path}.${key}`, fragments);
  }
}

function* fieldsOf(set: SelectionSetNode, fragments: Fragments): Generator<FieldNode> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) yield selection;
    else yield* fieldsOf((selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!).selectionSet, fragments);
  }
}

function orderOf(field: FieldNode): { field: string; descending: boolean } | null {
  const value = field.arguments?.find(({ name }) => name.value === "orderBy")?.value;
  if (value?.kind !== Kind.OBJECT) return null;
  const member = (name: string): ValueNode | undefined => value.fields.find((each) => each.name.value === name)?.value;
  const [by, direction] = [member("field"), member("direction")];
  return by?.kind === Kind.ENUM ? { field: by.value, descending: direction?.kind === Kind.ENUM && direction.value === "DESC" } : null;
}

/** Missing values come first, and last when descending. */
function isSorted(values: unknown[], descending: boolean): boolean {
  if (values.includes(undefined)) return true;
  const rank = (value: unknown) => (value === null ? "" : typeof value === "number" ? String(value + 1e9).padStart(12, "0") : String(value as string));
  const ranks = values.map(rank);
  return ranks.every((each, i) => i === 0 || (descending ? ranks[i - 1]! >= each : ranks[i - 1]! <= each));
}
