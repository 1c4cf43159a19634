/** What each question's answer must be, worked out from the story told: question → answer of its operation with its variables. */
import type { Story, Told } from "./story.js";

type Variables = Record<string, any>;
/** Stands for any cursor. */
export const CURSOR = "a cursor";
export type Expected = (story: Story, variables: Variables, today: string) => object;

// --- how records are shown ---

const pick = (record: Told, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, record[key] ?? null]));
const money = (text: string | null | undefined) => {
  const [currency, amount] = (text ?? "").split(" ");
  return amount ? { amount: Number(amount).toFixed(2), currency } : null;
};
const decimal = (value: string | number | null | undefined) => (value === null || value === undefined ? null : String(Number(value)));
const nodes = (list: unknown[]) => ({ nodes: list });
const onlyPage = (list: unknown[]) => ({ pageInfo: { hasNextPage: false, endCursor: list.length > 0 ? CURSOR : null } });
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
    answeredLate: { totalCount: late.length, ...nodes(late.map(show)), ...onlyPage(late) },
    notAnswered: { totalCount: unanswered.length, ...nodes(unanswered.map(show)) },
  };
};

const whatACustomerOwesUs: Expected = (story, { customer: code, on }) => {
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

const unitsThatWantOpposingThings: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  const disputed = (needs: Told[]) => unique(needs.flatMap(({ serviceIds }) => (serviceIds ?? []) as string[])).filter((service) => needs.filter(({ serviceIds }) => (serviceIds ?? []).includes(service)).length > 1);
  return {
    customer: {
      ...pick(customer, "name"),
      conflicts: nodes(
        ofCustomer(story, "UnitConflict", customer, ({ state }) => state !== "RESOLVED").map((conflict) => {
          const needs = ((conflict["needIds"] ?? []) as string[]).map((ref) => story.get(ref));
          return {
            ...pick(conflict, "description", "state"),
            services: disputed(needs).map((ref) => ({ ...named(story, ref), owner: name(story, story.get(ref)["ownerId"] as string) })),
            units: (conflict["unitIds"] as string[]).map((ref) => ({ ...name(story, ref), head: name(story, story.get(ref)["headId"] as string) })),
            needs: needs.map((need) => ({ ...pick(need, "statement", "priority"), unit: name(story, need["unitId"]) })),
          };
        }),
      ),
    },
  };
};

const hasTheRelationshipImproved: Expected = (story, { customer: code, from, since }) => {
  const customer = story.coded("Customer", code as string);
  const relationship = ofCustomer(story, "Relationship", customer)[0]!;
  const maturity = (side: string, is: (day: string) => boolean) =>
    nodes(newest(story.all("MaturityAssessment", (record) => record["relationshipId"] === relationship.ref && record["side"] === side && is(record["assessedOn"] as string)), "assessedOn", 1).map((record) => pick(record, "level", "assessedOn")));
  const value = (is: (day: string) => boolean) =>
    nodes(
      ofCustomer(story, "ValueAssessment", customer, ({ periodTo }) => is(periodTo as string)).map((record) => ({ ...pick(record, "periodFrom", "periodTo", "perceivedValue", "understanding"), realisedValue: money(record["realisedValue"]), service: named(story, record["serviceId"]) })),
    );
  const complaints = (is: (day: string) => boolean) => ofCustomer(story, "Feedback", customer, ({ kind, receivedOn }) => kind === "COMPLAINT" && is(receivedOn as string));
  const [before, then, now] = [(day: string) => day < since, (day: string) => day >= from && day < since, (day: string) => day >= since];
  return {
    customer: {
      ...pick(customer, "name"),
      relationship: { ourViewThen: maturity("PROVIDER", before), ourViewNow: maturity("PROVIDER", now), theirViewThen: maturity("CUSTOMER", before), theirViewNow: maturity("CUSTOMER", now) },
      valueThen: value(then),
      valueSince: value(now),
      complaintsThen: { totalCount: complaints(then).length },
      complaintsSince: { totalCount: complaints(now).length, ...nodes(complaints(now).map((record) => ({ ...pick(record, "statement", "severity", "state", "receivedOn"), about: named(story, record["aboutId"]) }))) },
    },
  };
};

