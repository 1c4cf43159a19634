/** Figures of what customers complain about, and of what is made of it. */
import { daysBetween } from "../../kernel/dates.js";
import { searchOf, text, textOrNull } from "../search.js";
import { sqlOf, verbatim } from "../sql.js";
import type { ListedFigure, Question, SummedFigure } from "./figure.js";

/** The complaints whose day `column` lies in the period. */
const complaints = ({ period: { from, to } }: Question, column: string, amount = "1") => sqlOf`
  SELECT f.id AS id, '' AS withId, ${verbatim(amount)} AS amount, 1 AS base, f.customerId AS customerId
  FROM \`feedback\` f WHERE f.kind = 'COMPLAINT' AND ${verbatim(column)} >= ${from} AND ${verbatim(column)} <= ${to}`;

export const complaintsReceived: SummedFigure = {
  unit: "COUNT",
  definition: "Complaints received in the period.",
  segmented: true,
  missing: "",
  rows: (question) => complaints(question, "f.receivedOn"),
};

export const complaintsAccepted: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Complaints received in the period that were accepted ÷ complaints received in the period. Those that nobody has accepted or rejected are unknown.",
  segmented: true,
  missing: "No complaint received in the period has been accepted or rejected.",
  rows: (question) => complaints(question, "f.receivedOn", "f.accepted"),
};

export const complaintsEscalated: SummedFigure = {
  unit: "COUNT",
  definition: "Complaints escalated in the period, whenever they were received.",
  segmented: true,
  missing: "",
  rows: (question) => complaints(question, "f.escalatedOn"),
};

export const complaintsClosed: SummedFigure = {
  unit: "COUNT",
  definition: "Complaints closed in the period, whenever they were received.",
  segmented: true,
  missing: "",
  rows: (question) => complaints(question, "f.closedOn"),
};

export const daysToClose: ListedFigure = {
  unit: "DAYS",
  definition: "Median of the days from the day on which a complaint was received to the day on which it was closed, of those closed in the period.",
  segmented: true,
  median: true,
  missing: "No complaint was closed in the period.",
  async list({ reading, period: { from, to } }) {
    const found = await searchOf(reading, () => verbatim("")).rows(sqlOf`
      SELECT f.id, f.receivedOn, f.closedOn, c.segment FROM \`feedback\` f JOIN \`customer\` c ON c.id = f.customerId
      WHERE f.kind = 'COMPLAINT' AND f.closedOn >= ${from} AND f.closedOn <= ${to} ORDER BY f.id`);
    return found.map(([id, receivedOn, closedOn, segment]) => ({
      id: text(id),
      withId: "",
      amount: daysBetween(text(receivedOn), text(closedOn)),
      base: 1,
      segment: textOrNull(segment),
    }));
  },
};

export const improvements: SummedFigure = {
  unit: "PERCENT",
  definition: "Complaints and suggestions closed in the period that say what was improved ÷ complaints and suggestions closed in the period.",
  segmented: true,
  missing: "No complaint or suggestion was closed in the period.",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT f.id AS id, '' AS withId, CASE WHEN f.improvement IS NULL OR f.improvement = '' THEN 0 ELSE 1 END AS amount, 1 AS base, f.customerId AS customerId
    FROM \`feedback\` f WHERE f.kind IN ('COMPLAINT', 'SUGGESTION') AND f.closedOn >= ${from} AND f.closedOn <= ${to}`,
};
