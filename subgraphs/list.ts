/** The portfolios of the graph: a new one is a folder, its SDL and a line here. */
import type { Portfolio } from "./kernel/portfolio.js";
import { agreement } from "./agreement/index.js";
import { application } from "./application/index.js";
import { customer } from "./customer/index.js";
import { people } from "./people/index.js";
import { project } from "./project/index.js";
import { service } from "./service/index.js";

export const portfolios: readonly Portfolio[] = [customer, agreement, service, project, application, people];

/** Where each subgraph listens when it has a process of its own. */
export const ports: Readonly<Record<string, number>> = {
  customer: 4001,
  agreement: 4002,
  service: 4003,
  project: 4004,
  application: 4005,
  people: 4006,
  insight: 4007,
};
