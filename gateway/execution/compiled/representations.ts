/** What a fetch of entities sends of each: compiled from the selections its plan requires. */
import type { FetchDataRewrite, QueryPlanSelectionNode } from "@apollo/query-planner";
import type { Kinds } from "../kinds.js";
import type { Data } from "./merge.js";
import { merge } from "./merge.js";
import { Unusual, isInherited, isOwnName } from "./unusual.js";

/** The representation of an entity; null where the fetch has nothing to ask of it. */
type Represent = (entity: Data) => Data | null;
/** Takes from an object what is selected; null where a part is missing. */
type Take = (source: Data) => Data | null;

/** How a fetch represents entities, and tells them apart. */
export interface Representations {
  readonly represent: Represent;
  /** The same for equal representations, and for no others. */
  readonly keyOf: (representation: Data) => unknown;
}

/** Compiles what a fetch requires; `isSentSo` says that nothing rewrites it. */
export function compileRepresentations(kinds: Kinds, requires: readonly QueryPlanSelectionNode[], isSentSo: boolean): Representations {
  const type = isSentSo ? typeKnownById(kinds, requires) : null;
  if (type !== null) return { represent: (entity) => representById(entity, type), keyOf: ({ id }) => id };
  const take = compileSelections(kinds, requires);
  const represent = (entity: Data) => {
    const representation = take(entity);
    return representation?.["__typename"] ? representation : null;
  };
  return { represent, keyOf: writeKey };
}

/** The type where a fetch requires nothing but the id of one object type, as most do; else null. */
function typeKnownById(kinds: Kinds, [fragment, ...more]: readonly QueryPlanSelectionNode[]): string | null {
  if (more.length > 0 || fragment?.kind !== "InlineFragment" || !fragment.typeCondition) return null;
  const names = fragment.selections.map((selection) => (selection.kind === "Field" && !selection.alias && !selection.selections ? selection.name : null));
  const isKnown = names.length === 2 && names[0] === "__typename" && names[1] === "id" && kinds.isObject(fragment.typeCondition);
  return isKnown ? fragment.typeCondition : null;
}

const representById = ({ __typename, id }: Data, type: string): Data | null => (__typename !== type || id === undefined ? null : { __typename: type, id });

/** Equal for equal representations. Keys stand in the order of the plan. */
function writeKey(representation: Data): string {
  let key = "";
  for (const name in representation) {
    const value = representation[name];
    if (typeof value !== "string") return JSON.stringify(representation);
    key += `${name} ${value.length} ${value}`;
  }
  return key;
}

function compileSelections(kinds: Kinds, selections: readonly QueryPlanSelectionNode[]): Take {
  const parts = selections.map((selection) => (selection.kind === "Field" ? compileField(kinds, selection) : compileFragment(kinds, selection)));
  return (source) => {
    const result: Data = {};
    for (const part of parts) if (!part(source, result)) return null;
    return result;
  };
}

/** Adds a part of `source` to `result`; false where it is missing. */
type Part = (source: Data, result: Data) => boolean;

function compileField(kinds: Kinds, field: Extract<QueryPlanSelectionNode, { kind: "Field" }>): Part {
  const name = field.alias ?? field.name;
  if (isInherited(name)) throw new Unusual(`a required field ${name}`);
  const take = field.selections && compileSelections(kinds, field.selections);
  const takeValue = (value: unknown): unknown => {
    if (!take || value === null || typeof value !== "object") return value;
    return Array.isArray(value) ? value.map(takeValue) : take(value as Data);
  };
  return (source, result) => {
    const value = source[name];
    if (value === undefined) return false;
    result[name] = takeValue(value);
    return true;
  };
}

function compileFragment(kinds: Kinds, { typeCondition, selections }: Extract<QueryPlanSelectionNode, { kind: "InlineFragment" }>): Part {
  if (!typeCondition) throw new Unusual("a required fragment without a type");
  const take = compileSelections(kinds, selections);
  const applies = kinds.within(typeCondition);
  return (source, result) => {
    if (!applies.has(source["__typename"])) return true;
    const taken = take(source);
    if (taken) merge(result, taken);
    return true;
  };
}

/** A change a plan wants made to data on its way to or from a subgraph. */
export type Rewrite = (value: unknown) => void;

/** Compiles rewrites; an empty list is none. */
export function compileRewrites(kinds: Kinds, rewrites: readonly FetchDataRewrite[] = []): Rewrite | null {
  if (rewrites.length === 0) return null;
  const compiled = rewrites.map((rewrite) => compileRewrite(kinds, rewrite));
  return (value) => {
    for (const rewrite of compiled) rewrite(value);
  };
}

const ON = "... on ";

function compileRewrite(kinds: Kinds, rewrite: FetchDataRewrite): Rewrite {
  const last = rewrite.path.at(-1);
  if (last === undefined) return () => undefined;
  if (isInherited(last)) throw new Unusual(`a rewrite of ${last}`);
  if (rewrite.kind === "KeyRenamer" && !isOwnName(rewrite.renameKeyTo)) throw new Unusual(`a rewrite to ${rewrite.renameKeyTo}`);
  const change = (value: Data): void => {
    if (rewrite.kind === "ValueSetter") value[last] = rewrite.setValueTo;
    else if (value[last]) {
      value[rewrite.renameKeyTo] = value[last];
      value[last] = undefined;
    }
  };
  return rewrite.path.slice(0, -1).reduceRight<Rewrite>((next, step) => eachObject(follow(kinds, step, next)), eachObject(change));
}

const eachObject =
  (act: (value: Data) => void): Rewrite =>
  (value) => {
    if (Array.isArray(value)) value.forEach(eachObject(act));
    else if (typeof value === "object" && value !== null) act(value as Data);
  };

function follow(kinds: Kinds, step: string, next: Rewrite): (value: Data) => void {
  if (!step.startsWith(ON)) return (value) => next(value[step]);
  const applies = kinds.within(step.slice(ON.length));
  // Data does not always say its type; the plan knows it then.
  return (value) => {
    if (!value["__typename"] || applies.has(value["__typename"])) next(value);
  };
}
