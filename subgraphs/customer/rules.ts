import type * as sdl from "../../schema/generated/customer.js";
import { daysAfter } from "../kernel/dates.js";
import { type Derivations, type Rules, inOrder, isBlank, noCycle, rule } from "../kernel/rules.js";
import type {
  AnticipationRow,
  BusinessDriverRow,
  BusinessNeedRow,
  BusinessObjectiveRow,
  CustomerRow,
  CustomerUnitRow,
  ExpectationRow,
  FeedbackRow,
  InteractionRow,
  NeedChangeRow,
  RelationshipRow,
  ServiceDependencyRow,
  ServiceUsageRow,
  SignalAcknowledgementRow,
  StakeholderRow,
  UnitConflictRow,
  ValueAssessmentRow,
} from "./rows.js";

export const rules = {
  Customer: [
    noCycle<CustomerRow>("CUSTOMER_TREE", "Customer", "parent"),
    rule<CustomerRow>("CUSTOMER_SEGMENT_HAS_REASON", ({ after }) =>
      after.segment !== "STANDARD" && isBlank(after.segmentReason)
        ? { path: ["segmentReason"], message: `A ${after.segment} customer needs a segmentReason; say why it is one, or make it STANDARD.` }
        : undefined,
    ),
    rule<CustomerRow>("CUSTOMER_REVENUE_ONCE_A_YEAR", ({ after }) => {
      const twice = firstRepeated(after.revenue.map(({ year, kind, amount }) => `${kind} ${year} ${amount.currency}`));
      return twice === undefined
        ? undefined
        : { path: ["revenue"], message: `Revenue names ${twice} twice; keep one figure for each kind, year and currency.` };
    }),
  ],
  CustomerUnit: [
    noCycle<CustomerUnitRow>("UNIT_TREE", "CustomerUnit", "parent"),
    ofSameCustomer<CustomerUnitRow>("UNIT_PARENT_OF_SAME_CUSTOMER", "CustomerUnit", "parentId", ({ parentId }) => [parentId]),
  ],
  Stakeholder: [
    ofSameCustomer<StakeholderRow>("STAKEHOLDER_UNIT_OF_SAME_CUSTOMER", "CustomerUnit", "unitId", ({ unitId }) => [unitId]),
    inOrder<StakeholderRow>("STAKEHOLDER_ENDS_AFTER_IT_STARTS", "validFrom", "validTo"),
  ],
  Relationship: [
    rule<RelationshipRow>("RELATIONSHIP_ONE_PER_CUSTOMER", async ({ before, after, records }) => {
      if (before === null) await records.serialise();
      const others = await records.find<RelationshipRow>("Relationship", { customerId: after.customerId });
      return others.some(({ id }) => id !== after.id)
        ? { path: ["customerId"], message: "This customer already has a relationship record; change that one." }
        : undefined;
    }),
  ],
  BusinessDriver: [
    rule<BusinessDriverRow>("DRIVER_HAS_CUSTOMER", ({ after }) =>
      after.customerIds.length === 0 ? { path: ["customerIds"], message: "A driver moves at least one customer; name it." } : undefined,
    ),
    rule<BusinessDriverRow>("DRIVER_KEEPS_CUSTOMERS_IN_USE", async ({ before, after, records }) => {
      const dropped = before?.customerIds.filter((id) => !after.customerIds.includes(id)) ?? [];
      if (dropped.length === 0) return undefined;
      const where = { driverId: after.id, customerId: dropped };
      const inUse = [...(await records.find<BusinessNeedRow>("BusinessNeed", where)), ...(await records.find<AnticipationRow>("Anticipation", where))];
      return inUse.length > 0
        ? { path: ["customerIds"], message: `${inUse[0]!.id} of a customer you leave out names this driver; give that record another driver first.` }
        : undefined;
    }),
  ],
  BusinessObjective: [
    rule<BusinessObjectiveRow>("OBJECTIVE_AGREED_HAS_MEASURE", ({ after }) =>
      ["AGREED", "MET", "MISSED"].includes(after.state) && isBlank(after.measure)
        ? { path: ["measure"], message: `An objective that is ${after.state} needs a measure; say what is counted to tell whether it is reached.` }
        : undefined,
    ),
  ],
  BusinessNeed: [
    ofSameCustomer<BusinessNeedRow>("NEED_UNIT_OF_SAME_CUSTOMER", "CustomerUnit", "unitId", ({ unitId }) => [unitId]),
    ofSameCustomer<BusinessNeedRow>("NEED_OBJECTIVE_OF_SAME_CUSTOMER", "BusinessObjective", "objectiveId", ({ objectiveId }) => [objectiveId]),
    sharesDriver<BusinessNeedRow>("NEED_DRIVER_OF_SAME_CUSTOMER"),
  ],
  NeedChange: [
    rule<NeedChangeRow>("NEED_CHANGE_RESPONSE_IS_WHOLE", ({ after }) =>
      (after.respondedOn === null) !== isBlank(after.response)
        ? {
            path: [after.respondedOn === null ? "respondedOn" : "response"],
            message: "An answer is a response and the day it was given; name both or neither.",
          }
        : undefined,
    ),
    inOrder<NeedChangeRow>("NEED_CHANGE_ANSWERED_AFTER_RAISED", "raisedOn", "respondedOn"),
  ],
  Anticipation: [sharesDriver<AnticipationRow>("ANTICIPATION_DRIVER_OF_SAME_CUSTOMER")],
  UnitConflict: [
    rule<UnitConflictRow>("CONFLICT_BETWEEN_UNITS", ({ after }) =>
      new Set(after.unitIds).size < 2 ? { path: ["unitIds"], message: "A conflict is between units; name two at least." } : undefined,
    ),
    ofSameCustomer<UnitConflictRow>("CONFLICT_UNITS_OF_SAME_CUSTOMER", "CustomerUnit", "unitIds", ({ unitIds }) => unitIds),
    ofSameCustomer<UnitConflictRow>("CONFLICT_NEEDS_OF_SAME_CUSTOMER", "BusinessNeed", "needIds", ({ needIds }) => needIds),
  ],
  Interaction: [
    rule<InteractionRow>("INTERACTION_IS_ABOUT_SOMETHING", ({ after }) =>
      after.aboutIds.length === 0
        ? { path: ["aboutIds"], message: "An interaction is found by what it was about; name one record at least, the customer most often." }
        : undefined,
    ),
  ],
  Feedback: [
    rule<FeedbackRow>("FEEDBACK_CLOSED_HAS_RESOLUTION", ({ after }) =>
      after.state === "CLOSED" && isBlank(after.resolution)
        ? { path: ["resolution"], message: "Closed feedback needs a resolution; say how it was settled." }
        : undefined,
    ),
    rule<FeedbackRow>("FEEDBACK_CLOSED_ON_A_DAY", ({ after }) => {
      if ((after.state === "CLOSED") === (after.closedOn !== null)) return undefined;
      const message =
        after.closedOn === null
          ? "Closed feedback needs closedOn; name the day it was closed."
          : "Only closed feedback has closedOn; leave it out or close the feedback.";
      return { path: ["closedOn"], message };
    }),
    inOrder<FeedbackRow>("FEEDBACK_CLOSED_AFTER_RECEIVED", "receivedOn", "closedOn"),
    rule<FeedbackRow>("FEEDBACK_ACCEPTED_MATCHES_STATE", ({ after }) =>
      after.state in ACCEPTED_IN && after.accepted !== ACCEPTED_IN[after.state]
        ? {
            path: ["accepted"],
            message: `Feedback that is ${after.state} cannot have accepted: ${after.accepted}; leave accepted out, it follows from the state.`,
          }
        : undefined,
    ),
    rule<FeedbackRow>("FEEDBACK_ESCALATED_TO_SOMEBODY", ({ after }) =>
      after.state === "ESCALATED" && after.escalatedToId === null
        ? { path: ["escalatedToId"], message: "Escalated feedback needs escalatedToId; name the person it lies with." }
        : undefined,
    ),
  ],
  Expectation: [
    rule<ExpectationRow>("EXPECTATION_ASSESSED_BEFORE_AGREED", ({ after }) =>
      after.agreedOn !== null && after.realism === "UNASSESSED"
        ? { path: ["agreedOn"], message: "Nobody has assessed this expectation; assess how realistic it is before agreeing on it." }
        : undefined,
    ),
  ],
  ServiceUsage: [
    ofSameCustomer<ServiceUsageRow>("USAGE_UNIT_OF_SAME_CUSTOMER", "CustomerUnit", "unitId", ({ unitId }) => [unitId]),
    inOrder<ServiceUsageRow>("USAGE_ENDS_AFTER_IT_STARTS", "periodFrom", "periodTo"),
  ],
  ServiceDependency: [
    ofSameCustomer<ServiceDependencyRow>("DEPENDENCY_UNIT_OF_SAME_CUSTOMER", "CustomerUnit", "unitId", ({ unitId }) => [unitId]),
    inOrder<ServiceDependencyRow>("DEPENDENCY_ENDS_AFTER_IT_STARTS", "validFrom", "validTo"),
  ],
  ValueAssessment: [
    ofSameCustomer<ValueAssessmentRow>("VALUE_ASSESSOR_OF_SAME_CUSTOMER", "Stakeholder", "assessorId", ({ assessorId }) => [assessorId]),
    inOrder<ValueAssessmentRow>("VALUE_PERIOD_ENDS_AFTER_IT_STARTS", "periodFrom", "periodTo"),
    rule<ValueAssessmentRow>("VALUE_SAYS_SOMETHING", ({ after }) =>
      after.perceivedValue === null && after.realisedValue === null
        ? { path: ["perceivedValue"], message: "A value assessment needs perceivedValue or realisedValue; name one at least." }
        : undefined,
    ),
    rule<ValueAssessmentRow>("VALUE_SAMPLE_WITHIN_FRAME", ({ after }) =>
      after.sampleSize !== null && after.sampleFrame !== null && after.sampleSize > after.sampleFrame
        ? { path: ["sampleSize"], message: "More people answered than were asked; correct sampleSize or sampleFrame." }
        : undefined,
    ),
  ],
  SignalAcknowledgement: [
    rule<SignalAcknowledgementRow>("ACKNOWLEDGEMENT_NAMES_A_SIGNAL", ({ after }) =>
      SIGNAL_KEY.exec(after.signal)?.[1] === after.kind
        ? undefined
        : { path: ["signal"], message: `This is no key of a ${after.kind} signal; copy key and kind from the signal as it was answered.` },
    ),
    rule<SignalAcknowledgementRow>("ACKNOWLEDGEMENT_OF_THE_SIGNALS_CUSTOMER", ({ after }) => {
      const named = SIGNAL_KEY.exec(after.signal)?.[2] ?? null;
      if (named === after.customerId) return undefined;
      const message = named === null ? "This signal is about no customer; leave customerId out." : `This signal is about ${named}; name that customer.`;
      return { path: ["customerId"], message };
    }),
    inOrder<SignalAcknowledgementRow>("ACKNOWLEDGEMENT_LASTS_FROM_ITS_DAY", "acknowledgedOn", "until"),
  ],
} satisfies Rules;

