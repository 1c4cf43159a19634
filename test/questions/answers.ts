/** What each question's answer must be, worked out from the story told: question → answer of its operation with its variables. */
import type { Story, Told } from "./story.js";

type Variables = Record<string, any>;
export type Expected = (story: Story, variables: Variables, today: string) => object;

// --- how records are shown ---

const pick = (record: Told, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, record[key] ?? null]));
const money = (text: string | null | undefined) => {
  const [currency, amount] = (text ?? "").split(" ");
  return amount ? { amount: Number(amount).toFixed(2), currency } : null;
};
const decimal = (value: string | number | null | undefined) => (value === null || value === undefined ? null : String(Number(value)));
const nodes = (list: unknown[]) => ({ nodes: list });
/** How a story shows a linked record: `show` of it, or null where there is none. */
const linked = <T>(story: Story, ref: string | null | undefined, show: (record: Told) => T) => (ref ? show(story.get(ref)) : null);
const named = (story: Story, ref: string | null | undefined) => linked(story, ref, (record) => pick(record, "code", "name"));
const name = (story: Story, ref: string | null | undefined) => linked(story, ref, (record) => pick(record, "name"));
const allNamed = (story: Story, refs: readonly string[] = []) => nodes([...new Set(refs)].map((ref) => named(story, ref)));
const unique = <T>(items: readonly T[]) => [...new Set(items)];
const newest = (list: Told[], key: string, count: number) => [...list].sort((a, b) => (a[key] < b[key] ? 1 : -1)).slice(0, count);

const isValid = (record: Told, day: string) => (record["validFrom"] ?? day) <= day && (record["validTo"] ?? day) >= day;
const isPartyOf = (agreement: Told, customer: Told) => (agreement["parties"] ?? []).some(({ partyId }: any) => partyId === customer.ref);
const agreementsOf = (story: Story, customer: Told, ...states: string[]) =>
  story.all("Agreement", (agreement) => isPartyOf(agreement, customer) && (states.length === 0 || states.includes(agreement["state"])));
const ofCustomer = (story: Story, type: string, customer: Told, is: (record: Told) => unknown = () => true) =>
  story.all(type, (record) => record["customerId"] === customer.ref && is(record));

const target = (story: Story, record: Told) => ({ ...pick(record, "metric", "comparator", "unit"), value: decimal(record["value"]), service: named(story, record["serviceId"]) });
const achievement = (record: Told) => ({ ...pick(record, "periodFrom", "periodTo"), measured: decimal(record["measured"]) });
const missesOf = (story: Story, ref: string, count: number) =>
  nodes(newest(story.all("ServiceLevelAchievement", ({ targetId, met }) => targetId === ref && met === false), "periodTo", count).map(achievement));
const lastOf = (story: Story, ref: string) =>
  nodes(newest(story.all("ServiceLevelAchievement", ({ targetId }) => targetId === ref), "periodTo", 1).map((last) => ({ ...achievement(last), met: last["met"] ?? null })));
const price = (story: Story, record: Told) => ({ ...pick(record, "package", "per"), price: money(record["price"]), service: named(story, record["serviceId"]) });
const standardPrices = (story: Story, service: string) =>
  nodes(story.all("ServiceOffering", ({ serviceId, tailoredForId }) => serviceId === service && !tailoredForId).map((record) => ({ ...pick(record, "package", "per"), price: money(record["price"]) })));
const benchmarks = (story: Story, service: string, ...keys: string[]) =>
  nodes(newest(story.all("CompetitorBenchmark", ({ serviceId }) => serviceId === service), "observedOn", 10).map((record) => ({ ...pick(record, "competitor", "offering", "per", "observedOn", ...keys), unitPrice: money(record["unitPrice"]) })));

// --- the answers ---

const notKept = (agreement: Told, day: string, ...obligors: string[]) => (record: Told) =>
  record["agreementId"] === agreement.ref && obligors.includes(record["obligor"]) && (record["state"] === "BREACHED" || (record["state"] === "PENDING" && record["dueOn"] && record["dueOn"] < day));

