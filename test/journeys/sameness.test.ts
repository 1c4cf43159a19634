import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadStory } from "../../sample/replay.js";
import type { Answer } from "../support/graph.js";
import { type Shape, shapes } from "../support/shapes.js";

const FOLDER = "schema/operations";
const operations = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((file) => {
    const query = readFileSync(`${FOLDER}/${file}`, "utf8");
    return { file, query, variables: JSON.parse(/^# variables: (.*)$/m.exec(query)?.[1] ?? "{}") as Record<string, unknown> };
  });

/** What a customer's people ask across portfolios: whom that concerns, insight must be told by another part. */
const OF_CUSTOMERS_PEOPLE = `{
  findAgreements(where: { services: { some: { customerDependencies: { some: { criticality: { eq: MISSION_CRITICAL } } } } } }) { totalCount nodes { code title } }
  groupServices(by: [{ link: agreements }]) { groups { count keys { node { ... on Agreement { code } } } } }
}`;

/** Ids differ from database to database, and so do cursors, which hold them; which record stands where does not. */
function anonymise(answer: Answer): unknown {
  const seen = new Map<string, string>();
  const name = (id: string) => seen.get(id) ?? seen.set(id, `id ${seen.size}`).get(id)!;
  const text = JSON.stringify(answer.data).replaceAll(/[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}/g, name);
  return JSON.parse(text.replaceAll(/"(\w*[cC]ursor)":"[^"]*"/g, '"$1":"a cursor"'));
}

describe("the questions answer the same in every shape", () => {
  const opened: Shape[] = [];
  const answers = new Map<string, Map<string, unknown>>();

  beforeAll(async () => {
    for (const { name, open } of shapes) {
      const shape = await open((portfolios) => loadStory(portfolios).then(() => undefined));
      opened.push(shape);
      const own = new Map<string, unknown>();
      for (const { file, query, variables } of operations) {
        const answer = await shape.ask(query, variables);
        expect({ name, file, errors: answer.errors }).toEqual({ name, file, errors: undefined });
        own.set(file, anonymise(answer));
      }
      const { data } = await shape.ask('{ customer(code: "C-KEMBARA") { id } }');
      const executive = { "x-persona": "customer executive", "x-customers": data["customer"].id as string };
      const answer = await shape.ask(OF_CUSTOMERS_PEOPLE, {}, executive);
      expect({ name, errors: answer.errors }).toEqual({ name, errors: undefined });
      own.set(OF_CUSTOMERS_PEOPLE, anonymise(answer));
      answers.set(name, own);
    }
  }, 400_000);
  afterAll(async () => {
    for (const shape of opened) await shape.close();
  });

  test.each([...operations.map(({ file }) => file), OF_CUSTOMERS_PEOPLE])("%s", (file) => {
    const [first, ...others] = shapes.map(({ name }) => answers.get(name)!.get(file));
    expect(JSON.stringify(first).length).toBeGreaterThan(100);
    for (const other of others) expect(other).toEqual(first);
  });
});
