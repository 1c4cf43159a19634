/** RESULTS.md: each measurement writes a part of its own, between marks that bear its name. */
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const file = path.join(import.meta.dirname, "RESULTS.md");

/** Where and when it was measured. */
export const describeMachine = (): string =>
  `${os.cpus().length} cores, Node ${process.versions.node}, MariaDB on the same machine; ${new Date().toISOString().slice(0, 10)}, load before it ${os.loadavg()[1]!.toFixed(1)}.`;

/** Puts the text where the part of that name is; throws where there is none. */
export function writeResults(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end ${name} -->`];
  const results = readFileSync(file, "utf8");
  const [from, to] = [results.indexOf(begin), results.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`RESULTS.md has no part called ${name}: put ${begin} and ${end} where it belongs`);
  writeFileSync(file, `${results.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${results.slice(to)}`);
}
