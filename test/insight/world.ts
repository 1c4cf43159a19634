/** A world made for what insight answers: records with the least they need, dated from today, and questions asked of it, of signals first. */
import { expect } from "@jest/globals";
import type { Insight } from "../../subgraphs/insight/index.js";
import type { Verb } from "../../subgraphs/kernel/mutations.js";
import { type TestPortfolios, call, newDatabase, openTestPortfolios } from "../support/graph.js";

type Values = Record<string, unknown>;

export const TODAY = new Date().toISOString().slice(0, 10);
/** The day so many days after today, before it where they are negative. */
export const day = (days: number): string => new Date(Date.parse(TODAY) + days * 86_400_000).toISOString().slice(0, 10);

export interface Signal {
  readonly key: string;
  readonly kind: string;
  readonly severity: string;
  readonly since: string;
  readonly why: string;
  readonly rule: string;
  readonly rulesVersion: string;
  readonly state: string;
  readonly customer: { id: string } | null;
  readonly call: { id: string } | null;
  readonly records: { id: string }[];
  readonly acknowledgement: { id: string } | null;
}
export interface Page {
  readonly totalCount: number;
  readonly nodes: Signal[];
  readonly byKind: { kind: string; count: number }[];
  readonly bySeverity: { severity: string; count: number }[];
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
const PAGE = `{
  totalCount byKind { kind count } bySeverity { severity count } pageInfo { hasNextPage endCursor } asOf { portfolio stale }
  nodes { key kind severity since why rule rulesVersion state customer { id } call { id } records { id } acknowledgement { id } }
}`;
const ARGUMENTS = `$kinds: [SignalKind!], $minSeverity: SignalSeverity, $states: [SignalState!]! = [OPEN, REOPENED], $first: Int, $after: String`;
const PASSED = "kinds: $kinds, minSeverity: $minSeverity, states: $states, first: $first, after: $after";

export class World {
  private made = 0;
  private constructor(readonly portfolios: TestPortfolios) {}
  static async open(kind: string): Promise<World> {
    return new World(await openTestPortfolios(newDatabase(kind)));
  }
  close(): Promise<void> {
    return this.portfolios.close();
  }

  // --- records ---

  private subgraphOf(type: string) {
    return [...this.portfolios.local.values()].find(({ model }) => model.entities.has(type))!;
  }
  /** A new record; those of main types get a code of their own. */
  async make(type: string, values: Values): Promise<string> {
    const subgraph = this.subgraphOf(type);
    const code = subgraph.model.entities.get(type)!.main ? { code: `X${++this.made}` } : {};
    const [outcome] = await subgraph.writer(call).createMany(type, [{ ...code, ...values }], { act: "create", tolerate: new Set() });
    expect(outcome!.problems).toEqual([]);
    return outcome!.record!.id;
  }
  async change(type: string, id: string, values: Values): Promise<void> {
    const { writer, version } = await this.at(type, id);
    expect((await writer(call).update(type, id, version, values)).problems).toEqual([]);
  }
  /** Carries a verb out on `on`, today where it is left out. */
  async carryOut(verb: string, type: string, id: string, on = TODAY): Promise<void> {
    const { subgraph, writer, version } = await this.at(type, id);
    const act = subgraph.model.portfolio.mutations[verb] as Verb;
    expect((await writer(call, () => `${on}T08:00:00.000Z`).carryOut(verb, act, { id, version })).problems).toEqual([]);
  }
  private async at(type: string, id: string) {
    const subgraph = this.subgraphOf(type);
    const { table } = subgraph.model.entities.get(type)!;
    const [row] = await subgraph.database.read(`SELECT \`version\` FROM \`${table}\` WHERE \`id\` = ?`, [id]);
    return { subgraph, writer: subgraph.writer.bind(subgraph), version: Number(row![0]) };
  }

  customer(values: Values = {}): Promise<string> {
    return this.make("Customer", { name: "Koperasi", kind: "EXTERNAL", lifecycle: "ACTIVE", segment: "STANDARD", ...values });
  }
  service(values: Values = {}): Promise<string> {
    return this.make("Service", { name: "Payments", kind: "BUSINESS", status: "OPERATIONAL", ...values });
  }
  person(values: Values = {}): Promise<string> {
    return this.make("Person", { name: "Dewi", ...values });
  }
  /** Somebody who left on that day. */
  async leaver(on: string): Promise<string> {
    const id = await this.person();
    await this.carryOut("deactivatePerson", "Person", id, on);
    return id;
  }
  /** An agreement in force with those customers; with a team of the provider where there are none. */
  async agreement(customers: readonly string[], values: Values = {}): Promise<string> {
    const serviceIds = values["serviceIds"] ?? [await this.service()];
    const partyIds = customers.length > 0 ? customers : [await this.make("Team", { name: "Payments" })];
    const parties = partyIds.map((partyId) => ({ partyId, side: "CUSTOMER", signatoryId: null }));
    return this.make("Agreement", { title: "Payments", kind: "MOU", state: "ACTIVE", startOn: day(-400), serviceIds, parties, ...values });
  }
  /** A customer, an agreement with it and an obligation of it. */
  async obligation(customers: readonly string[], values: Values, agreement: Values = {}): Promise<string> {
    const agreementId = await this.agreement(customers, agreement);
    return this.make("Obligation", { agreementId, obligor: "PROVIDER", statement: "Pay.", state: "PENDING", ...values });
  }

  // --- signals ---

  get insight(): Insight {
    return this.portfolios.reach("insight") as Insight;
  }
  /** Asks insight once it has read all that was written, however busy the machine is. */
  async ask(query: string, variables: Values = {}): Promise<{ data: any; errors?: any[] }> {
    await this.insight.follower.catchUp(call, 60_000);
    return JSON.parse(JSON.stringify(await this.insight.execute({ query, variables }, call))) as { data: any; errors?: any[] };
  }
  async signals(variables: Values = {}): Promise<Page> {
    const query = `query ($customers: [ID!], $managers: [ID!], ${ARGUMENTS}) { page: signals(customers: $customers, managers: $managers, ${PASSED}) ${PAGE} }`;
    const { data, errors } = await this.ask(query, { first: 1000, ...variables });
    expect(errors).toBeUndefined();
    return data.page as Page;
  }
  /** The signals of those customers as their own records show them. */
  async ofCustomers(ids: readonly string[], variables: Values = {}): Promise<Page[]> {
    const query = `query ($of: [_Any!]!, ${ARGUMENTS}) { _entities(representations: $of) { ... on Customer { signals(${PASSED}) ${PAGE} } } }`;
    const { data, errors } = await this.ask(query, { first: 1000, ...variables, of: ids.map((id) => ({ __typename: "Customer", id })) });
    expect(errors).toBeUndefined();
    return data._entities.map(({ signals }: { signals: Page }) => signals);
  }
}
