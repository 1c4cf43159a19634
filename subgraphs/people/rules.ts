import { noCycle, type Derivations, type Rules } from "../kernel/rules.js";
import type { PersonRow } from "./rows.js";

export const rules = {
  Person: [noCycle<PersonRow>("PERSON_MANAGER_NO_CYCLE", "Person", "manager")],
} satisfies Rules;

export const derivations = {
  Person: ({ before, after, today }: { before: PersonRow | null; after: PersonRow; today: string }) => ({ inactiveSince: inactiveSince(before, after, today) }),
} satisfies Derivations;

/** The day on which a person was deactivated; null for the active, and for those recorded as inactive, since nobody has said since when. */
function inactiveSince(before: PersonRow | null, after: PersonRow, today: string): string | null {
  if (after.active || before === null) return null;
  return before.active ? today : before.inactiveSince;
}
