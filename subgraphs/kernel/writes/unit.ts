/** One transaction's work on records: every change goes through here, is checked by the rules and filed in the ledger. */
import type { CallContext } from "../../../transport/subgraph.js";
import { type Transaction, duplicateOf } from "../database/database.js";
import { LOCK_THE_LEDGER } from "../database/migration.js";
import { toCell, type Cell } from "../database/values.js";
import { dayOf } from "../dates.js";
import type { Finding } from "../declare.js";
import { createId } from "../ids.js";
import { type EntityModel, type Model, type StoredField, endOf, entityOf } from "../model.js";
import type { Writes } from "../mutations.js";
import { placeholders } from "../reads/conditions.js";
import { type Derivation, type Records, Refusal, type Rule, type Where } from "../rules.js";
import { type Lock, changedKeys, entityRows, insertRows, listRows, readImages, sameList } from "./images.js";
import { type Image, type Values, initialValues, readInput, referencesIn } from "./inputs.js";
import { type Filed, type PendingChange, fileChanges } from "./ledger.js";
import { type Problem, Rejection, problem, reject } from "./problems.js";
import { References } from "./references.js";

/** How a write is made. */
export interface WriteOptions {
  /** The mutation's name, filed as the ledger's operation. */
  readonly act: string;
  /** Rules that become findings on the record instead of problems. */
  readonly tolerate: ReadonlySet<string>;
  /** Why, where the client said so. */
  readonly reason?: string | null;
}

export class Unit implements Records, Writes {
  private readonly changes: PendingChange[] = [];
  private readonly created = new Set<string>();
  /** New records that are checked and not written yet. */
  private drafts: { readonly entity: EntityModel; readonly image: Image }[] = [];
  private readonly references: References;
  private isSerialised = false;

  constructor(
    private readonly transaction: Transaction,
    private readonly model: Model,
    private readonly call: CallContext,
    readonly now: string,
    private readonly options: WriteOptions,
  ) {
    this.references = new References(transaction, model);
  }

  get today(): string {
    return dayOf(this.now);
  }

  // --- what rules and verbs may read ---

  async find<R>(type: string, where: Where): Promise<R[]> {
    const entity = entityOf(this.model, type);
    const stored = await this.stored(entity, where);
    const drafted = this.drafts.filter(
      (draft) => draft.entity === entity && Object.entries(where).every(([key, value]) => [value].flat().includes(draft.image[key])),
    );
    return [...stored, ...drafted.map(({ image }) => image)] as unknown as R[];
  }
  private stored(entity: EntityModel, where: Where): Promise<Image[]> {
    const { id, ...others } = where;
    if (id !== undefined && Object.keys(others).length === 0) return this.references.records(entity, [id].flat() as string[]);
    const cells: Cell[] = [];
    const conditions = Object.entries(where).map(([key, value]) => {
      const column = entity.stored.get(key)?.columns[0];
      if (!column) throw new Error(`${entity.type} has no column ${key}`);
      const values = (Array.isArray(value) ? value : [value]) as unknown[];
      cells.push(...values.map((each) => toCell(entity.stored.get(key)!.column.kind, each)));
      return `t.\`${column}\` IN (${placeholders(values.length)})`;
    });
    return this.images(entity, conditions.join(" AND ") || "1 = 1", cells, "share");
  }
  async get<R>(type: string, id: string): Promise<R | null> {
    return (await this.find<R>(type, { id }))[0] ?? null;
  }
  async linking<R>(type: string, link: string, ids: readonly string[]): Promise<R[]> {
    if (ids.length === 0) return [];
    const end = endOf(this.model, type, link);
    const column = `\`${end.column}\` IN (${placeholders(ids.length)})`;
    const condition = end.list ? `t.\`id\` IN (SELECT \`recordId\` FROM \`${end.table}\` WHERE ${column})` : `t.${column}`;
    return (await this.images(entityOf(this.model, type), condition, ids, "share")) as unknown as R[];
  }
  async serialise(): Promise<void> {
    if (this.isSerialised) return;
    this.isSerialised = true;
    await this.transaction.execute(LOCK_THE_LEDGER, []);
  }

  // --- what verbs may write beside their record ---

  async create(type: string, input: Values): Promise<string> {
    const problems: Problem[] = [];
    const entity = entityOf(this.model, type);
    const values = readInput(entity, input, this.model.directory, problems);
    if (problems.length > 0) throw new Rejection(problems);
    const image = await this.prepareNew(entity, values);
    await this.insert(entity, [image]);
    return image.id;
  }
  async update(type: string, id: string, patch: Values): Promise<void> {
    const entity = entityOf(this.model, type);
    await this.change(entity, await this.current(entity, id, null), patch);
  }

