/** Projects that will deliver later than was promised. */
import { daysBetween } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { SIGNALS } from "../rules.js";
import { type Row, type Search, ids, text } from "../search.js";
import { customersOf, inForce, sqlOf, verbatim } from "../sql.js";
import { type Kind, count } from "./kind.js";

const { lateDays } = SIGNALS.projects;

/** Open deliverables that are due after their project was approved to end. */
const LATE = verbatim(`\`deliverable\` d
  JOIN \`project\` j ON j.id = d.projectId AND j.status IN ('PLANNED', 'UNDERWAY', 'ON_HOLD') AND j.approvedEnd < d.dueOn AND d.state = 'OPEN'`);

const pair = (customerId: unknown, serviceId: unknown): string => `${String(customerId)} ${String(serviceId)}`;

export const promiseSlipping: Kind = {
  rule: `An open deliverable for a customer, of a project that is planned, under way or on hold, is due after the day by which the project was approved to end, and its service is covered by an agreement in force with that customer. MEDIUM; HIGH where the project is RED or ${lateDays} days late; CRITICAL where an obligation of the provider under that agreement is due between the two days. It counts from the approved end, which may lie ahead.`,
  async find(search) {
    // Joined here: many agreements of a service, or of a customer, times many of its deliverables are too many rows for the database.
    const [late, promises, owed] = await Promise.all([lateDeliverables(search), promisesOf(search), owedBy(search)]);
    const found = late.flatMap((row) => (promises.get(pair(row[7], row[8])) ?? []).map(([agreement, code]) => ({ row, agreement, agreementCode: code })));
    return found.map(({ row: [id, dueOn, project, code, name, health, approvedEnd, customerId, service, serviceName], agreement, agreementCode }) => {
      const before = (owed.get(text(agreement)) ?? []).filter(([, , day]) => text(day) >= text(approvedEnd) && text(day) < text(dueOn));
      const days = daysBetween(text(approvedEnd), text(dueOn));
      return {
        about: [text(id), text(agreement)],
        customerId: text(customerId),
        severity: before.length > 0 ? "CRITICAL" : health === "RED" || days >= lateDays ? "HIGH" : "MEDIUM",
        since: text(approvedEnd),
        why: `${text(code)} (${text(name)}), approved to end on ${text(approvedEnd)}, is to deliver to ${text(serviceName)} on ${text(dueOn)}, ${count(days, "day")} later; ${text(agreementCode)} promises the service${before.length > 0 ? `, and the provider owes something by it on ${text(before[0]![2])}` : ""}.`,
        records: ids([id, agreement, project, service, ...before.map(([, obligation]) => obligation)]),
      };
    });
  },
};

const lateDeliverables = ({ within, rows }: Search): Promise<readonly Row[]> =>
  rows(sqlOf`
    SELECT d.id, d.dueOn, j.id, j.code, j.name, j.health, j.approvedEnd, c.toId, s.id, s.name
    FROM ${LATE} JOIN \`service\` s ON s.id = d.serviceId JOIN \`deliverable_customers\` c ON c.recordId = d.id
    WHERE 1 = 1${within("c.toId")}`);

/** The agreements in force that promise a service to a customer, by both, of services that are late. */
async function promisesOf({ today, within, rows }: Search): Promise<Map<string, Row[]>> {
  const found = await rows(sqlOf`
    SELECT DISTINCT a.id, a.code, p.partyId, v.toId
    FROM \`agreement\` a JOIN ${customersOf("a")} JOIN \`agreement_services\` v ON v.recordId = a.id
    WHERE ${inForce("a", today)} AND v.toId IN (SELECT d.serviceId FROM ${LATE})${within("p.partyId")}`);
  return groupBy(found, ([, , customerId, serviceId]) => pair(customerId, serviceId));
}

/** What the provider owes by agreements with customers, the first due first. */
async function owedBy({ within, rows }: Search): Promise<Map<string, Row[]>> {
  const found = await rows(sqlOf`
    SELECT o.agreementId, o.id, o.dueOn FROM \`obligation\` o
    WHERE o.obligor = 'PROVIDER' AND o.state = 'PENDING' AND o.dueOn IS NOT NULL
      AND EXISTS (SELECT 1 FROM \`agreement_parties\` p WHERE p.recordId = o.agreementId${within("p.partyId")})
    ORDER BY o.dueOn, o.id`);
  return groupBy(found, ([agreement]) => text(agreement));
}
