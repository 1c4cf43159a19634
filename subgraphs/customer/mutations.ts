import type * as sdl from "../../schema/generated/customer.js";
import { type Verbs, creation, verb } from "../kernel/mutations.js";
import { refuse } from "../kernel/rules.js";
import type { AnticipationRow, BusinessObjectiveRow, ExpectationRow, FeedbackRow, NeedChangeRow, SignalAcknowledgementRow } from "./rows.js";

export const mutations = {
  acceptFeedback: verb<FeedbackRow, sdl.AcceptFeedbackInput>("Feedback", ({ record }) => {
    requireState("FEEDBACK_STATE", record.state, ["RECEIVED", "ESCALATED"]);
    // The reason of an overturned rejection must not pass for how the accepted feedback was settled.
    return { state: "ACCEPTED", accepted: true, resolution: record.accepted === false ? null : record.resolution };
  }),
  rejectFeedback: verb<FeedbackRow, sdl.RejectFeedbackInput>("Feedback", ({ record, input }) => {
    requireState("FEEDBACK_STATE", record.state, ["RECEIVED", "ESCALATED"]);
    return { state: "REJECTED", accepted: false, resolution: input.reason };
  }),
  startFeedback: verb<FeedbackRow, sdl.StartFeedbackInput>("Feedback", ({ record }) => {
    requireState("FEEDBACK_STATE", record.state, ["ACCEPTED", "ESCALATED"]);
    if (record.accepted !== true) refuse("FEEDBACK_STATE", "id", "This feedback has not been accepted; accept it before working on it.");
    return { state: "IN_PROGRESS" };
  }),
  escalateFeedback: verb<FeedbackRow, sdl.EscalateFeedbackInput>("Feedback", ({ record, input, today }) => {
    requireState("FEEDBACK_STATE", record.state, ["RECEIVED", "ACCEPTED", "REJECTED", "IN_PROGRESS", "ESCALATED"]);
    return { state: "ESCALATED", escalatedToId: input.escalatedToId, escalatedOn: today };
  }),
  closeFeedback: verb<FeedbackRow, sdl.CloseFeedbackInput>("Feedback", ({ record, input, today }) => {
    requireState("FEEDBACK_STATE", record.state, ["ACCEPTED", "REJECTED", "IN_PROGRESS", "ESCALATED"]);
    if (record.accepted === null) refuse("FEEDBACK_STATE", "id", "This feedback has been neither accepted nor rejected; decide that before closing it.");
    return {
      state: "CLOSED",
      closedOn: input.closedOn ?? today,
      resolution: input.resolution ?? record.resolution,
      improvement: input.improvement ?? record.improvement,
    };
  }),
  respondToNeedChange: verb<NeedChangeRow, sdl.RespondToNeedChangeInput>("NeedChange", ({ record, input, today }) => {
    if (record.respondedOn !== null)
      refuse("NEED_CHANGE_ANSWERED_ONCE", "id", `This change was answered on ${record.respondedOn}; record a new change of the need to answer again.`);
    return { response: input.response, respondedOn: input.respondedOn ?? today };
  }),
  assessExpectation: verb<ExpectationRow, sdl.AssessExpectationInput>("Expectation", ({ input }) => {
    if (input.realism === "UNASSESSED") refuse("EXPECTATION_ASSESSED", "realism", "UNASSESSED is no finding; choose REALISTIC, STRETCH or UNREALISTIC.");
    return { realism: input.realism };
  }),
  agreeObjective: verb<BusinessObjectiveRow, sdl.AgreeObjectiveInput>("BusinessObjective", ({ record }) => {
    requireState("OBJECTIVE_STATE", record.state, ["PROPOSED"]);
    return { state: "AGREED" };
  }),
  concludeObjective: verb<BusinessObjectiveRow, sdl.ConcludeObjectiveInput>("BusinessObjective", ({ record, input }) => {
    requireState("OBJECTIVE_STATE", record.state, ["AGREED"]);
    return { state: input.met ? "MET" : "MISSED", actual: input.actual ?? record.actual };
  }),
  withdrawObjective: verb<BusinessObjectiveRow, sdl.WithdrawObjectiveInput>("BusinessObjective", ({ record }) => {
    requireState("OBJECTIVE_STATE", record.state, ["PROPOSED", "AGREED"]);
    return { state: "WITHDRAWN" };
  }),
  confirmAnticipation: verb<AnticipationRow, sdl.ConfirmAnticipationInput>("Anticipation", ({ record, input }) => {
    requireState("ANTICIPATION_STATE", record.outcome, ["OPEN"]);
    return { outcome: "CONFIRMED", leadsToId: input.leadsToId ?? record.leadsToId };
  }),
  refuteAnticipation: verb<AnticipationRow, sdl.RefuteAnticipationInput>("Anticipation", ({ record, input }) => {
    requireState("ANTICIPATION_STATE", record.outcome, ["OPEN"]);
    return { outcome: "REFUTED", evidence: input.evidence ?? record.evidence };
  }),
  acknowledgeSignal: creation("SignalAcknowledgement"),
  withdrawAcknowledgement: verb<SignalAcknowledgementRow, sdl.WithdrawAcknowledgementInput>("SignalAcknowledgement", ({ record, today }) => {
    if (record.withdrawnOn !== null)
      refuse("ACKNOWLEDGEMENT_WITHDRAWN_ONCE", "id", `This acknowledgement was withdrawn on ${record.withdrawnOn}; nothing is left to withdraw.`);
    return { withdrawnOn: today };
  }),
} satisfies Verbs;

/** Refuses an act on a record whose state is none of `allowed`. */
function requireState<S extends string>(ruleName: string, state: S, allowed: readonly S[]): void {
  if (!allowed.includes(state)) refuse(ruleName, "id", `This record is ${state}; the act needs one that is ${allowed.join(" or ")}.`);
}
