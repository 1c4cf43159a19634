/** What the questions about promises and what stands behind them must answer, worked out from the story. */
import { businessOwner, carried, dispositionOf } from "./portfolios.js";
import {
  type Expected,
  allNamed,
  daysBetween,
  daysLater,
  decimal,
  isValid,
  linked,
  money,
  name,
  named,
  newest,
  nodes,
  ofCustomer,
  onlyPage,
  pick,
  unique,
} from "./shown.js";
import type { Story, Told } from "./story.js";

const customersOf = (story: Story, agreement: Told): Told[] =>
  (agreement["parties"] as { partyId: string }[]).map(({ partyId }) => story.get(partyId)).filter(({ type }) => type === "Customer");

export const targetsMissedBySegment: Expected = (story, { before, from, to }) => {
  const figures = (since: string, until: string) => story.all("ServiceLevelAchievement", ({ periodTo }) => periodTo >= since && periodTo < until);
  const missesOf = (ref: string) => figures(from as string, to as string).filter(({ targetId, met }) => targetId === ref && met === false);
  const measured = (record: Told, ...keys: string[]) => ({ ...pick(record, ...keys), measured: decimal(record["measured"]) });
  const show = (target: Told) => {
    const agreement = story.get(target["agreementId"] as string);
    return {
      ...pick(target, "metric", "comparator", "unit"),
      value: decimal(target["value"]),
      service: named(story, target["serviceId"]),
      agreement: {
        ...pick(agreement, "code", "title"),
        customers: nodes(customersOf(story, agreement).map((customer) => pick(customer, "code", "name", "segment"))),
      },
      misses: nodes(missesOf(target.ref).map((record) => measured(record, "periodFrom", "periodTo"))),
      underpinnedBy: story
        .all("Underpinning", ({ targetId }) => targetId === target.ref)
        .map((record) => {
          const { lower, ...verdict } = carried(story, record);
          return {
            ...verdict,
            lower: {
              ...pick(lower, "code", "title", "kind"),
              targets: story
                .all("ServiceLevelTarget", ({ agreementId }) => agreementId === lower.ref)
                .map((beneath) => ({
                  ...pick(beneath, "metric", "unit"),
                  value: decimal(beneath["value"]),
                  misses: nodes(missesOf(beneath.ref).map((miss) => measured(miss, "periodTo"))),
                })),
            },
          };
        }),
      affectedBy: nodes(
        story
          .all("ObligationBreach", ({ affectedTargetIds, detectedOn }) => affectedTargetIds?.includes(target.ref) && detectedOn >= from && detectedOn < to)
          .map((breach) => {
            const obligation = story.get(breach["obligationId"] as string);
            return {
              ...pick(breach, "detectedOn", "effect", "disclosedToCustomerOn"),
              obligation: {
                ...pick(obligation, "obligor", "statement", "state"),
                agreement: linked(story, obligation["agreementId"], (each) => pick(each, "code")),
              },
            };
          }),
      ),
    };
  };
  const ofSegment = (segment: string) => {
    const missed = story.all(
      "ServiceLevelTarget",
      ({ ref, agreementId }) =>
        missesOf(ref).length > 0 && customersOf(story, story.get(agreementId as string)).some((customer) => customer["segment"] === segment),
    );
    return { totalCount: missed.length, ...nodes(missed.map(show)) };
  };
  const count = (since: string, until: string, is: (record: Told) => boolean) => ({ totalCount: figures(since, until).filter(is).length });
  const isJudged = ({ met }: Told) => (met ?? null) !== null;
  const isMissed = ({ met }: Told) => met === false;
  return {
    key: ofSegment("KEY"),
    strategic: ofSegment("STRATEGIC"),
    standard: ofSegment("STANDARD"),
    judged: count(from as string, to as string, isJudged),
    missed: count(from as string, to as string, isMissed),
    judgedBefore: count(before as string, from as string, isJudged),
    missedBefore: count(before as string, from as string, isMissed),
  };
};

