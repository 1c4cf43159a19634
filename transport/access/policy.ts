/** The policy file (schema/policy.yaml): which fields a principal may read and set, and which mutations it may ask for. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { SettingError } from "../settings.js";
import type { Principal } from "../subgraph.js";

/** The role in which portfolios ask each other. Principals from outside never have it. */
export const PORTFOLIO_ROLE = "portfolio";

/** What one principal may do, whichever records it sees. */
export interface Rights {
  /** Names these rights among others, for caches. */
  readonly key: string;
  /** Whether nothing at all is refused. */
  readonly isWhole: boolean;
  mayRead(type: string, field: string): boolean;
  maySet(type: string, field: string): boolean;
  /** Whether a mutation may be asked for that answers records of `type`; null where it names none. */
  mayWrite(mutation: string, type: string | null): boolean;
}

interface Role {
  readonly reads: readonly string[];
  readonly hides: readonly string[];
  readonly writes: readonly string[];
  readonly keeps: readonly string[];
  readonly customersOnly: boolean;
}

/** Never hidden: what a record is. */
const OPEN_FIELDS: ReadonlySet<string> = new Set(["id", "version", "__typename"]);
/** What Federation and GraphQL themselves ask. */
const OPEN_ROOTS: ReadonlySet<string> = new Set(["_entities", "_service", "__schema", "__type"]);

export class Policy {
  private readonly known = new Map<string, Rights>();
  /** The same by principal: each fetch of a request asks for the same one. */
  private readonly ofPrincipals = new WeakMap<Principal, Rights>();

  private constructor(
    private readonly roles: ReadonlyMap<string, Role>,
    private readonly limitedHides: readonly string[],
    private readonly shows: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** Reads the text of a policy file; what it does not understand is a SettingError. `name` is the file's. */
  static read(text: string, name: string): Policy {
    try {
      const { limited = {}, shows = {}, roles, ...rest } = parse(text) as Record<string, unknown>;
      if (Object.keys(rest).length > 0 || typeof roles !== "object" || roles === null) throw new Error("it holds limited, shows and roles, nothing else");
      const { hides: limitedHides, ...more } = limited as Record<string, unknown>;
      if (Object.keys(more).length > 0) throw new Error("limited holds hides and nothing else");
      return new Policy(
        new Map(Object.entries(roles).map(([role, body]) => [role, readRole(role, body)])),
        readList("limited.hides", limitedHides),
        new Map(Object.entries(shows as Record<string, unknown>).map(([field, sources]) => [field, readList(`shows.${field}`, sources)])),
      );
    } catch (cause) {
      throw new SettingError("POLICY", `names ${name}, which is no policy (${(cause as Error).message.split("\n", 1)[0]}); correct it`, { cause });
    }
  }

  /** Reads a policy file; one that cannot be read is a SettingError. */
  static load(file: string): Policy {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (cause) {
      throw new SettingError("POLICY", `names ${file}, which cannot be read (${(cause as NodeJS.ErrnoException).code}); name a policy file`, { cause });
    }
    return Policy.read(text, file);
  }

  get roleNames(): readonly string[] {
    return [...this.roles.keys()];
  }

  /** Whether the role is for those who are limited to customers. */
  isForCustomers(role: string): boolean {
    return this.roles.get(role)?.customersOnly ?? false;
  }

  /** What a principal may do: all that one of its roles lets it. Roles that are not in the file give nothing. */
  rightsOf(principal: Principal): Rights {
    let rights = this.ofPrincipals.get(principal);
    if (!rights) this.ofPrincipals.set(principal, (rights = this.find(principal)));
    return rights;
  }

  private find({ roles, customers }: Principal): Rights {
    const isLimited = customers !== null;
    const key = `${isLimited ? "limited" : "all"} ${[...new Set(roles)].sort().join("\n")}`;
    let rights = this.known.get(key);
    if (!rights) {
      if (this.known.size > 1_000) this.known.clear();
      this.known.set(key, (rights = this.make(key, roles, isLimited)));
    }
    return rights;
  }

  private make(key: string, names: readonly string[], isLimited: boolean): Rights {
    const roles = names.flatMap((name) => this.roles.get(name) ?? []).filter(({ customersOnly }) => isLimited || !customersOnly);
    const hidden = isLimited ? this.limitedHides : [];
    const isOpen = (type: string, field: string): boolean =>
      OPEN_FIELDS.has(field) || (type === "Query" && OPEN_ROOTS.has(field)) || type.startsWith("__") || type === "_Service";
    const reads = (type: string, field: string): boolean =>
      !matches(hidden, type, field) && roles.some((role) => matches(role.reads, type, field) && !matches(role.hides, type, field));
    const mayRead = (type: string, field: string): boolean =>
      isOpen(type, field) ||
      (reads(type, field) && (this.shows.get(`${type}.${field}`) ?? []).every((source) => mayRead(...(source.split(".") as [string, string]))));
    return {
      key,
      isWhole:
        hidden.length === 0 &&
        roles.some((role) => role.reads.includes("*") && role.hides.length === 0 && role.writes.includes("*") && role.keeps.length === 0),
      mayRead,
      maySet: (type, field) => mayRead(type, field) && roles.some(({ keeps }) => !matches(keeps, type, field)),
      mayWrite: (mutation, type) =>
        !isLimited && roles.some(({ writes }) => writes.includes("*") || writes.includes(mutation) || (type !== null && writes.includes(type))),
    };
  }
}

function readRole(name: string, body: unknown): Role {
  const { reads, hides, writes, keeps, customersOnly = false, ...rest } = (body ?? {}) as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new Error(`the role ${name} holds ${unknown}, which means nothing`);
  if (typeof customersOnly !== "boolean") throw new Error(`customersOnly of the role ${name} is true or false`);
  const list = (key: string, value: unknown) => readList(`${key} of the role ${name}`, value);
  return { reads: list("reads", reads), hides: list("hides", hides), writes: list("writes", writes), keeps: list("keeps", keeps), customersOnly };
}
function readList(where: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const PATTERN = /^(\*|\w+)(\.\w+\*?)?$/;
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string" && PATTERN.test(each)))
    throw new Error(`${where} is a list such as [Type, Type.field]`);
  return value as string[];
}

/** Whether one of the patterns names the field. */
function matches(patterns: readonly string[], type: string, field: string): boolean {
  return patterns.some((pattern) => {
    const [of, name] = pattern.split(".") as [string, string?];
    if (of !== "*" && of !== type) return false;
    if (name === undefined) return true;
    return name.endsWith("*") ? field.startsWith(name.slice(0, -1)) : field === name;
  });
}
