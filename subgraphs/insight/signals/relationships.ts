/** How provider and customer keep in touch, and with whom. */
import { daysBetween } from "../../kernel/dates.js";
import { SIGNALS } from "../rules.js";
import { ids, text } from "../search.js";
import { sqlOf, validOn } from "../sql.js";
import { type Kind, count } from "./kind.js";

const { lateDays } = SIGNALS.reviews;

export const reviewOverdue: Kind = {
  rule: `The day by which the next review of a relationship was to be held has passed, and the customer has not left. MEDIUM, HIGH after ${lateDays} days. Where no day is set nothing is said.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT r.id, r.customerId, r.nextReviewDue
      FROM \`relationship\` r JOIN \`customer\` c ON c.id = r.customerId AND c.lifecycle <> 'FORMER'
      WHERE r.nextReviewDue < ${today}${within("r.customerId")}`);
    return found.map(([id, customerId, due]) => {
      const days = daysBetween(text(due), today);
      return {
        about: [text(id)],
        customerId: text(customerId),
        severity: days > lateDays ? "HIGH" : "MEDIUM",
        since: text(due),
        why: `The review of the relationship was to be held by ${text(due)}, ${count(days, "day")} ago.`,
        records: [text(id)],
      };
    });
  },
};

const { alone, shared } = SIGNALS.decisionMakers;

export const decisionMakerLeft: Kind = {
  rule: `A decision maker of a customer that has not left is inactive, and the part is valid today. ${shared}; ${alone} where nobody active decides for the customer today.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT k.id, k.customerId, h.id, h.name, COALESCE(h.inactiveSince, substr(h.createdAt, 1, 10)),
        EXISTS (
          SELECT 1 FROM \`stakeholder\` o JOIN \`person\` q ON q.id = o.personId AND q.active = 1
          WHERE o.customerId = k.customerId AND o.role = 'DECISION_MAKER' AND ${validOn("o", today)}
        )
      FROM \`stakeholder\` k
      JOIN \`person\` h ON h.id = k.personId AND h.active = 0
      JOIN \`customer\` c ON c.id = k.customerId AND c.lifecycle <> 'FORMER'
      WHERE k.role = 'DECISION_MAKER' AND ${validOn("k", today)}${within("k.customerId")}`);
    return found.map(([id, customerId, person, name, since, others]) => ({
      about: [text(id)],
      customerId: text(customerId),
      severity: Number(others) ? shared : alone,
      since: text(since),
      why: `${text(name)}, who decides for the customer, has left, and the part is still on record; ${Number(others) ? "somebody else decides too" : "nobody else decides"}.`,
      records: ids([id, person]),
    }));
  },
};
