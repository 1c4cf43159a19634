/** Random valid operations over a schema: every kind of selection, argument and variable that GraphQL knows. */
import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Random } from "../support/random.js";
import type { Hides } from "./monolith.js";
import { type Pools, type Values, entityOfList, isEntity } from "./pools.js";
import { ValueMaker } from "./values.js";

export interface GeneratedOperation {
  readonly text: string;
  readonly variables: Values;
  readonly operationName?: string | undefined;
}

type AnyField = GraphQLField<unknown, unknown>;

/** How deep objects stand in objects, and how many fields an operation has, about. */
const DEEPEST = 7;
const MOST_FIELDS = 35;
/** Gateways compile operations up to so many conditions for each set of their values. */
const MOST_CONDITIONS = 4;

/** Names that every object has; `__proto__` is refused. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== "__proto__");

/** How often a field is asked for a second time beside itself, alike or nearly, and how long what is asked of it may be. */
const TWICE = 0.1;
const MOST_LETTERS = 400;

/** How often a field that is avoided may be chosen all the same, and how often one that is sought is. */
const AVOIDED = 0.02;
const SOUGHT = 0.3;

/** Fields that are asked for seldom, and often. */
interface Tastes {
  readonly avoids?: Hides;
  readonly seeks?: Hides;
  /** No field is asked for twice beside itself: what is fetched for both is one call here and two of Apollo's, of which each may fail. */
  readonly isOnce?: boolean;
}

/** Makes operations; it remembers what they asked for, and asks sooner for what none did. */
export class OperationMaker {
  /** How often each field was asked for, by "Type.field". */
  readonly visits = new Map<string, number>();

  constructor(
    readonly schema: GraphQLSchema,
    readonly pools: Pools,
    readonly random: Random,
    readonly tastes: Tastes = {},
  ) {
    for (const type of Object.values(schema.getTypeMap()))
      if (isObjectType(type) && isReadType(type)) for (const name of Object.keys(type.getFields())) this.visits.set(`${type.name}.${name}`, 0);
  }

  /** A query; validation may still refuse it where response names conflict. */
  make(): GeneratedOperation {
    return new OneOperation(this).make();
  }

  /** The share of the schema's fields that operations have asked for. */
  visited(): number {
    return [...this.visits.values()].filter(Boolean).length / this.visits.size;
  }
}

/** Whether queries can answer the type. */
const isReadType = ({ name }: GraphQLObjectType): boolean => !name.startsWith("__") && name !== "Mutation" && !name.endsWith("Payload") && name !== "Problem";

class OneOperation {
  private readonly random: Random;
  private readonly values: ValueMaker;
  private readonly variables: Record<string, unknown> = {};
  private readonly definitions: string[] = [];
  private readonly conditions: string[] = [];
  private readonly fragments = new Map<string, { type: string; text: string }>();
  private fields = 0;
  private aliases = 0;
  private readonly inherited = [...INHERITED];

  constructor(private readonly maker: OperationMaker) {
    this.random = maker.random;
    this.values = new ValueMaker(maker.random, maker.pools);
  }

  make(): GeneratedOperation {
    const { random } = this;
    const query = this.maker.schema.getQueryType()!;
    const roots = Object.values(query.getFields());
    const selected = Array.from({ length: random.between(1, 3) }, () => this.field(query, this.sooner(query, roots), 1, true));
    if (random.chance(0.1)) selected.push("__typename");
    const named = random.chance(0.8);
    const definitions = this.definitions.length > 0 ? `(${this.definitions.join(", ")})` : "";
    const head = named || definitions ? `query ${named ? "Generated" : ""}${definitions} ` : "";
    const fragments = [...this.fragments].map(([name, { type, text }]) => `fragment ${name} on ${type} ${text}`);
    return {
      text: [`${head}{ ${selected.join(" ")} }`, ...fragments].join("\n"),
      variables: this.variables,
      operationName: named && random.chance(0.5) ? "Generated" : undefined,
    };
  }

  // --- selections ---

  /** One of the fields; those that were asked for less, sooner. */
  private sooner(type: GraphQLObjectType, fields: readonly AnyField[]): AnyField {
    const { avoids, seeks } = this.maker.tastes;
    const sought = seeks ? fields.filter(({ name }) => seeks(type.name, name)) : [];
    const wanted = avoids ? fields.filter(({ name }) => !avoids(type.name, name)) : fields;
    let some = wanted.length === 0 || (wanted.length < fields.length && this.random.chance(AVOIDED)) ? fields : wanted;
    if (sought.length > 0 && this.random.chance(SOUGHT)) some = sought;
    const candidates = Array.from({ length: 3 }, () => this.random.pick(some));
    const visits = (field: AnyField) => this.maker.visits.get(`${type.name}.${field.name}`) ?? 0;
    return candidates.reduce((best, each) => (visits(each) < visits(best) ? each : best));
  }

