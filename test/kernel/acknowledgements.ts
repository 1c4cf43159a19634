/** What clients were told was written, and whether it is there. */
import type { Database } from "../../subgraphs/kernel/database/database.js";

/** A record's last acknowledged version and name, by its id. */
export type Acknowledged = ReadonlyMap<string, { readonly version: number; readonly name: string }>;

/** What is not as it was acknowledged, in words; each record has been written by one client only, which waited for every answer. */
export async function findLosses(database: Database, acknowledged: Acknowledged): Promise<string[]> {
  const rows = await database.read("SELECT `id`, `version`, `name` FROM `person`", []);
  const people = new Map(rows.map(([id, version, name]) => [id as string, { version: Number(version), name: name as string }]));
  const entries = await database.read("SELECT `entityId`, `version` FROM `change` ORDER BY `seq`", []);
  const versions = new Map<string, number[]>();
  for (const [id, version] of entries) versions.set(id as string, [...(versions.get(id as string) ?? []), Number(version)]);
  const losses: string[] = [];
  for (const [id, { version, name }] of acknowledged) {
    const person = people.get(id);
    if (!person) losses.push(`${id} is lost`);
    else if (person.version !== version || person.name !== name) losses.push(`${id} is ${person.version} ${person.name}, acknowledged was ${version} ${name}`);
  }
  for (const [id, { version }] of people) {
    const expected = Array.from({ length: version }, (_, i) => i + 1);
    if (!acknowledged.has(id)) losses.push(`${id} was never acknowledged`);
    if (versions.get(id)?.join() !== expected.join()) losses.push(`${id} is at ${version}, its entries are ${versions.get(id)?.join() ?? "none"}`);
  }
  for (const id of versions.keys()) if (!people.has(id)) losses.push(`${id} has entries and no record`);
  return losses;
}