/** A signal's key: its kind, the records it is about and, last, the customer where it has one. */
const SIGNAL_KEY = /^([A-Z_]+)(?::[a-z]{3}_[0-9A-Z]{26})*?(?::(cus_[0-9A-Z]{26}))?(?::[A-Z]{3})?$/;

export const derivations = {
  NeedChange: ({ after }: { after: NeedChangeRow }) => ({ respondedInTime: isRespondedInTime(after) }),
  Interaction: ({ after }: { after: InteractionRow }) => ({ handledBy: after.handledBy ?? (after.level === "OPERATIONAL" ? "SLM" : "BRM") }),
  SignalAcknowledgement: ({ after, today }: { after: SignalAcknowledgementRow; today: string }) => ({ acknowledgedOn: after.acknowledgedOn ?? today }),
  Feedback: ({ after }: { after: FeedbackRow }) => ({ accepted: after.accepted ?? ACCEPTED_IN[after.state] ?? null }),
} satisfies Derivations;

/** What `accepted` is in the states that decide it; escalated and closed feedback may be either. */
const ACCEPTED_IN: Partial<Record<sdl.FeedbackState, boolean | null>> = { RECEIVED: null, ACCEPTED: true, IN_PROGRESS: true, REJECTED: false };

/** The last day on which an answer to the change is in time; null where the accepted timeframe is not known. */
export const responseDueOn = ({ raisedOn, acceptedTimeframe }: Pick<NeedChangeRow, "raisedOn" | "acceptedTimeframe">): string | null =>
  acceptedTimeframe === null ? null : daysAfter(raisedOn, acceptedTimeframe);

