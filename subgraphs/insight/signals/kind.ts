/** What a kind of signal is, and the words its sentences share. */
import type { Search } from "../search.js";

export const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
/** The next higher severity. */
export const raised = (severity: Severity): Severity => SEVERITIES[Math.min(rankOf(severity) + 1, SEVERITIES.length - 1)]!;

/** A signal as its kind finds it. */
export interface Found {
  /** The records that make it the one it is, in order; the customer, where it has one, is added to them. */
  readonly about: readonly string[];
  readonly customerId: string | null;
  readonly severity: Severity;
  /** The day from which it holds. It may lie ahead, where what is recorded already says that a promise will not be kept. */
  readonly since: string;
  /** A sentence with the figures. */
  readonly why: string;
  /** The records behind it, those of `about` first. */
  readonly records: readonly string[];
  /** Whom to call where there is no customer, or its relationship has no manager. */
  readonly callId?: string | null;
  /** What else tells it from others about the same records. */
  readonly mark?: string;
}

export interface Kind {
  /** When it is one, in words, with the thresholds. */
  readonly rule: string;
  find(search: Search): Promise<Found[]>;
}

/** "1 day", "3 days". */
export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;
/** A choice of the domain in words: MISSION_CRITICAL → "mission critical". */
export const words = (choice: unknown): string => String(choice).toLowerCase().replaceAll("_", " ");
