/** The command as a person or script runs it: a process of its own, its exit codes, and what is left when it dies. */
import { describe, expect, jest, test } from "@jest/globals";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { newDatabase, openTestGraph, openTestPortfolios } from "../support/graph.js";
import { copyOf, folderWith, messy, messyMapping, runCommand } from "./imports.js";

jest.setTimeout(240_000);

const settings = () => newDatabase();
/** A folder that nobody has opened a database in. */
const untouched = () => ({ directory: path.join(settings().directory, "not-there"), url: null });

const people = `system: hr
records:
  person:
    type: Person
    fields: { code: "{key}" }
files:
  - file: people.csv
    gives:
      person:
        key: "{nr}"
        fields: { name: "{name}", manager: { link: person, column: boss } }
`;

const peopleMapping = path.join(folderWith({ "people.yaml": people }), "people.yaml");

const applications = `system: cmdb
records:
  application:
    type: Application
    fields: { code: "{key}", kind: COTS, dispositionReason: "As decided" }
files:
  - file: applications.csv
    gives:
      application:
        key: "{nr}"
        fields: { name: "{name}", dispositionOverride: { column: verdict } }
`;
const applicationsMapping = path.join(folderWith({ "applications.yaml": applications }), "applications.yaml");

describe("exit codes", () => {
  test("0: in a role that may write all that the mapping writes", async () => {
    const open = applications.replace(', dispositionReason: "As decided"', "").replace(", dispositionOverride: { column: verdict }", "");
    const folder = folderWith({ "applications.yaml": open, "applications.csv": "nr,name,verdict\n1,Ledger,INVEST\n" });
    const ended = await runCommand([path.join(folder, "applications.yaml"), folder, "--role", "application manager", "--report", "-"], settings());
    expect([ended.code, JSON.parse(ended.stdout).records[0]]).toMatchObject([0, { created: 1 }]);
  });

  test("0: all went as the mapping says; the report is on screen and in DATA_DIR", async () => {
    const database = settings();
    const folder = folderWith({ "people.yaml": people, "people.csv": "nr,name,boss\n1,A,2\n2,B,\n" });
    const ended = await runCommand([path.join(folder, "people.yaml"), folder], database);
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(/people.csv +2 +2 +0 +0 +0\n/)]);
    expect(ended.stdout).toMatch(/person \(Person\) +2 +0 +0 +0 +0\n[^]*Done\.\nThe whole report is in /);
    expect(ended.stderr).toContain("person: 2 of 2");
    expect(JSON.parse(readFileSync(path.join(database.directory, "import-people.json"), "utf8"))).toMatchObject({
      mapping: "people",
      dryRun: false,
      clean: true,
      stopped: null,
      records: [{ name: "person", created: 2 }],
    });
    const again = await runCommand([path.join(folder, "people.yaml"), folder, "--report", "-"], database);
    expect([again.code, JSON.parse(again.stdout).records[0]]).toMatchObject([0, { created: 0, updated: 0, unchanged: 2 }]);
    expect(again.stderr).toContain("Done.");
  });

  test("1: finished, with rows that the mapping does not provide for", async () => {
    const ended = await runCommand([messyMapping, messy, "--dry-run"], settings());
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining("dry run, nothing was written")]);
  });

  test("1: a damaged file, before anything is written", async () => {
    const folder = copyOf(messy);
    writeFileSync(path.join(folder, "rencontres.csv"), 'id,quand,qui,à propos de,décisions,suites\nR1,"03.02.2025 09:30,P01\n', "latin1");
    const database = untouched();
    const ended = await runCommand([messyMapping, folder], database);
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringMatching(/rencontres.csv, line 2: the row that begins here opens a quote that is never closed.*\nNothing was written\.\n$/),
    ]);
    expect(existsSync(database.directory)).toBe(false);
  });

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ["no arguments", [], {}, /^Name a mapping and a folder\.\n\nUsage: npm run import/],
    ["too many", [messyMapping, messy, "x"], {}, /^Name a mapping and a folder, nothing else/],
    ["an unknown option", [messyMapping, messy, "--dry"], {}, /^Unknown option '--dry'\.\n\nUsage/],
    ["no such mapping", ["none.yaml", messy], {}, /^none.yaml cannot be read \(ENOENT\); name a mapping file/],
    ["no such folder", [messyMapping, "/none"], {}, /^\/none is not a folder/],
    ["a report below a file", [messyMapping, messy, "--report", `${messyMapping}/x.json`], {}, /The report cannot be written to .*x.json \(E(EXIST|NOTDIR)\)/],
    ["a wrong setting", [messyMapping, messy], { DATABASE_URL: "postgres://x/{portfolio}" }, /^DATABASE_URL must begin with mysql:\/\/ or mariadb:\/\//],
    [
      "files that are not there",
      [messyMapping, folderWith({})],
      {},
      /clients.csv does not exist; check the folder, or the mapping's `file`\.\n[^]*rencontres.csv does not exist[^]*Nothing was written/,
    ],
    [
      "a mapping that is broken",
      [path.join(folderWith({ "m.yaml": people.replace("Person", "Persona") }), "m.yaml"), messy],
      {},
      /m.yaml:4: records.person.type: "Persona" is not a type of the graph \(did you mean Person\?\)/,
    ],
    ["a role that is none", [messyMapping, messy, "--role", "boss"], {}, /^--role names boss, which the policy does not have; it has developer, portfolio, /],
    [
      "a role that reads only",
      [peopleMapping, folderWith({}), "--role", "CIO"],
      {},
      /^--role names CIO, who may not import this \(person: Person records may not be written\); import it in another role\.\n$/,
    ],
    [
      "a field that the role does not decide",
      [applicationsMapping, folderWith({}), "--role", "application manager"],
      {},
      /^--role names application manager, who may not import this \(application: Application\.dispositionOverride may not be set; application: Application\.dispositionReason may not be set\)/,
    ],
  ])("2: %s", async (_, args, environment, expected) => {
    const database = untouched();
    const ended = await runCommand(args, { ...database, url: environment["DATABASE_URL"] ?? null });
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([2, "", expect.stringMatching(expected)]);
    expect(ended.stderr).not.toMatch(/ {4}at /);
    expect(existsSync(database.directory) ? readdirSync(database.directory) : []).toEqual([]);
  });

  test("--help says how it is used", async () => {
    const ended = await runCommand(["--help"], null);
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining("--dry-run")]);
  });
});

