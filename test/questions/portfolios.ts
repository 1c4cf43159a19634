/** What the questions about services, agreements, projects, applications and all customers must answer, worked out from the story told. */
import { type Expected, allNamed, daysBetween, decimal, isValid, linked, name, named, nodes, ofCustomer, onlyPage, pick, target, unique } from "./shown.js";
import type { Story, Told } from "./story.js";

/** What an agreement rests on by an underpinning, and where that does not carry it. */
export function carried(story: Story, record: Told): { lower: Told; gap: string | null; weaker: boolean | null; endsEarlier: boolean } {
  const lastDay = (agreement: Told): string => (agreement["state"] === "TERMINATED" ? agreement["terminatedOn"] : agreement["endOn"]) ?? "9999-12-31";
  const said = (agreement: Told) => (lastDay(agreement) === "9999-12-31" ? "has no end" : `holds until ${lastDay(agreement)}`);
  const words: Record<string, string> = { AT_LEAST: "at least", AT_MOST: "at most", EQUAL: "exactly" };
  const promise = (record: Told) => `${words[record["comparator"]]} ${decimal(record["value"])} ${record["unit"]}`;
  const alike = (one: Told, other: Told) => ["metric", "comparator", "unit", "window"].every((key) => (one[key] ?? null) === (other[key] ?? null));
  const isLess = (lower: Told, upper: Told) =>
    upper["comparator"] === "AT_LEAST" ? Number(lower["value"]) < Number(upper["value"]) : Number(lower["value"]) > Number(upper["value"]);
  const [upper, lower] = [story.get(record["upperId"] as string), story.get(record["lowerId"] as string)];
  const needed = record["targetId"] ? story.get(record["targetId"] as string) : null;
  const promised = needed ? story.all("ServiceLevelTarget", (other) => other["agreementId"] === lower.ref && alike(other, needed)) : [];
  const endsEarlier = lastDay(lower) < lastDay(upper);
  const weaker = needed && promised.length > 0 ? promised.every((other) => isLess(other, needed)) : null;
  const gaps = [
    ...(endsEarlier ? [`The lower agreement ${said(lower)}, the upper one ${said(upper)}.`] : []),
    ...(weaker ? [`The lower agreement promises ${promised.map(promise).join(", ")}; the target needs ${promise(needed!)}.`] : []),
  ];
  return { lower, gap: gaps.join(" ") || null, weaker, endsEarlier };
}

export const slasThatRestOnLess: Expected = (story) => {
  const show = (record: Told) => {
    const { lower, gap, weaker, endsEarlier } = carried(story, record);
    const needed = record["targetId"] ? story.get(record["targetId"] as string) : null;
    return {
      gap,
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
          customers: allNamed(
            story,
            (agreement["parties"] as { partyId: string }[]).map(({ partyId }) => partyId).filter((ref) => story.get(ref).type === "Customer"),
          ),
          underpinningGaps: story
            .all("Underpinning", ({ upperId }) => upperId === agreement.ref)
            .map(show)
            .filter(({ gap }) => gap !== null),
        })),
      ),
      ...onlyPage(slas),
    },
  };
};

export const requirementsNotSignedOff: Expected = (story, { on }) => {
  const signatories = (ref: string) => {
    const customer = story.get(ref);
    const deciding = ofCustomer(
      story,
      "Stakeholder",
      customer,
      (record) => ["REAL_CUSTOMER", "DECISION_MAKER", "AUTHORISED_REPRESENTATIVE"].includes(record["role"] as string) && isValid(record, on as string),
    );
    return {
      ...pick(customer, "code", "name"),
      stakeholders: nodes(
        deciding.map((record) => ({
          ...pick(record, "role"),
          person: linked(story, record["personId"], (person) => pick(person, "name", "email", "active")),
          service: named(story, record["serviceId"]),
        })),
      ),
    };
  };
  const chartered = story.all("Service", ({ status }) =>
    ["CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RELEASED", "OPERATIONAL"].includes(status as string),
  );
  return {
    services: {
      ...nodes(
        chartered.map((service) => ({
          ...pick(service, "code", "name", "status"),
          owner: name(story, service["ownerId"]),
          requirements: nodes(
            story
              .all("Requirement", ({ serviceId, state }) => serviceId === service.ref && state === "PENDING")
              .map((requirement) => ({
                ...pick(requirement, "statement", "kind"),
                opportunity: linked(story, requirement["opportunityId"], (opportunity) => ({
                  ...pick(opportunity, "code", "title"),
                  customer: signatories(opportunity["customerId"] as string),
                })),
                need: linked(story, requirement["needId"], (need) => ({ ...pick(need, "statement"), customer: signatories(need["customerId"] as string) })),
              })),
          ),
        })),
      ),
      ...onlyPage(chartered),
    },
  };
};

