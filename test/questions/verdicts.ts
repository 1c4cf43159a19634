/** What the questions that are answered by verdicts must answer, worked out from the story. */
import { type Expected, money, name, nodes, onlyPage, pick, unique } from "./shown.js";
import type { Story, Told } from "./story.js";

interface Period {
  readonly from: string;
  readonly to: string;
}

// --- value ---

const amountOf = (text: string) => Number(text.split(" ")[1]);
const currencyOf = (text: string) => text.split(" ")[0];
/** The same day eighteen months before. */
const EARLIEST: Readonly<Record<string, string>> = { "2026-09-30": "2025-03-30" };

/** Which customer had which service in the period. */
function pairsOf(story: Story, { from, to }: Period): (readonly [Told, Told])[] {
  const overlaps = (record: Told, first: string, last: string) => (record[first] ?? from) <= to && (record[last] ?? to) >= from;
  const held = (agreement: Told) =>
    ["ACTIVE", "UNDER_REVIEW", "EXPIRED", "TERMINATED"].includes(agreement["state"]) &&
    overlaps(agreement, "startOn", agreement["state"] === "TERMINATED" ? "terminatedOn" : "endOn");
  const refs = [
    ...story
      .all("Agreement", held)
      .flatMap(({ parties, serviceIds }) => parties.flatMap(({ partyId }: any) => serviceIds.map((service: string) => `${partyId} ${service}`))),
    ...story.all("ServiceUsage", (usage) => overlaps(usage, "periodFrom", "periodTo")).map(({ customerId, serviceId }) => `${customerId} ${serviceId}`),
    ...story.all("ServiceDependency", (each) => overlaps(each, "validFrom", "validTo")).map(({ customerId, serviceId }) => `${customerId} ${serviceId}`),
    ...story.all("ValueAssessment", ({ periodTo }) => periodTo >= from && periodTo <= to).map(({ customerId, serviceId }) => `${customerId} ${serviceId}`),
  ];
  return unique<string>(refs)
    .map((pair) => pair.split(" ").map((ref: string) => story.get(ref)) as [Told, Told])
    .filter(([customer]) => customer.type === "Customer");
}

/** The verdict on a service for a customer in a period. */
function valueOf(story: Story, customer: Told, service: Told, { from, to }: Period) {
  const seen = story
    .all(
      "ValueAssessment",
      (each) => each["customerId"] === customer.ref && each["serviceId"] === service.ref && each["periodTo"] >= from && each["periodTo"] <= to,
    )
    .flatMap(({ perceivedValue }) => (perceivedValue === undefined ? [] : [perceivedValue as number]));
  const value = seen.length > 0 ? seen.reduce((sum, each) => sum + each, 0) / seen.length : null;
  const offered = story.all("ServiceOffering", ({ serviceId }) => serviceId === service.ref);
  const offering = offered.find(({ tailoredForId }) => tailoredForId === customer.ref) ?? offered.find(({ tailoredForId }) => !tailoredForId);
  const cost = offering?.["price"] as string | undefined;
  const earliest = EARLIEST[to]!;
  const market = story
    .all("CompetitorBenchmark", ({ serviceId, observedOn }) => serviceId === service.ref && observedOn >= earliest && observedOn <= to)
    .filter(({ per, unitPrice }) => !cost || (per === offering!["per"] && currencyOf(unitPrice) === currencyOf(cost)))
    .map(({ unitPrice }) => amountOf(unitPrice))
    .sort((a, b) => a - b);
  const median = cost && market.length > 0 ? (market[Math.ceil(market.length / 2) - 1]! + market[Math.floor(market.length / 2)]!) / 2 : null;
  const above = median === null ? null : amountOf(cost!) > median;
  const missing = [
    ...(value === null ? [`Perceived value: nobody was asked from ${from} to ${to}.`] : []),
    ...(!offering ? ["Cost: the service has no offering."] : cost ? [] : [`Cost: the offering ${offering["package"]} has no price.`]),
    ...(market.length > 0
      ? []
      : [`Market: no competitor's price${cost ? ` per ${offering!["per"]} in ${currencyOf(cost)}` : ""} was observed from ${earliest} to ${to}.`]),
  ];
  const verdict =
    value === null || above === null
      ? "UNKNOWN"
      : value >= 60
        ? above
          ? "VALUE_GOOD_PRICE_HIGH"
          : "VALUE_AND_PRICE_GOOD"
        : above
          ? "POOR"
          : "CHEAP_BUT_LOW_VALUE";
  return {
    verdict,
    value: value === null ? null : String(value),
    cost: money(cost),
    per: cost ? (offering!["per"] as string) : null,
    market: median === null ? null : money(`${currencyOf(cost!)} ${median}`),
    aboveMarket: above,
    missing,
  };
}

const VERDICTS = ["POOR", "CHEAP_BUT_LOW_VALUE", "VALUE_GOOD_PRICE_HIGH", "VALUE_AND_PRICE_GOOD", "UNKNOWN"];
const counted = (values: readonly { verdict: string }[]) =>
  VERDICTS.map((verdict) => ({ verdict, count: values.filter((each) => each.verdict === verdict).length }));
const managerOf = (story: Story, customer: Told) => {
  const [relationship] = story.all("Relationship", ({ customerId }) => customerId === customer.ref);
  return relationship ? { manager: name(story, relationship["managerId"]) } : null;
};

export const valueBelowCost: Expected = (story, { segments, period }) => {
  const all = pairsOf(story, period)
    .filter(([customer]) => segments.includes(customer["segment"]))
    .map(([customer, service]) => ({ customer, service, ...valueOf(story, customer, service, period) }));
  const found = all.filter(({ verdict }) => !["UNKNOWN", "VALUE_AND_PRICE_GOOD"].includes(verdict));
  const unknown = all.filter(({ verdict }) => verdict === "UNKNOWN");
  return {
    found: {
      totalCount: found.length,
      counts: counted(all),
      ...nodes(
        found.map(({ customer, service, missing, ...shown }) => ({
          ...shown,
          customer: { ...pick(customer, "code", "name", "segment"), relationship: managerOf(story, customer) },
          service: pick(service, "code", "name"),
        })),
      ),
      ...onlyPage(found),
    },
    unknown: {
      totalCount: unknown.length,
      ...nodes(
        unknown.map(({ customer, service, value, cost, aboveMarket, missing }) => ({
          ...{ customer: pick(customer, "code", "name"), service: pick(service, "code", "name"), value, cost, aboveMarket, missing },
        })),
      ),
    },
  };
};
