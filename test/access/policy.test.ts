/** What of insight's answers is open to customers' people: what is made of nothing but records that concern them; the rest must be hidden by the policy. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Kind, parse } from "graphql";
import { isHidden } from "./cells.js";

/** Read from what they may see (test/access/scoped.test.ts), or answered by the owners of records. */
const OPEN =
  /^(Query\.(nodes?|impact|(find|group)[A-Z]\w+)|(Service|Application|Person|Team|Supplier|Agreement|Project|CustomerUnit)\.impact|Customer\.(services|agreementCoverage|obligationBalance|needResponsiveness)|Service\.customers)$/;

const contributed = parse(readFileSync("schema/generated/insight.graphql", "utf8")).definitions.flatMap((definition) =>
  definition.kind === Kind.OBJECT_TYPE_EXTENSION ? (definition.fields ?? []).map((field) => `${definition.name.value}.${field.name.value}`) : [],
);

test("of the fields that insight answers, those are open to customers' people and all others hidden", () => {
  expect(contributed.length).toBeGreaterThan(50);
  const isOpen = (cell: string) => !isHidden("customer executive", ...(cell.split(".") as [string, string]));
  expect(contributed.filter(isOpen)).toEqual(contributed.filter((cell) => OPEN.test(cell)));
  expect(contributed.filter(isOpen)).toHaveLength(38);
});