  private set(type: GraphQLCompositeType, depth: number): string {
    const parts = isObjectType(type) ? this.ofObject(type, depth) : this.ofAbstract(type, depth);
    const fragment = this.random.chance(0.12) && !parts.some((part) => part.startsWith("...F"));
    if (!fragment) return `{ ${parts.join(" ")} }`;
    const name = `F${this.fragments.size}`;
    this.fragments.set(name, { type: type.name, text: `{ ${parts.join(" ")} }` });
    return `{ ...${name}${this.directive()} }`;
  }

  private ofObject(type: GraphQLObjectType, depth: number): string[] {
    const { random } = this;
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
    const composites = fields.filter((field) => !isLeafType(getNamedType(field.type)));
    const parts: string[] = [];
    if (random.chance(0.12)) parts.push(random.chance(0.3) ? `kind${this.aliases++}: __typename` : "__typename");
    const room = () => this.fields < MOST_FIELDS && depth < DEEPEST;
    if (leaves.length > 0) for (let i = random.between(1, isEntity(type) ? 4 : 3); i > 0; i--) parts.push(this.field(type, this.sooner(type, leaves), depth));
    const isStep = leaves.length < 2 || /(Connection|Edge)$/.test(type.name);
    for (let i = isStep ? random.between(1, 2) : random.between(0, 2); i > 0 && composites.length > 0 && room(); i--)
      parts.push(this.field(type, this.sooner(type, composites), depth));
    if (parts.length === 0) parts.push(leaves.length > 0 ? this.field(type, leaves[0]!, depth) : "__typename");
    return this.inFragments(type, [...new Set(parts)]);
  }

  /** Some of the parts within inline fragments, or within named ones that are spread. */
  private inFragments(type: GraphQLObjectType, parts: string[]): string[] {
    const { random } = this;
    if (!random.chance(0.15)) return parts;
    const [inside, outside] = [parts.slice(0, 1), parts.slice(1)];
    const abstract = type.getInterfaces()[0];
    if (abstract && random.chance(0.3)) return [`... on ${abstract.name} { id }`, ...parts];
    return [`...${random.chance(0.6) ? ` on ${type.name}` : ""}${this.directive()} { ${inside.join(" ")} }`, ...outside];
  }

  private ofAbstract(type: GraphQLCompositeType, depth: number): string[] {
    const { random } = this;
    const parts: string[] = ["__typename"];
    if (isInterfaceType(type) && random.chance(0.6)) parts.push("id");
    const possible = isAbstractType(type) ? [...this.maker.schema.getPossibleTypes(type)] : [];
    for (let i = random.between(1, Math.min(possible.length, 3)); i > 0 && depth < DEEPEST; i--) {
      const [one] = possible.splice(random.between(0, possible.length - 1), 1);
      // Names of one's own: fields of one name and different types would conflict.
      const fields = Object.values(one!.getFields()).filter((field) => depth + 1 < DEEPEST || isLeafType(getNamedType(field.type)));
      const selected = Array.from({ length: random.between(1, 3) }, () => this.field(one!, this.sooner(one!, fields), depth, false, true));
      parts.push(`... on ${one!.name}${this.directive()} { ${selected.join(" ")} }`);
    }
    return parts;
  }

  private field(type: GraphQLObjectType, field: AnyField, depth: number, isRoot = false, alone = false): string {
    const { random } = this;
    const name = `${type.name}.${field.name}`;
    this.maker.visits.set(name, (this.maker.visits.get(name) ?? 0) + 1);
    this.fields++;
    const args = this.arguments(type, field);
    const inner = getNamedType(field.type);
    const set = isCompositeType(inner) ? ` ${this.set(inner, depth + 1)}` : "";
    const aliased =
      alone || isRoot || field.args.length > 0 || set !== "" ? random.chance(alone || field.args.length > 0 || isRoot ? 0.95 : 0.5) : random.chance(0.1);
    const asked = `${aliased ? `${this.alias()}: ` : ""}${field.name}${args}${isRoot ? this.directive(0.02) : this.directive()}${set}`;
    if (set === "" || set.length > MOST_LETTERS || this.maker.tastes.isOnce || !random.chance(TWICE)) return asked;
    // The same of other records, but for what is asked of the last of them.
    const nearly = random.chance(0.5) ? set : set.replace(/first: \d+(?!.*first: )/, "first: 1");
    return `${asked} ${this.alias()}: ${field.name}${random.chance(0.5) ? args : this.arguments(type, field)}${nearly}`;
  }

