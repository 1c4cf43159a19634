/** As-of reads: what every portfolio answered at a moment, it answers of that moment ever after. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, getNamedType, isLeafType, isObjectType, isUnionType, parse } from "graphql";
import { readActs } from "../../sample/acts.js";
import { loadStory } from "../../sample/replay.js";
import { pluralOf } from "../../subgraphs/kernel/names.js";
import type { LocalSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";

/** Whatever is stored of `type`, and where its links lead: computed fields follow today's date. */
function selectionOf(schema: GraphQLSchema, type: GraphQLObjectType, computed: object, depth: number): string {
  return Object.values(type.getFields())
    .filter(({ name }) => !(name in computed))
    .flatMap((field) => selectField(schema, field, depth))
    .join(" ");
}
function selectField(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>, depth: number): string[] {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return [field.name];
  if (isUnionType(type))
    return [
      `${field.name} { ${type
        .getTypes()
        .map(({ name }) => `... on ${name} { id }`)
        .join(" ")} }`,
    ];
  if (!isObjectType(type)) return [];
  if (field.name === "history") return ["history(first: 1000) { totalCount nodes { seq at operation version fields { field from to } } }"];
  if (type.name.endsWith("Connection")) {
    const edge = getNamedType(type.getFields()["edges"]!.type) as GraphQLObjectType;
    return [`${field.name}(first: 1000) { totalCount ${"because" in edge.getFields() ? "edges { node { id } because { id } }" : "nodes { id }"} }`];
  }
  if ("id" in type.getFields() && type.getInterfaces().length > 0) return [`${field.name} { id }`];
  return depth > 0 ? [`${field.name} { ${selectionOf(schema, type, {}, depth - 1)} }`] : [];
}

/** A query of all there is in a portfolio, by each of its types. */
function queriesOf({ typeDefs, model }: LocalSubgraph): string[] {
  const schema = buildSubgraphSchema(parse(typeDefs));
  return [...model.entities.values()].map(({ type }) => {
    const fields = selectionOf(schema, schema.getType(type) as GraphQLObjectType, model.portfolio.fields[type] ?? {}, 3);
    return `{ ${pluralOf(type)}(first: 1000, orderBy: { field: updatedAt, direction: DESC }, filter: { version: { gte: 1 } }) { totalCount nodes { ${fields} } } }`;
  });
}

describe.each(databaseKinds)("as of a moment, on %s", (kind) => {
  let graph: TestPortfolios;
  const checkpoints: { at: string; answers: Map<string, unknown> }[] = [];

  /** What every portfolio answers of all its types, now or as of a moment. */
  async function readAll(asOf?: string): Promise<Map<string, unknown>> {
    const answers = new Map<string, unknown>();
    for (const subgraph of graph.local.values())
      for (const query of queriesOf(subgraph)) {
        const answer = await subgraph.execute({ query }, { ...call, ...(asOf ? { asOf } : {}) });
        expect(answer.errors).toBeUndefined();
        answers.set(query, answer.data);
      }
    return answers;
  }

  beforeAll(async () => {
    graph = await openTestPortfolios(newDatabase(kind));
    const acts = readActs();
    for (const share of [0.35, 0.7, 1]) {
      let told = Math.floor(acts.length * share);
      // Not between two acts of one moment.
      while (told < acts.length && acts[told]!.at === acts[told - 1]!.at) told++;
      await loadStory(graph, undefined, acts.slice(0, told));
      checkpoints.push({ at: acts[told - 1]!.at, answers: await readAll() });
    }
  }, 180_000);
  afterAll(() => graph.close());

  test("every type, list and link answers as it did then", async () => {
    for (const { at, answers } of checkpoints) {
      const then = await readAll(at);
      expect(then.size).toBe(47);
      for (const [query, answer] of answers) expect({ at, query, answer: then.get(query) }).toEqual({ at, query, answer });
    }
    // The story goes on between them.
    const [first, second] = checkpoints.map(({ answers }) => [...answers.values()].map((answer) => JSON.stringify(answer)));
    expect(first!.filter((answer, i) => answer !== second![i]).length).toBeGreaterThan(30);
  });

  test("before the first record there is nothing, not even by id, by code or as an entity", async () => {
    const people = graph.subgraph("people");
    const { people: now } = await graph.ask("people", "{ people(first: 1) { nodes { id code } } }");
    const { id, code } = now.nodes[0];
    const query = `query ($id: ID!, $code: String!, $r: [_Any!]!) {
      byId: person(id: $id) { name } byCode: person(code: $code) { name } people { totalCount nodes { id } } _entities(representations: $r) { ... on Person { name } }
    }`;
    const asOf = "1999-12-31T23:59:59.999Z";
    const answer = await people.execute({ query, variables: { id, code, r: [{ __typename: "Person", id }] } }, { ...call, asOf });
    expect(answer).toEqual({ data: { byId: null, byCode: null, people: { totalCount: 0, nodes: [] }, _entities: [null] } });
    expect([await people.exists([id], { ...call, asOf }), await people.exists([id], call)]).toEqual([[], [id]]);
  });

  test("a deleted record is there as of when it was, with what pointed to it; filters read what was true then", async () => {
    const ask = async (query: string, asOf?: string) =>
      (await graph.subgraph("service").execute({ query }, { ...call, ...(asOf ? { asOf } : {}) })).data as any;
    const { createService } = await ask(`mutation { createService(input: { code: "S-GONE", name: "Before", kind: BUSINESS }) { service { id } } }`);
    const { id } = createService.service;
    const { createServiceCost: made } = await ask(
      `mutation { createServiceCost(input: { serviceId: "${id}", periodFrom: "2026-01-01", periodTo: "2026-01-31", kind: OPEX, amount: { amount: "5", currency: "USD" } }) { serviceCost { id } problems { message } } }`,
    );
    expect(made.problems).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const asOf = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await ask(
      `mutation { deleteServiceCost(input: { id: "${made.serviceCost.id}", version: 1 }) { deletedId } updateService(input: { id: "${id}", version: 1, name: "After" }) { problems { message } } }`,
    );
    const query = `{ services(filter: { code: { eq: "S-GONE" }, name: { eq: "Before" } }) { nodes { name version costs { totalCount nodes { amount { amount } } } } } }`;
    expect(await ask(query)).toEqual({ services: { nodes: [] } });
    expect(await ask(query, asOf)).toEqual({
      services: { nodes: [{ name: "Before", version: 1, costs: { totalCount: 1, nodes: [{ amount: { amount: "5.00" } }] } }] },
    });
  });

  test("nothing is written as of a moment", async () => {
    const query = `mutation { createTeam(input: { code: "T-THEN", name: "Then" }) { problems { code } } }`;
    const answer = await graph.subgraph("people").execute({ query }, { ...call, asOf: "2026-01-01T00:00:00.000Z" });
    expect(answer.errors).toMatchObject([{ message: "Nothing can be written as of a moment; leave it out.", extensions: { code: "BAD_USER_INPUT" } }]);
    expect(await graph.ask("people", `{ team(code: "T-THEN") { id } }`)).toEqual({ team: null });
  });
});
