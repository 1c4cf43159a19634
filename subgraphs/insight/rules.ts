/**
 * The rules by which insight judges: every threshold and weight, in one place, to be read and argued about.
 * Their version stands in every answer that follows from them.
 */
import { createHash } from "node:crypto";

/** What verdicts go by. */
export const VERDICTS = {
  /** Perceived value (0 to 100) that is good; how old a competitor's price may be; and how old an assessment, where no period is asked about. */
  value: { enough: 60, benchmarkMonths: 18, recentDays: 365 },
  /** Shares, in per cent, from which on a verdict is good, and fair. */
  shares: { coverage: { good: 100, fair: 80 }, obligations: { good: 90, fair: 70 }, needs: { good: 90, fair: 70 } },
  /** How old usage may be to show that a service is used, and a changed need to count, in days. */
  recentDays: { usage: 365, needs: 730, interactions: 365 },
  /** What each part of a relationship weighs in its health, 100 together; points (0 to 100) from which on it is good, and fair. */
  health: {
    good: 70,
    fair: 50,
    weights: { providerMaturity: 15, customerMaturity: 15, providerCommitment: 10, customerCommitment: 10, perceivedValue: 30, complaints: 10, review: 10 },
    maturity: { AD_HOC: 0, ORDER_TAKER: 25, SERVICE_PROVIDER: 50, TRUSTED_ADVISOR: 75, STRATEGIC_PARTNER: 100 },
    commitment: { NONE: 0, PASSIVE: 30, ACTIVE: 70, CHAMPION: 100 },
    /** Points that an open complaint costs. */
    perComplaint: 25,
  },
  /** People who know an application, from which number on that is good, and fair. */
  keyPersons: { good: 3, fair: 2 },
  /** Shares, in per cent, that stand on one supplier, from which on that is poor, and fair: of a service's applications, and of the services of the catalogue. */
  suppliers: { ofService: { poor: 100, fair: 50 }, ofCatalogue: { poor: 40, fair: 20 } },
  /** Days since a record was verified, up to which it is good (its limit, by which the key figure RECORDS_VERIFIED goes too), and fair. */
  freshness: {
    Customer: { good: 180, fair: 365 },
    Agreement: { good: 365, fair: 540 },
    Service: { good: 365, fair: 540 },
    Opportunity: { good: 180, fair: 365 },
    Project: { good: 180, fair: 365 },
    Application: { good: 365, fair: 540 },
    Person: { good: 730, fair: 1095 },
    Team: { good: 365, fair: 540 },
    Supplier: { good: 365, fair: 540 },
  },
  /** The share, in per cent, of what a record should say that it says, from which on that is fair; all is good. */
  completeness: { fair: 50 },
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

/** A digest of the rules: other rules, another version. */
export const RULES_VERSION = createHash("sha256")
  .update(JSON.stringify([VERDICTS, SIGNALS]))
  .digest("hex")
  .slice(0, 12);
