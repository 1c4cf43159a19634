/** What one request may read of a portfolio at most, whatever pages it asks for. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { call, databaseKinds, newDatabase } from "../support/graph.js";
import { watchStatements } from "../support/statements.js";
import { openPeople } from "./people.js";

const PEOPLE = 40;
const REFUSED = {
  message: "The operation reads more than 50 rows of one portfolio; ask for smaller pages, or in several requests.",
  extensions: { code: "OPERATION_TOO_LARGE" },
};

describe.each(databaseKinds)("a request on %s that may read 50 rows", (kind) => {
  let people: LocalSubgraph;
  let ids: string[];
  const ask = (query: string, variables = {}, asOf?: string) => people.execute({ query, variables }, asOf === undefined ? call : { ...call, asOf });

  beforeAll(async () => {
    people = await openPeople({ ...newDatabase(kind), mostRows: 50 }, () => undefined);
    const inputs = Array.from({ length: PEOPLE }, (_, i) => `{ code: "P-${i}", name: "Person ${i}" }`);
    ids = [];
    for (let from = 0; from < PEOPLE; from += 10) {
      const creates = inputs.slice(from, from + 10).map((input, i) => `a${i}: createPerson(input: ${input}) { person { id } }`);
      const { data } = await ask(`mutation { ${creates.join(" ")} }`);
      ids.push(...Object.values(data as Record<string, { person: { id: string } }>).map(({ person }) => person.id));
    }
  }, 60_000);
  afterAll(() => people.close());

  test("reads as many", async () => {
    const { data, errors } = await ask("{ people(first: 40) { nodes { code } } few: people(first: 9) { nodes { code } } }");
    expect([errors, (data as any).people.nodes.length, (data as any).few.nodes.length]).toEqual([undefined, 40, 9]);
  });

  test.each([["now"], ["as of a moment"]])("reads no more, %s: its fields are null, and say what to do", async (when) => {
    const asOf = when === "now" ? undefined : new Date().toISOString();
    const { data, errors } = await ask("{ people(first: 40) { nodes { code } } more: people(first: 11) { nodes { code } } }", {}, asOf);
    expect(data).toBeNull();
    expect(errors!.length).toBeGreaterThan(0);
    for (const error of errors!) expect(error).toMatchObject(REFUSED);
  });

  test("one statement answers no more than one row too many", async () => {
    const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Person { code } } }";
    const representations = (count: number) => ({ r: Array.from({ length: count }, (_, i) => ({ __typename: "Person", id: ids[i]! })) });
    const { answer, statements } = await watchStatements(people.database, () => ask(query, representations(PEOPLE)));
    expect([answer.errors, (answer.data!["_entities"] as unknown[]).length]).toEqual([undefined, PEOPLE]);
    expect(statements).toEqual([expect.stringMatching(/ LIMIT 51$/)]);
  });
});
