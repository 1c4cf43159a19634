/** Conditions across portfolios and groupings once more, as a reader of domain.md would work them out over rows in memory: slowly, and with nothing of the product's. */
import type { Random } from "../support/random.js";

export type Row = Record<string, any> & { id: string };
export type Where = Record<string, any>;
interface LinkOf {
  readonly target: string;
  readonly many: boolean;
  follow(row: Row): Row[];
}
/** The values, or ids, that a group's records have in common. */
type Keys = (string | null)[];
/** A value and its currency. */
type Measure = [string | null, string | null];
export interface NaiveGroup {
  readonly keys: Keys;
  readonly count: number;
  readonly measures: readonly Measure[];
}

/** Days of each type that are compared. */
const DAYS: Readonly<Record<string, readonly string[]>> = {
  Customer: ["verifiedOn"],
  Agreement: ["startOn", "endOn"],
  Service: ["verifiedOn"],
  ServiceDependency: ["validFrom", "validTo"],
  Application: ["verifiedOn"],
  Project: ["actualEnd", "plannedEnd", "approvedEnd"],
  Person: ["verifiedOn"],
};
/** Types that are found, and compared themselves, not only as what others are linked to. */
export const FOUND: Readonly<Record<string, string>> = {
  Customer: "findCustomers",
  Agreement: "findAgreements",
  Service: "findServices",
  Application: "findApplications",
  Project: "findProjects",
  Person: "findPeople",
};

/** Records in memory, by type. */
export class NaiveRecords {
  constructor(private readonly rows: Readonly<Record<string, readonly Row[]>>) {}

  private all(type: string): readonly Row[] {
    return this.rows[type] ?? [];
  }
  private byId(type: string, ...ids: (string | null)[]): Row[] {
    return this.all(type).filter(({ id }) => ids.includes(id));
  }

  /** The links as a reader of domain.md would follow them. */
  readonly links: Readonly<Record<string, Readonly<Record<string, LinkOf>>>> = {
    Customer: {
      parent: this.one("Customer", ({ parentId }) => parentId),
      children: this.many("Customer", (row) => this.all("Customer").filter(({ parentId }) => parentId === row.id)),
      agreements: this.many("Agreement", (row) => this.all("Agreement").filter(({ parties }) => parties.some((party: any) => party.partyId === row.id))),
      serviceDependencies: this.many("ServiceDependency", (row) => this.all("ServiceDependency").filter(({ customerId }) => customerId === row.id)),
      projects: this.many("Project", (row) =>
        this.byId(
          "Project",
          ...this.all("Deliverable")
            .filter(({ customerIds, state }) => customerIds.includes(row.id) && state !== "DROPPED")
            .map(({ projectId }) => projectId),
        ),
      ),
    },
    Agreement: {
      services: this.many("Service", (row) => this.byId("Service", ...row["serviceIds"])),
      customers: this.many("Customer", (row) => this.byId("Customer", ...row["parties"].map(({ partyId }: any) => partyId))),
      obligations: this.many("Obligation", (row) => this.all("Obligation").filter(({ agreementId }) => agreementId === row.id)),
      targets: this.many("ServiceLevelTarget", (row) => this.all("ServiceLevelTarget").filter(({ agreementId }) => agreementId === row.id)),
    },
    Obligation: { agreement: this.one("Agreement", ({ agreementId }) => agreementId) },
    ServiceLevelTarget: {
      agreement: this.one("Agreement", ({ agreementId }) => agreementId),
      service: this.one("Service", ({ serviceId }) => serviceId),
    },
    Service: {
      owner: this.one("Person", ({ ownerId }) => ownerId),
      dependsOn: this.many("Service", (row) => this.byId("Service", ...row["dependsOnIds"])),
      supports: this.many("Service", (row) => this.all("Service").filter(({ dependsOnIds }) => dependsOnIds.includes(row.id))),
      agreements: this.many("Agreement", (row) => this.all("Agreement").filter(({ serviceIds }) => serviceIds.includes(row.id))),
      applications: this.many("Application", (row) =>
        this.byId(
          "Application",
          ...this.all("ApplicationFunction")
            .filter(({ supportIds }) => supportIds.includes(row.id))
            .map(({ applicationId }) => applicationId),
        ),
      ),
      customerDependencies: this.many("ServiceDependency", (row) => this.all("ServiceDependency").filter(({ serviceId }) => serviceId === row.id)),
      targets: this.many("ServiceLevelTarget", (row) => this.all("ServiceLevelTarget").filter(({ serviceId }) => serviceId === row.id)),
    },
    ServiceDependency: {
      customer: this.one("Customer", ({ customerId }) => customerId),
      service: this.one("Service", ({ serviceId }) => serviceId),
    },
    Application: {
      services: this.many("Service", (row) =>
        this.byId(
          "Service",
          ...this.all("ApplicationFunction")
            .filter(({ applicationId }) => applicationId === row.id)
            .flatMap(({ supportIds }) => supportIds),
        ),
      ),
    },
    Project: {
      manager: this.one("Person", ({ managerId }) => managerId),
      customers: this.many("Customer", (row) =>
        this.byId(
          "Customer",
          ...this.all("Deliverable")
            .filter(({ projectId, state }) => projectId === row.id && state !== "DROPPED")
            .flatMap(({ customerIds }) => customerIds),
        ),
      ),
    },
    Person: {
      ownsServices: this.many("Service", (row) => this.all("Service").filter(({ ownerId }) => ownerId === row.id)),
      managesProjects: this.many("Project", (row) => this.all("Project").filter(({ managerId }) => managerId === row.id)),
      managesRelationships: this.many("Relationship", (row) => this.all("Relationship").filter(({ managerId }) => managerId === row.id)),
    },
    Relationship: {
      customer: this.one("Customer", ({ customerId }) => customerId),
      manager: this.one("Person", ({ managerId }) => managerId),
    },
  };
  private one(target: string, idOf: (row: Row) => string | null): LinkOf {
    return { target, many: false, follow: (row) => this.byId(target, idOf(row)) };
  }
  private many(target: string, follow: (row: Row) => Row[]): LinkOf {
    return { target, many: true, follow };
  }