const slasThatRestOnLess: Expected = (story) => {
  const lastDay = (agreement: Told): string => (agreement["state"] === "TERMINATED" ? agreement["terminatedOn"] : agreement["endOn"]) ?? "9999-12-31";
  const said = (agreement: Told) => (lastDay(agreement) === "9999-12-31" ? "has no end" : `holds until ${lastDay(agreement)}`);
  const words: Record<string, string> = { AT_LEAST: "at least", AT_MOST: "at most", EQUAL: "exactly" };
  const promise = (record: Told) => `${words[record["comparator"]]} ${decimal(record["value"])} ${record["unit"]}`;
  const alike = (one: Told, other: Told) => ["metric", "comparator", "unit", "window"].every((key) => (one[key] ?? null) === (other[key] ?? null));
  const isLess = (lower: Told, upper: Told) => (upper["comparator"] === "AT_LEAST" ? Number(lower["value"]) < Number(upper["value"]) : Number(lower["value"]) > Number(upper["value"]));
  const show = (record: Told) => {
    const [upper, lower] = [story.get(record["upperId"] as string), story.get(record["lowerId"] as string)];
    const needed = record["targetId"] ? story.get(record["targetId"] as string) : null;
    const promised = needed ? story.all("ServiceLevelTarget", (other) => other["agreementId"] === lower.ref && alike(other, needed)) : [];
    const endsEarlier = lastDay(lower) < lastDay(upper);
    const weaker = needed && promised.length > 0 ? promised.every((other) => isLess(other, needed)) : null;
    const gaps = [
      ...(endsEarlier ? [`The lower agreement ${said(lower)}, the upper one ${said(upper)}.`] : []),
      ...(weaker ? [`The lower agreement promises ${promised.map(promise).join(", ")}; the target needs ${promise(needed!)}.`] : []),
    ];
    return {
      gap: gaps.join(" ") || null,
      weaker,
      endsEarlier,
      lower: {
        ...pick(lower, "code", "title", "kind", "state", "endOn"),
        parties: (lower["parties"] as { partyId: string; side: string }[]).map(({ partyId, side }) => {
          const party = story.get(partyId);
          return { side, party: { ...pick(party, "code", "name"), ...(party.type === "Team" ? { lead: name(story, party["leadId"]) } : {}) } };
        }),
      },
      target: needed && { ...target(story, needed), ...pick(needed, "window") },
    };
  };
  const slas = story.all("Agreement", ({ kind, state }) => kind === "SLA" && ["AGREED", "ACTIVE", "UNDER_REVIEW"].includes(state as string));
  return {
    agreements: {
      ...nodes(
        slas.map((agreement) => ({
          ...pick(agreement, "code", "title", "endOn"),
          customers: allNamed(story, (agreement["parties"] as { partyId: string }[]).map(({ partyId }) => partyId).filter((ref) => story.get(ref).type === "Customer")),
          underpinningGaps: story.all("Underpinning", ({ upperId }) => upperId === agreement.ref).map(show).filter(({ gap }) => gap !== null),
        })),
      ),
      ...onlyPage(slas),
    },
  };
};

const requirementsNotSignedOff: Expected = (story, { on }) => {
  const signatories = (ref: string) => {
    const customer = story.get(ref);
    const deciding = ofCustomer(story, "Stakeholder", customer, (record) => ["REAL_CUSTOMER", "DECISION_MAKER", "AUTHORISED_REPRESENTATIVE"].includes(record["role"] as string) && isValid(record, on as string));
    return {
      ...pick(customer, "code", "name"),
      stakeholders: nodes(deciding.map((record) => ({ ...pick(record, "role"), person: linked(story, record["personId"], (person) => pick(person, "name", "email", "active")), service: named(story, record["serviceId"]) }))),
    };
  };
  const chartered = story.all("Service", ({ status }) => ["CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RELEASED", "OPERATIONAL"].includes(status as string));
  return {
    services: {
      ...nodes(
        chartered.map((service) => ({
          ...pick(service, "code", "name", "status"),
          owner: name(story, service["ownerId"]),
          requirements: nodes(
            story.all("Requirement", ({ serviceId, state }) => serviceId === service.ref && state === "PENDING").map((requirement) => ({
              ...pick(requirement, "statement", "kind"),
              opportunity: linked(story, requirement["opportunityId"], (opportunity) => ({ ...pick(opportunity, "code", "title"), customer: signatories(opportunity["customerId"] as string) })),
              need: linked(story, requirement["needId"], (need) => ({ ...pick(need, "statement"), customer: signatories(need["customerId"] as string) })),
            })),
          ),
        })),
      ),
      ...onlyPage(chartered),
    },
  };
};

