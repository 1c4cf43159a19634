import { type Fields, field } from "../kernel/fields.js";
import type { FeedbackRow, NeedChangeRow, RelationshipRow, ServiceDependencyRow, StakeholderRow, UnitConflictRow, ValueAssessmentRow } from "./rows.js";
import { responseDueOn } from "./rules.js";

export const fields = {
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
    services: field<UnitConflictRow>([], async (conflict, _, context) => {
      const needs = await context.list("UnitConflict", "needs", conflict.id);
      const asked = (await Promise.all(needs.map((id) => context.list("BusinessNeed", "services", id)))).flatMap((ids) => [...new Set(ids)]);
      const disputed = new Set(asked.filter((id, i) => asked.indexOf(id) < i));
      return [...disputed].map((id) => ({ __typename: "Service", id }));
    }),
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

const isValidOn = ({ validFrom, validTo }: { validFrom: string | null; validTo: string | null }, day: string): boolean =>
  (validFrom === null || validFrom <= day) && (validTo === null || day <= validTo);

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;
