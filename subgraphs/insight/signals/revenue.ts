/** How much of the revenue hangs on one customer. */
import { minorDigitsOf, parseDecimal } from "../../kernel/decimals.js";
import { groupBy } from "../../kernel/groups.js";
import { SIGNALS } from "../rules.js";
import { text, textOrNull } from "../search.js";
import { sqlOf } from "../sql.js";
import { type Kind, type Severity } from "./kind.js";

const { fromPercent, fewestCustomers } = SIGNALS.revenue;

interface Figure {
  readonly customerId: string;
  readonly inside: boolean;
  readonly former: boolean;
  readonly year: number;
  readonly currency: string;
  readonly minor: bigint;
}
interface Revenue {
  readonly year: number;
  readonly kind: string;
  readonly amount: { readonly amount: string; readonly currency: string };
}

export const revenueConcentration: Kind = {
  rule: `Of the newest year for which ${fewestCustomers} customers or more have past revenue in a currency, one customer that has not left brought ${fromPercent.MEDIUM} % or more of that currency: MEDIUM, HIGH from ${fromPercent.HIGH} %, CRITICAL from ${fromPercent.CRITICAL} % on. Currencies are never added. It counts from the last day of the year.`,
  async find({ today, within, rows }) {
    const found = await rows(
      sqlOf`SELECT c.id, c.lifecycle, c.revenue, CASE WHEN 1 = 1${within("c.id")} THEN 1 ELSE 0 END FROM \`customer\` c WHERE c.revenue IS NOT NULL`,
    );
    const figures = found.flatMap(([id, lifecycle, revenue, inside]): Figure[] =>
      (JSON.parse(textOrNull(revenue) ?? "[]") as Revenue[])
        .filter(({ kind, year }) => kind === "PAST" && year <= Number(today.slice(0, 4)))
        .map(({ year, amount: { amount, currency } }) => ({
          customerId: text(id),
          inside: Number(inside) === 1,
          former: lifecycle === "FORMER",
          year,
          currency,
          minor: BigInt(parseDecimal(amount, minorDigitsOf(currency))),
        })),
    );
    return [...groupBy(figures, ({ currency }) => currency).values()].flatMap((ofCurrency) => {
      const newest = [...groupBy(ofCurrency, ({ year }) => year)].sort(([a], [b]) => b - a).find(([, some]) => some.length >= fewestCustomers);
      if (!newest) return [];
      const [year, some] = newest;
      const total = some.reduce((sum, { minor }) => sum + minor, 0n);
      return some.flatMap(({ customerId, inside, former, currency, minor }) => {
        const permille = total > 0n ? Number((minor * 1000n) / total) : 0;
        const severity = severityOf(permille / 10);
        if (!inside || former || severity === null) return [];
        const why = `The customer brought ${permille / 10} % of the ${currency} of ${year}, of ${some.length} customers.`;
        return { about: [], customerId, severity, since: `${year}-12-31`, why, records: [customerId], mark: currency };
      });
    });
  },
};

const severityOf = (percent: number): Severity | null =>
  percent >= fromPercent.CRITICAL ? "CRITICAL" : percent >= fromPercent.HIGH ? "HIGH" : percent >= fromPercent.MEDIUM ? "MEDIUM" : null;
