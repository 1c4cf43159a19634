/** Reads the story: the acts of `story/*.yaml`, in the order in which they happened. */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { projectFolder } from "../transport/project.js";

/** How many acts the story has: told here, so that a process that only wants to know whether it is told need not read it. */
export const ACTS = 452;

/** Something somebody did at a moment, in one transaction. */
export interface Act {
  /** Its place in the story, from 1. */
  readonly number: number;
  /** When it was done: UTC, RFC 3339 with milliseconds. */
  readonly at: string;
  /** Who did it. */
  readonly by: string;
  readonly deed: Creation | Deed;
  /** Where it is written, for messages. */
  readonly place: string;
}

/** New records of one type. */
export interface Creation {
  readonly create: string;
  readonly records: readonly { readonly ref: string | null; readonly input: Input }[];
}

/** A change of one record, or a verb carried out on it. */
export interface Deed {
  /** The mutation: `updateX`, `deleteX` or a verb. */
  readonly do: string;
  readonly to: string;
  readonly input: Input;
  /** Records that the verb makes beside its own: their names and types. */
  readonly makes: Readonly<Record<string, string>>;
}
export type Input = Readonly<Record<string, unknown>>;

/** An entry of a file's `acts`; README.md tells what the keys mean. */
interface Entry {
  readonly at: string | readonly string[];
  readonly by?: string;
  readonly create?: string;
  readonly all?: Input;
  readonly records?: Readonly<Record<string, Input>> | readonly Input[];
  readonly do?: string;
  readonly to?: string | readonly string[];
  readonly input?: Input;
  readonly makes?: Readonly<Record<string, string>>;
}
interface Chapter {
  readonly by?: string;
  readonly acts: readonly Entry[];
}

const storyFolder = path.join(projectFolder, "sample", "story");

/** All acts, oldest first; those of one moment in the order of the files and of their entries. Throws when an entry means nothing. */
export function readActs(folder = storyFolder): Act[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort();
  const acts = files.flatMap((file) => actsOf(file, parse(readFileSync(path.join(folder, file), "utf8")) as Chapter));
  return acts.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))).map((act, i) => ({ number: i + 1, ...act }));
}

type Unnumbered = Omit<Act, "number">;

function actsOf(file: string, chapter: Chapter): Unnumbered[] {
  return chapter.acts.flatMap((entry, i) => {
    const place = `${file}, act ${i + 1}`;
    const by = entry.by ?? chapter.by;
    if (!by) throw new Error(`${place} does not say by whom.`);
    return listOf(entry.at).flatMap((at) => deedsOf(entry, place).map((deed) => ({ at: momentOf(at, place), by, deed, place })));
  });
}

function momentOf(text: string, place: string): string {
  const moment = new Date(text);
  if (!/T.*Z$/.test(text) || Number.isNaN(moment.getTime())) throw new Error(`${place}: "${text}" is not a moment like 2026-03-01T09:30:00Z.`);
  return moment.toISOString();
}

function deedsOf(entry: Entry, place: string): (Creation | Deed)[] {
  const strange = Object.keys(entry).find((key) => !KEYS.has(key));
  if (strange) throw new Error(`${place} has a key ${strange}; ${[...KEYS].join(", ")} are known.`);
  if (entry.create && entry.records && !entry.do) return [{ create: entry.create, records: recordsOf(entry.records, entry.all ?? {}) }];
  const { do: name, to, input = {}, makes = {} } = entry;
  if (name && to && !entry.create) return listOf(to).map((ref) => ({ do: name, to: ref, input, makes }));
  throw new Error(`${place} neither creates records nor does something to one.`);
}
const KEYS = new Set(["at", "by", "create", "all", "records", "do", "to", "input", "makes"]);

const recordsOf = (records: NonNullable<Entry["records"]>, shared: Input): Creation["records"] =>
  Array.isArray(records)
    ? (records as Input[]).map((input) => ({ ref: null, input: { ...shared, ...input } }))
    : Object.entries(records as Record<string, Input>).map(([ref, input]) => ({ ref, input: { ...shared, ...input } }));

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [value as T]);
