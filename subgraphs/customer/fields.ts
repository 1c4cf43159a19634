import { daysBetween } from "../kernel/dates.js";
import { type FieldContext, type Fields, field } from "../kernel/fields.js";
import type {
  CustomerRow,
  FeedbackRow,
  NeedChangeRow,
  RelationshipRow,
  ServiceDependencyRow,
  StakeholderRow,
  UnitConflictRow,
  ValueAssessmentRow,
} from "./rows.js";
import { responseDueOn } from "./rules.js";

export const fields = {
  Customer: {
    serviceConflicts: field<CustomerRow>([], async ({ id }, _, context) => {
      const conflicts = (await context.rows<UnitConflictRow>("UnitConflict", "customerId", id)).filter(({ state }) => state !== "RESOLVED");
      const disputed = await Promise.all(conflicts.map((conflict) => disputedServices(conflict, context)));
      return conflicts.filter((_, i) => disputed[i]!.length > 0);
    }),
  },
  Stakeholder: {
    current: field<StakeholderRow>(["validFrom", "validTo"], (stakeholder, _, { today }) => isValidOn(stakeholder, today)),
  },
  Relationship: {
    reviewOverdue: field<RelationshipRow>(["nextReviewDue"], ({ nextReviewDue }, _, { today }) => nextReviewDue && nextReviewDue < today),
  },
  NeedChange: {
    responseDueOn: field<NeedChangeRow>(["raisedOn", "acceptedTimeframe"], responseDueOn),
  },
  UnitConflict: {
    services: field<UnitConflictRow>([], async (conflict, _, context) =>
      (await disputedServices(conflict, context)).map((id) => ({ __typename: "Service", id })),
    ),
  },
  Feedback: {
    daysOpen: field<FeedbackRow>(["state", "receivedOn", "closedOn"], ({ state, receivedOn, closedOn }, _, { today }) => {
      const until = state === "CLOSED" ? closedOn : today;
      return until && daysBetween(receivedOn, until);
    }),
  },
  ServiceDependency: {
    current: field<ServiceDependencyRow>(["validFrom", "validTo"], (dependency, _, { today }) => isValidOn(dependency, today)),
  },
  ValueAssessment: {
    sampleShare: field<ValueAssessmentRow>(["sampleSize", "sampleFrame"], ({ sampleSize, sampleFrame }) =>
      sampleSize !== null && sampleFrame ? (Math.round((sampleSize * 1_000) / sampleFrame) / 10).toFixed(1) : null,
    ),
  },
} satisfies Fields;

/** The services of which at least two of a conflict's needs ask something. */
async function disputedServices({ id }: UnitConflictRow, context: FieldContext): Promise<string[]> {
  const needs = await context.list("UnitConflict", "needs", id);
  const asked = (await Promise.all(needs.map((need) => context.list("BusinessNeed", "services", need)))).flatMap((services) => [...new Set(services)]);
  return [...new Set(asked.filter((service, i) => asked.indexOf(service) < i))];
}

const isValidOn = ({ validFrom, validTo }: { validFrom: string | null; validTo: string | null }, day: string): boolean =>
  (validFrom === null || validFrom <= day) && (validTo === null || day <= validTo);
