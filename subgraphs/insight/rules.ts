/**
 * The rules by which insight judges: every threshold and weight, in one place, to be read and argued about.
 * Their version stands in every answer that follows from them.
 */
import { createHash } from "node:crypto";

/** What verdicts go by. */
export const VERDICTS = {} as const;

/** What signals go by. */
export const SIGNALS = {} as const;

/** A digest of the rules: other rules, another version. */
export const RULES_VERSION = createHash("sha256")
  .update(JSON.stringify([VERDICTS, SIGNALS]))
  .digest("hex")
  .slice(0, 12);
