/** Agreements that end, and what they rest on. */
import { daysAfter, daysBetween } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { SIGNALS } from "../rules.js";
import { ids, text, textOrNull } from "../search.js";
import { customersOf, inForce, lastDayOf, ourSignatoryOf, sqlOf } from "../sql.js";
import { type Kind, count } from "./kind.js";

const { soonDays } = SIGNALS.notice;

export const noticePeriod: Kind = {
  rule: `An agreement in force has an end and days of notice, and the last day to give notice has come. One that renews by itself is MEDIUM, any other HIGH, and CRITICAL from ${soonDays} days before its end on. Without an end or days of notice nothing is said.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT a.id, a.code, a.title, a.endOn, a.noticeDays, a.renewal, p.partyId, ${ourSignatoryOf("a")}
      FROM \`agreement\` a LEFT JOIN ${customersOf("a")}
      WHERE ${inForce("a", today)} AND a.endOn IS NOT NULL AND a.noticeDays IS NOT NULL${within("p.partyId")}`);
    return found.flatMap(([id, code, title, endOn, noticeDays, renewal, customerId, signatory]) => {
      const noticeBy = daysAfter(text(endOn), -Number(noticeDays));
      if (noticeBy > today) return [];
      const tacit = renewal === "TACIT";
      const left = daysBetween(today, text(endOn));
      return {
        about: [text(id)],
        customerId: textOrNull(customerId),
        severity: tacit ? "MEDIUM" : left <= soonDays ? "CRITICAL" : "HIGH",
        since: noticeBy,
        why: `${text(code)} (${text(title)}) ends on ${text(endOn)}, in ${count(left, "day")}; the last day to give notice was ${noticeBy}. ${RENEWALS[text(renewal)] ?? "Nobody has said whether it renews by itself"}.`,
        records: [text(id)],
        callId: textOrNull(signatory),
      };
    });
  },
};
const RENEWALS: Readonly<Record<string, string>> = {
  TACIT: "It renews by itself",
  EXPRESS: "It does not go on unless both sides say so",
  NEVER: "It does not renew",
};

const underpinning = SIGNALS.underpinning;

export const underpinningGap: Kind = {
  rule: `An agreement in force with a customer rests on one that ends sooner, or whose comparable targets (same metric, comparator, unit and window) all promise less than the target that rests on it. MEDIUM; HIGH where the lower one has ended or ends within ${underpinning.soonDays} days. What cannot be compared is not said to be weaker.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT u.id, a.id, a.code, a.startOn, a.endOn, b.id, b.code, b.state, ${lastDayOf("b")}, p.partyId, u.targetId, t.comparator, t.value, l.value, t.unit, ${ourSignatoryOf("a")}, u.createdAt
      FROM \`underpinning\` u
      JOIN \`agreement\` a ON a.id = u.upperId AND ${inForce("a", today)}
      JOIN \`agreement\` b ON b.id = u.lowerId
      JOIN ${customersOf("a")}
      LEFT JOIN \`service_level_target\` t ON t.id = u.targetId
      LEFT JOIN \`service_level_target\` l ON l.agreementId = b.id AND l.metric = t.metric AND l.comparator = t.comparator AND l.unit = t.unit
        AND (l.\`window\` = t.\`window\` OR (l.\`window\` IS NULL AND t.\`window\` IS NULL))
      WHERE 1 = 1${within("p.partyId")}`);
    return [...groupBy(found, ([id, , , , , , , , , customerId]) => `${text(id)} ${text(customerId)}`).values()].flatMap((same) => {
      const [id, upper, code, startOn, endOn, lower, lowerCode, state, lastDay, customerId, target, comparator, , , unit, signatory, createdAt] = same[0]!;
      const ended = state === "EXPIRED" || state === "TERMINATED" || (lastDay !== null && text(lastDay) < today);
      const sooner = lastDay !== null && lastDay !== undefined && (endOn === null || text(lastDay) < text(endOn));
      const compared = same.filter((row) => row[13] !== null);
      const weaker = compared.length > 0 && compared.every((row) => promisesLess(text(comparator), Number(row[13]), Number(row[12])));
      if (!sooner && !weaker) return [];
      const gaps = [
        ...(sooner ? [`${text(lowerCode)}, on which it rests, ${ended ? "ended" : "ends"} on ${text(lastDay)}`] : []),
        ...(weaker ? [`${text(lowerCode)} promises ${promised(compared[0]![13])} where ${promised(compared[0]![12])} ${text(unit)} are needed`] : []),
      ];
      return {
        about: [text(id)],
        customerId: textOrNull(customerId),
        severity: sooner && (ended || daysBetween(today, text(lastDay)) <= underpinning.soonDays) ? "HIGH" : "MEDIUM",
        since: sooner ? daysAfter(text(lastDay), 1) : (textOrNull(startOn) ?? text(createdAt).slice(0, 10)),
        why: `${text(code)} ${endOn === null ? "has no end" : `holds until ${text(endOn)}`}: ${gaps.join("; ")}.`,
        records: ids([id, upper, lower, target]),
        callId: textOrNull(signatory),
      };
    });
  },
};

function promisesLess(comparator: string, lower: number, upper: number): boolean {
  return comparator === "AT_LEAST" ? lower < upper : comparator === "AT_MOST" ? lower > upper : lower !== upper;
}
/** Targets are kept in millionths. */
const promised = (value: unknown): string => String(Number(value) / 1_000_000);
