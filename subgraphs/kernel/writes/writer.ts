/** Creating, changing and deleting records, and carrying out verbs: the one path of every write. */
import type { CallContext } from "../../../transport/subgraph.js";
import { SubgraphUnreachable } from "../../../transport/subgraph.js";
import type { Database } from "../database/database.js";
import { type EntityModel, type Model, entityOf } from "../model.js";
import type { Siblings, Verb } from "../mutations.js";
import { Refusal } from "../rules.js";
import { type Image, type Reference, type Values, readInput, referencesIn } from "./inputs.js";
import type { Filed } from "./ledger.js";
import { type Problem, Rejection, problem } from "./problems.js";
import { RememberedRequest } from "./requests.js";
import { Unit, type WriteOptions, problemOf, unknownReference } from "./unit.js";

/** What a write answers: the record as it now is (on CONFLICT the current one), or why nothing was written. */
export interface Outcome {
  readonly record: Image | null;
  readonly problems: readonly Problem[];
}

/** Asks other portfolios, for a caller. */
export interface Others extends Siblings {
  /** Those of `ids`, of any other portfolios, that exist. Throws SubgraphUnreachable. */
  exists(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

export class Writer {
  private request: RememberedRequest | null = null;

  constructor(
    private readonly model: Model,
    private readonly database: Database,
    private readonly call: CallContext,
    private readonly others: Others,
    /** The moment of a write. Only the sample's replay gives a clock of its own. */
    private readonly clock: () => string,
    /** Told of what was filed, once it is committed; the write is answered after it. */
    private readonly onFiled: (filed: Filed) => Promise<void>,
  ) {}

  /**
   * Writes, under the request's idempotency key where it has one, what the mutation answered as `field` is to write. Must be one write, and
   * this writer's only one.
   */
  async writeOnce(field: string, write: (writer: Writer) => Promise<Outcome>): Promise<Outcome> {
    this.request = RememberedRequest.of(this.database, this.call, field);
    if (!this.request) return write(this);
    await this.request.sweep();
    return (await this.request.recall()) ?? write(this);
  }

  /** Creates one record. */
  async create(type: string, input: Values, act = "create"): Promise<Outcome> {
    return (await this.createMany(type, [input], { act, tolerate: new Set() }))[0]!;
  }

  /** Creates records of one type in one transaction; each stands or falls on its own. Inputs are valid CreateXInputs. */
  async createMany(type: string, inputs: readonly Values[], options: WriteOptions): Promise<Outcome[]> {
    const entity = entityOf(this.model, type);
    const drafts = inputs.map((input) => this.draft(entity, input));
    await this.checkForeign(entity, drafts);
    const all = await this.inUnit(options, async (unit) => {
      const outcomes: Outcome[] = [];
      const images: Image[] = [];
      unit.expect(
        entity,
        drafts.map(({ values }) => values),
      );
      for (const { values, problems } of drafts) {
        const outcome = problems.length > 0 ? refused(problems) : await settle(async () => unit.prepareNew(entity, values));
        outcomes.push(outcome);
        if (outcome.record) images.push(outcome.record);
      }
      await unit.insert(entity, images);
      return outcomes;
    });
    return all.length === inputs.length ? all : oneByOne(inputs, (input) => this.createMany(type, [input], options));
  }

  /** Changes one record, if it is still at `version`. The input is a valid UpdateXInput. */
  async update(type: string, id: string, version: number, input: Values, options: WriteOptions = { act: "update", tolerate: new Set() }): Promise<Outcome> {
    return (await this.updateMany(type, [{ id, version, input }], options))[0]!;
  }

  /** Changes records of one type in one transaction; where one is refused, each in a transaction of its own. */
  async updateMany(type: string, changes: readonly { id: string; version: number; input: Values }[], options: WriteOptions): Promise<Outcome[]> {
    const entity = entityOf(this.model, type);
    const drafts = changes.map(({ input }) => this.draft(entity, input));
    await this.checkForeign(entity, drafts);
    const all = await this.inUnit(options, async (unit) => {
      const outcomes: Outcome[] = [];
      for (const [i, { id, version }] of changes.entries()) {
        const before = await unit.current(entity, id, version);
        if (drafts[i]!.problems.length > 0) throw new Rejection(drafts[i]!.problems);
        outcomes.push({ record: await unit.change(entity, before, drafts[i]!.values), problems: [] });
      }
      return outcomes;
    });
    return all.length === changes.length ? all : oneByOne(changes, (change) => this.updateMany(type, [change], options));
  }

  /** Deletes one record, if it is still at `version` and nothing of its portfolio points to it. */
  async remove(type: string, id: string, version: number): Promise<Outcome> {
    const entity = entityOf(this.model, type);
    const [outcome] = await this.inUnit({ act: "delete", tolerate: new Set() }, async (unit) => {
      const image = await unit.current(entity, id, version);
      await unit.remove(entity, image);
      return [{ record: image, problems: [] }];
    });
    return outcome!;
  }

  /** Carries out a business act on one record. */
  async carryOut(act: string, verb: Verb, input: Values): Promise<Outcome> {
    const entity = entityOf(this.model, verb.type);
    const blank = Object.entries(input).find(([, value]) => typeof value === "string" && value.trim() === "");
    if (blank) return refused([problem("INVALID_INPUT", [blank[0]], `${blank[0]} cannot be blank.`)]);
    const missing = await this.missing(idsIn(input));
    if (missing.size > 0) return refused([...missing.values()]);
    let prepared: unknown;
    try {
      prepared = await verb.prepare?.(input as never, this.others);
    } catch (error) {
      return refused([problemFrom(error)]);
    }
    const reason = (input["reason"] as string | undefined) ?? null;
    const [outcome] = await this.inUnit({ act, tolerate: new Set(), reason }, async (unit) => {
      const record = await unit.current(entity, input["id"] as string, input["version"] as number);
      const patch = await verb.act({
        record,
        input,
        prepared,
        records: unit,
        writes: unit,
        principal: this.call.principal,
        now: unit.now,
        today: unit.today,
      } as never);
      return [{ record: await unit.change(entity, record, this.checked(entity, patch)), problems: [] }];
    });
    return outcome!;
  }

  private draft(entity: EntityModel, input: Values): Draft {
    const problems: Problem[] = [];
    return { values: readInput(entity, input, this.model.directory, problems), problems };
  }

  /** A verb's patch may hold what a client wrote: it is read like an input. */
  private checked(entity: EntityModel, patch: Values): Values {
    const problems: Problem[] = [];
    const values: Values = { ...patch };
    for (const [key, value] of Object.entries(patch)) {
      const stored = entity.stored.get(key);
      if (stored && stored.column.kind !== "money" && value !== undefined)
        Object.assign(values, readInput(entity, { [key]: value }, this.model.directory, problems));
    }
    if (problems.length > 0) throw new Rejection(problems);
    return values;
  }

  /** Adds a problem to each draft for each record of another portfolio it names that does not exist or cannot be asked for. */
  private async checkForeign(entity: EntityModel, drafts: readonly Draft[]): Promise<void> {
    const references = drafts.map(({ values }) => referencesIn(entity, values));
    const problems = await this.missing(references.flat());
    for (const [i, draft] of drafts.entries()) draft.problems.push(...references[i]!.flatMap((reference) => problems.get(reference) ?? []));
  }

  /** Problems of links to records of other portfolios that do not exist or cannot be asked for. */
  private async missing(references: readonly Reference[]): Promise<ReadonlyMap<Reference, Problem>> {
    const foreign = references.filter(({ id }) => !this.model.entities.has(this.model.directory.typeOf(id) ?? ""));
    if (foreign.length === 0) return new Map();
    try {
      const existing = await this.others.exists([...new Set(foreign.map(({ id }) => id))]);
      return new Map(foreign.filter(({ id }) => !existing.has(id)).map((reference) => [reference, unknownReference(reference.id, reference.path)]));
    } catch (error) {
      if (!(error instanceof SubgraphUnreachable)) throw error;
      const lost = foreign.filter(({ id }) => this.model.directory.entryOf(id)?.portfolio === error.subgraph);
      return new Map(lost.map((reference) => [reference, { ...problemFrom(error), path: reference.path }]));
    }
  }

  /** Runs `work` in a transaction; a rejection of the whole ends it with nothing written. */
  private async inUnit(options: WriteOptions, work: (unit: Unit) => Promise<Outcome[]>): Promise<Outcome[]> {
    try {
      const { outcomes, filed } = await this.database.transaction(async (transaction) => {
        const known = await this.request?.take(transaction);
        if (known) return { outcomes: [known], filed: null };
        const unit = new Unit(transaction, this.model, this.call, this.clock(), options);
        const outcomes = await work(unit);
        const filed = await unit.file();
        await this.request?.keep(transaction, outcomes[0]!);
        return { outcomes, filed };
      }, this.call);
      if (filed) await this.onFiled(filed);
      return outcomes;
    } catch (error) {
      return [rejected(error)];
    }
  }
}

interface Draft {
  readonly values: Values;
  readonly problems: Problem[];
}

/** The ids a verb's input names beside its own record's. */
const idsIn = (input: Values): Reference[] =>
  Object.entries(input)
    .filter(([key]) => /Ids?$/.test(key))
    .flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).filter((id) => typeof id === "string").map((id: string) => ({ id, path: [key] })));

async function oneByOne<T>(items: readonly T[], write: (item: T) => Promise<Outcome[]>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of items) outcomes.push(...(await write(item)));
  return outcomes;
}
const refused = (problems: readonly Problem[]): Outcome => ({ record: null, problems });
async function settle(work: () => Promise<Image>): Promise<Outcome> {
  try {
    return { record: await work(), problems: [] };
  } catch (error) {
    return rejected(error);
  }
}
/** What an expected failure answers; anything else is thrown on. */
function rejected(error: unknown): Outcome {
  if (error instanceof Rejection) return { record: error.current as Image | null, problems: error.problems };
  return refused([problemFrom(error)]);
}
function problemFrom(error: unknown): Problem {
  if (error instanceof Refusal) return problemOf(error);
  if (error instanceof SubgraphUnreachable) return problem("PORTFOLIO_UNREACHABLE", [], `Nothing was written: ${error.message}`);
  throw error;
}
