/** Random operations on the API, deep and wide, with ids, codes and filters of records the asker may not see. */
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { api, directory } from "../schema/graph.js";
import { STARTS } from "../insight/impact.world.js";
import { isHidden } from "./cells.js";
import { ConditionMaker } from "./conditions.js";
import type { Random } from "../support/random.js";

/** Who asks; test/access/matrix.test.ts asks for what is hidden from that role. */
const ROLE = "customer executive";
/** Arguments that are made here, though they must be given. */
const MADE: ReadonlySet<string> = new Set(["id", "ids", "by", "change"]);
const canBeAsked = ({ args }: GraphQLField<unknown, unknown>): boolean => args.every((arg) => !isRequiredArgument(arg) || MADE.has(arg.name));
/** What is asked at the root, of portfolios and across them. */
const ROOTS = Object.values(api.getQueryType()!.getFields()).filter((field) => canBeAsked(field) && !isHidden(ROLE, "Query", field.name));
const isAcross = ({ name }: GraphQLField<unknown, unknown>): boolean => /^(find|group)[A-Z]/.test(name);
const [ACROSS, WITHIN] = [ROOTS.filter(isAcross), ROOTS.filter((root) => !isAcross(root))];

/** An operation whose ids and codes are variables, so that it can be asked about others again and again. */
export interface TenantOperation {
  readonly text: string;
  /** Values for its variables, others each time. */
  choose(): Record<string, unknown>;
}

/** What an operation may hold (gateway/security/limits.ts): no more is begun beyond this, so that it fits. */
const MOST_ALIASES = 130;
const MOST_CONDITIONS = 35;
const MOST_FIELDS = 350;
/** How often an argument asks for what is refused: the whole answer may be null for it. */
const REFUSED = 0.01;

export class OperationMaker {
  private readonly conditionMaker: ConditionMaker;
  private aliases = 0;
  private conditions = 0;
  private fields = 0;
  private variables: { readonly declared: string; readonly choose: () => unknown }[] = [];

  constructor(
    private readonly random: Random,
    private readonly ids: readonly string[],
    private readonly codes: readonly string[],
  ) {
    this.conditionMaker = new ConditionMaker(random, ROLE, ids, codes);
  }

  make(): TenantOperation {
    this.aliases = this.conditions = this.fields = 0;
    const variables: typeof this.variables = (this.variables = []);
    const roots = Array.from({ length: this.random.between(1, 2) }, () => this.field(this.random.pick(this.random.chance(0.4) ? ACROSS : WITHIN), 0));
    const declared = variables.length > 0 ? ` (${variables.map(({ declared: each }) => each).join(", ")})` : "";
    return {
      text: `query${declared} { ${roots.join(" ")} }`,
      choose: () => Object.fromEntries(variables.map(({ choose }, i) => [`v${i}`, choose()])),
    };
  }

  /** A variable of that type, as it stands in the text. */
  private variable(type: string, choose: () => unknown): string {
    const name = `$v${this.variables.length}`;
    this.variables.push({ declared: `${name}: ${type}`, choose });
    return name;
  }
  private hasRoom(): boolean {
    return this.aliases < MOST_ALIASES && this.conditions < MOST_CONDITIONS && this.fields < MOST_FIELDS;
  }

  private field(field: GraphQLField<unknown, unknown>, depth: number, parent = "Query"): string {
    const alias = `a${this.aliases++}`;
    return `${alias}: ${field.name}${this.argumentsOf(field, parent, depth)}${this.selectionOf(field.type, depth)}`;
  }

