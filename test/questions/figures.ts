/** The key figures of question 31, worked out from the story record by record. */
import { recordsOfUse } from "./quality.js";
import { type Expected, daysBetween, daysLater, isValid, ofCustomer } from "./shown.js";
import type { Story, Told } from "./story.js";
import { verdictsOf } from "./verdicts.js";

interface Period {
  readonly from: string;
  readonly to: string;
}
/** A record that is counted: what it adds to numerator and denominator, null where nobody can say; and the customers it belongs to. */
interface Line {
  readonly amount: number | null;
  readonly base: number | null;
  readonly customers: readonly string[];
}

const EVER = ["ACTIVE", "UNDER_REVIEW", "EXPIRED", "TERMINATED"];
const lastDay = (agreement: Told): string | null => (agreement["state"] === "TERMINATED" ? agreement["terminatedOn"] : agreement["endOn"]) ?? null;
const isCustomer = (story: Story, ref: string) => story.get(ref).type === "Customer";
const customersOf = (story: Story, agreement: Told): string[] =>
  (agreement["parties"] as any[]).map(({ partyId }) => partyId as string).filter((ref) => isCustomer(story, ref));
const yes = (is: unknown): number => (is ? 1 : 0);
const inForce = (agreement: Told, day: string): boolean =>
  ["ACTIVE", "UNDER_REVIEW"].includes(agreement["state"]) && isValid({ ...agreement, validFrom: agreement["startOn"], validTo: agreement["endOn"] }, day);

type Lines = (story: Story, period: Period, today: string) => Line[];
const within = (day: string | null | undefined, { from, to }: Period): boolean => Boolean(day) && day! >= from && day! <= to;
const agreementsWith = (story: Story, customer: string): Told[] =>
  story.all("Agreement", (agreement) => EVER.includes(agreement["state"]) && customersOf(story, agreement).includes(customer));
const complaints = (story: Story, day: string, period: Period): Told[] =>
  story.all("Feedback", (each) => each["kind"] === "COMPLAINT" && within(each[day], period));
const one = (each: Told, amount: number | null = 1): Line => ({ amount, base: 1, customers: [each["customerId"] as string] });
const customersOfProject = (story: Story, ref: string): string[] =>
  story.all("Deliverable", ({ projectId, state }) => projectId === ref && state !== "DROPPED").flatMap(({ customerIds }) => (customerIds ?? []) as string[]);
const reviewsOf = (story: Story, customer: string): string[] =>
  story
    .all("Interaction", ({ kind, aboutIds }) => kind === "REVIEW" && aboutIds?.includes(customer))
    .map(({ heldAt }) => (heldAt as string).slice(0, 10))
    .sort();

const owed =
  (side: string): Lines =>
  (story, period, today) =>
    story
      .all("Obligation", ({ obligor, state, dueOn }) => obligor === side && state !== "WAIVED" && within(dueOn as string, period))
      .map((each) => ({ each, customers: customersOf(story, story.get(each["agreementId"] as string)) }))
      .filter(({ customers }) => customers.length > 0)
      .map(({ each: { state, dueOn }, customers }) => ({ amount: state === "PENDING" && dueOn >= today ? null : yes(state === "MET"), base: 1, customers }));