const applicationsBehindMyService: Expected = (story, { service: code }) => {
  const service = story.coded("Service", code as string);
  const functions = story.all("ApplicationFunction", ({ supportIds }) => (supportIds ?? []).includes(service.ref));
  return {
    service: {
      ...pick(service, "name", "status"),
      owner: name(story, service["ownerId"]),
      applications: {
        edges: unique(functions.map(({ applicationId }) => applicationId as string)).map((ref) => {
          const application = story.get(ref);
          return {
            node: {
              ...pick(application, "code", "name", "kind", "lifecycle", "dispositionReason", "functionalFit", "technicalFit"),
              phases: application["phases"] ?? [],
              disposition: dispositionOf(application),
              successor: linked(story, application["successorId"], (successor) => pick(successor, "code", "name", "lifecycle")),
              owner: businessOwner(story, application),
            },
            because: functions.filter(({ applicationId }) => applicationId === ref).map((record) => pick(record, "name", "description")),
          };
        }),
      },
    },
  };
};
function dispositionOf({ dispositionOverride, functionalFit, technicalFit }: Told): string | null {
  if (dispositionOverride) return dispositionOverride as string;
  if ((functionalFit ?? null) === null || (technicalFit ?? null) === null) return null;
  return functionalFit >= 50 ? (technicalFit >= 50 ? "INVEST" : "MIGRATE") : technicalFit >= 50 ? "TOLERATE" : "ELIMINATE";
}
/** The person who is its business owner today, the latest appointed. */
function businessOwner(story: Story, application: Told): object | null {
  const today = new Date().toISOString().slice(0, 10);
  const owners = story.all("ApplicationRole", (record) => record["applicationId"] === application.ref && record["role"] === "BUSINESS_OWNER" && isValid(record, today) && story.get(record["holderId"] as string).type === "Person");
  const latest = [...owners].sort((a, b) => ((a["validFrom"] ?? "") < (b["validFrom"] ?? "") ? 1 : -1))[0];
  return name(story, latest?.["holderId"] as string);
}

const projectsAndTheirSlip: Expected = (story) => {
  const projects = story.all("Project", ({ status }) => status === "PLANNED" || status === "UNDERWAY");
  return {
    projects: {
      totalCount: projects.length,
      ...nodes(
        projects.map((project) => ({
          ...pick(project, "code", "name", "status", "health", "percentComplete", "approvedStart", "approvedEnd", "plannedStart", "plannedEnd", "actualStart"),
          slipDays: project["approvedEnd"] && project["plannedEnd"] ? daysBetween(project["approvedEnd"], project["plannedEnd"]) : null,
          manager: name(story, project["managerId"]),
          newOrChanged: nodes(
            story
              .all("Deliverable", ({ projectId, change, state }) => projectId === project.ref && change !== "RETIRED" && state !== "DROPPED")
              .map((record) => ({ ...pick(record, "change", "dueOn", "state"), service: named(story, record["serviceId"]), customers: allNamed(story, record["customerIds"]) })),
          ),
        })),
      ),
      ...onlyPage(projects),
    },
  };
};

