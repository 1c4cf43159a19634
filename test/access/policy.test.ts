/** Insight joins the records of all customers: the policy must hide all it answers from those who see only their own. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Kind, parse } from "graphql";
import { isHidden } from "./cells.js";

/** They answer only what their owners show the caller. */
const FOR_ALL = ["Query.node", "Query.nodes"];

const contributed = parse(readFileSync("schema/generated/insight.graphql", "utf8")).definitions.flatMap((definition) =>
  definition.kind === Kind.OBJECT_TYPE_EXTENSION ? (definition.fields ?? []).map((field) => `${definition.name.value}.${field.name.value}`) : [],
);

test("every field that insight answers is hidden from customers' people", () => {
  expect(contributed.length).toBeGreaterThan(50);
  const open = contributed.filter((cell) => !isHidden("customer executive", ...(cell.split(".") as [string, string])));
  expect(open).toEqual(FOR_ALL);
});
