/** `npm run import -- MAPPING DIR [--dry-run] [--role ROLE] [--report FILE]`: brings the CSV files of a folder into the portfolios, as a mapping says. */
import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { openPortfolios, readPolicy } from "../start/portfolios.js";
import { type DatabaseSettings, readDatabaseSettings } from "../subgraphs/kernel/settings.js";
import { SettingError } from "../transport/settings.js";
import { readMapping } from "./mapping.js";
import { type Heading, toJson, toText } from "./reportText.js";
import { type Preparation, type Progress, importCall, prepareImport, runImport } from "./run.js";
import { checkRights } from "./rights.js";
import { MappingError } from "./sections.js";
import { TableError } from "./tables.js";

const USAGE = `Usage: npm run import -- MAPPING DIR [--dry-run] [--role ROLE] [--report FILE]

  MAPPING        the mapping file, such as import/mappings/us-itdb-2012.yaml (docs/import.md tells how to write one)
  DIR            the folder that holds the CSV files
  --dry-run      say what would be done, and write nothing
  --role ROLE    import nothing but what the policy lets that role write, such as "application manager"; all, if not said
  --report FILE  where the report goes as JSON (- is standard output); import-<mapping>.json in DATA_DIR if not said

DATA_DIR and DATABASE_URL say which databases, as for npm start. A server may be running.
Exit codes: 0 all went as the mapping says; 1 something was skipped, refused or failed; 2 the command, a setting or the mapping is wrong.`;

interface Command {
  readonly mapping: string;
  readonly folder: string;
  readonly dryRun: boolean;
  /** In which role of the policy; null is that of who keeps the databases. */
  readonly role: string | null;
  readonly report: string | null;
}

/** The command cannot be carried out as it stands. */
class UsageError extends Error {}

function readCommand(args: readonly string[]): Command | null {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { "dry-run": { type: "boolean" }, role: { type: "string" }, report: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ")[0]}.\n\n${USAGE}`);
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const [mapping, folder, ...more] = positionals;
  if (!mapping || !folder || more.length > 0) throw new UsageError(`Name a mapping and a folder${more.length > 0 ? ", nothing else" : ""}.\n\n${USAGE}`);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${folder} is not a folder; name the one that holds the CSV files.`);
  return { mapping, folder, dryRun: values["dry-run"] ?? false, role: values.role ?? null, report: values.report ?? null };
}

/** Shows progress on standard error: in place on a terminal, else a line for each kind of record and every ten seconds. */
function progressOn(stream: NodeJS.WriteStream): Progress {
  let last = 0;
  return (what, done, of) => {
    const text = `${what}: ${done} of ${of}`;
    if (stream.isTTY) stream.write(`\r\u001b[K${text}${done === of ? "\n" : ""}`);
    else if (done === of || Date.now() - last > 10_000) {
      last = Date.now();
      stream.write(`${text}\n`);
    }
  };
}

async function carryOut(command: Command): Promise<number> {
  const mapping = readMapping(command.mapping);
  if (command.role !== null) checkRights(mapping, readPolicy(), command.role);
  const settings = readDatabaseSettings();
  const began = Date.now();
  const preparation = await prepareImport(mapping, command.folder);
  process.stderr.write(`The files of ${command.folder} have been looked through.\n`);
  const file = reportFile(command, settings, mapping.name);
  const call = importCall(mapping);
  let stopped: string | null = null;
  const portfolios = await openPortfolios(settings);
  try {
    await runImport(preparation, portfolios, { dryRun: command.dryRun, call, progress: progressOn(process.stderr) });
  } catch (error) {
    stopped = `The import stopped: ${(error as Error).message} What has been written stays; run it again and it goes on from there.`;
    console.error(error);
  } finally {
    await portfolios.close();
  }
  publish(file, preparation, { folder: command.folder, dryRun: command.dryRun, seconds: (Date.now() - began) / 1000, request: call.requestId, stopped });
  return stopped !== null || preparation.report.troubled ? 1 : 0;
}

/** Where the report goes, known to be writable; null is standard output. */
function reportFile(command: Command, settings: DatabaseSettings, name: string): string | null {
  if (command.report === "-") return null;
  const file = command.report ?? path.join(settings.directory, `import-${name}.json`);
  try {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    closeSync(openSync(file, "a"));
    return file;
  } catch (error) {
    throw new UsageError(`The report cannot be written to ${file} (${(error as NodeJS.ErrnoException).code}); name another file with --report.`);
  }
}

function publish(file: string | null, { report }: Preparation, heading: Heading): void {
  const [text, json] = [toText(report, heading), toJson(report, heading)];
  process.stderr.write(file === null ? text : "");
  process.stdout.write(file === null ? json : text);
  if (file === null) return;
  writeFileSync(file, json);
  process.stdout.write(`The whole report is in ${file}\n`);
}

/** Carries out a command line; answers the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readCommand(args);
    if (command) return await carryOut(command);
    process.stdout.write(`${USAGE}\n`);
    return 0;
  } catch (error) {
    const wrong =
      error instanceof UsageError ||
      error instanceof SettingError ||
      error instanceof MappingError ||
      (error instanceof TableError && error.whose === "mapping");
    if (!wrong && !(error instanceof TableError)) throw error;
    console.error(`${error.message}${error instanceof MappingError || error instanceof TableError ? "\nNothing was written." : ""}`);
    return wrong ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
