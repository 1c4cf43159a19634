/** `valueVerdicts` of all customers, and the verdicts on value of one. */
import { formatDecimal, minorDigitsOf, showMoney } from "../../kernel/decimals.js";
import { badInput } from "../../kernel/errors.js";
import { groupBy } from "../../kernel/groups.js";
import type { Model } from "../../kernel/model.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import { type Period, checkPeriod } from "../period.js";
import type { Reading } from "../reading.js";
import { RULES_VERSION } from "../rules.js";
import { averageOf } from "../sums.js";
import { SEGMENTS, amongRecords, checkIds, customersWithin } from "../scopes.js";
import { stubOf } from "../search.js";
import { showPage } from "./pages.js";
import { VALUE_KINDS, VALUE_RULE, type ValueKind, type ValueVerdict, findValues, isAboveMarket, judgeValues } from "./value.js";
import { showInputs } from "./verdict.js";

interface ListArguments {
  readonly customers?: readonly string[] | null;
  readonly segments?: readonly string[] | null;
  readonly services?: readonly string[] | null;
  readonly verdicts?: readonly ValueKind[] | null;
  readonly aboveMarket?: boolean | null;
  readonly period?: Period | null;
  readonly first?: number | null;
  readonly after?: string | null;
}
type OfCustomer = { readonly id: string };

export const valueResolvers: Resolvers = {
  Query: {
    valueVerdicts: async (_: unknown, { customers, segments, services, verdicts, aboveMarket, period, ...page }: ListArguments, reading: Reading) => {
      const within = customersWithin(checkIds(reading.model, "customers", "Customer", customers), segments);
      const wanted = checkIds(reading.model, "services", "Service", services);
      const all = (await findValues(reading, within, checkPeriod(period))).filter(({ serviceId }) => !wanted || wanted.includes(serviceId));
      return {
        ...showPage(
          all.filter(
            (each) =>
              (!verdicts || verdicts.includes(each.verdict)) && (aboveMarket === null || aboveMarket === undefined || isAboveMarket(each) === aboveMarket),
          ),
          page,
          {
            placeOf: ({ verdict, customerId, serviceId }) => [VALUE_KINDS.indexOf(verdict), customerId, serviceId],
            show: (each) => showValue(each, reading.model),
          },
        ),
        counts: () => countValues(all),
        bySegment: () =>
          [...groupBy(all, ({ segment }) => segment)]
            .map(([segment, some]) => ({ segment, counts: countValues(some) }))
            .sort((a, b) => SEGMENTS.indexOf(a.segment as never) - SEGMENTS.indexOf(b.segment as never)),
        asOf: () => reading.asOf(),
      };
    },
  },
  Customer: {
    value: async ({ id }: OfCustomer, { service, period }: { service: string; period?: Period | null }, reading: Reading) => {
      if (reading.model.directory.typeOf(service) !== "Service") throw badInput(`${JSON.stringify(service.slice(0, 60))} is no id of a Service.`);
      const asked = checkPeriod(period);
      const verdict = await reading.load<ValueVerdict | null>(`value ${JSON.stringify(asked)}`, `${id} ${service}`, null, async (keys) => {
        const found = await judgeValues(
          reading,
          keys.map((key) => key.split(" ") as [string, string]),
          asked,
        );
        return new Map(found.map((each) => [`${each.customerId} ${each.serviceId}`, each]));
      });
      return verdict && showValue(verdict, reading.model);
    },
    values: async ({ id }: OfCustomer, { verdicts, period }: { verdicts?: readonly ValueKind[] | null; period?: Period | null }, reading: Reading) => {
      const asked = checkPeriod(period);
      const mine = await reading.load<readonly ValueVerdict[]>(`values ${JSON.stringify(asked)}`, id, [], async (ids) =>
        groupBy(await findValues(reading, amongRecords(ids), asked), ({ customerId }) => customerId),
      );
      return mine.filter(({ verdict }) => !verdicts || verdicts.includes(verdict)).map((each) => showValue(each, reading.model));
    },
  },
};

/** How many of each verdict there are, those there are none of included. */
export const countValues = (values: readonly ValueVerdict[]): object[] =>
  VALUE_KINDS.map((kind) => ({ verdict: kind, count: values.filter(({ verdict }) => verdict === kind).length }));

function showValue({ customerId, serviceId, verdict, perceived, cost, doubleMedian, inputs, missing }: ValueVerdict, model: Model): object {
  return {
    customer: stubOf(model, customerId),
    service: stubOf(model, serviceId),
    verdict,
    value: perceived && averageOf(String(perceived.total), perceived.voices, 0),
    cost: showMoney(cost),
    per: cost?.per ?? null,
    market: cost && doubleMedian !== null ? { amount: halfOf(doubleMedian, cost.currency), currency: cost.currency } : null,
    aboveMarket: isAboveMarket({ cost, doubleMedian }),
    inputs: showInputs(inputs, model),
    missing,
    rule: VALUE_RULE,
    rulesVersion: RULES_VERSION,
  };
}

/** Half of an amount, exactly: with a decimal more than the currency has, where it falls between two amounts. */
function halfOf(minor: number, currency: string): string {
  const digits = minorDigitsOf(currency);
  return minor % 2 === 0 ? formatDecimal(minor / 2, digits, true) : formatDecimal(minor * 5, digits + 1, true);
}