const projectsThatChangeTheSameApplication: Expected = (story) => {
  const monthOf = ({ doneOn, dueOn }: Told) => (doneOn ?? dueOn ?? null) && `${((doneOn ?? dueOn) as string).slice(0, 7)}-01`;
  const touches = story
    .all("Deliverable", (record) => record["state"] !== "DROPPED" && monthOf(record) && story.get(record["projectId"] as string)["status"] !== "CANCELLED")
    .flatMap((deliverable) => unique(((deliverable["applications"] ?? []) as { applicationId: string }[]).map(({ applicationId }) => applicationId)).map((application) => ({ application, month: monthOf(deliverable)!, deliverable })));
  const show = (record: Told) => pick(record, "description", "dueOn", "state");
  const clashes = (project: Told) => {
    const own = touches.filter(({ deliverable }) => deliverable["projectId"] === project.ref);
    return unique(own.map(({ application, month }) => `${application} ${month}`)).flatMap((place) => {
      const [application, month] = place.split(" ") as [string, string];
      const there = touches.filter((touch) => touch.application === application && touch.month === month).map(({ deliverable }) => deliverable);
      const others = there.filter(({ projectId }) => projectId !== project.ref);
      if (others.length === 0) return [];
      return [
        {
          month,
          application: linked(story, application, (record) => pick(record, "code", "name", "lifecycle")),
          deliverables: there.filter(({ projectId }) => projectId === project.ref).map(show),
          others: others.map((record) => {
            const other = story.get(record["projectId"] as string);
            return { ...show(record), project: { ...pick(other, "code", "name", "status"), manager: name(story, other["managerId"]) } };
          }),
        },
      ];
    });
  };
  const projects = story.all("Project", ({ status }) => ["PROPOSED", "PLANNED", "UNDERWAY", "ON_HOLD"].includes(status as string));
  return {
    projects: { ...nodes(projects.map((project) => ({ ...pick(project, "code", "name", "status"), manager: name(story, project["managerId"]), clashes: clashes(project) }))), ...onlyPage(projects) },
  };
};

const whoAndWhatStandsOnAnApplication: Expected = (story, { application: code, on }) => {
  const application = story.coded("Application", code as string);
  const functions = story.all("ApplicationFunction", ({ applicationId }) => applicationId === application.ref);
  const roles = (role: string, is: (record: Told) => boolean) =>
    nodes(
      story.all("ApplicationRole", (record) => record["applicationId"] === application.ref && record["role"] === role && is(record)).map((record) => {
        const holder = story.get(record["holderId"] as string);
        return {
          ...pick(record, "validFrom", "validTo"),
          holder: holder.type === "Team" ? { ...pick(holder, "code", "name"), lead: name(story, holder["leadId"]) } : pick(holder, "code", "name", "email", "active"),
        };
      }),
    );
  const now = (record: Told) => isValid(record, on as string);
  const services = unique(functions.flatMap(({ supportIds }) => (supportIds ?? []) as string[]));
  return {
    application: {
      ...pick(application, "name", "lifecycle", "criticality"),
      disposition: dispositionOf(application),
      owner: businessOwner(story, application),
      functions: nodes(functions.map((record) => ({ ...pick(record, "name", "description"), supports: allNamed(story, record["supportIds"]) }))),
      services: nodes(
        services.map((ref) => ({
          ...linked(story, ref, (service) => pick(service, "code", "name", "status")),
          dependentCustomers: nodes(
            story.all("ServiceDependency", (record) => record["serviceId"] === ref && now(record)).map((record) => ({
              ...pick(record, "businessActivity", "criticality", "vitalBusinessFunction", "tolerableOutage"),
              customer: linked(story, record["customerId"], (customer) => pick(customer, "code", "name", "segment")),
              unit: name(story, record["unitId"]),
            })),
          ),
          customersAgreed: allNamed(
            story,
            story
              .all("Agreement", ({ state, serviceIds }) => state === "ACTIVE" && (serviceIds ?? []).includes(ref))
              .flatMap(({ parties }) => (parties as { partyId: string }[]).map(({ partyId }) => partyId))
              .filter((party) => story.get(party).type === "Customer"),
          ),
        })),
      ),
      developers: roles("DEVELOPER", now),
      formerDevelopers: roles("DEVELOPER", ({ validTo }) => Boolean(validTo) && validTo < on),
      supporters: roles("SUPPORTER", now),
      managers: roles("MANAGER", now),
    },
  };
};

