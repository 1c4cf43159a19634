import type * as sdl from "../../schema/generated/service.js";
import { allowing } from "../kernel/moves.js";
import { creation, verb, verbAsking, type Verb, type VerbInput, type Verbs } from "../kernel/mutations.js";
import { refuse } from "../kernel/rules.js";
import type { BusinessCaseRow, OpportunityRow, RequirementRow, ServiceRow } from "./rows.js";

/** The statuses a service goes through, in order; RETIRED lies beside them. */
const STATUSES: readonly sdl.ServiceStatus[] = [
  "REQUIREMENTS",
  "DEFINED",
  "ANALYSED",
  "APPROVED",
  "CHARTERED",
  "DESIGNED",
  "DEVELOPED",
  "BUILT",
  "TESTED",
  "RELEASED",
  "OPERATIONAL",
];

/** In which states an opportunity can be … */
const opportunityMoves = {
  qualified: ["IDENTIFIED", "DEFERRED"],
  "assessed with the customer": ["QUALIFIED"],
  approved: ["ASSESSED_WITH_CUSTOMER"],
  deferred: ["IDENTIFIED", "QUALIFIED", "ASSESSED_WITH_CUSTOMER", "APPROVED"],
  declined: ["IDENTIFIED", "QUALIFIED", "ASSESSED_WITH_CUSTOMER", "APPROVED", "DEFERRED"],
  converted: ["APPROVED"],
} satisfies Record<string, sdl.OpportunityState[]>;
type OpportunityMove = keyof typeof opportunityMoves;
const allowOpportunity = allowing(
  { rule: "OPPORTUNITY_STATE", subject: "The opportunity is", settled: "It is settled; record what comes up again as an opportunity of its own." },
  opportunityMoves,
);

/** Roles of stakeholders who may decide what a service has to do. */
const DECIDING_ROLES = ["REAL_CUSTOMER", "DECISION_MAKER", "AUTHORISED_REPRESENTATIVE"];

export const mutations = {
  advanceService: verb<ServiceRow, sdl.AdvanceServiceInput>("Service", ({ record }) => ({ status: statusBeside(record, 1) })),
  revertService: verb<ServiceRow, sdl.RevertServiceInput>("Service", ({ record }) => ({ status: statusBeside(record, -1) })),
  retireService: verbAsking<ServiceRow, sdl.RetireServiceInput, number | null>(
    "Service",
    async ({ id }, siblings) => {
      const services = await siblings.read<{ agreements: { totalCount: number } }>(
        "agreement",
        "Service",
        [id],
        "agreements(filter: {state: {eq: ACTIVE}}, first: 1) { totalCount }",
      );
      return services.get(id)?.agreements.totalCount ?? null;
    },
    ({ record, input, prepared }) => {
      if (record.status === "RETIRED") refuse("SERVICE_STATUS", "id", "The service is already RETIRED; to take it up again use reopenService.");
      if (prepared !== 0) requireAcknowledgement(input, prepared);
      return { status: "RETIRED", retiredReason: input.reason ?? null };
    },
  ),
  reopenService: verb<ServiceRow, sdl.ReopenServiceInput>("Service", ({ record }) => {
    if (record.status !== "RETIRED")
      refuse("SERVICE_STATUS", "id", `The service is ${record.status}; only a RETIRED one can be reopened. To take it back a step use revertService.`);
    return { status: "REQUIREMENTS", retiredReason: null };
  }),

  recordOpportunity: creation("Opportunity"),
  qualifyOpportunity: moveOpportunity<sdl.QualifyOpportunityInput>("qualified", "QUALIFIED"),
  assessOpportunity: moveOpportunity<sdl.AssessOpportunityInput>("assessed with the customer", "ASSESSED_WITH_CUSTOMER"),
  approveOpportunity: moveOpportunity<sdl.ApproveOpportunityInput>("approved", "APPROVED"),
  deferOpportunity: verb<OpportunityRow, sdl.DeferOpportunityInput>("Opportunity", ({ record, input }) => {
    allowOpportunity(record.state, "deferred");
    return { state: "DEFERRED", decisionReason: input.reason };
  }),
  declineOpportunity: verb<OpportunityRow, sdl.DeclineOpportunityInput>("Opportunity", ({ record, input }) => {
    allowOpportunity(record.state, "declined");
    return { state: "DECLINED", decisionReason: input.reason };
  }),
  convertOpportunity: verb<OpportunityRow, sdl.ConvertOpportunityInput>("Opportunity", ({ record, input }) => {
    allowOpportunity(record.state, "converted");
    return { state: "CONVERTED", convertedToId: input.convertedToId };
  }),

  signOffRequirement: verbAsking<RequirementRow, sdl.SignOffRequirementInput, string | null>(
    "Requirement",
    async ({ stakeholderId }, siblings) => {
      const stakeholders = await siblings.read<{ role: string | null }>("customer", "Stakeholder", [stakeholderId], "role");
      return stakeholders.get(stakeholderId)?.role ?? null;
    },
    ({ record, input, prepared, today }) => {
      if (record.state === "SIGNED_OFF")
        refuse("REQUIREMENT_STATE", "id", "The requirement is already SIGNED_OFF; record a change of it as a requirement of its own.");
      requireDecidingRole(prepared);
      return { state: "SIGNED_OFF", signedOffById: input.stakeholderId, signedOffOn: today, rejectedReason: null };
    },
  ),
  rejectRequirement: verb<RequirementRow, sdl.RejectRequirementInput>("Requirement", ({ record, input }) => {
    if (record.state !== "PENDING")
      refuse(
        "REQUIREMENT_STATE",
        "id",
        `The requirement is ${record.state}; only a PENDING one can be rejected. Record a change of it as a requirement of its own.`,
      );
    return { state: "REJECTED", rejectedReason: input.reason };
  }),

  submitBusinessCase: verb<BusinessCaseRow, sdl.SubmitBusinessCaseInput>("BusinessCase", ({ record }) => {
    if (record.state !== "DRAFT" && record.state !== "REJECTED")
      refuse(
        "BUSINESS_CASE_STATE",
        "id",
        `The business case is ${record.state}; only a drafted or rejected one can be submitted. Make a new one where things have changed.`,
      );
    return { state: "SUBMITTED", decidedOn: null, rejectedReason: null };
  }),
  approveBusinessCase: verb<BusinessCaseRow, sdl.ApproveBusinessCaseInput>("BusinessCase", ({ record, today }) => {
    requireSubmitted(record, "approved");
    return { state: "APPROVED", decidedOn: today };
  }),
  rejectBusinessCase: verb<BusinessCaseRow, sdl.RejectBusinessCaseInput>("BusinessCase", ({ record, input, today }) => {
    requireSubmitted(record, "rejected");
    return { state: "REJECTED", decidedOn: today, rejectedReason: input.reason };
  }),
} satisfies Verbs;

