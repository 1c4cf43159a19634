/** The portfolio of people alone, as tests of the kernel open it. */
import { openSubgraph } from "../../subgraphs/kernel/subgraph.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import type { DatabaseSettings } from "../../subgraphs/kernel/settings.js";
import { portfolios } from "../../subgraphs/list.js";
import { people } from "../../subgraphs/people/index.js";
import { policy } from "../support/graph.js";

const reach = (name: string): never => {
  throw new Error(`${name} is not there`);
};

/** Opens it; `report` is told of failures that are not the client's. */
export const openPeople = (settings: DatabaseSettings, report: (error: unknown) => void): Promise<LocalSubgraph> =>
  openSubgraph(people, { portfolios, settings, reach, policy, report });
