/**
 * The sample story as a reader understands it: what each record is after the last act. Worked out from sample/story/*.yaml
 * alone, so that it can tell whether the graph's answers are right.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/** A record as told: its fields by input name, links by the names the story gives. */
export interface Told {
  readonly ref: string;
  readonly type: string;
  readonly [field: string]: any;
}

interface Act {
  readonly at: string;
  readonly by?: string;
  readonly create?: string;
  readonly all?: object;
  readonly records?: object;
  readonly do?: string;
  readonly to?: string;
  readonly input?: Record<string, any>;
  readonly makes?: Record<string, string>;
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

function readActs(folder: string): Act[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort();
  const entries = files.flatMap((file) => {
    const { by, acts } = parse(readFileSync(path.join(folder, file), "utf8")) as { by?: string; acts: any[] };
    return acts.map((act) => ({ by, ...act }));
  });
  const acts = entries.flatMap((entry) =>
    listOf(entry.at).flatMap((at) => listOf(entry.to).map((to) => ({ ...entry, at: new Date(at as string).toISOString(), to }) as Act)),
  );
  return acts.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
}

/** What a new record is that does not say. */
const beginnings: Record<string, object> = {
  Customer: { lifecycle: "PROSPECT", segment: "STANDARD" },
  BusinessObjective: { state: "PROPOSED" },
  BusinessNeed: { state: "OPEN" },
  UnitConflict: { state: "OPEN" },
  Feedback: { state: "RECEIVED" },
  ServiceDependency: { vitalBusinessFunction: false },
  Agreement: { state: "DRAFT" },
  Obligation: { state: "PENDING" },
  Service: { status: "REQUIREMENTS" },
  Opportunity: { state: "IDENTIFIED" },
  Requirement: { state: "PENDING" },
  BusinessCase: { state: "DRAFT" },
  ServiceDevelopment: { state: "ON_TRACK" },
  Project: { status: "PROPOSED" },
  Deliverable: { state: "OPEN" },
  Application: { lifecycle: "PLAN" },
  Person: { active: true },
};

const STATUSES = ["REQUIREMENTS", "DEFINED", "ANALYSED", "APPROVED", "CHARTERED", "DESIGNED", "DEVELOPED", "BUILT", "TESTED", "RELEASED", "OPERATIONAL"];
const LIFE = ["PLAN", "PHASE_IN", "ACTIVE", "PHASE_OUT", "END_OF_LIFE"];

type Effect = (record: Told, input: Record<string, any>, day: string) => Record<string, unknown>;

const becomes =
  (key: string, value: string): Effect =>
  () => ({ [key]: value });
const status = (record: Told, to: string, day: string, reason?: string) => ({
  status: to,
  statusHistory: [...record["statusHistory"].slice(0, -1), { ...record["statusHistory"].at(-1), until: day }, { status: to, since: day, reason }],
});
const phase = (record: Told, to: string, since: string) => ({
  lifecycle: to,
  phases: [...(record["phases"] ?? []).filter(({ lifecycle }: any) => lifecycle !== to), { lifecycle: to, startedOn: since }].sort(
    (a, b) => LIFE.indexOf(a.lifecycle) - LIFE.indexOf(b.lifecycle),
  ),
});

/** What each business act does to its record. */
const effects: Record<string, Effect> = {
  acceptFeedback: (record) => ({ state: "ACCEPTED", accepted: true, resolution: record["accepted"] === false ? null : record["resolution"] }),
  rejectFeedback: (_, { reason }) => ({ state: "REJECTED", accepted: false, resolution: reason }),
  startFeedback: becomes("state", "IN_PROGRESS"),
  escalateFeedback: (_, { escalatedToId }, day) => ({ state: "ESCALATED", escalatedToId, escalatedOn: day }),
  closeFeedback: (_, { closedOn, ...input }, day) => ({ ...input, state: "CLOSED", closedOn: closedOn ?? day }),
  respondToNeedChange: (_, { response, respondedOn }, day) => ({ response, respondedOn: respondedOn ?? day }),
  assessExpectation: (_, { realism }) => ({ realism }),
  agreeObjective: becomes("state", "AGREED"),
  concludeObjective: (_, { met, ...input }) => ({ ...input, state: met ? "MET" : "MISSED" }),
  withdrawObjective: becomes("state", "WITHDRAWN"),
  confirmAnticipation: (_, input) => ({ ...input, outcome: "CONFIRMED" }),
  refuteAnticipation: (_, input) => ({ ...input, outcome: "REFUTED" }),
  startNegotiation: becomes("state", "NEGOTIATION"),
  agreeAgreement: becomes("state", "AGREED"),
  activateAgreement: (_, input) => ({ ...input, state: "ACTIVE" }),
  reviewAgreement: becomes("state", "UNDER_REVIEW"),
  resumeAgreement: becomes("state", "ACTIVE"),
  expireAgreement: becomes("state", "EXPIRED"),
  terminateAgreement: (_, { terminatedOn, reason }, day) => ({ state: "TERMINATED", terminatedOn: terminatedOn ?? day, terminationReason: reason }),
  meetObligation: (_, { metOn }, day) => ({ state: "MET", metOn: metOn ?? day }),
  waiveObligation: (_, { reason }) => ({ state: "WAIVED", waivedReason: reason }),
  breachObligation: becomes("state", "BREACHED"),
  discloseObligationBreach: (_, { disclosedOn }, day) => ({ disclosedToCustomerOn: disclosedOn ?? day }),
  advanceService: (record, _, day) => status(record, STATUSES[STATUSES.indexOf(record["status"]) + 1]!, day),
  revertService: (record, { reason }, day) => status(record, STATUSES[STATUSES.indexOf(record["status"]) - 1]!, day, reason),
  retireService: (record, { reason }, day) => ({ ...status(record, "RETIRED", day, reason), retiredReason: reason }),
  reopenService: (record, { reason }, day) => status(record, "REQUIREMENTS", day, reason),
  qualifyOpportunity: becomes("state", "QUALIFIED"),
  assessOpportunity: becomes("state", "ASSESSED_WITH_CUSTOMER"),
  approveOpportunity: becomes("state", "APPROVED"),
  deferOpportunity: becomes("state", "DEFERRED"),
  declineOpportunity: becomes("state", "DECLINED"),
  convertOpportunity: (_, { convertedToId }) => ({ state: "CONVERTED", convertedToId }),
  signOffRequirement: (_, { stakeholderId }, day) => ({ state: "SIGNED_OFF", signedOffById: stakeholderId, signedOffOn: day }),
  rejectRequirement: becomes("state", "REJECTED"),
  submitBusinessCase: () => ({ state: "SUBMITTED", decidedOn: null }),
  approveBusinessCase: (_, __, day) => ({ state: "APPROVED", decidedOn: day }),
  rejectBusinessCase: (_, __, day) => ({ state: "REJECTED", decidedOn: day }),
  planProject: (_, input) => ({ ...input, status: "PLANNED" }),
  startProject: (record, { actualStart }, day) => ({ status: "UNDERWAY", actualStart: actualStart ?? record["actualStart"] ?? day }),
  holdProject: becomes("status", "ON_HOLD"),
  resumeProject: (record) => ({ status: record["actualStart"] ? "UNDERWAY" : "PLANNED" }),
  completeProject: (record, { actualEnd }, day) => ({ status: "COMPLETED", actualEnd: actualEnd ?? record["actualEnd"] ?? day }),
  cancelProject: becomes("status", "CANCELLED"),
  completeDeliverable: (record, { doneOn }, day) => ({ state: "DONE", doneOn: doneOn ?? record["doneOn"] ?? day }),
  dropDeliverable: becomes("state", "DROPPED"),
  reachMilestone: becomes("status", "REACHED"),
  dropMilestone: becomes("status", "DROPPED"),
  phaseInApplication: (record, { startedOn }, day) => phase(record, "PHASE_IN", startedOn ?? day),
  activateApplication: (record, { startedOn }, day) => phase(record, "ACTIVE", startedOn ?? day),
  phaseOutApplication: (record, { startedOn }, day) => phase(record, "PHASE_OUT", startedOn ?? day),
  endApplication: (record, { startedOn, successorId, reason }, day) => ({
    ...phase(record, "END_OF_LIFE", startedOn ?? day),
    ...(successorId ? { successorId } : {}),
    endReason: reason,
  }),
  endApplicationRole: (_, { validTo }) => ({ validTo }),
  deactivatePerson: () => ({ active: false }),
  reactivatePerson: () => ({ active: true }),
  deactivateTeam: () => ({ active: false }),
  reactivateTeam: () => ({ active: true }),
  deactivateSupplier: () => ({ active: false }),
  reactivateSupplier: () => ({ active: true }),
};

/** What an act did to a record: the fields that differ afterwards. */
interface ToldChange {
  readonly at: string;
  readonly by: string;
  readonly operation: string;
  readonly ref: string;
  readonly fields: readonly string[];
}

export class Story {
  private readonly records = new Map<string, Told>();
  /** Every change of every record, oldest first. */
  readonly changes: ToldChange[] = [];

