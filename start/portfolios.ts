/** Opens portfolios in this process: all of them (embedded, imports, samples, tests) or one beside siblings over HTTP. */
import path from "node:path";
import { locateSubgraph } from "../gateway/supergraph.js";
import { type Insight, openInsight } from "../subgraphs/insight/index.js";
import { type DatabaseSettings } from "../subgraphs/kernel/settings.js";
import type { Reach } from "../subgraphs/kernel/siblings.js";
import { type LocalSubgraph, openSubgraph } from "../subgraphs/kernel/subgraph.js";
import { logger } from "../transport/logs.js";
import { projectFolder } from "../transport/project.js";
import { portfolios, ports } from "../subgraphs/list.js";
import { Policy } from "../transport/access/policy.js";
import { reachGuarded } from "../transport/guards.js";
import { SettingError } from "../transport/settings.js";
import type { Signer } from "../transport/signatures.js";
import type { Subgraph } from "../transport/subgraph.js";

/** All subgraphs of the graph, in this process. */
export interface Portfolios {
  /** The portfolios with a database, by name. */
  readonly local: ReadonlyMap<string, LocalSubgraph>;
  /** Finds any subgraph, `insight` included, by name. */
  readonly reach: Reach;
  readonly insight: Insight;
  close(): Promise<void>;
}

/** Who may read and write what: of the file that POLICY names, or schema/policy.yaml. One that cannot be read is a SettingError. */
export const readPolicy = (): Policy => Policy.load(process.env["POLICY"] || path.join(projectFolder, "schema/policy.yaml"));

/** Tells operators of a failure that is not the client's. */
const reportFailure = (error: unknown, requestId: string): void => logger.error({ requestId, err: error }, "A request failed.");

/** What portfolios are told and tell, where that is not the usual. */
export interface PortfolioOptions {
  readonly policy?: Policy | undefined;
  readonly report?: typeof reportFailure;
}

/** Opens every portfolio in this process, its database created and migrated as needed. */
export async function openPortfolios(
  settings: DatabaseSettings,
  { policy = readPolicy(), report = reportFailure }: PortfolioOptions = {},
): Promise<Portfolios> {
  const subgraphs = new Map<string, Subgraph>();
  const reach: Reach = (name) => {
    const subgraph = subgraphs.get(name);
    if (!subgraph) throw new Error(`no subgraph is called ${name}`);
    return subgraph;
  };
  const local = new Map<string, LocalSubgraph>();
  let insight: Insight | undefined;
  const close = async () => {
    await insight?.close();
    await Promise.all([...local.values()].map((subgraph) => subgraph.close()));
  };
  try {
    for (const portfolio of portfolios) {
      const subgraph = await openSubgraph(portfolio, { portfolios, settings, reach, policy, report });
      local.set(portfolio.name, subgraph);
      subgraphs.set(portfolio.name, subgraph);
    }
    insight = await openInsight({ portfolios, settings, reach, policy, report });
    subgraphs.set("insight", insight);
    return { local, reach, insight, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens insight alone in this process; `reach` finds the portfolios. */
export const openInsightAlone = (settings: DatabaseSettings, reach: Reach): Promise<Insight> =>
  openInsight({ portfolios, settings, reach, policy: readPolicy(), report: reportFailure });

/** Opens one subgraph in this process; `reach` finds its siblings. */
export async function openOne(name: string, settings: DatabaseSettings, reach: Reach): Promise<Subgraph & { close(): Promise<void> }> {
  if (name === "insight") return openInsightAlone(settings, reach);
  const portfolio = portfolios.find((candidate) => candidate.name === name);
  if (!portfolio) throw new SettingError("The command line", `must name a subgraph: ${[...portfolios.map((each) => each.name), "insight"].join(", ")}`);
  return openSubgraph(portfolio, { portfolios, settings, reach, policy: readPolicy(), report: reportFailure });
}

/** Finds subgraphs over HTTP: at `template`'s URLs (SUBGRAPH_URL), or on this machine at their own ports. Calls are signed where there is a signer. */
export function reachSiblings(template: string | undefined, signer: Signer | undefined): Reach {
  const known = new Map<string, Subgraph>();
  return (name) => {
    const { url } = locateSubgraph({ name, url: `http://127.0.0.1:${ports[name]}/graphql` }, template);
    const subgraph = known.get(name) ?? reachGuarded(name, url, signer);
    known.set(name, subgraph);
    return subgraph;
  };
}
