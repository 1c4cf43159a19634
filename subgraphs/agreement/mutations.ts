import type * as sdl from "../../schema/generated/agreement.js";
import { allowing } from "../kernel/moves.js";
import { verb, type Verb, type VerbInput, type Verbs } from "../kernel/mutations.js";
import { refuse } from "../kernel/rules.js";
import type { AgreementRow, ObligationBreachRow, ObligationRow } from "./rows.js";

/** In which states an agreement can be … */
const agreementMoves = {
  negotiated: ["DRAFT"],
  agreed: ["NEGOTIATION"],
  activated: ["AGREED"],
  reviewed: ["ACTIVE"],
  resumed: ["UNDER_REVIEW"],
  expired: ["ACTIVE", "UNDER_REVIEW"],
  terminated: ["DRAFT", "NEGOTIATION", "AGREED", "ACTIVE", "UNDER_REVIEW"],
} satisfies Record<string, sdl.AgreementState[]>;
type AgreementMove = keyof typeof agreementMoves;
const allow = allowing(
  { rule: "AGREEMENT_STATE", subject: "The agreement is", settled: "It has ended; record what follows it as an agreement of its own." },
  agreementMoves,
);

export const mutations = {
  startNegotiation: move<sdl.StartNegotiationInput>("negotiated", "NEGOTIATION"),
  agreeAgreement: move<sdl.AgreeAgreementInput>("agreed", "AGREED"),
  activateAgreement: verb<AgreementRow, sdl.ActivateAgreementInput>("Agreement", ({ record, input }) => {
    allow(record.state, "activated");
    return { state: "ACTIVE", startOn: input.startOn ?? record.startOn };
  }),
  reviewAgreement: move<sdl.ReviewAgreementInput>("reviewed", "UNDER_REVIEW"),
  resumeAgreement: move<sdl.ResumeAgreementInput>("resumed", "ACTIVE"),
  expireAgreement: verb<AgreementRow, sdl.ExpireAgreementInput>("Agreement", ({ record, today }) => {
    allow(record.state, "expired");
    refuseEarlyExpiry(record, today);
    return { state: "EXPIRED" };
  }),
  terminateAgreement: verb<AgreementRow, sdl.TerminateAgreementInput>("Agreement", ({ record, input, today }) => {
    allow(record.state, "terminated");
    return { state: "TERMINATED", terminatedOn: input.terminatedOn ?? today, terminationReason: input.reason };
  }),
  meetObligation: verb<ObligationRow, sdl.MeetObligationInput>("Obligation", ({ record, input, today }) => {
    refuseSettled(record);
    return { state: "MET", metOn: input.metOn ?? today };
  }),
  waiveObligation: verb<ObligationRow, sdl.WaiveObligationInput>("Obligation", ({ record, input }) => {
    refuseSettled(record);
    return { state: "WAIVED", waivedReason: input.reason };
  }),
  breachObligation: verb<ObligationRow, sdl.BreachObligationInput>("Obligation", async ({ record, input, writes, today }) => {
    refuseSettled(record);
    if (record.state === "BREACHED")
      refuse("OBLIGATION_STATE", "id", "The obligation is already BREACHED; record a further breach of it with createObligationBreach.");
    await writes.create("ObligationBreach", {
      obligationId: record.id,
      detectedOn: input.detectedOn ?? today,
      effect: input.effect ?? null,
      remedy: input.remedy ?? null,
      affectedTargetIds: input.affectedTargetIds ?? [],
    });
    return { state: "BREACHED" };
  }),
  discloseObligationBreach: verb<ObligationBreachRow, sdl.DiscloseObligationBreachInput>("ObligationBreach", ({ record, input, today }) => {
    if (record.disclosedToCustomerOn !== null)
      refuse("OBLIGATION_BREACH_DISCLOSED_ONCE", "id", `The customer was already told on ${record.disclosedToCustomerOn}; nothing is left to disclose.`);
    return { disclosedToCustomerOn: input.disclosedOn ?? today };
  }),
} satisfies Verbs;

/** A verb that does nothing but bring an agreement into the state `to`. */
function move<I extends VerbInput>(wanted: AgreementMove, to: sdl.AgreementState): Verb {
  return verb<AgreementRow, I>("Agreement", ({ record }) => {
    allow(record.state, wanted);
    return { state: to };
  });
}

function refuseEarlyExpiry({ endOn }: AgreementRow, today: string): void {
  if (endOn !== null && endOn < today) return;
  const end = endOn === null ? "has no end" : `holds until ${endOn}`;
  refuse(
    "AGREEMENT_EXPIRES_AFTER_ITS_END",
    "id",
    `The agreement ${end}, so it has not expired; correct endOn, or end it before its time with terminateAgreement.`,
  );
}

function refuseSettled({ state }: ObligationRow): void {
  if (state === "MET" || state === "WAIVED")
    refuse(
      "OBLIGATION_STATE",
      "id",
      `The obligation is already ${state}; only a pending or breached one can change. Record what falls due again as an obligation of its own.`,
    );
}