  /** The records that match, by their ids. */
  find(type: string, where: Where): Row[] {
    return this.all(type)
      .filter((row) => this.matches(type, row, where))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private matches(type: string, row: Row, where: Where): boolean {
    return Object.entries(where).every(([name, condition]) => {
      if (name === "and") return condition.every((each: Where) => this.matches(type, row, each));
      if (name === "or") return condition.some((each: Where) => this.matches(type, row, each));
      if (name === "not") return !this.matches(type, row, condition);
      if (name === "compare") return condition.every((each: Where) => this.isSo(type, row, each));
      const link = this.links[type]![name];
      if (!link) return matchesScalar(row[name], condition);
      const records = [...new Set(link.follow(row))];
      if (!link.many) return records.some((record) => this.matches(link.target, record, condition));
      const holds = (record: Row, inner: Where) => this.matches(link.target, record, inner);
      if (condition.some) return records.some((record) => holds(record, condition.some));
      if (condition.none) return !records.some((record) => holds(record, condition.none));
      if (condition.every) return records.every((record) => holds(record, condition.every));
      const { of, ...range } = condition.count;
      return matchesScalar(records.filter((record) => holds(record, of ?? {})).length, range);
    });
  }

  /** Whether two days lie to each other as wanted; where one is missing they do not. */
  private isSo(type: string, row: Row, { date, with: other, daysAfter }: Where): boolean {
    const [one, two] = [this.dayOf(type, row, date), this.dayOf(type, row, other)];
    return one !== null && two !== null && matchesScalar((Date.parse(one) - Date.parse(two)) / 86_400_000, daysAfter);
  }
  private dayOf(type: string, row: Row, day: Where): string | null {
    const filled = (record: Row, fields: string[]): string | null => fields.map((field) => record[field] ?? null).find((each) => each !== null) ?? null;
    if (day["fields"]) return filled(row, day["fields"]);
    const [[which, linked]] = Object.entries(day) as [[string, Where]];
    const [[name, { fields, where }]] = Object.entries(linked) as [[string, Where]];
    const { target, follow } = this.links[type]![name]!;
    const found = follow(row)
      .filter((record) => this.matches(target, record, where ?? {}))
      .flatMap((record) => filled(record, fields) ?? [])
      .sort();
    return found.at(which === "earliest" ? 0 : -1) ?? null;
  }

  // --- groupings ---

  /** The ids to which a link leads, each once; null where it leads nowhere. */
  linked(type: string, link: string, row: Row): Keys {
    return orNull([...new Set(this.links[type]![link]!.follow(row).map(({ id }) => id))]);
  }

  /** What records of each type can be grouped by, as it is asked for: the values of a record. */
  readonly keys: Readonly<Record<string, Readonly<Record<string, (row: Row) => Keys>>>> = {
    Agreement: {
      "{ field: state }": ({ state }) => [state],
      "{ field: startOn, bucket: YEAR }": ({ startOn }) => [startOn?.slice(0, 4) ?? null],
      "{ field: startOn, bucket: MONTH }": ({ startOn }) => [startOn?.slice(0, 7) ?? null],
      "{ link: customers }": (row) => this.linked("Agreement", "customers", row),
      "{ link: services }": (row) => this.linked("Agreement", "services", row),
    },
    Project: {
      "{ field: manager }": ({ managerId }) => [managerId],
      "{ field: percentComplete }": ({ percentComplete }) => [percentComplete === null ? null : String(percentComplete)],
      "{ link: customers }": (row) => this.linked("Project", "customers", row),
    },
    Service: {
      "{ field: kind }": ({ kind }) => [kind],
      "{ field: owner }": ({ ownerId }) => [ownerId],
      "{ link: supports }": (row) => this.linked("Service", "supports", row),
      "{ link: agreements }": (row) => this.linked("Service", "agreements", row),
      "{ link: applications }": (row) => this.linked("Service", "applications", row),
    },
    Customer: {
      "{ field: kind }": ({ kind }) => [kind],
      "{ link: agreements }": (row) => this.linked("Customer", "agreements", row),
      "{ link: projects }": (row) => this.linked("Customer", "projects", row),
    },
  };
  /** What can be said of a group of records of each type, as it is asked for. */
  readonly measures: Readonly<Record<string, Readonly<Record<string, (some: readonly Row[]) => Measure[]>>>> = {
    Agreement: {
      "{ function: SUM, field: value }": (some) => (sums(some).length > 0 ? sums(some) : [[null, null]]),
      "{ function: MAX, field: startOn }": (some) => [
        [
          some
            .flatMap(({ startOn }) => startOn ?? [])
            .sort()
            .at(-1) ?? null,
          null,
        ],
      ],
      "{ function: COUNT_DISTINCT, link: customers }": (some) => this.countLinked("Agreement", "customers", some),
    },
    Project: {
      "{ function: SUM, field: percentComplete }": (some) => ofNumbers(some, (all) => all.reduce((a, b) => a + b, 0)),
      "{ function: AVG, field: percentComplete }": (some) => ofNumbers(some, (all) => Number((all.reduce((a, b) => a + b, 0) / all.length).toFixed(6))),
      "{ function: MIN, field: percentComplete }": (some) => ofNumbers(some, (all) => Math.min(...all)),
      "{ function: COUNT_DISTINCT, field: manager }": (some) => [[String(new Set(some.flatMap(({ managerId }) => managerId ?? [])).size), null]],
      "{ function: COUNT_DISTINCT, link: customers }": (some) => this.countLinked("Project", "customers", some),
    },
    Service: {
      "{ function: COUNT_DISTINCT, field: owner }": (some) => [[String(new Set(some.flatMap(({ ownerId }) => ownerId ?? [])).size), null]],
      "{ function: COUNT_DISTINCT, link: applications }": (some) => this.countLinked("Service", "applications", some),
      "{ function: COUNT_DISTINCT, link: agreements }": (some) => this.countLinked("Service", "agreements", some),
    },
    Customer: { "{ function: COUNT_DISTINCT, link: agreements }": (some) => this.countLinked("Customer", "agreements", some) },
  };
  private countLinked(type: string, link: string, some: readonly Row[]): Measure[] {
    return [[String(new Set(some.flatMap((row) => this.links[type]![link]!.follow(row))).size), null]];
  }

  /** The groups of the records that match, by keys and measures of those above: largest first. */
  group(type: string, where: Where, by: readonly string[], measures: readonly string[]): NaiveGroup[] {
    const keysOf = (row: Row): Keys[] =>
      by.reduce<Keys[]>((all, key) => all.flatMap((keys) => this.keys[type]![key]!(row).map((value) => [...keys, value])), [[]]);
    return groupNaively(this.find(type, where), keysOf, (some) => measures.flatMap((measure) => this.measures[type]![measure]!(some)));
  }
}

/** Records by all their keys, largest group first, then by the keys. */
export function groupNaively(records: readonly Row[], keysOf: (row: Row) => Keys[], measuresOf: (some: readonly Row[]) => Measure[]): NaiveGroup[] {
  const found = new Map<string, { keys: Keys; rows: Row[] }>();
  for (const row of records)
    for (const keys of keysOf(row))
      (found.get(JSON.stringify(keys)) ?? found.set(JSON.stringify(keys), { keys, rows: [] }).get(JSON.stringify(keys))!).rows.push(row);
  const label = (keys: Keys) => keys.map((key) => key ?? "").join("\u0000");
  return [...found.values()]
    .map(({ keys, rows }) => ({ keys, count: rows.length, measures: measuresOf(rows) }))
    .sort((a, b) => b.count - a.count || (label(a.keys) < label(b.keys) ? -1 : 1));
}
export const orNull = (ids: string[]): Keys => (ids.length > 0 ? ids : [null]);
function ofNumbers(some: readonly Row[], workOut: (numbers: number[]) => number): Measure[] {
  const numbers = some.flatMap(({ percentComplete }): number[] => percentComplete ?? []);
  return [[numbers.length > 0 ? String(workOut(numbers)) : null, null]];
}

/** What agreements are worth, by currency. */
export function sums(some: readonly Row[]): Measure[] {
  const totals = new Map<string, number>();
  for (const { value } of some) if (value) totals.set(value.currency, (totals.get(value.currency) ?? 0) + value.minor);
  return [...totals].map(([currency, minor]) => [`${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`, currency]);
}

function matchesScalar(value: any, condition: Where): boolean {
  return Object.entries(condition).every(([word, wanted]) => {
    if (word === "isNull") return (value === null) === wanted;
    if (word === "not") return value !== wanted;
    if (value === null) return false;
    switch (word) {
      case "eq":
        return value === wanted;
      case "in":
        return wanted.includes(value);
      case "gt":
        return value > wanted;
      case "gte":
        return value >= wanted;
      case "lt":
        return value < wanted;
      default:
        return value <= wanted;
    }
  });
}

/** Makes random wheres along the links of those records. */
export class WhereMaker {
  constructor(
    private readonly random: Random,
    private readonly links: NaiveRecords["links"],
    /** A condition on a field of a type. */
    private readonly scalar: (type: string) => Where,
  ) {}

