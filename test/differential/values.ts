/** Random values of input types, made of what there is so that conditions hold for some records. */
import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import type { Random } from "../support/random.js";
import type { Pools, Values } from "./pools.js";

/** What a value is for. */
interface Purpose {
  /** Name of the argument or input field. */
  readonly name: string;
  /** The record whose values a condition is made of, where it is one. */
  readonly record?: Values | undefined;
  readonly depth: number;
}

/** Where the story has things to compare. */
const MOMENTS: readonly string[] = ["2025-06-01T00:00:00.000Z", "2026-01-15T08:00:00.000Z", "2026-06-30T12:00:00.000Z", "2026-11-01T00:00:00.000Z"];
const ANY_NUMBERS = [0, 1, 2, 3, 5, 100];
/** What may happen to records of each type that impact starts at. */
export const CHANGES: Readonly<Record<string, readonly string[]>> = {
  Service: ["RETIRE", "OUTAGE", "CHANGE"],
  Application: ["RETIRE", "OUTAGE", "CHANGE"],
  Person: ["LEAVE"],
  Team: ["LEAVE"],
  Supplier: ["LEAVE"],
  Agreement: ["CHANGE", "EXPIRE"],
  Project: ["RETIRE", "DELAY"],
  CustomerUnit: ["RETIRE", "CHANGE"],
};
const RETIRED = Object.keys(CHANGES).filter((type) => CHANGES[type]!.includes("RETIRE"));
const DIFF_TYPES = ["Customer", "Agreement", "Service", "Project", "Application"];

/** Makes JSON values that are valid for input types. Undefined is a value left out. */
export class ValueMaker {
  constructor(
    private readonly random: Random,
    private readonly pools: Pools,
  ) {}

  /** A value for the argument `name` of `field`, a field of `owner`; `entity` is what the field answers, where it is records. */
  argument(owner: string, field: string, name: string, type: GraphQLInputType, entity: string | null): unknown {
    const value = this.meant(owner, field, name, type, entity);
    return value !== undefined && !Array.isArray(value) && isListType(getNullableType(type)) ? [value] : value;
  }

  /** What the argument means by its name, one where it takes several. */
  private meant(owner: string, field: string, name: string, type: GraphQLInputType, entity: string | null): unknown {
    const { random } = this;
    switch (name) {
      case "first":
        if (random.chance(0.0005)) return random.pick([-1, 1001]);
        return random.chance(0.02) ? 0 : random.between(1, 3);
      case "after":
        if (random.chance(0.0005)) return "no cursor";
        return random.chance(0.1) ? this.pick(this.pools.cursors.get(`${owner}.${field}`)) : undefined;
      case "id":
        return random.chance(0.97)
          ? this.idOf(field === "node" ? null : field === "diff" ? random.pick(DIFF_TYPES) : entity)
          : "svc_01H0000000000000000000000Z";
      case "code":
        return this.pick(this.records(entity))?.["code"];
      case "of":
        return this.idOf(random.pick(RETIRED));
      case "change":
        return random.pick(CHANGES[owner] ?? ["RETIRE"]);
      case "ids":
        return Array.from({ length: random.between(1, 3) }, () => this.idOf(null));
      case "services":
        return isNonNullType(type) || random.chance(0.5) ? [this.idOf("Service")] : undefined;
      case "customers":
        return random.chance(0.5) ? [this.idOf("Customer")] : undefined;
      case "managers":
        return random.chance(0.2) ? [this.idOf("Person")] : undefined;
      case "types":
        return random.chance(0.3) ? [random.pick(["Service", "Customer", "Agreement", "Project"])] : undefined;
      case "from":
        return MOMENTS[0];
      case "to":
        return random.pick(MOMENTS.slice(1));
      case "on":
        return "2026-11-20";
      default:
        if (!isNonNullType(type) && random.chance(0.5)) return undefined;
        return this.value(type, { name, record: this.pick(this.records(entity)), depth: 0 });
    }
  }

  /** Any valid value of `type`. */
  value(type: GraphQLInputType, purpose: Purpose): unknown {
    const { random } = this;
    const nullable = getNullableType(type);
    if (isListType(nullable)) return Array.from({ length: random.between(1, 2) }, () => this.value(nullable.ofType, purpose));
    if (isEnumType(nullable)) return this.enumValue(nullable, purpose.record?.[purpose.name]);
    if (isInputObjectType(nullable)) return this.object(nullable, purpose);
    switch (nullable.name) {
      case "Boolean":
        return random.chance(0.5);
      case "Int":
      case "Float":
        return random.pick(ANY_NUMBERS);
      case "Decimal":
        return String(random.pick(ANY_NUMBERS));
      case "Date":
        return this.moment(purpose.name).slice(0, 10);
      case "DateTime":
        return this.moment(purpose.name);
      case "ID":
        return this.idOf(null);
      default:
        return random.pick(["a", "e", 'é\u2028"\\', "S"]);
    }
  }

