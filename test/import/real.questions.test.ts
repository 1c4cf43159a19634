/** Questions on real data, asked of the graph, and answered again by a few lines over the files that know nothing of it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { buildSchema, parse as parseOperation, validate } from "graphql";
import type { Insight } from "../../subgraphs/insight/index.js";
import { type TestPortfolios, call, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { importInto } from "./imports.js";
import { UII, VENDOR, american, folder, isThere, readCsv } from "./realData.js";

const NUMBER = "Contract Number (PIID)";

/** DD/MM/YYYY as YYYY-MM-DD; null for what is no day. */
const european = (text: string): string | null =>
  /^\d\d\/\d\d\/\d{4}$/.test(text) && text !== "01/01/1970" ? `${text.slice(6)}-${text.slice(3, 5)}-${text.slice(0, 2)}` : null;
const groups = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const found = new Map<string, T[]>();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return found;
};
const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();

const contracts = isThere ? readCsv("raw/contracts.csv") : [];
const projects = (isThere ? readCsv("raw/projects.csv").filter((line) => line[UII] !== "Total") : []).map((line) => {
  const b1 = european(line["Completion Date (B1)"]!);
  const approved = european(line["Planned Project Completion Date (B2)"]!) ?? b1;
  const end = european(line["Projected/Actual Project Completion Date (B2)"]!) ?? b1;
  return { uii: line[UII]!, end, late: approved && end ? Math.round((Date.parse(end) - Date.parse(approved)) / 86_400_000) : null };
});

test("the questions fit the schema", () => {
  const api = buildSchema(readFileSync("schema/api.graphql", "utf8"));
  const files = readdirSync("schema/operations/us-itdb-2012");
  expect(files).toHaveLength(4);
  for (const file of files) {
    const query = readFileSync(`schema/operations/us-itdb-2012/${file}`, "utf8");
    expect({ file, errors: validate(api, parseOperation(query)) }).toEqual({ file, errors: [] });
    expect(query).toMatch(/^# us-itdb-2012 · .+\n# .+\?\n# variables: \{.*\}\nquery /);
  }
});

(isThere ? describe : describe.skip).each(databaseKinds)("us-itdb-2012 on %s", (kind) => {
  let portfolios: TestPortfolios;
  beforeAll(async () => {
    portfolios = await openTestPortfolios(newDatabase(kind));
    await importInto(portfolios, "import/mappings/us-itdb-2012.yaml", folder);
    // The first to ask reads the ledgers; whoever asks before that is done is told that the answer is stale.
    while ((await ask("{ findPeople(first: 0) { asOf { stale } } }")).findPeople.asOf.some(({ stale }: any) => stale));
  }, 400_000);
  afterAll(() => portfolios.close());

  async function ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
    const { data, errors } = JSON.parse(JSON.stringify(await (portfolios.reach("insight") as Insight).execute({ query, variables }, call))) as any;
    expect(errors).toBeUndefined();
    return data;
  }
  /** Asks an operation; what insight leaves to the owners of records is left out. */
  function askOperation(name: string, others: Record<string, unknown> = {}): Promise<any> {
    const query = readFileSync(`schema/operations/us-itdb-2012/${name}.graphql`, "utf8");
    const variables = JSON.parse(/^# variables: (.*)$/m.exec(query)![1]!) as Record<string, unknown>;
    const stubs = query
      .replaceAll(/nodes \{ (?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})* \}/g, "nodes { id }")
      .replaceAll(/node \{ \.\.\. on Customer \{[^}]*\} \}/g, "node { id }");
    return ask(stubs, { ...variables, ...others });
  }
  /** The code of each id. */
  async function codes(portfolio: string, table: string): Promise<Map<string, string>> {
    const rows = await portfolios.subgraph(portfolio).database.read(`SELECT \`id\`, \`code\` FROM \`${table}\``, []);
    return new Map(rows.map(([id, code]) => [id as string, code as string]));
  }
  const codesOf = async ({ nodes }: any, portfolio: string, table: string): Promise<string[]> => {
    const known = await codes(portfolio, table);
    return nodes.map(({ id }: any) => known.get(id)).sort();
  };

  test.each([90, 365])("agencies by number of projects at least %i days late", async (days) => {
    const late = groups(
      projects.filter((project) => project.late !== null && project.late >= days),
      ({ uii }) => `US-${uii.slice(0, 3)}`,
    );
    const { agencies } = await askOperation("agencies-by-late-projects", { days });
    const known = await codes("customer", "customer");
    const found = agencies.groups.map(({ keys, count, measures }: any) => [known.get(keys[0].node.id), count, Number(measures[0].value)]);
    const expected = [...late].map(([agency, some]) => [agency, some.length, Math.max(...some.map((project) => project.late!))]);
    expect(found.sort()).toEqual(expected.sort());
    expect(agencies.groups.map(({ count }: any) => count)).toEqual([...late.values()].map(({ length }) => length).sort((a, b) => b - a));
    expect(expected.length).toBeGreaterThan(3);
  });

  test.each(["LOCKHEED MARTIN CORPORATION", "SCIENCE APPLICATIONS INTERNATIONAL CORPORATION"])(
    "the contracts of %s, and what stands on them",
    async (vendor) => {
      const theirs = contracts.filter((line) => line[VENDOR]!.trim() === vendor);
      const investments = distinct(theirs.map((line) => line[UII]!));
      const found = await askOperation("one-vendors-contracts", { vendor });
      expect(await codesOf(found.contracts, "agreement", "agreement")).toEqual(distinct(theirs.map((line) => `CON-${line["Contract ID"]!}`)));
      expect(await codesOf(found.investments, "service", "service")).toEqual(investments);
      expect(await codesOf(found.agencies, "customer", "customer")).toEqual(distinct(theirs.map((line) => `US-${line[UII]!.slice(0, 3)}`)));
      const late = projects.filter((project) => investments.includes(project.uii) && project.late !== null && project.late >= 90);
      expect(found.lateProjects.totalCount).toBe(late.length);
      expect(late.length).toBeGreaterThan(0);
    },
  );

  test("contract numbers that serve four investments or more", async () => {
    const byNumber = groups(
      contracts.filter((line) => line[NUMBER]!.trim() !== ""),
      (line) => line[NUMBER]!.trim(),
    );
    const expected = [...byNumber]
      .map(([number, lines]) => [number, distinct(lines.map((line) => line["Contract ID"]!)).length, distinct(lines.map((line) => line[UII]!)).length] as const)
      .filter(([, , investments]) => investments >= 4);
    const { numbers } = await askOperation("contract-numbers-of-many-investments");
    expect(numbers.groups.map(({ keys, count, measures }: any) => [keys[0].value, count, Number(measures[0].value)]).sort()).toEqual(expected.sort());
    expect(expected).toContainEqual(["HHSM500T0001", expect.any(Number), 13]);
  });

  test("investments whose last contract ends before one of their projects does", async () => {
    const lastContract = new Map(
      [...groups(contracts, (line) => line[UII]!)].map(([uii, lines]) => [
        uii,
        distinct(lines.flatMap((line) => american(line["Contract End Date (USAspending)"]!) ?? [])).at(-1),
      ]),
    );
    const expected = distinct(
      projects.filter(({ uii, end }) => end !== null && lastContract.get(uii) !== undefined && end > lastContract.get(uii)!).map(({ uii }) => uii),
    );
    const { investments } = await askOperation("investments-that-outlive-their-contracts");
    expect(investments.totalCount).toBe(expected.length);
    expect(await codesOf(investments, "service", "service")).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
  });
});
