/** Selections of an operation as they apply to one object type, fragments resolved and conditions decided. */
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  isAbstractType,
  isObjectType,
} from "graphql";

/** What this operation holds is not covered, or what it found does not fit its types: the general path answers. */
export class Unusual extends Error {}

/** The values of the variables that `@skip` and `@include` name. */
export type Conditions = Readonly<Record<string, boolean>>;

/** One response name of an object: all that is asked for under it. */
export interface SelectedField {
  readonly name: string;
  readonly field: string;
  readonly node: FieldNode;
  readonly sets: readonly SelectionSetNode[];
}

export class Selections {
  constructor(
    readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    /** Null is as if all were included. */
    private readonly conditions: Conditions | null,
  ) {}

  /** The fields that an object of `type` answers, in their order. */
  of(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): SelectedField[] {
    const nodes = new Map<string, FieldNode[]>();
    for (const set of sets) this.collect(type, set, nodes);
    return [...nodes].map(([name, [node, ...more]]) => ({
      name,
      field: node!.name.value,
      node: node!,
      sets: [node!, ...more].flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : [])),
    }));
  }

  private collect(type: GraphQLObjectType, { selections }: SelectionSetNode, nodes: Map<string, FieldNode[]>): void {
    for (const selection of selections) {
      if (!this.isIncluded(selection.directives)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        // Assigned, it would be the object's prototype instead of a value.
        if (name === "__proto__") throw new Unusual("the name __proto__");
        nodes.set(name, [...(nodes.get(name) ?? []), selection]);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value)!;
      if (this.applies(fragment.typeCondition?.name.value, type)) this.collect(type, fragment.selectionSet, nodes);
    }
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const abstract = this.schema.getType(condition);
    return isAbstractType(abstract) && isObjectType(type) && this.schema.isSubType(abstract, type);
  }

  private isIncluded(directives: readonly DirectiveNode[] = []): boolean {
    return directives.every(({ name, arguments: [argument] = [] }) => {
      if (name.value !== "skip" && name.value !== "include") throw new Unusual(`@${name.value}`);
      const value = argument!.value;
      if (!this.conditions) return true;
      const holds = value.kind === Kind.VARIABLE ? this.conditions[value.name.value] : value.kind === Kind.BOOLEAN && value.value;
      return holds === (name.value === "include");
    });
  }
}

/** The names of the variables that decide whether parts of an operation are answered. */
export function conditionsOf(value: unknown, names = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) conditionsOf(item, names);
  else if (typeof value === "object" && value !== null) {
    const node = value as { kind?: string } & Partial<DirectiveNode>;
    const condition = node.kind === Kind.DIRECTIVE ? node.arguments?.[0]?.value : undefined;
    if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
    for (const [key, part] of Object.entries(value)) if (key !== "loc") conditionsOf(part, names);
  }
  return names;
}
