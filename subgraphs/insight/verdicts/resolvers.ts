/** `verdicts` of a kind on all records it is about, and the fields of one record that answer them. */
import { badInput } from "../../kernel/errors.js";
import type { Model } from "../../kernel/model.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import type { Reading } from "../reading.js";
import { RULES_VERSION } from "../rules.js";
import { amongRecords, checkIds, customersWithin } from "../scopes.js";
import { searchOf, stubOf } from "../search.js";
import { showPage } from "./pages.js";
import { VERDICT_KINDS, type VerdictKindName } from "./kinds.js";
import { LEVELS, type Level, type Verdict, showInputs } from "./verdict.js";

interface ListArguments {
  readonly kind: VerdictKindName;
  readonly of?: readonly string[] | null;
  readonly segments?: readonly string[] | null;
  readonly levels?: readonly Level[] | null;
  readonly first?: number | null;
  readonly after?: string | null;
}
type OfRecord = { readonly id: string };

/** The field that answers the verdict of that kind on a record. All records asked about at once are judged at once. */
const verdictOf =
  (name: VerdictKindName) =>
  async ({ id }: OfRecord, _: unknown, reading: Reading): Promise<object | null> => {
    const { find, rule } = VERDICT_KINDS[name];
    const verdict = await reading.load<Verdict | null>(
      `verdict ${name}`,
      id,
      null,
      async (ids) => new Map((await find(searchOf(reading, amongRecords(ids)))).map((each) => [each.recordId, each])),
    );
    return verdict && showVerdict(verdict, rule, reading.model);
  };

/** What counts nothing but what the customer's own people see of its agreements, services and needs: theirs by right. */
export const customerVerdictResolvers: Resolvers = {
  Customer: {
    agreementCoverage: verdictOf("AGREEMENT_COVERAGE"),
    obligationBalance: ({ id }: OfRecord) => ({ id }),
    needResponsiveness: verdictOf("NEED_RESPONSIVENESS"),
  },
  ObligationBalance: { provider: verdictOf("PROVIDER_OBLIGATIONS"), customer: verdictOf("CUSTOMER_OBLIGATIONS") },
};

export const verdictResolvers: Resolvers = {
  Query: {
    verdicts: async (_: unknown, { kind, of, segments, levels, ...page }: ListArguments, reading: Reading) => {
      const { type, rule, find } = VERDICT_KINDS[kind];
      if (segments && type !== "Customer") throw badInput(`segments goes with verdicts on customers; ${kind} is about a ${type}.`);
      const all = await find(searchOf(reading, customersWithin(checkIds(reading.model, "of", type, of), segments)));
      return {
        ...showPage(
          all.filter(({ level }) => !levels || levels.includes(level)),
          page,
          {
            placeOf: ({ level, recordId }) => [LEVELS.indexOf(level), recordId],
            show: (each) => showVerdict(each, rule, reading.model),
          },
        ),
        counts: countLevels(all),
        asOf: () => reading.asOf(),
      };
    },
  },
  Customer: {
    health: verdictOf("RELATIONSHIP_HEALTH"),
    effort: verdictOf("EFFORT"),
    keyPersons: verdictOf("CUSTOMER_KEY_PERSONS"),
  },
  Service: { keyPersons: verdictOf("SERVICE_KEY_PERSONS"), supplierConcentration: verdictOf("SERVICE_SUPPLIERS") },
  Application: { keyPersons: verdictOf("APPLICATION_KEY_PERSONS") },
  Supplier: { concentration: verdictOf("SUPPLIER_WEIGHT") },
};

/** How many of each level there are, those there are none of included. */
const countLevels = (verdicts: readonly Verdict[]): object[] =>
  LEVELS.map((level) => ({ verdict: level, count: verdicts.filter((each) => each.level === level).length }));

/** A verdict as the graph shows it. */
export const showVerdict = ({ recordId, level, value, inputs, missing }: Verdict, rule: string, model: Model): object => ({
  record: stubOf(model, recordId),
  verdict: level,
  value,
  inputs: showInputs(inputs, model),
  missing,
  rule,
  rulesVersion: RULES_VERSION,
});
