/** Applications that end, or lose those who know them, under live services. */
import { groupBy } from "../../kernel/groups.js";
import type { Sql } from "../../kernel/reads/conditions.js";
import { SIGNALS } from "../rules.js";
import { type Row, ids, text, textOrNull } from "../search.js";
import { sqlOf, validOn } from "../sql.js";
import { type Found, type Kind, raised, words } from "./kind.js";

/** The live services `s` that the application `a` supports, and the customers' dependencies `d` on them that are valid on `day`. */
const standingOn = (day: string): Sql => sqlOf`
  JOIN \`application_function\` f ON f.applicationId = a.id
  JOIN \`application_function_supports\` g ON g.recordId = f.id
  JOIN \`service\` s ON s.id = g.toId AND s.section = 'CATALOGUE'
  LEFT JOIN \`service_dependency\` d ON d.serviceId = s.id AND ${validOn("d", day)}`;

/** Who manages the application `a` today. */
const managerOf = (day: string): Sql => sqlOf`(
  SELECT MIN(m.holderId) FROM \`application_role\` m JOIN \`person\` n ON n.id = m.holderId AND n.active = 1
  WHERE m.applicationId = a.id AND m.role = 'MANAGER' AND ${validOn("m", day)})`;

/** One group of rows for each record and customer; rows without a customer only where none of the record's has one. */
function byCustomer(rows: readonly Row[], customerAt: number): { customerId: string | null; rows: Row[] }[] {
  return [...groupBy(rows, ([id]) => text(id)).values()].flatMap((same) => {
    const customers = groupBy(same, (row) => textOrNull(row[customerAt]));
    if (customers.size > 1) customers.delete(null);
    return [...customers].map(([customerId, theirs]) => ({ customerId, rows: theirs }));
  });
}
const names = (rows: readonly Row[], at: number): string => [...new Set(rows.map((row) => text(row[at])))].sort().join(", ");

const { byPhase } = SIGNALS.applications;

export const applicationEnding: Kind = {
  rule: `An application that is being phased out (${byPhase.PHASE_OUT}) or at the end of its life (${byPhase.END_OF_LIFE}) supports a service of the catalogue: one signal for each customer with a dependency on it that is valid today, or one where there is none. One higher where the customer's dependency is MISSION_CRITICAL and no project that is planned or under way has an open deliverable for the application.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT a.id, a.code, a.name, a.lifecycle, a.phases, a.createdAt, s.id, s.name, d.customerId, d.criticality, ${managerOf(today)},
        EXISTS (
          SELECT 1 FROM \`deliverable_applications\` e JOIN \`deliverable\` v ON v.id = e.recordId AND v.state = 'OPEN'
          JOIN \`project\` j ON j.id = v.projectId AND j.status IN ('PLANNED', 'UNDERWAY') WHERE e.applicationId = a.id
        )
      FROM \`application\` a ${standingOn(today)}
      WHERE a.lifecycle IN ('PHASE_OUT', 'END_OF_LIFE')${within("d.customerId")}`);
    return byCustomer(found, 8).map(({ customerId, rows: same }): Found => {
      const [id, code, name, lifecycle, phases, createdAt, , , , , manager, planned] = same[0]!;
      const severity = byPhase[lifecycle as keyof typeof byPhase];
      const critical = same.some((row) => row[9] === "MISSION_CRITICAL");
      const since = beginningOf(phases, text(lifecycle)) ?? text(createdAt).slice(0, 10);
      return {
        about: [text(id)],
        customerId,
        severity: critical && !Number(planned) ? raised(severity) : severity,
        since,
        why: `${text(code)} (${text(name)}) ${lifecycle === "END_OF_LIFE" ? "has been at the end of its life" : "has been in its phase-out"} since ${since} and supports ${names(same, 7)}${customerId === null ? "" : critical ? ", mission critical for the customer" : ", on which the customer depends"}; ${Number(planned) ? "a project changes it" : "no project changes it"}.`,
        records: ids([id, ...same.map((row) => row[6])]),
        callId: textOrNull(manager),
      };
    });
  },
};
/** When the application came into that phase; null where nobody has said so. */
function beginningOf(phases: Row[number] | undefined, lifecycle: string): string | null {
  const known = JSON.parse(textOrNull(phases) ?? "[]") as { lifecycle: string; startedOn: string }[];
  return known.find((phase) => phase.lifecycle === lifecycle)?.startedOn ?? null;
}

const { roleAlone, roleShared } = SIGNALS.applications;

export const applicationRoleLeft: Kind = {
  rule: `A developer, manager or owner of an application that supports a service of the catalogue is inactive, and the role is valid today: one signal for each customer with a dependency on it that is valid today, or one where there is none. ${roleShared}; ${roleAlone} where no team and nobody active holds the same role.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT r.id, r.role, h.id, h.name, COALESCE(h.inactiveSince, substr(h.createdAt, 1, 10)), a.id, a.code, a.name, s.id, s.name, d.customerId, ${managerOf(today)},
        EXISTS (
          SELECT 1 FROM \`application_role\` o LEFT JOIN \`person\` q ON q.id = o.holderId
          WHERE o.applicationId = a.id AND o.role = r.role AND (q.id IS NULL OR q.active = 1) AND ${validOn("o", today)}
        )
      FROM \`application_role\` r
      JOIN \`person\` h ON h.id = r.holderId AND h.active = 0
      JOIN \`application\` a ON a.id = r.applicationId ${standingOn(today)}
      WHERE r.role IN ('DEVELOPER', 'MANAGER', 'BUSINESS_OWNER', 'IT_OWNER') AND ${validOn("r", today)}${within("d.customerId")}`);
    return byCustomer(found, 10).map(({ customerId, rows: same }): Found => {
      const [id, role, person, holder, since, application, code, name, , , , manager, others] = same[0]!;
      return {
        about: [text(id)],
        customerId,
        severity: Number(others) ? roleShared : roleAlone,
        since: text(since),
        why: `${text(holder)}, ${words(role)} of ${text(code)} (${text(name)}), has left, and the role is still on record; ${Number(others) ? "others hold it too" : "nobody else holds it"}. It supports ${names(same, 9)}.`,
        records: ids([id, person, application, ...same.map((row) => row[8])]),
        callId: textOrNull(manager),
      };
    });
  },
};
