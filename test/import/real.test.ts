/** The shipped mapping on real files, counted again by a few lines that know nothing of the import. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Report } from "../../import/report.js";
import { type TestPortfolios, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { countsOf, importInto, jsonOf, rowsOf } from "./imports.js";
import { type Line, UII, VENDOR, american, folder, isThere, readCsv } from "./realData.js";

const [START, END] = ["Contract Start Date (USAspending)", "Contract End Date (USAspending)"];
/** Seconds that an import may take. */
const limits: Record<string, number> = { SQLite: 60, MariaDB: 120 };

(isThere ? describe : describe.skip).each(databaseKinds)("us-itdb-2012 on %s", (kind) => {
  const contracts = isThere ? readCsv("raw/contracts.csv") : [];
  const projects = isThere ? readCsv("raw/projects.csv").filter((line) => line[UII] !== "Total") : [];
  const metrics = isThere ? readCsv("derived/hhs_metrics.csv") : [];
  const distinct = (lines: readonly Line[], column: string) => new Set(lines.map((line) => line[column]!.trim()).filter((text) => text !== ""));
  let portfolios: TestPortfolios;
  let report: Report;
  let seconds: number;
  beforeAll(async () => {
    portfolios = await openTestPortfolios(newDatabase(kind));
    const began = Date.now();
    report = await importInto(portfolios, "import/mappings/us-itdb-2012.yaml", folder);
    seconds = (Date.now() - began) / 1000;
  }, 300_000);
  afterAll(() => portfolios.close());

  test("is in time, and everything is as the mapping says", () => {
    console.info(`us-itdb-2012 on ${kind}: ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(limits[kind]!);
    expect(report.troubled).toBe(false);
    expect(report.unresolved).toEqual([]);
  });

  test("every row is kept, merged or skipped with its line and reason", () => {
    expect(rowsOf(report)).toEqual({
      "raw/contracts.csv": "3893/3836/57/0/0",
      "raw/projects.csv": "2494/2468/0/26/0",
      "derived/hhs_investments.csv": "721/81/0/640/0",
      "derived/hhs_metrics.csv": "455/455/0/0/0",
      "derived/hhs_activities.csv": "1102/1102/0/0/0",
    });
    const files = jsonOf(report).files;
    const totals = readFileSync(path.join(folder, "raw/projects.csv"), "utf8")
      .split(/\r?\n/)
      .flatMap((line, i) => (line.startsWith("Total,") ? [{ line: i + 1, reason: "subtotal of the projects above it", configured: true }] : []));
    expect(files[1].skipped).toEqual(totals);
    expect(files[0].readAsEmpty).toEqual([{ column: END, text: "01/01/1970", lines: expect.any(Array) }]);
    expect(files[0].readAsEmpty[0].lines).toHaveLength(140);
    expect(files[1].readAsEmpty).toEqual([{ column: "Completion Date (B1)", text: "2012-30-09", lines: [2] }]);
  });

  test("26 agencies, 723 investments (523 in both feeds), 2,468 projects, 3,836 contracts, 1,044 vendors", () => {
    const [fromContracts, fromProjects] = [distinct(contracts, UII), distinct(projects, UII)];
    const investments = new Set([...fromContracts, ...fromProjects]);
    const both = [...fromContracts].filter((uii) => fromProjects.has(uii)).length;
    expect([
      new Set([...investments].map((uii) => uii.slice(0, 3))).size,
      investments.size,
      both,
      projects.length,
      distinct(contracts, "Contract ID").size,
      distinct(contracts, VENDOR).size,
    ]).toEqual([26, 723, 523, 2468, 3836, 1044]);
    expect(countsOf(report)).toMatchObject({
      agency: "26/0/0/0/0",
      investment: "723/0/0/0/0",
      project: "2468/0/0/0/0",
      contract: "3836/0/0/0/0",
      vendor: "1044/0/0/0/0",
    });
    expect(report.records.get("investment")).toMatchObject({
      keys: { "raw/contracts.csv": fromContracts.size, "raw/projects.csv": fromProjects.size },
      shared: expect.arrayContaining([{ files: ["raw/contracts.csv", "raw/projects.csv"], keys: 523 }]),
    });
  });

  test("the graph holds them", async () => {
    const { customers, agencies } = await portfolios.ask(
      "customer",
      '{ customers { totalCount } agencies: customers(filter: { not: { code: { contains: "009-" } } }) { totalCount } }',
    );
    expect([agencies.totalCount, customers.totalCount]).toEqual([26, 36]);
    const { contracts: held } = await portfolios.ask("agreement", "{ contracts: agreements(filter: { kind: { eq: SERVICE_CONTRACT } }) { totalCount } }");
    const { services } = await portfolios.ask("service", "{ services { totalCount } }");
    const { projects: work } = await portfolios.ask("project", "{ projects { totalCount } }");
    const { suppliers } = await portfolios.ask("people", "{ suppliers { totalCount } }");
    expect([held, services, work, suppliers].map(({ totalCount }) => totalCount as number)).toEqual([3836, 723, 2468, 1044]);
  });

  test("each contract has its days, amount, parties and findings", async () => {
    const byId = new Map<string, Line[]>();
    for (const line of contracts) byId.set(line["Contract ID"]!, [...(byId.get(line["Contract ID"]!) ?? []), line]);
    const expected = [...byId].map(([id, lines]) => {
      const startOn =
        lines
          .map((line) => american(line[START]!))
          .filter((day) => day !== null)
          .sort()[0] ?? null;
      const endOn =
        lines
          .map((line) => american(line[END]!))
          .filter((day) => day !== null)
          .sort()
          .at(-1) ?? null;
      const millions = lines[0]!["Action Obligation Amount (In $ million) (USAspending)"]!;
      const findings = [
        ...(startOn && endOn && endOn < startOn ? ["AGREEMENT_ENDS_AFTER_IT_STARTS"] : []),
        ...(startOn ? [] : ["AGREEMENT_ACTIVE_NEEDS_START"]),
      ];
      return [
        `CON-${id}`,
        lines[0]!["Contract Number (PIID)"]!.trim(),
        startOn,
        endOn,
        millions === "" ? null : Math.round(Number(millions) * 1e8),
        1 + distinct(lines, VENDOR).size,
        1,
        findings,
      ];
    });
    const rows = await portfolios
      .subgraph("agreement")
      .database.read(
        "SELECT `code`, `reference`, `startOn`, `endOn`, `valueAmount`, (SELECT COUNT(*) FROM `agreement_parties` p WHERE p.`recordId` = a.`id`), (SELECT COUNT(*) FROM `agreement_services` s WHERE s.`recordId` = a.`id`), `findings` FROM `agreement` a WHERE `kind` = 'SERVICE_CONTRACT'",
        [],
      );
    const found = rows.map(([code, reference, startOn, endOn, value, parties, services, findings]) => [
      code,
      reference,
      startOn,
      endOn,
      value === null ? null : Number(value),
      Number(parties),
      Number(services),
      (JSON.parse((findings as string | null) ?? "[]") as { rule: string }[]).map(({ rule }) => rule),
    ]);
    const sorted = (lines: unknown[][]) => lines.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    expect(sorted(found)).toEqual(sorted(expected));
    expect(found.filter(([, , startOn]) => startOn === null)).toHaveLength(1449);
    expect(report.findings.find(({ rule }) => rule === "AGREEMENT_ACTIVE_NEEDS_START")!.keys).toHaveLength(1449);
  });

  test("each metric is a promise about its investment, with its result", async () => {
    const rows = await portfolios
      .subgraph("agreement")
      .database.read(
        "SELECT x.`externalId`, a.`met`, g.`code` FROM `service_level_target` t JOIN `external_id` x ON x.`recordId` = t.`id` JOIN `agreement` g ON g.`id` = t.`agreementId` LEFT JOIN `service_level_achievement` a ON a.`targetId` = t.`id`",
        [],
      );
    const results: Record<string, number | null> = { Met: 1, "Not Met": 0, "": null };
    const expected = metrics.map((line) => [line["metric_id"]!, results[line["result"]!]!, `SLA-${line["uii"]!}`]);
    expect(rows.map(([id, met, code]) => [id, met === null ? null : Number(met), code]).sort()).toEqual(expected.sort());
  });

  test("a second run creates 0 and updates 0", async () => {
    const second = await importInto(portfolios, "import/mappings/us-itdb-2012.yaml", folder);
    const sums = [...second.records.values()]
      .map(({ created, updated, refused, unchanged }) => [created, updated, refused, unchanged])
      .reduce((a, b) => a.map((value, i) => value + b[i]!));
    expect(sums).toEqual([0, 0, 0, [...report.records.values()].reduce((sum, { created }) => sum + created, 0)]);
  }, 300_000);
});
