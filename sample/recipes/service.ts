import { type Recipe, codeOf } from "../world.js";

const PIPELINE = ["REQUIREMENTS", "DEFINED", "ANALYSED", "APPROVED", "CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RELEASED"];
const PER = ["USER_MONTH", "USER_MONTH", "MONTH", "TRANSACTION", "ONCE"];
/** Of each twenty services the first carry others; a service depends on those of batches before it. */
const SUPPORTING = 3;

export const serviceRecipes: Recipe[] = [
  {
    type: "Service",
    count: 1_000,
    batch: 100,
    make: (world, place) => {
      const status = world.chance(0.7) ? "OPERATIONAL" : world.chance(0.8) ? world.pick(PIPELINE) : "RETIRED";
      return {
        code: codeOf("SV", place),
        name: `${world.words("place")} ${world.words("thing")} ${place + 1}`,
        kind: place % 20 < SUPPORTING ? "SUPPORTING" : "BUSINESS",
        sourcing: world.mostly("INTERNAL", "EXTERNAL"),
        status,
        statusHistory: [{ status, since: world.day(-1_500, -10) }],
        ownerId: world.chance(0.95) ? world.hub(world.all("Person").slice(0, 300)) : null,
        dependsOnIds: world.some("Service", 0, 3),
        ...world.verified(),
      };
    },
  },
];

export const servicePartRecipes: Recipe[] = [
  {
    type: "ServiceOffering",
    count: 1_200,
    make: (world, place) => ({
      serviceId: world.all("Service")[place] ?? world.busy("Service"),
      package: `Package ${place + 1}`,
      tailoredForId: world.chance(0.3) ? world.busy("Customer") : null,
      price: world.chance(0.95) ? world.money(1, 400) : null,
      per: world.pick(PER),
    }),
  },
  {
    type: "ServiceCost",
    count: 1_200,
    make: (world) => ({
      serviceId: world.busy("Service"),
      kind: world.mostly("OPEX", "CAPEX"),
      amount: world.money(50, 6_000),
      basis: "booked",
      ...world.quarter(),
    }),
  },
  {
    type: "CompetitorBenchmark",
    count: 700,
    make: (world) => ({
      serviceId: world.busy("Service"),
      competitor: `${world.words("company")} ${world.words("thing")}`,
      unitPrice: world.money(1, 400),
      per: world.pick(PER),
      observedOn: world.day(-900, -1),
      confidence: world.whole(30, 100),
    }),
  },
  {
    type: "ServiceEvaluation",
    count: 500,
    make: (world) => ({
      serviceId: world.busy("Service"),
      evaluatedOn: world.day(-700, -1),
      valueScore: world.whole(0, 100),
      costScore: world.whole(0, 100),
      riskScore: world.whole(0, 100),
      recommendation: world.mostly("RETAIN", "RENEW", "RATIONALISE", "REFACTOR", "REPLACE", "RETIRE"),
    }),
  },
  {
    type: "ServiceDevelopment",
    count: 400,
    make: (world) => ({
      serviceId: world.busy("Service"),
      customerId: world.busy("Customer"),
      stage: "Design",
      percent: world.whole(0, 100),
      state: world.mostly("ON_TRACK", "AT_RISK", "BLOCKED", "DONE"),
    }),
  },
];

export const opportunityRecipes: Recipe[] = [
  {
    type: "Opportunity",
    count: 1_000,
    make: (world, place) => {
      const customerId = world.busy("Customer");
      const state = world.mostly("IDENTIFIED", "QUALIFIED", "ASSESSED_WITH_CUSTOMER", "APPROVED", "CONVERTED", "DEFERRED", "DECLINED");
      return {
        code: codeOf("O", place),
        title: `More ${world.words("thing").toLowerCase()} for ${world.words("trade").toLowerCase()}`,
        customerId,
        kind: world.pick(["NEW_SERVICE", "CHANGE", "EXTENSION", "RETIREMENT", "TECHNOLOGY", "COST_REDUCTION", "RISK_REDUCTION", "COMPLIANCE"]),
        origin: world.pick(["CUSTOMER", "PROVIDER", "JOINT"]),
        raisedById: world.busy("Person"),
        state,
        needIds: world.those("BusinessNeed", "customerId", customerId).slice(0, world.whole(0, 2)),
        convertedToId: state === "CONVERTED" ? world.any("Service") : null,
        ...world.verified(),
      };
    },
  },
  {
    type: "Requirement",
    count: 1_200,
    make: (world) => {
      const state = world.mostly("PENDING", "SIGNED_OFF", "REJECTED");
      return {
        serviceId: world.busy("Service"),
        opportunityId: world.oneOf(world.all("Opportunity"), 0.4),
        needId: world.oneOf(world.all("BusinessNeed"), 0.6),
        statement: `It has to keep ${world.words("thing").toLowerCase()} open at night.`,
        kind: world.pick(["BUSINESS", "FUNCTIONAL", "NON_FUNCTIONAL", "QUALITY", "TRANSITION"]),
        aspect: world.pick(["UTILITY", "WARRANTY"]),
        change: world.pick(["NEW", "CHANGED"]),
        state,
        ...(state === "SIGNED_OFF" ? { signedOffById: world.any("Stakeholder"), signedOffOn: world.day(-400, -1) } : {}),
      };
    },
  },
  {
    type: "BusinessCase",
    count: 400,
    make: (world, place) => {
      const amount = (millions: number) => ({ amount: String(millions * 1_000_000), currency: "IDR" });
      return {
        title: `Case ${place + 1}`,
        serviceId: world.busy("Service"),
        opportunityId: world.oneOf(world.all("Opportunity"), 0.5),
        sponsorId: world.oneOf(world.all("Stakeholder"), 0.8),
        cost: world.money(100, 9_000),
        monetaryBenefit: world.money(100, 15_000),
        state: world.mostly("APPROVED", "SUBMITTED", "DRAFT", "REJECTED"),
        discountRate: String(world.whole(4, 12)),
        cashFlow: [2025, 2026, 2027, 2028].map((year) => ({ year, amount: amount(year === 2025 ? -world.whole(500, 5_000) : world.whole(100, 3_000)) })),
      };
    },
  },
];
