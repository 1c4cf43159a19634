/** What the supergraph says in `@requiresScopes`, read by hand, against the policy. */
import { readFileSync } from "node:fs";
import { type ConstDirectiveNode, type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, parse } from "graphql";
import { expect, test } from "@jest/globals";
import { api } from "../schema/graph.js";
import { policy } from "../support/graph.js";
import { roles } from "./cells.js";

const document = parse(readFileSync("schema/supergraph.graphql", "utf8"));
const types = document.definitions.filter((node): node is ObjectTypeDefinitionNode => node.kind === Kind.OBJECT_TYPE_DEFINITION);
const callers = roles.filter((role) => role !== "portfolio").flatMap((role) => [null, []].map((customers) => ({ role, customers })));

/** The scopes as docs/access.md says a router is to give them. */
const scopesOf = ({ role, customers }: (typeof callers)[number]) => [role.replaceAll(" ", "-"), customers === null ? "all-customers" : "own-customers"];
function lets({ directives = [] }: FieldDefinitionNode, caller: (typeof callers)[number]): boolean {
  return directives
    .filter(({ name }) => name.value === "requiresScopes")
    .every((directive) => alternativesOf(directive).some((all) => all.every((each) => scopesOf(caller).includes(each))));
}
const alternativesOf = ({ arguments: [scopes] = [] }: ConstDirectiveNode): string[][] =>
  (scopes!.value as any).values.map(({ values }: any) => values.map(({ value }: any) => value));
const answerOf = (mutation: string): string => {
  const payload = String(api.getMutationType()!.getFields()[mutation]!.type).replace("!", "");
  return payload === "DeletePayload" ? mutation.slice("delete".length) : payload.replace(/Payload$/, "");
};

test("a field may be read, and a mutation asked for, by those whom the policy lets; where all may who may anything, its root says it", () => {
  expect(types.length).toBeGreaterThan(100);
  const differing: string[] = [];
  let compared = 0;
  let refused = 0;
  for (const { name, fields = [] } of types)
    for (const field of fields)
      for (const caller of callers) {
        const rights = policy.rightsOf({ subject: "", roles: [caller.role], customers: caller.customers });
        const may = name.value === "Mutation" ? rights.mayWrite(field.name.value, answerOf(field.name.value)) : rights.mayRead(name.value, field.name.value);
        // Who reads nothing at all is stopped at the root.
        const stopped = !["Query", "Mutation"].includes(name.value) && !rights.mayRead("Query", "customer");
        if (!stopped && may !== lets(field, caller)) differing.push(`${name.value}.${field.name.value} for ${scopesOf(caller).join(" ")}`);
        compared++;
        if (!lets(field, caller)) refused++;
      }
  expect(differing).toEqual([]);
  expect(compared).toBeGreaterThan(10_000);
  expect(refused).toBeGreaterThan(2_000);
});

test("every root field asks for a role, so that nothing is read without one", () => {
  const roots = types.filter(({ name }) => name.value === "Query" || name.value === "Mutation").flatMap(({ fields = [] }) => fields);
  expect(roots.length).toBeGreaterThan(250);
  expect(roots.filter((field) => lets(field, { role: "nobody", customers: null })).map(({ name }) => name.value)).toEqual([]);
});

test("some cells, by hand", () => {
  const of = (type: string, field: string) => types.find(({ name }) => name.value === type)!.fields!.find(({ name }) => name.value === field)!;
  const readers = (type: string, field: string) => callers.filter((caller) => lets(of(type, field), caller)).map((caller) => scopesOf(caller).join(" "));
  expect(readers("Mutation", "createApplication")).toEqual(["developer all-customers", "application-manager all-customers"]);
  expect(readers("Person", "email")).not.toContain("analyst all-customers");
  expect(readers("Person", "email")).toContain("CIO all-customers");
  expect(readers("Agreement", "value")).toContain("customer-executive own-customers");
  expect(readers("Customer", "health").filter((scopes) => scopes.endsWith("own-customers"))).toEqual([]);
});
