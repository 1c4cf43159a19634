/** Which stored fields a selection needs, so that no other column is read. */
import {
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  isAbstractType,
  isObjectType,
} from "graphql";
import { type Model } from "../model.js";

/** For each field of each type: the row keys needed to answer it. Fields read by loaders of their own need none but the id. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** What each field of the portfolio's own entities needs. */
export function needsOf(model: Model): Needs {
  const needs = new Map<string, readonly string[]>();
  for (const entity of model.entities.values()) {
    for (const stored of entity.stored.values()) needs.set(`${entity.type}.${stored.field}`, [stored.key]);
    for (const [field, computed] of Object.entries(model.portfolio.fields[entity.type] ?? {})) needs.set(`${entity.type}.${field}`, computed.needs);
  }
  return needs;
}

/** Every field under `selections` that applies to `type` (null: to any), through fragments; @include and @skip are read as included. */
function* fieldsUnder(selections: Iterable<SelectionNode>, type: string | null, info: Pick<GraphQLResolveInfo, "schema" | "fragments">): Generator<FieldNode> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection;
    else {
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection;
      if (fragment && applies(fragment.typeCondition?.name.value, type, info.schema)) yield* fieldsUnder(fragment.selectionSet.selections, type, info);
    }
  }
}
function applies(condition: string | undefined, type: string | null, schema: GraphQLSchema): boolean {
  if (condition === undefined || type === null || condition === type) return true;
  const [abstract, concrete] = [schema.getType(condition), schema.getType(type)];
  return isAbstractType(abstract) && isObjectType(concrete) && schema.isSubType(abstract, concrete);
}

/** The row keys needed by the record of `type` that the resolver of `info` answers, directly or under `paths` ("nodes", "edges.node"). */
export function keysNeeded(needs: Needs, info: GraphQLResolveInfo, type: string, paths: readonly string[] = [""]): Set<string> {
  const keys = new Set<string>();
  for (const path of paths)
    for (const set of selectionsAt(info, path))
      for (const field of fieldsUnder(set.selections, type, info)) for (const key of needs.get(`${type}.${field.name.value}`) ?? []) keys.add(key);
  return keys;
}
function selectionsAt(info: GraphQLResolveInfo, path: string): SelectionSetNode[] {
  let sets = info.fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  for (const step of path === "" ? [] : path.split("."))
    sets = sets.flatMap((set) =>
      [...fieldsUnder(set.selections, null, info)].flatMap((field) => (field.name.value === step && field.selectionSet ? field.selectionSet : [])),
    );
  return sets;
}
