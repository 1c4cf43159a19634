/** What the policy and the SDL must agree on. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Kind, isInterfaceType, isIntrospectionType, isNonNullType, isObjectType, parse } from "graphql";
import { checkDeniable } from "../../subgraphs/derive.js";
import { Policy } from "../../transport/access/policy.js";
import { api } from "../schema/graph.js";
import { isHidden, roles } from "./cells.js";

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

test("every field that is hidden from some role may be null, so that asking for it takes nothing else with it", () => {
  const fields = Object.values(api.getTypeMap()).flatMap((type) =>
    (isObjectType(type) || isInterfaceType(type)) && !isIntrospectionType(type) && type !== api.getMutationType()
      ? Object.values(type.getFields()).map((field) => ({ type: type.name, field }))
      : [],
  );
  const hidden = fields.filter(({ type, field }) => roles.some((role) => isHidden(role, type, field.name)));
  const names = hidden.map(({ type, field }) => `${type}.${field.name}`);
  expect(names).toEqual(
    expect.arrayContaining(["Customer.revenue", "Customer.history", "PortfolioKnowledge.at", "PortfolioKnowledge.seq", "RecordQuality.freshness"]),
  );
  expect(hidden.filter(({ field }) => isNonNullType(field.type)).map(({ type, field }) => `${type}.${field.name}`)).toEqual([]);
});

test("a hidden field that knows no null is not derived from", () => {
  const policy = Policy.read(
    `
limited: { hides: ["*.secret"] }
shows: { Customer.worth: [Customer.revenue] }
roles:
  developer: { reads: ["*"] }
  seller: { reads: ["*"], hides: [Customer.revenue, Query.group*] }
  guest: { customersOnly: true, reads: ["*"], hides: [Note] }`,
    "policy",
  );
  const sdl = (mark: string) => `
    type Query { customers: [Customer!]! groupCustomers: Int${mark} }
    type Mutation { createCustomer: Customer! }
    type Customer { id: ID! name: String! revenue: Int${mark} worth: Int${mark} }
    extend type Agreement { secret: [Int!]${mark} }
    type Note { id: ID! text: String${mark} }`;
  expect(() => checkDeniable(parse(sdl("")), policy)).not.toThrow();
  expect(() => checkDeniable(parse(sdl("!")), policy)).toThrow(
    new Error(
      "schema/policy.yaml hides Query.groupCustomers, Customer.revenue, Customer.worth, Agreement.secret, Note.text from somebody, but null may not stand there; take the ! off the type in the SDL.",
    ),
  );
});