// --- services ---

/** The status one step forward (1) or back (-1) of the service's. */
function statusBeside({ status }: ServiceRow, step: 1 | -1): sdl.ServiceStatus {
  if (status === "RETIRED") return refuse("SERVICE_STATUS", "id", "The service is RETIRED; take it up again with reopenService first.");
  const beside = STATUSES[STATUSES.indexOf(status) + step];
  if (beside !== undefined) return beside;
  const advice =
    step === 1
      ? "is at the last status before its retirement; to end it use retireService."
      : "is at the first status; nothing lies before it. To give it up use retireService.";
  return refuse("SERVICE_STATUS", "id", `The service is ${status} and ${advice}`);
}

/** `count` agreements in force name the service; null when that is not known, which is no reason to pass over them. */
function requireAcknowledgement({ acknowledgeAgreements, reason }: sdl.RetireServiceInput, count: number | null): void {
  const named = `Agreements in force that name the service: ${count ?? "unknown"}.`;
  if (!acknowledgeAgreements)
    refuse(
      "SERVICE_RETIREMENT_ACKNOWLEDGES_AGREEMENTS",
      "acknowledgeAgreements",
      `${named} End or change them first, or set acknowledgeAgreements to true and give a reason.`,
    );
  if (!reason) refuse("SERVICE_RETIREMENT_NEEDS_REASON", "reason", `${named} Say why it is retired all the same.`);
}

// --- opportunities ---

/** A verb that does nothing but bring an opportunity into the state `to`. */
function moveOpportunity<I extends VerbInput>(wanted: OpportunityMove, to: sdl.OpportunityState): Verb {
  return verb<OpportunityRow, I>("Opportunity", ({ record }) => {
    allowOpportunity(record.state, wanted);
    return { state: to };
  });
}

// --- requirements and business cases ---

function requireDecidingRole(role: string | null): void {
  if (role !== null && DECIDING_ROLES.includes(role)) return;
  const problem = role === null ? "No stakeholder with that id can be found" : `The role of the stakeholder is ${role}, which may not decide`;
  refuse(
    "REQUIREMENT_SIGNED_OFF_BY_WHO_MAY_DECIDE",
    "stakeholderId",
    `${problem}; name one whose role is ${DECIDING_ROLES.join(", ").replace(/, (?=[^,]*$)/, " or ")}.`,
  );
}

function requireSubmitted({ state }: BusinessCaseRow, wanted: string): void {
  if (state !== "SUBMITTED")
    refuse("BUSINESS_CASE_STATE", "id", `The business case is ${state}; only a SUBMITTED one can be ${wanted}. Submit it with submitBusinessCase first.`);
}
