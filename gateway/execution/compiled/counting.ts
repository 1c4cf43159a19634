/** What an answer has cost that no writer has written: what subgraphs answered is walked, and counted as writers count what they write. */
import { type GraphQLCompositeType, type GraphQLOutputType, type SelectionSetNode, getNullableType, isCompositeType, isListType, isUnionType } from "graphql";
import { type Count, addUp, valueOf } from "../../security/prices.js";
import { type Variables, readCondition } from "./conditions.js";
import { type Priced, countsOf, fieldsOf } from "./fields.js";
import type { Data } from "./merge.js";

/**
 * The points that data has cost: all that came, also what a null elsewhere takes with it before it is answered. What does not fit its type counts
 * for nothing but its field; an object that does not say its type, where it may be several, for the dearest of them.
 */
export function countCost(priced: Priced, data: Data, variables: Variables): number {
  const root = priced.schema.getRootType(priced.operation.operation)!;
  const counter = new Counter(priced, variables);
  return counter.countFields(data, counter.partOf(root, [priced.operation.selectionSet]));
}

/** What objects of one type are asked for in one place. */
interface Part {
  readonly own: number;
  readonly fields: readonly Field[];
}

interface Field {
  readonly name: string;
  readonly type: GraphQLOutputType;
  readonly sets: readonly SelectionSetNode[];
  /** By the types that were answered. */
  readonly parts: Map<GraphQLCompositeType, Part>;
}

class Counter {
  constructor(
    private readonly priced: Priced,
    private readonly variables: Variables,
  ) {}

  countFields(data: Data, { own, fields }: Part): number {
    let sum = own;
    for (const field of fields) sum += this.count(Object.hasOwn(data, field.name) ? data[field.name] : undefined, field.type, field);
    return sum;
  }

  partOf(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Part {
    const { priced, variables } = this;
    const selected = fieldsOf(priced, type, sets, (name) => readCondition(priced.operation, name, variables));
    const own: Count = addUp(countsOf(priced, type, selected));
    const fields = [...selected].flatMap(([name, nodes]): Field[] => {
      const definition = isUnionType(type) ? undefined : type.getFields()[nodes[0]!.name.value];
      if (!definition) return [];
      return [{ name, type: definition.type, sets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []), parts: new Map() }];
    });
    return { own: valueOf(own, variables), fields };
  }

  private count(value: unknown, outer: GraphQLOutputType, field: Field): number {
    if (value === null || value === undefined) return 0;
    const type = getNullableType(outer);
    if (isListType(type)) {
      if (!Array.isArray(value)) return 0;
      let sum = 0;
      for (const item of value) sum += this.count(item, type.ofType, field);
      return sum;
    }
    if (!isCompositeType(type)) return this.priced.prices.ofType(type);
    if (typeof value !== "object") return 0;
    const own = this.typeOf(value as Data) ?? type;
    let part = field.parts.get(own);
    if (!part) field.parts.set(own, (part = this.partOf(own, field.sets)));
    return this.priced.prices.ofType(own) + this.countFields(value as Data, part);
  }

  /** The type that an object says to be of. */
  private typeOf({ __typename: name }: Data): GraphQLCompositeType | undefined {
    const type = typeof name === "string" ? this.priced.schema.getType(name) : undefined;
    return isCompositeType(type) ? type : undefined;
  }
}
