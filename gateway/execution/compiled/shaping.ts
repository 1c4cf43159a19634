/** What is left of an answer where something may not be: a null or a value of another type takes with it what may not be without. As Apollo's executor has it. */
import {
  type FieldNode,
  GraphQLError,
  type GraphQLCompositeType,
  type GraphQLInterfaceType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  Kind,
  type SelectionSetNode,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { type Variables, holds, isLeftOut } from "./conditions.js";
import type { Operation } from "./fields.js";
import { isOfSchema } from "./introspection.js";
import type { Data } from "./merge.js";

/** What is left, and what did not fit. Without data where the types allow nothing at all: a text for a list, a condition that is null. */
export interface Shaped {
  readonly data?: Data | null;
  readonly errors: GraphQLError[];
}

export function shapeAnswer(shaping: Operation, data: Data, variables: Variables): Shaped {
  const shaper = new Shaper(shaping, variables);
  try {
    const output = Object.create(null) as Data;
    const { schema, operation } = shaping;
    const isWhole = shaper.fill(output, data, operation.selectionSet, schema.getRootType(operation.operation)!);
    return { data: isWhole ? output : null, errors: shaper.errors };
  } catch (error) {
    const { message } = error as Error;
    return { errors: [new GraphQLError(message, { originalError: error as Error })] };
  }
}

/** A value, and whether it takes with it what it stands in, or had an error told of it. */
interface Fitted {
  readonly value: unknown;
  readonly isInvalid?: boolean;
  readonly hasErrors?: boolean;
}

/** A place of the answer. */
interface Place {
  readonly sets: SelectionSetNode | undefined;
  readonly parent: GraphQLCompositeType;
}

class Shaper {
  readonly errors: GraphQLError[] = [];
  private readonly path: (string | number)[] = [];
  private readonly read = (name: string): boolean => holds(this.shaping.operation, name, this.variables);

  constructor(
    private readonly shaping: Operation,
    private readonly variables: Variables,
  ) {}

  /** Fills an object by what is selected of `input`; false where nothing may be left of it. */
  fill(output: Data, input: Data, { selections }: SelectionSetNode, parent: GraphQLCompositeType): boolean {
    for (const selection of selections) {
      if (isLeftOut(selection, this.read)) continue;
      if (selection.kind === Kind.FIELD) {
        if (!this.fillField(output, input, selection, parent)) return false;
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.shaping.fragments.get(selection.name.value)!;
      const condition = fragment.typeCondition && (this.shaping.schema.getType(fragment.typeCondition.name.value) as GraphQLCompositeType);
      const typename = input["__typename"];
      if (typename && typeof typename !== "string") throw new Error(`A ${typeof typename} was answered for a type name.`);
      if (condition && !this.applies(condition, typename as string | undefined, parent)) continue;
      if (!this.fill(output, input, fragment.selectionSet, condition ?? parent)) return false;
    }
    return true;
  }

  private fillField(output: Data, input: Data, field: FieldNode, parent: GraphQLCompositeType): boolean {
    const name = field.alias?.value ?? field.name.value;
    const known = output[name];
    const given = Object.hasOwn(input, name) ? (input[name] ?? null) : null;
    if (isOfSchema(field.name.value)) {
      output[name] = given;
      return true;
    }
    if (field.name.value === "__typename") {
      if (known !== undefined) return true;
      const typename = given ?? input["__typename"];
      const type = (typeof typename === "string" && this.shaping.schema.getType(typename)) || parent;
      if (isObjectType(type)) output[name] = type.name;
      return isObjectType(type);
    }
    const { type } = (parent as GraphQLObjectType | GraphQLInterfaceType).getFields()[field.name.value]!;
    this.path.push(name);
    const { value, isInvalid } = this.fit(known, given, type, { sets: field.selectionSet, parent });
    output[name] = value;
    this.path.pop();
    return !isInvalid;
  }

  /** What a value becomes. `known` is what an earlier selection of the same field has made of it. */
  private fit(known: unknown, given: unknown, type: GraphQLOutputType, place: Place): Fitted {
    if (known === null || (known !== undefined && !place.sets)) return { value: known };
    if (isNonNullType(type)) {
      const { value, hasErrors } = this.fit(known, given, type.ofType, place);
      if (value !== null) return { value };
      if (!hasErrors) this.note(`Cannot return null for non-nullable ${this.describe(type.ofType, place.parent)}.`);
      return { value, isInvalid: true, hasErrors: true };
    }
    if (given === null || given === undefined) return { value: null };
    if (isListType(type)) return this.fitList(known, given, type.ofType, place);
    if (isCompositeType(type)) return this.fitObject(known, given, type, place);
    if (isValue(given, type)) return { value: given };
    this.note(`Invalid value found for ${this.describe(type, place.parent)}.`);
    return { value: null, hasErrors: true };
  }

  private fitList(known: unknown, given: unknown, type: GraphQLOutputType, place: Place): Fitted {
    if (!Array.isArray(given)) throw new Error(`A ${typeof given} was answered for a list of ${String(type)}.`);
    let isInvalid = false;
    let hasErrors = false;
    const value = given.map((item: unknown, i) => {
      this.path.push(i);
      const fitted = this.fit((known as readonly unknown[] | undefined)?.[i], item, type, place);
      this.path.pop();
      isInvalid ||= Boolean(fitted.isInvalid);
      hasErrors ||= Boolean(fitted.hasErrors);
      return fitted.value;
    });
    return { value: isInvalid ? null : value, hasErrors };
  }

  private fitObject(known: unknown, given: unknown, type: GraphQLCompositeType, { sets, parent }: Place): Fitted {
    if (typeof given !== "object") throw new Error(`A ${typeof given} was answered for a ${type.name}.`);
    const typename = (given as Data)["__typename"];
    if (typename !== undefined && typeof typename !== "string") throw new Error(`A ${typeof typename} was answered for a type name.`);
    const own = typename ? this.shaping.schema.getType(typename) : type;
    if (!isCompositeType(own)) {
      this.note(`Invalid __typename found for object at ${this.describe(type, parent)}.`);
      return { value: null, hasErrors: true };
    }
    const output = (known as Data | undefined) ?? (Object.create(null) as Data);
    return this.fill(output, given as Data, sets!, own) ? { value: output } : { value: null, hasErrors: true };
  }

  private applies(condition: GraphQLCompositeType, typename: string | undefined, parent: GraphQLCompositeType): boolean {
    const type = typename ? this.shaping.schema.getType(typename) : parent;
    if (!type || type === condition) return type === condition;
    return isAbstractType(condition) && isCompositeType(type) && this.shaping.schema.isSubType(condition, type as GraphQLObjectType);
  }

  private note(message: string): void {
    this.errors.push(new GraphQLError(message, { path: [...this.path], extensions: { code: "INVALID_GRAPHQL" } }));
  }

  private describe(type: GraphQLOutputType, parent: GraphQLCompositeType): string {
    const last = this.path.at(-1)!;
    return typeof last === "string" ? `field ${parent.name}.${last}` : `array element of type ${String(type)} at index ${last}`;
  }
}

/** Whether a value is one of a scalar or an enum; of scalars that GraphQL does not know any is. */
function isValue(value: unknown, type: GraphQLLeafType): boolean {
  if (isEnumType(type)) return typeof value === "string" && type.getValue(value) !== undefined;
  if (!isSpecifiedScalarType(type)) return true;
  switch (type.name) {
    case "Boolean":
      return typeof value === "boolean";
    case "Int":
      return isWhole(value);
    case "Float":
      return Number.isFinite(value);
    case "ID":
      return typeof value === "string" || isWhole(value);
    default:
      return typeof value === "string";
  }
}

/** Whether a number is written without point and exponent. */
const isWhole = (value: unknown): boolean => Number.isFinite(value) && /^-?(?:0|[1-9][0-9]*)$/.test(String(value));
