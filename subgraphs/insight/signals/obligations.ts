/** Promises of either side that are late, broken, or broken and kept quiet. */
import { daysBetween } from "../../kernel/dates.js";
import { SIGNALS } from "../rules.js";
import { ids, text, textOrNull } from "../search.js";
import { customersOf, inForce, ourSignatoryOf, sqlOf } from "../sql.js";
import { type Kind, type Severity, count, raised } from "./kind.js";

const { bySide, lateDays } = SIGNALS.obligations;
const severities = `The provider's are ${bySide.PROVIDER}, others' ${bySide.CUSTOMER}; one higher after ${lateDays} days.`;

const severityOf = (side: string, days: number): Severity => {
  const severity = bySide[side as keyof typeof bySide];
  return days > lateDays ? raised(severity) : severity;
};
const OBLIGORS: Readonly<Record<string, string>> = { PROVIDER: "the provider", CUSTOMER: "the customer side", SUPPLIER: "the supplier" };
const obligorOf = (side: unknown): string => OBLIGORS[String(side)]!;

export const obligationOverdue: Kind = {
  rule: `An obligation of an agreement in force is pending after the day on which it was due. ${severities} Without a day nothing is said.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT o.id, o.obligor, o.dueOn, a.id, a.code, p.partyId, ${ourSignatoryOf("a")}
      FROM \`obligation\` o JOIN \`agreement\` a ON a.id = o.agreementId AND ${inForce("a", today)} LEFT JOIN ${customersOf("a")}
      WHERE o.state = 'PENDING' AND o.dueOn < ${today}${within("p.partyId")}`);
    return found.map(([id, side, dueOn, agreement, code, customerId, signatory]) => {
      const days = daysBetween(text(dueOn), today);
      return {
        about: [text(id)],
        customerId: textOrNull(customerId),
        severity: severityOf(text(side), days),
        since: text(dueOn),
        why: `What ${obligorOf(side)} owes by ${text(code)} was due on ${text(dueOn)}, ${count(days, "day")} ago, and is pending.`,
        records: ids([id, agreement]),
        callId: textOrNull(signatory),
      };
    });
  },
};

export const obligationBroken: Kind = {
  rule: `An obligation of an agreement in force is breached and neither met since nor waived. ${severities} It counts from its newest breach.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT o.id, o.obligor, COALESCE((SELECT MAX(b.detectedOn) FROM \`obligation_breach\` b WHERE b.obligationId = o.id), o.dueOn, substr(o.createdAt, 1, 10)),
        a.id, a.code, p.partyId, ${ourSignatoryOf("a")}
      FROM \`obligation\` o JOIN \`agreement\` a ON a.id = o.agreementId AND ${inForce("a", today)} LEFT JOIN ${customersOf("a")}
      WHERE o.state = 'BREACHED'${within("p.partyId")}`);
    return found.map(([id, side, brokenOn, agreement, code, customerId, signatory]) => ({
      about: [text(id)],
      customerId: textOrNull(customerId),
      severity: severityOf(text(side), daysBetween(text(brokenOn), today)),
      since: text(brokenOn),
      why: `What ${obligorOf(side)} owes by ${text(code)} was broken on ${text(brokenOn)} and has not been made good.`,
      records: ids([id, agreement]),
      callId: textOrNull(signatory),
    }));
  },
};

export const breachNotDisclosed: Kind = {
  rule: `A breach of an obligation that is not made good, under an agreement in force with a customer, has not been disclosed to the customer. ${severities}`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT b.id, b.detectedOn, o.id, o.obligor, a.id, a.code, p.partyId
      FROM \`obligation_breach\` b
      JOIN \`obligation\` o ON o.id = b.obligationId AND o.state = 'BREACHED'
      JOIN \`agreement\` a ON a.id = o.agreementId AND ${inForce("a", today)}
      JOIN ${customersOf("a")}
      WHERE b.disclosedToCustomerOn IS NULL${within("p.partyId")}`);
    return found.map(([id, detectedOn, obligation, side, agreement, code, customerId]) => {
      const days = daysBetween(text(detectedOn), today);
      return {
        about: [text(id)],
        customerId: text(customerId),
        severity: severityOf(text(side), days),
        since: text(detectedOn),
        why: `What ${obligorOf(side)} owes by ${text(code)} was broken; it was found on ${text(detectedOn)}, ${count(days, "day")} ago, and the customer has not been told.`,
        records: ids([id, obligation, agreement]),
      };
    });
  },
};
