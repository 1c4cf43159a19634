/** Records that the cases of the rules build upon, and short ways to write and read them through GraphQL, on a day that stands still. */
import { jest } from "@jest/globals";
import {
  type GraphQLOutputType,
  type GraphQLSchema,
  buildASTSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
} from "graphql";
import type { Model } from "../../subgraphs/kernel/model.js";
import { camelCase, pascalCase, pluralOf } from "../../subgraphs/kernel/names.js";
import { portfolios as declared } from "../../subgraphs/list.js";
import { openOne } from "../../start/portfolios.js";
import { type Subgraph, SubgraphUnreachable } from "../../transport/subgraph.js";
import { TIMERS } from "../support/clocks.js";
import { type TestPortfolios, call, newDatabase, openTestPortfolios } from "../support/graph.js";
import { bases } from "./bases.js";

export type Values = Record<string, any>;
/** Values, or how they are made of the world's records; `id` is that of the record they are about, where there is one. */
export type Given = Values | ((world: World, id: string) => Values | Promise<Values>);

export interface Problem {
  readonly code: string;
  readonly rule: string | null;
  readonly path: readonly string[];
  readonly retryable: boolean;
  readonly message: string;
}
export interface Payload {
  /** The record as it now is, all its fields; null where nothing was written. */
  readonly record: Values | null;
  readonly problems: readonly Problem[];
}

/** The day on which all cases take place. */
export const TODAY = "2026-06-15";
/** An id of that type that no record has. */
export const unknownId = (type: string): string => `${prefixes.get(type)!}_01J00000000000000000000000`;

const prefixes = new Map(declared.flatMap(({ entities }) => Object.entries(entities).map(([type, { prefix }]) => [type, prefix] as const)));

export class World {
  private readonly shared = new Map<string, Promise<string>>();
  private readonly selections = new Map<string, string>();
  private readonly schemas = new Map<string, GraphQLSchema>();
  private codes = 0;

  private constructor(readonly graph: TestPortfolios) {}

  /** An empty world in which it is nine o'clock UTC of TODAY. */
  static async open(kind = "SQLite"): Promise<World> {
    const world = new World(await openTestPortfolios(newDatabase(kind)));
    jest.useFakeTimers({ now: Date.parse(`${TODAY}T09:00:00.000Z`), doNotFake: [...TIMERS] });
    return world;
  }
  async close(): Promise<void> {
    jest.useRealTimers();
    await this.graph.close();
  }
  /** Makes it nine o'clock UTC of `day`. */
  turnTo(day: string): void {
    jest.setSystemTime(Date.parse(`${day}T09:00:00.000Z`));
  }
  /** The moment of the last write. */
  get now(): string {
    return new Date().toISOString();
  }

  /** The id of the one record of `type` that cases share. */
  the(type: string): Promise<string> {
    const known = this.shared.get(type) ?? this.new(type);
    this.shared.set(type, known);
    return known;
  }
  /** The id of a new record of `type`: its base with `values`. */
  async new(type: string, values: Given = {}): Promise<string> {
    return (await this.create(type, values))["id"] as string;
  }
  /** A new record of `type`, all its fields. */
  async create(type: string, values: Given = {}): Promise<Values> {
    const { record, problems } = await this.send("create", type, await this.inputOf(type, await this.make(values)));
    if (!record) throw new Error(`no ${type}: ${JSON.stringify(problems)}`);
    return record;
  }
  /** Changes a record by `act`, at its present version. */
  async change(act: string, type: string, id: string, input: Values = {}): Promise<Payload> {
    return this.send(act, type, { id, version: (await this.read(type, id))!["version"], ...input });
  }
  /** The input of a creation: the base of `type` with `values`. */
  async inputOf(type: string, values: Values): Promise<Values> {
    const base = await bases[type]!(this);
    return { ...(this.entityOf(type).main ? { code: `T-${++this.codes}` } : {}), ...base, ...values };
  }
  async make(given: Given, id = ""): Promise<Values> {
    return typeof given === "function" ? given(this, id) : given;
  }

