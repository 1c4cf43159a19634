/** What a service costs the provider in a period, against what it is worth to the customers of each segment. */
import { groupBy } from "../../kernel/groups.js";
import { showMoney } from "../../kernel/decimals.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import { type Period, checkPeriod } from "../period.js";
import type { Reading } from "../reading.js";
import { SEGMENTS } from "../scopes.js";
import { searchOf, text } from "../search.js";
import { listOf, sqlOf, verbatim } from "../sql.js";
import { averageOf } from "../sums.js";
import { type ValueVerdict, findValues, isAboveMarket } from "./value.js";
import { countValues } from "./valueResolvers.js";

type OfService = { readonly id: string };
interface Spend {
  readonly kind: string;
  readonly amount: object | null;
  readonly costs: number;
}

/** The sums of the costs whose periods lie within the period, by service; of each kind and currency one. */
async function findSpend(reading: Reading, services: readonly string[], { from, to }: Period): Promise<ReadonlyMap<string, Spend[]>> {
  const { rows } = searchOf(reading, () => verbatim(""));
  const found = await rows(sqlOf`
    SELECT k.serviceId, k.kind, k.amountCurrency, SUM(k.amountAmount), COUNT(*) FROM \`service_cost\` k
    WHERE k.periodFrom >= ${from} AND k.periodTo <= ${to} AND k.serviceId IN (${listOf(services)})
    GROUP BY k.serviceId, k.kind, k.amountCurrency ORDER BY k.kind, k.amountCurrency`);
  return groupBy(
    found,
    ([service]) => text(service),
    ([, kind, currency, minor, costs]): Spend => ({
      kind: text(kind),
      amount: showMoney({ minor: Number(minor), currency: text(currency) }),
      costs: Number(costs),
    }),
  );
}

export const spendResolvers: Resolvers = {
  Service: {
    spend: ({ id }: OfService, args: { period: Period }, reading: Reading) => {
      const period = checkPeriod(args.period)!;
      return reading.load<readonly Spend[]>(`spend ${JSON.stringify(period)}`, id, [], (ids) => findSpend(reading, ids, period));
    },
    valueBySegment: async ({ id }: OfService, args: { period?: Period | null }, reading: Reading) => {
      const period = checkPeriod(args.period);
      const own = await reading.load<readonly ValueVerdict[]>(`values of services ${JSON.stringify(period)}`, id, [], async () =>
        groupBy(await findValues(reading, () => verbatim(""), period), ({ serviceId }) => serviceId),
      );
      const segments = groupBy(own, ({ segment }) => segment);
      return SEGMENTS.flatMap((segment) => (segments.has(segment) ? [showSegment(segment, segments.get(segment)!)] : []));
    },
  },
};

function showSegment(segment: string, values: readonly ValueVerdict[]): object {
  const seen = values.flatMap(({ perceived }) => perceived ?? []);
  const voices = seen.reduce((sum, each) => sum + each.voices, 0);
  const compared = values.flatMap((each) => isAboveMarket(each) ?? []);
  return {
    segment,
    customers: values.length,
    value: averageOf(String(seen.reduce((sum, { total }) => sum + total, 0)), voices, 0),
    voices,
    aboveMarket: compared.filter(Boolean).length,
    compared: compared.length,
    counts: countValues(values),
  };
}
