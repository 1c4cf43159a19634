/** Value, as a verdict: what a customer feels a service to be worth in a period, against what it pays and what the market asks. */
import { mapInTurns } from "../../../transport/turns.js";
import { daysAfter } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { type Period, monthsBefore } from "../period.js";
import type { Reading } from "../reading.js";
import { VERDICTS } from "../rules.js";
import type { Scope } from "../scopes.js";
import { type Search, ids, searchOf, text, textOrNull } from "../search.js";
import { lastDayOf, listOf, sqlOf, verbatim } from "../sql.js";
import { type Input, showAmount } from "./verdict.js";

const { enough, benchmarkMonths, recentDays } = VERDICTS.value;

/** From the worst to the best; what is not known stands apart. */
export const VALUE_KINDS = ["POOR", "CHEAP_BUT_LOW_VALUE", "VALUE_GOOD_PRICE_HIGH", "VALUE_AND_PRICE_GOOD", "UNKNOWN"] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** The verdict on a service for a customer. */
export interface ValueVerdict {
  readonly customerId: string;
  /** Null where the customer does not exist. */
  readonly segment: string | null;
  readonly serviceId: string;
  readonly verdict: ValueKind;
  /** The sum and the number of what was answered, 0 to 100 each; null where nobody answered. */
  readonly perceived: { readonly total: number; readonly voices: number } | null;
  readonly cost: Price | null;
  /** Twice the median of the competitors' prices, in minor units of the currency of `cost`, so that it is whole. */
  readonly doubleMedian: number | null;
  readonly inputs: readonly Input[];
  /** What is missing, a sentence for each side of which nothing can be said. */
  readonly missing: readonly string[];
}
interface Price {
  readonly minor: number;
  readonly currency: string;
  readonly per: string;
}

/** When it is which verdict, in words. */
export const VALUE_RULE = `Perceived value is the mean of the assessments whose period ends within the period asked about; without one, of the newest that ended within the last ${recentDays} days. Cost is the price of the offering tailored for the customer, else of the standard one, as it is today. The market is the median of what competitors asked for the same unit and currency within ${benchmarkMonths} months before the end of the period. Value is good from ${enough} on, the price up to the median. Where a side is missing it is UNKNOWN.`;

type Pair = readonly [customerId: string, serviceId: string];
const keyOf = (customerId: unknown, serviceId: unknown): string => `${String(customerId)} ${String(serviceId)}`;

/** The last day of what is asked about: of the period, or today where it goes on. */
const endOf = (period: Period | null, today: string): string => (period && period.to < today ? period.to : today);

/**
 * The verdicts on the services of those customers, by customer and service. A customer has a service that an agreement covers, it uses, its
 * business stands on or it has assessed, in the period, or today; usage and assessments of the last year count as today's.
 */
export async function findValues(reading: Reading, within: Scope, period: Period | null): Promise<ValueVerdict[]> {
  const search = searchOf(reading, within);
  const held = await search.rows(pairsOf(search, period));
  const pairs = await mapInTurns(
    held,
    ([customerId, serviceId, segment]) => ({ customerId: text(customerId), serviceId: text(serviceId), segment: textOrNull(segment) }),
    IN_ONE_TURN,
  );
  return judge(search, pairs, period);
}

/** The verdicts on those pairs of customer and service, whether or not the customer has the service. */
export async function judgeValues(reading: Reading, pairs: readonly Pair[], period: Period | null): Promise<ValueVerdict[]> {
  const customers = [...new Set(pairs.map(([customerId]) => customerId))];
  const search = searchOf(reading, (column) => sqlOf` AND ${verbatim(column)} IN (${listOf(customers)})`);
  const found = await search.rows(sqlOf`SELECT c.id, c.segment FROM \`customer\` c WHERE 1 = 1${search.within("c.id")}`);
  const segmentOf = new Map(found.map(([id, segment]) => [text(id), text(segment)]));
  const asked = pairs.map(([customerId, serviceId]) => ({ customerId, serviceId, segment: segmentOf.get(customerId) ?? null }));
  return judge(search, asked, period);
}