const FIGURES: Readonly<Record<string, Lines>> = {
  OBJECTIVES_AGREED: (story) =>
    story
      .all("Customer", ({ lifecycle }) => lifecycle === "ACTIVE")
      .map((each) => ({
        amount: yes(ofCustomer(story, "BusinessObjective", each, ({ state }) => state === "AGREED").length),
        base: 1,
        customers: [each.ref],
      })),
  REQUIREMENTS_SIGNED_OFF: (story, { to }) =>
    story.all("Requirement").map((each) => {
      const owner = [each["opportunityId"], each["needId"], each["signedOffById"]].find(Boolean) as string | undefined;
      return {
        amount: yes(each["state"] === "SIGNED_OFF" && (!each["signedOffOn"] || each["signedOffOn"] <= to)),
        base: 1,
        customers: owner ? [story.get(owner)["customerId"] as string] : [],
      };
    }),
  PROJECTS_WITH_APPROVED_CASE: (story, { to }) =>
    story.all("Project").map((each) => {
      const businessCase = each["businessCaseId"] ? story.get(each["businessCaseId"] as string) : null;
      const approved = businessCase?.["state"] === "APPROVED" && (!businessCase["decidedOn"] || businessCase["decidedOn"] <= to);
      return { amount: yes(approved), base: 1, customers: customersOfProject(story, each.ref) };
    }),
  CHANGED_NEEDS_ANSWERED_IN_TIME: (story, period, today) =>
    story
      .all("NeedChange", ({ raisedOn }) => within(raisedOn as string, period))
      .map((each) => {
        const days = each["acceptedTimeframe"] as number | undefined;
        const due = days === undefined ? null : daysLater(each["raisedOn"] as string, days);
        const answered = (each["respondedOn"] ?? null) as string | null;
        const amount = due === null || (answered === null && due >= today) ? null : yes(answered !== null && answered <= due);
        return { amount, base: 1, customers: [story.get(each["needId"] as string)["customerId"] as string] };
      }),
  OPPORTUNITIES_ASSESSED: (story) =>
    story
      .all("Opportunity")
      .map((each) => one(each, ["DEFERRED", "DECLINED"].includes(each["state"]) ? null : yes(!["IDENTIFIED", "QUALIFIED"].includes(each["state"])))),
  VALUE_VERDICTS: (story, period, today) =>
    verdictsOf(story, period, today).map(({ customer, verdict }) => ({
      amount: verdict === "UNKNOWN" ? null : yes(verdict === "VALUE_AND_PRICE_GOOD"),
      base: 1,
      customers: [customer],
    })),
  PERCEIVED_VALUE: (story, period) =>
    story
      .all("ValueAssessment", ({ perceivedValue, periodTo }) => perceivedValue !== undefined && within(periodTo as string, period))
      .map((each) => one(each, each["perceivedValue"] as number)),
  SURVEY_RETURN: (story, period) =>
    story
      .all("ValueAssessment", ({ basis, periodTo }) => basis === "SURVEY" && within(periodTo as string, period))
      .map((each) => ({ amount: each["sampleSize"] ?? null, base: each["sampleFrame"] ?? null, customers: [each["customerId"] as string] })),
  SURVEY_UNITS_HEARD: (story, period) => {
    const used = story.all("ServiceUsage", ({ unitId, periodFrom, periodTo }) => unitId && periodFrom <= period.to && periodTo >= period.from);
    const pairs = new Map(used.map((each) => [`${each["unitId"]} ${each["serviceId"]}`, each]));
    return [...pairs.values()].flatMap(({ unitId, serviceId, customerId }) => {
      const surveys = story.all(
        "ValueAssessment",
        (each) =>
          each["basis"] === "SURVEY" && each["customerId"] === customerId && each["serviceId"] === serviceId && within(each["periodTo"] as string, period),
      );
      const heard = surveys.map(({ assessorId }) => (assessorId ? story.get(assessorId as string)["unitId"] : undefined)).filter(Boolean);
      return surveys.length === 0 ? [] : [{ amount: heard.length === 0 ? null : yes(heard.includes(unitId)), base: 1, customers: [customerId as string] }];
    });
  },
  COMPLAINTS_RECEIVED: (story, period) => complaints(story, "receivedOn", period).map((each) => one(each)),
  COMPLAINTS_ACCEPTED: (story, period) =>
    complaints(story, "receivedOn", period).map((each) => one(each, (each["accepted"] ?? null) === null ? null : yes(each["accepted"]))),
  COMPLAINTS_ESCALATED: (story, period) => complaints(story, "escalatedOn", period).map((each) => one(each)),
  COMPLAINTS_CLOSED: (story, period) => complaints(story, "closedOn", period).map((each) => one(each)),
  COMPLAINT_DAYS_TO_CLOSE: (story, period) =>
    complaints(story, "closedOn", period).map((each) => one(each, daysBetween(each["receivedOn"] as string, each["closedOn"] as string))),
  IMPROVEMENTS_FROM_FEEDBACK: (story, period) =>
    story
      .all("Feedback", ({ kind, closedOn }) => kind !== "COMPLIMENT" && within(closedOn as string, period))
      .map((each) => one(each, yes(each["improvement"]))),
  TARGETS_MET: (story, period) =>
    story
      .all("ServiceLevelAchievement", ({ periodTo }) => within(periodTo as string, period))
      .map(({ met, targetId }) => ({
        amount: (met ?? null) === null ? null : yes(met),
        base: 1,
        customers: customersOf(story, story.get(story.get(targetId as string)["agreementId"] as string)),
      })),
  SERVICES_USED_UNDER_AGREEMENT: (story, { from, to }) => {
    const used = story.all("ServiceUsage", ({ periodFrom, periodTo }) => periodFrom <= to && periodTo >= from);
    const lastUse = new Map<string, string>();
    for (const { customerId, serviceId, periodTo } of used) {
      const [pair, until] = [`${customerId} ${serviceId}`, periodTo < to ? (periodTo as string) : to];
      if ((lastUse.get(pair) ?? "") < until) lastUse.set(pair, until);
    }
    return [...lastUse].map(([pair, until]) => {
      const [customer, service] = pair.split(" ") as [string, string];
      const covering = agreementsWith(story, customer).filter(
        (each) => each["serviceIds"].includes(service) && (each["startOn"] ?? until) <= until && (lastDay(each) ?? until) >= until,
      );
      return { amount: yes(covering.length), base: 1, customers: [customer] };
    });
  },
  SLA_TARGETS_UNDERPINNED: (story, _, today) =>
    story
      .all("ServiceLevelTarget")
      .map((target) => ({ target, agreement: story.get(target["agreementId"] as string) }))
      .filter(({ agreement }) => agreement["kind"] === "SLA" && inForce(agreement, today))
      .map(({ target, agreement }) => ({
        amount: yes(
          story.all(
            "Underpinning",
            ({ upperId, lowerId, targetId }) =>
              upperId === agreement.ref && [undefined, target.ref].includes(targetId) && inForce(story.get(lowerId as string), today),
          ).length,
        ),
        base: 1,
        customers: customersOf(story, agreement),
      })),
  OBLIGATIONS_MET_BY_PROVIDER: owed("PROVIDER"),
  OBLIGATIONS_MET_BY_CUSTOMERS: owed("CUSTOMER"),
  NEW_CUSTOMERS: (story, period) =>
    story
      .all("Customer", ({ lifecycle }) => lifecycle !== "PROSPECT")
      .flatMap((each): Line[] => {
        const first = agreementsWith(story, each.ref)
          .map(({ startOn }) => startOn as string)
          .sort()[0];
        const line = { base: 0, customers: [each.ref] };
        return first ? (within(first, period) ? [{ ...line, amount: 1 }] : []) : each["lifecycle"] === "ACTIVE" ? [{ ...line, amount: null }] : [];
      }),
  LOST_CUSTOMERS: (story, period) =>
    story
      .all("Customer", ({ lifecycle }) => lifecycle === "FORMER")
      .flatMap((each): Line[] => {
        const last = agreementsWith(story, each.ref)
          .flatMap((agreement) => lastDay(agreement) ?? [])
          .sort()
          .at(-1);
        const line = { base: 0, customers: [each.ref] };
        return last ? (within(last, period) ? [{ ...line, amount: 1 }] : []) : [{ ...line, amount: null }];
      }),
  NEW_SERVICES_WITH_OBJECTIVE: (story, period) =>
    story
      .all("Service", ({ statusHistory }) =>
        within(
          (statusHistory as any[])
            .filter(({ status }) => status === "OPERATIONAL")
            .map(({ since }) => since as string)
            .sort()[0],
          period,
        ),
      )
      .map(({ ref }) => ({
        amount: yes(
          story.all("BusinessObjective", ({ state, supportedBy }) => state !== "WITHDRAWN" && supportedBy?.some(({ serviceId }: any) => serviceId === ref))
            .length,
        ),
        base: 1,
        customers: [],
      })),
  PROJECT_SLIP: (story, period) =>
    story
      .all(
        "Project",
        ({ status, actualEnd }) =>
          ["PLANNED", "UNDERWAY", "ON_HOLD"].includes(status as string) || (status === "COMPLETED" && within(actualEnd as string, period)),
      )
      .map((each) => {
        const [approved, end] = [each["approvedEnd"], each["actualEnd"] ?? each["plannedEnd"]] as (string | undefined)[];
        return { amount: approved && end ? daysBetween(approved, end) : null, base: 1, customers: customersOfProject(story, each.ref) };
      }),
  REVIEWS_ON_TIME: (story, period, today) =>
    story
      .all("Relationship", ({ reviewCadence }) => reviewCadence)
      .flatMap(({ customerId, reviewCadence, nextReviewDue }) => {
        const customer = customerId as string;
        const reviews = reviewsOf(story, customer);
        const line = { base: 1, customers: [customer] };
        const held = reviews.flatMap((day, i) =>
          within(day, period) ? [{ ...line, amount: i === 0 ? null : yes(daysBetween(reviews[i - 1]!, day) <= reviewCadence) }] : [],
        );
        const missed =
          within(nextReviewDue as string, period) &&
          nextReviewDue < today &&
          story.get(customer)["lifecycle"] !== "FORMER" &&
          !reviews.some((day) => day >= nextReviewDue);
        return missed ? [...held, { ...line, amount: 0 }] : held;
      }),
  RECORDS_VERIFIED: (story, { to }, today) => {
    const last = to < today ? to : today;
    return recordsOfUse(story, today).map(({ verifiedOn, days }) => ({
      amount: (verifiedOn ?? "") > last ? null : yes((verifiedOn ?? "") >= daysLater(last, -days)),
      base: 1,
      customers: [],
    }));
  },
};

