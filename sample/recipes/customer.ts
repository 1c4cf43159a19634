import { type Input, type Recipe, type World, codeOf } from "../world.js";

/** A customer, and one of its people, units and stakeholders where it has them. */
const someCustomer = (world: World): string => world.busy("Customer");
const unitOf = (world: World, customerId: string): string | null => world.oneOf(world.those("CustomerUnit", "customerId", customerId), 0.8);
const driverOf = (world: World, customerId: string): string | null => world.oneOf(world.those("BusinessDriver", "customerIds", customerId), 0.6);

function validity(world: World): Input {
  const validFrom = world.day(-1_500, -30);
  return { validFrom, validTo: world.chance(0.15) ? world.after(validFrom, world.whole(30, 800)) : null };
}

function revenueOf(world: World): Input[] {
  const amount = () => ({ amount: String(world.whole(1, 90) ** 2 * 10_000_000), currency: "IDR" });
  return [2024, 2025, 2026, 2027].map((year) => ({ year, kind: year < 2026 ? "PAST" : "PREDICTED", amount: amount() }));
}

export const customerRecipes: Recipe[] = [
  {
    type: "Customer",
    count: 2_000,
    batch: 250,
    make: (world, place) => {
      const segment = place % 20 === 0 ? "KEY" : place % 7 === 0 ? "STRATEGIC" : "STANDARD";
      return {
        code: codeOf("C", place),
        name: `${world.words("company")} ${world.words("trade")} ${place + 1}`,
        kind: world.chance(0.9) ? "EXTERNAL" : "INTERNAL",
        lifecycle: world.mostly("ACTIVE", "ACTIVE", "ACTIVE", "ONBOARDING", "PROSPECT", "SUSPENDED", "FORMER"),
        segment,
        ...(segment === "STANDARD" ? {} : { segmentReason: "What it brings and where it leads." }),
        industry: world.words("trade"),
        revenue: revenueOf(world),
        parentId: world.chance(0.1) ? world.oneOf(world.all("Customer")) : null,
        ...world.verified(),
      };
    },
  },
];

