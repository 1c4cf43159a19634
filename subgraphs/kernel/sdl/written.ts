/** The hand-written SDL of a portfolio, by name, and small tools to read and change it. */
import { type DocumentNode, type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, type TypeNode, parse } from "graphql";

/** What the hand-written SDL says, by name. */
export class Written {
  readonly types = new Map<string, ObjectTypeDefinitionNode>();
  readonly extended = new Set<string>();
  readonly enums = new Set<string>();
  readonly names = new Set<string>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) this.types.set(definition.name.value, definition);
      if (definition.kind === Kind.OBJECT_TYPE_EXTENSION) this.extended.add(definition.name.value);
      if (definition.kind === Kind.ENUM_TYPE_DEFINITION) this.enums.add(definition.name.value);
      if ("name" in definition && definition.name) this.names.add(definition.name.value);
    }
  }
  field(type: string, field: string): FieldDefinitionNode {
    const found = this.types.get(type)?.fields?.find(({ name }) => name.value === field);
    if (!found) throw new Error(`${type}.${field} is declared but not in the SDL`);
    return found;
  }
}

/** The name of a type, without lists and non-null marks. */
export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

/** A portfolio out of reach must not null another portfolio's record. */
export const nullable = (field: FieldDefinitionNode): FieldDefinitionNode =>
  field.type.kind === Kind.NON_NULL_TYPE ? { ...field, type: field.type.type } : field;

/** The first definition of a text, as the type it is. */
export const parseType = (sdl: string): ObjectTypeDefinitionNode => parse(sdl, { noLocation: true }).definitions[0] as ObjectTypeDefinitionNode;
