/** Schemas built of SDL that is known to be valid. */
import { type DocumentNode, type GraphQLSchema, buildASTSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from "graphql";

/** Builds a schema of SDL that was validated when it was derived or composed. The nodes it was built of, twice as large as itself, are let go of. */
export function buildKnownSchema(document: DocumentNode): GraphQLSchema {
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  forget(schema);
  for (const directive of schema.getDirectives()) forget(directive, ...directive.args);
  for (const type of Object.values(schema.getTypeMap())) {
    forget(type);
    if (isEnumType(type)) forget(...type.getValues());
    if (isInputObjectType(type)) forget(...Object.values(type.getFields()));
    if (isObjectType(type) || isInterfaceType(type)) for (const field of Object.values(type.getFields())) forget(field, ...field.args);
  }
  return schema;
}

/** A part of a schema that knows where it was written. */
interface Written {
  astNode?: unknown;
  extensionASTNodes?: unknown;
}

function forget(...parts: Written[]): void {
  for (const part of parts) {
    part.astNode = undefined;
    if (part.extensionASTNodes) part.extensionASTNodes = [];
  }
}
