import type * as sdl from "../../schema/generated/application.js";
import { allowing } from "../kernel/moves.js";
import { verb, type Verbs } from "../kernel/mutations.js";
import { refuse } from "../kernel/rules.js";
import type { ApplicationRoleRow, ApplicationRow } from "./rows.js";
import { inLifecycleOrder } from "./rules.js";

/** From which phases of its life an application can be … */
const applicationMoves = {
  "phased in": ["PLAN"],
  activated: ["PLAN", "PHASE_IN"],
  "phased out": ["PHASE_IN", "ACTIVE"],
  ended: ["PLAN", "PHASE_IN", "ACTIVE", "PHASE_OUT"],
} satisfies Record<string, sdl.ApplicationLifecycle[]>;
const allow = allowing(
  { rule: "APPLICATION_LIFECYCLE", subject: "The application is in", settled: "Its life is over; record what comes anew as an application of its own." },
  applicationMoves,
);

export const mutations = {
  phaseInApplication: verb<ApplicationRow, sdl.PhaseInApplicationInput>("Application", ({ record, input, today }) => {
    allow(record.lifecycle, "phased in");
    return enter(record, "PHASE_IN", input.startedOn ?? today);
  }),
  activateApplication: verb<ApplicationRow, sdl.ActivateApplicationInput>("Application", ({ record, input, today }) => {
    allow(record.lifecycle, "activated");
    return enter(record, "ACTIVE", input.startedOn ?? today);
  }),
  phaseOutApplication: verb<ApplicationRow, sdl.PhaseOutApplicationInput>("Application", ({ record, input, today }) => {
    allow(record.lifecycle, "phased out");
    return enter(record, "PHASE_OUT", input.startedOn ?? today);
  }),
  endApplication: verb<ApplicationRow, sdl.EndApplicationInput>("Application", ({ record, input, today }) => {
    allow(record.lifecycle, "ended");
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

/** The application in `lifecycle`, with that phase's first day on record in place of any expected one. */
function enter({ phases }: ApplicationRow, lifecycle: sdl.ApplicationLifecycle, startedOn: string): Partial<ApplicationRow> {
  return { lifecycle, phases: inLifecycleOrder([...phases.filter((phase) => phase.lifecycle !== lifecycle), { lifecycle, startedOn }]) };
}
