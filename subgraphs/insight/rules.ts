/**
 * The rules by which insight judges: every threshold and weight, in one place, to be read and argued about.
 * Their version stands in every answer that follows from them.
 */
import { createHash } from "node:crypto";

/** What verdicts go by. */
export const VERDICTS = {
  /** Perceived value (0 to 100) that is good; how old a competitor's price may be; and how old an assessment, where no period is asked about. */
  value: { enough: 60, benchmarkMonths: 18, recentDays: 365 },
} as const;

/** What signals go by. */
export const SIGNALS = {
  /** Days before the end of an agreement that does not renew by itself from which on its notice period is critical. */
  notice: { soonDays: 30 },
  /** Misses in a row that make a signal, and a critical one; how old the newest may be. */
  targets: { inARow: 2, critical: 3, recentDays: 183 },
  /** Points of perceived value (0 to 100): a fall, a steep fall, and far below a floor; how old the newest period may be. */
  value: { fall: 5, steep: 15, farBelow: 15, recentDays: 365 },
  /** By who owes it; one higher after so many days. */
  obligations: { bySide: { PROVIDER: "HIGH", CUSTOMER: "MEDIUM", SUPPLIER: "MEDIUM" }, lateDays: 30 },
  /** Days between the approved end and the delivery from which on the slip is grave. */
  projects: { lateDays: 90 },
  /** By the phase the application is in; and for a role whose holder has left, with others in the same role and alone. */
  applications: { byPhase: { PHASE_OUT: "MEDIUM", END_OF_LIFE: "HIGH" }, roleShared: "MEDIUM", roleAlone: "HIGH" },
  /** Days after which an overdue review is grave. */
  reviews: { lateDays: 60 },
  /** A decision maker who has left, with others who decide and alone. */
  decisionMakers: { shared: "HIGH", alone: "CRITICAL" },
  /** How old the newest usage may be, and how severe it is that no agreement covers it: ordinarily, and where the business stands still without. */
  usage: { recentDays: 365, severity: "MEDIUM", critical: "HIGH" },
  /** Days before the end of the lower agreement from which on a gap is grave. */
  underpinning: { soonDays: 90 },
  /** Shares of one customer in a year's revenue of a currency, in per cent; and of how many customers at least it is a share. */
  revenue: { fromPercent: { MEDIUM: 40, HIGH: 50, CRITICAL: 70 }, fewestCustomers: 3 },
} as const;

/** What key figures go by. */
export const FIGURES = {
  /** How many days after it was verified a record counts as up to date. */
  verifiedWithinDays: 180,
} as const;

/** A digest of the rules: other rules, another version. */
export const RULES_VERSION = createHash("sha256")
  .update(JSON.stringify([VERDICTS, SIGNALS, FIGURES]))
  .digest("hex")
  .slice(0, 12);