export const agreementsInsideTheirNoticePeriod: Expected = (story, { on, until }, today) => {
  const noticeBy = ({ endOn, noticeDays }: Told): string => daysLater(endOn as string, -noticeDays);
  const binding = story.all("Agreement", ({ state, endOn, noticeDays }) => ["ACTIVE", "UNDER_REVIEW"].includes(state as string) && endOn && noticeDays);
  const renewals: Record<string, string> = {
    TACIT: "It renews by itself",
    EXPRESS: "It does not go on unless both sides say so",
    NEVER: "It does not renew",
  };
  const show = (agreement: Told) => ({
    ...pick(agreement, "code", "title", "kind", "renewal", "endOn", "valuePer"),
    noticeBy: noticeBy(agreement),
    value: money(agreement["value"]),
  });
  const inside = binding
    .filter((agreement) => noticeBy(agreement) <= today && agreement["endOn"] >= today)
    .flatMap((agreement) => {
      const left = daysBetween(today, agreement["endOn"] as string);
      const signatory = (agreement["parties"] as any[]).find(({ partyId }) => story.get(partyId).type === "Team")?.signatoryId as string;
      const customers: (Told | null)[] = customersOf(story, agreement);
      return (customers.length > 0 ? customers : [null]).map((customer) => ({
        severity: agreement["renewal"] === "TACIT" ? "MEDIUM" : left <= 30 ? "CRITICAL" : "HIGH",
        since: noticeBy(agreement),
        why: `${agreement["code"]} (${agreement["title"]}) ends on ${agreement["endOn"]}, in ${left} day${left === 1 ? "" : "s"}; the last day to give notice was ${noticeBy(agreement)}. ${renewals[agreement["renewal"]]}.`,
        state: "OPEN",
        call: linked(story, customer ? story.all("Relationship", ({ customerId }) => customerId === customer.ref)[0]?.["managerId"] : signatory, (person) =>
          pick(person, "name", "email", "phone"),
        ),
        records: [{ ...show(agreement), ...pick(agreement, "satisfactionFloor") }],
        customer: customer && {
          ...pick(customer, "code", "name", "segment"),
          decisionMakers: nodes(
            ofCustomer(story, "Stakeholder", customer, ({ role, validTo }) => role === "DECISION_MAKER" && (!validTo || validTo >= on)).map((stakeholder) => ({
              ...pick(stakeholder, "validFrom"),
              person: linked(story, stakeholder["personId"], (person) => pick(person, "name", "active")),
            })),
          ),
          valueAssessments: nodes(
            newest(
              ofCustomer(story, "ValueAssessment", customer, ({ perceivedValue }) => perceivedValue),
              "periodTo",
              5,
            ).map((assessment) => ({ ...pick(assessment, "periodTo", "perceivedValue"), service: named(story, assessment["serviceId"]) })),
          ),
          openComplaints: (() => {
            const open = ofCustomer(
              story,
              "Feedback",
              customer,
              ({ kind, state }) => kind === "COMPLAINT" && !["CLOSED", "REJECTED"].includes(state as string),
            );
            return { totalCount: open.length, ...nodes(open.map((complaint) => pick(complaint, "statement", "severity", "state", "receivedOn"))) };
          })(),
        },
      }));
    });
  const ending = binding.filter(({ endOn }) => endOn >= on && endOn < until);
  return {
    inside: { totalCount: inside.length, ...nodes(inside) },
    ending: {
      totalCount: ending.length,
      ...nodes(
        ending.map((agreement) => ({
          ...show(agreement),
          customers: allNamed(
            story,
            customersOf(story, agreement).map(({ ref }) => ref),
          ),
        })),
      ),
      ...onlyPage(ending),
    },
  };
};

const openDeliverables = (story: Story, project: Told): Told[] =>
  story.all("Deliverable", ({ projectId, state }) => projectId === project.ref && state !== "DROPPED");