  /** Sends `input` to the mutation of `type` that `act` names: create, update, or a verb. The clock goes on by a millisecond. */
  async send(act: string, type: string, input: Values, subgraph: Subgraph = this.subgraphOf(type)): Promise<Payload> {
    jest.setSystemTime(Date.now() + 1);
    const mutation = act === "create" || act === "update" ? `${act}${type}` : act;
    const verb = this.modelOf(type).portfolio.mutations[act];
    const inputType = verb && "creates" in verb ? `Create${type}Input` : `${pascalCase(mutation)}Input`;
    const query = `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { record: ${camelCase(type)} { ${this.selectionOf(type)} } problems { code rule path retryable message } } }`;
    const { data, errors } = await subgraph.execute({ query, variables: { input } }, call);
    if (errors) throw new Error(JSON.stringify(errors));
    return plain(data![mutation]) as Payload;
  }
  /** Asks `use` to do with the portfolio of `type`, opened once more on the same database, while the portfolios `out` are out of reach. */
  async whileOut<T>(out: readonly string[], type: string, use: (send: World["send"]) => Promise<T>): Promise<T> {
    const reach = (name: string) => (out.includes(name) ? outOfReach(name) : this.graph.reach(name));
    const subgraph = await openOne(this.portfolioOf(type), this.graph.settings, reach);
    try {
      return await use((act, of, input) => this.send(act, of, input, subgraph));
    } finally {
      await subgraph.close();
    }
  }
  /** Deletes a record of `type`. */
  async remove(type: string, id: string, version = 1): Promise<{ deletedId: string | null; problems: readonly Problem[] }> {
    const data = await this.ask(
      type,
      `mutation ($input: DeleteInput!) { delete${type}(input: $input) { deletedId problems { code rule path retryable message } } }`,
      { input: { id, version } },
    );
    return data[`delete${type}`] as never;
  }
  /** All fields of a record, computed ones too; null where there is none. */
  async read(type: string, id: string): Promise<Values | null> {
    return (await this.ask(type, `query ($id: ID!) { record: ${camelCase(type)}(id: $id) { ${this.selectionOf(type)} } }`, { id }))["record"] as Values | null;
  }
  /** Some fields of a record. */
  async pick(type: string, id: string, selection: string): Promise<Values> {
    return (await this.ask(type, `query ($id: ID!) { record: ${camelCase(type)}(id: $id) { ${selection} } }`, { id }))["record"] as Values;
  }
  /** What `portfolio` says of a record of another portfolio. */
  async contributed(portfolio: string, type: string, id: string, selection: string): Promise<Values> {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${selection} } } }`;
    return plain((await this.graph.ask(portfolio, query, { of: [{ __typename: type, id }] }))["_entities"][0]) as Values;
  }
  /** Ids of the records that `field` of a record leads to, told by `portfolio`. */
  async linked(portfolio: string, type: string, id: string, field: string): Promise<string[]> {
    const object = this.schemaOf(portfolio).getType(type);
    const named = isObjectType(object) ? getNamedType(object.getFields()[field]!.type).name : "";
    const connection = named.endsWith("Connection");
    const answer = (
      await this.contributed(portfolio, type, id, `${field}${connection ? "(first: 1000) { nodes { ... on Node { id } } }" : " { ... on Node { id } }"}`)
    )[field] as Values | null;
    const records = (connection ? answer!["nodes"] : [answer ?? []].flat()) as { id: string }[];
    return records.map((record) => record.id);
  }
  /** The newest change of a record. */
  async lastChange(type: string, id: string): Promise<Values> {
    return (await this.pick(type, id, "history(first: 1) { nodes { operation version by fields { field from to } } }"))["history"]["nodes"][0] as Values;
  }
  async count(type: string): Promise<number> {
    return ((await this.ask(type, `{ list: ${pluralOf(type)} { totalCount } }`))["list"] as Values)["totalCount"] as number;
  }
  /** The ledger heads of all portfolios. */
  async heads(): Promise<Values> {
    const names = [...this.graph.local.keys()];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await this.graph.subgraph(name).head(call)])));
  }

  portfolioOf(type: string): string {
    const found = declared.find(({ entities }) => type in entities);
    if (!found) throw new Error(`no portfolio has a type ${type}`);
    return found.name;
  }
  modelOf(type: string): Model {
    return this.graph.subgraph(this.portfolioOf(type)).model;
  }
  private subgraphOf(type: string): Subgraph {
    return this.graph.subgraph(this.portfolioOf(type));
  }
  private entityOf(type: string) {
    return this.modelOf(type).entities.get(type)!;
  }
  private async ask(type: string, query: string, variables: Values = {}): Promise<Values> {
    return plain(await this.graph.ask(this.portfolioOf(type), query, variables)) as Values;
  }

  /** Every field of a record but its history and the connections that others' links make. */
  private selectionOf(type: string): string {
    const known = this.selections.get(type) ?? this.select(type);
    this.selections.set(type, known);
    return known;
  }
  private select(type: string): string {
    const schema = this.schemaOf(this.portfolioOf(type));
    const stored = new Set([...this.entityOf(type).lists.values()].filter(({ bare }) => bare).map(({ field }) => field));
    const object = schema.getType(type);
    if (!isObjectType(object)) throw new Error(`${type} is no object type`);
    return Object.values(object.getFields())
      .filter(({ name, type: of }) => stored.has(name) || !getNamedType(of).name.endsWith("Connection"))
      .map(({ name, type: of }) => `${name}${selectionIn(of)}`)
      .join(" ");
  }
  schemaOf(portfolio: string): GraphQLSchema {
    const known = this.schemas.get(portfolio) ?? buildASTSchema(parse(this.graph.subgraph(portfolio).typeDefs), { assumeValidSDL: true });
    this.schemas.set(portfolio, known);
    return known;
  }
}

/** A portfolio that cannot be reached. */
function outOfReach(name: string): Subgraph {
  const refuse = () => Promise.reject(new SubgraphUnreachable(name));
  return { name, execute: refuse, ledger: refuse, head: refuse, exists: refuse };
}

/** Records by id, value objects whole. */
function selectionIn(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return "";
  if (isUnionType(named) || isInterfaceType(named)) return " { ... on Node { id } }";
  if (isListType(type) || isNonNullType(type)) return selectionIn(named);
  if (named.name.endsWith("Connection")) return " { nodes { ... on Node { id } } }";
  const fields = Object.values(named.getFields());
  if (fields.some(({ name }) => name === "id") && named.name !== "ExternalId") return " { id }";
  return ` { ${fields.map((field) => `${field.name}${selectionIn(field.type)}`).join(" ")} }`;
}

/** Without the null prototypes of GraphQL's answers. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
