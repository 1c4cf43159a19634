/** Which fields of an operation stand in the same place: validation and planning compare each of them with each other. */
import { type FieldNode, Kind, type SelectionSetNode, type ValueNode } from "graphql";

/** The fields of one place by the name they are answered under, whatever fragments they stand in. */
type Place = Map<string, Group>;
interface Group {
  count: number;
  /** How much there is to compare of all of them. */
  weight: number;
  readonly place: Place;
}

/** Sorts the fields below some selections by their places. Fragments are taken apart: how many fields that makes is checked before. */
export function placeIn(selectionSet: SelectionSetNode, fragments: ReadonlyMap<string, SelectionSetNode>): Place {
  const open = new Set<string>();
  const fill = (place: Place, { selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const { place: inner } = groupOf(place, selection);
        if (selection.selectionSet) fill(inner, selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) fill(place, selection.selectionSet);
      else fillByName(place, selection.name.value);
    }
  };
  const fillByName = (place: Place, name: string) => {
    const fragment = fragments.get(name);
    if (!fragment || open.has(name)) return;
    open.add(name);
    fill(place, fragment);
    open.delete(name);
  };
  const root: Place = new Map();
  fill(root, selectionSet);
  return root;
}

/** Takes the comparisons of a place from those that are left; false when there are not enough. */
export function takeComparisons(place: Place, left: { comparisons: number }): boolean {
  for (const { count, weight, place: inner } of place.values()) {
    if (count > 1) left.comparisons -= count * weight;
    if (left.comparisons < 0 || !takeComparisons(inner, left)) return false;
  }
  return true;
}

function groupOf(place: Place, field: FieldNode): Group {
  const name = field.alias?.value ?? field.name.value;
  let group = place.get(name);
  if (!group) place.set(name, (group = { count: 0, weight: 0, place: new Map() }));
  group.count++;
  group.weight += weighArguments(field);
  return group;
}

/** A field and the values of its arguments, which are written out to be compared. */
function weighArguments({ arguments: given = [] }: FieldNode): number {
  return 1 + given.reduce((sum, { value }) => sum + weighValue(value), 0);
}
function weighValue(value: ValueNode): number {
  if (value.kind === Kind.LIST) return 1 + value.values.reduce((sum, each) => sum + weighValue(each), 0);
  if (value.kind === Kind.OBJECT) return 1 + value.fields.reduce((sum, each) => sum + weighValue(each.value), 0);
  return 1;
}
