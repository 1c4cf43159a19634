/** What customers see in services, period by period. */
import { daysAfter } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { SIGNALS } from "../rules.js";
import { type Search, ids, text } from "../search.js";
import { customersOf, inForce, sqlOf } from "../sql.js";
import { type Kind } from "./kind.js";

const { fall, steep, recentDays, farBelow } = SIGNALS.value;
/** How far back periods are compared, in days. */
const COMPARED_DAYS = 2 * 365;

interface Opinion {
  readonly customerId: string;
  readonly serviceId: string;
  readonly service: string;
  /** The mean of a period's assessments; newest first. */
  readonly periods: readonly { readonly periodTo: string; readonly mean: number }[];
}

/** What each customer sees in each service, where the newest period is recent. */
async function opinionsOf({ today, within, rows }: Search): Promise<Opinion[]> {
  const found = await rows(sqlOf`
    SELECT v.customerId, v.serviceId, s.name, v.periodTo, v.total, v.voices
    FROM (
      SELECT w.customerId, w.serviceId, w.periodTo, SUM(w.perceivedValue) AS total, COUNT(*) AS voices
      FROM \`value_assessment\` w
      WHERE w.perceivedValue IS NOT NULL AND w.periodTo >= ${daysAfter(today, -COMPARED_DAYS)} AND w.periodTo <= ${today}${within("w.customerId")}
      GROUP BY w.customerId, w.serviceId, w.periodTo
    ) v
    JOIN \`service\` s ON s.id = v.serviceId
    ORDER BY v.periodTo DESC`);
  const pairs = groupBy(found, ([customerId, serviceId]) => `${text(customerId)} ${text(serviceId)}`);
  return [...pairs.values()].flatMap((same) => {
    const [customerId, serviceId, service] = same[0]!.map(text) as [string, string, string];
    const periods = same.map((row) => ({ periodTo: text(row[3]), mean: Number(row[4]) / Number(row[5]) }));
    return periods[0]!.periodTo < daysAfter(today, -recentDays) ? [] : { customerId, serviceId, service, periods };
  });
}
const shown = (mean: number): string => String(Math.round(mean * 10) / 10);

export const valueFalling: Kind = {
  rule: `The mean of a period's assessments of a service by a customer lies ${fall} or more below that of the period before, or has fallen twice in a row by ${fall} or more together; the newest period ends within ${recentDays} days. MEDIUM, HIGH from a fall of ${steep} on. One period alone says nothing.`,
  async find(search) {
    return (await opinionsOf(search)).flatMap(({ customerId, serviceId, service, periods: [last, before, first] }) => {
      if (!last || !before) return [];
      const twice = first !== undefined && last.mean < before.mean && before.mean < first.mean;
      const [from, drop] = twice ? [first, first.mean - last.mean] : [before, before.mean - last.mean];
      if (drop < fall) return [];
      return {
        about: [serviceId],
        customerId,
        severity: drop >= steep ? "HIGH" : "MEDIUM",
        since: last.periodTo,
        why: `The value seen in ${service} fell ${twice ? "twice in a row, " : ""}from ${shown(from.mean)} (until ${from.periodTo}) to ${shown(last.mean)} (until ${last.periodTo}).`,
        records: [serviceId],
      };
    });
  },
};

export const valueBelowFloor: Kind = {
  rule: `The mean of the newest period's assessments of a service by a customer, which ends within ${recentDays} days, lies below the satisfaction floor of an agreement in force that covers the service for that customer. HIGH, CRITICAL where it lies ${farBelow} or more below. Just at the floor is enough; without an assessment nothing is said.`,
  async find(search) {
    const opinions = new Map((await opinionsOf(search)).map((opinion) => [`${opinion.customerId} ${opinion.serviceId}`, opinion]));
    const floors = await search.rows(sqlOf`
      SELECT a.id, a.code, a.satisfactionFloor, p.partyId, v.toId
      FROM \`agreement\` a JOIN ${customersOf("a")} JOIN \`agreement_services\` v ON v.recordId = a.id
      WHERE ${inForce("a", search.today)} AND a.satisfactionFloor IS NOT NULL${search.within("p.partyId")}`);
    return floors.flatMap(([agreement, code, floor, customerId, serviceId]) => {
      const opinion = opinions.get(`${text(customerId)} ${text(serviceId)}`);
      const last = opinion?.periods[0];
      if (!opinion || !last || last.mean >= Number(floor)) return [];
      return {
        about: [text(agreement), text(serviceId)],
        customerId: text(customerId),
        severity: Number(floor) - last.mean >= farBelow ? "CRITICAL" : "HIGH",
        since: last.periodTo,
        why: `The value seen in ${opinion.service} is ${shown(last.mean)} (until ${last.periodTo}); ${text(code)} promises ${text(floor)} at least.`,
        records: ids([agreement, serviceId]),
      };
    });
  },
};
