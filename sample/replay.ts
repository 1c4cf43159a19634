/**
 * Tells the story of `story/*.yaml` to the portfolios: every act goes through the write path at the moment it happened.
 * The ledger is the memory of a load: act n is filed under the request `sample-n`, so a load that was killed goes on
 * where it ended, and one that was completed adds nothing.
 */
import type { Portfolios } from "../start/portfolios.js";
import { isCurrency } from "../subgraphs/kernel/decimals.js";
import { entityOf } from "../subgraphs/kernel/model.js";
import type { LocalSubgraph } from "../subgraphs/kernel/subgraph.js";
import type { Outcome } from "../subgraphs/kernel/writes/writer.js";
import { ACTS, type Act, type Creation, type Deed, type Input, readActs } from "./acts.js";

/** What a load did. */
export interface StoryLoaded {
  /** Acts of the story. */
  readonly acts: number;
  /** Those of them that an earlier load had carried out. */
  readonly skipped: number;
}

/** The story cannot be told. The message is fit for whoever starts the process. */
export class StoryError extends Error {}

const REQUEST = "sample-";
const PROGRESS_EVERY = 250;
const INSIGHT_PATIENCE_MS = 60_000;

/** Whether no portfolio has ever been written to. */
export async function isEmpty(portfolios: Portfolios): Promise<boolean> {
  return (await newestRequests(portfolios)).length === 0;
}

/** Whether the portfolios hold nothing, or nothing but the beginning of the story: a load was interrupted. */
export async function needsStory(portfolios: Portfolios): Promise<boolean> {
  const newest = await newestRequests(portfolios);
  return newest.every((request) => request.startsWith(REQUEST)) && !newest.includes(requestOf({ number: ACTS }));
}

/** Tells the story from where an earlier load ended. Throws a StoryError when an act is refused or the databases hold something else. */
export async function loadStory(portfolios: Portfolios, log: (line: string) => void = () => undefined, acts = readActs()): Promise<StoryLoaded> {
  const teller = new Teller(portfolios, await filedActs(portfolios));
  let skipped = 0;
  for (const act of acts) {
    if (teller.recall(act)) skipped++;
    else await teller.carryOut(act);
    if (act.number % PROGRESS_EVERY === 0) log(`${act.number} of ${acts.length} acts of the story are told.`);
  }
  // Or else the first to ask across portfolios would be told that what insight knows is stale.
  await portfolios.insight.follower.catchUp({ principal: { subject: "sample", roles: [], customers: null }, requestId: "sample" }, INSIGHT_PATIENCE_MS);
  return { acts: acts.length, skipped };
}

/** The ids of the story's named records in these portfolios, by name. */
export async function storyIds(portfolios: Portfolios, acts = readActs()): Promise<ReadonlyMap<string, string>> {
  const teller = new Teller(portfolios, await filedActs(portfolios));
  for (const act of acts) teller.recall(act);
  return teller.ids;
}

/** A row that the ledger keeps of an act. */
interface Filed {
  readonly type: string;
  readonly id: string;
  readonly operation: string;
}

const requestOf = ({ number }: Pick<Act, "number">): string => `${REQUEST}${number}`;

/** The request of each portfolio's newest change; portfolios without one left out. */
async function newestRequests({ local }: Portfolios): Promise<string[]> {
  const rows = await Promise.all([...local.values()].map(({ database }) => database.read("SELECT `request` FROM `change` ORDER BY `seq` DESC LIMIT 1", [])));
  return rows.flatMap(([row]) => (row ? [row[0] as string] : []));
}

/** What the ledgers hold of the story, by request. */
async function filedActs({ local }: Portfolios): Promise<Map<string, Filed[]>> {
  const filed = new Map<string, Filed[]>();
  for (const { database } of local.values())
    for (const row of await database.read("SELECT `request`, `type`, `entityId`, `operation` FROM `change` ORDER BY `seq`", [])) {
      const [request, type, id, operation] = row as [string, string, string, string];
      if (!request.startsWith(REQUEST))
        throw new StoryError("The databases hold other records than the story's: tell it to empty ones (name another DATA_DIR or DATABASE_URL).");
      filed.set(request, [...(filed.get(request) ?? []), { type, id, operation }]);
    }
  return filed;
}

