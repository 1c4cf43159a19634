/** A world made for impact, and what is asked of it. */
import { expect } from "@jest/globals";
import { call } from "../support/graph.js";
import { World } from "./world.js";

export type Values = Record<string, unknown>;
interface Hop {
  readonly from: string;
  readonly to: string;
  readonly link: string;
  readonly portfolio: string;
  readonly why: string;
  readonly record: string | null;
  readonly criticality: string | null;
}
export interface Node {
  readonly id: string;
  readonly type: string;
  readonly criticality: string | null;
  readonly shortest: Hop[];
  readonly mostCritical: Hop[];
}

const HOP = "{ link portfolio why criticality from { id } to { id } record { id } }";
export const NODES = `nodes(first: 1000) { nodes { type criticality node { id } shortestPath ${HOP} mostCriticalPath ${HOP} } }`;

/** The changes that mean something for each type an impact may start at, as docs/impact.md says. */
export const STARTS: Record<string, string[]> = {
  Service: ["RETIRE", "OUTAGE", "CHANGE", "DELAY"],
  Application: ["RETIRE", "OUTAGE", "CHANGE"],
  Person: ["LEAVE"],
  Team: ["LEAVE"],
  Supplier: ["RETIRE", "OUTAGE", "LEAVE", "CHANGE"],
  Agreement: ["CHANGE", "DELAY", "EXPIRE"],
  Project: ["RETIRE", "DELAY"],
  CustomerUnit: ["RETIRE", "CHANGE"],
};

export class ImpactWorld {
  private constructor(readonly world: World) {}
  static async open(kind: string): Promise<ImpactWorld> {
    return new ImpactWorld(await World.open(kind));
  }
  close(): Promise<void> {
    return this.world.close();
  }

  make(type: string, values: Values): Promise<string> {
    return this.world.make(type, { ...LEAST[type], ...values });
  }
  /** A record that breaks a rule, as an import may let it in. */
  async tolerated(type: string, rule: string, values: Values): Promise<string> {
    const subgraph = [...this.world.portfolios.local.values()].find(({ model }) => model.entities.has(type))!;
    const [outcome] = await subgraph.writer(call).createMany(type, [{ ...LEAST[type], ...values }], { act: "create", tolerate: new Set([rule]) });
    expect(outcome!.problems).toEqual([]);
    return outcome!.record!.id;
  }

  /** What `query` (fields of Impact) answers for each of those changes to a record, by change. */
  async ask(id: string, changes: readonly string[], on: string, query: string, variables: Values = {}): Promise<Record<string, any>> {
    const fields = changes.map((change) => `${change}: impact(of: $id, change: ${change}, on: $on) { ${query} }`);
    const passed = "ids" in variables ? ", $ids: [ID!]!" : "";
    // However busy the machine is: no answer of what was not read in time.
    await this.world.insight.follower.catchUp(call, 60_000);
    const { data, errors } = await this.world.ask(`query ($id: ID!, $on: Date${passed}) { ${fields.join(" ")} }`, { id, on, ...variables });
    expect(errors).toBeUndefined();
    return data;
  }
  /** Everything reached, with its paths. */
  async reached(id: string, change: string, on: string): Promise<Node[]> {
    return shown((await this.ask(id, [change], on, NODES))[change]);
  }
  async refusal(id: string, change: string, on: string | null, fields = "complete"): Promise<unknown> {
    await this.world.insight.follower.catchUp(call, 60_000);
    const { errors } = await this.world.ask(`query ($id: ID!, $change: ImpactChange!, $on: Date) { impact(of: $id, change: $change, on: $on) { ${fields} } }`, {
      id,
      change,
      on,
    });
    return errors?.[0];
  }
}

/** What a record of a type needs beside what a test says of it. */
const LEAST: Record<string, Values> = {
  Service: { name: "Payments", kind: "BUSINESS", status: "OPERATIONAL" },
  Person: { name: "Dewi" },
  Team: { name: "Payments" },
  Supplier: { name: "Langit" },
  Customer: { name: "Koperasi", kind: "EXTERNAL", lifecycle: "ACTIVE", segment: "STANDARD" },
  CustomerUnit: { name: "Wards" },
  Agreement: { title: "Payments", kind: "MOU", state: "ACTIVE", startOn: "2020-01-01" },
  ServiceLevelTarget: { aspect: "WARRANTY", metric: "AVAILABILITY", comparator: "AT_LEAST", value: "99.5", unit: "percent" },
  Obligation: { obligor: "PROVIDER", statement: "Pay.", state: "PENDING", dueOn: "2026-12-31" },
  Application: { name: "Lama", kind: "COTS" },
  ApplicationFunction: { name: "Book" },
  ApplicationInterface: { data: "Bookings" },
  ApplicationRole: { role: "DEVELOPER" },
  ServiceDependency: { businessActivity: "Pay", criticality: "BUSINESS_CRITICAL" },
  Stakeholder: { role: "DECISION_MAKER" },
  Project: { name: "Faster", status: "UNDERWAY" },
  Deliverable: { change: "CHANGED", customerIds: [], state: "OPEN", dropReason: "No." },
};

export const shown = ({ nodes }: any): Node[] =>
  nodes.nodes.map(({ node, type, criticality, shortestPath, mostCriticalPath }: any) => ({
    id: node.id,
    type,
    criticality,
    shortest: shortestPath.map(hop),
    mostCritical: mostCriticalPath.map(hop),
  }));
const hop = ({ from, to, record, ...rest }: any): Hop => ({ ...rest, from: from.id, to: to.id, record: record?.id ?? null });
