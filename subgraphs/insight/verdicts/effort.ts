/** Whether the effort for a customer stands in proportion to what it brings. */
import { daysAfter } from "../../kernel/dates.js";
import { minorDigitsOf, parseDecimal } from "../../kernel/decimals.js";
import { VERDICTS } from "../rules.js";
import { text, textOrNull } from "../search.js";
import { sqlOf } from "../sql.js";
import { averageOf } from "../sums.js";
import { type Input, type Verdict, type VerdictKind, showAmount } from "./verdict.js";

const { interactions: recentDays } = VERDICTS.recentDays;

interface Revenue {
  readonly year: number;
  readonly kind: "PAST" | "PREDICTED";
  readonly amount: { readonly amount: string; readonly currency: string };
}

export const effort: VerdictKind = {
  type: "Customer",
  rule: `What the provider's newest assessment says that its effort for the customer costs in a year, against the revenue of the newest past year and that predicted for this year or the next that is recorded, in the same currency: GOOD where it is more than neither, FAIR where it is more than one, POOR where it is more than both. UNKNOWN where one of the three is missing. The value is the effort in per cent of the larger of the two. Interactions are shown, and cost what the assessment says.`,
  async find({ rows, within, today }) {
    const year = Number(today.slice(0, 4));
    const [customers, assessments, interactions] = await Promise.all([
      rows(sqlOf`SELECT c.id, c.revenue FROM \`customer\` c WHERE 1 = 1${within("c.id")} ORDER BY c.id`),
      rows(sqlOf`
        SELECT e.customerId, e.id, e.effortCostAmount, e.effortCostCurrency FROM \`engagement_assessment\` e
        WHERE e.side = 'PROVIDER' AND e.effortCostAmount IS NOT NULL AND e.assessedOn <= ${today}${within("e.customerId")} ORDER BY e.assessedOn, e.id`),
      rows(sqlOf`
        SELECT b.toId, COUNT(DISTINCT i.id) FROM \`interaction_about\` b JOIN \`interaction\` i ON i.id = b.recordId
        WHERE i.heldAt >= ${daysAfter(today, -recentDays)} AND i.heldAt < ${daysAfter(today, 1)} AND substr(b.toId, 1, 4) = 'cus_'${within("b.toId")} GROUP BY b.toId`),
    ]);
    // Later ones replace earlier ones.
    const effortOf = new Map(
      assessments.map(([customerId, id, minor, currency]) => [text(customerId), { id: text(id), minor: Number(minor), currency: text(currency) }]),
    );
    const talksOf = new Map(interactions.map(([customerId, number]) => [text(customerId), Number(number)]));
    return customers.map(([cell, revenue]): Verdict => {
      const recordId = text(cell);
      const cost = effortOf.get(recordId);
      const figures = JSON.parse(textOrNull(revenue) ?? "[]") as Revenue[];
      const inCurrency = (kind: Revenue["kind"]) =>
        figures
          .filter(
            (figure) =>
              figure.kind === kind && (!cost || figure.amount.currency === cost.currency) && (kind === "PAST" ? figure.year <= year : figure.year >= year),
          )
          .sort((a, b) => (kind === "PAST" ? b.year - a.year : a.year - b.year))[0];
      const [past, predicted] = [inCurrency("PAST"), inCurrency("PREDICTED")];
      const inputs: Input[] = [
        ...(cost ? [{ name: "effort", value: showAmount(cost.minor, cost.currency), recordId: cost.id }] : []),
        ...[past, predicted].flatMap((figure) =>
          figure
            ? [
                {
                  name: `${figure.kind === "PAST" ? "revenue" : "revenue predicted"} for ${figure.year}`,
                  value: `${figure.amount.currency} ${figure.amount.amount}`,
                  recordId,
                },
              ]
            : [],
        ),
        { name: `interactions within ${recentDays} days`, value: String(talksOf.get(recordId) ?? 0), recordId: null },
      ];
      const currency = cost ? ` in ${cost.currency}` : "";
      const missing = [
        ...(cost ? [] : ["What the provider's effort costs."]),
        ...(past ? [] : [`Revenue of a past year${currency}.`]),
        ...(predicted ? [] : [`Revenue predicted for ${year} or later${currency}.`]),
      ];
      if (!cost || !past || !predicted) return { recordId, level: "UNKNOWN", value: null, inputs, missing };
      const brought = [past, predicted].map(({ amount }) => parseDecimal(amount.amount, minorDigitsOf(amount.currency)));
      const exceeded = brought.filter((minor) => cost.minor > minor).length;
      const larger = Math.max(...brought);
      const value = larger > 0 ? averageOf(String(BigInt(cost.minor) * 100n), larger, 0) : null;
      return { recordId, level: (["GOOD", "FAIR", "POOR"] as const)[exceeded]!, value, inputs, missing };
    });
  },
};