class Teller {
  readonly ids = new Map<string, string>();
  private readonly byType = new Map<string, LocalSubgraph>();
  private readonly byVerb = new Map<string, LocalSubgraph>();

  constructor(
    { local }: Portfolios,
    private readonly filed: ReadonlyMap<string, readonly Filed[]>,
  ) {
    for (const subgraph of local.values()) {
      for (const type of subgraph.model.entities.keys()) this.byType.set(type, subgraph);
      for (const verb of Object.keys(subgraph.model.portfolio.mutations)) this.byVerb.set(verb, subgraph);
    }
  }

  /** Whether the act has been carried out before; if so, the names it gave are known again. */
  recall(act: Act): boolean {
    const rows = this.filed.get(requestOf(act));
    if (!rows) return false;
    const made = "create" in act.deed ? act.deed.records.map(({ ref }) => ref) : [];
    const isSame =
      "create" in act.deed
        ? rows.length === made.length && rows.every(({ type }) => type === (act.deed as Creation).create)
        : rows.some(({ operation }) => operation === operationOf(act.deed as Deed));
    if (!isSame) throw new StoryError(`The databases hold part of another version of the story (it differs at ${act.place}): tell it to empty ones.`);
    made.forEach((ref, i) => this.name(ref, rows[i]!.id, act));
    if ("makes" in act.deed) this.nameMade(act.deed.makes, rows, act);
    return true;
  }

  async carryOut(act: Act): Promise<void> {
    const { deed } = act;
    if ("create" in deed) return this.create(act, deed);
    const id = this.idOf(deed.to, act);
    const outcome = deed.do.startsWith("update") && !this.byVerb.has(deed.do) ? await this.update(act, deed, id) : await this.carryOutVerb(act, deed, id);
    this.requireSuccess(act, outcome, deed.to);
    const rows = await this.rowsOf(act, this.subgraphOf(act, deed));
    if (rows.length === 0) throw this.error(act, `changes nothing of ${deed.to}`);
    this.nameMade(deed.makes, rows, act);
  }

  private async create(act: Act, { create: type, records }: Creation): Promise<void> {
    const subgraph = this.byType.get(type);
    if (!subgraph) throw this.error(act, `there is no type ${type}`);
    const inputs = records.map(({ ref, input }) => this.coerced(act, subgraph, `Create${type}Input`, input, ref ?? type));
    const outcomes = await this.writer(subgraph, act).createMany(type, inputs, { act: "create", tolerate: new Set() });
    for (const [i, { ref }] of records.entries()) {
      this.requireSuccess(act, outcomes[i]!, ref ?? `${type} ${i + 1}`);
      this.name(ref, outcomes[i]!.record!.id, act);
    }
  }

  private async update(act: Act, deed: Deed, id: string): Promise<Outcome> {
    const type = deed.do.slice("update".length);
    const subgraph = this.subgraphOf(act, deed);
    const version = await this.versionOf(subgraph, type, id);
    const input = this.coerced(act, subgraph, `Update${type}Input`, { id, version, ...deed.input }, deed.to);
    return this.writer(subgraph, act).update(type, id, version, input);
  }

  private async carryOutVerb(act: Act, deed: Deed, id: string): Promise<Outcome> {
    const subgraph = this.subgraphOf(act, deed);
    const verb = subgraph.model.portfolio.mutations[deed.do]!;
    if ("creates" in verb) throw this.error(act, `is a creation: write create: ${verb.creates}`);
    const version = await this.versionOf(subgraph, verb.type, id);
    const input = this.coerced(act, subgraph, `${deed.do.charAt(0).toUpperCase()}${deed.do.slice(1)}Input`, { id, version, ...deed.input }, deed.to);
    return this.writer(subgraph, act).carryOut(deed.do, verb, input);
  }

