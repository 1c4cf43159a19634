import { daysBetween } from "../kernel/dates.js";
import { inOrder, noCycle, rule, type Derivations, type Records, type Rules } from "../kernel/rules.js";
import type { ProjectDependencyRow, ProjectRiskRow, ProjectRow } from "./rows.js";

export const rules = {
  Project: [
    inOrder<ProjectRow>("PROJECT_PLANNED_END_AFTER_START", "plannedStart", "plannedEnd"),
    inOrder<ProjectRow>("PROJECT_APPROVED_END_AFTER_START", "approvedStart", "approvedEnd"),
    inOrder<ProjectRow>("PROJECT_ACTUAL_END_AFTER_START", "actualStart", "actualEnd"),
    noCycle<ProjectRow>("PROJECT_PARENT_NO_CYCLE", "Project", "parent"),
  ],
  ProjectDependency: [
    rule<ProjectDependencyRow>("PROJECT_DEPENDENCY_NO_CYCLE", async ({ before, after, records }) => {
      if (before !== null) return undefined; // both ends are fixed at creation
      await records.serialise();
      return (await dependsOn(records, after.dependsOnId, after.projectId))
        ? {
            path: ["dependsOnId"],
            message: "That project already depends on this one, directly or through others; choose another, or remove the dependency that closes the circle.",
          }
        : undefined;
    }),
  ],
} satisfies Rules;

export const derivations = {
  Project: ({ after }: { after: ProjectRow }) => ({ slipDays: slipOf(after) }),
  ProjectRisk: ({ after }: { after: ProjectRiskRow }) => ({ exposure: after.probability * after.impact }),
} satisfies Derivations;

/** Whether following dependencies from the project `from` arrives at the project `to`. */
async function dependsOn(records: Records, from: string, to: string): Promise<boolean> {
  const seen = new Set<string>();
  let reached = [from];
  while (reached.length > 0) {
    if (reached.includes(to)) return true;
    reached.forEach((id) => seen.add(id));
    const dependencies = await records.find<ProjectDependencyRow>("ProjectDependency", { projectId: reached });
    reached = [...new Set(dependencies.map(({ dependsOnId }) => dependsOnId))].filter((id) => !seen.has(id));
  }
  return false;
}

function slipOf({ approvedEnd, actualEnd, plannedEnd }: ProjectRow): number | null {
  const end = actualEnd ?? plannedEnd;
  return approvedEnd === null || end === null ? null : daysBetween(approvedEnd, end);
}
