/** Whether records can be trusted: how long ago somebody verified them, and whether they say what they should. */
import { daysBetween } from "../../kernel/dates.js";
import type { Sql } from "../../kernel/reads/conditions.js";
import { VERDICTS } from "../rules.js";
import { type Search, text, textOrNull } from "../search.js";
import { inForce, ourSignatoryOf, sqlOf, validOn, verbatim } from "../sql.js";
import { type Verdict, fromOn, judgeShare, upTo } from "./verdict.js";

const { freshness, completeness } = VERDICTS;

/** What can be trusted or not of a record. */
export interface Quality {
  readonly recordId: string;
  /** Whether it is still of use: what has ended need not be looked at again. */
  readonly live: boolean;
  readonly ownerId: string | null;
  readonly freshness: Verdict;
  readonly completeness: Verdict;
}

interface Standard {
  readonly table: string;
  /** Whether record `t` is still of use. */
  readonly live: string;
  /** Who answers for record `t`. */
  readonly owner: (today: string) => Sql;
  /** What it should say, and the condition on record `t` for its saying so. */
  readonly parts: (today: string) => Readonly<Record<string, Sql>>;
}

const stillThere = (column: string): Sql => verbatim(`EXISTS (SELECT 1 FROM \`person\` w WHERE w.id = ${column} AND w.active = 1)`);
const isSet = (column: string): Sql => verbatim(`t.${column} IS NOT NULL`);
const managerOf = (customer: string) => `(SELECT MIN(r.managerId) FROM \`relationship\` r WHERE r.customerId = ${customer})`;
const isThere = (records: string): Sql => verbatim(`EXISTS (SELECT 1 FROM ${records})`);
const roleHolder = (role: string, today: string): Sql => sqlOf`EXISTS (
  SELECT 1 FROM \`application_role\` r LEFT JOIN \`person\` w ON w.id = r.holderId
  WHERE r.applicationId = t.id AND r.role = ${role} AND ${validOn("r", today)} AND (w.id IS NULL OR w.active = 1))`;

/** Contracts in force with the supplier `t`. */
const contractsOf = (today: string): Sql =>
  sqlOf`\`agreement_parties\` s JOIN \`agreement\` a ON a.id = s.recordId AND ${inForce("a", today)} WHERE s.partyId = t.id`;

export type QualityType = keyof typeof freshness;
const TYPES: Readonly<Record<QualityType, Standard>> = {
  Customer: {
    table: "customer",
    live: "t.lifecycle <> 'FORMER'",
    owner: () => verbatim(managerOf("t.id")),
    parts: (today) => ({
      "the industry": isSet("industry"),
      "a relationship manager who is still there": stillThere(managerOf("t.id")),
      "a decision maker who is still there": sqlOf`EXISTS (
        SELECT 1 FROM \`stakeholder\` k JOIN \`person\` w ON w.id = k.personId AND w.active = 1
        WHERE k.customerId = t.id AND k.role = 'DECISION_MAKER' AND ${validOn("k", today)})`,
    }),
  },
  Agreement: {
    table: "agreement",
    live: "t.state NOT IN ('EXPIRED', 'TERMINATED')",
    owner: () => ourSignatoryOf("t"),
    parts: () => ({
      "its first day": isSet("startOn"),
      "the services it covers": isThere("`agreement_services` v WHERE v.recordId = t.id"),
      "who signed it for us and is still there": verbatim(`${ourSignatoryOf("t").text} IS NOT NULL`),
    }),
  },
  Service: {
    table: "service",
    live: "t.status <> 'RETIRED'",
    owner: () => verbatim("t.ownerId"),
    parts: () => ({
      "an owner who is still there": stillThere("t.ownerId"),
      "who makes it": isSet("sourcing"),
      "the price of each offering": verbatim("NOT EXISTS (SELECT 1 FROM `service_offering` o WHERE o.serviceId = t.id AND o.priceAmount IS NULL)"),
    }),
  },
  Opportunity: {
    table: "opportunity",
    live: "t.state NOT IN ('DECLINED', 'CONVERTED')",
    owner: () => verbatim(managerOf("t.customerId")),
    parts: () => ({ "who raised it": isSet("raisedById"), "the needs it answers": isThere("`opportunity_needs` n WHERE n.recordId = t.id") }),
  },
  Project: {
    table: "project",
    live: "t.status NOT IN ('COMPLETED', 'CANCELLED')",
    owner: () => verbatim("t.managerId"),
    parts: () => ({
      "a manager who is still there": stillThere("t.managerId"),
      "its planned start": isSet("plannedStart"),
      "its planned end": isSet("plannedEnd"),
    }),
  },
  Application: {
    table: "application",
    live: "t.lifecycle <> 'END_OF_LIFE'",
    owner: () =>
      verbatim(
        "(SELECT MIN(r.holderId) FROM `application_role` r JOIN `person` w ON w.id = r.holderId WHERE r.applicationId = t.id AND r.role = 'MANAGER' AND r.validTo IS NULL)",
      ),
    parts: (today) => ({
      "its functional fit": isSet("functionalFit"),
      "its technical fit": isSet("technicalFit"),
      "its criticality": isSet("criticality"),
      "a business owner who is still there": roleHolder("BUSINESS_OWNER", today),
    }),
  },
  Person: {
    table: "person",
    live: "t.active = 1",
    owner: () => verbatim("t.managerId"),
    parts: () => ({ "an address for mail": isSet("email"), "an employer or a manager": verbatim("(t.employerId IS NOT NULL OR t.managerId IS NOT NULL)") }),
  },
  Team: {
    table: "team",
    live: "t.active = 1",
    owner: () => verbatim("t.leadId"),
    parts: () => ({
      "a lead who is still there": stillThere("t.leadId"),
      "a member who is still there": isThere("`person_teams` b JOIN `person` w ON w.id = b.recordId AND w.active = 1 WHERE b.toId = t.id"),
    }),
  },
  Supplier: {
    table: "supplier",
    live: "t.active = 1",
    owner: (today) => sqlOf`(SELECT MIN(${ourSignatoryOf("a")}) FROM ${contractsOf(today)})`,
    parts: (today) => ({
      "somebody there to talk to": isThere("`person` w WHERE w.employerId = t.id AND w.active = 1"),
      "a contract in force": sqlOf`EXISTS (SELECT 1 FROM ${contractsOf(today)})`,
    }),
  },
};
export const QUALITY_TYPES = Object.keys(TYPES) as QualityType[];

