import type * as sdl from "../../schema/generated/application.js";
import { verb, type Verbs } from "../kernel/mutations.js";
import { refuse } from "../kernel/rules.js";
import type { ApplicationRoleRow, ApplicationRow } from "./rows.js";
import { inLifecycleOrder } from "./rules.js";

/** From which phases of its life an application can be … */
const transitions = {
  "phased in": ["PLAN"],
  activated: ["PLAN", "PHASE_IN"],
  "phased out": ["PHASE_IN", "ACTIVE"],
  ended: ["PLAN", "PHASE_IN", "ACTIVE", "PHASE_OUT"],
} satisfies Record<string, sdl.ApplicationLifecycle[]>;
type Transition = keyof typeof transitions;

export const mutations = {
  phaseInApplication: verb<ApplicationRow, sdl.PhaseInApplicationInput>("Application", ({ record, input, today }) => {
    allow(record, "phased in");
    return enter(record, "PHASE_IN", input.startedOn ?? today);
  }),
  activateApplication: verb<ApplicationRow, sdl.ActivateApplicationInput>("Application", ({ record, input, today }) => {
    allow(record, "activated");
    return enter(record, "ACTIVE", input.startedOn ?? today);
  }),
  phaseOutApplication: verb<ApplicationRow, sdl.PhaseOutApplicationInput>("Application", ({ record, input, today }) => {
    allow(record, "phased out");
    return enter(record, "PHASE_OUT", input.startedOn ?? today);
  }),
  endApplication: verb<ApplicationRow, sdl.EndApplicationInput>("Application", ({ record, input, today }) => {
    allow(record, "ended");
    return {
      ...enter(record, "END_OF_LIFE", input.startedOn ?? today),
      successorId: input.successorId ?? record.successorId,
      endReason: input.reason ?? record.endReason,
    };
  }),
  endApplicationRole: verb<ApplicationRoleRow, sdl.EndApplicationRoleInput>("ApplicationRole", ({ record, input, today }) => {
    if (record.validTo && record.validTo < today) {
      refuse("APPLICATION_ROLE_ENDED", "id", `The role already ended on ${record.validTo}; correct validTo by an update if that is wrong.`);
    }
    return { validTo: input.validTo };
  }),
} satisfies Verbs;

function allow({ lifecycle }: ApplicationRow, wanted: Transition): void {
  const leavesFrom = (transition: Transition) => (transitions[transition] as sdl.ApplicationLifecycle[]).includes(lifecycle);
  if (leavesFrom(wanted)) return;
  const open = (Object.keys(transitions) as Transition[]).filter(leavesFrom);
  const advice = open.length > 0 ? `From here it can only be ${open.join(" or ")}.` : "Its life is over; record what comes anew as an application of its own.";
  refuse("APPLICATION_LIFECYCLE", "id", `The application is in ${lifecycle} and cannot be ${wanted}. ${advice}`);
}

/** The application in `lifecycle`, with that phase's first day on record in place of any expected one. */
function enter({ phases }: ApplicationRow, lifecycle: sdl.ApplicationLifecycle, startedOn: string): Partial<ApplicationRow> {
  return { lifecycle, phases: inLifecycleOrder([...phases.filter((phase) => phase.lifecycle !== lifecycle), { lifecycle, startedOn }]) };
}
