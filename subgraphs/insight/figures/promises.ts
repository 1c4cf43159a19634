/** Figures of what was promised, by either side, and of what was kept. */
import { customersOf, inForce, lastDayOf, sqlOf } from "../sql.js";
import type { Question, SummedFigure } from "./figure.js";

export const targetsMet: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Achievements of service level targets whose period ends in the period and that were met ÷ those of which somebody has said whether they were met.",
  segmented: true,
  missing: "Of no target whose period ends in the period has anybody said whether it was met.",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT x.id AS id, '' AS withId, x.met AS amount, 1 AS base, p.partyId AS customerId
    FROM \`service_level_achievement\` x
    JOIN \`service_level_target\` t ON t.id = x.targetId JOIN \`agreement\` a ON a.id = t.agreementId
    LEFT JOIN ${customersOf("a")}
    WHERE x.periodTo >= ${from} AND x.periodTo <= ${to}`,
};

export const usedUnderAgreement: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Customers and services they used in the period that an agreement with the customer about the service covered on the last day of the use in the period ÷ customers and services they used in the period.",
  segmented: true,
  missing: "No use of a service is recorded in the period.",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT n.customerId AS id, n.serviceId AS withId,
      CASE WHEN EXISTS (
        SELECT 1 FROM \`agreement_parties\` p JOIN \`agreement\` a ON a.id = p.recordId JOIN \`agreement_services\` v ON v.recordId = a.id AND v.toId = n.serviceId
        WHERE p.partyId = n.customerId AND a.state IN ('ACTIVE', 'UNDER_REVIEW', 'EXPIRED', 'TERMINATED') AND (a.startOn IS NULL OR a.startOn <= n.day)
          AND (${lastDayOf("a")} IS NULL OR ${lastDayOf("a")} >= n.day)
      ) THEN 1 ELSE 0 END AS amount,
      1 AS base, n.customerId AS customerId
    FROM (
      SELECT u.customerId, u.serviceId, MAX(CASE WHEN u.periodTo < ${to} THEN u.periodTo ELSE ${to} END) AS day
      FROM \`service_usage\` u WHERE u.periodFrom <= ${to} AND u.periodTo >= ${from}
      GROUP BY u.customerId, u.serviceId
    ) n`,
};

export const targetsUnderpinned: SummedFigure = {
  unit: "PERCENT",
  definition:
    "Targets of SLAs in force today that rest on another agreement in force, by an underpinning that names the target, or their agreement and no target ÷ targets of SLAs in force today.",
  today: true,
  segmented: true,
  missing: "No SLA in force has a target.",
  rows: ({ today }) => sqlOf`
    SELECT t.id AS id, '' AS withId,
      CASE WHEN EXISTS (
        SELECT 1 FROM \`underpinning\` u JOIN \`agreement\` b ON b.id = u.lowerId AND ${inForce("b", today)}
        WHERE u.upperId = a.id AND (u.targetId = t.id OR u.targetId IS NULL)
      ) THEN 1 ELSE 0 END AS amount,
      1 AS base, p.partyId AS customerId
    FROM \`agreement\` a JOIN \`service_level_target\` t ON t.agreementId = a.id LEFT JOIN ${customersOf("a")}
    WHERE a.kind = 'SLA' AND ${inForce("a", today)}`,
};

const obligationsMetBy = (obligor: string, whose: string): SummedFigure => ({
  unit: "PERCENT",
  definition: `What the ${whose} owes by agreements with customers, due in the period, and has met, early or late ÷ all it owes that was due in the period. What was waived is left out; what is pending and not due until after today is unknown.`,
  segmented: true,
  missing: `Nothing that the ${whose} owes by agreements with customers was due in the period.`,
  rows: (question) => owed(question, obligor),
});
const owed = ({ today, period: { from, to } }: Question, obligor: string) => sqlOf`
  SELECT o.id AS id, '' AS withId, CASE WHEN o.state = 'MET' THEN 1 WHEN o.state = 'PENDING' AND o.dueOn >= ${today} THEN NULL ELSE 0 END AS amount,
    1 AS base, p.partyId AS customerId
  FROM \`obligation\` o JOIN \`agreement\` a ON a.id = o.agreementId JOIN ${customersOf("a")}
  WHERE o.obligor = ${obligor} AND o.state <> 'WAIVED' AND o.dueOn >= ${from} AND o.dueOn <= ${to}`;

export const obligationsMetByProvider = obligationsMetBy("PROVIDER", "provider");
export const obligationsMetByCustomers = obligationsMetBy("CUSTOMER", "customer");