export const relationshipRecipes: Recipe[] = [
  {
    type: "CustomerUnit",
    count: 2_500,
    index: ["customerId"],
    batch: 250,
    make: (world, place) => {
      const customerId = place < 2 ? world.all("Customer")[0]! : someCustomer(world); // one customer has two at least, however small the world
      return {
        name: `${world.words("department")} ${world.words("place")}`,
        customerId,
        parentId: world.chance(0.3) ? unitOf(world, customerId) : null,
        headId: world.oneOf(world.those("Person", "employerId", customerId), 0.8),
      };
    },
  },
  {
    type: "Stakeholder",
    count: 4_000,
    index: ["customerId"],
    make: (world) => {
      const customerId = someCustomer(world);
      return {
        customerId,
        personId: world.oneOf(world.those("Person", "employerId", customerId)) ?? world.any("Person"),
        unitId: unitOf(world, customerId),
        serviceId: world.chance(0.5) ? world.busy("Service") : null,
        role: world.pick(["REAL_CUSTOMER", "DECISION_MAKER", "PRIMARY_USER", "SPONSOR", "PURCHASER", "AUTHORISED_REPRESENTATIVE"]),
        influence: world.whole(1, 5),
        interest: world.whole(1, 5),
        stance: world.mostly("SUPPORTIVE", "NEUTRAL", "OPPOSED"),
        ...validity(world),
      };
    },
  },
  {
    type: "Relationship",
    count: 1_500,
    make: (world, place) => ({
      customerId: world.all("Customer")[place],
      managerId: world.hub(world.all("Person").slice(0, 60)),
      providerCommitment: world.pick(["PASSIVE", "ACTIVE", "CHAMPION"]),
      customerCommitment: world.pick(["NONE", "PASSIVE", "ACTIVE"]),
      reviewCadence: world.pick([90, 180, 365]),
      nextReviewDue: world.day(-90, 200),
    }),
  },
  {
    type: "MaturityAssessment",
    count: 1_500,
    make: (world) => ({
      relationshipId: world.busy("Relationship"),
      side: world.pick(["PROVIDER", "CUSTOMER"]),
      level: world.mostly("SERVICE_PROVIDER", "ORDER_TAKER", "TRUSTED_ADVISOR", "AD_HOC", "STRATEGIC_PARTNER"),
      assessedOn: world.day(-700, -1),
    }),
  },
  {
    type: "EngagementAssessment",
    count: 800,
    make: (world) => ({
      customerId: someCustomer(world),
      side: world.mostly("PROVIDER", "CUSTOMER"),
      assessedOn: world.day(-500, -1),
      expectedValue: world.money(10, 4_000),
      effortCost: world.money(10, 1_500),
      decision: world.mostly("DEPLOY", "DEFER", "DECLINE"),
    }),
  },
  {
    type: "BusinessDriver",
    count: 100,
    index: ["customerIds"],
    make: (world, place) => ({
      kind: world.pick(["STRATEGY", "REGULATION", "COMPETITION", "ECONOMY", "TECHNOLOGY", "ORGANISATION"]),
      statement: `Force ${place + 1} moves the market of ${world.words("trade")}.`,
      horizon: world.day(30, 900),
      customerIds: world.some("Customer", 1, 40),
    }),
  },
  {
    type: "BusinessObjective",
    count: 1_500,
    index: ["customerId"],
    make: (world) => ({
      customerId: someCustomer(world),
      statement: `Do ${world.words("thing").toLowerCase()} in half the time.`,
      measure: "hours",
      baseline: String(world.whole(20, 90)),
      target: String(world.whole(5, 20)),
      due: world.day(-200, 700),
      state: world.mostly("AGREED", "AGREED", "PROPOSED", "MET", "MISSED", "WITHDRAWN"),
      supportedBy: world.chance(0.85) ? world.some("Service", 1, 3).map((serviceId) => ({ serviceId, contribution: "Does the work." })) : [],
    }),
  },
  {
    type: "BusinessNeed",
    count: 2_500,
    index: ["customerId"],
    make: (world) => {
      const customerId = someCustomer(world);
      return {
        customerId,
        statement: `Better ${world.words("thing").toLowerCase()} for ${world.words("department")}.`,
        priority: world.pick(["CRITICAL", "HIGH", "MEDIUM", "LOW"]),
        state: world.mostly("OPEN", "IN_PROGRESS", "MET", "WITHDRAWN"),
        driverId: driverOf(world, customerId),
        objectiveId: world.oneOf(world.those("BusinessObjective", "customerId", customerId), 0.6),
        unitId: unitOf(world, customerId),
        serviceIds: world.some("Service", 0, 3),
      };
    },
  },
  {
    type: "NeedChange",
    count: 600,
    make: (world) => {
      const raisedOn = world.day(-500, -60);
      const answer = world.chance(0.8) ? { respondedOn: world.after(raisedOn, world.whole(1, 60)), response: "Yes, in the next release." } : {};
      return {
        needId: world.busy("BusinessNeed"),
        statement: "Sooner, and for more people.",
        raisedOn,
        acceptedTimeframe: world.pick([14, 30, 60]),
        ...answer,
      };
    },
  },
  {
    type: "UnitConflict",
    count: 150,
    make: (world) => {
      const customerId = world.pick(
        world
          .all("Customer")
          .filter((id) => world.those("CustomerUnit", "customerId", id).length > 1)
          .slice(0, 100),
      );
      return {
        customerId,
        unitIds: world.those("CustomerUnit", "customerId", customerId).slice(0, 2),
        needIds: world.those("BusinessNeed", "customerId", customerId).slice(0, 2),
        description: "One wants it fast, the other wants it safe.",
        state: world.mostly("OPEN", "MITIGATED", "RESOLVED"),
      };
    },
  },
];

export const anticipationRecipes: Recipe[] = [
  {
    type: "Anticipation",
    count: 500,
    make: (world) => {
      const customerId = someCustomer(world);
      return {
        customerId,
        driverId: driverOf(world, customerId),
        expectedNeed: `More ${world.words("thing").toLowerCase()}.`,
        likelihood: world.whole(5, 95),
        horizon: world.day(30, 700),
        outcome: world.mostly("OPEN", "OPEN", "CONFIRMED", "REFUTED"),
        leadsToId: world.oneOf(world.all("Opportunity"), 0.3),
      };
    },
  },
];

