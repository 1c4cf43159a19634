import { type Input, type Recipe, type World, codeOf } from "../world.js";

/** Of ten agreements seven are with customers, two with suppliers and one between teams. */
const kindAt = (world: World, place: number): string =>
  place % 10 < 7 ? world.mostly("SLA", "SLA", "SERVICE_CONTRACT", "MOU") : place % 10 < 9 ? "UNDERPINNING_CONTRACT" : "OLA";

function partiesOf(world: World, kind: string): Input[] {
  const team = (side: string) => ({ partyId: world.busy("Team"), side, signatoryId: world.busy("Person") });
  if (kind === "OLA") return [team("CUSTOMER"), team("PROVIDER")];
  if (kind === "UNDERPINNING_CONTRACT") return [team("CUSTOMER"), { partyId: world.busy("Supplier"), side: "SUPPLIER", signatoryId: world.any("Person") }];
  const customerId = world.busy("Customer");
  return [{ partyId: customerId, side: "CUSTOMER", signatoryId: world.oneOf(world.those("Person", "employerId", customerId)) }, team("PROVIDER")];
}

const AVAILABILITY = { aspect: "WARRANTY", metric: "AVAILABILITY", comparator: "AT_LEAST", unit: "percent", window: "calendar month" };
const RESPONSE = { aspect: "WARRANTY", metric: "RESPONSE", comparator: "AT_MOST", unit: "minutes", window: "calendar month" };
const ACCURACY = { aspect: "UTILITY", metric: "ACCURACY", comparator: "AT_LEAST", unit: "percent", window: "calendar month" };

export const agreementRecipes: Recipe[] = [
  {
    type: "Agreement",
    count: 10_000,
    index: ["kind"],
    make: (world, place) => {
      const kind = kindAt(world, place);
      const startOn = world.day(-1_000, -100);
      return {
        code: codeOf("AG", place),
        title: `${world.words("thing")} for ${world.words("company")} ${place + 1}`,
        kind,
        parties: partiesOf(world, kind),
        serviceIds: world.some("Service", 1, 4),
        startOn,
        endOn: world.chance(0.85) ? world.after(startOn, world.pick([365, 730, 1_095, 1_460])) : null,
        renewal: world.pick(["NEVER", "TACIT", "EXPRESS"]),
        noticeDays: world.pick([30, 60, 90, 180]),
        value: world.money(20, 9_000),
        valuePer: world.mostly("YEAR", "TERM", "ONCE"),
        satisfactionFloor: world.chance(0.5) ? world.whole(50, 80) : null,
        state: world.mostly("ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "UNDER_REVIEW", "AGREED", "NEGOTIATION", "DRAFT", "EXPIRED", "TERMINATED"),
        ...world.verified(),
      };
    },
  },
  {
    type: "ServiceLevelTarget",
    count: 8_000,
    index: ["agreementId"],
    make: (world) => {
      const promise = world.pick([
        { ...AVAILABILITY, value: String(world.pick([98, 99, 99.5, 99.9])) },
        { ...RESPONSE, value: String(world.pick([5, 15, 30, 60])) },
        { ...ACCURACY, value: String(world.pick([95, 98, 99])) },
      ]);
      return { agreementId: world.busy("Agreement"), serviceId: world.chance(0.8) ? world.busy("Service") : null, ...promise };
    },
  },
  {
    type: "ServiceLevelAchievement",
    count: 8_000,
    make: (world) => ({
      targetId: world.busy("ServiceLevelTarget"),
      measured: (90 + world.next() * 10).toFixed(2),
      volume: world.whole(10, 9_000),
      met: world.chance(0.02) ? null : world.chance(0.88),
      ...world.quarter(),
    }),
  },
  {
    type: "Underpinning",
    count: 1_500,
    make: (world) => {
      const upperId = world.hub(world.those("Agreement", "kind", "SLA"));
      const lowerId = world.hub(world.those("Agreement", "kind", world.mostly("UNDERPINNING_CONTRACT", "OLA")));
      return { upperId, lowerId, targetId: world.oneOf(world.those("ServiceLevelTarget", "agreementId", upperId), 0.8) };
    },
  },
  {
    type: "Obligation",
    count: 3_000,
    make: (world) => {
      const dueOn = world.day(-400, 400);
      const state = world.mostly("PENDING", "MET", "BREACHED", "WAIVED");
      return {
        agreementId: world.busy("Agreement"),
        obligor: world.mostly("CUSTOMER", "PROVIDER", "SUPPLIER"),
        statement: `Bring the ${world.words("thing").toLowerCase()} list up to date.`,
        category: world.pick(["OPERATIONAL", "LEGAL", "COMMERCIAL", "COMPLIANCE", "GOVERNANCE"]),
        dueOn,
        state,
        ...(state === "MET" ? { metOn: world.after(dueOn, world.whole(-20, 10)) } : {}),
      };
    },
  },
  {
    type: "ObligationBreach",
    count: 400,
    make: (world) => {
      const detectedOn = world.day(-300, -20);
      return {
        obligationId: world.busy("Obligation"),
        detectedOn,
        effect: "Work had to be done twice.",
        disclosedToCustomerOn: world.chance(0.7) ? world.after(detectedOn, world.whole(0, 15)) : null,
        affectedTargetIds: world.some("ServiceLevelTarget", 0, 2),
      };
    },
  },
];
