import { writeFileSync } from "node:fs";
import path from "node:path";
import { makeKeys } from "../../start/callers.js";

/** Writes new keys for the graph's callers into a folder; answers their file. */
export function writeKeys(folder: string): string {
  const file = path.join(folder, "callers.yaml");
  writeFileSync(file, makeKeys(), { mode: 0o600 });
  return file;
}
