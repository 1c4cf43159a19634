/** Batches of drafts become records: links resolved, compared with what is stored, created or changed. */
import { groupBy } from "../subgraphs/kernel/groups.js";
import { changedKeys } from "../subgraphs/kernel/writes/images.js";
import type { Image, Values } from "../subgraphs/kernel/writes/inputs.js";
import type { Problem } from "../subgraphs/kernel/writes/problems.js";
import type { Outcome } from "../subgraphs/kernel/writes/writer.js";
import type { Draft } from "./drafts.js";
import { type IdOf, Links, referencesIn, withIds } from "./links.js";
import type { Kind, Mapping } from "./mapping.js";
import { type Report, fieldName } from "./report.js";
import type { Change, Store } from "./stores.js";
import type { Reference, Value } from "./values.js";

/** Ids kept of each type, so that a link is looked up once; some 150 bytes each. */
const MOST_CACHED = 200_000;
/** How often a record that somebody else changed or made meanwhile is looked at again. */
const MOST_ROUNDS = 5;

/** What becomes of a draft's links. */
type Resolution =
  | { readonly kind: "ready"; readonly input: Values; readonly empty: readonly string[]; readonly postponed: ReadonlySet<string> }
  /** A link it cannot do without leads nowhere. */
  | { readonly kind: "lost" };

/** A draft on its way into the portfolios. */
interface Prepared {
  readonly draft: Draft;
  readonly input: Values;
  /** Fields whose cells are empty. */
  readonly empty: readonly string[];
  /** Fields with links to records that this import has yet to make. */
  readonly postponed: ReadonlySet<string>;
}

export class RecordWriter {
  private readonly links: Links;
  private readonly written = new Set<string>();
  /** Drafts that are written but for these fields. */
  private readonly postponed = new Map<Draft, ReadonlySet<string>>();

  constructor(
    mapping: Mapping,
    private readonly store: Store,
    private readonly report: Report,
    /** Whether the files of this import have that key. */
    private readonly isInFiles: (kind: string, key: string) => boolean,
    private readonly rehearsing: boolean,
  ) {
    // A rehearsal's records are nowhere else.
    this.links = new Links(mapping, store, rehearsing ? Number.POSITIVE_INFINITY : MOST_CACHED);
  }

  /** Writes a batch of one kind. */
  async write(kind: Kind, drafts: readonly Draft[]): Promise<void> {
    let left = drafts;
    for (let round = 1; left.length > 0; round++) left = await this.attempt(kind, left, round, null);
  }
  /** No more records of that kind will come. */
  finish(kind: Kind): void {
    this.written.add(kind.name);
  }
  /** Sets the links that pointed to records not yet there. To be called when all kinds are written. */
  async complete(): Promise<void> {
    const drafts = [...this.postponed.keys()];
    for (let from = 0; from < drafts.length; from += BATCH) {
      for (const [kind, some] of groupBy(drafts.slice(from, from + BATCH), (draft) => draft.kind)) {
        if (this.rehearsing) await this.rehearseLinks(some);
        let left: readonly Draft[] = this.rehearsing ? [] : some;
        for (let round = 1; left.length > 0; round++) left = await this.attempt(kind, left, round, this.postponed);
      }
    }
  }
  /** Finds the postponed links that lead nowhere. The records themselves are nowhere in a rehearsal. */
  private async rehearseLinks(drafts: readonly Draft[]): Promise<void> {
    const values = new Map(drafts.map((draft) => [draft, this.valuesOf(draft, this.postponed)]));
    const ids = await this.links.resolve([...values.values()]);
    for (const [draft, own] of values) this.inputOf(draft, own, ids, false);
  }
  private valuesOf(draft: Draft, only: ReadonlyMap<Draft, ReadonlySet<string>> | null): Map<string, Value | null> {
    return new Map([...draft.values()].filter(([key]) => only?.get(draft)?.has(key) ?? true));
  }

  /** Answers those to be tried again. `only` names the fields to be set of records that have been counted; null is all, and a first time. */
  private async attempt(kind: Kind, drafts: readonly Draft[], round: number, only: ReadonlyMap<Draft, ReadonlySet<string>> | null): Promise<Draft[]> {
    const first = only === null;
    const values = new Map(drafts.map((draft) => [draft, this.valuesOf(draft, only)]));
    const images = await this.store.images(
      kind.shape.type,
      kind.system,
      drafts.map(({ key }) => key),
    );
    const ids = await this.links.resolve([...values.values()]);
    const creates: Prepared[] = [];
    const updates: (Prepared & { image: Image })[] = [];
    for (const draft of drafts) {
      const image = images.get(draft.key);
      if (!image && !draft.creates) {
        this.report.withoutRecord(draft);
        continue;
      }
      const resolved = this.inputOf(draft, values.get(draft)!, ids, first);
      if (resolved.kind === "lost") continue;
      if (image) updates.push({ draft, image, ...resolved });
      else creates.push({ draft, ...resolved });
    }
    return [...(await this.create(kind, creates, round)), ...(await this.change(kind, updates, first, round))];
  }

  // --- links ---

