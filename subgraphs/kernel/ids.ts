import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID = /^([a-z]{3})_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** A new id: `<prefix>_<ULID>`, whose first 48 bits are `time` (epoch milliseconds) and whose last 80 are random. */
export function createId(prefix: string, time: number): string {
  let head = "";
  for (let rest = time, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) head = ALPHABET.charAt(rest % 32) + head;
  let tail = "";
  for (const byte of randomBytes(16)) tail += ALPHABET.charAt(byte & 31);
  return `${prefix}_${head}${tail}`;
}

/** The prefix of an id, or null where `id` is none. */
export const prefixOf = (id: string): string | null => ID.exec(id)?.[1] ?? null;

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