/** The records of a type that are still of use: their table, and the condition on record `t` of it. */
export const recordsOfUse = (type: QualityType): Pick<Standard, "table" | "live"> => TYPES[type];

/** When a record of the type is fresh, in words. */
export const freshnessRule = (type: QualityType): string =>
  `Days since somebody last verified the record: GOOD up to ${freshness[type].good}, FAIR up to ${freshness[type].fair}, else POOR. UNKNOWN where nobody ever has.`;
/** When a record of the type is complete, in words. */
export const completenessRule = (type: QualityType): string =>
  `The share of what the record should say that it says, of ${Object.keys(TYPES[type].parts("")).join(", ")}: GOOD at 100 %, FAIR from ${completeness.fair} % on, else POOR. It is never UNKNOWN.`;

/** The quality of all records of the type within the scope of the search. */
export async function findQualities({ rows, within, today }: Search, type: QualityType): Promise<Quality[]> {
  const { table, live, owner, parts } = TYPES[type];
  const wanted = Object.entries(parts(today));
  const columns = wanted.reduce((sql, [, condition]) => sqlOf`${sql}, CASE WHEN ${condition} THEN 1 ELSE 0 END`, verbatim(""));
  const found = await rows(sqlOf`
    SELECT t.id, t.verifiedOn, t.verifiedById, CASE WHEN ${verbatim(live)} THEN 1 ELSE 0 END, ${owner(today)}${columns}
    FROM ${verbatim(`\`${table}\``)} t WHERE 1 = 1${within("t.id")} ORDER BY t.id`);
  return found.map(([id, verifiedOn, verifiedBy, isLive, ownerId, ...said]): Quality => {
    const recordId = text(id);
    const day = textOrNull(verifiedOn);
    const age = day === null ? null : Math.max(0, daysBetween(day, today));
    const absent = wanted.filter((_, i) => Number(said[i]) === 0).map(([name]) => name);
    return {
      recordId,
      live: Number(isLive) === 1,
      ownerId: textOrNull(ownerId),
      freshness: {
        recordId,
        level: age === null ? "UNKNOWN" : upTo(freshness[type])(age),
        value: age === null ? null : String(age),
        inputs: [
          ...(day === null ? [] : [{ name: "verified on", value: day, recordId: null }]),
          ...(textOrNull(verifiedBy) === null ? [] : [{ name: "verified by", value: null, recordId: text(verifiedBy) }]),
        ],
        missing: day === null ? ["Somebody's word that the record is right: it was never verified."] : [],
      },
      completeness: {
        recordId,
        ...judgeShare({ part: wanted.length - absent.length, whole: wanted.length, unknown: 0 }, fromOn({ good: 100, fair: completeness.fair })),
        inputs: wanted.map(([name]) => ({ name, value: absent.includes(name) ? "missing" : "recorded", recordId: null })),
        missing: absent.map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}.`),
      },
    };
  });
}
