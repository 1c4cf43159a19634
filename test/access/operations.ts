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
import { isHidden } from "./cells.js";
import type { Random } from "../support/random.js";

/** Who asks; test/access/matrix.test.ts asks for what is hidden from that role. */
const ROLE = "customer executive";
/** Insight's fields on records, refused to those who are asked for here. */
const isInsight = ({ name, args }: GraphQLField<unknown, unknown>): boolean =>
  ["signals", "diff", "impact"].includes(name) || args.some((arg) => isRequiredArgument(arg) && arg.name !== "id" && arg.name !== "ids");
/** Roots that name no record and no list of records. */
const ROOTS = Object.values(api.getQueryType()!.getFields()).filter((field) => !isInsight(field) && !isHidden(ROLE, "Query", field.name));

export class OperationMaker {
  private aliases = 0;

  constructor(
    private readonly random: Random,
    private readonly ids: readonly string[],
    private readonly codes: readonly string[],
  ) {}

  make(): string {
    this.aliases = 0;
    const roots = Array.from({ length: this.random.between(1, 2) }, () => this.field(this.random.pick(ROOTS), 0));
    return `query { ${roots.join(" ")} }`;
  }

  private field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const alias = `a${this.aliases++}`;
    return `${alias}: ${field.name}${this.argumentsOf(field)}${this.selectionOf(field.type, depth)}`;
  }

  private argumentsOf({ args, type }: GraphQLField<unknown, unknown>): string {
    const given: string[] = [];
    for (const arg of args) {
      if (arg.name === "id") given.push(`id: "${this.idFor(getNamedType(type).name)}"`);
      else if (arg.name === "ids") given.push(`ids: [${Array.from({ length: 4 }, () => `"${this.random.pick(this.ids)}"`).join(", ")}]`);
      else if (arg.name === "first") given.push(`first: ${this.random.pick([1, 3, 40])}`);
      else if (arg.name === "orderBy" && this.random.chance(0.3))
        given.push(`orderBy: [{ field: ${this.orderField(getNamedType(arg.type).name)}, direction: DESC }]`);
      else if (arg.name === "filter" && this.random.chance(0.4)) given.push(`filter: ${this.filter(getNamedType(arg.type).name)}`);
    }
    if (args.some((arg) => arg.name === "code") && this.random.chance(0.4)) return `(code: "${this.random.pick(this.codes)}")`;
    return given.length > 0 ? `(${given.join(", ")})` : "";
  }
  private idFor(type: string): string {
    const own = this.ids.filter((id) => directory.typeOf(id) === type);
    return this.random.pick(own.length > 0 ? own : this.ids);
  }
  private orderField(type: string): string {
    const fields = (api.getType(type) as any).getFields().field.type;
    return (this.random.pick((getNamedType(fields) as any).getValues()) as { name: string }).name;
  }
  private filter(type: string): string {
    const fields = Object.values((api.getType(type) as any).getFields()).filter(
      ({ name }: any) => !["and", "or", "not", "hasFindings"].includes(name),
    ) as any[];
    const { name, type: input } = this.random.pick(fields);
    const named = getNamedType(input as GraphQLOutputType).name;
    const condition =
      named === "IDFilter" ? `{ in: ["${this.random.pick(this.ids)}", "${this.random.pick(this.ids)}"] }` : `{ isNull: ${this.random.chance(0.3)} }`;
    if (type === "LinkedFilter") return `{ id: ${condition} }`;
    return this.random.chance(0.3) ? `{ not: { ${name}: ${condition} } }` : `{ ${name}: ${condition} }`;
  }

  private selectionOf(type: GraphQLOutputType, depth: number): string {
    const named = getNamedType(type);
    if (isLeafType(named)) return "";
    if (isAbstractType(named))
      return ` { __typename ${api
        .getPossibleTypes(named)
        .slice(0, 8)
        .map((each) => `... on ${each.name} { ${this.leaves(each, true)} }`)
        .join(" ")} }`;
    if (!isObjectType(named)) throw new Error(`${String(type)} is no output of an operation`);
    if (named.name.endsWith("Connection")) return this.connection(named, depth);
    if (depth >= 4) return ` { __typename ${this.leaves(named)} }`;
    const composite = Object.values(named.getFields()).filter(
      (field) => !isLeafType(getNamedType(field.type)) && !isInsight(field) && !isHidden(ROLE, named.name, field.name),
    );
    const chosen = composite.length === 0 ? [] : Array.from({ length: this.random.between(1, 3) }, () => this.random.pick(composite));
    return ` { __typename ${this.leaves(named)} ${chosen.map((field) => this.field(field, depth + 1)).join(" ")} }`;
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
    return leaves
      .map(({ name }) => name)
      .filter((name) => name === "id" || this.random.chance(0.6))
      .map((name) => (isOneOfSeveral ? `${type.name.toLowerCase()}_${name}: ${name}` : name))
      .join(" ");
  }
}
