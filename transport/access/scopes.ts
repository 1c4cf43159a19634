/** Who somebody is, in the words of a supergraph's `@requiresScopes`: their roles, and whether they are limited to customers. */
import type { Principal } from "../subgraph.js";

/** The scope of everybody who is not limited to customers, and of everybody who is. */
export const ALL_CUSTOMERS = "all-customers";
export const OWN_CUSTOMERS = "own-customers";

/** A role as a scope, which holds no blanks. */
export const scopeOf = (role: string): string => role.replaceAll(" ", "-");

/** All scopes of a principal. No role gives what only being limited, or not being so, does. */
export function scopesOf({ roles, customers }: Pick<Principal, "roles" | "customers">): ReadonlySet<string> {
  const scopes = new Set(roles.map(scopeOf));
  scopes.delete(customers === null ? OWN_CUSTOMERS : ALL_CUSTOMERS);
  return scopes.add(customers === null ? ALL_CUSTOMERS : OWN_CUSTOMERS);
}
