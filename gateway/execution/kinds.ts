/** What plans must know of a supergraph's types, those included that clients may not see. */
import { type DocumentNode, Kind } from "graphql";

export interface Kinds {
  isObject(type: string): boolean;
  /** The names of the types an object may have for a fragment on `condition` to apply: interfaces too, for `@interfaceObject`. */
  within(condition: string): ReadonlySet<unknown>;
}

export function readKinds({ definitions }: DocumentNode): Kinds {
  const objects = new Set<string>();
  const within = new Map<string, Set<string>>();
  const add = (type: string, inner: string) => {
    let names = within.get(type);
    if (!names) within.set(type, (names = new Set([type])));
    names.add(inner);
  };
  for (const definition of definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION) objects.add(definition.name.value);
    if ("interfaces" in definition) for (const { name } of definition.interfaces ?? []) add(name.value, definition.name.value);
    if ("types" in definition) for (const { name } of definition.types ?? []) add(definition.name.value, name.value);
  }
  return { isObject: (type) => objects.has(type), within: (condition) => within.get(condition) ?? new Set([condition]) };
}