  /** The input of a draft. Links that lead nowhere are left out, postponed, or the end of the draft. */
  private inputOf(draft: Draft, values: ReadonlyMap<string, Value | null>, idOf: IdOf, first: boolean): Resolution {
    const input: Values = {};
    const empty: string[] = [];
    const postponed = new Set<string>();
    for (const [key, value] of values) {
      const lost = referencesIn(value).filter((reference) => idOf(reference) === undefined);
      if (first && !this.isRequired(draft.kind, key) && lost.some((reference) => this.comesLater(reference))) {
        postponed.add(key);
        continue;
      }
      for (const reference of lost) {
        const isLost = this.isRequired(draft.kind, key) || reference.missing === "skip";
        this.report.unresolvedLink(draft, key, reference, isLost ? "refused" : "left empty");
        if (!isLost) continue;
        if (first) this.refuseLost(draft, key, reference);
        return { kind: "lost" };
      }
      const found = withIds(value, idOf);
      if (found === null) empty.push(key);
      else input[key] = found;
    }
    return { kind: "ready", input, empty, postponed };
  }
  private refuseLost(draft: Draft, key: string, { missing, target, key: named }: Reference): void {
    const reason = `its ${fieldName(draft.kind, key)}, ${target.kind ?? target.type} "${named}", does not exist`;
    if (missing === "skip") this.report.leftOut(draft, reason);
    else this.report.refused(draft, reason);
  }
  private isRequired(kind: Kind, key: string): boolean {
    return [...kind.shape.fields.values()].some((field) => field.key === key && field.required);
  }
  private comesLater({ target, key }: Reference): boolean {
    return target.kind !== null && !this.written.has(target.kind) && this.isInFiles(target.kind, key);
  }

  // --- writing ---

  private async create(kind: Kind, prepared: readonly Prepared[], round: number): Promise<Draft[]> {
    const { type } = kind.shape;
    const ready = prepared.flatMap((each) => {
      const { input, problems } = this.store.coerce(`Create${type}Input`, type, { ...each.input, externalIds: [{ system: kind.system, id: each.draft.key }] });
      if (problems.length > 0) this.report.refused(each.draft, sayAll(kind, problems));
      return problems.length > 0 ? [] : [{ ...each, input }];
    });
    if (ready.length === 0) return [];
    const outcomes = await this.store.create(
      type,
      ready.map(({ input }) => input),
      kind.tolerate,
    );
    return ready.flatMap((each, i) => this.settle(kind, each, outcomes[i]!, "created", round));
  }

  private async change(kind: Kind, prepared: readonly (Prepared & { image: Image })[], first: boolean, round: number): Promise<Draft[]> {
    const { type } = kind.shape;
    const ready: { each: Prepared; change: Change }[] = [];
    for (const each of prepared) {
      const compared = this.compare(kind, each, first);
      if (typeof compared === "string") this.report.refused(each.draft, compared);
      else if (Object.keys(compared).length > 0) ready.push({ each, change: { image: each.image, input: compared } });
      else if (first) this.settle(kind, each, { record: each.image, problems: [] }, "unchanged", round);
    }
    if (ready.length === 0) return [];
    const outcomes = await this.store.update(
      type,
      ready.map(({ change }) => change),
      kind.tolerate,
    );
    return ready.flatMap(({ each }, i) => this.settle(kind, each, outcomes[i]!, first ? "updated" : null, round));
  }

  /** What of the input differs from the stored record and may be set; or what is wrong with it. */
  private compare(kind: Kind, { draft, image, input, empty }: Prepared & { image: Image }, first: boolean): Values | string {
    const { type, fields } = kind.shape;
    const entity = this.store.entity(type);
    const settable: Values = {};
    const governed: Values = {};
    const once: Values = {};
    for (const field of fields.values()) {
      const { set = null, blank = null } = kind.options.get(field.key) ?? {};
      const value =
        field.key in input
          ? input[field.key]
          : blank === "clear" && empty.includes(field.key)
            ? field.kind === "scalar" || field.kind === "link"
              ? null
              : []
            : undefined;
      if (value === undefined) continue;
      const always = set === "always" || (set === null && !draft.assumed.has(field.key));
      (always ? (field.setter === "client" ? settable : governed) : once)[field.key] = value;
    }
    const coerced = this.store.coerce(`Update${type}Input`, type, { id: image.id, version: image.version, ...settable });
    const wanted: Values = { ...(coerced.problems.length > 0 ? {} : coerced.input), ...governed };
    const read = this.store.rowValues(type, wanted);
    const problems = [...coerced.problems, ...read.problems];
    if (problems.length > 0) return sayAll(kind, problems);
    if (first) for (const key of changedKeys(entity, image, { ...image, ...this.store.rowValues(type, once).values })) this.report.leftAsItIs(kind, key);
    const changed = new Set(changedKeys(entity, image, { ...image, ...read.values }));
    return Object.fromEntries(Object.entries(wanted).filter(([key]) => changed.has(key)));
  }

  /** Reports what became of a draft; answers it when it is to be tried again. `how` null is a record that has been counted. */
  private settle(
    kind: Kind,
    { draft, postponed }: Prepared,
    { record, problems }: Outcome,
    how: "created" | "updated" | "unchanged" | null,
    round: number,
  ): Draft[] {
    const again = problems.some(({ code }) => code === "CONFLICT" || (code === "DUPLICATE" && round === 1));
    if (again && round < MOST_ROUNDS) return [draft];
    if (problems.length > 0 || !record) {
      this.report.refused(draft, sayAll(kind, problems));
      return [];
    }
    this.links.remember(kind, draft.key, record.id);
    if (postponed.size > 0) this.postponed.set(draft, postponed);
    if (how) this.report.settled(draft, how, record["findings"] as { rule: string; message: string }[]);
    return [];
  }
}

/** Drafts written at a time. */
export const BATCH = 250;

/** What is wrong, in the words of the schema. */
const sayAll = (kind: Kind, problems: readonly Problem[]): string =>
  problems
    .map(({ message, path, rule }) => `${path[0] && !message.includes(path[0]) ? `${fieldName(kind, path[0])}: ` : ""}${message}${rule ? ` (${rule})` : ""}`)
    .join(" ");