const COUNTS = ["COMPLAINTS_RECEIVED", "COMPLAINTS_ESCALATED", "COMPLAINTS_CLOSED", "NEW_CUSTOMERS", "LOST_CUSTOMERS"];
const AMOUNTS = ["PERCEIVED_VALUE", "PROJECT_SLIP"];

const rounded = (value: number): string => String(Math.round(value * 100) / 100);

/** How a figure of those lines is answered. */
function shownOf(name: string, lines: readonly Line[]) {
  const judged = lines.filter(({ amount, base }) => amount !== null && base !== null);
  const sum = (key: "amount" | "base") => judged.reduce((total, each) => total + each[key]!, 0);
  const [numerator, denominator, unknown] = [sum("amount"), sum("base"), lines.length - judged.length];
  if (COUNTS.includes(name)) return { value: rounded(numerator), numerator: rounded(numerator), denominator: null, unknown };
  if (name === "COMPLAINT_DAYS_TO_CLOSE") {
    const days = judged.map(({ amount }) => amount!).sort((a, b) => a - b);
    const middle = days.length === 0 ? null : (days[Math.floor((days.length - 1) / 2)]! + days[Math.ceil((days.length - 1) / 2)]!) / 2;
    return { value: middle === null ? null : rounded(middle), numerator: null, denominator: rounded(days.length), unknown };
  }
  const value = denominator === 0 ? null : rounded(((AMOUNTS.includes(name) ? 1 : 100) * numerator) / denominator);
  return { value, numerator: rounded(numerator), denominator: rounded(denominator), unknown };
}

