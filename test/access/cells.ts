/** The cells of the matrix: roles, types and fields as the policy file and the API say them. Reads the file itself, not by the product's code. */
import { readFileSync } from "node:fs";
import { getNamedType, isLeafType, isNonNullType, isObjectType } from "graphql";
import { parse } from "yaml";
import { api, entityTypes } from "../schema/graph.js";

interface Role {
  readonly hides?: readonly string[];
  readonly writes?: readonly string[];
  readonly keeps?: readonly string[];
  readonly customersOnly?: boolean;
}
const file = parse(readFileSync("schema/policy.yaml", "utf8")) as {
  readonly limited: { readonly hides: readonly string[] };
  readonly shows: Readonly<Record<string, readonly string[]>>;
  readonly roles: Readonly<Record<string, Role>>;
};

export const roles = Object.keys(file.roles);
export const isForCustomers = (role: string): boolean => file.roles[role]!.customersOnly === true;

const names = (pattern: string, type: string, field: string): boolean =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(pattern.includes(".") ? `${type}.${field}` : type);

/** What was found out, by role and field: it is asked a million times. */
const known = new Map<string, boolean>();

/** Whether the file hides `type.field` from the role; of customers' people, from those too. */
export function isHidden(role: string, type: string, field: string): boolean {
  const key = `${role} ${type}.${field}`;
  let hidden = known.get(key);
  if (hidden === undefined) known.set(key, (hidden = hides(role, type, field)));
  return hidden;
}
function hides(role: string, type: string, field: string): boolean {
  if (field === "id" || field === "version") return false;
  const patterns = [...(file.roles[role]!.hides ?? []), ...(isForCustomers(role) ? file.limited.hides : [])];
  if (patterns.some((pattern) => names(pattern, type, field))) return true;
  return (file.shows[`${type}.${field}`] ?? []).some((source) => isHidden(role, ...(source.split(".") as [string, string])));
}
/** Whether the file lets the role ask for a mutation that answers records of `type`. */
export function mayWrite(role: string, mutation: string, type: string): boolean {
  const writes = file.roles[role]!.writes ?? [];
  return writes.some((each) => each === "*" || each === type || each === mutation);
}
export const keeps = (role: string): readonly string[] => file.roles[role]!.keeps ?? [];

export interface Cell {
  readonly type: string;
  readonly field: string;
  readonly isNullable: boolean;
  /** What is selected of it. */
  readonly selection: string;
}
/** The fields of the entities that can be asked for without an argument. */
export const cells: readonly Cell[] = entityTypes.flatMap(({ type }) => {
  const object = api.getType(type);
  if (!isObjectType(object)) throw new Error(type);
  return Object.values(object.getFields())
    .filter(({ args }) => args.every((arg) => !isNonNullType(arg.type) || arg.defaultValue !== undefined))
    .map(({ name, type: output }) => ({
      type,
      field: name,
      isNullable: !isNonNullType(output),
      selection: isLeafType(getNamedType(output)) ? "" : " { __typename }",
    }));
});
