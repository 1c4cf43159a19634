import type * as sdl from "../../schema/generated/project.js";
import { allowing } from "../kernel/moves.js";
import { verb, type Verbs } from "../kernel/mutations.js";
import { refuse, type Records } from "../kernel/rules.js";
import type { DeliverableRow, MilestoneRow, ProjectRow } from "./rows.js";

/** From which statuses a project can be … */
const projectMoves = {
  planned: ["PROPOSED"],
  started: ["PLANNED"],
  "put on hold": ["PLANNED", "UNDERWAY"],
  resumed: ["ON_HOLD"],
  completed: ["UNDERWAY"],
  cancelled: ["PROPOSED", "PLANNED", "UNDERWAY", "ON_HOLD"],
} satisfies Record<string, sdl.ProjectStatus[]>;
const allow = allowing(
  { rule: "PROJECT_STATUS", subject: "The project is", settled: "It has ended; record further work as a project of its own." },
  projectMoves,
);

export const mutations = {
  planProject: verb<ProjectRow, sdl.PlanProjectInput>("Project", ({ record, input }) => {
    allow(record.status, "planned");
    return {
      status: "PLANNED",
      plannedStart: input.plannedStart ?? record.plannedStart,
      plannedEnd: input.plannedEnd ?? record.plannedEnd,
    };
  }),
  startProject: verb<ProjectRow, sdl.StartProjectInput>("Project", ({ record, input, today }) => {
    allow(record.status, "started");
    return { status: "UNDERWAY", actualStart: input.actualStart ?? record.actualStart ?? today };
  }),
  holdProject: verb<ProjectRow, sdl.HoldProjectInput>("Project", ({ record }) => {
    allow(record.status, "put on hold");
    return { status: "ON_HOLD" };
  }),
  resumeProject: verb<ProjectRow, sdl.ResumeProjectInput>("Project", ({ record }) => {
    allow(record.status, "resumed");
    return { status: record.actualStart === null ? "PLANNED" : "UNDERWAY" };
  }),
  completeProject: verb<ProjectRow, sdl.CompleteProjectInput>("Project", async ({ record, input, records, today }) => {
    allow(record.status, "completed");
    await refuseOpenDeliverables(record, records);
    return { status: "COMPLETED", actualEnd: input.actualEnd ?? record.actualEnd ?? today };
  }),
  cancelProject: verb<ProjectRow, sdl.CancelProjectInput>("Project", ({ record, input }) => {
    allow(record.status, "cancelled");
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
