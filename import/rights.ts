/** What the policy has against a mapping that is imported in a role. */
import type { Policy } from "../transport/access/policy.js";
import { SettingError } from "../transport/settings.js";
import type { Kind, Mapping } from "./mapping.js";

/** Throws a SettingError unless whoever has the role may write all that the mapping writes: make and change its records, and set each field that it fills. */
export function checkRights(mapping: Mapping, policy: Policy, role: string): void {
  if (!policy.roleNames.includes(role))
    throw new SettingError("--role", `names ${role}, which the policy does not have; it has ${policy.roleNames.join(", ")}`);
  const rights = policy.rightsOf({ subject: role, roles: [role], customers: null });
  const mayWrite = (type: string) => [`create${type}`, `update${type}`].every((mutation) => rights.mayWrite(mutation, type));
  const against = mapping.kinds.flatMap((kind) => {
    const { type } = kind.shape;
    if (!mayWrite(type)) return [`${kind.name}: ${type} records may not be written`];
    return filledBy(kind).flatMap((field) => (rights.maySet(type, field) ? [] : [`${kind.name}: ${type}.${field} may not be set`]));
  });
  if (against.length > 0) throw new SettingError("--role", `names ${role}, who may not import this (${against.join("; ")}); import it in another role`);
}

/** The schema's names of the fields that a mapping fills of a kind of record. */
function filledBy({ shape, fields, sources }: Kind): string[] {
  const filled = new Set([fields, ...sources.map((source) => source.fields)].flatMap((each) => [...each.keys()]));
  return [...shape.fields.values()].filter(({ name, key }) => filled.has(name) || filled.has(key)).map(({ name }) => name);
}