  /** A response name that no other field of the operation has. */
  private alias(): string {
    const { random, inherited } = this;
    if (inherited.length === 0 || !random.chance(0.02)) return `a${this.aliases++}`;
    return inherited.splice(random.between(0, inherited.length - 1), 1)[0]!;
  }

  private directive(probability = 0.06): string {
    const { random } = this;
    if (!random.chance(probability)) return "";
    const name = random.pick(["include", "skip"]);
    if (random.chance(0.2)) return ` @${name}(if: ${name === "include" || random.chance(0.3)})`;
    if (this.conditions.length < MOST_CONDITIONS && random.chance(0.7)) {
      const variable = `c${this.conditions.length}`;
      const holds = random.chance(0.5);
      const given = random.chance(0.7);
      this.definitions.push(`$${variable}: Boolean! ${given ? "" : `= ${holds}`}`.trim());
      if (given) this.variables[variable] = holds;
      this.conditions.push(variable);
      return ` @${name}(if: $${variable})`;
    }
    return this.conditions.length === 0 ? "" : ` @${name}(if: $${random.pick(this.conditions)})`;
  }

  // --- arguments ---

  private arguments(type: GraphQLObjectType, field: AnyField): string {
    const entity =
      entityOfList(field)?.name ??
      (isEntity(getNamedType(field.type)) ? getNamedType(field.type).name : /^group(\w+)$/.exec(field.name) ? this.grouped(field) : null);
    const given: Record<string, unknown> = {};
    for (const { name, type: argument } of field.args) {
      const value = this.values.argument(type.name, field.name, name, argument, entity);
      if (value !== undefined) given[name] = value;
      else if (isNonNullType(argument)) given[name] = this.values.value(argument, { name, depth: 0 });
    }
    // By id or by code; by both now and then.
    if ("id" in given && "code" in given && this.random.chance(0.9)) delete given[this.random.pick(["id", "code"])];
    // Cursors are of the order without any.
    if ("after" in given) delete given["orderBy"];
    const parts = field.args
      .filter(({ name }) => name in given)
      .map((argument) => `${argument.name}: ${this.input(argument.type, given[argument.name], argument.defaultValue)}`);
    return parts.length > 0 ? `(${parts.join(", ")})` : "";
  }

  /** The type of the records that a field groups. */
  private grouped(field: AnyField): string | null {
    const where = field.args.find(({ name }) => name === "where");
    return where ? getNamedType(where.type).name.replace(/Where$/, "") : null;
  }

  /** A value as it stands in the text: written out, or a variable. */
  private input(type: GraphQLInputType, value: unknown, defaultValue?: unknown): string {
    if (this.random.chance(0.25)) return this.variable(type, value, defaultValue);
    const nullable = getNullableType(type);
    if (value === null) return "null";
    if (isListType(nullable)) return `[${(value as unknown[]).map((item) => this.input(nullable.ofType, item)).join(", ")}]`;
    if (isInputObjectType(nullable)) {
      const fields = nullable.getFields();
      return `{ ${Object.entries(value as object)
        .map(([name, inner]) => `${name}: ${this.input(fields[name]!.type, inner, fields[name]!.defaultValue)}`)
        .join(", ")} }`;
    }
    return isEnumType(nullable) ? (value as string) : JSON.stringify(value);
  }

  private variable(type: GraphQLInputType, value: unknown, defaultValue: unknown): string {
    const name = `v${this.definitions.length}`;
    const { random } = this;
    // Where a default stands in for a value, a variable that may be left out will do.
    const declared = isNonNullType(type) && defaultValue !== undefined && random.chance(0.5) ? String(type.ofType) : String(type);
    const plain = getNullableType(type);
    const isPlain = isLeafType(plain) && !isEnumType(plain);
    if (isPlain && random.chance(0.2)) this.definitions.push(`$${name}: ${declared} = ${JSON.stringify(value)}`);
    else {
      this.definitions.push(`$${name}: ${declared}`);
      this.variables[name] = value;
    }
    return `$${name}`;
  }
}
