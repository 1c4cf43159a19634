import { noCycle, type Derivations, type Rules } from "../kernel/rules.js";
import type { PersonRow } from "./rows.js";

export const rules = {
  Person: [noCycle<PersonRow>("PERSON_MANAGER_NO_CYCLE", "Person", "manager")],
} satisfies Rules;

export const derivations = {} satisfies Derivations;
