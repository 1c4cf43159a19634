/** How well a relationship stands: what both sides say of it and put into it, what the customer sees in services, and what it complains about. */
import { daysAfter } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { VERDICTS } from "../rules.js";
import { text, textOrNull } from "../search.js";
import { sqlOf } from "../sql.js";
import { averageOf } from "../sums.js";
import { customerIds } from "./customers.js";
import { type Verdict, type VerdictKind, fromOn, levelBetween } from "./verdict.js";

const { good, fair, weights, maturity, commitment, perComplaint } = VERDICTS.health;
const { recentDays } = VERDICTS.value;
type Part = keyof typeof weights;

/** What a part says, in hundredths of a point from 0 to 10,000; null where it says nothing. */
interface Said {
  readonly points: number | null;
  readonly value: string | null;
  readonly recordId: string | null;
}
const LABELS: Readonly<Record<Part, string>> = {
  providerMaturity: "maturity, as the provider finds it",
  customerMaturity: "maturity, as the customer finds it",
  providerCommitment: "commitment of the provider",
  customerCommitment: "commitment of the customer",
  perceivedValue: "perceived value",
  complaints: "open complaints",
  review: "next review",
};
const NOTHING: Said = { points: null, value: null, recordId: null };
const WHOLE = 100;

const said = (scale: Readonly<Record<string, number>>, choice: string | null, recordId: string): Said =>
  choice === null ? NOTHING : { points: scale[choice]! * WHOLE, value: choice, recordId };

export const health: VerdictKind = {
  type: "Customer",
  rule: `Points from 0 to 100 of ${Object.entries(weights)
    .map(([part, weight]) => `${LABELS[part as Part]} (${weight} %)`)
    .join(
      ", ",
    )}: GOOD from ${good}, FAIR from ${fair} on, else POOR. Perceived value is the mean over services, of each its newest assessed period within ${recentDays} days; an open complaint costs ${perComplaint} points, and is looked for where feedback was ever recorded; an overdue review has none. A part that is missing is taken at its best and at its worst; UNKNOWN where that makes a difference.`,
  async find(search) {
    const { rows, within, today } = search;
    const [customers, relationships, judgements, assessments, feedback] = await Promise.all([
      customerIds(search),
      rows(sqlOf`
        SELECT r.customerId, r.id, r.providerCommitment, r.customerCommitment, r.nextReviewDue FROM \`relationship\` r WHERE 1 = 1${within("r.customerId")}`),
      rows(sqlOf`
        SELECT r.customerId, m.side, m.level, m.id FROM \`maturity_assessment\` m JOIN \`relationship\` r ON r.id = m.relationshipId
        WHERE m.assessedOn <= ${today}${within("r.customerId")} ORDER BY m.assessedOn, m.id`),
      rows(sqlOf`
        SELECT w.customerId, w.serviceId, w.periodTo, SUM(w.perceivedValue), COUNT(*) FROM \`value_assessment\` w
        WHERE w.perceivedValue IS NOT NULL AND w.periodTo >= ${daysAfter(today, -recentDays)} AND w.periodTo <= ${today}${within("w.customerId")}
        GROUP BY w.customerId, w.serviceId, w.periodTo ORDER BY w.periodTo`),
      rows(sqlOf`
        SELECT f.customerId, SUM(CASE WHEN f.kind = 'COMPLAINT' AND f.state NOT IN ('CLOSED', 'REJECTED') THEN 1 ELSE 0 END) FROM \`feedback\` f
        WHERE f.receivedOn <= ${today}${within("f.customerId")} GROUP BY f.customerId`),
    ]);
    const relationshipOf = new Map(relationships.map((row) => [text(row[0]), row]));
    // Later ones replace earlier ones.
    const judgementOf = new Map(
      judgements.map(([customerId, side, level, id]) => [`${text(side)} ${text(customerId)}`, said(maturity, textOrNull(level), text(id))]),
    );
    const newest = new Map(assessments.map((row) => [`${text(row[0])} ${text(row[1])}`, row]));
    const means = groupBy(
      newest.values(),
      ([customerId]) => text(customerId),
      (row) => Number(row[3]) / Number(row[4]),
    );
    const complaintsOf = new Map(feedback.map(([customerId, open]) => [text(customerId), Number(open)]));
    return customers.map((customerId) => {
      const [, id, ours, theirs, due] = relationshipOf.get(customerId) ?? [];
      const reviewDue = textOrNull(due);
      const seen = means.get(customerId);
      const points = seen && Math.round((seen.reduce((sum, mean) => sum + mean, 0) / seen.length) * WHOLE);
      const open = complaintsOf.get(customerId);
      return judge(customerId, {
        providerMaturity: judgementOf.get(`PROVIDER ${customerId}`) ?? NOTHING,
        customerMaturity: judgementOf.get(`CUSTOMER ${customerId}`) ?? NOTHING,
        providerCommitment: said(commitment, textOrNull(ours), text(id)),
        customerCommitment: said(commitment, textOrNull(theirs), text(id)),
        perceivedValue: points === undefined ? NOTHING : { points, value: averageOf(String(points), 1, 2), recordId: null },
        complaints: open === undefined ? NOTHING : { points: Math.max(0, 100 - perComplaint * open) * WHOLE, value: String(open), recordId: null },
        review: reviewDue === null ? NOTHING : { points: reviewDue < today ? 0 : 100 * WHOLE, value: reviewDue, recordId: text(id) },
      });
    });
  },
};

function judge(recordId: string, parts: Readonly<Record<Part, Said>>): Verdict {
  const names = Object.keys(weights) as Part[];
  const known = names.filter((name) => parts[name].points !== null);
  const absent = names.filter((name) => parts[name].points === null);
  const least = known.reduce((sum, name) => sum + weights[name] * parts[name].points!, 0);
  const most = absent.reduce((sum, name) => sum + weights[name] * 100 * WHOLE, least);
  const level = fromOn({ good: good * 100 * WHOLE, fair: fair * 100 * WHOLE });
  return {
    recordId,
    level: levelBetween(level, least, most),
    value: absent.length > 0 ? null : averageOf(String(least), 100 * WHOLE, 0),
    inputs: known.map((name) => ({ name: LABELS[name], value: parts[name].value, recordId: parts[name].recordId })),
    missing: absent.map(
      (name) => `${LABELS[name].charAt(0).toUpperCase()}${LABELS[name].slice(1)}${name === "complaints" ? ": no feedback was ever recorded" : ""}.`,
    ),
  };
}