  private subgraphOf(act: Act, { do: name }: Deed): LocalSubgraph {
    const subgraph = this.byVerb.get(name) ?? (name.startsWith("update") ? this.byType.get(name.slice("update".length)) : undefined);
    if (!subgraph) throw this.error(act, `there is no mutation ${name}`);
    return subgraph;
  }

  /** The write path, for whom the act names, at its moment. */
  private writer(subgraph: LocalSubgraph, act: Act) {
    return subgraph.writer({ principal: { subject: act.by, roles: ["sample"], customers: null }, requestId: requestOf(act) }, () => act.at);
  }

  private async versionOf(subgraph: LocalSubgraph, type: string, id: string): Promise<number> {
    const [row] = await subgraph.database.read(`SELECT \`version\` FROM \`${entityOf(subgraph.model, type).table}\` WHERE \`id\` = ?`, [id]);
    return row ? Number(row[0]) : 0;
  }

  private async rowsOf(act: Act, { database }: LocalSubgraph): Promise<Filed[]> {
    const head = await database.read("SELECT `type`, `entityId`, `operation`, `request` FROM `change` ORDER BY `seq` DESC LIMIT 10", []);
    return head.flatMap(([type, id, operation, request]) => (request === requestOf(act) ? [{ type, id, operation } as Filed] : []));
  }

  // --- names ---

  private coerced(act: Act, subgraph: LocalSubgraph, inputType: string, input: Input, ref: string): Record<string, unknown> {
    const { input: value, problems } = subgraph.coerce(inputType, this.resolve(input, act));
    if (problems.length > 0) throw this.error(act, `${ref}: ${problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join(" ")}`);
    return value;
  }

  /** An input with ids in place of names, and amounts as "IDR 1200.50", as GraphQL has them. */
  private resolve(input: Input, act: Act): Record<string, unknown> {
    return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, this.resolveValue(key, value, act)]));
  }
  private resolveValue(key: string, value: unknown, act: Act): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.resolveValue(key, item, act));
    if (typeof value === "object" && value !== null) return this.resolve(value as Input, act);
    if (typeof value !== "string") return value;
    if (/Ids?$/.test(key)) return this.idOf(value, act);
    const [, currency, amount] = MONEY.exec(value) ?? [];
    return currency && isCurrency(currency) ? { amount, currency } : value.replaceAll(NAME, (_, ref: string) => this.idOf(ref, act));
  }

  private idOf(ref: string, act: Act): string {
    const id = this.ids.get(ref);
    if (!id) throw this.error(act, `nothing is called ${ref} yet`);
    return id;
  }
  private name(ref: string | null, id: string, act: Act): void {
    if (ref === null) return;
    if (this.ids.has(ref)) throw this.error(act, `something else is called ${ref}`);
    this.ids.set(ref, id);
  }
  private nameMade(makes: Deed["makes"], rows: readonly Filed[], act: Act): void {
    for (const [ref, type] of Object.entries(makes)) {
      const row = rows.find((candidate) => candidate.type === type);
      if (!row) throw this.error(act, `makes no ${type}`);
      this.name(ref, row.id, act);
    }
  }

  private requireSuccess(act: Act, { problems }: Outcome, ref: string): void {
    if (problems.length > 0) throw this.error(act, `${ref}: ${problems.map(({ code, message, path }) => `${code} ${path.join(".")}: ${message}`).join(" ")}`);
  }
  private error(act: Act, message: string): StoryError {
    const name = "create" in act.deed ? `create ${act.deed.create}` : act.deed.do;
    return new StoryError(`The story cannot be told (${act.place}, ${act.at.slice(0, 10)}, ${name}): ${message}`);
  }
}

/** A name within a text: the key of a signal holds ids. */
const NAME = /\{([\w-]+)\}/g;
const MONEY = /^([A-Z]{3}) (-?\d+(?:\.\d+)?)$/;

/** What the ledger calls a deed: the kernel files updates of all types as "update". */
const operationOf = ({ do: name }: Deed): string => (/^update[A-Z]/.test(name) ? "update" : name);
