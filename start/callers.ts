/** Who calls the subgraphs of this graph, and what each asks of them. */
import { randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { portfolios } from "../subgraphs/list.js";
import type { CallKind } from "../transport/keys.js";

const CALLS: Readonly<Record<string, readonly CallKind[]>> = {
  gateway: ["operations", "state"],
  insight: ["references", "ledger", "existence", "concern"],
  ...Object.fromEntries(portfolios.map(({ name }) => [name, ["references", "existence", "concern"]])),
};

/** The text of a file for SUBGRAPH_KEYS, with a new key for each caller. */
export function makeKeys(): string {
  const head = "# Who may call subgraphs, by which keys (the first signs, two are taken) and what for: docs/access.md. Keep it from others.\n";
  return head + stringify(Object.entries(CALLS).map(([name, calls]) => ({ name, keys: [randomBytes(32).toString("base64url")], calls })));
}
