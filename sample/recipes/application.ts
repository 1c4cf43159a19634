import { type Recipe, codeOf } from "../world.js";

export const applicationRecipes: Recipe[] = [
  {
    type: "Application",
    count: 2_000,
    batch: 250,
    make: (world, place) => {
      const lifecycle = world.mostly("ACTIVE", "ACTIVE", "ACTIVE", "PHASE_IN", "PLAN", "PHASE_OUT", "END_OF_LIFE");
      return {
        code: codeOf("A", place),
        name: `${world.words("company")} ${world.words("thing")} ${place + 1}`,
        kind: world.pick(["IN_HOUSE", "COTS", "SAAS", "END_USER"]),
        hosting: world.pick(["ON_PREMISES", "PRIVATE_CLOUD", "PUBLIC_CLOUD", "HYBRID", "USER_DEVICE"]),
        lifecycle,
        phases: [{ lifecycle, startedOn: world.day(-2_000, -10) }],
        criticality: world.pick(["MISSION_CRITICAL", "BUSINESS_CRITICAL", "BUSINESS_OPERATIONAL", "ADMINISTRATIVE"]),
        functionalFit: world.chance(0.95) ? world.whole(10, 95) : null,
        technicalFit: world.chance(0.95) ? world.whole(10, 95) : null,
        successorId: world.chance(0.1) ? world.oneOf(world.all("Application")) : null,
        endReason: lifecycle === "END_OF_LIFE" ? "Nobody mends it." : null,
        users: world.whole(1, 70) ** 2,
        annualCost: world.money(5, 5_000),
        dataClassification: world.pick(["PUBLIC", "INTERNAL", "CONFIDENTIAL", "SECRET"]),
        contractId: world.chance(0.6) ? world.hub(world.those("Agreement", "kind", "UNDERPINNING_CONTRACT")) : null,
        ...world.verified(),
      };
    },
  },
  {
    type: "ApplicationFunction",
    count: 2_500,
    make: (world, place) => ({
      applicationId: world.all("Application")[place] ?? world.busy("Application"),
      name: `${world.words("thing")} function`,
      supportIds: world.some("Service", 0, 3),
    }),
  },
  {
    type: "ApplicationInterface",
    count: 1_000,
    make: (world) => {
      const applications = world.all("Application");
      const source = world.whole(1, applications.length - 1);
      return {
        sourceId: applications[source],
        targetId: world.hub(applications.slice(0, source)),
        data: `${world.words("thing")} of the day`,
        protocol: world.pick(["REST", "SFTP", "AMQP"]),
      };
    },
  },
  {
    type: "ApplicationRole",
    count: 4_000,
    make: (world, place) => {
      const validFrom = world.day(-2_000, -30);
      const role = world.pick(["DEVELOPER", "SUPPORTER", "MANAGER", "BUSINESS_OWNER", "IT_OWNER"]);
      return {
        applicationId: world.all("Application")[place] ?? world.busy("Application"),
        holderId: role === "SUPPORTER" && world.chance(0.5) ? world.busy("Team") : world.busy("Person"),
        role,
        validFrom,
        validTo: world.chance(0.2) ? world.after(validFrom, world.whole(30, 1_000)) : null,
      };
    },
  },
];
