/** Figures of services, projects and of how far the records can be trusted. */
import { daysAfter } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { VERDICTS } from "../rules.js";
import { sqlOf, verbatim } from "../sql.js";
import { QUALITY_TYPES, recordsOfUse } from "../verdicts/quality.js";
import { searchOf, text, textOrNull } from "../search.js";
import type { ListedFigure, SummedFigure } from "./figure.js";

/** The customers of the project `j`'s deliverables that were not dropped, as `x`. */
const customersOfProject = verbatim(`(
  SELECT DISTINCT d.projectId, e.toId AS customerId FROM \`deliverable\` d JOIN \`deliverable_customers\` e ON e.recordId = d.id WHERE d.state <> 'DROPPED'
) x ON x.projectId = j.id`);

export const projectsWithCase: SummedFigure = {
  unit: "PERCENT",
  definition: "Projects whose business case is APPROVED, on the last day of the period or before ÷ all projects.",
  segmented: true,
  missing: "There is no project.",
  rows: ({ period: { to } }) => sqlOf`
    SELECT j.id AS id, '' AS withId, CASE WHEN b.state = 'APPROVED' AND (b.decidedOn IS NULL OR b.decidedOn <= ${to}) THEN 1 ELSE 0 END AS amount, 1 AS base,
      x.customerId AS customerId
    FROM \`project\` j LEFT JOIN \`business_case\` b ON b.id = j.businessCaseId LEFT JOIN ${customersOfProject}`,
};

export const projectSlip: SummedFigure = {
  unit: "DAYS",
  definition:
    "Sum of the days between the approved end and the actual, else the planned end ÷ projects that are PLANNED, UNDERWAY or ON_HOLD, or ended in the period. Those without one of the two days are unknown.",
  segmented: true,
  missing: "No such project has both an approved end and an actual or planned one.",
  rows: ({ period: { from, to } }) => sqlOf`
    SELECT j.id AS id, '' AS withId, j.slipDays AS amount, 1 AS base, x.customerId AS customerId
    FROM \`project\` j LEFT JOIN ${customersOfProject}
    WHERE j.status IN ('PLANNED', 'UNDERWAY', 'ON_HOLD') OR (j.status = 'COMPLETED' AND j.actualEnd >= ${from} AND j.actualEnd <= ${to})`,
};

interface Phase {
  readonly status: string;
  readonly since: string;
}

export const newServices: ListedFigure = {
  unit: "PERCENT",
  definition:
    "Services that first became OPERATIONAL in the period and support an objective of a customer that was not withdrawn ÷ services that first became OPERATIONAL in the period.",
  segmented: false,
  missing: "No service became OPERATIONAL in the period.",
  async list({ reading, period: { from, to } }) {
    const found = await searchOf(reading, () => verbatim("")).rows(sqlOf`
      SELECT s.id, s.statusHistory, EXISTS (
        SELECT 1 FROM \`business_objective_supported_by\` b JOIN \`business_objective\` o ON o.id = b.recordId AND o.state <> 'WITHDRAWN' WHERE b.serviceId = s.id)
      FROM \`service\` s WHERE s.section <> 'PIPELINE' ORDER BY s.id`);
    return found.flatMap(([id, history, supports]) => {
      const first = (JSON.parse(textOrNull(history) ?? "[]") as Phase[])
        .filter(({ status }) => status === "OPERATIONAL")
        .map(({ since }) => since)
        .sort()[0];
      return first !== undefined && first >= from && first <= to ? [{ id: text(id), withId: "", amount: Number(supports), base: 1, segment: null }] : [];
    });
  },
};

const { freshness } = VERDICTS;
/** "180 days (Customer, Project)", the shortest limit first. */
const limits = [...groupBy(QUALITY_TYPES, (type) => freshness[type].good)]
  .sort(([a], [b]) => a - b)
  .map(([days, types]) => `${days} days (${types.join(", ")})`)
  .join(", ");

export const recordsVerified: SummedFigure = {
  unit: "PERCENT",
  definition: `Main records verified within their limit before the last day of the period, or before today, where the period goes on ÷ all of them. Limits: ${limits}. What has ended by today is left out. Those verified after the last day are unknown: what was so before is not kept.`,
  segmented: false,
  missing: "There is no record.",
  rows({ today, period: { to } }) {
    const last = to < today ? to : today;
    return QUALITY_TYPES.map((type) => {
      const { table, live } = recordsOfUse(type);
      return sqlOf`
      SELECT t.id AS id, '' AS withId, CASE WHEN t.verifiedOn > ${last} THEN NULL WHEN t.verifiedOn >= ${daysAfter(last, -freshness[type].good)} THEN 1 ELSE 0 END AS amount,
        1 AS base, NULL AS customerId FROM ${verbatim(`\`${table}\``)} t WHERE ${verbatim(live)}`;
    }).reduce((all, one) => sqlOf`${all} UNION ALL ${one}`);
  },
};
