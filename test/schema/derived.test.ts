/** The committed files follow from the sources, and a slip in a declaration does not get as far as a graph. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "graphql";
import { compose, derivedFiles } from "../../subgraphs/derive.js";
import { customer } from "../../subgraphs/customer/index.js";
import { integer, text } from "../../subgraphs/kernel/declare.js";
import { resolveModel } from "../../subgraphs/kernel/model.js";
import type { Portfolio } from "../../subgraphs/kernel/portfolio.js";
import { deriveResolvers } from "../../subgraphs/kernel/resolvers.js";
import { completeSdl } from "../../subgraphs/kernel/sdl/complete.js";
import { readSchemaFile } from "../../subgraphs/kernel/sources.js";
import { projectFolder } from "../../transport/project.js";
import { portfolios } from "../../subgraphs/list.js";

test("The committed supergraph and API are those the sources give, without an error or a hint", () => {
  const { committed } = derivedFiles(); // throws on an error or a hint of composition
  expect([...committed.keys()]).toEqual(["supergraph.graphql", "api.graphql"]);
  for (const [name, text] of committed)
    expect(readFileSync(path.join(projectFolder, "schema", name), "utf8") === text ? `${name} is fresh` : `${name} is stale: npm run derive`).toBe(
      `${name} is fresh`,
    );
});

const subgraph = (sdl: string): string => `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"]) ${sdl}`;

test("Subgraphs that compose do", () => {
  const supergraph = compose(
    new Map([
      ["customer", subgraph("type Query { a: Int }")],
      ["agreement", subgraph("type Query { b: Int }")],
    ]),
  );
  expect(supergraph).toContain(`url: "http://127.0.0.1:4002/graphql"`);
});

test("Two inputs of one name, which would merge in silence, do not compose", () => {
  const first = subgraph("type Query { a(where: Where): Int } input Where { name: String, city: String }");
  const second = subgraph("type Query { b(where: Where): Int } input Where { name: String }");
  expect(() =>
    compose(
      new Map([
        ["customer", first],
        ["agreement", second],
      ]),
    ),
  ).toThrow(/^The subgraphs do not compose:\nhint INCONSISTENT_INPUT_OBJECT_FIELD: .*"city" will not be added to "Where"/);
});

test("Two subgraphs that both answer a field do not compose", () => {
  const both = subgraph(`type Query { thing: Thing @shareable } type Thing @key(fields: "id") { id: ID! name: String }`);
  expect(() =>
    compose(
      new Map([
        ["customer", both],
        ["agreement", both],
      ]),
    ),
  ).toThrow(/error: .*"Thing\.name"/);
});

const handwritten = readSchemaFile("customer.graphql");
/** Derives the customer subgraph as it would be with other declarations or another SDL. */
function deriveCustomer({ portfolio = {}, sdl = handwritten }: { portfolio?: Partial<Portfolio>; sdl?: string }): unknown {
  const changed = { ...customer, ...portfolio };
  const model = resolveModel(
    changed,
    portfolios.map((each) => (each.name === "customer" ? changed : each)),
  );
  return deriveResolvers(model, parse(completeSdl(model, readSchemaFile("common.graphql"), sdl)));
}
const replaced = (from: string, to: string): string => {
  expect(handwritten).toContain(from);
  return handwritten.replace(from, to);
};
const withField = (type: string, field: string): string => replaced(`\n${type} {`, `\n${type} {\n  "Planted." ${field}`);
const withColumn = (column: (typeof customer.entities)[string]["columns"][string]): Partial<Portfolio> => ({
  entities: {
    ...customer.entities,
    CustomerUnit: { ...customer.entities["CustomerUnit"]!, columns: { ...customer.entities["CustomerUnit"]!.columns, planted: column } },
  },
});

test("What is declared is derived", () => {
  expect(deriveCustomer({})).toHaveProperty("Customer");
});

test.each([
  ["a record", withField("type Customer", "planted: String"), "nothing answers Customer.planted"],
  ["a record, by a link", withField("type Customer", "planted: Service"), "nothing answers Customer.planted"],
  ["a record, as a list", withField("type Customer", "planted: [CustomerUnit!]!"), "nothing answers Customer.planted"],
  ["a record, as a page of its portfolio's records", withField("type Customer", "planted: CustomerUnitConnection!"), "nothing answers Customer.planted"],
  ["a record, as a page of others' records", withField("type Customer", "planted: CustomerPlantedConnection!"), "nothing answers a CustomerPlantedConnection"],
  ["another portfolio's record", withField("extend type Service", "planted: Int"), "nothing answers Service.planted"],
  ["the mutations", withField("extend type Mutation", "planted: Int"), "nothing answers Mutation.planted"],
  ["the queries", `${handwritten}\nextend type Query { "Planted." planted: Int }`, "nothing answers Query.planted"],
])("An SDL field that nothing answers is refused: on %s", (_, sdl, message) => {
  expect(() => deriveCustomer({ sdl })).toThrow(message);
});

test("A declaration that the SDL does not show is refused", () => {
  expect(() => deriveCustomer({ portfolio: withColumn(text(10)) })).toThrow("CustomerUnit.planted is declared but not in the SDL");
  expect(() => deriveCustomer({ portfolio: withColumn(integer().optional()) })).toThrow("CustomerUnit.planted is declared but not in the SDL");
  expect(() => deriveCustomer({ sdl: replaced("  supportedBy: [BusinessObjectiveSupport!]!\n", "  other: String\n") })).toThrow(
    "BusinessObjective.supportedBy is declared but not in the SDL",
  );
  expect(() => deriveCustomer({ sdl: replaced("\ntype CustomerUnit {", "\ntype CustomerUnits {") })).toThrow(/CustomerUnit(\.\w+)? is declared but not in/);
});
