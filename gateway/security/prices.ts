/** What single parts of an operation cost: a field once, an object each time it is answered, what arguments hold. */
import {
  type ArgumentNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  Kind,
  type ValueNode,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isLeafType,
} from "graphql";
import type { Weights } from "./weights.js";

export type Variables = Readonly<Record<string, unknown>>;
/** A number, or how it follows from variables. */
export type Count = number | ((variables: Variables) => number);

/** A mutation at the root, where nothing else is said: it locks, writes and is written into a ledger. */
const MUTATION = 10;
/** Whatever is looked up of fields that do not say. */
const OBJECT = 1;

export class Prices {
  /** Whether values of an input type, by its name, may cost anything. */
  private readonly costly = new Map<string, boolean>();
  private readonly types = new Map<string, number>();

  constructor(
    private readonly schema: GraphQLSchema,
    readonly weights: Weights,
  ) {}

  /** Each object, or value, of a type: 1 and 0 where nothing is said; of an interface or union the most that one of its types costs. */
  ofType(type: GraphQLNamedType): number {
    let weight = this.types.get(type.name);
    if (weight === undefined) this.types.set(type.name, (weight = this.findType(type)));
    return weight;
  }

  /** A field each time it is answered, whatever it answers: 0 where nothing is said, but 10 for a mutation. */
  ofField(type: GraphQLNamedType, field: string): number {
    const { costs } = this.weights;
    const named = isAbstractType(type) ? [type, ...this.schema.getPossibleTypes(type)] : [type];
    const weights = named.flatMap(({ name }) => costs.get(`${name}.${field}`) ?? []);
    if (weights.length > 0) return Math.max(0, ...weights);
    return type === this.schema.getMutationType() ? MUTATION : 0;
  }

  /** What is given to a field's arguments. `defaults` are those of the operation's variables. */
  ofArguments(type: GraphQLNamedType, field: GraphQLField<unknown, unknown>, given: readonly ArgumentNode[], defaults: ReadonlyMap<string, ValueNode>): Count {
    const counts = given.map(({ name, value }): Count => {
      const argument = field.args.find((each) => each.name === name.value);
      const weight = this.weights.costs.get(`${type.name}.${field.name}.${name.value}`) ?? 0;
      if (!argument || (weight === 0 && !this.isCostly(argument.type))) return 0;
      return this.ofLiteral(argument.type, value, weight, defaults);
    });
    return addUp(counts);
  }

  private findType(type: GraphQLNamedType): number {
    if (isAbstractType(type)) return Math.max(0, ...this.schema.getPossibleTypes(type).map((each) => this.ofType(each)));
    return Math.max(0, this.weights.costs.get(type.name) ?? (isLeafType(type) ? 0 : OBJECT));
  }

  private isCostly(type: GraphQLInputType): boolean {
    const named = getNamedType(type);
    let costly = this.costly.get(named.name);
    if (costly !== undefined) return costly;
    // Of inputs that hold themselves the others decide.
    this.costly.set(named.name, false);
    const { costs } = this.weights;
    costly = costs.has(named.name);
    if (isInputObjectType(named)) {
      const fields = Object.values(named.getFields());
      costly ||= fields.some(({ name }) => costs.has(`${named.name}.${name}`)) || fields.some((field) => this.isCostly(field.type));
    }
    this.costly.set(named.name, costly);
    return costly;
  }

  /** A value that the text writes, where `weight` is what holds it. */
  private ofLiteral(type: GraphQLInputType, node: ValueNode, weight: number, defaults: ReadonlyMap<string, ValueNode>): Count {
    if (node.kind === Kind.NULL) return 0;
    if (node.kind === Kind.VARIABLE) {
      const name = node.name.value;
      const given = defaults.get(name);
      const otherwise = given ? this.ofLiteral(type, given, weight, new Map()) : 0;
      return (variables) => (variables[name] === undefined ? valueOf(otherwise, variables) : this.ofValue(type, variables[name], weight));
    }
    const named = getNamedType(type);
    if (node.kind === Kind.LIST) return addUp([Math.max(0, weight), ...node.values.map((each) => this.ofLiteral(type, each, 0, defaults))]);
    if (node.kind !== Kind.OBJECT || !isInputObjectType(named)) return Math.max(0, weight + (this.weights.costs.get(named.name) ?? 0));
    const fields = named.getFields();
    const counts = node.fields.map(({ name, value }): Count => {
      const field = fields[name.value];
      return field ? this.ofLiteral(field.type, value, this.weights.costs.get(`${named.name}.${name.value}`) ?? 0, defaults) : 0;
    });
    return addUp([Math.max(0, weight), ...counts]);
  }

  /** A value that a variable holds. */
  private ofValue(type: GraphQLInputType, value: unknown, weight: number): number {
    if (value === null || value === undefined) return 0;
    const named = getNamedType(type);
    let sum = Math.max(0, weight);
    if (Array.isArray(value)) for (const each of value) sum += this.ofValue(type, each, 0);
    else if (typeof value === "object" && isInputObjectType(named)) {
      const fields = named.getFields();
      for (const [name, inner] of Object.entries(value))
        if (Object.hasOwn(fields, name)) sum += this.ofValue(fields[name]!.type, inner, this.weights.costs.get(`${named.name}.${name}`) ?? 0);
    } else sum = Math.max(0, weight + (this.weights.costs.get(named.name) ?? 0));
    return sum;
  }
}

export const valueOf = (count: Count, variables: Variables): number => (typeof count === "number" ? count : count(variables));

/** The sum; a number where all are. */
export function addUp(counts: readonly Count[]): Count {
  let known = 0;
  const others: Exclude<Count, number>[] = [];
  for (const count of counts)
    if (typeof count === "number") known += count;
    else others.push(count);
  if (others.length === 0) return known;
  return (variables) => {
    let sum = known;
    for (const other of others) sum += other(variables);
    return sum;
  };
}

/** The product; a number where both are. */
export function multiply(one: Count, other: Count): Count {
  if (one === 0 || other === 0) return 0;
  if (typeof one === "number" && typeof other === "number") return one * other;
  return (variables) => valueOf(one, variables) * valueOf(other, variables);
}