  /** The story as far as it was told by a moment; all of it, where none is given. */
  constructor(until = "9999") {
    for (const act of readActs(path.resolve("sample", "story"))) if (act.at <= until) this.take(act);
  }

  /** The record of that name. */
  get(ref: string): Told {
    const found = this.records.get(ref);
    if (!found) throw new Error(`the story has no ${ref}`);
    return found;
  }
  has(ref: string): boolean {
    return this.records.has(ref);
  }
  /** The record of that code. */
  coded(type: string, code: string): Told {
    const found = this.all(type, (record) => record["code"] === code)[0];
    if (!found) throw new Error(`the story has no ${type} ${code}`);
    return found;
  }
  /** The records of a type of which `is` is true. */
  all(type: string, is: (record: Told) => unknown = () => true): Told[] {
    return [...this.records.values()].filter((record) => record.type === type && is(record));
  }

  private take(act: Act): void {
    const day = act.at.slice(0, 10);
    if (act.create) {
      const named: [string, object][] = Array.isArray(act.records)
        ? act.records.map((input, i) => [`${act.create} of ${act.at} ${this.records.size} ${i}`, input as object])
        : Object.entries(act.records!);
      for (const [ref, input] of named) {
        this.begin(ref, act.create, { ...act.all, ...input }, day);
        this.note({ ...act, do: "create" }, ref, Object.keys({ ...beginnings[act.create], ...act.all, ...input }));
      }
      return;
    }
    const record = this.get(act.to!);
    const input = act.input ?? {};
    this.note(
      act,
      act.to!,
      Object.keys(input).filter((key) => JSON.stringify(input[key]) !== JSON.stringify(record[key])),
    );
    if (act.do!.startsWith("delete")) return void this.records.delete(act.to!);
    if (!effects[act.do!] && !act.do!.startsWith("update")) throw new Error(`what ${act.do} does is not known`);
    this.records.set(act.to!, { ...record, ...(effects[act.do!]?.(record, input, day) ?? input) });
    for (const [ref, type] of Object.entries(act.makes ?? {}))
      this.begin(ref, type, { ...input, obligationId: act.to, detectedOn: input["detectedOn"] ?? day }, day);
  }

  private note({ at, by, do: operation }: Act, ref: string, fields: readonly string[]): void {
    this.changes.push({ at, by: by!, operation: operation!, ref, fields });
  }

  private begin(ref: string, type: string, input: Record<string, any>, day: string): void {
    const record: Told = { ...beginnings[type], ...input, ref, type };
    const history = type === "Service" && !record["statusHistory"]?.length ? { statusHistory: [{ status: record["status"], since: day }] } : {};
    const accepted =
      type === "Feedback" ? { accepted: input["accepted"] ?? { ACCEPTED: true, IN_PROGRESS: true, REJECTED: false }[record["state"] as string] ?? null } : {};
    this.records.set(ref, { ...record, ...history, ...accepted });
  }
}
