import { type FieldContext, type Fields, field } from "../kernel/fields.js";
import type { DeliverableRow, ProjectRow } from "./rows.js";

export const fields = {
  Project: {
    clashes: field<ProjectRow>(["status"], async (project, _, context) => {
      if (project.status === "CANCELLED") return [];
      const own = await touchesOf(await context.rows<DeliverableRow>("Deliverable", "projectId", project.id), context);
      const places = [...new Map(own.map((touch) => [placeOf(touch), touch])).values()].sort((a, b) => placeOf(a).localeCompare(placeOf(b)));
      const clashes = await Promise.all(
        places.map(async (place) => ({
          application: { __typename: "Application", id: place.application },
          month: place.month,
          deliverables: own.filter((touch) => placeOf(touch) === placeOf(place)).map(({ deliverable }) => deliverable),
          others: await othersAt(place, project.id, context),
        })),
      );
      return clashes.filter(({ others }) => others.length > 0);
    }),
  },
} satisfies Fields;

/** That a deliverable touches an application in a month, named by its first day. */
interface Touch {
  readonly application: string;
  readonly month: string;
  readonly deliverable: DeliverableRow;
}

const placeOf = ({ application, month }: Touch): string => `${application} ${month}`;

function monthOf({ state, doneOn, dueOn }: DeliverableRow): string | null {
  const day = doneOn ?? dueOn;
  return state === "DROPPED" || day === null ? null : `${day.slice(0, 7)}-01`;
}

async function touchesOf(deliverables: readonly DeliverableRow[], context: FieldContext): Promise<Touch[]> {
  const touches = await Promise.all(
    deliverables.map(async (deliverable) => {
      const month = monthOf(deliverable);
      const applications = month === null ? [] : await context.list<{ applicationId: string }>("Deliverable", "applications", deliverable.id);
      return [...new Set(applications.map(({ applicationId }) => applicationId))].map((application): Touch => ({ application, month: month!, deliverable }));
    }),
  );
  return touches.flat();
}

/** The deliverables of other projects, cancelled ones left out, that touch the same application in the same month. */
async function othersAt({ application, month }: Touch, projectId: string, context: FieldContext): Promise<DeliverableRow[]> {
  const deliverables = await context.linked<DeliverableRow>("Application", "deliverables", application);
  const others = deliverables.filter((deliverable) => deliverable.projectId !== projectId && monthOf(deliverable) === month);
  const projects = await Promise.all(others.map((deliverable) => context.row<ProjectRow>("Project", deliverable.projectId)));
  return others.filter((_, i) => projects[i]?.status !== "CANCELLED");
}
