/** The kinds of signal there are. A new one is a file, a line here, a value of the enum SignalKind and a row of docs/signals.md. */
import { noticePeriod, underpinningGap } from "./agreements.js";
import { applicationEnding, applicationRoleLeft } from "./applications.js";
import type { Kind } from "./kind.js";
import { breachNotDisclosed, obligationBroken, obligationOverdue } from "./obligations.js";
import { promiseSlipping } from "./projects.js";
import { decisionMakerLeft, reviewOverdue } from "./relationships.js";
import { revenueConcentration } from "./revenue.js";
import { targetMissed } from "./targets.js";
import { serviceWithoutAgreement } from "./usage.js";
import { valueBelowFloor, valueFalling } from "./value.js";

export const KINDS = {
  AGREEMENT_IN_NOTICE_PERIOD: noticePeriod,
  TARGET_MISSED_REPEATEDLY: targetMissed,
  VALUE_FALLING: valueFalling,
  VALUE_BELOW_FLOOR: valueBelowFloor,
  OBLIGATION_OVERDUE: obligationOverdue,
  OBLIGATION_BROKEN: obligationBroken,
  BREACH_NOT_DISCLOSED: breachNotDisclosed,
  PROMISE_SLIPPING: promiseSlipping,
  APPLICATION_ENDING: applicationEnding,
  REVIEW_OVERDUE: reviewOverdue,
  DECISION_MAKER_LEFT: decisionMakerLeft,
  APPLICATION_ROLE_LEFT: applicationRoleLeft,
  SERVICE_WITHOUT_AGREEMENT: serviceWithoutAgreement,
  UNDERPINNING_GAP: underpinningGap,
  REVENUE_CONCENTRATION: revenueConcentration,
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
