/** Where records go: the portfolios' own write path, or, for a dry run, everything of it that writes nothing. */
import type { LocalSubgraph } from "../subgraphs/kernel/subgraph.js";
import type { Portfolios } from "../start/portfolios.js";
import { createId } from "../subgraphs/kernel/ids.js";
import { type EntityModel, entityOf } from "../subgraphs/kernel/model.js";
import type { Derivation, Records, Rule } from "../subgraphs/kernel/rules.js";
import { type Image, type Values, initialValues, readInput } from "../subgraphs/kernel/writes/inputs.js";
import { findIds, findIdsByCode, findImages } from "../subgraphs/kernel/writes/lookups.js";
import { type Problem, problem } from "../subgraphs/kernel/writes/problems.js";
import type { Outcome } from "../subgraphs/kernel/writes/writer.js";
import type { CallContext } from "../transport/subgraph.js";

/** A change of a record that exists. */
export interface Change {
  readonly image: Image;
  readonly input: Values;
}

/** The portfolios as an import sees them. */
export interface Store {
  /** Whole records by external id. */
  images(type: string, system: string, keys: readonly string[]): Promise<Map<string, Image>>;
  /** Ids of records by external id, or by code where `system` is null. */
  ids(type: string, system: string | null, keys: readonly string[]): Promise<Map<string, string>>;
  /** The input as GraphQL takes it. */
  coerce(inputType: string, type: string, value: Values): { readonly input: Values; readonly problems: readonly Problem[] };
  /** The values of a row that an input comes to. */
  rowValues(type: string, input: Values): { readonly values: Values; readonly problems: readonly Problem[] };
  create(type: string, inputs: readonly Values[], tolerate: ReadonlySet<string>): Promise<Outcome[]>;
  update(type: string, changes: readonly Change[], tolerate: ReadonlySet<string>): Promise<Outcome[]>;
  entity(type: string): EntityModel;
}

/** The act under which the ledger files what imports write. */
const ACT = "import";
/** Keys looked up by one statement. */
const MOST_KEYS = 500;

/** Writes through the portfolios' write path: rules, references and ledger as for mutations. */
export class WritingStore implements Store {
  private readonly owners = new Map<string, LocalSubgraph>();

  constructor(
    portfolios: Portfolios,
    private readonly call: CallContext,
  ) {
    for (const subgraph of portfolios.local.values()) for (const type of subgraph.model.entities.keys()) this.owners.set(type, subgraph);
  }

  images(type: string, system: string, keys: readonly string[]): Promise<Map<string, Image>> {
    return inSteps(keys, (some) => findImages(this.owner(type).database, this.entity(type), system, some));
  }
  ids(type: string, system: string | null, keys: readonly string[]): Promise<Map<string, string>> {
    const { database } = this.owner(type);
    return inSteps(keys, (some) => (system === null ? findIdsByCode(database, this.entity(type), some) : findIds(database, this.entity(type), system, some)));
  }
  coerce(inputType: string, type: string, value: Values): { input: Values; problems: readonly Problem[] } {
    return this.owner(type).coerce(inputType, value);
  }
  rowValues(type: string, input: Values): { values: Values; problems: Problem[] } {
    const problems: Problem[] = [];
    return { values: readInput(this.entity(type), input, this.owner(type).model.directory, problems), problems };
  }
  create(type: string, inputs: readonly Values[], tolerate: ReadonlySet<string>): Promise<Outcome[]> {
    return this.owner(type).writer(this.call).createMany(type, inputs, { act: ACT, tolerate });
  }
  update(type: string, changes: readonly Change[], tolerate: ReadonlySet<string>): Promise<Outcome[]> {
    const named = changes.map(({ image, input }) => ({ id: image.id, version: image.version, input }));
    return this.owner(type).writer(this.call).updateMany(type, named, { act: ACT, tolerate });
  }
  entity(type: string): EntityModel {
    return entityOf(this.owner(type).model, type);
  }
  protected owner(type: string): LocalSubgraph {
    return this.owners.get(type)!;
  }
}

async function inSteps<T>(keys: readonly string[], find: (some: readonly string[]) => Promise<Map<string, T>>): Promise<Map<string, T>> {
  const all = new Map<string, T>();
  for (let from = 0; from < keys.length; from += MOST_KEYS) for (const [key, found] of await find(keys.slice(from, from + MOST_KEYS))) all.set(key, found);
  return all;
}

/** Reads as the real one does and writes nothing. Rules that have to look at other records are not asked. */
export class RehearsingStore extends WritingStore {
  override create(type: string, inputs: readonly Values[], tolerate: ReadonlySet<string>): Promise<Outcome[]> {
    const entity = this.entity(type);
    const now = new Date().toISOString();
    const blank = () =>
      ({ ...initialValues(entity), id: createId(entity.prefix, Date.now()), version: 1, createdAt: now, updatedAt: now, findings: [] }) as Image;
    return Promise.all(inputs.map((input) => this.rehearse(type, null, blank(), input, tolerate)));
  }
  override update(type: string, changes: readonly Change[], tolerate: ReadonlySet<string>): Promise<Outcome[]> {
    return Promise.all(changes.map(({ image, input }) => this.rehearse(type, image, image, input, tolerate)));
  }

  private async rehearse(type: string, before: Image | null, base: Image, input: Values, tolerate: ReadonlySet<string>): Promise<Outcome> {
    const { values, problems } = this.rowValues(type, input);
    if (problems.length > 0) return { record: null, problems };
    const { portfolio } = this.owner(type).model;
    const now = new Date().toISOString();
    const today = now.slice(0, 10);
    const after: Image = { ...base, ...values };
    const derivation = portfolio.derivations[type] as Derivation<Image> | undefined;
    if (derivation) Object.assign(after, derivation({ before, after, now, today, reason: null }));
    const findings: { rule: string; message: string }[] = [];
    const broken: Problem[] = [];
    for (const { name, check } of (portfolio.rules[type] ?? []) as unknown as Rule<Image>[]) {
      const violation = await unlessItLooksAround(() => check({ before, after, act: ACT, records: BLIND, today }));
      if (!violation) continue;
      if (tolerate.has(name)) findings.push({ rule: name, message: violation.message });
      else broken.push(problem("RULE_BROKEN", violation.path, violation.message, name));
    }
    return broken.length > 0 ? { record: null, problems: broken } : { record: { ...after, findings }, problems: [] };
  }
}

class LooksAround extends Error {}
const look = (): never => {
  throw new LooksAround();
};
const BLIND: Records = { find: look, get: look, linking: look, serialise: look };

async function unlessItLooksAround<T>(check: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof LooksAround) return undefined;
    throw error;
  }
}