export const applicationsBehindMyService: Expected = (story, { service: code }) => {
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
export function dispositionOf({ dispositionOverride, functionalFit, technicalFit }: Told): string | null {
  if (dispositionOverride) return dispositionOverride as string;
  if ((functionalFit ?? null) === null || (technicalFit ?? null) === null) return null;
  return functionalFit >= 50 ? (technicalFit >= 50 ? "INVEST" : "MIGRATE") : technicalFit >= 50 ? "TOLERATE" : "ELIMINATE";
}
/** The person who is its business owner today, the latest appointed. */
export function businessOwner(story: Story, application: Told): object | null {
  const today = new Date().toISOString().slice(0, 10);
  const owners = story.all(
    "ApplicationRole",
    (record) =>
      record["applicationId"] === application.ref &&
      record["role"] === "BUSINESS_OWNER" &&
      isValid(record, today) &&
      story.get(record["holderId"] as string).type === "Person",
  );
  const latest = [...owners].sort((a, b) => ((a["validFrom"] ?? "") < (b["validFrom"] ?? "") ? 1 : -1))[0];
  return name(story, latest?.["holderId"] as string);
}

export const projectsAndTheirSlip: Expected = (story) => {
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
              .map((record) => ({
                ...pick(record, "change", "dueOn", "state"),
                service: named(story, record["serviceId"]),
                customers: allNamed(story, record["customerIds"]),
              })),
          ),
        })),
      ),
      ...onlyPage(projects),
    },
  };
};

export const projectsThatChangeTheSameApplication: Expected = (story) => {
  const monthOf = ({ doneOn, dueOn }: Told) => (doneOn ?? dueOn ?? null) && `${((doneOn ?? dueOn) as string).slice(0, 7)}-01`;
  const touches = story
    .all("Deliverable", (record) => record["state"] !== "DROPPED" && monthOf(record) && story.get(record["projectId"] as string)["status"] !== "CANCELLED")
    .flatMap((deliverable) =>
      unique(((deliverable["applications"] ?? []) as { applicationId: string }[]).map(({ applicationId }) => applicationId)).map((application) => ({
        application,
        month: monthOf(deliverable)!,
        deliverable,
      })),
    );
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
    projects: {
      ...nodes(
        projects.map((project) => ({ ...pick(project, "code", "name", "status"), manager: name(story, project["managerId"]), clashes: clashes(project) })),
      ),
      ...onlyPage(projects),
    },
  };
};

