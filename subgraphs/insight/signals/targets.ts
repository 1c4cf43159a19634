/** Targets that are missed again and again. */
import { daysAfter } from "../../kernel/dates.js";
import { DECIMAL_SCALE, formatDecimal } from "../../kernel/decimals.js";
import { SIGNALS } from "../rules.js";
import { ids, text, textOrNull } from "../search.js";
import { customersOf, inForce, ourSignatoryOf, sqlOf } from "../sql.js";
import { type Kind, count, words } from "./kind.js";

const { inARow, critical, recentDays } = SIGNALS.targets;

export const targetMissed: Kind = {
  rule: `The last ${inARow} or more periods of a target in which somebody has said whether it was met were all missed, the newest of them within ${recentDays} days. HIGH, CRITICAL from ${critical} in a row on. A period of which nobody has said so neither makes nor breaks the row.`,
  async find({ today, within, rows }) {
    const found = await rows(sqlOf`
      SELECT t.id, t.metric, t.comparator, t.value, t.unit, s.id, s.name, a.id, a.code, p.partyId, m.misses, m.beginning, m.ending, ${ourSignatoryOf("a")}
      FROM (
        SELECT x.targetId, COUNT(*) AS misses, MIN(x.periodFrom) AS beginning, MAX(x.periodTo) AS ending
        FROM \`service_level_achievement\` x
        LEFT JOIN (SELECT y.targetId, MAX(y.periodTo) AS periodTo FROM \`service_level_achievement\` y WHERE y.met = 1 GROUP BY y.targetId) k ON k.targetId = x.targetId
        WHERE x.met = 0 AND (k.periodTo IS NULL OR x.periodTo > k.periodTo)
        GROUP BY x.targetId
        HAVING COUNT(*) >= ${inARow} AND MAX(x.periodTo) >= ${daysAfter(today, -recentDays)}
      ) m
      JOIN \`service_level_target\` t ON t.id = m.targetId
      JOIN \`agreement\` a ON a.id = t.agreementId AND ${inForce("a", today)}
      LEFT JOIN ${customersOf("a")}
      LEFT JOIN \`service\` s ON s.id = t.serviceId
      WHERE 1 = 1${within("p.partyId")}`);
    return found.map(([id, metric, comparator, value, unit, service, name, agreement, code, customerId, misses, from, to, signatory]) => ({
      about: [text(id)],
      customerId: textOrNull(customerId),
      severity: Number(misses) >= critical ? "CRITICAL" : "HIGH",
      since: text(from),
      why: `${name === null ? "" : `${text(name)}: `}${words(metric)} ${words(comparator)} ${formatDecimal(Number(value), DECIMAL_SCALE)} ${text(unit)}, promised by ${text(code)}, was missed ${count(Number(misses), "time")} in a row, from ${text(from)} to ${text(to)}.`,
      records: ids([id, agreement, service]),
      callId: textOrNull(signatory),
    }));
  },
};
