import type { Row } from "../kernel/declare.js";
import type { entities } from "./entities.js";
import type { links } from "./links.js";

export type ServiceRow = Row<typeof entities.Service, typeof links.Service>;
export type ServiceCostRow = Row<typeof entities.ServiceCost, typeof links.ServiceCost>;
export type OpportunityRow = Row<typeof entities.Opportunity, typeof links.Opportunity>;
export type RequirementRow = Row<typeof entities.Requirement, typeof links.Requirement>;
export type BusinessCaseRow = Row<typeof entities.BusinessCase, typeof links.BusinessCase>;
