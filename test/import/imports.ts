/** Imports as tests run them: in this process, or as the command. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Mapping, parseMapping, readMapping } from "../../import/mapping.js";
import type { Report } from "../../import/report.js";
import { toJson } from "../../import/reportText.js";
import { importCall, prepareImport, runImport } from "../../import/run.js";
import type { DatabaseSettings } from "../../subgraphs/kernel/settings.js";
import type { Portfolios } from "../../start/portfolios.js";

export const messy = path.resolve("test/import/messy");
export const messyMapping = path.join(messy, "valbrume.yaml");

/** A folder of its own with those files; text is UTF-8. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-import-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}
/** A copy of a folder that a test may change. */
export function copyOf(folder: string): string {
  const copy = folderWith({});
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Runs an import in this process. A mapping is a path, or text with a line break. */
export async function importInto(portfolios: Portfolios, mapping: string | Mapping, folder: string, dryRun = false): Promise<Report> {
  const read = typeof mapping !== "string" ? mapping : mapping.includes("\n") ? parseMapping("test.yaml", mapping) : readMapping(mapping);
  const preparation = await prepareImport(read, folder);
  await runImport(preparation, portfolios, { dryRun, call: importCall(read), progress: () => undefined });
  return preparation.report;
}

/** The report as programs read it. */
export const jsonOf = (report: Report): any => JSON.parse(toJson(report, { folder: "", dryRun: false, seconds: 0, request: "", stopped: null })) as unknown;

/** created/updated/unchanged/refused/left out of each kind of record that has any. */
export const countsOf = (report: Report): Record<string, string> =>
  Object.fromEntries(
    [...report.records.values()].map(({ name, created, updated, unchanged, refused, leftOut }) => [
      name,
      [created, updated, unchanged, refused, leftOut].join("/"),
    ]),
  );

/** read/kept/merged/skipped/refused of each file. */
export const rowsOf = (report: Report): Record<string, string> =>
  Object.fromEntries(
    [...report.files.values()].map(({ file, read, kept, merged, skipped, refused }) => [
      file,
      [read, kept, merged.length, skipped.length, refused.length].join("/"),
    ]),
  );

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}
/** The command, from the sources. `onStart` gets a way to kill it without notice. */
export async function runCommand(
  args: readonly string[],
  settings: DatabaseSettings | null,
  onStart: (kill: () => void) => void = () => undefined,
): Promise<Ended> {
  const environment = { ...process.env, NODE_OPTIONS: "", ...(settings ? { DATA_DIR: settings.directory, DATABASE_URL: settings.url ?? "" } : {}) };
  const child = spawn(process.execPath, ["--import", "tsx", path.resolve("import/main.ts"), ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  onStart(() => child.kill("SIGKILL"));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