const beforeIMeetACustomer: Expected = (story, { customer: code, on }) => {
  const customer = story.coded("Customer", code as string);
  const relationship = ofCustomer(story, "Relationship", customer)[0]!;
  const people = (role: string) =>
    nodes(
      ofCustomer(story, "Stakeholder", customer, (record) => record["role"] === role && isValid(record, on as string)).map((record) => ({
        ...pick(record, "influence", "stance"),
        person: linked(story, record["personId"], (person) => pick(person, "name", "email", "active")),
        unit: name(story, record["unitId"]),
        service: named(story, record["serviceId"]),
      })),
    );
  const broken = (agreement: Told, ...obligors: string[]) =>
    nodes(
      story.all("Obligation", notKept(agreement, on as string, ...obligors)).map((record) => ({
        ...pick(record, "statement", "state", "dueOn"),
        breaches: nodes(story.all("ObligationBreach", ({ obligationId }) => obligationId === record.ref).map((breach) => pick(breach, "detectedOn", "effect", "remedy", "disclosedToCustomerOn"))),
      })),
    );
  return {
    customer: {
      ...pick(customer, "name", "segment", "segmentReason", "strategy"),
      relationship: { ...pick(relationship, "providerCommitment", "customerCommitment", "nextReviewDue"), manager: name(story, relationship["managerId"]) },
      realCustomers: people("REAL_CUSTOMER"),
      decisionMakers: people("DECISION_MAKER"),
      primaryUsers: people("PRIMARY_USER"),
      servicesAgreed: allNamed(story, agreementsOf(story, customer, "ACTIVE").flatMap(({ serviceIds }) => serviceIds as string[])),
      openNeeds: nodes(
        ofCustomer(story, "BusinessNeed", customer, ({ state }) => state === "OPEN" || state === "IN_PROGRESS").map((need) => ({
          ...pick(need, "statement", "priority", "state"),
          unit: name(story, need["unitId"]),
          services: allNamed(story, need["serviceIds"]),
        })),
      ),
      openComplaints: nodes(
        ofCustomer(story, "Feedback", customer, ({ kind, state }) => kind === "COMPLAINT" && state !== "CLOSED").map((feedback) => ({
          ...pick(feedback, "statement", "severity", "state", "receivedOn"),
          about: named(story, feedback["aboutId"]),
          escalatedTo: name(story, feedback["escalatedToId"]),
        })),
      ),
      promises: nodes(
        agreementsOf(story, customer)
          .filter(({ state }) => state !== "DRAFT" && state !== "NEGOTIATION")
          .map((agreement) => ({
            ...pick(agreement, "code", "title"),
            brokenByUs: broken(agreement, "PROVIDER", "SUPPLIER"),
            brokenByThem: broken(agreement, "CUSTOMER"),
            targets: story.all("ServiceLevelTarget", ({ agreementId }) => agreementId === agreement.ref).map((record) => ({ ...target(story, record), lastMissed: missesOf(story, record.ref, 3) })),
          })),
      ),
      nextRenewals: nodes(
        agreementsOf(story, customer, "ACTIVE", "UNDER_REVIEW")
          .filter(({ endOn }) => endOn && endOn >= on)
          .sort((a, b) => (a["endOn"] < b["endOn"] ? -1 : 1))
          .slice(0, 5)
          .map((agreement) => ({
            ...pick(agreement, "code", "title", "endOn", "renewal", "valuePer"),
            noticeBy: agreement["noticeDays"] === undefined ? null : daysLater(agreement["endOn"] as string, -agreement["noticeDays"]),
            value: money(agreement["value"]),
          })),
      ),
    },
  };
};
const DAY = 86_400_000;
const daysLater = (day: string, days: number) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY;

