/** The story is told wholly, once, by whoever starts it and however often; and it is what README.md says it is. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Act, readActs } from "../../sample/acts.js";
import { StoryError, isEmpty, loadStory, needsStory, storyIds } from "../../sample/replay.js";
import { projectFolder } from "../../transport/project.js";
import { type TestPortfolios, databaseKinds, newDatabase, openTestPortfolios } from "../support/graph.js";
import { ledgersOf } from "./ledgers.js";

const acts = readActs();

/** Runs `npm run sample` from the sources; `until` may end it. */
async function runSample(args: readonly string[], directory: string, until?: (output: string) => boolean): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "sample/main.ts", ...args], {
    cwd: projectFolder,
    env: { ...process.env, NODE_OPTIONS: "", DATA_DIR: directory, DATABASE_URL: "" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (until?.(output)) child.kill("SIGKILL");
    });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

describe.each(databaseKinds)("on %s", (kind) => {
  let portfolios: TestPortfolios;
  beforeAll(async () => void (portfolios = await openTestPortfolios(newDatabase(kind))));
  afterAll(() => portfolios.close());

  test("The story is told wholly, with every type of record in it, at the moments it names", async () => {
    expect(await isEmpty(portfolios)).toBe(true);
    expect(await needsStory(portfolios)).toBe(true);
    expect(await loadStory(portfolios)).toEqual({ acts: acts.length, skipped: 0 });
    expect(await isEmpty(portfolios)).toBe(false);
    expect(await needsStory(portfolios)).toBe(false);
    const filed = await ledgersOf(portfolios);
    const types = [...portfolios.local.values()].flatMap(({ model }) => [...model.entities.keys()]);
    expect(types.filter((type) => !filed.some((row) => row.type === type))).toEqual([]);
    const moments = new Map(acts.map(({ number, at }) => [`sample-${number}`, at]));
    expect(filed.filter(({ request, at }) => moments.get(request) !== at)).toEqual([]);
    expect([...moments.values()].at(0)!.slice(0, 10)).toBe("2025-05-01");
    expect([...moments.values()].at(-1)! < "2026-11-16").toBe(true);
  });

  test("Telling it again adds nothing", async () => {
    const before = await ledgersOf(portfolios);
    expect(await loadStory(portfolios)).toEqual({ acts: acts.length, skipped: acts.length });
    expect(await ledgersOf(portfolios)).toEqual(before);
  });

  test("A telling that ended after any act goes on from there", async () => {
    const whole = await ledgersOf(portfolios);
    for (const told of kind === "SQLite" ? [1, 137, acts.length - 1] : [137]) {
      const halfway = await openTestPortfolios(newDatabase(kind));
      await loadStory(halfway, () => undefined, acts.slice(0, told));
      expect(await needsStory(halfway)).toBe(true);
      expect(await loadStory(halfway)).toEqual({ acts: acts.length, skipped: told });
      expect(await ledgersOf(halfway)).toEqual(whole);
      expect(await needsStory(halfway)).toBe(false);
      await halfway.close();
    }
  });

  test("The history of a service shows its days in each status", async () => {
    const { service } = await portfolios.ask(
      "service",
      '{ service(code: "SV-COLDCHAIN") { status statusHistory { status since until reason } history(first: 3) { totalCount nodes { at by operation } } } }',
    );
    const lived = service.statusHistory.map(({ status, since, until }: { status: string; since: string; until: string | null }) => [
      status,
      until && (Date.parse(until) - Date.parse(since)) / 86_400_000,
    ]);
    expect(lived).toEqual([
      ["REQUIREMENTS", 35], ["DEFINED", 48], ["ANALYSED", 49], ["APPROVED", 28], ["CHARTERED", 91], ["DESIGNED", 140], ["DEVELOPED", 35], ["DESIGNED", 63], ["DEVELOPED", null],
    ]); // prettier-ignore
    expect(service.statusHistory[7].reason).toBe("The sensor chosen is no longer made; the design changes.");
    expect(service.history).toEqual({
      totalCount: 10,
      nodes: [
        { at: "2026-10-12T02:00:00.000Z", by: "Gunadi Halimputra", operation: "advanceService" },
        { at: "2026-09-28T02:00:00.000Z", by: "Gunadi Halimputra", operation: "update" },
        { at: "2026-08-10T02:00:00.000Z", by: "Gunadi Halimputra", operation: "revertService" },
      ],
    });
  });

  test("Every name README.md gives to a record is one the story gives", async () => {
    const ids = await storyIds(portfolios);
    const readme = readFileSync(path.join(projectFolder, "sample", "README.md"), "utf8");
    const table = readme.slice(readme.indexOf("## What each question finds"));
    const names = [...table.matchAll(/`([a-z]+(-[a-z]+)*)`/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !ids.has(name))).toEqual([]);
    expect([...table.matchAll(/^\| (\d+)( [†⏱ ]+)? \|/gmu)].map(([, number]) => Number(number))).toEqual(Array.from({ length: 36 }, (_, i) => i + 1));
  });
});