function isRespondedInTime(change: NeedChangeRow): boolean | null {
  const dueOn = responseDueOn(change);
  return change.respondedOn === null || dueOn === null ? null : change.respondedOn <= dueOn;
}

/** A rule that the records `ids` of `type`, named by the input field `key`, belong to the record's own customer. */
function ofSameCustomer<R extends { customerId: string }>(name: string, type: string, key: string, ids: (row: R) => readonly (string | null)[]) {
  return rule<R>(name, async ({ after, records }) => {
    const linked = ids(after).filter((id) => id !== null);
    if (linked.length === 0) return undefined;
    const found = await records.find<{ id: string; customerId: string }>(type, { id: linked });
    const foreign = found.find(({ customerId }) => customerId !== after.customerId);
    return foreign && { path: [key], message: `${foreign.id} belongs to another customer; name records of ${after.customerId} only.` };
  });
}

/** A rule that the record's driver is one of those that move its customer. */
function sharesDriver<R extends { customerId: string; driverId: string | null }>(name: string) {
  return rule<R>(name, async ({ after, records }) => {
    const driver = after.driverId === null ? null : await records.get<BusinessDriverRow>("BusinessDriver", after.driverId);
    return driver && !driver.customerIds.includes(after.customerId)
      ? { path: ["driverId"], message: "This driver does not move this customer; name one that does, or add the customer to the driver." }
      : undefined;
  });
}

const firstRepeated = (keys: readonly string[]): string | undefined => keys.find((key, i) => keys.indexOf(key) !== i);