  make(type: string, depth: number): Where {
    const { random } = this;
    const where: Where = {};
    for (let i = random.between(1, 2); i > 0; i--) {
      const shape = depth > 0 ? random.next() : 0;
      if (shape < 0.25) Object.assign(where, this.scalar(type));
      else if (shape < 0.33 && type in FOUND) where["compare"] = Array.from({ length: random.between(1, 2) }, () => this.comparison(type, depth - 1));
      else if (shape < 0.45) {
        const word = random.pick(["and", "or", "not"]);
        where[word] = word === "not" ? this.make(type, depth - 1) : Array.from({ length: random.between(0, 2) }, () => this.make(type, depth - 1));
      } else {
        const [name, link] = random.pick(Object.entries(this.links[type]!));
        const inner = () => this.make(link.target, depth - 1);
        where[name] = !link.many
          ? inner()
          : random.pick([
              () => ({ some: inner() }),
              () => ({ none: inner() }),
              () => ({ every: inner() }),
              () => ({ count: { ...(random.chance(0.5) ? { of: inner() } : {}), [random.pick(["eq", "gt", "gte", "lt", "lte"])]: random.between(0, 3) } }),
            ])();
      }
    }
    return where;
  }

  private comparison(type: string, depth: number): Where {
    return {
      date: this.day(type, depth),
      with: this.day(type, depth),
      daysAfter: { [this.random.pick(["eq", "gt", "gte", "lt", "lte"])]: this.random.pick([-1096, -367, -366, -2, -1, 0, 1, 2, 60, 61, 366, 1096]) },
    };
  }

  /** A day of a record of the type, or of what one of its links leads to. */
  private day(type: string, depth: number): Where {
    const { random } = this;
    const fields = (of: string) => random.pick([DAYS[of]!, DAYS[of]!.toReversed(), [random.pick(DAYS[of]!)]]);
    const many = Object.entries(this.links[type]!).filter(([, { many: isMany, target }]) => isMany && target in DAYS);
    if (depth === 0 || many.length === 0 || random.chance(0.4)) return { fields: fields(type) };
    const [name, { target }] = random.pick(many);
    return {
      [random.pick(["earliest", "latest"])]: { [name]: { fields: fields(target), ...(random.chance(0.4) ? { where: this.make(target, depth - 1) } : {}) } },
    };
  }
}
