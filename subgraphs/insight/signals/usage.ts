/** Services that are used without an agreement. */
import { daysAfter } from "../../kernel/dates.js";
import { SIGNALS } from "../rules.js";
import { text, textOrNull } from "../search.js";
import { inForce, lastDayOf, sqlOf } from "../sql.js";
import { type Kind } from "./kind.js";

const { recentDays, severity, critical } = SIGNALS.usage;

export const serviceWithoutAgreement: Kind = {
  rule: `A customer's newest recorded usage of a service of the catalogue ends within ${recentDays} days, and neither on its last day nor today does an agreement that names both hold. ${severity}, ${critical} where the customer has a MISSION_CRITICAL dependency on the service. It counts from the day after the last such agreement, else from the first such usage. An agreement of the customer's parent does not count.`,
  async find({ today, within, rows }) {
    const agreed = sqlOf`\`agreement_parties\` p JOIN \`agreement\` a ON a.id = p.recordId JOIN \`agreement_services\` v ON v.recordId = a.id AND v.toId = n.serviceId`;
    const found = await rows(sqlOf`
      SELECT n.customerId, n.serviceId, s.name, n.beginning, n.ending,
        (SELECT MAX(${lastDayOf("a")}) FROM ${agreed} WHERE p.partyId = n.customerId AND a.state IN ('ACTIVE', 'UNDER_REVIEW', 'EXPIRED', 'TERMINATED')),
        EXISTS (SELECT 1 FROM \`service_dependency\` d WHERE d.customerId = n.customerId AND d.serviceId = n.serviceId AND d.criticality = 'MISSION_CRITICAL'
          AND (d.validTo IS NULL OR d.validTo >= ${today}))
      FROM (
        SELECT u.customerId, u.serviceId, MIN(u.periodFrom) AS beginning, MAX(u.periodTo) AS ending
        FROM \`service_usage\` u
        WHERE u.periodTo >= ${daysAfter(today, -recentDays)} AND u.periodFrom <= ${today}${within("u.customerId")}
        GROUP BY u.customerId, u.serviceId
      ) n
      JOIN \`service\` s ON s.id = n.serviceId AND s.section = 'CATALOGUE'
      WHERE NOT EXISTS (SELECT 1 FROM ${agreed} WHERE p.partyId = n.customerId AND ${inForce("a", today)})
        AND NOT EXISTS (
          SELECT 1 FROM ${agreed}
          WHERE p.partyId = n.customerId AND a.state IN ('ACTIVE', 'UNDER_REVIEW', 'EXPIRED', 'TERMINATED') AND (a.startOn IS NULL OR a.startOn <= n.ending)
            AND (${lastDayOf("a")} IS NULL OR ${lastDayOf("a")} >= n.ending)
        )`);
    return found.map(([customerId, serviceId, name, from, to, ended, isCritical]) => {
      const last = textOrNull(ended);
      const after = last !== null && last < today ? daysAfter(last, 1) : null;
      return {
        about: [text(serviceId)],
        customerId: text(customerId),
        severity: Number(isCritical) ? critical : severity,
        since: after ?? text(from),
        why: `${text(name)} was used until ${text(to)} without an agreement in force; ${after === null ? "there has been none" : `the last one ended on ${last}`}.`,
        records: [text(serviceId)],
      };
    });
  },
};