  // --- the steps of every write ---

  /** Tells what the records of a batch point to: it is then read together. */
  expect(entity: EntityModel, batch: readonly Values[]): void {
    this.references.expect(batch.flatMap((values) => referencesIn(entity, values).map(({ id }) => id)));
  }

  /** The record as it stands, locked for the change. Rejects one that is missing or has another version. */
  async current(entity: EntityModel, id: string, version: number | null): Promise<Image> {
    const [image] = await this.images(entity, "t.`id` = ?", [id], "update");
    if (!image) return reject(problem("NOT_FOUND", ["id"], `There is no ${entity.type} ${id.slice(0, 60)}.`));
    if (version !== null && image.version !== version) throw this.conflict(image);
    return image;
  }
  private conflict(current: Image): Rejection {
    const message = `The record is at version ${current.version} by now; look at it and send the change again with that version.`;
    return new Rejection([problem("CONFLICT", ["version"], message)], current);
  }

  /** A new record from its values: derived columns filled, references and rules checked. Nothing is written yet. */
  async prepareNew(entity: EntityModel, values: Values): Promise<Image> {
    const image: Image = {
      ...initialValues(entity),
      ...values,
      id: createId(entity.prefix, Date.parse(this.now)),
      version: 1,
      createdAt: this.now,
      updatedAt: this.now,
      findings: [],
    };
    await this.checkLocalReferences(entity, values);
    this.derive(entity, null, image);
    image["findings"] = await this.checkRules(entity, null, image);
    this.created.add(image.id);
    this.drafts.push({ entity, image });
    return image;
  }

  /** Writes new records of one type. */
  async insert(entity: EntityModel, images: readonly Image[]): Promise<void> {
    await this.write(entity, async () => {
      await insertRows(this.transaction, entityRows(entity, images));
      for (const list of entity.lists.values()) await insertRows(this.transaction, listRows(list, images));
    });
    this.drafts = [];
    for (const after of images) this.changes.push({ entity, operation: this.options.act, before: null, after });
  }

  /** Applies a patch to a record; answers the record as it then is. A patch that changes nothing writes nothing. */
  async change(entity: EntityModel, before: Image, patch: Values): Promise<Image> {
    const after: Image = { ...before, ...patch };
    await this.checkLocalReferences(entity, patch);
    this.derive(entity, before, after);
    after["findings"] = await this.checkRules(entity, before, after);
    if (changedKeys(entity, before, after).length === 0) return before;
    Object.assign(after, { version: before.version + 1, updatedAt: this.now });
    await this.write(entity, () => this.replace(entity, before, after));
    this.references.forget(after.id);
    this.changes.push({ entity, operation: this.options.act, before, after });
    return after;
  }

  /** Deletes a record that nothing of its portfolio points to, where those it points to keep their rules without it. */
  async remove(entity: EntityModel, image: Image): Promise<void> {
    await this.serialise();
    await this.checkUnreferenced(entity, image.id);
    for (const list of entity.lists.values()) await this.transaction.execute(`DELETE FROM \`${list.table}\` WHERE \`recordId\` = ?`, [image.id]);
    const affected = await this.transaction.execute(`DELETE FROM \`${entity.table}\` WHERE \`id\` = ? AND \`version\` = ?`, [image.id, image.version]);
    if (affected !== 1) throw this.conflict(image);
    this.references.forget(image.id);
    for (const { key, targets } of entity.stored.values()) {
      const id = targets ? (image[key] as string | null) : null;
      const of = this.model.entities.get(this.model.directory.typeOf(id ?? "") ?? "");
      if (id !== null && id !== image.id && of) await this.checkLeft(of, id, `delete${entity.type}`);
    }
    this.changes.push({ entity, operation: this.options.act, before: image, after: null });
  }

  /** Files all changes in the ledger. The transaction's last step. Answers the entries; null where there was nothing to file. */
  file(): Promise<Filed | null> {
    return fileChanges(this.transaction, this.changes, this.call, this.now);
  }

  private images(entity: EntityModel, condition: string, cells: readonly Cell[], lock: Lock): Promise<Image[]> {
    return readImages(this.transaction, entity, condition, cells, lock);
  }

