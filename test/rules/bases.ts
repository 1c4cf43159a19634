/** The least that a new record of each type holds. What it links to is shared by all cases that do not say otherwise. */
import type { Values, World } from "./world.js";

type Base = (world: World) => Values | Promise<Values>;

const ofCustomer = async (world: World, values: Values) => ({ customerId: await world.the("Customer"), ...values });
const ofService = async (world: World, values: Values) => ({ serviceId: await world.the("Service"), ...values });
const ofBoth = async (world: World, values: Values) => ({ ...(await ofCustomer(world, {})), ...(await ofService(world, {})), ...values });

export const bases: Readonly<Record<string, Base>> = {
  // customer
  Customer: () => ({ name: "Koperasi Sejahtera", kind: "EXTERNAL" }),
  CustomerUnit: (world) => ofCustomer(world, { name: "Treasury" }),
  Stakeholder: async (world) => ofCustomer(world, { personId: await world.the("Person"), role: "DECISION_MAKER" }),
  Relationship: async (world) => ({ customerId: await world.new("Customer") }),
  MaturityAssessment: async (world) => ({ relationshipId: await world.the("Relationship"), side: "CUSTOMER", level: "AD_HOC", assessedOn: "2026-01-31" }),
  EngagementAssessment: (world) => ofCustomer(world, { side: "PROVIDER", assessedOn: "2026-01-31" }),
  BusinessDriver: async (world) => ({ kind: "REGULATION", statement: "Payments settle at once", customerIds: [await world.the("Customer")] }),
  BusinessObjective: (world) => ofCustomer(world, { statement: "Halve the queue" }),
  BusinessNeed: (world) => ofCustomer(world, { statement: "Know the balance at any hour", priority: "HIGH" }),
  NeedChange: async (world) => ({ needId: await world.the("BusinessNeed"), statement: "On the telephone as well", raisedOn: "2026-06-01" }),
  Anticipation: (world) => ofCustomer(world, { expectedNeed: "Payments from abroad" }),
  UnitConflict: async (world) =>
    ofCustomer(world, { description: "Speed against checks", unitIds: [await world.new("CustomerUnit"), await world.new("CustomerUnit")] }),
  Interaction: async (world) => ({ level: "TACTICAL", kind: "MEETING", heldAt: "2026-06-01T08:00:00.000Z", aboutIds: [await world.the("Customer")] }),
  Feedback: (world) => ofCustomer(world, { kind: "COMPLAINT", statement: "The statement came late", receivedOn: "2026-06-01" }),
  Expectation: (world) => ofBoth(world, { statement: "Never down" }),
  ServiceUsage: (world) => ofBoth(world, { periodFrom: "2026-05-01", periodTo: "2026-05-31" }),
  ServiceDependency: (world) => ofBoth(world, { businessActivity: "Paying wages", criticality: "MISSION_CRITICAL" }),
  ValueAssessment: (world) => ofBoth(world, { periodFrom: "2026-01-01", periodTo: "2026-03-31", basis: "SURVEY", perceivedValue: 70 }),
  SignalAcknowledgement: async (world) => {
    const customerId = await world.the("Customer");
    const signal = `REVIEW_OVERDUE:${await world.the("Relationship")}:${customerId}`;
    return { signal, kind: "REVIEW_OVERDUE", severity: "MEDIUM", since: "2026-05-31", customerId, byId: await world.the("Person") };
  },
  // agreement
  Agreement: () => ({ title: "Payments for Sejahtera", kind: "MOU" }),
  ServiceLevelTarget: async (world) => ({
    agreementId: await world.the("Agreement"),
    aspect: "WARRANTY",
    metric: "AVAILABILITY",
    comparator: "AT_LEAST",
    value: "99.5",
    unit: "percent",
  }),
  ServiceLevelAchievement: async (world) => ({
    targetId: await world.the("ServiceLevelTarget"),
    periodFrom: "2026-05-01",
    periodTo: "2026-05-31",
    measured: "99.7",
  }),
  Underpinning: async (world) => ({ upperId: await world.new("Agreement"), lowerId: await world.new("Agreement") }),
  Obligation: async (world) => ({ agreementId: await world.the("Agreement"), obligor: "CUSTOMER", statement: "Name a contact" }),
  ObligationBreach: async (world) => ({ obligationId: await world.the("Obligation"), detectedOn: "2026-06-01" }),
  // service
  Service: () => ({ name: "Payments", kind: "BUSINESS" }),
  ServiceOffering: (world) => ofService(world, { package: "Gold", per: "MONTH" }),
  ServiceCost: (world) => ofService(world, { periodFrom: "2026-01-01", periodTo: "2026-12-31", kind: "OPEX", amount: { amount: "1000.00", currency: "IDR" } }),
  CompetitorBenchmark: (world) =>
    ofService(world, { competitor: "Bank Lain", unitPrice: { amount: "12.50", currency: "EUR" }, per: "MONTH", observedOn: "2026-03-01" }),
  Opportunity: (world) => ofCustomer(world, { title: "Payments from abroad", kind: "EXTENSION", origin: "CUSTOMER" }),
  Requirement: (world) => ofService(world, { statement: "Answer within a second", kind: "NON_FUNCTIONAL" }),
  BusinessCase: (world) => ofService(world, { title: "Payments from abroad" }),
  ServiceEvaluation: (world) => ofService(world, { evaluatedOn: "2026-05-05", recommendation: "RETAIN" }),
  ServiceDevelopment: (world) => ofBoth(world, {}),
  // project
  Project: () => ({ name: "Faster payments" }),
  Deliverable: async (world) => ofService(world, { projectId: await world.the("Project"), change: "CHANGED" }),
  Milestone: async (world) => ({ projectId: await world.the("Project"), name: "Pilot" }),
  StatusReport: async (world) => ({ projectId: await world.the("Project"), reportedOn: "2026-06-01", health: "GREEN" }),
  ProjectRisk: async (world) => ({ projectId: await world.the("Project"), statement: "The supplier is late", probability: 2, impact: 3 }),
  ProjectDependency: async (world) => ({ projectId: await world.new("Project"), dependsOnId: await world.new("Project") }),
  // application
  Application: () => ({ name: "Core banking", kind: "COTS" }),
  ApplicationFunction: async (world) => ({ applicationId: await world.the("Application"), name: "Book payments" }),
  ApplicationInterface: async (world) => ({ sourceId: await world.new("Application"), targetId: await world.new("Application"), data: "Bookings" }),
  ApplicationRole: async (world) => ({ applicationId: await world.the("Application"), holderId: await world.the("Person"), role: "BUSINESS_OWNER" }),
  // people
  Person: () => ({ name: "Dewi Lestari" }),
  Team: () => ({ name: "Payments team" }),
  Supplier: () => ({ name: "PT Perangkat" }),
};