/** 1,500 people, each led by the one of the next row. */
const manyPeople = () =>
  folderWith({
    "people.yaml": people,
    "people.csv": `nr,name,boss\n${Array.from({ length: 1500 }, (_, i) => `p${i},Name ${i},${i < 1499 ? `p${i + 1}` : ""}`).join("\n")}\n`,
  });

test("killed at any moment, it leaves whole records, and the next run ends as one that was never killed", async () => {
  const portfolios = await openTestPortfolios();
  const read = async (sql: string) => Number((await portfolios.subgraph("people").database.read(sql, []))[0]![0]);
  const changes = () => read("SELECT COUNT(*) FROM `change`");
  const folder = manyPeople();
  const args = [path.join(folder, "people.yaml"), folder, "--report", "-"];
  try {
    // Amid the first records, amid the rest, and amid the links between them.
    for (const enough of [1, 700, 1700]) {
      const ended = await runCommand(args, portfolios.settings, (kill) => {
        const watch = setInterval(() => void changes().then((count) => count >= enough && (clearInterval(watch), kill())), 2);
      });
      expect([ended.signal, (await changes()) < 2999]).toEqual(["SIGKILL", true]);
      // What is there is whole: each record has its key and its place in the ledger.
      expect(await read("SELECT COUNT(*) FROM `external_id`")).toBe(await read("SELECT COUNT(*) FROM `person`"));
      expect(await changes()).toBe(await read("SELECT `seq` FROM `ledger_head`"));
    }
    const last = await runCommand(args, portfolios.settings);
    expect([last.code, last.stderr]).toEqual([0, expect.stringContaining("Done.")]);
    expect(await read("SELECT COUNT(*) FROM `person` p JOIN `person` m ON m.`id` = p.`managerId` AND m.`name` = 'Name ' || (substr(p.`name`, 6) + 1)")).toBe(
      1499,
    );
    // Each was made once, and its link set once.
    expect([await read("SELECT COUNT(*) FROM `person`"), await changes()]).toEqual([1500, 2999]);
    const again = await runCommand(args, portfolios.settings);
    expect(JSON.parse(again.stdout).records[0]).toMatchObject({ created: 0, updated: 0, unchanged: 1500 });
  } finally {
    await portfolios.close();
  }
});

test("beside a server that is read and written meanwhile", async () => {
  const graph = await openTestGraph();
  try {
    const folder = manyPeople();
    let running = true;
    const ended = runCommand([path.join(folder, "people.yaml"), folder], graph.portfolios.settings).finally(() => (running = false));
    let written = 0;
    let seen = 0;
    while (running) {
      const answer = await graph.ask(`mutation { createTeam(input: { code: "T${written}", name: "Team" }) { team { id } problems { message } } }`);
      expect([answer.errors, answer.data.createTeam.problems]).toEqual([undefined, []]);
      written++;
      seen = (await graph.ask("{ people { totalCount } }")).data.people.totalCount;
    }
    expect(await ended).toMatchObject({ code: 0 });
    const { data } = await graph.ask("{ teams { totalCount } people { totalCount } }");
    expect(data).toEqual({ teams: { totalCount: written }, people: { totalCount: 1500 } });
    expect([written > 3, seen > 0]).toEqual([true, true]);
  } finally {
    await graph.close();
  }
});
