import type { Row } from "../kernel/declare.js";
import type { entities } from "./entities.js";
import type { links } from "./links.js";

export type ProjectRow = Row<typeof entities.Project, typeof links.Project>;
export type DeliverableRow = Row<typeof entities.Deliverable, typeof links.Deliverable>;
export type MilestoneRow = Row<typeof entities.Milestone, typeof links.Milestone>;
export type ProjectRiskRow = Row<typeof entities.ProjectRisk, typeof links.ProjectRisk>;
export type ProjectDependencyRow = Row<typeof entities.ProjectDependency, typeof links.ProjectDependency>;