export const whoAndWhatStandsOnAnApplication: Expected = (story, { application: code, on }) => {
  const application = story.coded("Application", code as string);
  const functions = story.all("ApplicationFunction", ({ applicationId }) => applicationId === application.ref);
  const roles = (role: string, is: (record: Told) => boolean) =>
    nodes(
      story
        .all("ApplicationRole", (record) => record["applicationId"] === application.ref && record["role"] === role && is(record))
        .map((record) => {
          const holder = story.get(record["holderId"] as string);
          return {
            ...pick(record, "validFrom", "validTo"),
            holder:
              holder.type === "Team"
                ? { ...pick(holder, "code", "name"), lead: name(story, holder["leadId"]) }
                : pick(holder, "code", "name", "email", "active"),
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
            story
              .all("ServiceDependency", (record) => record["serviceId"] === ref && now(record))
              .map((record) => ({
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

export const pipeline: Expected = (story, _, today) => {
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
      daysByStatus: unique(periods.map(({ status }) => status)).map((status) => ({
        status,
        days: periods.filter((period) => period.status === status).reduce((sum, { since, until }) => sum + daysBetween(since, until ?? today), 0),
      })),
      customersWaiting: {
        edges: unique(open.flatMap(({ customerIds }) => (customerIds ?? []) as string[])).map((ref) => ({
          node: waiting(ref),
          because: open
            .filter(({ customerIds }) => (customerIds ?? []).includes(ref))
            .map((record) => ({
              ...pick(record, "dueOn"),
              project: linked(story, record["projectId"], (project) => pick(project, "code", "name", "status", "health")),
            })),
        })),
      },
      developments: nodes(
        story
          .all("ServiceDevelopment", ({ serviceId, state }) => serviceId === service.ref && state !== "DONE")
          .map((record) => ({ ...pick(record, "stage", "percent", "state"), customer: waiting(record["customerId"] as string) })),
      ),
    };
  };
  return {
    ...Object.fromEntries(counted.map((status) => [status.toLowerCase(), inStatus(status)])),
    pipeline: { totalCount: services.length, ...nodes(services.map(show)), ...onlyPage(services) },
  };
};

export const complaintsAndWhatCameOfThem: Expected = (story, { before, from, to }) => {
  const complaints = (key: string, since: string, until: string, is: (record: Told) => unknown = () => true) =>
    story.all("Feedback", (record) => record["kind"] === "COMPLAINT" && record[key] && record[key] >= since && record[key] < until && is(record));
  const count = (list: Told[]) => ({ totalCount: list.length });
  const improved = complaints("closedOn", from as string, to as string, ({ improvement }) => improvement);
  const period = (since: string, until: string, suffix: string) => ({
    [`received${suffix}`]: count(complaints("receivedOn", since, until)),
    [`accepted${suffix}`]: count(complaints("receivedOn", since, until, ({ accepted }) => accepted)),
    [`escalated${suffix}`]: count(complaints("escalatedOn", since, until)),
    [`closed${suffix}`]: count(complaints("closedOn", since, until)),
  });
  return {
    ...period(from as string, to as string, ""),
    ...period(before as string, from as string, "Before"),
    improvements: {
      ...count(improved),
      ...nodes(
        improved.map((record) => ({
          ...pick(record, "improvement", "statement", "closedOn"),
          customer: named(story, record["customerId"]),
          about: named(story, record["aboutId"]),
        })),
      ),
    },
  };
};

export const howRepresentativeTheSurveyIs: Expected = (story, { from, to }) => {
  const inPeriod = ({ periodTo }: Told) => periodTo >= from && periodTo <= to;
  const surveys = (is: (record: Told) => boolean) => story.all("ValueAssessment", (record) => record["basis"] === "SURVEY" && inPeriod(record) && is(record));
  const users = (is: (record: Told) => boolean) =>
    nodes(
      story
        .all("ServiceUsage", (record) => inPeriod(record) && is(record))
        .map((record) => ({ ...pick(record, "periodFrom", "periodTo", "users"), service: named(story, record["serviceId"]) })),
    );
  const share = ({ sampleSize, sampleFrame }: Told) => (sampleFrame && (sampleSize ?? null) !== null ? ((sampleSize / sampleFrame) * 100).toFixed(1) : null);
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
              stakeholders: nodes(
                story
                  .all("Stakeholder", ({ unitId }) => unitId === unit.ref)
                  .map((record) => ({
                    person: name(story, record["personId"]),
                    surveys: { totalCount: surveys(({ assessorId }) => assessorId === record.ref).length },
                  })),
              ),
            })),
          ),
        })),
      ),
      ...onlyPage(customers),
    },
  };
};