/** Which customer has which service, and in which segment the customer is. */
function pairsOf({ today, within }: Search, period: Period | null) {
  const held = period ?? { from: today, to: today };
  const seen = period ?? { from: daysAfter(today, -recentDays), to: today };
  const agreed = sqlOf`a.state IN ('ACTIVE', 'UNDER_REVIEW', 'EXPIRED', 'TERMINATED') AND (a.startOn IS NULL OR a.startOn <= ${held.to})
    AND (${lastDayOf("a")} >= ${held.from} OR (a.state IN ('ACTIVE', 'UNDER_REVIEW') AND a.endOn IS NULL))`;
  return sqlOf`
    WITH asked AS (SELECT c.id, c.segment FROM \`customer\` c WHERE 1 = 1${within("c.id")})
    SELECT x.customerId, x.serviceId, k.segment FROM (
      SELECT p.partyId AS customerId, v.toId AS serviceId
      FROM asked q JOIN \`agreement_parties\` p ON p.partyId = q.id JOIN \`agreement\` a ON a.id = p.recordId AND ${agreed}
      JOIN \`agreement_services\` v ON v.recordId = a.id
      UNION SELECT u.customerId, u.serviceId FROM asked q JOIN \`service_usage\` u ON u.customerId = q.id AND u.periodTo >= ${seen.from} AND u.periodFrom <= ${seen.to}
      UNION SELECT d.customerId, d.serviceId FROM asked q JOIN \`service_dependency\` d ON d.customerId = q.id
        AND (d.validFrom IS NULL OR d.validFrom <= ${held.to}) AND (d.validTo IS NULL OR d.validTo >= ${held.from})
      UNION SELECT w.customerId, w.serviceId FROM asked q JOIN \`value_assessment\` w ON w.customerId = q.id AND w.periodTo >= ${seen.from} AND w.periodTo <= ${seen.to}
    ) x JOIN asked k ON k.id = x.customerId
    ORDER BY x.customerId, x.serviceId`;
}

/** Pairs that are judged in one turn of the event loop. */
const IN_ONE_TURN = 2_000;
/** Beyond so many services, prices are read of all rather than of those. */
const MOST_NAMED = 5_000;

interface Assessment {
  readonly id: string;
  readonly periodTo: string;
  readonly perceived: number;
}
interface Offering {
  readonly id: string;
  readonly label: string;
  readonly tailored: boolean;
  readonly price: Price | null;
}
interface Benchmark extends Price {
  readonly id: string;
  readonly competitor: string;
}

async function judge(
  { rows, today, within }: Search,
  pairs: readonly { readonly customerId: string; readonly serviceId: string; readonly segment: string | null }[],
  period: Period | null,
): Promise<ValueVerdict[]> {
  const services = ids(pairs.map(({ serviceId }) => serviceId));
  if (services.length === 0) return [];
  const among = (column: string) => (services.length > MOST_NAMED ? verbatim("") : sqlOf` AND ${verbatim(column)} IN (${listOf(services)})`);
  const end = endOf(period, today);
  const [since, oldest] = [period?.from ?? daysAfter(today, -recentDays), monthsBefore(end, benchmarkMonths)];
  const [assessed, offered, asked] = await Promise.all([
    rows(sqlOf`
      SELECT w.id, w.customerId, w.serviceId, w.periodTo, w.perceivedValue FROM \`value_assessment\` w
      WHERE w.perceivedValue IS NOT NULL AND w.periodTo >= ${since} AND w.periodTo <= ${period?.to ?? today}${within("w.customerId")}
      ORDER BY w.periodTo DESC, w.id`),
    rows(sqlOf`
      SELECT o.id, o.serviceId, o.tailoredForId, o.package, o.priceAmount, o.priceCurrency, o.per
      FROM \`service_offering\` o WHERE 1 = 1${among("o.serviceId")} ORDER BY o.id`),
    rows(sqlOf`
      SELECT b.id, b.serviceId, b.competitor, b.unitPriceAmount, b.unitPriceCurrency, b.per
      FROM \`competitor_benchmark\` b WHERE b.observedOn >= ${oldest} AND b.observedOn <= ${end}${among("b.serviceId")} ORDER BY b.observedOn, b.id`),
  ]);
  const assessments = groupBy(
    assessed,
    ([, customerId, serviceId]) => keyOf(customerId, serviceId),
    ([id, , , periodTo, perceived]): Assessment => ({ id: text(id), periodTo: text(periodTo), perceived: Number(perceived) }),
  );
  const offerings = groupBy(
    offered,
    ([, serviceId, tailoredFor]) => keyOf(tailoredFor ?? "", serviceId),
    ([id, , tailoredFor, label, minor, currency, per]): Offering => ({
      id: text(id),
      label: text(label),
      tailored: tailoredFor !== null,
      price: minor === null ? null : { minor: Number(minor), currency: text(currency), per: text(per) },
    }),
  );
  const benchmarks = groupBy(
    asked,
    ([, serviceId]) => text(serviceId),
    ([id, , competitor, minor, currency, per]): Benchmark => ({
      id: text(id),
      competitor: text(competitor),
      minor: Number(minor),
      currency: text(currency),
      per: text(per),
    }),
  );
  const judgeOne = ({ customerId, serviceId, segment }: (typeof pairs)[number]): ValueVerdict => {
    const own = assessments.get(keyOf(customerId, serviceId)) ?? [];
    const value = perceivedIn(period ? own : own.filter(({ periodTo }) => periodTo === own[0]!.periodTo), period);
    const cost = costIn(offerings.get(keyOf(customerId, serviceId)) ?? offerings.get(keyOf("", serviceId)) ?? []);
    const market = marketIn(benchmarks.get(serviceId) ?? [], cost.price, { from: oldest, to: end });
    return {
      ...{ customerId, segment, serviceId },
      verdict: verdictOf(value.perceived, cost.price, market.doubleMedian),
      perceived: value.perceived,
      cost: cost.price,
      doubleMedian: market.doubleMedian,
      inputs: [...value.inputs, ...cost.inputs, ...market.inputs],
      missing: [...value.missing, ...cost.missing, ...market.missing],
    };
  };
  return mapInTurns(pairs, judgeOne, IN_ONE_TURN);
}

