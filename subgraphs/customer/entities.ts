import type * as sdl from "../../schema/generated/customer.js";
import { boolean, choice, date, dateTime, decimal, entity, integer, longText, mainEntity, money, text, values } from "../kernel/declare.js";

const STATEMENT = 2_000;

export const entities = {
  Customer: mainEntity("cus", {
    name: text(300),
    kind: choice<sdl.CustomerKind>(),
    lifecycle: choice<sdl.CustomerLifecycle>().default("PROSPECT"),
    segment: choice<sdl.CustomerSegment>().default("STANDARD"),
    segmentReason: longText(STATEMENT).optional(),
    industry: text(200).optional(),
    description: longText().optional(),
    strategy: longText().optional(),
    revenue: values<sdl.CustomerRevenue>(),
  }),
  CustomerUnit: entity("cun", {
    name: text(300),
  }),
  Stakeholder: entity("stk", {
    role: choice<sdl.StakeholderRole>(),
    influence: integer(1, 5).optional(),
    interest: integer(1, 5).optional(),
    stance: choice<sdl.StakeholderStance>().optional(),
    validFrom: date().optional(),
    validTo: date().optional(),
  }),
  Relationship: entity("rel", {
    providerCommitment: choice<sdl.RelationshipCommitment>().optional(),
    providerCommitmentNote: longText(STATEMENT).optional(),
    customerCommitment: choice<sdl.RelationshipCommitment>().optional(),
    customerCommitmentNote: longText(STATEMENT).optional(),
    reviewCadence: integer(1, 3_650).optional(), // days
    nextReviewDue: date().optional(),
    sharedValues: longText().optional(),
  }),
  MaturityAssessment: entity("mat", {
    side: choice<sdl.RelationshipSide>(),
    level: choice<sdl.MaturityAssessmentLevel>(),
    assessedOn: date(),
  }),
  EngagementAssessment: entity("eng", {
    side: choice<sdl.RelationshipSide>(),
    assessedOn: date(),
    expectedValue: money().optional(),
    effortCost: money().optional(),
    decision: choice<sdl.EngagementAssessmentDecision>().optional(),
  }),
  BusinessDriver: entity("drv", {
    kind: choice<sdl.BusinessDriverKind>(),
    statement: longText(STATEMENT),
    horizon: date().optional(),
  }),
  BusinessObjective: entity("obj", {
    statement: longText(STATEMENT),
    measure: text(500).optional(),
    baseline: decimal().optional(),
    target: decimal().optional(),
    actual: decimal().optional(),
    due: date().optional(),
    state: choice<sdl.BusinessObjectiveState>().default("PROPOSED").governed(),
  }),
  BusinessNeed: entity("ned", {
    statement: longText(STATEMENT),
    priority: choice<sdl.BusinessNeedPriority>(),
    state: choice<sdl.BusinessNeedState>().default("OPEN"),
  }),
  NeedChange: entity("nch", {
    statement: longText(STATEMENT),
    raisedOn: date(),
    acceptedTimeframe: integer(0, 3_650).optional(), // days
    respondedOn: date().optional().governed(),
    response: longText().optional().governed(),
    respondedInTime: boolean().optional().derived(),
  }),
  Anticipation: entity("ant", {
    expectedNeed: longText(STATEMENT),
    likelihood: integer(0, 100).optional(),
    horizon: date().optional(),
    evidence: longText().optional(),
    outcome: choice<sdl.AnticipationOutcome>().default("OPEN").governed(),
  }),
  UnitConflict: entity("ucf", {
    description: longText(),
    state: choice<sdl.UnitConflictState>().default("OPEN"),
  }),
  Interaction: entity("int", {
    level: choice<sdl.InteractionLevel>(),
    // Never null in a row: `derivations` fill it in. Optional, so that a client need not name it.
    handledBy: choice<sdl.InteractionHandler>().optional(),
    kind: choice<sdl.InteractionKind>(),
    heldAt: dateTime(),
    decisions: longText().optional(),
  }),
  Feedback: entity("fbk", {
    kind: choice<sdl.FeedbackKind>(),
    statement: longText(),
    severity: choice<sdl.FeedbackSeverity>().optional(),
    accepted: boolean().optional().governed(),
    state: choice<sdl.FeedbackState>().default("RECEIVED").governed(),
    receivedOn: date(),
    escalatedOn: date().optional().governed(),
    closedOn: date().optional().governed(),
    resolution: longText().optional(),
    improvement: longText().optional(),
  }),
  Expectation: entity("exp", {
    statement: longText(STATEMENT),
    realism: choice<sdl.ExpectationRealism>().default("UNASSESSED").governed(),
    agreedOn: date().optional(),
  }),
  ServiceUsage: entity("use", {
    users: integer(0).optional(),
    periodFrom: date(),
    periodTo: date(),
    pattern: longText(STATEMENT).optional(),
  }),
  ServiceDependency: entity("dep", {
    businessActivity: text(500),
    criticality: choice<sdl.ServiceDependencyCriticality>(),
    vitalBusinessFunction: boolean().default(false),
    tolerableOutage: integer(0).optional(), // minutes
    workaround: longText().optional(),
    validFrom: date().optional(),
    validTo: date().optional(),
  }),
  ValueAssessment: entity("val", {
    periodFrom: date(),
    periodTo: date(),
    perceivedValue: integer(0, 100).optional(),
    realisedValue: money().optional(),
    understanding: integer(0, 100).optional(),
    basis: choice<sdl.ValueAssessmentBasis>(),
    sampleSize: integer(0).optional(),
    sampleFrame: integer(0).optional(),
  }),
  SignalAcknowledgement: entity("ack", {
    signal: text(200).fixed(),
    kind: choice<sdl.SignalKind>().fixed(),
    severity: choice<sdl.SignalSeverity>().fixed(),
    since: date().fixed(),
    // Never null in a row: `derivations` fill it in. Optional, so that a client need not name it.
    acknowledgedOn: date().optional().fixed(),
    until: date().optional(),
    note: longText(STATEMENT).optional(),
    withdrawnOn: date().optional().governed(),
  }),
};
