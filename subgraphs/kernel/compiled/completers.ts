/** How the values of a field become what is answered: all that stand at one place of an operation at once. */
import {
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { Unusual } from "./selections.js";

/** What is answered for as many values, in their order. Null, undefined and missing records are null. */
export type Complete<Run> = (values: readonly unknown[], run: Run) => unknown[] | Promise<unknown[]>;

/** Completes objects of a composite type; `type` may be abstract. */
export type CompleteObjects<Run> = (type: GraphQLObjectType | GraphQLOutputType, sets: readonly SelectionSetNode[]) => Complete<Run>;

/** Compiles the completion of values of `type`. */
export function compileCompletion<Run>(type: GraphQLOutputType, sets: readonly SelectionSetNode[], objects: CompleteObjects<Run>): Complete<Run> {
  if (isNonNullType(type)) return nonNull(compileCompletion(getNullableType(type), sets, objects));
  if (isListType(type)) return ofLists(compileCompletion(type.ofType, sets, objects));
  if (isLeafType(type)) return leaves(type);
  if (isObjectType(type) || isAbstractType(type)) return objects(type, sets);
  throw new Unusual("a type");
}

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Runs `then` on values that may be there already. */
export const after = <T, U>(values: T | Promise<T>, then: (values: T) => U | Promise<U>): U | Promise<U> =>
  values instanceof Promise ? values.then(then) : then(values);

/** All of them, as soon as all are there: at once where none is awaited. */
export const together = <T>(values: readonly (T | Promise<T>)[]): T[] | Promise<T[]> =>
  values.some((value) => value instanceof Promise) ? Promise.all(values.map((value) => Promise.resolve(value))) : (values as T[]);

const nonNull =
  <Run>(complete: Complete<Run>): Complete<Run> =>
  (values, run) =>
    after(complete(values, run), (completed) => {
      for (const value of completed) if (value === null) throw new Unusual("a null");
      return completed;
    });

const ofLists =
  <Run>(complete: Complete<Run>): Complete<Run> =>
  (lists, run) => {
    const items: unknown[] = [];
    for (const list of lists) {
      if (isMissing(list)) continue;
      if (!Array.isArray(list)) throw new Unusual("a list");
      for (const item of list) items.push(item);
    }
    return after(complete(items, run), (completed) => {
      let from = 0;
      return lists.map((list) => (isMissing(list) ? null : completed.slice(from, (from += (list as unknown[]).length))));
    });
  };

function leaves<Run>(type: GraphQLLeafType): Complete<Run> {
  const serialize = (value: unknown): unknown => {
    if (isMissing(value)) return null;
    const shown: unknown = type.serialize(value);
    return isMissing(shown) ? null : shown;
  };
  // Texts are kept as they are shown.
  const isText = ["ID", "String", "Date", "DateTime", "Decimal"].includes(type.name);
  return isText ? (values) => values.map((value) => (typeof value === "string" ? value : serialize(value))) : (values) => values.map(serialize);
}

/** Completes with what every value is the same for. */
export const constant =
  <Run>(value: unknown): Complete<Run> =>
  (values) =>
    values.map(() => value);