const pipeline: Expected = (story, _, today) => {
  const inStatus = (status: string) => ({ totalCount: story.all("Service", (service) => service["status"] === status).length });
  const counted = ["REQUIREMENTS", "DEFINED", "ANALYSED", "APPROVED", "CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RELEASED"];
  const services = story.all("Service", ({ status }) => counted.includes(status as string));
  const show = (service: Told) => {
    const periods: { status: string; since: string; until?: string }[] = service["statusHistory"];
    const open = story.all("Deliverable", ({ serviceId, state }) => serviceId === service.ref && state === "OPEN");
    const waiting = (ref: string) => linked(story, ref, (customer) => pick(customer, "code", "name", "segment"));
    return {
      ...pick(service, "code", "name", "status"),
      owner: name(story, service["ownerId"]),
      daysInStatus: daysBetween(periods.at(-1)!.since, today),
      daysByStatus: unique(periods.map(({ status }) => status)).map((status) => ({ status, days: periods.filter((period) => period.status === status).reduce((sum, { since, until }) => sum + daysBetween(since, until ?? today), 0) })),
      customersWaiting: {
        edges: unique(open.flatMap(({ customerIds }) => (customerIds ?? []) as string[])).map((ref) => ({
          node: waiting(ref),
          because: open.filter(({ customerIds }) => (customerIds ?? []).includes(ref)).map((record) => ({ ...pick(record, "dueOn"), project: linked(story, record["projectId"], (project) => pick(project, "code", "name", "status", "health")) })),
        })),
      },
      developments: nodes(story.all("ServiceDevelopment", ({ serviceId, state }) => serviceId === service.ref && state !== "DONE").map((record) => ({ ...pick(record, "stage", "percent", "state"), customer: waiting(record["customerId"] as string) }))),
    };
  };
  return { ...Object.fromEntries(counted.map((status) => [status.toLowerCase(), inStatus(status)])), pipeline: { totalCount: services.length, ...nodes(services.map(show)), ...onlyPage(services) } };
};

const complaintsAndWhatCameOfThem: Expected = (story, { before, from, to }) => {
  const complaints = (key: string, since: string, until: string, is: (record: Told) => unknown = () => true) =>
    story.all("Feedback", (record) => record["kind"] === "COMPLAINT" && record[key] && record[key] >= since && record[key] < until && is(record));
  const count = (list: Told[]) => ({ totalCount: list.length });
  const improved = complaints("closedOn", from as string, to as string, ({ improvement }) => improvement);
  const period = (since: string, until: string, suffix: string) => ({
    [`received${suffix}`]: count(complaints("receivedOn", since, until)),
    [`accepted${suffix}`]: count(complaints("receivedOn", since, until, ({ accepted }) => accepted)),
    [`escalated${suffix}`]: count(complaints("receivedOn", since, until, ({ escalatedToId }) => escalatedToId)),
    [`closed${suffix}`]: count(complaints("closedOn", since, until)),
  });
  return {
    ...period(from as string, to as string, ""),
    ...period(before as string, from as string, "Before"),
    improvements: { ...count(improved), ...nodes(improved.map((record) => ({ ...pick(record, "improvement", "statement", "closedOn"), customer: named(story, record["customerId"]), about: named(story, record["aboutId"]) }))) },
  };
};

