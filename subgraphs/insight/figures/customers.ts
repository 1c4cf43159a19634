/** Figures of customers and of how provider and customer keep in touch. */
import { dayNumberSql } from "../days.js";
import { sqlOf, verbatim } from "../sql.js";
import type { SummedFigure } from "./figure.js";

export const objectivesAgreed: SummedFigure = {
  unit: "PERCENT",
  definition: "Customers that are ACTIVE and have an objective that is AGREED ÷ customers that are ACTIVE.",
  today: true,
  segmented: true,
  missing: "No customer is ACTIVE.",
  rows: () => sqlOf`
    SELECT c.id AS id, '' AS withId, CASE WHEN EXISTS (SELECT 1 FROM \`business_objective\` o WHERE o.customerId = c.id AND o.state = 'AGREED') THEN 1 ELSE 0 END AS amount,
      1 AS base, c.id AS customerId
    FROM \`customer\` c WHERE c.lifecycle = 'ACTIVE'`,
};

/** The first and last day on which an agreement of the customer `c` was ever in force. */
const firstDay = verbatim(`(
  SELECT MIN(a.startOn) FROM \`agreement_parties\` p JOIN \`agreement\` a ON a.id = p.recordId AND a.state IN ('ACTIVE', 'UNDER_REVIEW', 'EXPIRED', 'TERMINATED')
  WHERE p.partyId = c.id)`);
const lastDay = verbatim(`(
  SELECT MAX(CASE a.state WHEN 'TERMINATED' THEN a.terminatedOn ELSE a.endOn END)
  FROM \`agreement_parties\` p JOIN \`agreement\` a ON a.id = p.recordId AND a.state IN ('ACTIVE', 'UNDER_REVIEW', 'EXPIRED', 'TERMINATED')
  WHERE p.partyId = c.id)`);

export const newCustomers: SummedFigure = {
  unit: "COUNT",
  definition:
    "Customers whose first agreement that was ever in force begins in the period; prospects are left out. Customers that are ACTIVE and have no such agreement with a first day are unknown.",
  segmented: true,
  missing: "",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT n.id AS id, '' AS withId, CASE WHEN n.day IS NULL THEN NULL ELSE 1 END AS amount, 0 AS base, n.id AS customerId
    FROM (SELECT c.id, c.lifecycle, ${firstDay} AS day FROM \`customer\` c WHERE c.lifecycle <> 'PROSPECT') n
    WHERE (n.day >= ${from} AND n.day <= ${to}) OR (n.day IS NULL AND n.lifecycle = 'ACTIVE')`,
};

export const lostCustomers: SummedFigure = {
  unit: "COUNT",
  definition:
    "Customers that are FORMER and whose last agreement that was ever in force ended in the period. Those that are FORMER and have no such agreement with a last day are unknown.",
  segmented: true,
  missing: "",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT n.id AS id, '' AS withId, CASE WHEN n.day IS NULL THEN NULL ELSE 1 END AS amount, 0 AS base, n.id AS customerId
    FROM (SELECT c.id, ${lastDay} AS day FROM \`customer\` c WHERE c.lifecycle = 'FORMER') n
    WHERE (n.day >= ${from} AND n.day <= ${to}) OR n.day IS NULL`,
};

const heldOn = (alias: string) => `substr(${alias}.heldAt, 1, 10)`;

export const reviewsOnTime: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Reviews held in the period, of relationships with an agreed number of days between reviews, that came no later than so many days after the review before ÷ those reviews, and relationships whose next review was due in the period, and before today, and has not been held. The first review of a customer is unknown.",
  segmented: true,
  missing: "In the period no review was held, and none was due, of a relationship with an agreed number of days between reviews.",
  rows: ({ today, period: { from, to } }) => sqlOf`
    SELECT h.id AS id, h.customerId AS withId,
      CASE WHEN h.previous IS NULL THEN NULL WHEN ${verbatim(dayNumberSql("h.day"))} - ${verbatim(dayNumberSql("h.previous"))} <= h.reviewCadence THEN 1 ELSE 0 END AS amount,
      1 AS base, h.customerId AS customerId
    FROM (
      SELECT i.id, l.customerId, l.reviewCadence, ${verbatim(heldOn("i"))} AS day, (
        SELECT MAX(${verbatim(heldOn("j"))}) FROM \`interaction_about\` m JOIN \`interaction\` j ON j.id = m.recordId AND j.kind = 'REVIEW'
        WHERE m.toId = l.customerId AND j.heldAt < i.heldAt) AS previous
      FROM \`relationship\` l JOIN \`interaction_about\` b ON b.toId = l.customerId JOIN \`interaction\` i ON i.id = b.recordId AND i.kind = 'REVIEW'
      WHERE l.reviewCadence IS NOT NULL
    ) h WHERE h.day >= ${from} AND h.day <= ${to}
    UNION ALL
    SELECT l.id, l.customerId, 0, 1, l.customerId
    FROM \`relationship\` l JOIN \`customer\` c ON c.id = l.customerId AND c.lifecycle <> 'FORMER'
    WHERE l.reviewCadence IS NOT NULL AND l.nextReviewDue >= ${from} AND l.nextReviewDue <= ${to} AND l.nextReviewDue < ${today}
      AND NOT EXISTS (
        SELECT 1 FROM \`interaction_about\` b JOIN \`interaction\` i ON i.id = b.recordId AND i.kind = 'REVIEW'
        WHERE b.toId = l.customerId AND ${verbatim(heldOn("i"))} >= l.nextReviewDue)`,
};
