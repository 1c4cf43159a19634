import { inOrder, rule, type Derivations, type Rule, type Rules, type Violation } from "../kernel/rules.js";
import type { AgreementRow, ObligationBreachRow, ServiceLevelAchievementRow, ServiceLevelTargetRow, UnderpinningRow } from "./rows.js";

export const rules = {
  Agreement: [
    inOrder<AgreementRow>("AGREEMENT_ENDS_AFTER_IT_STARTS", "startOn", "endOn"),
    activeNeeds("AGREEMENT_ACTIVE_NEEDS_START", "startOn", "An agreement in force needs a start; say startOn.", ({ startOn }) => startOn !== null),
    activeNeeds(
      "AGREEMENT_ACTIVE_NEEDS_CUSTOMER",
      "parties",
      "An agreement in force needs a party on the side CUSTOMER; add it to the parties.",
      ({ parties }) => parties.some(({ side }) => side === "CUSTOMER"),
    ),
    activeNeeds(
      "AGREEMENT_ACTIVE_NEEDS_SERVICE",
      "serviceIds",
      "An agreement in force needs at least one service; name those it covers.",
      ({ serviceIds }) => serviceIds.length > 0,
    ),
    rule<AgreementRow>("AGREEMENT_ACTIVE_SLA_NEEDS_TARGET", async ({ before, after, act, records }) => {
      // Targets name their agreement, so a new one cannot have any yet.
      if (before === null || !isActiveSla(after) || (isActiveSla(before) && act !== "deleteServiceLevelTarget")) return undefined;
      const targets = await records.find("ServiceLevelTarget", { agreementId: after.id });
      if (targets.length > 0) return undefined;
      return {
        path: [before.state === "ACTIVE" && before.kind !== "SLA" ? "kind" : "id"],
        message: "An SLA needs at least one service level target while it is in force; record what it promises with createServiceLevelTarget.",
      };
    }),
  ],
  ServiceLevelAchievement: [inOrder<ServiceLevelAchievementRow>("SERVICE_LEVEL_ACHIEVEMENT_PERIOD_ENDS_AFTER_IT_STARTS", "periodFrom", "periodTo")],
  Underpinning: [
    rule<UnderpinningRow>("UNDERPINNING_JOINS_TWO_AGREEMENTS", ({ after }) =>
      after.upperId === after.lowerId ? { path: ["lowerId"], message: "An agreement cannot rest on itself; name another as lower." } : undefined,
    ),
    rule<UnderpinningRow>("UNDERPINNING_TARGET_IS_OF_UPPER", async ({ after, records }): Promise<Violation | undefined> => {
      if (after.targetId === null) return undefined;
      const target = await records.get<ServiceLevelTargetRow>("ServiceLevelTarget", after.targetId);
      return target === null || target.agreementId === after.upperId
        ? undefined
        : { path: ["targetId"], message: "The target belongs to another agreement; name one of the upper agreement, or none." };
    }),
  ],
  ObligationBreach: [
    rule<ObligationBreachRow>("OBLIGATION_BREACH_DISCLOSED_AFTER_DETECTED", ({ after }) =>
      after.disclosedToCustomerOn && after.disclosedToCustomerOn < after.detectedOn
        ? { path: ["disclosedToCustomerOn"], message: "The customer cannot have been told before the breach was detected; correct one of the days." }
        : undefined,
    ),
  ],
} satisfies Rules;

export const derivations = {} satisfies Derivations;

const isActiveSla = ({ kind, state }: AgreementRow): boolean => kind === "SLA" && state === "ACTIVE";

function activeNeeds(name: string, field: string, message: string, holds: (agreement: AgreementRow) => boolean): Rule<AgreementRow> {
  return rule<AgreementRow>(name, ({ after }) => (after.state === "ACTIVE" && !holds(after) ? { path: [field], message } : undefined));
}