describe("What cannot be told", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-story-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** The acts of a story in which a team is created and then `line` happens. */
  function actsWith(line: string): Act[] {
    writeFileSync(
      path.join(folder, "a.yaml"),
      `by: Somebody\nacts:\n  - { at: 2026-01-01T00:00:00Z, create: Team, records: { first: { code: T-1, name: First } } }\n  ${line}\n`,
    );
    return readActs(folder);
  }

  test.each([
    [
      "a refused creation",
      "- { at: 2026-01-02T00:00:00Z, create: Team, records: [{ code: T-1, name: Again }] }",
      "a.yaml, act 2, 2026-01-02, create Team): Team 1: DUPLICATE code: Another Team has this code",
    ],
    ["a refused verb", "- { at: 2026-01-02T00:00:00Z, do: reactivateTeam, to: first }", "reactivateTeam): first: RULE_BROKEN id: This team is active already"],
    ["a name nobody gave", "- { at: 2026-01-02T00:00:00Z, do: deactivateTeam, to: second }", "nothing is called second yet"],
    [
      "an input that means nothing",
      "- { at: 2026-01-02T00:00:00Z, create: Team, records: { second: { code: T-2 } } }",
      'second: : Field "name" of required type "String!" was not provided',
    ],
    ["an act that changes nothing", "- { at: 2026-01-02T00:00:00Z, do: updateTeam, to: first, input: { name: First } }", "changes nothing of first"],
    ["a mutation that does not exist", "- { at: 2026-01-02T00:00:00Z, do: praiseTeam, to: first }", "there is no mutation praiseTeam"],
  ])("%s ends the telling with where and why", async (_, line, message) => {
    const portfolios = await openTestPortfolios();
    const told = loadStory(portfolios, () => undefined, actsWith(line));
    await expect(told).rejects.toThrow(StoryError);
    await expect(told).rejects.toThrow(message);
    expect((await ledgersOf(portfolios)).map(({ request }) => request)).toEqual(["sample-1"]);
    await portfolios.close();
  });

  test.each([
    ["a key nobody knows", "- { at: 2026-01-02T00:00:00Z, creates: Team }", "a.yaml, act 2 has a key creates"],
    ["a day without an hour", "- { at: 2026-01-02, do: deactivateTeam, to: first }", '"2026-01-02" is not a moment'],
    ["neither a creation nor a deed", "- { at: 2026-01-02T00:00:00Z, do: deactivateTeam }", "neither creates records nor does something to one"],
  ])("%s is found before anything is told", (_, line, message) => {
    expect(() => actsWith(line)).toThrow(message);
  });

  test("It is not told to those who have records of their own, nor gone on with in another version", async () => {
    const portfolios = await openTestPortfolios();
    await loadStory(portfolios, () => undefined, acts.slice(0, 20));
    const other = acts.map((act) => ({ ...act, number: act.number + 1 })) satisfies Act[];
    await expect(loadStory(portfolios, () => undefined, other)).rejects.toThrow(/part of another version of the story/);
    await portfolios.ask("people", 'mutation { createTeam(input: { code: "T-OWN", name: "Own" }) { problems { message } } }');
    expect(await needsStory(portfolios)).toBe(false);
    await expect(loadStory(portfolios)).rejects.toThrow(/hold other records than the story's/);
    await portfolios.close();
  });
});

test("npm run sample: killed, it goes on; told, it refuses; asked for nonsense, it says so", async () => {
  const settings = newDatabase();
  expect(await runSample([], settings.directory, (output) => output.includes("250 of"))).toMatchObject({ code: null });
  const { code, output } = await runSample([], settings.directory);
  expect([code, output]).toEqual([0, expect.stringMatching(/The story is told: \d+ acts, \d+ of them by an earlier start, in /)]);
  const killed = await openTestPortfolios(settings);
  const whole = await openTestPortfolios();
  await loadStory(whole);
  expect(await ledgersOf(killed)).toEqual(await ledgersOf(whole));
  await whole.close();

  const refusal = { code: 1, output: expect.stringMatching(/^The databases hold records already, .*\n$/) };
  expect(await Promise.all([[], ["--scale", "0.01"]].map((args) => runSample(args, settings.directory)))).toEqual([refusal, refusal]);
  expect(await runSample(["--if-empty"], settings.directory)).toEqual({ code: 0, output: "The databases hold records already; nothing was loaded.\n" });
  const nonsense = new Map([
    ["--scale none", "--scale must be a number from 0.001 to 1000, like 1 or 0.1.\n"],
    ["--seed 7", "--seed goes with --scale: the story is always the same.\n"],
    ["--scale 1 --seed x", "--seed must be a whole number, like 7.\n"],
    ["--size 1", "The command line takes --scale N, --seed S and --if-empty, nothing else.\n"],
  ]);
  expect(await Promise.all([...nonsense.keys()].map((line) => runSample(line.split(" "), settings.directory)))).toEqual(
    [...nonsense.values()].map((output) => ({ code: 2, output })),
  );
  await killed.close();
}, 180_000);
