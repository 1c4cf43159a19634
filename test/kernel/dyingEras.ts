/** A process that changes people until an era is begun, and dies at a statement of its making: `dyingEras.ts STATEMENT TIMES`, on the database the settings name. */
import { readDatabaseSettings } from "../../subgraphs/kernel/settings.js";
import { call } from "../support/graph.js";
import { openPeople } from "./people.js";

const [statement, times] = process.argv.slice(2);
const people = await openPeople({ ...readDatabaseSettings(), leastEnded: 100 }, (error) => {
  throw error;
});
const pattern = new RegExp(statement!);
let seen = 0;
people.database.onStatement = (sql) => {
  if (pattern.test(sql) && ++seen === Number(times)) process.kill(process.pid, "SIGKILL");
};
const writer = people.writer(call);
for (;;) {
  const records = await people.database.read("SELECT `id`, `version` FROM `person` ORDER BY `id` LIMIT 200", []);
  const changes = records.map(([id, version]) => ({ id: id as string, version: Number(version), input: { name: `Dying ${String(version)}` } }));
  await writer.updateMany("Person", changes, { act: "update", tolerate: new Set() });
}