export const voiceRecipes: Recipe[] = [
  {
    type: "Interaction",
    count: 2_000,
    make: (world) => {
      const customerId = someCustomer(world);
      return {
        level: world.pick(["STRATEGIC", "TACTICAL", "OPERATIONAL"]),
        kind: world.pick(["MEETING", "REVIEW", "SURVEY", "ESCALATION", "CALL"]),
        heldAt: `${world.day(-500, -1)}T03:00:00Z`,
        participantIds: [...world.those("Person", "employerId", customerId).slice(0, 2), world.busy("Person")].filter((id, i, ids) => ids.indexOf(id) === i),
        aboutIds: [customerId, ...(world.chance(0.5) ? [world.busy("Service")] : [])],
        actions: world.chance(0.5) ? [{ text: "Send the figures.", due: world.day(-60, 60), ownerId: world.busy("Person"), done: world.chance(0.5) }] : [],
      };
    },
  },
  {
    type: "Feedback",
    count: 2_000,
    make: (world) => {
      const receivedOn = world.day(-500, -40);
      const state = world.pick(["RECEIVED", "ACCEPTED", "REJECTED", "IN_PROGRESS", "ESCALATED", "CLOSED", "CLOSED"]);
      return {
        customerId: someCustomer(world),
        kind: world.mostly("COMPLAINT", "SUGGESTION", "COMPLIMENT"),
        aboutId: world.busy("Service"),
        statement: "It was not what we had been told.",
        severity: world.pick(["LOW", "MEDIUM", "HIGH", "CRITICAL"]),
        state,
        receivedOn,
        ...(state === "CLOSED" ? { accepted: world.chance(0.8), closedOn: world.after(receivedOn, world.whole(1, 39)), resolution: "Put right." } : {}),
        ...(state === "ESCALATED" ? { accepted: true, escalatedToId: world.busy("Person") } : {}),
      };
    },
  },
  {
    type: "Expectation",
    count: 600,
    make: (world) => ({
      customerId: someCustomer(world),
      serviceId: world.busy("Service"),
      statement: "Never away.",
      realism: world.pick(["UNASSESSED", "REALISTIC", "STRETCH", "UNREALISTIC"]),
    }),
  },
  {
    type: "ServiceUsage",
    count: 3_500,
    make: (world) => {
      const customerId = someCustomer(world);
      return { customerId, serviceId: world.busy("Service"), unitId: unitOf(world, customerId), users: world.whole(1, 60) ** 2, ...world.quarter() };
    },
  },
  {
    type: "ServiceDependency",
    count: 3_500,
    make: (world) => {
      const customerId = someCustomer(world);
      const criticality = world.pick(["MISSION_CRITICAL", "BUSINESS_CRITICAL", "BUSINESS_OPERATIONAL", "ADMINISTRATIVE"]);
      return {
        customerId,
        serviceId: world.busy("Service"),
        unitId: unitOf(world, customerId),
        businessActivity: `Run ${world.words("department").toLowerCase()}`,
        criticality,
        vitalBusinessFunction: criticality === "MISSION_CRITICAL",
        tolerableOutage: world.whole(5, 2_880),
        ...validity(world),
      };
    },
  },
  {
    type: "ValueAssessment",
    count: 3_000,
    make: (world) => {
      const customerId = someCustomer(world);
      const sampleFrame = world.whole(5, 400);
      return {
        customerId,
        serviceId: world.busy("Service"),
        assessorId: world.oneOf(world.those("Stakeholder", "customerId", customerId), 0.8),
        perceivedValue: world.whole(20, 95),
        understanding: world.whole(20, 95),
        basis: world.mostly("SURVEY", "INTERVIEW", "MEASURED"),
        sampleFrame,
        sampleSize: world.whole(1, sampleFrame),
        ...world.quarter(),
      };
    },
  },
  {
    type: "SignalAcknowledgement",
    count: 300,
    make: (world, place) => {
      // The n-th relationship is the n-th customer's.
      const customerId = world.all("Customer")[place]!;
      return {
        signal: `REVIEW_OVERDUE:${world.all("Relationship")[place]!}:${customerId}`,
        kind: "REVIEW_OVERDUE",
        severity: world.pick(["LOW", "MEDIUM", "HIGH"]),
        since: world.day(-90, -40),
        customerId,
        byId: world.busy("Person"),
        acknowledgedOn: world.day(-40, -1),
        note: "It is on the agenda.",
      };
    },
  },
];
