/** Figures of what customers need, and of what was made of it. */
import { dayNumberSql } from "../days.js";
import { sqlOf, verbatim } from "../sql.js";
import type { SummedFigure } from "./figure.js";

export const requirementsSignedOff: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Requirements that are SIGNED_OFF, on the last day of the period or before ÷ all requirements. A requirement belongs to the customer of its opportunity, else of its need, else of who signed it off.",
  segmented: true,
  missing: "There is no requirement.",
  rows: ({ period: { to } }) => sqlOf`
    SELECT r.id AS id, '' AS withId, CASE WHEN r.state = 'SIGNED_OFF' AND (r.signedOffOn IS NULL OR r.signedOffOn <= ${to}) THEN 1 ELSE 0 END AS amount, 1 AS base,
      COALESCE(o.customerId, n.customerId, k.customerId) AS customerId
    FROM \`requirement\` r
    LEFT JOIN \`opportunity\` o ON o.id = r.opportunityId
    LEFT JOIN \`business_need\` n ON n.id = r.needId
    LEFT JOIN \`stakeholder\` k ON k.id = r.signedOffById`,
};

export const changedNeedsAnswered: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Changes of needs raised in the period that were answered within the days the customer accepts ÷ those changes. One without an answer whose days are over was not answered in time; one whose days are not over, or without a number of days, is unknown.",
  segmented: true,
  missing: "No change of a need was raised in the period.",
  rows: ({ today, period: { from, to } }) => sqlOf`
    SELECT h.id AS id, '' AS withId,
      CASE WHEN h.acceptedTimeframe IS NULL THEN NULL
        WHEN h.respondedOn IS NOT NULL THEN h.respondedInTime
        WHEN ${verbatim(dayNumberSql("h.today"))} - ${verbatim(dayNumberSql("h.raisedOn"))} > h.acceptedTimeframe THEN 0 END AS amount,
      1 AS base, n.customerId AS customerId
    FROM (SELECT g.*, ${today} AS today FROM \`need_change\` g) h JOIN \`business_need\` n ON n.id = h.needId
    WHERE h.raisedOn >= ${from} AND h.raisedOn <= ${to}`,
};

export const opportunitiesAssessed: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Opportunities that are ASSESSED_WITH_CUSTOMER, APPROVED or CONVERTED ÷ opportunities. Whether those that are DEFERRED or DECLINED had been assessed is unknown.",
  today: true,
  segmented: true,
  missing: "There is no opportunity.",
  rows: () => sqlOf`
    SELECT o.id AS id, '' AS withId,
      CASE WHEN o.state IN ('DEFERRED', 'DECLINED') THEN NULL WHEN o.state IN ('ASSESSED_WITH_CUSTOMER', 'APPROVED', 'CONVERTED') THEN 1 ELSE 0 END AS amount,
      1 AS base, o.customerId AS customerId
    FROM \`opportunity\` o`,
};
