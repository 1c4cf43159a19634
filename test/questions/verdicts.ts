/** What the questions that are answered by verdicts must answer, worked out from the story. */
import { type Expected, daysBetween, money, name, nodes, onlyPage, pick, unique } from "./shown.js";
import type { Story, Told } from "./story.js";

interface Period {
  readonly from: string;
  readonly to: string;
}

// --- value ---

const amountOf = (text: string) => Number(text.split(" ")[1]);
const currencyOf = (text: string) => text.split(" ")[0];
/** The same day eighteen months before. */
function eighteenMonthsBefore(day: string): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const months = year * 12 + month - 1 - 18;
  const last = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0));
  return new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), Math.min(date, last.getUTCDate()))).toISOString().slice(0, 10);
}

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
function valueOf(story: Story, customer: Told, service: Told, { from, to }: Period, end = to) {
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
  const earliest = eighteenMonthsBefore(end);
  const market = story
    .all("CompetitorBenchmark", ({ serviceId, observedOn }) => serviceId === service.ref && observedOn >= earliest && observedOn <= end)
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

/** The verdicts on value of a period by customer and service, as they are known today. */
export const verdictsOf = (story: Story, period: Period, today: string) =>
  pairsOf(story, period).map(([customer, service]) => ({
    customer: customer.ref,
    service: service.ref,
    verdict: valueOf(story, customer, service, period, period.to < today ? period.to : today).verdict,
  }));

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

export const spendAgainstValue: Expected = (story, { period }) => {
  const { from, to } = period as Period;
  const inside = ({ periodFrom, periodTo }: Told) => periodFrom >= from && periodTo <= to;
  const costs = story.all("ServiceCost", inside);
  const all = pairsOf(story, period).map(([customer, service]) => ({ customer, service, ...valueOf(story, customer, service, period) }));
  const seenOf = (customer: Told, service: Told) =>
    story
      .all(
        "ValueAssessment",
        (each) => each["customerId"] === customer.ref && each["serviceId"] === service.ref && each["periodTo"] >= from && each["periodTo"] <= to,
      )
      .flatMap(({ perceivedValue }) => (perceivedValue === undefined ? [] : [perceivedValue as number]));
  const services = unique(costs.map(({ serviceId }) => serviceId as string)).map((ref) => story.get(ref));
  const above = all.filter(({ aboveMarket }) => aboveMarket === true);
  return {
    services: {
      totalCount: services.length,
      ...nodes(
        services.map((service) => {
          const own = costs.filter(({ serviceId }) => serviceId === service.ref);
          return {
            ...pick(service, "code", "name"),
            spend: unique(own.map(({ kind, amount }) => `${kind} ${currencyOf(amount)}`)).map((key) => {
              const same = own.filter(({ kind, amount }) => `${kind} ${currencyOf(amount)}` === key);
              const [kind, currency] = key.split(" ");
              return { kind, amount: money(`${currency} ${same.reduce((sum, { amount }) => sum + amountOf(amount), 0)}`), costs: same.length };
            }),
            valueBySegment: ["KEY", "STRATEGIC", "STANDARD"].flatMap((segment) => {
              const mine = all.filter((each) => each.service.ref === service.ref && each.customer["segment"] === segment);
              if (mine.length === 0) return [];
              const seen = mine.flatMap(({ customer }) => seenOf(customer, service));
              return {
                segment,
                customers: mine.length,
                value: seen.length > 0 ? String(Math.round((seen.reduce((sum, each) => sum + each, 0) / seen.length) * 1e6) / 1e6) : null,
                voices: seen.length,
                aboveMarket: mine.filter(({ aboveMarket }) => aboveMarket === true).length,
                compared: mine.filter(({ aboveMarket }) => aboveMarket !== null).length,
                counts: counted(mine),
              };
            }),
          };
        }),
      ),
      ...onlyPage(services),
    },
    aboveMarket: {
      totalCount: above.length,
      ...nodes(
        above.map(({ customer, service, verdict, value, cost, per, market }) => ({
          ...{ verdict, value, cost, per, market, customer: pick(customer, "code", "name", "segment"), service: pick(service, "code", "name") },
        })),
      ),
      ...onlyPage(above),
    },
  };
};

// --- effort ---

export const effortAgainstRevenue: Expected = (story, _, today) => {
  const year = Number(today.slice(0, 4));
  const judged = story.all("Customer").map((customer) => {
    const cost = story
      .all("EngagementAssessment", ({ customerId, side, effortCost }) => customerId === customer.ref && side === "PROVIDER" && effortCost)
      .sort((a, b) => (a["assessedOn"] < b["assessedOn"] ? 1 : -1))[0]?.["effortCost"] as string | undefined;
    const figures = ((customer["revenue"] ?? []) as { year: number; kind: string; amount: string }[]).filter(
      ({ amount }) => !cost || currencyOf(amount) === currencyOf(cost),
    );
    const past = figures.filter((figure) => figure.kind === "PAST" && figure.year <= year).sort((a, b) => b.year - a.year)[0];
    const predicted = figures.filter((figure) => figure.kind === "PREDICTED" && figure.year >= year).sort((a, b) => a.year - b.year)[0];
    const currency = cost ? ` in ${currencyOf(cost)}` : "";
    const missing = [
      ...(cost ? [] : ["What the provider's effort costs."]),
      ...(past ? [] : [`Revenue of a past year${currency}.`]),
      ...(predicted ? [] : [`Revenue predicted for ${year} or later${currency}.`]),
    ];
    const talks = story.all("Interaction", ({ aboutIds, heldAt }) => aboutIds.includes(customer.ref) && daysBetween(String(heldAt).slice(0, 10), today) <= 365);
    const shown = (amount: string) => `${currencyOf(amount)} ${amountOf(amount).toFixed(2)}`;
    const brought = [past, predicted].flatMap((figure) => (figure ? [amountOf(figure.amount)] : []));
    const exceeded = cost ? brought.filter((amount) => amountOf(cost) > amount).length : 0;
    return {
      customer,
      missing,
      verdict: missing.length > 0 ? "UNKNOWN" : ["GOOD", "FAIR", "POOR"][exceeded]!,
      value: missing.length > 0 ? null : String(Math.round((amountOf(cost!) / Math.max(...brought)) * 1e8) / 1e6),
      inputs: [
        ...(cost ? [{ name: "effort", value: shown(cost) }] : []),
        ...(past ? [{ name: `revenue for ${past.year}`, value: shown(past.amount) }] : []),
        ...(predicted ? [{ name: `revenue predicted for ${predicted.year}`, value: shown(predicted.amount) }] : []),
        { name: "interactions within 365 days", value: String(talks.length) },
      ],
    };
  });
  const of = (level: string) => judged.filter(({ verdict }) => verdict === level);
  return {
    found: {
      totalCount: of("POOR").length,
      counts: ["POOR", "FAIR", "GOOD", "UNKNOWN"].map((verdict) => ({ verdict, count: of(verdict).length })),
      ...nodes(
        of("POOR").map(({ customer, verdict, value, inputs }) => ({
          ...{ verdict, value, inputs },
          record: { ...pick(customer, "code", "name", "segment", "lifecycle"), relationship: managerOf(story, customer) },
        })),
      ),
      ...onlyPage(of("POOR")),
    },
    more: nodes(of("FAIR").map(({ customer, verdict, value, inputs }) => ({ verdict, value, inputs, record: pick(customer, "code", "name") }))),
    unknown: nodes(of("UNKNOWN").map(({ customer, missing }) => ({ missing, record: pick(customer, "code", "name") }))),
  };
};