const howRepresentativeTheSurveyIs: Expected = (story, { from, to }) => {
  const inPeriod = ({ periodTo }: Told) => periodTo >= from && periodTo <= to;
  const surveys = (is: (record: Told) => boolean) => story.all("ValueAssessment", (record) => record["basis"] === "SURVEY" && inPeriod(record) && is(record));
  const users = (is: (record: Told) => boolean) => nodes(story.all("ServiceUsage", (record) => inPeriod(record) && is(record)).map((record) => ({ ...pick(record, "periodFrom", "periodTo", "users"), service: named(story, record["serviceId"]) })));
  const share = ({ sampleSize, sampleFrame }: Told) => (sampleFrame && (sampleSize ?? null) !== null ? decimal(((sampleSize / sampleFrame) * 100).toFixed(1)) : null);
  const customers = story.all("Customer", ({ lifecycle }) => lifecycle === "ACTIVE");
  return {
    customers: {
      ...nodes(
        customers.map((customer) => ({
          ...pick(customer, "code", "name"),
          surveys: nodes(
            surveys(({ customerId }) => customerId === customer.ref).map((record) => ({
              ...pick(record, "periodFrom", "periodTo", "sampleFrame", "sampleSize"),
              sampleShare: share(record),
              service: named(story, record["serviceId"]),
              assessor: linked(story, record["assessorId"], (assessor) => ({ unit: name(story, assessor["unitId"]) })),
            })),
          ),
          usersOfAllUnits: users(({ customerId, unitId }) => customerId === customer.ref && !unitId),
          units: nodes(
            ofCustomer(story, "CustomerUnit", customer).map((unit) => ({
              ...pick(unit, "name"),
              serviceUsages: users(({ unitId }) => unitId === unit.ref),
              stakeholders: nodes(story.all("Stakeholder", ({ unitId }) => unitId === unit.ref).map((record) => ({ person: name(story, record["personId"]), surveys: { totalCount: surveys(({ assessorId }) => assessorId === record.ref).length } }))),
            })),
          ),
        })),
      ),
      ...onlyPage(customers),
    },
  };
};

const whatIPayAndWhatIGet: Expected = (story, { customer: code }) => {
  const customer = story.coded("Customer", code as string);
  return {
    customer: {
      ...pick(customer, "name"),
      agreements: nodes(
        agreementsOf(story, customer, "ACTIVE", "UNDER_REVIEW").map((agreement) => ({
          ...pick(agreement, "code", "title", "state", "endOn", "valuePer"),
          value: money(agreement["value"]),
          services: nodes(
            (agreement["serviceIds"] as string[]).map((ref) => ({ ...linked(story, ref, (service) => pick(service, "code", "name", "utility")), standardPrices: standardPrices(story, ref), competitors: benchmarks(story, ref, "comparableLevel") })),
          ),
          targets: story.all("ServiceLevelTarget", ({ agreementId }) => agreementId === agreement.ref).map((record) => ({ ...target(story, record), lastAchievement: lastOf(story, record.ref) })),
          owed: nodes(
            story
              .all("Obligation", ({ agreementId, obligor, state }) => agreementId === agreement.ref && obligor === "CUSTOMER" && (state === "PENDING" || state === "BREACHED"))
              .map((record) => pick(record, "statement", "category", "dueOn", "recurrence", "state")),
          ),
        })),
      ),
      ownPrices: nodes(story.all("ServiceOffering", ({ tailoredForId }) => tailoredForId === customer.ref).map((offering) => price(story, offering))),
      valueSeen: nodes(ofCustomer(story, "ValueAssessment", customer).map((value) => ({ ...pick(value, "periodFrom", "periodTo", "perceivedValue"), realisedValue: money(value["realisedValue"]), service: named(story, value["serviceId"]) }))),
      comingServices: comingDevelopments(story, customer),
      comingProjects: comingProjects(story, customer, ["PLANNED", "UNDERWAY", "ON_HOLD"], (project) => pick(project, "code", "name", "status", "health", "plannedEnd", "approvedEnd")),
    },
  };
};

/** By the number of the question. */
export const answers: Readonly<Record<number, Expected>> = {
  1: beforeIMeetACustomer,
  2: whatACustomerConsumes,
  3: objectivesAndTheServicesBehindThem,
  4: whatIsComingForACustomer,
  6: needsAnsweredTooLate,
  7: whatACustomerOwesUs,
  9: unitsThatWantOpposingThings,
  10: hasTheRelationshipImproved,
  13: slasThatRestOnLess,
  14: requirementsNotSignedOff,
  15: applicationsBehindMyService,
  19: projectsAndTheirSlip,
  22: projectsThatChangeTheSameApplication,
  23: whoAndWhatStandsOnAnApplication,
  29: pipeline,
  32: complaintsAndWhatCameOfThem,
  33: howRepresentativeTheSurveyIs,
  35: whatIPayAndWhatIGet,
};
