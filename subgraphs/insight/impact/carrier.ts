/** What a link must be told of to carry a change, and the SQL words that carriers share. `$on` is the day, `$yearBefore` the day a year earlier. */
import { daysAfter } from "../../kernel/dates.js";

/** Kinds of change. */
export const CHANGES = ["RETIRE", "OUTAGE", "LEAVE", "CHANGE", "DELAY", "EXPIRE"] as const;
export type Change = (typeof CHANGES)[number];

/** From the most critical down. */
export const CRITICALITIES = ["MISSION_CRITICAL", "BUSINESS_CRITICAL", "BUSINESS_OPERATIONAL", "ADMINISTRATIVE"] as const;
export type Criticality = (typeof CRITICALITIES)[number];

/** A kind of link that carries changes: a row of docs/impact.md. */
export interface Carrier {
  readonly from: string;
  readonly to: string;
  /** The link, as the graph names it. */
  readonly link: string;
  /** The portfolio that stores it. */
  readonly portfolio: string;
  /** Why the change is carried, as the end of a sentence about the second record. */
  readonly why: string;
  /** What each change to the first means for the second; what is not named is not carried. Null ends there. */
  readonly carries: Readonly<Partial<Record<Change, Change | null>>>;
  /** What must be recorded for "this link does not lead there" to be more than a gap. */
  readonly needs?: readonly Need[];
  readonly route: Route;
}

/** Something without which nobody can say that a link does not lead to a record. */
export interface Need {
  /** Of which end it must be recorded: of the first it concerns the records that a change has reached, of the second those it has not. */
  readonly of: "from" | "to";
  /** Holds where it is recorded: SQL on the record's own table `t`. */
  readonly condition: string;
  /** What is missing where it does not hold. */
  readonly missing: string;
}

/** How insight's tables are joined along a link: SQL for both ends and what stands between. */
interface Route {
  readonly from: string;
  readonly to: string;
  readonly tables: string;
  readonly where?: string;
  /** The record that links the two, where neither names the other. */
  readonly record?: string;
  readonly criticality?: string;
  /** 1 where the change goes on from there, 0 where it ends; it goes on, where this is left out. */
  readonly goesOn?: string;
}

/** Links of that kind that leave, or that arrive at, so many records: (from, to, record, criticality, goes on), in an order that is always the same. */
export function routeSql({ route }: Carrier, end: "from" | "to", marks: string, day: string, limit: number): string {
  const { from, to, tables, where = "1 = 1", record = "NULL", criticality = "NULL", goesOn = "1" } = route;
  const other = end === "from" ? to : from;
  const text = `SELECT ${from}, ${to}, ${record}, ${criticality}, ${goesOn} FROM ${tables} WHERE ${route[end]} IN (${marks}) AND ${other} IS NOT NULL AND ${where} ORDER BY 1, 2, 3 LIMIT ${limit}`;
  return onDay(text, day);
}

/** SQL with the day in it, which has been checked to be one. */
export const onDay = (text: string, day: string): string => text.replaceAll("$on", `'${day}'`).replaceAll("$yearBefore", `'${daysAfter(day, -365)}'`);

// --- SQL words ---

export const isValid = (alias: string): string =>
  `(${alias}.\`validFrom\` IS NULL OR ${alias}.\`validFrom\` <= $on) AND (${alias}.\`validTo\` IS NULL OR ${alias}.\`validTo\` >= $on)`;
/** Agreements that bind on the day: a tacit renewal goes on after the end. */
export const isInForce = (alias: string): string =>
  `${alias}.\`state\` IN ('ACTIVE', 'UNDER_REVIEW') AND (${alias}.\`startOn\` IS NULL OR ${alias}.\`startOn\` <= $on) AND (${alias}.\`endOn\` IS NULL OR ${alias}.\`endOn\` >= $on OR ${alias}.\`renewal\` = 'TACIT')`;
export const hasPrefix = (column: string, prefix: string): string => `substr(${column}, 1, 4) = '${prefix}_'`;
/** The customer's side of an OLA is a team of ours. */
export const isForCustomer = (alias: string): string =>
  `EXISTS (SELECT 1 FROM \`agreement_parties\` c WHERE c.\`recordId\` = ${alias}.\`id\` AND c.\`side\` = 'CUSTOMER' AND ${hasPrefix("c.`partyId`", "cus")})`;
export const isAlive = (alias: string): string => `${alias}.\`status\` <> 'RETIRED'`;
export const isOpen = (alias: string): string => `${alias}.\`status\` NOT IN ('COMPLETED', 'CANCELLED')`;
/** Holds where some record of `table` names the record `t` in `column`. */
export const isNamedIn = (table: string, column: string, where = "1 = 1"): string =>
  `EXISTS (SELECT 1 FROM \`${table}\` n WHERE n.\`${column}\` = t.\`id\` AND ${where})`;
/** Validity that ends before it begins says nothing of any day. */
export const isNotContradictory = (table: string, column: string): string => `NOT ${isNamedIn(table, column, "n.`validFrom` > n.`validTo`")}`;
