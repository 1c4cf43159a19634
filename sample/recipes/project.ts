import { type Recipe, codeOf } from "../world.js";

export const projectRecipes: Recipe[] = [
  {
    type: "Project",
    count: 5_000,
    batch: 250,
    make: (world, place) => {
      const status = world.mostly("UNDERWAY", "PLANNED", "PROPOSED", "COMPLETED", "ON_HOLD", "CANCELLED");
      const plannedStart = world.day(-500, 100);
      const approvedEnd = world.after(plannedStart, world.whole(60, 400));
      const slip = world.mostly(0, 0, 30, 90, 200);
      const started = status === "UNDERWAY" || status === "COMPLETED";
      return {
        code: codeOf("PR", place),
        name: `${world.words("thing")} ${world.words("place")} ${place + 1}`,
        kind: place % 50 === 0 ? "PROGRAMME" : "PROJECT",
        parentId: place % 50 !== 0 && world.chance(0.3) ? world.oneOf(world.all("Project")) : null,
        status,
        health: started ? world.mostly("GREEN", "AMBER", "RED") : null,
        percentComplete: status === "COMPLETED" ? 100 : started ? world.whole(5, 95) : null,
        plannedStart,
        plannedEnd: world.after(approvedEnd, slip),
        approvedStart: plannedStart,
        approvedEnd,
        actualStart: started ? plannedStart : null,
        actualEnd: status === "COMPLETED" ? world.after(approvedEnd, slip) : null,
        budget: world.money(50, 9_000),
        sponsorId: world.oneOf(world.all("Stakeholder"), 0.85),
        managerId: world.busy("Person"),
        investmentClass: world.pick(["RUN", "GROW", "TRANSFORM"]),
        businessCaseId: world.oneOf(world.all("BusinessCase"), 0.7),
        needIds: world.some("BusinessNeed", 0, 2),
        cancelReason: status === "CANCELLED" ? "No money." : null,
        ...world.verified(),
      };
    },
  },
  {
    type: "Deliverable",
    count: 5_000,
    make: (world, place) => {
      const state = world.mostly("OPEN", "DONE", "DROPPED");
      return {
        projectId: world.all("Project")[place] ?? world.any("Project"),
        serviceId: world.busy("Service"),
        change: world.mostly("CHANGED", "NEW", "RETIRED"),
        description: `What ${world.words("department")} waits for.`,
        customerIds: world.some("Customer", 1, 3),
        applications: world.some("Application", 0, 2).map((applicationId) => ({ applicationId, effect: world.mostly("CHANGES", "CREATES", "RETIRES") })),
        dueOn: world.day(-300, 400),
        state,
        doneOn: state === "DONE" ? world.day(-300, -1) : null,
        dropReason: state === "DROPPED" ? "Nobody needs it." : null,
      };
    },
  },
  {
    type: "Milestone",
    count: 1_500,
    make: (world) => {
      const plannedOn = world.day(-300, 300);
      const isReached = plannedOn < world.day(0, 0) && world.chance(0.8);
      return {
        projectId: world.busy("Project"),
        name: `${world.words("thing")} agreed`,
        plannedOn,
        status: isReached ? "REACHED" : "PENDING",
        reachedOn: isReached ? plannedOn : null,
      };
    },
  },
  {
    type: "StatusReport",
    count: 1_500,
    make: (world) => ({
      projectId: world.busy("Project"),
      reportedOn: world.day(-300, -1),
      health: world.mostly("GREEN", "AMBER", "RED"),
      percentComplete: world.whole(0, 100),
      summary: "As last month.",
      authorId: world.busy("Person"),
    }),
  },
  {
    type: "ProjectRisk",
    count: 1_000,
    make: (world) => ({
      projectId: world.busy("Project"),
      statement: `${world.words("thing")} comes late.`,
      probability: world.whole(1, 5),
      impact: world.whole(1, 5),
      ownerId: world.busy("Person"),
      state: world.mostly("OPEN", "CLOSED", "OCCURRED"),
    }),
  },
  {
    type: "ProjectDependency",
    count: 500,
    make: (world) => {
      // The later project depends on the earlier: no circle can close.
      const projects = world.all("Project");
      const later = world.whole(1, projects.length - 1);
      return {
        projectId: projects[later],
        dependsOnId: projects[world.whole(0, later - 1)],
        kind: world.mostly("FINISH_TO_START", "START_TO_START", "FINISH_TO_FINISH", "START_TO_FINISH"),
      };
    },
  },
];
