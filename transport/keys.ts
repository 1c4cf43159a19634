/** Who may call subgraphs: a file of callers, their keys and the calls each may make. What leaves the file is refused within 2 s. */
import { type KeyObject, createSecretKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { SettingError } from "./settings.js";

/** What may be asked of a subgraph: any operation, entities by their ids and nothing else, its ledger, whether anything was written, which ids exist, whom a principal stands for. */
const CALLS = ["operations", "references", "ledger", "state", "existence", "concern"] as const;
export type CallKind = (typeof CALLS)[number];

/** Somebody who may call subgraphs. */
export interface Caller {
  readonly name: string;
  /** One, or two while one takes the other's place. The first signs, all are taken. */
  readonly keys: readonly KeyObject[];
  readonly calls: ReadonlySet<CallKind>;
}

/** How long the file is taken as it was, in milliseconds. */
const AGE_MS = 2_000;
const MOST_KEYS = 2;

/** The callers of a file: YAML, `- { name, keys, calls }`, which is read again as it changes. */
export class Keyring {
  private checked = Date.now();

  private constructor(
    private readonly file: string,
    private callers: Promise<ReadonlyMap<string, Caller>>,
  ) {}

  /** Opens a file, where there is one. One that cannot be used is a SettingError. */
  static async open(file: string | undefined): Promise<Keyring | undefined> {
    if (file === undefined) return undefined;
    const callers = load(file);
    await callers;
    return new Keyring(file, callers);
  }

  /** The caller of a name, if there is one now. A SettingError while the file cannot be used: keys may have been taken out of it. */
  async find(name: string): Promise<Caller | undefined> {
    if (Date.now() - this.checked >= AGE_MS) {
      this.checked = Date.now();
      this.callers = load(this.file);
    }
    return (await this.callers).get(name);
  }
}

async function load(file: string): Promise<ReadonlyMap<string, Caller>> {
  try {
    const list = parse(await readFile(file, "utf8")) as unknown;
    if (!Array.isArray(list)) throw new Error("it is no list");
    const callers = list.map(readCaller);
    const twice = callers.find(({ name }, index) => callers.findIndex((each) => each.name === name) < index);
    if (twice) throw new Error(`it names ${twice.name} twice`);
    return new Map(callers.map((caller) => [caller.name, caller]));
  } catch (cause) {
    // A parser's message would quote the file, and so its keys.
    const why = cause instanceof Error && cause.name === "Error" ? cause.message.split("\n", 1)[0] : "it is no YAML";
    throw new SettingError("SUBGRAPH_KEYS", `names ${file}, which holds no keys (${why}); see docs/access.md`, { cause });
  }
}

function readCaller(value: unknown): Caller {
  const { name, keys, calls, ...more } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) throw new Error("a caller has no name");
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MOST_KEYS || !keys.every(isSecret))
    throw new Error(`the keys of ${name} are not one or two texts of 32 to 200 letters`);
  if (!Array.isArray(calls) || !calls.every(isCallKind)) throw new Error(`the calls of ${name} are not a list of ${CALLS.join(", ")}`);
  if (Object.keys(more).length > 0) throw new Error(`${name} holds ${Object.keys(more)[0]}, which means nothing`);
  return { name, keys: keys.map((secret) => createSecretKey(secret, "utf8")), calls: new Set(calls) };
}

const isSecret = (value: unknown): value is string => typeof value === "string" && /^[\x21-\x7e]{32,200}$/.test(value);
const isCallKind = (value: unknown): value is CallKind => (CALLS as readonly unknown[]).includes(value);
