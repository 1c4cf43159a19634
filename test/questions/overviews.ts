/** What the questions that look over all customers at once must answer, worked out from the story. */
import { keyFiguresOf } from "./figures.js";
import { trustByType } from "./quality.js";
import { type Expected, linked, named, nodes, onlyPage, pick, unique } from "./shown.js";
import type { Story, Told } from "./story.js";
import { verdictsOf } from "./verdicts.js";

const isCustomer = (story: Story, ref: string) => story.get(ref).type === "Customer";
const personName = (story: Story, ref: string | undefined) => linked(story, ref, (person) => pick(person, "name"));

export const needsForeseenBySeveral: Expected = (story, { outcomes }) => {
  const open = story.all("Anticipation", ({ driverId, outcome }) => driverId && outcomes.includes(outcome ?? "OPEN"));
  const drivers = unique(open.map(({ driverId }) => driverId as string));
  const shared = drivers
    .map((driver) => ({ driver, anticipations: open.filter(({ driverId }) => driverId === driver) }))
    .map((each) => ({ ...each, customers: unique(each.anticipations.map(({ customerId }) => customerId as string)).length }))
    .filter(({ customers }) => customers >= 2);
  return {
    shared: {
      groups: shared.map(({ driver, anticipations, customers }) => ({
        count: anticipations.length,
        measures: [{ value: String(customers) }],
        keys: [
          {
            node: {
              ...pick(story.get(driver), "kind", "statement", "horizon"),
              anticipations: nodes(
                anticipations.map((each) => ({
                  ...pick(each, "expectedNeed", "likelihood", "horizon"),
                  outcome: each["outcome"] ?? "OPEN",
                  customer: linked(story, each["customerId"], (customer) => pick(customer, "code", "name", "segment")),
                  leadsTo: linked(story, each["leadsToId"], (opportunity) => pick(opportunity, "code", "title", "state")),
                })),
              ),
            },
          },
        ],
      })),
    },
  };
};

/** Services in the catalogue that no agreement in force names; and, by hand, what is used without one (sample/README.md). */
export const servicesWithoutAnAgreement: Expected = (story, { on }) => {
  const inForce = ({ state, startOn, endOn }: Told) => ["ACTIVE", "UNDER_REVIEW"].includes(state) && (startOn ?? on) <= on && (endOn ?? on) >= on;
  const naming = (service: string) => story.all("Agreement", ({ serviceIds }) => serviceIds.includes(service));
  const alone = story.all("Service", ({ ref, status }) => status === "OPERATIONAL" && !naming(ref).some(inForce));
  const withoutOne = [
    ["rimba", "vessel", "MEDIUM"],
    ["lumbung", "kiosk", "HIGH"],
  ] as const;
  return {
    nobodyHas: {
      totalCount: alone.length,
      ...nodes(
        alone.map((service) => ({
          ...pick(service, "code", "name", "kind"),
          owner: personName(story, service["ownerId"]),
          agreements: nodes(naming(service.ref).map((agreement) => pick(agreement, "code", "state", "endOn"))),
        })),
      ),
      ...onlyPage(alone),
    },
    usedWithout: withoutOne.map(([customer, service, severity]) => ({
      severity,
      customer: pick(story.get(customer), "code", "name", "segment"),
      records: [named(story, service)],
      call: personName(story, story.all("Relationship", ({ customerId }) => customerId === customer)[0]!["managerId"]),
    })),
  };
};
export const withoutAgreementIn = ({ nobodyHas, usedWithout }: any) => ({
  nobodyHas: { ...nobodyHas, nodes: nobodyHas.nodes.map(({ customers: _, ...service }: any) => service) },
  usedWithout: usedWithout.nodes.map(({ since: _, why: __, ...signal }: any) => signal),
});

// --- one page for the CIO ---

const SECTIONS: Readonly<Record<string, string>> = { OPERATIONAL: "CATALOGUE", RETIRED: "RETIRED", RELEASED: "CATALOGUE" };
/** How many there are of each value, as "value" or "value value". */
const counted = (values: readonly string[]) => Object.fromEntries(unique(values).map((value) => [value, values.filter((each) => each === value).length]));

export const theCiosOnePage: Expected = (story, { period }, today) => {
  const states = (type: string, key: string, is: (record: Told) => unknown = () => true) =>
    counted(story.all(type, is).map((record) => String(record[key] ?? null)));
  const verdicts = verdictsOf(story, period, today);
  const broken = (side: string) =>
    story
      .all("Obligation", ({ state, obligor, agreementId }) => {
        const parties = story.get(agreementId as string)["parties"] as { partyId: string }[];
        return state === "BREACHED" && obligor === side && parties.some(({ partyId }) => isCustomer(story, partyId));
      })
      .map(({ statement }) => statement as string)
      .sort();
  const risks = story
    .all("ProjectRisk", ({ state }) => (state ?? "OPEN") === "OPEN")
    .map(({ statement, probability, impact }) => [probability * impact, statement]);
  const verified = keyFiguresOf(story, period, today)["RECORDS_VERIFIED"]!;
  return {
    customers: states("Customer", "lifecycle"),
    agreements: states("Agreement", "state"),
    services: counted(story.all("Service").map(({ status }) => `${SECTIONS[status as string] ?? "PIPELINE"} ${status}`)),
    opportunities: states("Opportunity", "state"),
    projects: states("Project", "status"),
    projectHealth: states("Project", "health", ({ status }) => ["PLANNED", "UNDERWAY", "ON_HOLD"].includes(status as string)),
    applications: states("Application", "lifecycle"),
    people: states("Person", "active"),
    value: Object.fromEntries(
      ["POOR", "CHEAP_BUT_LOW_VALUE", "VALUE_GOOD_PRICE_HIGH", "VALUE_AND_PRICE_GOOD", "UNKNOWN"].map((verdict) => [
        verdict,
        verdicts.filter((each) => each.verdict === verdict).length,
      ]),
    ),
    brokenByUs: broken("PROVIDER"),
    brokenByThem: broken("CUSTOMER"),
    risks: risks
      .sort(([a], [b]) => b - a)
      .slice(0, 10)
      .map(([exposure, statement]) => ({ exposure, statement })),
    verified: { numerator: verified.numerator, denominator: verified.denominator, unknown: verified.unknown },
    trust: trustByType(story, today),
    fresh: ["agreement", "application", "customer", "people", "project", "service"].map((portfolio) => ({ portfolio, stale: false })),
  };
};
/** The figures of the page. Which signals there are is what test/insight/signals.story.test.ts asks. */
export const onThePage = (data: any) => {
  const counts = ({ groups }: any) => Object.fromEntries(groups.map(({ keys, count }: any) => [keys.map(({ value }: any) => String(value)).join(" "), count]));
  const broken = ({ nodes: found }: any) => found.map(({ statement }: any) => statement).sort();
  const [{ numerator, denominator, unknown }] = data.verified.figures;
  return {
    ...Object.fromEntries(
      ["customers", "agreements", "services", "opportunities", "projects", "projectHealth", "applications", "people"].map((name) => [name, counts(data[name])]),
    ),
    value: Object.fromEntries(data.value.counts.map(({ verdict, count }: any) => [verdict, count])),
    brokenByUs: broken(data.brokenByUs),
    brokenByThem: broken(data.brokenByThem),
    risks: data.risks.nodes.map(({ exposure, statement }: any) => ({ exposure, statement })),
    verified: { numerator, denominator, unknown },
    trust: data.trust.byType,
    fresh: data.trust.asOf.map(({ portfolio, stale }: any) => ({ portfolio, stale })),
  };
};
