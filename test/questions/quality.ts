/** Which records can be trusted, worked out from the story. */
import { type Expected, daysBetween, isValid, name, nodes, onlyPage, pick, unique } from "./shown.js";
import type { Story, Told } from "./story.js";

interface Standard {
  readonly days: readonly [number, number];
  readonly lives: (record: Told) => boolean;
  readonly owner: (record: Told) => string | null | undefined;
  readonly parts: (record: Told) => Readonly<Record<string, boolean>>;
}
const known = (record: Told, key: string) => record[key] !== undefined && record[key] !== null;

/** What each type should say, within how many days of its verification it is fresh and then stale, and which of its records are of use. */
function standardsOf(story: Story, today: string): Readonly<Record<string, Standard>> {
  const there = (ref: string | null | undefined) => Boolean(ref) && story.get(ref!)["active"] !== false;
  const relationshipOf = (customer: Told) => story.all("Relationship", ({ customerId }) => customerId === customer.ref)[0];
  const signatoryOf = (agreement: Told) =>
    (agreement["parties"] as any[])
      .filter(({ partyId, signatoryId }) => story.get(partyId).type === "Team" && there(signatoryId))
      .map(({ signatoryId }) => signatoryId as string)[0];
  const rolesOf = (application: Told, kind: string) =>
    story.all("ApplicationRole", ({ applicationId, role }) => applicationId === application.ref && role === kind);
  const contractsOf = (supplier: Told) =>
    story.all(
      "Agreement",
      (agreement) =>
        ["ACTIVE", "UNDER_REVIEW"].includes(agreement["state"]) &&
        isValid({ ...agreement, validFrom: agreement["startOn"], validTo: agreement["endOn"] }, today) &&
        (agreement["parties"] as any[]).some(({ partyId }) => partyId === supplier.ref),
    );
  return {
    Customer: {
      days: [180, 365],
      lives: ({ lifecycle }) => lifecycle !== "FORMER",
      owner: (customer) => relationshipOf(customer)?.["managerId"],
      parts: (customer) => ({
        "The industry.": known(customer, "industry"),
        "A relationship manager who is still there.": there(relationshipOf(customer)?.["managerId"]),
        "A decision maker who is still there.": story
          .all("Stakeholder", (each) => each["customerId"] === customer.ref && each["role"] === "DECISION_MAKER" && isValid(each, today))
          .some(({ personId }) => there(personId)),
      }),
    },
    Agreement: {
      days: [365, 540],
      lives: ({ state }) => !["EXPIRED", "TERMINATED"].includes(state),
      owner: signatoryOf,
      parts: (agreement) => ({
        "Its first day.": known(agreement, "startOn"),
        "The services it covers.": (agreement["serviceIds"] ?? []).length > 0,
        "Who signed it for us and is still there.": signatoryOf(agreement) !== undefined,
      }),
    },
    Service: {
      days: [365, 540],
      lives: ({ status }) => status !== "RETIRED",
      owner: ({ ownerId }) => ownerId,
      parts: (service) => ({
        "An owner who is still there.": there(service["ownerId"]),
        "Who makes it.": known(service, "sourcing"),
        "The price of each offering.": story.all("ServiceOffering", ({ serviceId }) => serviceId === service.ref).every((offering) => known(offering, "price")),
      }),
    },
    Opportunity: {
      days: [180, 365],
      lives: ({ state }) => !["DECLINED", "CONVERTED"].includes(state),
      owner: ({ customerId }) => relationshipOf(story.get(customerId))?.["managerId"],
      parts: (opportunity) => ({
        "Who raised it.": known(opportunity, "raisedById"),
        "The needs it answers.": (opportunity["needIds"] ?? []).length > 0,
      }),
    },
    Project: {
      days: [180, 365],
      lives: ({ status }) => !["COMPLETED", "CANCELLED"].includes(status),
      owner: ({ managerId }) => managerId,
      parts: (project) => ({
        "A manager who is still there.": there(project["managerId"]),
        "Its planned start.": known(project, "plannedStart"),
        "Its planned end.": known(project, "plannedEnd"),
      }),
    },
    Application: {
      days: [365, 540],
      lives: ({ lifecycle }) => lifecycle !== "END_OF_LIFE",
      owner: (application) => rolesOf(application, "MANAGER").find(({ holderId, validTo }) => !validTo && story.get(holderId).type === "Person")?.["holderId"],
      parts: (application) => ({
        "Its functional fit.": known(application, "functionalFit"),
        "Its technical fit.": known(application, "technicalFit"),
        "Its criticality.": known(application, "criticality"),
        "A business owner who is still there.": rolesOf(application, "BUSINESS_OWNER").some((role) => isValid(role, today) && there(role["holderId"])),
      }),
    },
    Person: {
      days: [730, 1095],
      lives: ({ active }) => active,
      owner: ({ managerId }) => managerId,
      parts: (person) => ({
        "An address for mail.": known(person, "email"),
        "An employer or a manager.": known(person, "employerId") || known(person, "managerId"),
      }),
    },
    Team: {
      days: [365, 540],
      lives: ({ active }) => active !== false,
      owner: ({ leadId }) => leadId,
      parts: (team) => ({
        "A lead who is still there.": there(team["leadId"]),
        "A member who is still there.": story.all("Person", ({ teamIds }) => (teamIds ?? []).includes(team.ref)).some(({ ref }) => there(ref)),
      }),
    },
    Supplier: {
      days: [365, 540],
      lives: ({ active }) => active !== false,
      owner: (supplier) =>
        contractsOf(supplier)
          .map(signatoryOf)
          .find((signatory) => signatory !== undefined),
      parts: (supplier) => ({
        "Somebody there to talk to.": story.all("Person", ({ employerId }) => employerId === supplier.ref).some(({ ref }) => there(ref)),
        "A contract in force.": contractsOf(supplier).length > 0,
      }),
    },
  };
}

