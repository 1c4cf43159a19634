import type * as sdl from "../../schema/generated/project.js";
import { verb, type Verbs } from "../kernel/mutations.js";
import { refuse, type Records } from "../kernel/rules.js";
import type { DeliverableRow, MilestoneRow, ProjectRow } from "./rows.js";

/** From which statuses a project can be … */
const transitions = {
  planned: ["PROPOSED"],
  started: ["PLANNED"],
  "put on hold": ["PLANNED", "UNDERWAY"],
  resumed: ["ON_HOLD"],
  completed: ["UNDERWAY"],
  cancelled: ["PROPOSED", "PLANNED", "UNDERWAY", "ON_HOLD"],
} satisfies Record<string, sdl.ProjectStatus[]>;
type Transition = keyof typeof transitions;

export const mutations = {
  planProject: verb<ProjectRow, sdl.PlanProjectInput>("Project", ({ record, input }) => {
    allow(record, "planned");
    return {
      status: "PLANNED",
      plannedStart: input.plannedStart ?? record.plannedStart,
      plannedEnd: input.plannedEnd ?? record.plannedEnd,
    };
  }),
  startProject: verb<ProjectRow, sdl.StartProjectInput>("Project", ({ record, input, today }) => {
    allow(record, "started");
    return { status: "UNDERWAY", actualStart: input.actualStart ?? record.actualStart ?? today };
  }),
  holdProject: verb<ProjectRow, sdl.HoldProjectInput>("Project", ({ record }) => {
    allow(record, "put on hold");
    return { status: "ON_HOLD" };
  }),
  resumeProject: verb<ProjectRow, sdl.ResumeProjectInput>("Project", ({ record }) => {
    allow(record, "resumed");
    return { status: record.actualStart === null ? "PLANNED" : "UNDERWAY" };
  }),
  completeProject: verb<ProjectRow, sdl.CompleteProjectInput>("Project", async ({ record, input, records, today }) => {
    allow(record, "completed");
    await refuseOpenDeliverables(record, records);
    return { status: "COMPLETED", actualEnd: input.actualEnd ?? record.actualEnd ?? today };
  }),
  cancelProject: verb<ProjectRow, sdl.CancelProjectInput>("Project", ({ record, input }) => {
    allow(record, "cancelled");
    return { status: "CANCELLED", cancelReason: input.reason };
  }),
  completeDeliverable: verb<DeliverableRow, sdl.CompleteDeliverableInput>("Deliverable", ({ record, input, today }) => {
    refuseResolved(record);
    return { state: "DONE", doneOn: input.doneOn ?? record.doneOn ?? today };
  }),
  dropDeliverable: verb<DeliverableRow, sdl.DropDeliverableInput>("Deliverable", ({ record, input }) => {
    refuseResolved(record);
    return { state: "DROPPED", dropReason: input.reason };
  }),
  reachMilestone: verb<MilestoneRow, sdl.ReachMilestoneInput>("Milestone", ({ record, input, today }) => {
    refuseSettled(record);
    return { status: "REACHED", reachedOn: input.reachedOn ?? record.reachedOn ?? today };
  }),
  dropMilestone: verb<MilestoneRow, sdl.DropMilestoneInput>("Milestone", ({ record }) => {
    refuseSettled(record);
    return { status: "DROPPED" };
  }),
} satisfies Verbs;

function allow({ status }: ProjectRow, wanted: Transition): void {
  const leavesFrom = (transition: Transition) => (transitions[transition] as sdl.ProjectStatus[]).includes(status);
  if (leavesFrom(wanted)) return;
  const open = (Object.keys(transitions) as Transition[]).filter(leavesFrom);
  const advice = open.length > 0 ? `From here it can only be ${open.join(" or ")}.` : "It has ended; record further work as a project of its own.";
  refuse("PROJECT_STATUS", "id", `The project is ${status} and cannot be ${wanted}. ${advice}`);
}

async function refuseOpenDeliverables(project: ProjectRow, records: Records): Promise<void> {
  const open = await records.find<DeliverableRow>("Deliverable", { projectId: project.id, state: "OPEN" });
  if (open.length === 0) return;
  const named = open
    .slice(0, 3)
    .map(({ id }) => id)
    .join(", ");
  refuse(
    "PROJECT_DELIVERABLES_RESOLVED",
    "id",
    `Deliverables of the project still open: ${open.length}, among them ${named}. Complete or drop each of them first.`,
  );
}

function refuseResolved({ state }: DeliverableRow): void {
  if (state !== "OPEN")
    refuse(
      "DELIVERABLE_STATE",
      "id",
      `The deliverable is already ${state}; only an open one can be completed or dropped. Record a new deliverable for what is still to come.`,
    );
}

function refuseSettled({ status }: MilestoneRow): void {
  if (status !== "PENDING")
    refuse(
      "MILESTONE_STATUS",
      "id",
      `The milestone is already ${status}; only a pending one can be reached or dropped. Record a new milestone for what is still to be reached.`,
    );
}
