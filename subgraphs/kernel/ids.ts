import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID = /^[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The random digits of the last id, and its time: ids of one moment count on from each other, so that later ones sort later. */
let last = { time: -1, digits: [] as number[] };

/** A new id: `<prefix>_<ULID>`, whose first 48 bits are `time` (epoch milliseconds) and whose last 80 are random, or one more than those of the id before it. */
export function createId(prefix: string, time: number): string {
  const digits = time === last.time ? addOne(last.digits) : Array.from(randomBytes(16), (byte) => byte & 31);
  last = { time, digits };
  let head = "";
  for (let rest = time, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) head = ALPHABET.charAt(rest % 32) + head;
  return `${prefix}_${head}${digits.map((digit) => ALPHABET.charAt(digit)).join("")}`;
}
/** The next number of base 32; the largest is followed by 0. */
function addOne(digits: readonly number[]): number[] {
  const next = [...digits];
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = (next[i]! + 1) % 32;
    if (next[i] !== 0) break;
  }
  return next;
}

/** The prefix of an id, or null where `id` is none. */
export const prefixOf = (id: string): string | null => (ID.test(id) ? id.slice(0, 3) : null);

/** Which type and portfolio each id prefix stands for, in the whole graph. */
export class Directory {
  private readonly byPrefix = new Map<string, DirectoryEntry>();
  private readonly byType = new Map<string, DirectoryEntry>();

  constructor(entries: Iterable<DirectoryEntry>) {
    for (const entry of entries) {
      const clash = this.byPrefix.get(entry.prefix) ?? this.byType.get(entry.type);
      if (clash) throw new Error(`${entry.type} (${entry.prefix}) clashes with ${clash.type} (${clash.prefix})`);
      this.byPrefix.set(entry.prefix, entry);
      this.byType.set(entry.type, entry);
    }
  }
  /** The type an id belongs to, or null where no type has its prefix or it is not an id. */
  typeOf(id: string): string | null {
    return this.entryOf(id)?.type ?? null;
  }
  entryOf(id: string): DirectoryEntry | null {
    return this.byPrefix.get(prefixOf(id) ?? "") ?? null;
  }
  entry(type: string): DirectoryEntry {
    const found = this.byType.get(type);
    if (!found) throw new Error(`no portfolio has a type ${type}`);
    return found;
  }
  has(type: string): boolean {
    return this.byType.has(type);
  }
  entries(): DirectoryEntry[] {
    return [...this.byType.values()];
  }
}
export interface DirectoryEntry {
  readonly type: string;
  readonly prefix: string;
  readonly portfolio: string;
  /** Whether it is one of the main entities. */
  readonly main: boolean;
}
