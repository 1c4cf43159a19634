/**
 * `npm run rebuild`: empties insight's read model and reads it anew from the ledgers: those of the databases, or with SUBGRAPH_URL
 * those of running subgraphs. May run beside a running insight, whose answers say meanwhile that they are stale.
 * Exits 0 when it is done, 1 when a portfolio is out of reach, 2 on wrong settings.
 */
import { parseArgs } from "node:util";
import { readSettings } from "../gateway/config.js";
import type { Insight } from "../subgraphs/insight/index.js";
import { readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { Keyring } from "../transport/keys.js";
import { SettingError } from "../transport/settings.js";
import { Signer } from "../transport/signatures.js";
import { type CallContext, SubgraphUnreachable } from "../transport/subgraph.js";
import { openInsightAlone, openPortfolios, reachSiblings } from "./portfolios.js";

const CALL: CallContext = { principal: { subject: "rebuild", roles: [], customers: null }, requestId: "rebuild" };

async function rebuild({ follower }: Insight): Promise<string> {
  const began = Date.now();
  const known = await follower.rebuild(CALL);
  const entries = known.reduce((sum, { seq }) => sum + seq, 0);
  return `Insight has read ${entries} entries of ${known.length} ledgers in ${((Date.now() - began) / 1000).toFixed(1)} s.`;
}

async function run(): Promise<string> {
  const settings = readDatabaseSettings();
  const { subgraphUrl, subgraphKeys } = readSettings();
  if (subgraphUrl === undefined) {
    const portfolios = await openPortfolios(settings);
    return rebuild(portfolios.insight).finally(() => portfolios.close());
  }
  const signer = await Signer.open(await Keyring.open(subgraphKeys), "insight");
  const insight = await openInsightAlone(settings, reachSiblings(subgraphUrl, signer));
  return rebuild(insight).finally(() => insight.close());
}

try {
  try {
    parseArgs();
  } catch (cause) {
    throw new SettingError("The command line", "takes no arguments", { cause });
  }
  console.log(await run());
} catch (error) {
  if (!(error instanceof SettingError || error instanceof SubgraphUnreachable)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof SettingError ? 2 : 1;
}
