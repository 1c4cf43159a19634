/** Personas: without an identity provider, and on this machine only, a caller says who they are. */
import { PORTFOLIO_ROLE, type Policy } from "../../../transport/access/policy.js";
import { isLoopback } from "../../../transport/servers.js";
import { SettingError } from "../../../transport/settings.js";
import type { Principal } from "../../../transport/subgraph.js";
import { type Identify, Unauthenticated, principalOf } from "./principals.js";

/** A role that can be played. */
export interface Persona {
  readonly role: string;
  /** Whether it must name the customers whose people it plays. */
  readonly ofCustomers: boolean;
}

/** The personas of a policy. */
export const personasOf = (policy: Policy): readonly Persona[] =>
  policy.roleNames.filter((role) => role !== PORTFOLIO_ROLE).map((role) => ({ role, ofCustomers: policy.isForCustomers(role) }));

/** Takes callers for the persona of `x-persona`, of the customers of `x-customers` (ids, separated by commas); those who name none are `otherwise`. */
export function playPersonas(policy: Policy, otherwise: Principal): Identify {
  const personas = new Map(personasOf(policy).map((persona) => [persona.role, { persona, principal: play(persona, []) }]));
  /** The last Host header that named this machine: clients send the same again and again. */
  let known: string | undefined;
  return async ({ headers }) => {
    // A page whose name was turned to this machine must not ask in its user's stead.
    if (known === undefined || headers.host !== known) known = isLoopback(hostOf(headers.host).replace(/^\[|\]$/g, "")) ? headers.host : undefined;
    if (known === undefined) throw new Unauthenticated("Ask under the name localhost or 127.0.0.1.");
    const role = headers["x-persona"];
    if (role === undefined) return otherwise;
    const played = personas.get(String(role));
    if (!played) throw new Unauthenticated("x-persona names no role of the policy.");
    // What is known of a principal is kept by it.
    if (!played.persona.ofCustomers) return played.principal;
    const ids = String(headers["x-customers"] ?? "")
      .split(",")
      .map((id) => id.trim())
      .filter(Boolean);
    return play(played.persona, ids);
  };
}

const play = ({ role, ofCustomers }: Persona, ids: readonly string[]): Principal =>
  principalOf({ subject: role, roles: [role], customers: ofCustomers ? ids : null });

function hostOf(header = ""): string {
  return URL.canParse(`http://${header}`) ? new URL(`http://${header}`).hostname : "";
}

/** Refuses to let everybody in from other machines. */
export function checkLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new SettingError("HOST", `is ${host}, but callers cannot be told apart: set JWKS or SERVICE_TOKENS, or leave HOST at 127.0.0.1`);
}