function verdictOf(perceived: ValueVerdict["perceived"], cost: Price | null, doubleMedian: number | null): ValueKind {
  if (!perceived || !cost || doubleMedian === null) return "UNKNOWN";
  const good = perceived.total >= enough * perceived.voices;
  return cost.minor * 2 <= doubleMedian ? (good ? "VALUE_AND_PRICE_GOOD" : "CHEAP_BUT_LOW_VALUE") : good ? "VALUE_GOOD_PRICE_HIGH" : "POOR";
}

/** Whether the customer pays more than the market asks; null where nobody can say. */
export const isAboveMarket = ({ cost, doubleMedian }: Pick<ValueVerdict, "cost" | "doubleMedian">): boolean | null =>
  cost && doubleMedian !== null ? cost.minor * 2 > doubleMedian : null;

// --- its three sides ---

function perceivedIn(assessments: readonly Assessment[], period: Period | null) {
  const inputs = assessments.map(({ id, perceived }): Input => ({ name: "perceived value", value: String(perceived), recordId: id }));
  if (assessments.length > 0)
    return { perceived: { total: assessments.reduce((sum, { perceived }) => sum + perceived, 0), voices: assessments.length }, inputs, missing: [] };
  const when = period ? `from ${period.from} to ${period.to}` : `within the last ${recentDays} days`;
  return { perceived: null, inputs, missing: [`Perceived value: nobody was asked ${when}.`] };
}

/** Offerings at the same price are one; where prices differ, nobody can say which the customer pays. */
function costIn(offerings: readonly Offering[]) {
  const inputs = offerings.map(({ id, price }): Input => ({
    name: "price",
    value: price && `${showAmount(price.minor, price.currency)} per ${price.per}`,
    recordId: id,
  }));
  const [offering] = offerings;
  const prices = new Set(offerings.map(({ price }) => JSON.stringify(price)));
  const missing = !offering
    ? "Cost: the service has no offering."
    : prices.size > 1
      ? `Cost: which of its ${offerings.length} ${offering.tailored ? "tailored" : "standard"} offerings the customer takes is not recorded.`
      : offering.price === null
        ? `Cost: the offering ${offering.label} has no price.`
        : null;
  return { price: missing === null ? offering!.price : null, inputs, missing: missing === null ? [] : [missing] };
}

function marketIn(benchmarks: readonly Benchmark[], cost: Price | null, { from, to }: Period) {
  const comparable = benchmarks.filter(({ per, currency }) => !cost || (per === cost.per && currency === cost.currency));
  const inputs = comparable.map(({ id, minor, currency, per }): Input => ({
    name: "competitor's price",
    value: `${showAmount(minor, currency)} per ${per}`,
    recordId: id,
  }));
  if (comparable.length === 0) {
    const unit = cost ? ` per ${cost.per} in ${cost.currency}` : "";
    return { doubleMedian: null, inputs, missing: [`Market: no competitor's price${unit} was observed from ${from} to ${to}.`] };
  }
  if (!cost) return { doubleMedian: null, inputs, missing: [] };
  const prices = comparable.map(({ minor }) => minor).sort((a, b) => a - b);
  const [lower, upper] = [prices[(prices.length - 1) >> 1]!, prices[prices.length >> 1]!];
  return { doubleMedian: lower + upper, inputs, missing: [] };
}
