import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { databaseKinds, openTestGraph, newDatabase, type TestGraph } from "../support/graph.js";

const CREATE = "mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id code name version } problems { code } } }";
const UPDATE = "mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { person { name version } problems { code } } }";

describe.each(databaseKinds)("idempotency keys, on %s", (kind) => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await openTestGraph(newDatabase(kind));
  });
  afterAll(() => graph.close());

  const ask = (key: string, query: string, variables: Record<string, unknown>) => graph.ask(query, variables, { "idempotency-key": key });
  const count = async (table: string, condition = "1 = 1"): Promise<number> =>
    Number((await graph.portfolios.subgraph("people").database.read(`SELECT COUNT(*) FROM \`${table}\` WHERE ${condition}`, []))[0]![0]);

  test("a hundred equal requests at once have one effect and equal answers", async () => {
    const entries = await count("change");
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask("hundred", CREATE, { input: { code: "P-100", name: "Ani" } })));
    const { id } = answers[0]!.data["createPerson"].person;
    expect(answers).toEqual(Array(100).fill({ data: { createPerson: { person: { id, code: "P-100", name: "Ani", version: 1 }, problems: [] } } }));
    expect([await count("person", "`code` = 'P-100'"), await count("change")]).toEqual([1, entries + 1]);
  });

  test("what was answered is answered again, whatever became of the record since", async () => {
    const { person } = (await ask("first", CREATE, { input: { code: "P-1", name: "Budi" } })).data["createPerson"];
    const update = { input: { id: person.id, version: 1, name: "Budi Santoso" } };
    const answer = { data: { updatePerson: { person: { name: "Budi Santoso", version: 2 }, problems: [] } } };
    expect(await ask("second", UPDATE, update)).toEqual(answer);
    expect((await graph.ask(UPDATE, { input: { id: person.id, version: 2, name: "B. Santoso" } })).data["updatePerson"].person.version).toBe(3);
    expect(await ask("second", UPDATE, update)).toEqual(answer);
    expect((await ask("first", CREATE, { input: { code: "P-1", name: "Budi" } })).data["createPerson"].person).toEqual(person);
    // Without the key it is the conflict that it is.
    expect((await graph.ask(UPDATE, update)).data["updatePerson"].problems).toEqual([{ code: "CONFLICT" }]);
    expect(await count("change", `\`entityId\` = '${person.id}'`)).toBe(3);
  });

  test.each([
    ["other variables", CREATE, { input: { code: "P-3", name: "Citra" } }],
    ["another text", CREATE.replace("createPerson(", "again: createPerson("), { input: { code: "P-2", name: "Citra" } }],
  ])("the key of another request is refused: %s", async (_, query, variables) => {
    await ask("taken", CREATE, { input: { code: "P-2", name: "Citra" } });
    const entries = await count("change");
    const { data, errors } = await ask("taken", query, variables);
    expect(data).toBeNull();
    expect(errors!.map(({ message, extensions }) => [message, extensions["code"]])).toEqual([
      ["Another request was sent with this idempotency-key; give each its own, and send one again exactly as it was.", "IDEMPOTENCY_KEY_REUSED"],
    ]);
    expect(await count("change")).toBe(entries);
  });

  test("two mutations of one request are two, each carried out once", async () => {
    const query = `mutation ($a: CreatePersonInput!, $b: CreatePersonInput!) { a: createPerson(input: $a) { person { code } } b: createPerson(input: $b) { person { code } } }`;
    const variables = { a: { code: "P-4", name: "Dewi" }, b: { code: "P-5", name: "Eka" } };
    for (let i = 0; i < 2; i++) expect((await ask("both", query, variables)).data).toEqual({ a: { person: { code: "P-4" } }, b: { person: { code: "P-5" } } });
    expect(await count("person", "`code` IN ('P-4', 'P-5')")).toBe(2);
  });

  test("what was refused may be sent again under its key", async () => {
    await graph.ask(CREATE, { input: { code: "P-6", name: "Fajar" } });
    const remembered = await count("request");
    expect((await ask("refused", CREATE, { input: { code: "P-6", name: "Gita" } })).data["createPerson"].problems).toEqual([{ code: "DUPLICATE" }]);
    expect((await ask("blank", CREATE, { input: { code: "7".repeat(65), name: "Gita" } })).data["createPerson"].problems).toEqual([{ code: "INVALID_INPUT" }]);
    expect(await count("request")).toBe(remembered);
    await graph.portfolios
      .subgraph("people")
      .database.transaction((transaction) => transaction.execute("UPDATE `person` SET `code` = 'P-8' WHERE `code` = 'P-6'", []));
    expect((await ask("refused", CREATE, { input: { code: "P-6", name: "Gita" } })).data["createPerson"].problems).toEqual([]);
  });

  test("a key is forgotten after a day, and means nothing to a query or to somebody else's request without it", async () => {
    await ask("old", CREATE, { input: { code: "P-9", name: "Hadi" } });
    await graph.portfolios
      .subgraph("people")
      .database.transaction((transaction) =>
        transaction.execute("UPDATE `request` SET `at` = ? WHERE `at` > ?", [new Date(Date.now() - 24 * 3_600_000 - 1_000).toISOString(), "2000"]),
      );
    expect((await ask("old", CREATE, { input: { code: "P-9", name: "Hadi" } })).data["createPerson"].problems).toEqual([{ code: "DUPLICATE" }]);
    expect((await ask("old", CREATE, { input: { code: "P-10", name: "Indra" } })).data["createPerson"].person.code).toBe("P-10");
    expect((await ask("old", '{ person(code: "P-10") { name } }', {})).data).toEqual({ person: { name: "Indra" } });
  });

  test("a key that is none is refused", async () => {
    for (const key of ["a b", "x".repeat(101)]) {
      const { errors } = await ask(key, CREATE, { input: { code: "P-11", name: "Joko" } });
      expect([errors![0]!.extensions["code"], errors![0]!.message]).toEqual([
        "BAD_USER_INPUT",
        "idempotency-key takes 1 to 100 letters of ASCII without spaces, such as a UUID.",
      ]);
    }
    expect(await count("person", "`code` = 'P-11'")).toBe(0);
  });
});
