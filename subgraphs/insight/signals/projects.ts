/** Projects that will deliver later than was promised. */
import { groupBy } from "../../kernel/groups.js";
import { SIGNALS } from "../rules.js";
import { type Kind, count, daysBetween, ids, text } from "./kind.js";
import { customersOf, inForce, sqlOf } from "./sql.js";

const { lateDays } = SIGNALS.projects;

export const promiseSlipping: Kind = {
  rule: `An open deliverable for a customer, of a project that is planned, under way or on hold, is due after the day by which the project was approved to end, and its service is covered by an agreement in force with that customer. MEDIUM; HIGH where the project is RED or ${lateDays} days late; CRITICAL where an obligation of the provider under that agreement is due between the two days. It counts from the approved end, which may lie ahead.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT d.id, d.dueOn, j.id, j.code, j.name, j.health, j.approvedEnd, a.id, a.code, p.partyId, s.id, s.name, o.id, o.dueOn
      FROM \`deliverable\` d
      JOIN \`project\` j ON j.id = d.projectId AND j.status IN ('PLANNED', 'UNDERWAY', 'ON_HOLD') AND j.approvedEnd < d.dueOn
      JOIN \`service\` s ON s.id = d.serviceId
      JOIN \`deliverable_customers\` c ON c.recordId = d.id
      JOIN \`agreement_services\` v ON v.toId = d.serviceId
      JOIN \`agreement\` a ON a.id = v.recordId AND ${inForce("a", today)}
      JOIN ${customersOf("a")} AND p.partyId = c.toId
      LEFT JOIN \`obligation\` o ON o.agreementId = a.id AND o.obligor = 'PROVIDER' AND o.state = 'PENDING' AND o.dueOn >= j.approvedEnd AND o.dueOn < d.dueOn
      WHERE d.state = 'OPEN'${within("p.partyId")}`);
    return [...groupBy(found, (row) => [row[0], row[7], row[9]].join(" ")).values()].map((same) => {
      const [id, dueOn, project, code, name, health, approvedEnd, agreement, agreementCode, customerId, service, serviceName] = same[0]!;
      const owed = same.flatMap((row) => (row[13] === null ? [] : text(row[13]))).sort()[0];
      const days = daysBetween(text(approvedEnd), text(dueOn));
      return {
        about: [text(id), text(agreement)],
        customerId: text(customerId),
        severity: owed ? "CRITICAL" : health === "RED" || days >= lateDays ? "HIGH" : "MEDIUM",
        since: text(approvedEnd),
        why: `${text(code)} (${text(name)}), approved to end on ${text(approvedEnd)}, is to deliver to ${text(serviceName)} on ${text(dueOn)}, ${count(days, "day")} later; ${text(agreementCode)} promises the service${owed ? `, and the provider owes something by it on ${owed}` : ""}.`,
        records: ids(id, agreement, project, service, ...same.map((row) => row[12])),
      };
    });
  },
};
