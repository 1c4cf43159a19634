/** Verdicts on customers that count what was kept, answered or covered. */
import { daysAfter } from "../../kernel/dates.js";
import { groupBy } from "../../kernel/groups.js";
import { VERDICTS } from "../rules.js";
import { count } from "../signals/kind.js";
import { type Row, type Search, text, textOrNull } from "../search.js";
import { customersOf, inForce, sqlOf, validOn } from "../sql.js";
import { type Verdict, type VerdictKind, fromOn, judgeShare } from "./verdict.js";

const { shares, recentDays } = VERDICTS;

/** The ids of the customers asked about. */
export const customerIds = async ({ rows, within }: Search): Promise<string[]> =>
  (await rows(sqlOf`SELECT c.id FROM \`customer\` c WHERE 1 = 1${within("c.id")} ORDER BY c.id`)).map(([id]) => text(id));

/** A verdict on each customer from the rows that begin with its id. */
async function judgeEach(search: Search, rows: Promise<readonly Row[]>, judge: (own: readonly Row[]) => Omit<Verdict, "recordId">): Promise<Verdict[]> {
  const [customers, found] = await Promise.all([customerIds(search), rows]);
  const own = groupBy(found, ([customerId]) => text(customerId));
  return customers.map((recordId) => ({ recordId, ...judge(own.get(recordId) ?? []) }));
}

const inWords = ({ good, fair }: { readonly good: number; readonly fair: number }): string =>
  good === 100 ? `GOOD at 100 %, FAIR from ${fair} % on, else POOR` : `GOOD from ${good} %, FAIR from ${fair} % on, else POOR`;

export const agreementCoverage: VerdictKind = {
  type: "Customer",
  rule: `Of the services that the customer's business stands on today, or that it used within the last ${recentDays.usage} days, the share that an agreement in force covers: ${inWords(shares.coverage)}. UNKNOWN without usage and dependency.`,
  find: (search) =>
    judgeEach(
      search,
      search.rows(sqlOf`
        SELECT x.customerId, x.serviceId, (
          SELECT MIN(a.id) FROM \`agreement\` a JOIN \`agreement_parties\` p ON p.recordId = a.id JOIN \`agreement_services\` v ON v.recordId = a.id
          WHERE p.partyId = x.customerId AND v.toId = x.serviceId AND ${inForce("a", search.today)}
        ) FROM (
          SELECT u.customerId, u.serviceId FROM \`service_usage\` u
          WHERE u.periodTo >= ${daysAfter(search.today, -recentDays.usage)} AND u.periodFrom <= ${search.today}${search.within("u.customerId")}
          UNION SELECT d.customerId, d.serviceId FROM \`service_dependency\` d WHERE ${validOn("d", search.today)}${search.within("d.customerId")}
        ) x WHERE x.serviceId IS NOT NULL ORDER BY x.customerId, x.serviceId`),
      (own) => ({
        ...judgeShare({ part: own.filter(([, , agreement]) => agreement !== null).length, whole: own.length, unknown: 0 }, fromOn(shares.coverage)),
        inputs: own.map(([, service, agreement]) =>
          agreement === null
            ? { name: "service without an agreement", value: null, recordId: text(service) }
            : { name: "service with an agreement", value: null, recordId: text(service) },
        ),
        missing: own.length === 0 ? [`Neither usage of a service within the last ${recentDays.usage} days nor a dependency on one is recorded.`] : [],
      }),
    ),
};

/** How one side keeps what it owes. */
const obligationsOf = (side: "PROVIDER" | "CUSTOMER"): VerdictKind => ({
  type: "Customer",
  rule: `Of what the ${side.toLowerCase()} owes by the customer's agreements in force and that was met, broken or due before today, the share that was met, late or made good included: ${inWords(shares.obligations)}. What was waived, or is not due, does not count. UNKNOWN where nothing counts.`,
  find: (search) =>
    judgeEach(
      search,
      search.rows(sqlOf`
        SELECT DISTINCT p.partyId, o.id, o.state
        FROM \`obligation\` o JOIN \`agreement\` a ON a.id = o.agreementId AND ${inForce("a", search.today)} JOIN ${customersOf("a")}
        WHERE o.obligor = ${side} AND (o.state IN ('MET', 'BREACHED') OR (o.state = 'PENDING' AND o.dueOn < ${search.today}))${search.within("p.partyId")}
        ORDER BY p.partyId, o.id`),
      (own) => ({
        ...judgeShare({ part: own.filter(([, , state]) => state === "MET").length, whole: own.length, unknown: 0 }, fromOn(shares.obligations)),
        inputs: own.map(([, id, state]) => ({
          name: "obligation",
          value: state === "PENDING" ? "overdue" : state === "MET" ? "met" : "broken",
          recordId: text(id),
        })),
        missing: own.length === 0 ? [`No obligation of the ${side.toLowerCase()} under an agreement in force was met, broken or due.`] : [],
      }),
    ),
});
export const providerObligations = obligationsOf("PROVIDER");
export const customerObligations = obligationsOf("CUSTOMER");

export const needResponsiveness: VerdictKind = {
  type: "Customer",
  rule: `Of the changed needs raised within the last ${recentDays.needs} days, the share answered within the timeframe the customer accepts; one not answered counts once its timeframe has passed: ${inWords(shares.needs)}. One without a timeframe is taken for in time and for late; UNKNOWN where that makes a difference, or where nothing counts.`,
  find: (search) =>
    judgeEach(
      search,
      search.rows(sqlOf`
        SELECT n.customerId, h.id, h.raisedOn, h.acceptedTimeframe, h.respondedOn FROM \`need_change\` h JOIN \`business_need\` n ON n.id = h.needId
        WHERE h.raisedOn >= ${daysAfter(search.today, -recentDays.needs)} AND h.raisedOn <= ${search.today}${search.within("n.customerId")}
        ORDER BY n.customerId, h.raisedOn, h.id`),
      (own) => {
        const answers = own.flatMap(([, id, raisedOn, timeframe, respondedOn]) => {
          const due = timeframe === null || timeframe === undefined ? null : daysAfter(text(raisedOn), Number(timeframe));
          const on = textOrNull(respondedOn);
          if (due === null) return [{ id: text(id), outcome: "without a timeframe" }];
          if (on === null && due >= search.today) return [];
          return [{ id: text(id), outcome: on !== null && on <= due ? "in time" : on === null ? "not answered" : "late" }];
        });
        const having = (outcome: string) => answers.filter((answer) => answer.outcome === outcome).length;
        const unknown = having("without a timeframe");
        return {
          ...judgeShare({ part: having("in time"), whole: answers.length, unknown }, fromOn(shares.needs)),
          inputs: answers.map(({ id, outcome }) => ({ name: "changed need", value: outcome, recordId: id })),
          missing: [
            ...(answers.length === 0 ? [`No changed need of the last ${recentDays.needs} days has been answered or should have been.`] : []),
            ...(unknown > 0 ? [`How long the customer accepts to wait, of ${count(unknown, "changed need")}.`] : []),
          ],
        };
      },
    ),
};
