/**
 * Requests with an idempotency key: the first is carried out, and what came of it is written with it, in its transaction. The same request
 * again is answered the same within 24 hours. What was refused wrote nothing, is not remembered, and may be tried again under its key.
 */
import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import type { CallContext } from "../../../transport/subgraph.js";
import { type Database, type Transaction, duplicateOf } from "../database/database.js";
import type { Outcome } from "./writer.js";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How often a process throws away what is older than a day. */
const SWEEP_MS = 60 * 60 * 1000;
const swept = new WeakMap<Database, number>();

const digestOf = (...parts: readonly string[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
const momentOf = (time: number): string => new Date(time).toISOString();

/** One mutation of a request that has a key. */
export class RememberedRequest {
  /** Who asks, and under which key. */
  private readonly key: string;
  /** The same, and which of the request's mutations. */
  private readonly id: string;
  private readonly digest: string;

  private constructor(
    private readonly database: Database,
    private readonly call: CallContext,
    { key, digest }: NonNullable<CallContext["idempotency"]>,
    field: string,
  ) {
    this.key = digestOf(call.principal.subject, key);
    this.id = digestOf(this.key, field);
    this.digest = digest;
  }

  /** The mutation answered under the name `field`; null where the request has no key. */
  static of(database: Database, call: CallContext, field: string): RememberedRequest | null {
    return call.idempotency ? new RememberedRequest(database, call, call.idempotency, field) : null;
  }

  /** What came of it before; null where it has not been carried out. Throws where the key was given to another request. */
  async recall(): Promise<Outcome | null> {
    const rows = await this.database.read(
      "SELECT `id`, `digest`, `outcome` FROM `request` WHERE `key` = ? AND `at` > ?",
      [this.key, momentOf(Date.now() - DAY_MS)],
      this.call,
    );
    for (const [, digest] of rows) this.checkDigest(digest);
    const outcome = rows.find(([id]) => id === this.id)?.[2];
    return outcome ? (JSON.parse(outcome as string) as Outcome) : null;
  }

  /** Takes the request's place, so that the same one waits for this transaction. Where it has been carried out meanwhile, answers what came of it. */
  async take(transaction: Transaction): Promise<Outcome | null> {
    const now = Date.now();
    await transaction.execute("DELETE FROM `request` WHERE `id` = ? AND `at` <= ?", [this.id, momentOf(now - DAY_MS)]);
    try {
      await transaction.execute("INSERT INTO `request` (`id`, `key`, `digest`, `at`) VALUES (?, ?, ?, ?)", [this.id, this.key, this.digest, momentOf(now)]);
      return null;
    } catch (error) {
      if (duplicateOf(error) === null) throw error;
    }
    const [row] = await transaction.query("SELECT `digest`, `outcome` FROM `request` WHERE `id` = ?", [this.id]);
    this.checkDigest(row!["digest"]);
    return JSON.parse(row!["outcome"] as string) as Outcome;
  }

  /** Writes what came of it, or gives the place up where that is nothing. */
  async keep(transaction: Transaction, outcome: Outcome): Promise<void> {
    if (outcome.problems.length > 0) await transaction.execute("DELETE FROM `request` WHERE `id` = ?", [this.id]);
    else await transaction.execute("UPDATE `request` SET `outcome` = ? WHERE `id` = ?", [JSON.stringify(outcome), this.id]);
  }

  /** Throws away what is older than a day, once an hour. */
  async sweep(): Promise<void> {
    const now = Date.now();
    if (now < (swept.get(this.database) ?? 0) + SWEEP_MS) return;
    swept.set(this.database, now);
    await this.database.transaction((transaction) => transaction.execute("DELETE FROM `request` WHERE `at` <= ?", [momentOf(now - DAY_MS)]));
  }

  private checkDigest(digest: unknown): void {
    if (digest === this.digest) return;
    const message = "Another request was sent with this idempotency-key; give each its own, and send one again exactly as it was.";
    throw new GraphQLError(message, { extensions: { code: "IDEMPOTENCY_KEY_REUSED" } });
  }
}
