/** No field of any record takes SQL statements for each record: asked of sixty it takes no more than of fifteen, but for links that only some of them have. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  buildSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from "graphql";
import { readFileSync } from "node:fs";
import { generate } from "../../sample/generate.js";
import { type TestGraph, call, openTestGraph } from "../support/graph.js";
import { CHANGES } from "../differential/values.js";

const SCALE = 0.1;
/** Records that are asked about: enough the first time that most links lead somewhere from one of them. */
const FEW = 15;
const MANY = 60;
/** Records of a type without which nothing can be said. */
const ENOUGH = 40;
/** Statements that follow from links which only some of the many have. */
const SOME = 12;
/** Fields of one operation. */
const TOGETHER = 6;
/** How deep what is no record is asked for. */
const DEEP = 3;

const schema = buildSchema(readFileSync("schema/api.graphql", "utf8"), { assumeValidSDL: true });
const isRecord = (type: unknown): boolean => isObjectType(type) && type.getInterfaces().some(({ name }) => name === "Node");

/** Lists of all records of a type, by its name. */
const lists = new Map(
  Object.values(schema.getQueryType()!.getFields()).flatMap((field) => {
    const connection = getNamedType(field.type);
    const nodes = isObjectType(connection) && connection.name.endsWith("Connection") && !field.args.some(isRequiredArgument) && connection.getFields()["nodes"]; // prettier-ignore
    const type = nodes ? getNamedType(nodes.type) : null;
    return isRecord(type) && !field.name.startsWith("find") ? [[type as GraphQLObjectType, field.name] as const] : [];
  }),
);

let graph: TestGraph;
/** Any service, which is what an id means. */
let service: string;
/** The arguments that a field must be given, as text; null where it is not known which. */
function argumentsOf(owner: string, { args }: GraphQLField<unknown, unknown>): string | null {
  const values = args.filter(isRequiredArgument).map(({ name, type }) => {
    switch (getNullableType(type).toString()) {
      case "DateTime":
        return `${name}: "2026-06-01T00:00:00Z"`;
      case "PeriodInput":
        return `${name}: { from: "2026-01-01", to: "2026-12-31" }`;
      case "ImpactChange":
        return `${name}: ${CHANGES[owner]![0]!}`;
      case "[ID!]":
        return `${name}: ["svc_01H0000000000000000000000Z"]`;
      case "ID":
        return `${name}: "${service}"`;
      default:
        return null;
    }
  }); // prettier-ignore
  return values.includes(null) ? null : values.length === 0 ? "" : `(${values.join(", ")})`;
}

/** Everything that is asked of a value of that type: of records their ids. */
function selectionOf(output: GraphQLOutputType, depth = DEEP): string | null {
  const type = getNamedType(output);
  if (!isCompositeType(type)) return "";
  if (isUnionType(type) || isInterfaceType(type)) return "{ __typename }";
  if (isRecord(type)) return "{ id }";
  if (depth === 0) return null;
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const [args, selection] = [argumentsOf(type.name, field), selectionOf(field.type, depth - 1)];
    return args === null || selection === null ? [] : [`${field.name}${args} ${selection}`];
  });
  return `{ __typename ${fields.join(" ")} }`;
}

beforeAll(async () => {
  graph = await openTestGraph();
  await generate(graph.portfolios, { scale: SCALE, seed: 7 });
  await graph.portfolios.insight.follower.catchUp(call, 60_000);
  service = (await graph.ask("{ services(first: 1) { nodes { id } } }")).data["services"].nodes[0].id;
}, 120_000);
afterAll(() => graph.close());

async function statementsOf(query: string, variables: Record<string, unknown>): Promise<number> {
  const databases = [...[...graph.portfolios.local.values()].map(({ database }) => database), graph.portfolios.insight.store.database];
  let statements = 0;
  for (const database of databases) database.onStatement = () => void statements++;
  const { errors } = await graph.ask(query, variables);
  for (const database of databases) database.onStatement = null;
  expect([query, errors]).toEqual([query, undefined]);
  return statements;
}

/** Types with too few. */
const told: string[] = [];
test.each([...lists].map(([type, list]) => [type.name, list, type] as const))(
  "%s",
  async (name, list, type) => {
    const count = (await graph.ask(`{ ${list} { totalCount } }`)).data[list].totalCount as number;
    if (count < ENOUGH) return void told.push(`${name} (${count})`);
    const fields = Object.values(type.getFields()).flatMap((field) => {
      const [args, selection] = [argumentsOf(name, field), selectionOf(field.type)];
      expect([name, field.name, args, selection]).not.toContain(null);
      return `${field.name}${args} ${selection}`;
    });
    const grown: unknown[] = [];
    for (let from = 0; from < fields.length; from += TOGETHER) {
      const query = `query ($first: Int!) { ${list}(first: $first) { nodes { ${fields.slice(from, from + TOGETHER).join(" ")} } } }`;
      await statementsOf(query, { first: FEW });
      const [few, many] = [await statementsOf(query, { first: FEW }), await statementsOf(query, { first: Math.min(count, MANY) })];
      if (many > few + SOME) grown.push({ query, few, many });
    }
    expect(grown).toEqual([]);
  },
  60_000,
);

test("of nearly all types there are enough records", () => {
  expect(told).toEqual(["BusinessDriver (10)", "SignalAcknowledgement (30)", "Supplier (8)", "Team (10)", "UnitConflict (15)"]);
});