/** The records of use of each type, and the days within which they are fresh. */
export const recordsOfUse = (story: Story, today: string): (Told & { readonly days: number })[] =>
  Object.entries(standardsOf(story, today)).flatMap(([type, { days, lives }]) => story.all(type, lives).map((record) => ({ ...record, days: days[0] })));

function qualitiesOf(story: Story, today: string) {
  return Object.entries(standardsOf(story, today)).flatMap(([type, { days, lives, owner, parts }]) =>
    story.all(type, lives).map((record) => {
      const age = known(record, "verifiedOn") ? daysBetween(record["verifiedOn"], today) : null;
      const missing = Object.entries(parts(record)).flatMap(([part, said]) => (said ? [] : [part]));
      const share = 1 - missing.length / Object.keys(parts(record)).length;
      return {
        owner: name(story, owner(record)),
        record: { __typename: type, ...pick(record, "code") },
        freshness: { verdict: age === null ? "UNKNOWN" : age <= days[0] ? "GOOD" : age <= days[1] ? "FAIR" : "POOR", value: age === null ? null : String(age) },
        completeness: { verdict: missing.length === 0 ? "GOOD" : share >= 0.5 ? "FAIR" : "POOR", missing },
      };
    }),
  );
}
type Quality = ReturnType<typeof qualitiesOf>[number];

const countLacking = (some: readonly Quality[]) => ({
  records: some.length,
  stale: some.filter(({ freshness }) => ["FAIR", "POOR"].includes(freshness.verdict)).length,
  neverVerified: some.filter(({ freshness }) => freshness.verdict === "UNKNOWN").length,
  incomplete: some.filter(({ completeness }) => completeness.verdict !== "GOOD").length,
});
/** How many records of each type can be trusted. */
export const trustByType = (story: Story, today: string) => {
  const all = qualitiesOf(story, today);
  return Object.keys(standardsOf(story, today)).map((type) => ({ type, ...countLacking(all.filter(({ record }) => record.__typename === type)) }));
};

export const recordsToTrust: Expected = (story, _, today) => {
  const all = qualitiesOf(story, today);
  const lacking = all.filter(({ freshness, completeness }) => freshness.verdict !== "GOOD" || completeness.verdict !== "GOOD");
  const owners = unique(all.map(({ owner }) => owner?.["name"] as string | undefined));
  return {
    records: {
      totalCount: lacking.length,
      byOwner: owners.map((who) => ({
        owner: who === undefined ? null : { name: who },
        ...countLacking(all.filter(({ owner }) => owner?.["name"] === who)),
      })),
      ...nodes(lacking),
      ...onlyPage(lacking),
    },
  };
};
