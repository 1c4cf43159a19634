import type * as sdl from "../../schema/generated/service.js";
import { inOrder, rule, type Derivations, type Rules } from "../kernel/rules.js";
import type { BusinessCaseRow, OpportunityRow, RequirementRow, ServiceCostRow, ServiceRow } from "./rows.js";

export const rules = {
  Service: [
    rule<ServiceRow>("SERVICE_CHARTERED_NEEDS_BUSINESS_CASE", async ({ before, after, records }) => {
      if (!enters("CHARTERED", before, after)) return undefined;
      const approved = await records.find("BusinessCase", { serviceId: after.id, state: "APPROVED" });
      return approved.length > 0
        ? undefined
        : { path: ["id"], message: "A chartered service needs an approved business case; have one of this service approved first." };
    }),
    rule<ServiceRow>("SERVICE_OPERATIONAL_NEEDS_OWNER", ({ before, after }) => {
      if (before === null || !lacksOwner(after) || lacksOwner(before)) return undefined;
      const path = before.status === "OPERATIONAL" ? "ownerId" : "id";
      return { path: [path], message: "An operational service needs an owner; name one with updateService." };
    }),
    rule<ServiceRow>("SERVICE_OPERATIONAL_NEEDS_OFFERING", async ({ before, after, act, records }) => {
      const losesOne = after.status === "OPERATIONAL" && act === "deleteServiceOffering";
      if (!losesOne && !enters("OPERATIONAL", before, after)) return undefined;
      const offerings = await records.find("ServiceOffering", { serviceId: after.id });
      return offerings.length > 0
        ? undefined
        : { path: ["id"], message: "An operational service needs an offering; record another with createServiceOffering first." };
    }),
    rule<ServiceRow>("SERVICE_DEPENDS_ON_OTHERS", ({ after }) =>
      after.dependsOnIds.includes(after.id) ? { path: ["dependsOnIds"], message: "A service cannot depend on itself; leave it out." } : undefined,
    ),
  ],
  ServiceCost: [inOrder<ServiceCostRow>("SERVICE_COST_PERIOD_ENDS_AFTER_IT_STARTS", "periodFrom", "periodTo")],
  Opportunity: [
    rule<OpportunityRow>("OPPORTUNITY_CONVERTED_NEEDS_OUTCOME", ({ after }) =>
      after.state === "CONVERTED" && after.convertedToId === null
        ? { path: ["convertedToId"], message: "A converted opportunity became something; name the service or the project." }
        : undefined,
    ),
  ],
  Requirement: [
    rule<RequirementRow>("REQUIREMENT_NAMES_WHAT_IT_IS_FOR", ({ after }) =>
      after.serviceId === null && after.opportunityId === null
        ? { path: ["serviceId"], message: "A requirement is for a service or an opportunity; name one of them." }
        : undefined,
    ),
  ],
  BusinessCase: [
    rule<BusinessCaseRow>("BUSINESS_CASE_NAMES_WHAT_IT_IS_FOR", ({ after }) =>
      after.serviceId === null && after.opportunityId === null
        ? { path: ["serviceId"], message: "A business case is for a service or an opportunity; name one of them." }
        : undefined,
    ),
  ],
} satisfies Rules;

export const derivations = {
  Service: ({ after, today, reason }: { after: ServiceRow; today: string; reason: string | null }) => ({
    section: sectionOf(after.status),
    statusHistory: continueHistory(after.statusHistory, after.status, today, reason),
  }),
} satisfies Derivations;

/** Whether a change brings a service into `status`. A new record may be in any. */
const enters = (status: sdl.ServiceStatus, before: ServiceRow | null, after: ServiceRow): boolean =>
  before !== null && before.status !== status && after.status === status;

const lacksOwner = ({ status, ownerId }: ServiceRow): boolean => status === "OPERATIONAL" && ownerId === null;

function sectionOf(status: sdl.ServiceStatus): sdl.ServiceSection {
  if (status === "RETIRED") return "RETIRED";
  return status === "OPERATIONAL" ? "CATALOGUE" : "PIPELINE";
}

/** The history with `status` as its open, last period: as it is when it already ends so. */
function continueHistory(history: sdl.ServiceStatusPeriod[], status: sdl.ServiceStatus, today: string, reason: string | null): sdl.ServiceStatusPeriod[] {
  const isOpen = ({ until }: sdl.ServiceStatusPeriod) => (until ?? null) === null;
  const last = history.at(-1);
  if (last?.status === status && isOpen(last)) return history;
  return [...history.map((period) => (isOpen(period) ? { ...period, until: today } : period)), { status, since: today, until: null, reason }];
}