  private argumentsOf({ args, type }: GraphQLField<unknown, unknown>, parent: string, depth: number): string {
    if (args.some(({ name }) => name === "code") && this.random.chance(0.4)) return `(code: ${this.variable("String!", () => this.random.pick(this.codes))})`;
    const given: string[] = [];
    const isGrouping = args.some(({ name }) => name === "by");
    for (const arg of args) {
      const input = getNamedType(arg.type).name;
      if (arg.name === "where" && this.random.chance(0.8)) given.push(`where: ${this.variable(input, () => this.conditionMaker.where(input, 3))}`);
      else if (arg.name === "by") given.push(this.conditionMaker.grouping(input.replace(/GroupKey$/, "")));
      else if (arg.name === "change") given.push(`change: ${this.random.pick(STARTS[parent]!)}`);
      if (isGrouping) continue;
      if (arg.name === "id") given.push(`id: ${this.variable("ID!", () => this.idFor(getNamedType(type).name))}`);
      else if (arg.name === "ids") given.push(`ids: ${this.variable("[ID!]!", () => Array.from({ length: 4 }, () => this.random.pick(this.ids)))}`);
      // Pages within pages multiply.
      else if (arg.name === "first") given.push(`first: ${this.random.pick(depth === 0 ? [1, 3, 40] : [1, 3, 10])}`);
      else if (arg.name === "orderBy" && this.random.chance(0.3)) given.push(`orderBy: [{ field: ${this.orderField(input)}, direction: DESC }]`);
      else if (arg.name === "filter" && this.random.chance(0.4)) given.push(`filter: ${this.filter(input)}`);
    }
    return given.length > 0 ? `(${given.join(", ")})` : "";
  }
  private idFor(type: string): string {
    const own = this.ids.filter((id) => directory.typeOf(id) === type);
    return this.random.pick(own.length > 0 ? own : this.ids);
  }
  private orderField(type: string): string {
    const fields = (api.getType(type) as any).getFields().field.type;
    const names = (getNamedType(fields) as any).getValues().map(({ name }: { name: string }) => name) as string[];
    return this.random.pick(names.filter((name) => !isHidden(ROLE, type.replace(/Order$/, ""), name) || this.random.chance(REFUSED)));
  }
  /** A condition; now and then one that is refused to those who see only their own. */
  private filter(type: string): string {
    const fields = Object.values((api.getType(type) as any).getFields()).filter(({ name }: any) => !["and", "or", "not"].includes(name)) as any[];
    const kindOf = ({ type: input }: any) => getNamedType(input as GraphQLOutputType).name;
    const isRefused = (field: any) =>
      field.name === "hasFindings" || kindOf(field) === "IDFilter" || isHidden(ROLE, type.replace(/Filter$/, ""), field.name as string);
    const refused = type !== "LinkedFilter" && this.random.chance(REFUSED);
    const field = this.random.pick(fields.filter((each) => type === "LinkedFilter" || isRefused(each) === refused));
    const ids = () => `{ in: ${this.variable("[ID!]", () => [this.random.pick(this.ids), this.random.pick(this.ids)])} }`;
    const condition = field.name === "hasFindings" ? "true" : kindOf(field) === "IDFilter" ? ids() : `{ isNull: ${this.random.chance(0.3)} }`;
    return type !== "LinkedFilter" && this.random.chance(0.3) ? `{ not: { ${field.name}: ${condition} } }` : `{ ${field.name}: ${condition} }`;
  }

  private selectionOf(type: GraphQLOutputType, depth: number): string {
    const named = getNamedType(type);
    if (isLeafType(named)) return "";
    if (isAbstractType(named))
      return ` { __typename ${this.someOf(api.getPossibleTypes(named), 8)
        .map((each) => `... on ${each.name} { ${this.leaves(each, true)} }`)
        .join(" ")} }`;
    if (!isObjectType(named)) throw new Error(`${String(type)} is no output of an operation`);
    if (named.name.endsWith("Connection")) return this.connection(named, depth);
    if (depth >= 4) return ` { __typename ${this.leaves(named)} }`;
    const composite = Object.values(named.getFields()).filter(
      (field) => !isLeafType(getNamedType(field.type)) && canBeAsked(field) && !isHidden(ROLE, named.name, field.name),
    );
    const leaves = this.leaves(named);
    const chosen: string[] = [];
    for (let i = this.random.between(1, 3); i > 0 && composite.length > 0 && this.hasRoom(); i--)
      chosen.push(this.field(this.random.pick(composite), depth + 1, named.name));
    return ` { __typename ${leaves} ${chosen.join(" ")} }`;
  }
  private someOf<T>(items: readonly T[], most: number): T[] {
    const left = [...items];
    return Array.from({ length: Math.min(most, left.length) }, () => left.splice(this.random.between(0, left.length - 1), 1)[0]!);
  }
  private connection(type: GraphQLObjectType, depth: number): string {
    const edge = getNamedType(type.getFields()["edges"]!.type) as GraphQLObjectType;
    const because = edge.getFields()["because"];
    const why = because ? ` because${this.selectionOf(because.type, 4)}` : "";
    return ` { totalCount pageInfo { hasNextPage endCursor } edges { cursor node${this.selectionOf(edge.getFields()["node"]!.type, depth + 1)}${why} } }`;
  }
  private leaves(type: GraphQLObjectType, isOneOfSeveral = false): string {
    const leaves = Object.values(type.getFields()).filter(
      (field) => isLeafType(getNamedType(field.type)) && field.args.length === 0 && !isHidden(ROLE, type.name, field.name),
    );
    const names = leaves.map(({ name }) => name).filter((name) => name === "id" || this.random.chance(isOneOfSeveral ? 0.3 : 0.6));
    this.fields += names.length;
    if (isOneOfSeveral) {
      this.conditions++;
      this.aliases += names.length;
    }
    return names.map((name) => (isOneOfSeveral ? `${type.name.toLowerCase()}_${name}: ${name}` : name)).join(" ");
  }
}
