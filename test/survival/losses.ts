/**
 * What must be left of an answer when subgraphs are down, worked out from the supergraph alone: a field that only they have is null,
 * and so is what cannot be without it.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  buildASTSchema,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from "graphql";

type Data = Record<string, unknown>;
type Path = readonly (string | number)[];

/** What is left of an answer. */
export interface Remains {
  readonly data: Data | null;
  /** Where fields are lost, as paths written in JSON; those of lists at each item. */
  readonly lost: ReadonlySet<string>;
}

export class Losses {
  private readonly schema: GraphQLSchema;
  /** The subgraphs that have a field, by `Type.field`. */
  private readonly owners = new Map<string, readonly string[]>();

  constructor(supergraph: string) {
    const document = parse(supergraph, { noLocation: true });
    this.schema = buildASTSchema(document, { assumeValid: true });
    const names = new Map<string, string>();
    for (const definition of document.definitions)
      if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph")
        for (const value of definition.values ?? []) names.set(value.name.value, value.name.value.toLowerCase());
    for (const definition of document.definitions) if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) this.readOwners(definition, names);
  }

  private readOwners(type: ObjectTypeDefinitionNode, names: ReadonlyMap<string, string>): void {
    for (const field of type.fields ?? []) {
      const graphs = graphsOf(field, "join__field");
      const owners = graphs.length > 0 ? graphs : graphsOf(type, "join__type");
      this.owners.set(
        `${type.name.value}.${field.name.value}`,
        owners.map((graph) => names.get(graph)!),
      );
    }
  }

  /** Of the whole answer to a document's one operation. */
  remainsOf(document: DocumentNode, whole: Data, down: ReadonlySet<string>): Remains {
    const lost = new Set<string>();
    const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)!;
    const fragments = new Map(document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));

    const readObject = (type: string, sets: readonly SelectionSetNode[], value: Data, path: Path): Data | null => {
      const fields = new Map<string, FieldNode[]>();
      const collect = (set: SelectionSetNode): void => {
        for (const selection of set.selections) {
          if (selection.kind === Kind.FIELD) {
            const key = selection.alias?.value ?? selection.name.value;
            if (key in value) fields.set(key, [...(fields.get(key) ?? []), selection]);
            continue;
          }
          const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection;
          const condition = fragment.typeCondition?.name.value ?? type;
          const on = this.schema.getType(condition)!;
          if (condition === type || !isObjectType(on)) collect(fragment.selectionSet);
        }
      };
      for (const set of sets) collect(set);
      const left: Data = {};
      let isGone = false;
      for (const [key, nodes] of fields) {
        const name = nodes[0]!.name.value;
        if (name === "__typename") {
          left[key] = value[key];
          continue;
        }
        const owners = this.owners.get(`${type}.${name}`);
        const fieldType = (this.schema.getType(type) as { getFields(): Record<string, { type: GraphQLOutputType }> }).getFields()[name]!.type;
        const at = [...path, key];
        if (owners!.every((owner) => down.has(owner))) {
          lost.add(JSON.stringify(at));
          left[key] = null;
        } else {
          left[key] = readValue(
            fieldType,
            nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
            value[key],
            at,
          );
        }
        if (left[key] === null && isNonNullType(fieldType)) isGone = true;
      }
      return isGone ? null : left;
    };
    const readValue = (type: GraphQLOutputType, sets: readonly SelectionSetNode[], value: unknown, path: Path): unknown => {
      if (value === null) return null;
      const nullable = getNullableType(type);
      if (isListType(nullable)) {
        const item = nullable.ofType as GraphQLOutputType;
        const items = (value as unknown[]).map((each, i) => readValue(item, sets, each, [...path, i]));
        return isNonNullType(item) && items.includes(null) ? null : items;
      }
      if (sets.length === 0) return value;
      const named = getNamedType(nullable);
      const typename = isObjectType(named) ? named.name : ((value as Data)["__typename"] as string);
      return readObject(typename, sets, value as Data, path);
    };
    return { data: readObject("Query", [operation.selectionSet], whole, []), lost };
  }
}

/** The graphs that directives of that name on a type or field name. */
function graphsOf(node: Pick<ObjectTypeDefinitionNode, "directives">, name: string): string[] {
  return (node.directives ?? []).flatMap((directive) => {
    const graph = directive.name.value === name ? directive.arguments?.find((argument) => argument.name.value === "graph")?.value : undefined;
    return graph?.kind === Kind.ENUM ? [graph.value] : [];
  });
}