const UNSEGMENTED = ["NEW_SERVICES_WITH_OBJECTIVE", "RECORDS_VERIFIED"];

/** The key figures of a period, by name. */
export function keyFiguresOf(story: Story, period: Period, today: string) {
  const ofSegment = (segment: string, { customers }: Line) => customers.some((ref) => story.get(ref)["segment"] === segment);
  return Object.fromEntries(
    Object.entries(FIGURES).map(([name, linesOf]) => {
      const lines = linesOf(story, period, today);
      const bySegment = ["KEY", "STRATEGIC", "STANDARD"].map((segment) => ({
        segment,
        ...shownOf(
          name,
          lines.filter((line) => ofSegment(segment, line)),
        ),
      }));
      return [name, { ...shownOf(name, lines), bySegment: UNSEGMENTED.includes(name) ? null : bySegment, records: lines.length }];
    }),
  );
}

/** What customers see in each service, now and in as many days before; the services are those of now. */
function valueOfServices(story: Story, { from, to }: Period) {
  const last = daysLater(from, -1);
  const valuesIn = (period: Period, service?: string) =>
    story.all(
      "ValueAssessment",
      ({ serviceId, perceivedValue, periodTo }) => perceivedValue !== undefined && within(periodTo as string, period) && (!service || serviceId === service),
    );
  const mean = (values: Told[]) => (values.length === 0 ? null : rounded(values.reduce((sum, each) => sum + each["perceivedValue"], 0) / values.length));
  return [...new Set(valuesIn({ from, to }).map(({ serviceId }) => serviceId as string))].map((service) => ({
    service: story.get(service)["code"] as string,
    value: mean(valuesIn({ from, to }, service)),
    before: mean(valuesIn({ from: daysLater(last, -daysBetween(from, to)), to: last }, service)),
  }));
}

export const keyFigures: Expected = (story, { from, to }, today) => ({
  figures: keyFiguresOf(story, { from, to }, today),
  services: valueOfServices(story, { from, to }),
});
/** The figures of an answer, and the value of each service. */
export const figuresIn = ({ keyFigures: { figures } }: any) => ({
  figures: Object.fromEntries(
    figures.map(({ name, value, numerator, denominator, unknown, bySegment, records }: any) => [
      name,
      { value, numerator, denominator, unknown, bySegment, records: records.totalCount },
    ]),
  ),
  services: figures.find(({ byService }: any) => byService).byService.map(({ service, value, before }: any) => ({ service: service.code, value, before })),
});