  private async replace(entity: EntityModel, before: Image, after: Image): Promise<void> {
    const { columns, cells } = entityRows(entity, [after]);
    const affected = await this.transaction.execute(
      `UPDATE \`${entity.table}\` SET ${columns.map((column) => `\`${column}\` = ?`).join(", ")} WHERE \`id\` = ? AND \`version\` = ?`,
      [...cells[0]!, before.id, before.version],
    );
    if (affected !== 1) throw this.conflict(before);
    for (const list of entity.lists.values()) {
      if (sameList(list, before, after)) continue;
      await this.transaction.execute(`DELETE FROM \`${list.table}\` WHERE \`recordId\` = ?`, [after.id]);
      await insertRows(this.transaction, listRows(list, [after]));
    }
  }

  private async write(entity: EntityModel, statements: () => Promise<void>): Promise<void> {
    try {
      await statements();
    } catch (error) {
      const duplicate = duplicateOf(error);
      if (duplicate === null) throw error;
      const external = duplicate.includes("external_id");
      reject(
        problem(
          "DUPLICATE",
          [external ? "externalIds" : "code"],
          external ? `Another ${entity.type} has one of these external ids.` : `Another ${entity.type} has this code; choose one of its own.`,
        ),
      );
    }
  }

  private derive(entity: EntityModel, before: Image | null, after: Image): void {
    const derivation = this.model.portfolio.derivations[entity.type] as Derivation<Image> | undefined;
    if (derivation) Object.assign(after, derivation({ before, after, now: this.now, today: this.today, reason: this.options.reason ?? null }));
  }

  /** Rejects what breaks a rule; answers what is let in with a finding: tolerated by the caller, or broken before and not touched. */
  private async checkRules(entity: EntityModel, before: Image | null, after: Image, act = this.options.act): Promise<Finding[]> {
    const known = new Set(((before?.["findings"] ?? []) as Finding[]).map(({ rule }) => rule));
    const touched = new Set(before ? changedKeys(entity, before, after) : []);
    const findings: Finding[] = [];
    const problems: Problem[] = [];
    for (const { name, check } of (this.model.portfolio.rules[entity.type] ?? []) as unknown as Rule<Image>[]) {
      const violation = await check({ before, after, act, records: this, today: this.today });
      if (!violation) continue;
      if (this.options.tolerate.has(name) || (known.has(name) && !touched.has(violation.path[0] ?? "")))
        findings.push({ rule: name, message: violation.message });
      else problems.push(problem("RULE_BROKEN", violation.path, violation.message, name));
    }
    if (problems.length > 0) throw new Rejection(problems);
    return findings;
  }
  /** Rejects a deletion, `act`, that leaves a record which stays with a rule broken. */
  private async checkLeft(entity: EntityModel, id: string, act: string): Promise<void> {
    const image = await this.current(entity, id, null);
    await this.checkRules(entity, image, image, act);
  }

  private async checkLocalReferences(entity: EntityModel, values: Values): Promise<void> {
    const references = referencesIn(entity, values).filter(({ id }) => !this.created.has(id));
    const missing = await this.references.missing(references.map(({ id }) => id));
    const problems = references.filter(({ id }) => missing.has(id)).map(({ id, path }) => unknownReference(id, path));
    if (problems.length > 0) throw new Rejection(problems);
  }
  private async checkUnreferenced(entity: EntityModel, id: string): Promise<void> {
    const pointsHere = ({ targets }: StoredField) => targets?.includes(entity.type) === true || targets?.includes("*") === true;
    for (const other of this.model.entities.values()) {
      for (const field of other.stored.values()) if (pointsHere(field)) await this.refuseIfAny(other.type, other.table, "id", field.columns[0]!, id);
      for (const list of other.lists.values())
        for (const member of list.members) if (pointsHere(member)) await this.refuseIfAny(other.type, list.table, "recordId", member.columns[0]!, id);
    }
  }
  /** Refuses where a record other than itself names `id`. */
  private async refuseIfAny(type: string, table: string, owner: string, column: string, id: string): Promise<void> {
    const [row] = await this.transaction.query(`SELECT \`${owner}\` AS found FROM \`${table}\` WHERE \`${column}\` = ? AND \`${owner}\` <> ? LIMIT 1`, [
      id,
      id,
    ]);
    if (row) reject(problem("STILL_REFERENCED", ["id"], `${type} ${String(row["found"])} still points to this record; change or delete that one first.`));
  }
}

/** The problem of a link to a record that does not exist. */
export const unknownReference = (id: string, path: readonly string[]): Problem =>
  problem("UNKNOWN_REFERENCE", path, `${path.find((step) => /Ids?$/.test(step)) ?? path.at(-1)} names ${id.slice(0, 60)}, which does not exist.`);

/** A verb's or rule's refusal as a problem. */
export const problemOf = (refusal: Refusal): Problem => problem("RULE_BROKEN", refusal.path, refusal.message, refusal.rule);
