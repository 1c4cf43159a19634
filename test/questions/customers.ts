/** What the questions about one customer must answer, worked out from the story told. */
import {
  type Expected,
  agreementsOf,
  allNamed,
  benchmarks,
  daysLater,
  decimal,
  isValid,
  lastOf,
  linked,
  missesOf,
  money,
  name,
  named,
  newest,
  nodes,
  ofCustomer,
  onlyPage,
  pick,
  price,
  standardPrices,
  target,
  unique,
} from "./shown.js";
import type { Story, Told } from "./story.js";

const notKept =
  (agreement: Told, day: string, ...obligors: string[]) =>
  (record: Told) =>
    record["agreementId"] === agreement.ref &&
    obligors.includes(record["obligor"]) &&
    (record["state"] === "BREACHED" || (record["state"] === "PENDING" && record["dueOn"] && record["dueOn"] < day));

export const beforeIMeetACustomer: Expected = (story, { customer: code, on }) => {
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
        breaches: nodes(
          story
            .all("ObligationBreach", ({ obligationId }) => obligationId === record.ref)
            .map((breach) => pick(breach, "detectedOn", "effect", "remedy", "disclosedToCustomerOn")),
        ),
      })),
    );
  return {
    customer: {
      ...pick(customer, "name", "segment", "segmentReason", "strategy"),
      relationship: { ...pick(relationship, "providerCommitment", "customerCommitment", "nextReviewDue"), manager: name(story, relationship["managerId"]) },
      realCustomers: people("REAL_CUSTOMER"),
      decisionMakers: people("DECISION_MAKER"),
      primaryUsers: people("PRIMARY_USER"),
      servicesAgreed: allNamed(
        story,
        agreementsOf(story, customer, "ACTIVE").flatMap(({ serviceIds }) => serviceIds as string[]),
      ),
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
        agreementsOf(story, customer, "ACTIVE", "UNDER_REVIEW").map((agreement) => ({
          ...pick(agreement, "code", "title"),
          brokenByUs: broken(agreement, "PROVIDER", "SUPPLIER"),
          brokenByThem: broken(agreement, "CUSTOMER"),
          targets: story
            .all("ServiceLevelTarget", ({ agreementId }) => agreementId === agreement.ref)
            .map((record) => ({ ...target(story, record), lastMissed: missesOf(story, record.ref, 3) })),
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

export const whatACustomerConsumes: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const offer = (service: string) => ({
    ...named(story, service),
    standardPrices: standardPrices(story, service),
    competitors: benchmarks(story, service, "confidence"),
  });
  const edges = (records: Told[], servicesOf: (record: Told) => string[], show: (record: Told) => object) => ({
    edges: unique(records.flatMap(servicesOf)).map((service) => ({
      node: offer(service),
      because: records.filter((record) => servicesOf(record).includes(service)).map(show),
    })),
  });
  const itsService = ({ serviceId }: Told) => [serviceId as string];
  return {
    customer: {
      ...pick(customer, "name"),
      servicesAgreed: edges(
        agreementsOf(story, customer, "ACTIVE"),
        ({ serviceIds }) => serviceIds as string[],
        (agreement) => ({
          ...pick(agreement, "code", "title", "endOn", "valuePer"),
          value: money(agreement["value"]),
          targets: story
            .all("ServiceLevelTarget", ({ agreementId }) => agreementId === agreement.ref)
            .map((record) => ({
              ...target(story, record),
              service: linked(story, record["serviceId"], (service) => pick(service, "code")),
              lastAchievement: lastOf(story, record.ref),
            })),
        }),
      ),
      servicesUsed: edges(ofCustomer(story, "ServiceUsage", customer), itsService, (usage) => ({
        ...pick(usage, "periodFrom", "periodTo", "users"),
        unit: name(story, usage["unitId"]),
      })),
      servicesDependedOn: edges(ofCustomer(story, "ServiceDependency", customer), itsService, (dependency) => ({
        ...pick(dependency, "businessActivity", "criticality", "validTo"),
        unit: name(story, dependency["unitId"]),
      })),
      valueSeen: nodes(
        ofCustomer(story, "ValueAssessment", customer).map((value) => ({
          ...pick(value, "periodFrom", "periodTo", "perceivedValue", "understanding", "basis"),
          realisedValue: money(value["realisedValue"]),
          service: named(story, value["serviceId"]),
        })),
      ),
      ownPrices: nodes(story.all("ServiceOffering", ({ tailoredForId }) => tailoredForId === customer.ref).map((offering) => price(story, offering))),
    },
  };
};

export const objectivesAndTheServicesBehindThem: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const objectives = ofCustomer(story, "BusinessObjective", customer, ({ state }) => state !== "WITHDRAWN");
  const supports = (objective: Told): { serviceId: string; contribution: string }[] => objective["supportedBy"] ?? [];
  return {
    customer: {
      ...pick(customer, "name"),
      servicesForObjectives: {
        edges: unique(objectives.flatMap(supports).map(({ serviceId }) => serviceId)).map((service) => ({
          node: linked(story, service, (record) => pick(record, "code", "name", "status")),
          because: objectives
            .filter((objective) => supports(objective).some(({ serviceId }) => serviceId === service))
            .map((objective) => pick(objective, "statement", "state", "due")),
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
const openOpportunities = (story: Story, customer: Told) =>
  ofCustomer(story, "Opportunity", customer, ({ state }) => ["IDENTIFIED", "QUALIFIED", "ASSESSED_WITH_CUSTOMER", "APPROVED"].includes(state as string));
const comingProjects = (story: Story, customer: Told, show: (project: Told) => object) => {
  const deliverables = story.all("Deliverable", ({ state, customerIds }) => state !== "DROPPED" && (customerIds ?? []).includes(customer.ref));
  return {
    edges: unique(deliverables.map(({ projectId }) => projectId as string))
      .map((ref) => story.get(ref))
      .filter(({ status }) => ["PROPOSED", "PLANNED", "UNDERWAY", "ON_HOLD"].includes(status as string))
      .map((project) => ({
        node: show(project),
        because: deliverables
          .filter(({ projectId }) => projectId === project.ref)
          .map((record) => ({ ...pick(record, "description", "change", "dueOn", "state"), service: named(story, record["serviceId"]) })),
      })),
  };
};

export const whatIsComingForACustomer: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const requirements = (key: string, ref: string) =>
    nodes(
      story
        .all("Requirement", (record) => record[key] === ref && record["state"] !== "REJECTED")
        .map((record) => ({ ...pick(record, "statement", "state", "signedOffOn"), service: named(story, record["serviceId"]) })),
    );
  return {
    customer: {
      ...pick(customer, "name"),
      opportunities: nodes(
        openOpportunities(story, customer).map((opportunity) => ({
          ...pick(opportunity, "code", "title", "kind", "state"),
          requirements: requirements("opportunityId", opportunity.ref),
          businessCases: nodes(
            story
              .all("BusinessCase", ({ opportunityId, state }) => opportunityId === opportunity.ref && state !== "REJECTED")
              .map((record) => ({ ...pick(record, "decidedOn"), ...businessCase(record) })),
          ),
        })),
      ),
      needs: nodes(
        ofCustomer(story, "BusinessNeed", customer, ({ state }) => state === "OPEN" || state === "IN_PROGRESS").map((need) => ({
          ...pick(need, "statement", "priority", "state"),
          requirements: requirements("needId", need.ref),
        })),
      ),
      serviceDevelopments: comingDevelopments(story, customer),
      projects: comingProjects(story, customer, (project) => ({
        ...pick(project, "code", "name", "status", "health", "plannedStart", "plannedEnd", "approvedEnd"),
        businessCase: linked(story, project["businessCaseId"], businessCase),
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
    ...pick(record, "title", "state"),
    cost: money(record["cost"]),
    npv: flows.length > 0 && record["discountRate"] !== undefined ? { amount: worth.toFixed(2), currency } : null,
    paybackYears: payback(amounts),
  };
}
/** Years after the first until the sum of what came in and went out is no longer negative, evenly over the last of them; half a hundredth goes to the even one. */
function payback(flows: { year: number; amount: number }[]): string | null {
  let sum = 0;
  let hundredths: number | null = null;
  for (const { year, amount } of flows) {
    if (sum < 0 && sum + amount >= 0) hundredths = ((year - flows[0]!.year - 1) * amount * 100 - sum * 100) / amount;
    sum += amount;
    if (sum < 0) hundredths = null;
  }
  if (hundredths === null) return null;
  const whole = Math.floor(hundredths);
  return decimal((hundredths - whole === 0.5 ? whole + (whole % 2) : Math.round(hundredths)) / 100);
}

export const needsAnsweredTooLate: Expected = (story) => {
  const dueOn = ({ raisedOn, acceptedTimeframe }: Told) =>
    (acceptedTimeframe ?? null) === null ? null : daysLater(raisedOn as string, acceptedTimeframe as number);
  const show = (change: Told) => {
    const need = story.get(change["needId"] as string);
    return {
      ...pick(change, "statement", "raisedOn", "acceptedTimeframe", "respondedOn", "response"),
      responseDueOn: dueOn(change),
      need: {
        ...pick(need, "statement", "priority", "state"),
        customer: named(story, need["customerId"]),
        opportunities: nodes(
          story.all("Opportunity", ({ needIds }) => (needIds ?? []).includes(need.ref)).map((record) => pick(record, "code", "title", "state")),
        ),
        requirements: nodes(
          story
            .all("Requirement", ({ needId }) => needId === need.ref)
            .map((record) => ({ ...pick(record, "statement", "state"), service: named(story, record["serviceId"]) })),
        ),
        projects: nodes(
          story.all("Project", ({ needIds }) => (needIds ?? []).includes(need.ref)).map((record) => pick(record, "code", "name", "status", "plannedEnd")),
        ),
      },
    };
  };
  const late = story.all("NeedChange", (change) => change["respondedOn"] && dueOn(change) && change["respondedOn"] > dueOn(change)!);
  const unanswered = story.all("NeedChange", ({ respondedOn }) => !respondedOn);
  return {
    answeredLate: { totalCount: late.length, ...nodes(late.map(show)), ...onlyPage(late) },
    notAnsweredYet: { totalCount: unanswered.length, ...nodes(unanswered.map(show)) },
  };
};

export const whatACustomerOwesUs: Expected = (story, { customer: code, on }) => {
  const customer = story.coded("Customer", code as string);
  const breach = (record: Told) => ({
    ...pick(record, "detectedOn", "effect", "remedy", "disclosedToCustomerOn"),
    affectedTargets: ((record["affectedTargetIds"] ?? []) as string[]).map((ref) => ({ ...target(story, story.get(ref)), missed: missesOf(story, ref, 12) })),
  });
  return {
    customer: {
      ...pick(customer, "name"),
      agreements: nodes(
        agreementsOf(story, customer).map((agreement) => ({
          ...pick(agreement, "code", "title", "state"),
          notKept: nodes(
            story.all("Obligation", notKept(agreement, on as string, "CUSTOMER")).map((obligation) => ({
              ...pick(obligation, "statement", "category", "state", "dueOn"),
              breaches: nodes(story.all("ObligationBreach", ({ obligationId }) => obligationId === obligation.ref).map(breach)),
            })),
          ),
        })),
      ),
    },
  };
};

export const unitsThatWantOpposingThings: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const disputed = (needs: Told[]) =>
    unique(needs.flatMap(({ serviceIds }) => (serviceIds ?? []) as string[])).filter(
      (service) => needs.filter(({ serviceIds }) => (serviceIds ?? []).includes(service)).length > 1,
    );
  return {
    customer: {
      ...pick(customer, "name"),
      serviceConflicts: ofCustomer(story, "UnitConflict", customer, ({ state }) => state !== "RESOLVED").flatMap((conflict) => {
        const needs = ((conflict["needIds"] ?? []) as string[]).map((ref) => story.get(ref));
        const services = disputed(needs).map((ref) => ({ ...named(story, ref), owner: name(story, story.get(ref)["ownerId"] as string) }));
        if (services.length === 0) return [];
        return [
          {
            ...pick(conflict, "description", "state"),
            services,
            units: (conflict["unitIds"] as string[]).map((ref) => ({ ...name(story, ref), head: name(story, story.get(ref)["headId"] as string) })),
            needs: needs.map((need) => ({ ...pick(need, "statement", "priority"), unit: name(story, need["unitId"]) })),
          },
        ];
      }),
    },
  };
};

export const hasTheRelationshipImproved: Expected = (story, { customer: code, from, since }) => {
  const customer = story.coded("Customer", code as string);
  const relationship = ofCustomer(story, "Relationship", customer)[0]!;
  const maturity = (side: string, is: (day: string) => boolean) =>
    nodes(
      newest(
        story.all(
          "MaturityAssessment",
          (record) => record["relationshipId"] === relationship.ref && record["side"] === side && is(record["assessedOn"] as string),
        ),
        "assessedOn",
        1,
      ).map((record) => pick(record, "level", "assessedOn")),
    );
  const value = (is: (day: string) => boolean) =>
    nodes(
      ofCustomer(story, "ValueAssessment", customer, ({ periodFrom }) => is(periodFrom as string)).map((record) => ({
        ...pick(record, "periodFrom", "periodTo", "perceivedValue", "understanding"),
        realisedValue: money(record["realisedValue"]),
        service: named(story, record["serviceId"]),
      })),
    );
  const complaints = (is: (day: string) => boolean) =>
    ofCustomer(story, "Feedback", customer, ({ kind, receivedOn }) => kind === "COMPLAINT" && is(receivedOn as string));
  const [before, then, now] = [(day: string) => day < since, (day: string) => day >= from && day < since, (day: string) => day >= since];
  return {
    customer: {
      ...pick(customer, "name"),
      relationship: {
        ourViewThen: maturity("PROVIDER", before),
        ourViewNow: maturity("PROVIDER", now),
        theirViewThen: maturity("CUSTOMER", before),
        theirViewNow: maturity("CUSTOMER", now),
      },
      valueThen: value(then),
      valueSince: value(now),
      complaintsThen: { totalCount: complaints(then).length },
      complaintsSince: {
        totalCount: complaints(now).length,
        ...nodes(
          complaints(now).map((record) => ({ ...pick(record, "statement", "severity", "state", "receivedOn"), about: named(story, record["aboutId"]) })),
        ),
      },
    },
  };
};

export const whatIPayAndWhatIGet: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  return {
    customer: {
      ...pick(customer, "name"),
      agreements: nodes(
        agreementsOf(story, customer, "ACTIVE", "UNDER_REVIEW").map((agreement) => ({
          ...pick(agreement, "code", "title", "state", "endOn", "valuePer"),
          value: money(agreement["value"]),
          services: nodes(
            (agreement["serviceIds"] as string[]).map((ref) => ({
              ...linked(story, ref, (service) => pick(service, "code", "name", "utility")),
              standardPrices: standardPrices(story, ref),
              competitors: benchmarks(story, ref, "comparableLevel"),
            })),
          ),
          targets: story
            .all("ServiceLevelTarget", ({ agreementId }) => agreementId === agreement.ref)
            .map((record) => ({ ...target(story, record), lastAchievement: lastOf(story, record.ref) })),
          owed: nodes(
            story
              .all(
                "Obligation",
                ({ agreementId, obligor, state }) => agreementId === agreement.ref && obligor === "CUSTOMER" && (state === "PENDING" || state === "BREACHED"),
              )
              .map((record) => pick(record, "statement", "category", "dueOn", "recurrence", "state")),
          ),
        })),
      ),
      ownPrices: nodes(story.all("ServiceOffering", ({ tailoredForId }) => tailoredForId === customer.ref).map((offering) => price(story, offering))),
      valueSeen: nodes(
        ofCustomer(story, "ValueAssessment", customer).map((value) => ({
          ...pick(value, "periodFrom", "periodTo", "perceivedValue"),
          realisedValue: money(value["realisedValue"]),
          service: named(story, value["serviceId"]),
        })),
      ),
      comingOpportunities: nodes(openOpportunities(story, customer).map((opportunity) => pick(opportunity, "code", "title", "kind", "state"))),
      comingServices: comingDevelopments(story, customer),
      comingProjects: comingProjects(story, customer, (project) => pick(project, "code", "name", "status", "health", "plannedEnd", "approvedEnd")),
    },
  };
};