const whatACustomerConsumes: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const offer = (service: string) => ({ ...named(story, service), standardPrices: standardPrices(story, service), competitors: benchmarks(story, service, "confidence") });
  const edges = (records: Told[], servicesOf: (record: Told) => string[], show: (record: Told) => object) => ({
    edges: unique(records.flatMap(servicesOf)).map((service) => ({ node: offer(service), because: records.filter((record) => servicesOf(record).includes(service)).map(show) })),
  });
  const itsService = ({ serviceId }: Told) => [serviceId as string];
  return {
    customer: {
      ...pick(customer, "name"),
      servicesAgreed: edges(agreementsOf(story, customer, "ACTIVE"), ({ serviceIds }) => serviceIds as string[], (agreement) => ({
        ...pick(agreement, "code", "title", "endOn", "valuePer"),
        value: money(agreement["value"]),
        targets: story.all("ServiceLevelTarget", ({ agreementId }) => agreementId === agreement.ref).map((record) => ({
          ...target(story, record),
          service: linked(story, record["serviceId"], (service) => pick(service, "code")),
          lastAchievement: lastOf(story, record.ref),
        })),
      })),
      servicesUsed: edges(ofCustomer(story, "ServiceUsage", customer), itsService, (usage) => ({ ...pick(usage, "periodFrom", "periodTo", "users"), unit: name(story, usage["unitId"]) })),
      servicesDependedOn: edges(ofCustomer(story, "ServiceDependency", customer), itsService, (dependency) => ({ ...pick(dependency, "businessActivity", "criticality", "validTo"), unit: name(story, dependency["unitId"]) })),
      valueSeen: nodes(ofCustomer(story, "ValueAssessment", customer).map((value) => ({ ...pick(value, "periodFrom", "periodTo", "perceivedValue", "understanding", "basis"), realisedValue: money(value["realisedValue"]), service: named(story, value["serviceId"]) }))),
      ownPrices: nodes(story.all("ServiceOffering", ({ tailoredForId }) => tailoredForId === customer.ref).map((offering) => price(story, offering))),
    },
  };
};

const objectivesAndTheServicesBehindThem: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const objectives = ofCustomer(story, "BusinessObjective", customer, ({ state }) => state === "PROPOSED" || state === "AGREED");
  const supports = (objective: Told): { serviceId: string; contribution: string }[] => objective["supportedBy"] ?? [];
  return {
    customer: {
      ...pick(customer, "name"),
      servicesForObjectives: {
        edges: unique(objectives.flatMap(supports).map(({ serviceId }) => serviceId)).map((service) => ({
          node: linked(story, service, (record) => pick(record, "code", "name", "status")),
          because: objectives.filter((objective) => supports(objective).some(({ serviceId }) => serviceId === service)).map((objective) => pick(objective, "statement", "state", "due")),
        })),
      },
      objectives: nodes(
        objectives.map((objective) => ({
          ...pick(objective, "statement", "state", "measure", "due"),
          baseline: decimal(objective["baseline"]),
          target: decimal(objective["target"]),
          actual: decimal(objective["actual"]),
          supportedBy: supports(objective).map(({ serviceId, contribution }) => ({ service: named(story, serviceId), contribution })),
        })),
      ),
    },
  };
};

const comingDevelopments = (story: Story, customer: Told) =>
  nodes(
    ofCustomer(story, "ServiceDevelopment", customer, ({ state }) => state !== "DONE").map((development) => ({
      ...pick(development, "stage", "percent", "state"),
      service: linked(story, development["serviceId"], (service) => pick(service, "code", "name", "status")),
    })),
  );
const comingProjects = (story: Story, customer: Told, states: string[], show: (project: Told) => object) => {
  const deliverables = story.all("Deliverable", ({ state, customerIds }) => state !== "DROPPED" && (customerIds ?? []).includes(customer.ref));
  return {
    edges: unique(deliverables.map(({ projectId }) => projectId as string))
      .map((ref) => story.get(ref))
      .filter(({ status }) => states.includes(status as string))
      .map((project) => ({
        node: show(project),
        because: deliverables.filter(({ projectId }) => projectId === project.ref).map((record) => ({ ...pick(record, "description", "change", "dueOn", "state"), service: named(story, record["serviceId"]) })),
      })),
  };
};