export const projectsNobodyStandsBehind: Expected = (story) => {
  const projects = story.all(
    "Project",
    ({ status, businessCaseId, sponsorId, needIds }) =>
      ["PROPOSED", "PLANNED", "UNDERWAY", "ON_HOLD"].includes(status as string) && (!businessCaseId || !sponsorId || (needIds ?? []).length === 0),
  );
  const show = (project: Told) => ({
    ...pick(project, "code", "name", "status", "health", "plannedEnd"),
    budget: money(project["budget"]),
    manager: name(story, project["managerId"]),
    businessCase: linked(story, project["businessCaseId"], (businessCase) => pick(businessCase, "title", "state")),
    sponsor: linked(story, project["sponsorId"], (sponsor) => ({
      ...pick(sponsor, "role"),
      person: name(story, sponsor["personId"]),
      customer: named(story, sponsor["customerId"]),
    })),
    needs: nodes(((project["needIds"] ?? []) as string[]).map((ref) => linked(story, ref, (need) => pick(need, "statement", "state")))),
    services: allNamed(
      story,
      openDeliverables(story, project).map(({ serviceId }) => serviceId as string),
    ),
    customers: allNamed(
      story,
      openDeliverables(story, project).flatMap(({ customerIds }) => (customerIds ?? []) as string[]),
    ),
  });
  return { projects: { totalCount: projects.length, ...nodes(projects.map(show)), ...onlyPage(projects) } };
};

export const applicationsThatEndUnderKeyCustomers: Expected = (story, { on, segments }) => {
  const servicesOf = (application: Told) =>
    unique(
      story.all("ApplicationFunction", ({ applicationId }) => applicationId === application.ref).flatMap(({ supportIds }) => (supportIds ?? []) as string[]),
    );
  const criticalTo = (service: string) =>
    story.all(
      "ServiceDependency",
      ({ serviceId, criticality, validTo }) => serviceId === service && criticality === "MISSION_CRITICAL" && (!validTo || validTo >= on),
    );
  const deliverablesOf = (application: Told) =>
    story.all("Deliverable", ({ applications }) => applications?.some(({ applicationId }: any) => applicationId === application.ref));
  const found = story.all("Application", (application) => {
    const ends = application["lifecycle"] === "END_OF_LIFE" || ["MIGRATE", "ELIMINATE"].includes(dispositionOf(application) ?? "");
    const underKey = servicesOf(application)
      .filter((service) => story.get(service)["status"] === "OPERATIONAL")
      .flatMap(criticalTo)
      .some((dependency) => isValid(dependency, on as string) && segments.includes(story.get(dependency["customerId"] as string)["segment"]));
    const isChanged = deliverablesOf(application).some(
      ({ state, projectId }) => state === "OPEN" && ["PLANNED", "UNDERWAY"].includes(story.get(projectId as string)["status"] as string),
    );
    return ends && underKey && !isChanged;
  });
  const show = (application: Told) => ({
    ...pick(application, "code", "name", "lifecycle", "endReason", "technicalFit", "functionalFit"),
    disposition: dispositionOf(application),
    owner: businessOwner(story, application),
    services: nodes(
      servicesOf(application).map((ref) => ({
        ...named(story, ref),
        customerDependencies: nodes(
          criticalTo(ref).map((dependency) => ({
            ...pick(dependency, "businessActivity", "tolerableOutage"),
            customer: linked(story, dependency["customerId"], (customer) => pick(customer, "code", "name", "segment")),
          })),
        ),
      })),
    ),
    projects: nodes(
      unique(
        deliverablesOf(application)
          .filter(({ state }) => state !== "DROPPED")
          .map(({ projectId }) => projectId as string),
      ).map((ref) => linked(story, ref, (project) => pick(project, "code", "name", "status"))),
    ),
  });
  return { applications: { totalCount: found.length, ...nodes(found.map(show)), ...onlyPage(found) } };
};
