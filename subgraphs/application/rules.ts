import type * as sdl from "../../schema/generated/application.js";
import { inOrder, isBlank, noCycle, rule, type Derivations, type Rules } from "../kernel/rules.js";
import type { ApplicationInterfaceRow, ApplicationRoleRow, ApplicationRow } from "./rows.js";

const lifecycleOrder: readonly sdl.ApplicationLifecycle[] = ["PLAN", "PHASE_IN", "ACTIVE", "PHASE_OUT", "END_OF_LIFE"];

export const rules = {
  Application: [
    rule<ApplicationRow>("APPLICATION_END_NEEDS_SUCCESSOR_OR_REASON", ({ after }) =>
      after.lifecycle === "END_OF_LIFE" && after.successorId === null && isBlank(after.endReason)
        ? {
            path: ["successorId"],
            message: "An application at the end of its life needs a successor or a reason; name the successor, or say in endReason why there is none.",
          }
        : undefined,
    ),
    rule<ApplicationRow>("APPLICATION_DISPOSITION_NEEDS_REASON", ({ after }) =>
      after.dispositionOverride !== null && isBlank(after.dispositionReason)
        ? {
            path: ["dispositionReason"],
            message: "A disposition that is set by hand needs a reason; give dispositionReason, or leave dispositionOverride empty and let both fits decide.",
          }
        : undefined,
    ),
    rule<ApplicationRow>("APPLICATION_PHASE_ONCE", ({ after }) =>
      new Set(after.phases.map(({ lifecycle }) => lifecycle)).size < after.phases.length
        ? { path: ["phases"], message: "A phase is listed more than once; keep the date on which it first began." }
        : undefined,
    ),
    rule<ApplicationRow>("APPLICATION_PHASES_IN_ORDER", ({ after }) => {
      const phases = inLifecycleOrder(after.phases);
      const early = phases.find(({ startedOn }, index) => startedOn < (phases[index - 1]?.startedOn ?? startedOn));
      return early ? { path: ["phases"], message: `${early.lifecycle} starts before the phase it follows; correct the date of one of them.` } : undefined;
    }),
    noCycle<ApplicationRow>("APPLICATION_SUCCESSOR_NO_CYCLE", "Application", "successor"),
  ],
  ApplicationInterface: [
    rule<ApplicationInterfaceRow>("APPLICATION_INTERFACE_JOINS_TWO", ({ after }) =>
      after.sourceId === after.targetId ? { path: ["targetId"], message: "The source is also the target; name the other application." } : undefined,
    ),
  ],
  ApplicationRole: [inOrder<ApplicationRoleRow>("APPLICATION_ROLE_VALID_TO_AFTER_FROM", "validFrom", "validTo")],
} satisfies Rules;

export const derivations = {
  Application: ({ after }: { after: ApplicationRow }) => ({ disposition: after.dispositionOverride ?? dispositionOf(after) }),
} satisfies Derivations;

export function inLifecycleOrder(phases: readonly sdl.ApplicationPhase[]): sdl.ApplicationPhase[] {
  return [...phases].sort((a, b) => lifecycleOrder.indexOf(a.lifecycle) - lifecycleOrder.indexOf(b.lifecycle));
}

/** What follows from both fits by Gartner's TIME model, whose halves meet at 50; null when a fit is missing. */
function dispositionOf({ functionalFit, technicalFit }: ApplicationRow): sdl.ApplicationDisposition | null {
  if (functionalFit === null || technicalFit === null) return null;
  if (functionalFit >= 50) return technicalFit >= 50 ? "INVEST" : "MIGRATE";
  return technicalFit >= 50 ? "TOLERATE" : "ELIMINATE";
}