const whatIsComingForACustomer: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  return {
    customer: {
      ...pick(customer, "name"),
      opportunities: nodes(
        ofCustomer(story, "Opportunity", customer, ({ state }) => state !== "DECLINED" && state !== "DEFERRED").map((opportunity) => ({
          ...pick(opportunity, "code", "title", "kind", "state"),
          requirements: nodes(
            story
              .all("Requirement", ({ opportunityId, state }) => opportunityId === opportunity.ref && state !== "REJECTED")
              .map((requirement) => ({ ...pick(requirement, "statement", "state", "signedOffOn"), service: named(story, requirement["serviceId"]) })),
          ),
          businessCases: nodes(story.all("BusinessCase", ({ opportunityId, state }) => opportunityId === opportunity.ref && state !== "REJECTED").map(businessCase)),
          convertedTo: linked(story, opportunity["convertedToId"], (outcome) =>
            outcome.type === "Service" ? { ...pick(outcome, "code", "name"), serviceStatus: outcome["status"] } : { ...pick(outcome, "code", "name", "plannedEnd"), projectStatus: outcome["status"] },
          ),
        })),
      ),
      serviceDevelopments: comingDevelopments(story, customer),
      projects: comingProjects(story, customer, ["PROPOSED", "PLANNED", "UNDERWAY", "ON_HOLD"], (project) => ({
        ...pick(project, "code", "name", "status", "health", "plannedStart", "plannedEnd", "approvedEnd"),
        businessCase: linked(story, project["businessCaseId"], (record) => pick(record, "title", "state")),
      })),
    },
  };
};
/** A business case with its net present value and payback, in plain floating point: exact enough to the cent at these sizes. */
function businessCase(record: Told): object {
  const flows: { year: number; amount: string }[] = [...(record["cashFlow"] ?? [])].sort((a, b) => a.year - b.year);
  const [currency] = (flows[0]?.amount ?? "").split(" ");
  const first = flows[0]?.year ?? 0;
  const amounts = flows.map(({ year, amount }) => ({ year, amount: Number(amount.split(" ")[1]) }));
  const worth = amounts.reduce((sum, { year, amount }) => sum + amount / (1 + Number(record["discountRate"]) / 100) ** (year - first), 0);
  return {
    ...pick(record, "title", "state", "decidedOn"),
    cost: money(record["cost"]),
    npv: flows.length > 0 && record["discountRate"] !== undefined ? { amount: worth.toFixed(2), currency } : null,
    paybackYears: payback(amounts),
  };
}
/** Years after the first until the sum of what came in and went out is no longer negative, evenly over the last of them. */
function payback(flows: { year: number; amount: number }[]): string | null {
  if (flows.length === 0) return null;
  let sum = 0;
  let years: number | null = null;
  for (let year = flows[0]!.year; year <= flows.at(-1)!.year; year++) {
    const amount = flows.filter((flow) => flow.year === year).reduce((total, flow) => total + flow.amount, 0);
    if (sum < 0 && sum + amount >= 0) years = year - flows[0]!.year - 1 + -sum / amount;
    sum += amount;
    if (sum < 0) years = null;
  }
  return years === null ? null : decimal(years.toFixed(2));
}

const needsAnsweredTooLate: Expected = (story) => {
  const dueOn = ({ raisedOn, acceptedTimeframe }: Told) => ((acceptedTimeframe ?? null) === null ? null : daysLater(raisedOn as string, acceptedTimeframe as number));
  const show = (change: Told) => {
    const need = story.get(change["needId"] as string);
    return {
      ...pick(change, "statement", "raisedOn", "acceptedTimeframe", "respondedOn", "response"),
      responseDueOn: dueOn(change),
      need: {
        ...pick(need, "statement", "priority", "state"),
        customer: named(story, need["customerId"]),
        opportunities: nodes(story.all("Opportunity", ({ needIds }) => (needIds ?? []).includes(need.ref)).map((record) => pick(record, "code", "title", "state"))),
        requirements: nodes(story.all("Requirement", ({ needId }) => needId === need.ref).map((record) => ({ ...pick(record, "statement", "state"), service: named(story, record["serviceId"]) }))),
        projects: nodes(story.all("Project", ({ needIds }) => (needIds ?? []).includes(need.ref)).map((record) => pick(record, "code", "name", "status", "plannedEnd"))),
      },
    };
  };
  const late = story.all("NeedChange", (change) => change["respondedOn"] && dueOn(change) && change["respondedOn"] > dueOn(change)!);
  const unanswered = story.all("NeedChange", ({ respondedOn }) => !respondedOn);
  return {
    answeredLate: { totalCount: late.length, ...nodes(late.map(show)), pageInfo: { hasNextPage: false, endCursor: expect.any(String) } },
    notAnswered: { totalCount: unanswered.length, ...nodes(unanswered.map(show)) },
  };
};