  private object(type: GraphQLInputObjectType, purpose: Purpose): Values {
    const { name } = type;
    if (name.endsWith("CountWhere") || name === "GroupHaving") return { gte: 0 };
    if (name.endsWith("GroupKey")) return this.groupKey(type);
    if (name.endsWith("Measure")) return this.measure(type);
    if (name === "GroupOrder") return { direction: this.random.pick(["ASC", "DESC"]) };
    if (name.endsWith("Order")) return this.required(type, purpose);
    if (name.endsWith("ManyWhere")) return this.manyWhere(type, purpose);
    if (isCondition(type, "and")) return this.conditions(type, purpose);
    if (name.endsWith("Filter")) return this.filter(type, purpose);
    return this.required(type, purpose);
  }

  /** All that must be given, and now and then what need not. */
  private required(type: GraphQLInputObjectType, purpose: Purpose): Values {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || this.random.chance(0.3));
    return Object.fromEntries(fields.map((field) => [field.name, this.value(field.type, { ...purpose, name: field.name, depth: purpose.depth + 1 })]));
  }

  /** Conditions on a record: one or two of its fields, combined now and then. */
  private conditions(type: GraphQLInputObjectType, purpose: Purpose): Values {
    const { random } = this;
    const inner = { ...purpose, depth: purpose.depth + 1 };
    if (purpose.depth < 2 && random.chance(0.25)) {
      const combination = random.pick(["and", "or", "not"]);
      const condition = () => this.conditions(type, inner);
      return { [combination]: combination === "not" ? { hasFindings: true } : combination === "or" ? [condition(), condition()] : [condition()] };
    }
    const fields = Object.values(type.getFields()).filter(({ name }) => !["and", "or", "not"].includes(name));
    const likely = fields.filter(({ name }) => purpose.record?.[name] !== undefined);
    const chosen = likely.length > 0 && random.chance(0.85) ? random.pick(likely) : random.pick(fields);
    // Behind a link stands another record.
    const record = getNamedType(chosen.type).name.endsWith("Where") ? undefined : purpose.record;
    return { [chosen.name]: this.value(chosen.type, { ...inner, name: chosen.name, record }) };
  }

  /** A condition on one field, which the record's value meets. */
  private filter(type: GraphQLInputObjectType, { name, record }: Purpose): Values {
    const { random } = this;
    const fields = type.getFields();
    const known = record?.[name];
    if (known === null) return "isNull" in fields ? { isNull: true } : {};
    if (type.name === "MoneyFilter") {
      const money = known as { amount: string; currency: string } | undefined;
      return money ? { currency: money.currency, gte: money.amount } : { isNull: false };
    }
    if (known === undefined || typeof known === "object") return "isNull" in fields ? { isNull: random.chance(0.5) } : this.required(type, { name, depth: 3 });
    if (typeof known === "string" && "contains" in fields && random.chance(0.4)) {
      const from = random.between(0, Math.max(0, known.length - 3));
      return random.chance(0.5) ? { contains: [...known].slice(from, from + 3).join("") } : { startsWith: [...known].slice(0, 3).join("") };
    }
    const operators = ["eq", "gte", "lte", "in"].filter((each) => each in fields);
    const operator = random.pick(operators);
    return { [operator]: operator === "in" ? [known] : known };
  }

  private manyWhere(type: GraphQLInputObjectType, purpose: Purpose): Values {
    const fields = type.getFields();
    const quantifier = this.random.pick(["some", "none", "some"].filter((each) => each in fields));
    const inner = fields[quantifier]!.type;
    const condition = purpose.depth > 2 ? {} : this.value(inner, { name: quantifier, depth: purpose.depth + 1 });
    return { [quantifier]: condition };
  }

  /** A moment; what a period ends with lies after what it begins with. */
  private moment(name: string): string {
    return name === "from" ? MOMENTS[0]! : name === "to" ? this.random.pick(MOMENTS.slice(1)) : this.random.pick(MOMENTS);
  }

  private groupKey(type: GraphQLInputObjectType): Values {
    const { field, link } = type.getFields();
    const by = link && this.random.chance(0.4) ? link : field!;
    return { [by.name]: this.enumValue(getNullableType(by.type) as GraphQLEnumType) };
  }
  private measure(type: GraphQLInputObjectType): Values {
    const { field, link } = type.getFields();
    const of = this.random.pick([field, link].filter((each) => each !== undefined));
    return { function: "COUNT_DISTINCT", [of.name]: this.enumValue(getNullableType(of.type) as GraphQLEnumType) };
  }

  private enumValue(type: GraphQLEnumType, known?: unknown): string {
    const names = type.getValues().map(({ name }) => name);
    return typeof known === "string" && names.includes(known) ? known : this.random.pick(names);
  }
  private records(type: string | null): readonly Values[] {
    return (type !== null && this.pools.records.get(type)) || [];
  }
  private idOf(type: string | null): string | undefined {
    const records = type === null ? this.random.pick([...this.pools.records.values()].filter(({ length }) => length > 0)) : this.records(type);
    return this.pick(records)?.["id"] as string | undefined;
  }
  private pick<T>(items: readonly T[] | undefined): T | undefined {
    return items && items.length > 0 ? this.random.pick(items) : undefined;
  }
}

const isCondition = (type: GraphQLInputObjectType, combination: string): boolean => combination in type.getFields();
