/**
 * `npm run keys -- FILE [--if-missing]`: writes a file for SUBGRAPH_KEYS, with a new key for the gateway, insight and each portfolio.
 * Exits 0 when it is written, or with --if-missing when there is one; 2 when it cannot be written or is there, which changes nothing.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SettingError } from "../transport/settings.js";
import { makeKeys } from "./callers.js";

interface Command {
  readonly file: string;
  readonly ifMissing: boolean;
}

function readCommand(args: readonly string[]): Command {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { "if-missing": { type: "boolean", default: false } } });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new Error("file");
    return { file, ifMissing: values["if-missing"] };
  } catch (cause) {
    throw new SettingError("The command line", "takes the name of a file and --if-missing, nothing else", { cause });
  }
}

/** Writes the file; answers what became of it. */
function writeKeys({ file, ifMissing }: Command): string {
  try {
    writeFileSync(file, makeKeys(), { flag: "wx", mode: 0o600 });
    return `${file} holds new keys; name it as SUBGRAPH_KEYS of the gateway and of every subgraph.`;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" && ifMissing) return `${file} is there and stays as it is.`;
    const why = code === "EEXIST" ? "is there; remove it first, or change its keys by hand" : `cannot be written (${code})`;
    throw new SettingError("The command line", `names ${file}, which ${why}`, { cause });
  }
}

try {
  console.log(writeKeys(readCommand(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
